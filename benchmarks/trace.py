"""`make bench-trace`: where the time of a start goes, from the navigation to the live figure.

Loads the built app with Chromium's tracing on, each time in a browser of its own and then once
more, and adds up what the trace says of the page's process. Prints a table and writes
build/bench/trace.json; with --docs also docs/benchmarks.md.
"""

import argparse
import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Page, Playwright, sync_playwright

from benchmarks.candidates import BENCH, CANDIDATES, prepare
from benchmarks.host import Host, serve
from benchmarks.load import KEPT, browser_version, new_browser
from benchmarks.machine import circumstances, sentence
from benchmarks.results import VISITS, markdown, publish
from environment import REPOSITORY

CANDIDATE = CANDIDATES["build"]
OUTPUT = BENCH / "trace.json"
DOCUMENT = REPOSITORY / "docs" / "benchmarks.md"
CATEGORIES = [
    "v8.wasm",
    "disabled-by-default-v8.wasm.detailed",
    "disabled-by-default-v8.wasm.turbofan",
]

# What the loader, the app and the probe mark, in the order of time, and what has happened by then.
MARKS = {
    "first": "the first figure is on screen, as it was built",
    "preboot:start": "the document is there, and the loader runs",
    "preboot:fetched": "the memory of the base has come",
    "preboot:booted": "Python runs from it",
    "preboot:libraries": "the packages' libraries are loaded",
    "preboot:restored": "the memory with the packages is in place",
    "app:ready": "PyScript and the app have started",
    "live": "the live figure is drawn, and on screen",
}
# Events of the trace, and what they stand for.
LAZY, OPTIMISING = "wasm.CompileLazy", "wasm.TopTierCompilation"


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="make bench-trace", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="cold loads (default 5)")
    parser.add_argument("--docs", action="store_true", help="write docs/benchmarks.md as well")
    arguments = parser.parse_args()
    folders = prepare([CANDIDATE.name])
    samples: dict[str, list[dict[str, float]]] = {visit: [] for visit in VISITS}
    with serve({CANDIDATE.name: folders[CANDIDATE.name]}) as host, sync_playwright() as playwright:
        browser = browser_version(playwright)
        for _ in range(arguments.rounds):
            for visit, sample in zip(VISITS, _visit_twice(playwright, host), strict=True):
                samples[visit].append(sample)
                print(f"{visit} visit: {json.dumps(sample)}", flush=True)
    report = {
        "medians": {
            visit: {name: median(sample[name] for sample in taken) for name in taken[0]}
            for visit, taken in samples.items()
        },
        **circumstances(arguments.rounds, {"browser": browser}),
    }
    publish(report, table(report), OUTPUT, DOCUMENT if arguments.docs else None)


def table(report: dict[str, Any]) -> str:
    """Return the medians as Markdown."""
    first, second = (report["medians"][visit] for visit in VISITS)
    rows = [["", "first visit", "repeat visit"]]
    for name, words in MARKS.items():
        rows.append([f"{words}, at", *(f"{visit[name]:.0f} ms" for visit in (first, second))])
    rows += [
        ["functions compiled as they were first called"]
        + [f"{visit['lazy_count']:.0f}" for visit in (first, second)],
        ["the page's own time for that"]
        + [f"{visit['lazy_ms']:.0f} ms" for visit in (first, second)],
        ["processor time of optimising beside it"]
        + [f"{visit['optimising_ms']:.0f} ms" for visit in (first, second)],
    ]
    return (
        f"{report['date']}: {sentence(report['machine'])}; {report['versions']['browser']}. "
        f"Medians of {report['rounds']} rounds, with tracing on, which costs time.\n\n"
        + markdown(rows)
    )


def _visit_twice(playwright: Playwright, host: Host) -> Iterable[dict[str, float]]:
    with new_browser(playwright, CANDIDATE) as context:
        page = context.pages[0]
        for _ in VISITS:
            page.goto("about:blank")
            yield _load(page, f"{host.origin}/{CANDIDATE.figure}")
            page.evaluate(KEPT)


def _load(page: Page, url: str) -> dict[str, float]:
    browser = page.context.browser
    assert browser  # noqa: S101 - a persistent context has one
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        browser.start_tracing(page=page, path=path, categories=CATEGORIES)
        page.goto(url, wait_until="commit")
        page.wait_for_function("window.__seen?.live", polling=500, timeout=120_000)
        browser.stop_tracing()
        events = json.loads(path.read_text(encoding="utf-8"))["traceEvents"]
    seen = page.evaluate("window.__seen")
    marks = page.evaluate(
        "Object.fromEntries(performance.getEntriesByType('mark').map((m) => [m.name, m.startTime]))"
    )
    return {
        **{name: found[name] for found in (marks, seen) for name in MARKS if name in found},
        **_compilation(events),
    }


def _compilation(events: list[dict[str, Any]]) -> dict[str, float]:
    """Return what was compiled, from the events of a trace, whose times are in microseconds."""
    lazy = [event["dur"] / 1000 for event in events if event["name"] == LAZY and "dur" in event]
    optimising = [
        event.get("tdur", event.get("dur", 0)) for event in events if event["name"] == OPTIMISING
    ]
    return {
        "lazy_count": len(lazy),
        "lazy_ms": sum(lazy),
        "optimising_ms": sum(optimising) / 1000,
    }


if __name__ == "__main__":
    main()
