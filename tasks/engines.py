"""Run one smoke test of the default project in three browser engines, booted from a snapshot and
plainly, and note how soon Python's first figure is there. Also test how Python takes over the pages
of its built site.

Two of them come a second time under the name of an iPhone, where Pyodide does without the function
that makes its calls fast: a snapshot has to bear that too.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import takeover
from baking import generate
from browsers import (
    BrowserError,
    Start,
    Tab,
    chromium,
    firefox,
    firefox_program,
    mini_browser,
    webkit,
)
from environment import REPOSITORY, VENV

ENGINES = REPOSITORY / "build" / "engines"
PROJECT = ENGINES / "app"
RESULT = ENGINES / "engines.json"
# With the kit's commands, from the source in this repository.
PROGRAM = str(VENV / "bin" / "pyscript")

SMOKE = (Path(__file__).parent / "smoke.js").read_text(encoding="utf-8")
SECONDS_FOR_ANYTHING = 120

DEBIAN = ("firefox-esr", "webkit2gtk-driver", "xvfb", "xauth")
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)

# What must come out alike however Python booted, in whatever engine.
PYTHON = """
import hashlib, json
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

def digest(values):
    return hashlib.sha256(bytes(values)).hexdigest()[:16]

matrix = np.vander(np.linspace(1, 2, 8))
canvas = FigureCanvasAgg(Figure(figsize=(5, 4), layout="constrained"))
flat, solid = canvas.figure.add_subplot(121), canvas.figure.add_subplot(122, projection="3d")
flat.contourf(np.outer(np.sin(np.arange(20)), np.cos(np.arange(20))))
flat.set_title(r"$\\sqrt{x^2}$")
solid.scatter(*np.random.default_rng(2).random((3, 50)))
canvas.draw()
try:
    np.ones(2) @ np.ones(3)
except ValueError as error:
    refusal = str(error)
json.dumps({
    "solved": digest(np.linalg.solve(matrix, np.arange(8.0)).tobytes()),
    "transformed": digest(np.fft.fft(np.sin(np.arange(64))).tobytes()),
    "drawn at random": digest(np.random.default_rng(1).standard_normal(1000).tobytes()),
    "sorted": sorted(["b", "C", "a"], key=str.casefold),
    "refused": refusal,
    "pixels": digest(canvas.buffer_rgba()),
})
"""


@dataclass(frozen=True)
class Engine:
    """A browser, and what a page in it must say of how it booted.

    Attributes:
        name: as people call it.
        start: starts it.
        layout: how it lays functions out, as the loader calls it.
        trampoline: whether it has the function that makes calls fast, where Pyodide knows of one;
            None where that is its own affair.
    """

    name: str
    start: Start
    layout: str
    trampoline: bool | None = None


CANDIDATES = {
    "chromium": Engine("Chromium", chromium, "same-functions", trampoline=True),
    "firefox": Engine("Firefox", firefox, "same-functions", trampoline=True),
    "webkit": Engine("WebKitGTK", webkit, "new-functions"),
    "chromium-iphone": Engine(
        "Chromium as an iPhone", lambda: chromium(IPHONE), "same-functions", trampoline=False
    ),
    "webkit-iphone": Engine(
        "WebKitGTK as an iPhone", lambda: webkit(IPHONE), "new-functions", trampoline=False
    ),
}
# By the query of the page's address, what it must say that it booted from.
WAYS = {"packages": "", "off": "?preboot=off"}

Record = dict[str, Any]


def main() -> None:
    """Print a table of start-up times and write build/engines/engines.json; exit with 1 when
    something is not as it should be."""
    arguments = _arguments()
    _install_missing(arguments.engines)
    _prepare(arguments.pyodide_version)
    with _served("run", "app", "--no-view") as origin:
        records, failures = _run(arguments.engines, arguments.rounds, origin)
    failures += differences(records)
    with _served("preview", "--no-open") as origin:
        engines = {CANDIDATES[name].name: CANDIDATES[name].start for name in arguments.engines}
        seen, wrong = takeover.visits(engines, origin)
    failures += wrong
    _write(records, seen, failures, arguments.rounds)
    print(f"\n{table(records)}\n\n{takeover.table(seen)}\n")
    print(f"The figures stand in {RESULT.relative_to(REPOSITORY)}.")
    for failure in failures:
        print(f"FAILED {failure}", file=sys.stderr)
    sys.exit(1 if failures else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--engines", nargs="+", choices=CANDIDATES, default=[*CANDIDATES], help="which of them"
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="loads of each, each in a new browser"
    )
    parser.add_argument("--pyodide-version", help="the answer to that question, if not the first")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds has to be 1 or more")
    return arguments


# ------------------------------------------------------------------ before


def _install_missing(engines: Sequence[str]) -> None:
    """Install what is missing with apt-get.

    Raises:
        SystemExit: that cannot be done here.
    """
    there = {
        "firefox": lambda: firefox_program() is not None,
        "webkit": lambda: (
            mini_browser() is not None
            and all(map(shutil.which, ("WebKitWebDriver", "Xvfb", "xvfb-run")))
        ),
    }
    missing = [name for name in there if name in {each.split("-")[0] for each in engines}]
    missing = [name for name in missing if not there[name]()]
    if not missing:
        return
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *DEBIAN]
    names = " and ".join(CANDIDATES[name].name for name in missing)
    if os.geteuid() or not shutil.which("apt-get"):
        sys.exit(
            f"Missing for these tests: {names}. Install what Debian calls {', '.join(DEBIAN)}, run "
            "this as root where there is apt-get, or name other engines with --engines."
        )
    print(f"Installing {names} with apt-get …", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "update"], command):
        result = subprocess.run(step, env=environment, check=False, capture_output=True, text=True)
        if result.returncode:
            sys.exit(f"{result.stderr}\n`{' '.join(step)}` failed: see to apt's sources.")


def _prepare(pyodide_version: str | None) -> None:
    print(f"Generating {PROJECT.relative_to(REPOSITORY)} …", flush=True)
    answers = {"pyodide_version": pyodide_version} if pyodide_version else {}
    # What a former run left there might be of another pin, or of an older state of the template.
    shutil.rmtree(PROJECT, ignore_errors=True)
    generate(ENGINES, project_slug=PROJECT.name, **answers)
    for step in ("vendor", "build"):
        result = subprocess.run([PROGRAM, step], cwd=PROJECT, check=False)
        if result.returncode:
            sys.exit(result.returncode)


@contextmanager
def _served(*server_command: str) -> Iterator[str]:
    """Serve the project by a command of the kit, and give its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [PROGRAM, *server_command, "--port", str(port)]
    with (ENGINES / "server.txt").open("w") as log:
        server = subprocess.Popen(command, cwd=PROJECT, stdout=log, stderr=subprocess.STDOUT)
    try:
        _until_served(port, server)
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait()


def _until_served(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            try:
                server.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
            break
        return
    sys.exit(f"The app is not served: {(ENGINES / 'server.txt').read_text()}")


# ------------------------------------------------------------------ the test


def _run(engines: Sequence[str], rounds: int, origin: str) -> tuple[list[Record], list[str]]:
    """Load the page in each engine, both ways, and note what came of it and what went wrong."""
    records: list[Record] = []
    failures: list[str] = []
    for number in range(rounds):
        for name in engines:
            for way in WAYS:
                try:
                    record = _visit(name, way, origin, whole=number == 0)
                except BrowserError as error:
                    failures.append(f"{CANDIDATES[name].name}, {way}: {error}")
                    print(failures[-1], flush=True)
                    continue
                records.append(record)
                wrong = problems(record)
                failures += [f"{CANDIDATES[name].name}, {way}: {what}" for what in wrong]
                seconds = record["figure_ms"] / 1000
                verdict = "not as it should be" if wrong else "as it should be"
                print(
                    f"{label(record)}, {way}: figure after {seconds:.1f} s, {verdict}", flush=True
                )
    return records, failures


def _visit(name: str, way: str, origin: str, *, whole: bool) -> Record:
    wanted = {"python": PYTHON, "whole": whole, "seconds": SECONDS_FOR_ANYTHING}
    starting: AbstractContextManager[Tab] = CANDIDATES[name].start()
    with starting as tab:
        tab.open(f"{origin}/{WAYS[way]}#/plot")
        # Of its several steps, each has its time.
        found = tab.call(SMOKE, wanted, 4 * SECONDS_FOR_ANYTHING)
        return {"engine": name, "way": way, "version": tab.version, **found}


def problems(record: Record) -> list[str]:
    """Return, in words, what a visit should not have found."""
    engine = CANDIDATES[record["engine"]]
    kind = engine.layout if record["way"] == "packages" else ""
    images = [f"memory-packages-{kind}-", f"memory-{kind}-"] if kind else []
    fetched = sorted(record["images"])
    # Each of them in pieces.
    found = {next((image for image in images if name.startswith(image)), name) for name in fetched}
    expected = {
        f"booted from {record['preboot']}": record["preboot"] == record["way"],
        f"fetched {fetched}": found == set(images),
        f"the figure says {record['status']!r}": "highest with 0.3989 at 0." in record["status"],
        f"the figure is {record['width']} pixels wide": record["width"] >= 280,
    }
    if "outcome" in record:
        present = bool(record["trampoline"])
        known = engine.trampoline is not None and record["trampoline"] is not None
        expected |= {
            f"lays functions out as {record['layout']}": record["layout"] == engine.layout,
            f"call trampoline {record['trampoline']}": not known or present == engine.trampoline,
            f"the new row says {record['row']!r}": record["row"] == "Gneiss",
            f"the worker's figure: {record['diagram']}": record["diagram"]["width"] > 280,
        }
    said: list[str] = record["problems"]
    return [what for what, right in expected.items() if not right] + said


def differences(records: Sequence[Record]) -> list[str]:
    """Return, in words, what Python computed otherwise than in the first visit of all."""
    whole = [record for record in records if "outcome" in record]
    found = []
    for record in whole[1:]:
        for what, expected in whole[0]["outcome"].items():
            if record["outcome"][what] != expected:
                found.append(
                    f"{CANDIDATES[record['engine']].name}, {record['way']}: {what} is "
                    f"{record['outcome'][what]!r}, in {whole[0]['version']} it is {expected!r}"
                )
    return found


# ------------------------------------------------------------------ the result


def times(records: Sequence[Record]) -> dict[str, Record]:
    """Return for each engine its version, and the times of its visits in milliseconds: all, the
    median of each way, and how many times sooner the snapshot has the figure."""
    found: dict[str, Record] = {}
    for record in records:
        engine = found.setdefault(record["engine"], {"version": label(record)})
        visits = engine.setdefault(record["way"], {"figure_ms": []})
        visits["figure_ms"].append(round(record["figure_ms"]))
    for engine in found.values():
        for way in WAYS.keys() & engine.keys():
            engine[way]["median_ms"] = round(median(engine[way]["figure_ms"]))
        if WAYS.keys() <= engine.keys():
            engine["ratio"] = round(engine["off"]["median_ms"] / engine["packages"]["median_ms"], 2)
    return found


def table(records: Sequence[Record]) -> str:
    """Return the times in seconds as a table of Markdown, each as median (shortest to longest)."""

    def cell(engine: Record, way: str) -> str:
        if way not in engine:
            return "failed"
        visits = engine[way]["figure_ms"]
        shortest, longest = min(visits) / 1000, max(visits) / 1000
        return f"{engine[way]['median_ms'] / 1000:.1f} ({shortest:.1f} to {longest:.1f})"

    lines = ["| engine | plain boot, s | from the snapshot, s | ratio |", "|---|---|---|---|"]
    for engine in times(records).values():
        ratio = f"{engine['ratio']:.1f}" if "ratio" in engine else ""
        cells = (engine["version"], cell(engine, "off"), cell(engine, "packages"), ratio)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def label(record: Record) -> str:
    """Return the version of a visit's engine, and what it called itself."""
    return f"{record['version']}{' as an iPhone' if record['engine'].endswith('iphone') else ''}"


def _write(
    records: Sequence[Record], seen: Sequence[Record], failures: list[str], rounds: int
) -> None:
    result = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "rounds": rounds,
        "engines": times(records),
        "failures": failures,
        "visits": records,
        "prerendered": seen,
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
