"""`make bench-growth`: how start-up and reloads become longer as an app grows.

Generates a project without packages and gives it more and more modules, all of which its first page
imports. Measures the built site's first and repeat visit, and how long `pyscript dev` takes from a
save to its outcome on the page. Prints a table and writes build/bench/growth.json; with
--docs also docs/scale.md and its chart.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Page, Playwright, sync_playwright

from benchmarks.candidates import BENCH, SITES, Candidate, app, bake, run
from benchmarks.chart import draw_lines
from benchmarks.host import Host, serve
from benchmarks.load import KEPT, browser_version, new_browser
from benchmarks.machine import circumstances, sentence
from benchmarks.results import VISITS, markdown, publish
from environment import REPOSITORY, VENV

OUTPUT = BENCH / "growth.json"
DOCUMENT = REPOSITORY / "docs" / "scale.md"
CHART = REPOSITORY / "docs" / "pictures" / "growth.svg"

MODULES = (1, 50, 100, 200)
LINES_OF_A_MODULE = 25
NAME = "growth"
LONGEST_LOAD = 120_000

MODULE = '''\
"""Part {number} of a model: what it is made of, and what that weighs."""

import math

VALUE = {value}
UNITS = {{"g": 1.0, "kg": 1000.0, "t": 1e6}}


class Part:
    """A body of some density, and its weight in any unit."""

    def __init__(self, radius: float, density: float) -> None:
        self.radius = radius
        self.density = density

    def weight(self, unit: str = "kg") -> float:
        volume = 4 / 3 * math.pi * self.radius**3
        return volume * self.density / UNITS[unit]


PARTS = [Part(radius / 10, 7.8) for radius in range(1, 20)]


def value() -> int:
    return VALUE if sum(part.weight() for part in PARTS) > 0 else 0
'''

PAGE = '''\
"""The first page: what all modules of the model sum up to."""

from model import {names}
from patterns.dom import Element, element
from patterns.events import Handlers

MODULES = ({names},)


def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page."""
    total = sum(module.value() for module in MODULES)
    root.append(element("h1", "Growth"), element("output", total, id="total"))
'''

# What is measured, in seconds, and its name in table and chart.
MEASURES = {
    "first_paint": "first screen, first visit",
    "first_ready": "first visit",
    "second_ready": "repeat visit",
    "reload": "reload after a save",
}
# The first screen does not depend on the app at all, and would be a line along the axis.
DRAWN = ("first_ready", "second_ready", "reload")

Sample = dict[str, float]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="make bench-growth", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="loads of each (default 5)")
    parser.add_argument("--docs", action="store_true", help="write docs/scale.md as well")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds: it takes one at least")
    project, folders = prepare()
    samples: dict[int, list[Sample]] = {count: [] for count in MODULES}
    with serve(folders) as host, sync_playwright() as playwright:
        browser = browser_version(playwright)
        for number in range(arguments.rounds):
            for count in MODULES:
                sample = {
                    **visits(playwright, host, candidate_of(count)),
                    "reload": reload_after_save(playwright, project, count),
                }
                samples[count].append(sample)
                print(f"round {number + 1}, {count} modules: {json.dumps(sample)}", flush=True)
    report = {
        "medians": {str(count): medians(taken) for count, taken in samples.items()},
        "samples": {str(count): taken for count, taken in samples.items()},
        **circumstances(arguments.rounds, {"browser": browser}),
    }
    publish(
        report,
        table(report),
        OUTPUT,
        DOCUMENT if arguments.docs else None,
        {CHART: lambda: chart(report)},
    )


def prepare() -> tuple[Path, dict[str, Path]]:
    """Make the project, and build a site of it for every number of modules.

    Returns:
        The project's folder, and the folders to serve, by name.

    Raises:
        SystemExit: a step failed; what it said is above.
    """
    shutil.rmtree(SITES, ignore_errors=True)
    project = bake(NAME, starter="blank")
    run(["pyscript", "vendor"], project)
    folders = {}
    for count in MODULES:
        write_modules(project / "app", count)
        print(f"Building it with {count} modules …", flush=True)
        run(["pyscript", "build"], project)
        folders[candidate_of(count).name] = SITES / candidate_of(count).name
        shutil.copytree(project / "dist", SITES / candidate_of(count).name)
    return project, folders


def candidate_of(count: int) -> Candidate:
    """Return the built app with so many modules."""
    return app(f"{NAME}-{count}", keeps=True)


def write_modules(folder: Path, count: int) -> None:
    """Give an app so many modules, and a first page that imports them all."""
    model = folder / "model"
    shutil.rmtree(model, ignore_errors=True)
    model.mkdir()
    (model / "__init__.py").write_text("", encoding="utf-8")
    names = [f"part{number}" for number in range(count)]
    for number, name in enumerate(names):
        write_module(model / f"{name}.py", number, 1)
    page = PAGE.format(names=", ".join(names))
    (folder / "pages" / "home.py").write_text(page, encoding="utf-8")
    config = folder / "pyscript.toml"
    lines = config.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith('"./model/')]
    own = [f'"./model/{name}.py" = "./model/"' for name in ("__init__", *names)]
    config.write_text("\n".join([*kept, *own, ""]), encoding="utf-8")


def write_module(path: Path, number: int, value: int) -> None:
    """Write one module, which adds a value to the page's total."""
    path.write_text(MODULE.format(number=number, value=value), encoding="utf-8")


def visits(playwright: Playwright, host: Host, candidate: Candidate) -> Sample:
    """Load a built site twice in a new browser; return the seconds until it paints and is ready."""
    sample: Sample = {}
    with new_browser(playwright, candidate) as context:
        page = context.pages[0]
        for visit in VISITS:
            page.goto("about:blank")
            page.goto(f"{host.origin}/{candidate.element}", wait_until="commit")
            page.wait_for_function(
                "window.__seen?.ready && window.__seen.python", polling=200, timeout=LONGEST_LOAD
            )
            seen = page.evaluate("window.__seen")
            sample |= {f"{visit}_{name}": seen[name] / 1000 for name in ("paint", "ready")}
            page.evaluate(KEPT)
    return sample


def reload_after_save(playwright: Playwright, project: Path, count: int) -> float:
    """Save a module while `pyscript dev` serves the app; return the seconds until that is seen."""
    write_modules(project / "app", count)
    with development_server(project) as origin, new_browser(playwright, candidate_of(count)) as own:
        page = own.pages[0]
        page.goto(f"{origin}/", wait_until="commit")
        wait_for_total(page, count)
        # The first reload finds what every later one has: all of the runtime in the cache.
        for value in (2, 3):
            started = time.perf_counter()
            write_module(project / "app" / "model" / f"part{count - 1}.py", count - 1, value)
            wait_for_total(page, count - 1 + value)
            seconds = time.perf_counter() - started
    return seconds


def wait_for_total(page: Page, total: int) -> None:
    """Return once the page shows a total."""
    page.wait_for_function(
        "total => document.querySelector('#total')?.textContent === total",
        arg=str(total),
        polling=20,
        timeout=LONGEST_LOAD,
    )


@contextmanager
def development_server(project: Path) -> Iterator[str]:
    """Run `pyscript dev` in a project; give the address of the app."""
    environment = os.environ | {
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONUNBUFFERED": "1",
    }
    server = subprocess.Popen(
        ["pyscript", "dev", "--no-open", "--port=0"],
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert server.stdout  # noqa: S101 - asked for above
        said = []
        for line in server.stdout:
            said.append(line)
            if served := re.search(r"served at (http://\S+)/ ", line):
                yield served[1]
                return
        raise SystemExit(f"{''.join(said)}\n`pyscript dev` does not serve {project}.")
    finally:
        server.terminate()
        server.wait()


def medians(samples: list[Sample]) -> Sample:
    """Return the median of every measure."""
    return {name: median(sample[name] for sample in samples) for name in samples[0]}


def table(report: dict[str, Any]) -> str:
    """Return the medians, with least and greatest, as Markdown."""
    rows = [["modules", "lines", *MEASURES.values()]]
    for count, measured in report["medians"].items():
        row = [count, f"{int(count) * LINES_OF_A_MODULE:,}"]
        for name in MEASURES:
            taken = [sample[name] for sample in report["samples"][count]]
            row.append(f"{measured[name]:.2f} ({min(taken):.2f}-{max(taken):.2f})")
        rows.append(row)
    return (
        f"{report['date']}: {sentence(report['machine'])}; {report['versions']['browser']}. "
        f"Seconds, medians of {report['rounds']} rounds, with least and greatest.\n\n"
        + markdown(rows)
    )


def chart(report: dict[str, Any]) -> str:
    """Return the medians as an SVG."""
    return draw_lines(
        "Seconds until the app is ready, as it grows",
        f"modules of {LINES_OF_A_MODULE} lines, all imported by the first page",
        {
            MEASURES[name]: {int(count): each[name] for count, each in report["medians"].items()}
            for name in DRAWN
        },
    )


if __name__ == "__main__":
    main()
