"""`make bench-redraw`: how fast a figure is drawn again, by the patterns and by other ways.

All of it runs in one booted app, the ways in turn, for a line plot of 640 by 480 pixels. Prints a
table and writes build/bench/redraw.json; with --docs also docs/benchmarks.md.
"""

import argparse
import json
import sys
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks.candidates import BENCH, CANDIDATES, prepare
from benchmarks.host import serve
from benchmarks.load import ARGUMENTS, browser_version, executable
from benchmarks.machine import circumstances, sentence
from benchmarks.results import TIMES, markdown, publish
from environment import REPOSITORY

CANDIDATE = CANDIDATES["preboot"]
OUTPUT = BENCH / "redraw.json"
DOCUMENT = REPOSITORY / "docs" / "benchmarks.md"
SOURCE = (Path(__file__).parent / "redraw_in_app.py").read_text(encoding="utf-8")
BASELINE = "new figure, PNG, base64"

# How many times as fast as the baseline, at least.
TARGETS = {
    "pattern, axes change": 3.5,
    "pattern, axes change, with a grid": 3.5,
    "pattern, only data changes": 20,
    "live_figure, axes change, with a grid": 3.5,
    "live_figure, only data changes": 20,
}

RUN = """async (code) => {
  const { whenDefined } = await import(document.querySelector("script[data-pyscript]").src);
  const { interpreter } = await whenDefined("py");
  return await interpreter.runPythonAsync(code);
}"""


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="make bench-redraw", description=__doc__)
    parser.add_argument("--rounds", type=int, default=51, help="drawings by each way (default 51)")
    parser.add_argument("--docs", action="store_true", help="write docs/benchmarks.md as well")
    parser.add_argument("--profile", metavar="WAY", help="say instead where one way's time goes")
    arguments = parser.parse_args()
    if arguments.profile:
        print(_in_app(f"await profile({arguments.profile!r}, {arguments.rounds})")[0])
        return
    output, browser = _in_app(f"await measure({arguments.rounds})")
    report = {
        **summary(json.loads(output)),
        **circumstances(arguments.rounds, {"browser": browser}),
    }
    publish(report, table(report), OUTPUT, DOCUMENT if arguments.docs else None)


def summary(taken: dict[str, list[float]]) -> dict[str, Any]:
    """Return medians, extremes and ratios to the baseline, by way.

    Args:
        taken: milliseconds of each drawing, by way.
    """
    medians = {name: median(values) for name, values in taken.items()}
    return {
        "redraw": {
            name: {
                "ms": round(medians[name], 2),
                "spread": [min(values), max(values)],
                "times_as_fast": round(medians[BASELINE] / medians[name], 2),
            }
            for name, values in taken.items()
        }
    }


def table(report: dict[str, Any]) -> str:
    """Return the report as Markdown."""
    rows = [["way", "median in ms", "least-greatest", "times as fast", "target"]]
    for name, found in report["redraw"].items():
        least, greatest = found["spread"]
        speed, limit = found["times_as_fast"], TARGETS.get(name)
        written = f"{speed:.1f}{TIMES}"
        if limit:
            written = f"**{written}**" if speed >= limit else f"{written}, missed"
        target = f"≥ {limit:g}{TIMES}" if limit else ""
        rows.append([name, f"{found['ms']:.1f}", f"{least:.1f}-{greatest:.1f}", written, target])
    return (
        f"{report['date']}: {sentence(report['machine'])}; {report['versions']['browser']}. "
        f"Medians of {report['rounds']} drawings.\n\n{markdown(rows)}"
    )


def _in_app(call: str) -> tuple[str, str]:
    """Return the value of an expression in the plot page of the app, and the browser's version."""
    folders = prepare([CANDIDATE.name])
    with serve(folders) as host, sync_playwright() as playwright:
        version = browser_version(playwright)
        browser = playwright.chromium.launch(executable_path=executable(playwright), args=ARGUMENTS)
        try:
            page = browser.new_page(viewport={"width": 1400, "height": 2200})
            page.goto(f"{host.origin}/{CANDIDATE.figure}", wait_until="commit")
            return _value(page, call), version
        finally:
            browser.close()


def _value(page: Page, call: str) -> str:
    drawn = page.locator("#normal-density .plot[aria-busy=false]")
    drawn.wait_for(timeout=120_000)
    result = page.evaluate(RUN, f"{SOURCE}\n\n{call}\n")
    if not isinstance(result, str):
        sys.exit(f"The app gave {result!r} instead of measurements.")
    return result


if __name__ == "__main__":
    main()
