"""`make bench-later`: the figure in a browser that was closed since the visit before.

The repeat visit of `make bench` follows the first at once, in a browser that still has the machine
code of every module in memory. Whoever comes back the next day has what the browser keeps on disk.
Prints a table and writes build/bench/later.json; with --docs also docs/benchmarks.md.
"""

import argparse
import tempfile
from statistics import median
from typing import Any

from playwright.sync_api import Playwright, sync_playwright

from benchmarks.candidates import BENCH, CANDIDATES, Candidate, prepare
from benchmarks.host import Host, serve
from benchmarks.load import (
    KEPT,
    after_crashes,
    browser_version,
    open_page,
    start_browser,
    times_of,
)
from benchmarks.machine import circumstances, sentence
from benchmarks.results import LABELS, NAMES_OF_VISITS, Sample, markdown, publish, rotated
from environment import REPOSITORY

LOADED = ("pyscript-create", "build")
VISITS = ("first", "second", "third")
OUTPUT = BENCH / "later.json"
DOCUMENT = REPOSITORY / "docs" / "benchmarks.md"
# Browsers write machine code to disk some seconds after it was made.
SECONDS_AFTER = 5


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="make bench-later", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="visitors (default 5)")
    parser.add_argument("--docs", action="store_true", help="write docs/benchmarks.md as well")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds: it takes one at least")
    folders = prepare(list(LOADED))
    samples: dict[str, list[list[Sample]]] = {name: [] for name in LOADED}
    with serve(folders) as host, sync_playwright() as playwright:
        browser = browser_version(playwright)
        for taken in range(arguments.rounds):
            for name in rotated(list(LOADED), taken):
                samples[name].append(visit(playwright, host, CANDIDATES[name]))
                shown = (
                    f"{seen['first_figure_ms']:.0f}, live {seen['live_figure_ms']:.0f}"
                    for seen in samples[name][-1]
                )
                print(f"{name}: {' / '.join(shown)}", flush=True)
    report = {"samples": samples, **circumstances(arguments.rounds, {"browser": browser})}
    publish(report, table(report), OUTPUT, DOCUMENT if arguments.docs else None)


def visit(playwright: Playwright, host: Host, candidate: Candidate) -> list[Sample]:
    """Visit a candidate's page with the figure, each time in a restarted browser.

    Returns:
        Milliseconds as by `times_of`, in the order of the visits.

    Raises:
        SystemExit: as `open_page` and `after_crashes` do.
    """

    def visits() -> list[Sample]:
        with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as profile:
            return [_load(playwright, host, candidate, profile) for _ in VISITS]

    return after_crashes(candidate.name, visits)


def _load(playwright: Playwright, host: Host, candidate: Candidate, profile: str) -> Sample:
    with start_browser(playwright, candidate, profile) as context:
        page = context.pages[0]
        open_page(page, host, f"{host.origin}/{candidate.figure}", "live", candidate)
        seen = times_of(page.evaluate("window.__seen"))
        if candidate.keeps:
            page.evaluate(KEPT)
        page.wait_for_timeout(SECONDS_AFTER * 1000)
    return seen


def table(report: dict[str, Any]) -> str:
    """Return the medians as Markdown, with least and greatest."""
    parts = [
        f"{report['date']}: {sentence(report['machine'])}; {report['versions']['browser']}. "
        f"Medians of {report['rounds']} rounds, a browser started again for each visit."
    ]
    for metric in ("first_figure_ms", "live_figure_ms"):
        rows = [[f"{LABELS[metric]}, in seconds", *(NAMES_OF_VISITS[visit] for visit in VISITS)]]
        for name, taken in report["samples"].items():
            times = [[seen[metric] / 1000 for seen in visit] for visit in zip(*taken, strict=True)]
            cells = [f"{median(each):.2f} ({min(each):.2f}-{max(each):.2f})" for each in times]
            rows.append([LABELS[name], *cells])
        parts.append(markdown(rows))
    return "\n\n".join(parts)


if __name__ == "__main__":
    main()
