"""Medians, ratios and targets of the start-up benchmark, and how any benchmark is written down."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from environment import REPOSITORY
from marks import put_between

METRICS = (
    "paint_ms",
    "largest_ms",
    "first_figure_ms",
    "python_ms",
    "ready_ms",
    "live_figure_ms",
    "shift",
    "bytes",
    "bytes_to_figure",
)
# The rest is in the JSON file.
SHOWN = (
    "paint_ms",
    "first_figure_ms",
    "python_ms",
    "live_figure_ms",
    "shift",
    "bytes",
)
# What README tells: title, profile, visit, metric.
SHORT = (
    ("first figure on screen", "unthrottled", "first", "first_figure_ms"),
    ("live figure, drawn by Python in the browser", "unthrottled", "first", "live_figure_ms"),
    ("live figure on a repeat visit", "unthrottled", "second", "live_figure_ms"),
    ("first figure at 10 Mbit/s", "10mbit", "first", "first_figure_ms"),
    ("live figure at 10 Mbit/s", "10mbit", "first", "live_figure_ms"),
    ("fetched", "unthrottled", "first", "bytes"),
)
TIMES_OF_A_START = tuple(metric for metric in METRICS if metric.endswith("_ms"))
VISITS = ("first", "second")
NAMES_OF_VISITS = {"first": "first visit", "second": "repeat visit", "third": "third visit"}
TIMES = "\u00d7"

LABELS = {
    "pyscript-create": "page of `pyscript create`",
    "plain-pyodide": "plain Pyodide",
    "vendored": "this template, without snapshot",
    "preboot": "this template",
    "unprerendered": "built, `--no-prerender`",
    "build": "this template, built",
    "earlier-preboot": "the earlier state",
    "earlier-build": "the earlier state, built",
    "unthrottled": "unthrottled",
    "50mbit": "50 Mbit/s, 20 ms",
    "10mbit": "10 Mbit/s, 40 ms",
    "paint_ms": "first paint",
    "largest_ms": "largest paint",
    "first_figure_ms": "first figure",
    "python_ms": "first element from Python",
    "ready_ms": "page ready",
    "live_figure_ms": "live figure",
    "shift": "layout shift",
    "bytes": "MB",
}

# One value by metric, as one visit measured it.
Sample = Mapping[str, float]

# By profile, visit and candidate.
Samples = dict[str, dict[str, dict[str, list[Sample]]]]
Profiles = dict[str, dict[str, dict[str, dict[str, float]]]]


@dataclass(frozen=True)
class Target:
    """How a candidate has to compare with others.

    Of times, a ratio says how many times sooner: at least so much. Of bytes, how many times as
    many: at most.

    Attributes:
        title: what is compared.
        profile: the connection.
        visit: the first or the second.
        metric: which of `METRICS`.
        limits: the ratio to reach, by what it is compared with.
    """

    title: str
    profile: str
    visit: str
    metric: str
    limits: Mapping[str, float]

    @property
    def name(self) -> str:
        """What is compared, under which circumstances."""
        return f"{self.title}, {LABELS[self.profile]}, {NAMES_OF_VISITS[self.visit]}"

    @property
    def is_of_bytes(self) -> bool:
        """Whether less is better."""
        return self.metric.startswith("bytes")

    def is_met(self, baseline: str, ratio: float) -> bool:
        """Tell whether a ratio is good enough."""
        limit = self.limits[baseline]
        return ratio <= limit if self.is_of_bytes else ratio >= limit


def _against(
    create: float,
    vendored: float | None = None,
    unprerendered: float | None = None,
) -> dict[str, float]:
    limits = {
        "pyscript-create": create,
        "vendored": vendored,
        "unprerendered": unprerendered,
    }
    return {name: limit for name, limit in limits.items() if limit is not None}


# As soon as another one, within what differs from load to load.
AS_SOON = round(1 / 1.05, 3)
TARGETS = (
    Target("first figure", "unthrottled", "first", "first_figure_ms", _against(12)),
    Target("first figure", "10mbit", "first", "first_figure_ms", _against(40)),
    Target("first paint", "unthrottled", "first", "paint_ms", {"unprerendered": 1}),
    Target("first paint", "10mbit", "first", "paint_ms", {"unprerendered": 1}),
    Target("live figure", "unthrottled", "first", "live_figure_ms", _against(4, 1, AS_SOON)),
    Target("live figure", "50mbit", "first", "live_figure_ms", _against(3, None, AS_SOON)),
    Target("live figure", "10mbit", "first", "live_figure_ms", _against(1.9, None, AS_SOON)),
    Target("live figure", "unthrottled", "second", "live_figure_ms", _against(6, 1.3)),
    Target("first element from Python", "unthrottled", "first", "python_ms", _against(3)),
    Target("first element from Python", "10mbit", "first", "python_ms", _against(1.4)),
    Target("bytes over the network", "unthrottled", "first", "bytes", _against(0.75)),
)


def medians(samples: Samples) -> Profiles:
    """Return the median of each metric."""
    found: Profiles = _each(samples, median)
    return found


def spreads(samples: Samples) -> Any:
    """Return the least and the greatest value of each metric."""
    return _each(samples, lambda values: [min(values), max(values)])


def _each(samples: Samples, summarise: Any) -> Any:
    return {
        profile: {
            visit: {
                candidate: {
                    metric: summarise([sample[metric] for sample in taken])
                    for metric in METRICS
                    if all(metric in sample for sample in taken)
                }
                for candidate, taken in candidates.items()
            }
            for visit, candidates in visits.items()
        }
        for profile, visits in samples.items()
    }


def ratio(profiles: Profiles, target: Target, candidate: str, baseline: str) -> float | None:
    """Return how a candidate compares with a baseline; None where one of them was not measured."""
    measured = profiles.get(target.profile, {}).get(target.visit, {})
    own = measured.get(candidate, {}).get(target.metric)
    other = measured.get(baseline, {}).get(target.metric)
    if own is None or other is None:
        return None
    return own / other if target.is_of_bytes else other / own


def target_table(profiles: Profiles, candidate: str) -> str:
    """Return the targets and what a candidate reaches of them, as a Markdown table."""
    rows = [["", "against", "reached", "target"]]
    for target, baseline, limit in _comparisons(candidate):
        found = ratio(profiles, target, candidate, baseline)
        sign = "≤" if target.is_of_bytes else "≥"
        verdict = _verdict(target, baseline, found)
        rows.append([target.name, LABELS[baseline], verdict, f"{sign} {limit:g}{TIMES}"])
    return markdown(rows)


def _comparisons(candidate: str) -> Iterator[tuple[Target, str, float]]:
    for target in TARGETS:
        for baseline, limit in target.limits.items():
            if baseline != candidate:
                yield target, baseline, limit


def _verdict(target: Target, baseline: str, found: float | None) -> str:
    if found is None:
        return "not measured"
    limit, met = target.limits[baseline], target.is_met(baseline, found)
    # What has to be about as much, or is just missed, shows by how much it is not.
    fine = target.is_of_bytes or limit <= 1 or (not met and f"{found:.1f}" == f"{limit:.1f}")
    written = f"{found:.2f}{TIMES}" if fine else f"{found:.1f}{TIMES}"
    return f"**{written}**" if met else f"{written}, missed"


def short_table(profiles: Profiles, baseline: str, candidate: str) -> str:
    """Return the times that decide for a visitor, of two candidates, as a Markdown table."""
    rows = [["", LABELS[baseline], LABELS[candidate]]]
    for title, profile, visit, metric in SHORT:
        values = (profiles[profile][visit][name][metric] for name in (baseline, candidate))
        unit, scale = ("MB", 1e6) if metric.startswith("bytes") else ("s", 1e3)
        other, own = (f"{value / scale:.1f} {unit}" for value in values)
        rows.append([title, other, f"**{own}**"])
    return markdown(rows)


def profile_table(profiles: Profiles, spread: Any, profile: str, visit: str) -> str:
    """Return the medians of one profile and visit, with least and greatest, in seconds and MB."""
    rows = [["", *(LABELS[metric] for metric in SHOWN)]]
    for candidate, measured in profiles[profile][visit].items():
        row = [LABELS[candidate]]
        for metric in SHOWN:
            if metric not in measured:
                row.append("")
                continue
            ends = spread[profile][visit][candidate][metric]
            value, low, high = (_written(metric, each) for each in (measured[metric], *ends))
            row.append(value + (f" ({low}-{high})" if low != high else ""))
        rows.append(row)
    return markdown(rows)


def _written(metric: str, value: float) -> str:
    if metric == "shift":
        return f"{value:.3f}"
    return f"{value / (1e6 if metric.startswith('bytes') else 1e3):.2f}"


def earlier_table(profiles: Profiles, counterparts: Mapping[str, str]) -> str:
    """Return how long candidates take beside those of an earlier state, as a Markdown table.

    Args:
        profiles: medians.
        counterparts: by the name of each earlier candidate, that of the present one.
    """
    rows = [["seconds, before and now", *(LABELS[metric] for metric in TIMES_OF_A_START)]]
    for profile, visits in profiles.items():
        for visit, measured in visits.items():
            for earlier, present in counterparts.items():
                if not {earlier, present} <= measured.keys():
                    continue
                name = f"{LABELS[present]}, {LABELS[profile]}, {NAMES_OF_VISITS[visit]}"
                rows.append([name, *_changes(measured[earlier], measured[present])])
    return markdown(rows)


def _changes(before: Mapping[str, float], now: Mapping[str, float]) -> Iterator[str]:
    for metric in TIMES_OF_A_START:
        share = now[metric] / before[metric] - 1
        yield f"{before[metric] / 1e3:.2f} → {now[metric] / 1e3:.2f} ({share:+.0%})"


def markdown(rows: Iterable[Iterable[str]]) -> str:
    """Return rows of cells, the first one the heading, as a Markdown table; numbers are at the
    right of their column."""
    heading, *body = (list(row) for row in rows)
    columns = list(zip(heading, *body, strict=True))
    numbers = (any(re.search(r"\d", cell) for cell in cells) for _, *cells in columns[1:])
    lines = [heading, ["---", *("---:" if each else "---" for each in numbers)], *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def rotated(names: list[str], by: int) -> list[str]:
    """Return names in the same order, beginning with another one each round."""
    start = by % len(names)
    return names[start:] + names[:start]


def publish(
    report: Mapping[str, Any],
    text: str,
    output: Path,
    document: Path | None,
    others: Mapping[Path, Callable[[], str]] | None = None,
) -> None:
    """Write a report as JSON, print its tables, and put them into the documentation.

    Args:
        report: what was measured.
        text: the same as Markdown.
        output: the JSON file; its name without the suffix is that of the comments in the document.
        document: the page that the text goes into, as by `replace_marked`; None for none, and then
            none of the others is written either.
        others: what gives the content of each other file, such as a chart.

    Raises:
        ValueError: the document has no such comments; nothing but the JSON file was written.
    """
    output.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    written = [output]
    print(f"\n{text}\n")
    if document:
        content = replace_marked(document.read_text(encoding="utf-8"), output.stem, text)
        drawn = {path: draw() for path, draw in (others or {}).items()}
        for path, new in {document: content, **drawn}.items():
            path.write_text(new, encoding="utf-8")
            written.append(path)
    for path in written:
        print(f"Wrote {path.relative_to(REPOSITORY)}")


def replace_marked(text: str, name: str, content: str) -> str:
    """Return a text with what stands between the comments of a name replaced.

    Raises:
        ValueError: the text has no such comments.
    """
    begin, end = f"<!-- {name}: written by the benchmark -->", f"<!-- {name}: end -->"
    return put_between(text, begin, end, f"\n\n{content}\n\n")
