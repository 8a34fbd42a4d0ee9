"""`make bench-heavy`: the live figure of an app with scipy, pandas and scikit-learn as well.

Gives the gallery's plot page and the page of `pyscript create` the same calculation with these
packages. Loads the built app, the same without its snapshot, and the other page, each in a browser
of its own and then once more. Prints a table and writes
build/bench/heavy.json; with --docs also docs/benchmarks.md.
"""

import argparse
import shutil
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import sync_playwright

from benchmarks.candidates import (
    BENCH,
    CANDIDATES,
    SITES,
    app,
    bake,
    pyscript_create,
    run,
    stock_runtime,
)
from benchmarks.host import serve
from benchmarks.load import browser_version, visit_twice
from benchmarks.machine import circumstances, sentence
from benchmarks.results import (
    LABELS,
    NAMES_OF_VISITS,
    TIMES,
    VISITS,
    Sample,
    markdown,
    publish,
    rotated,
)
from environment import REPOSITORY

OUTPUT = BENCH / "heavy.json"
DOCUMENT = REPOSITORY / "docs" / "benchmarks.md"
PACKAGES = ("pandas", "scikit-learn", "scipy")
CODE = """\
import numpy as np
import pandas as pd
from scipy.stats import norm
from sklearn.linear_model import LinearRegression

SAMPLE = pd.DataFrame({"x": np.linspace(-3, 3, 301)})
SAMPLE["density"] = norm.pdf(SAMPLE["x"])
LinearRegression().fit(SAMPLE[["x"]], SAMPLE["density"])

"""
# After which line of the plot page it goes, where the other imports end.
AFTER = "from patterns.live import live_figure\n"

BUILT = app("build", "packages", keeps=True, prerendered=True)
# The same site in a visit that does without the snapshot.
PLAIN = replace(
    BUILT,
    name="plain",
    figure="build/?preboot=off#/plot",
    element="build/?preboot=off",
    boots=("off",),
)
LOADED = {"pyscript-create": CANDIDATES["pyscript-create"], "plain": PLAIN, "build": BUILT}
TOLD = {**LABELS, "plain": "this template, built, `?preboot=off`"}
# How many times sooner than the built app's plain boot its live figure should be there.
TARGET = 4


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="make bench-heavy", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="cold loads of each (default 5)")
    parser.add_argument("--docs", action="store_true", help="write docs/benchmarks.md as well")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds: it takes one at least")
    folders = prepare()
    samples: dict[str, dict[str, list[Sample]]] = {
        name: {visit: [] for visit in VISITS} for name in LOADED
    }
    with serve(folders) as host, sync_playwright() as playwright:
        browser = browser_version(playwright)
        for number in range(arguments.rounds):
            for name in rotated(list(LOADED), number):
                taken = visit_twice(playwright, host, LOADED[name], None)
                for visit, sample in zip(VISITS, taken, strict=True):
                    samples[name][visit].append(sample)
                times = (f"{sample['live_figure_ms'] / 1000:.2f} s" for sample in taken)
                print(f"{name}: live figure after {', then '.join(times)}", flush=True)
    report = {"samples": samples, **circumstances(arguments.rounds, {"browser": browser})}
    publish(report, table(report), OUTPUT, DOCUMENT if arguments.docs else None)


def prepare() -> dict[str, Path]:
    """Make the sites below build/bench/sites/.

    Returns:
        The folder to serve for each name.

    Raises:
        SystemExit: a step failed; what it said is above.
    """
    shutil.rmtree(SITES, ignore_errors=True)
    project = bake("heavy")
    page = project / "app" / "pages" / "plot.py"
    page.write_text(with_code(page.read_text(encoding="utf-8")), encoding="utf-8")
    for command in (["add", *PACKAGES], ["vendor"], ["build"]):
        print(f"Running pyscript {' '.join(command)} …", flush=True)
        run(["pyscript", *command], project)
    others = pyscript_create(stock_runtime(project), CODE, *PACKAGES)
    return {"build": project / "dist", "pyscript-create": others}


def with_code(page: str) -> str:
    """Return the plot page's source with the calculation below its imports.

    Raises:
        SystemExit: its imports end in another way.
    """
    head, found, tail = page.partition(AFTER)
    if not found:
        raise SystemExit("The plot page's imports end in another way now: update heavy.py.")
    return f"{head}{found}\n{CODE.rstrip()}\n{tail}"


def table(report: dict[str, Any]) -> str:
    """Return the medians as Markdown, with least and greatest, and the ratio to the target."""
    samples = report["samples"]

    def seconds(name: str, visit: str) -> list[float]:
        return [sample["live_figure_ms"] / 1000 for sample in samples[name][visit]]

    rows = [["live figure, in seconds", *(NAMES_OF_VISITS[visit] for visit in VISITS), "MB"]]
    for name in samples:
        times = [seconds(name, visit) for visit in VISITS]
        megabytes = median(sample["bytes_to_figure"] for sample in samples[name]["first"]) / 1e6
        cells = [f"{median(each):.2f} ({min(each):.2f}-{max(each):.2f})" for each in times]
        rows.append([TOLD[name], *cells, f"{megabytes:.1f}"])
    built = median(seconds("build", "first"))
    ratios = {
        name: f"{median(seconds(name, 'first')) / built:.1f}{TIMES}"
        for name in samples
        if name != "build"
    }
    return (
        f"{report['date']}: {sentence(report['machine'])}; {report['versions']['browser']}. "
        f"Medians of {report['rounds']} rounds.\n\n"
        f"{markdown(rows)}\n\nBuilt, a first visit is {ratios['pyscript-create']} as fast as with "
        f"`pyscript create`, and {ratios['plain']} as fast as without the snapshot; the target is "
        f"{TARGET}{TIMES}."
    )


if __name__ == "__main__":
    main()
