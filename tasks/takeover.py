"""Looks in three engines at how Python takes over a prerendered page: what was kept is there first,
Python's page takes its place, and nothing jumps."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from statistics import median
from typing import Any

from browsers import BrowserError, Tab

SCRIPT = (Path(__file__).parent / "takeover.js").read_text(encoding="utf-8")
SECONDS = 120
# The one that is in the document, and one that is a file of its own.
PAGES = {"first page": "", "plot page": "#/plot"}
# In CSS pixels: engines round places differently in an image's and a canvas's box.
STILL = 1.5

Record = dict[str, Any]


def visits(
    engines: Mapping[str, Callable[[], AbstractContextManager[Tab]]], origin: str
) -> tuple[list[Record], list[str]]:
    """Open both pages of a built site in each engine, each time in a new browser.

    Args:
        engines: what starts each, by its name.
        origin: where the site is served.

    Returns:
        What was seen, and in words what was not as it should be.
    """
    records: list[Record] = []
    failures: list[str] = []
    for name, start in engines.items():
        for page, fragment in PAGES.items():
            try:
                with start() as tab:
                    tab.open(f"{origin}/{fragment}")
                    seen = tab.call(SCRIPT, {"seconds": SECONDS}, SECONDS + 30)
                    record = {"engine": name, "page": page, "version": tab.version, **seen}
            except BrowserError as error:
                failures.append(f"{name}, {page}: {error}")
                print(failures[-1], flush=True)
                continue
            records.append(record)
            wrong = problems(record)
            failures += [f"{name}, {page}: {what}" for what in wrong]
            kept, live = (record[key] / 1000 for key in ("kept_ms", "live_ms"))
            verdict = "; ".join(wrong) or "nothing jumps"
            print(
                f"{name}, {page}: kept {kept:.1f} s, Python's {live:.1f} s, {verdict}", flush=True
            )
    return records, failures


def problems(record: Record) -> list[str]:
    """Return, in words, what a visit should not have seen."""
    expected = {
        "Python was there first": record["is_before_python"],
        f"{record['figures']} figures were kept": record["figures"] > 0,
        f"it jumps: {record['why']}": record["jump"] <= STILL,
        f"it is blank in {record['blank']} frames": not record["blank"],
        f"it is headed {record['heading']!r}, then {record['live_heading']!r}": (
            record["heading"] == record["live_heading"]
        ),
        f"it says {record['told']!r}": not record["told"],
    }
    return [what for what, right in expected.items() if not right]


def table(records: Iterable[Record]) -> str:
    """Return the times in seconds, medians, and how far pages jump, as a table of Markdown."""
    groups: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        groups.setdefault((record["version"], record["page"]), []).append(record)
    lines = [
        "| engine | page | first there, s | Python's, s | jumps by, pixels |",
        "|---|---|---|---|---|",
    ]
    for (version, page), group in groups.items():
        kept, live = (median(each[key] for each in group) / 1000 for key in ("kept_ms", "live_ms"))
        jump = max(each["jump"] for each in group)
        lines.append(f"| {version} | {page} | {kept:.1f} | {live:.1f} | {jump:.1f} |")
    return "\n".join(lines)
