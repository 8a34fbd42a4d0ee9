"""`make bench`: how soon each candidate shows its first and its live figure, beside the targets.

Loads the candidates in turn, round after round, each cold in a browser of its own and then once
more, under every network profile. Then loads each page of the built site on two screens, for how
far it jumps. Prints tables and writes build/bench/startup.json; with --docs also
docs/benchmarks.md, its chart and the table of README. With --against, an earlier state of this
repository takes its turns as well.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright, sync_playwright

from benchmarks import shift
from benchmarks.candidates import BENCH, CANDIDATES, COUNTERPARTS, EARLIER, SITES, prepare
from benchmarks.chart import draw_chart
from benchmarks.host import Host, serve
from benchmarks.load import PROFILES, browser_version, visit_twice
from benchmarks.machine import circumstances, sentence
from benchmarks.results import (
    LABELS,
    NAMES_OF_VISITS,
    TARGETS,
    VISITS,
    Samples,
    earlier_table,
    medians,
    profile_table,
    publish,
    replace_marked,
    rotated,
    short_table,
    spreads,
    target_table,
)
from environment import REPOSITORY
from pyscript_kit.project.pages import read_pages

OUTPUT = BENCH / "startup.json"
DOCUMENT = REPOSITORY / "docs" / "benchmarks.md"
README = REPOSITORY / "README.md"
IN_README = ("pyscript-create", "build")
CHART = REPOSITORY / "docs" / "pictures" / "startup.svg"

# What DevTools may count more than the host: headers of a few dozen answers.
UNSEEN = 0.01


def main() -> None:
    """Measure, print, write."""
    arguments = _arguments()
    folders = prepare(arguments.candidates, arguments.against)
    print("Compressing what is served …", flush=True)
    with serve(folders) as host, sync_playwright() as playwright:
        versions = {"browser": browser_version(playwright), **_versions()}
        samples: Samples = {
            profile: {visit: {name: [] for name in folders} for visit in VISITS}
            for profile in arguments.profiles
        }
        for number in range(arguments.rounds):
            _take_round(playwright, host, samples, number, arguments.rounds)
            report = summary(samples, versions)
            OUTPUT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        if "build" in folders and not arguments.no_shift:
            report["shift"] = _shifts(playwright, host, arguments.profiles[-1])
    publish(
        report,
        tables(report),
        OUTPUT,
        DOCUMENT if arguments.docs else None,
        {
            CHART: lambda: draw_chart(report["profiles"]),
            README: lambda: readme(report, README.read_text(encoding="utf-8")),
        },
    )


def readme(report: dict[str, Any], text: str) -> str:
    """Return the text of README with its table of what was measured."""
    table = short_table(report["profiles"], *IN_README)
    told = f"Medians of {report['rounds']} rounds of `make bench` on {report['date']}."
    return replace_marked(text, "startup", f"{table}\n\n{told}")


def summary(samples: Samples, versions: dict[str, str]) -> dict[str, Any]:
    """Return medians and extremes, and of what they are; what build/bench/startup.json holds."""
    rounds = min(
        len(taken)
        for visits in samples.values()
        for candidates in visits.values()
        for taken in candidates.values()
    )
    return {
        "profiles": medians(samples),
        "spread": spreads(samples),
        **circumstances(rounds, versions),
    }


def tables(report: dict[str, Any]) -> str:
    """Return what was measured as Markdown: targets, first visits by profile, repeat visits.

    The latter once: they fetch next to nothing, so the connection makes no difference.
    """
    profiles, spread = report["profiles"], report["spread"]
    versions = report["versions"]
    # The one that is published is judged.
    measured = {name for visits in profiles.values() for name in visits["first"]}
    judges = ("build", "unprerendered", "preboot", "vendored")
    judged = next((name for name in judges if name in measured), None)
    shifts: shift.Shifts = report.get("shift", {}).get("pages", {})
    parts = [
        f"{report['date']}: {sentence(report['machine'])}; {versions['browser']}, Pyodide "
        f"{versions['pyodide']}, PyScript {versions['pyscript']}. Medians of {report['rounds']} "
        "rounds, in seconds."
    ]
    if any({earlier, present} <= measured for earlier, present in COUNTERPARTS.items()):
        parts.append(earlier_table(profiles, COUNTERPARTS))
    if judged:
        parts.append(target_table(profiles, judged))
    repeat = (next(iter(profiles)), "second")
    for profile, visit in (*((profile, "first") for profile in profiles), repeat):
        label = LABELS[profile][0].upper() + LABELS[profile][1:]
        parts.append(f"**{label}, {NAMES_OF_VISITS[visit]}**")
        parts.append(profile_table(profiles, spread, profile, visit))
    if shifts:
        label = LABELS[report["shift"]["profile"]]
        parts.append(f"**Layout shift of each page**, {label}, first visit: {shift.told(shifts)}")
    return "\n\n".join(parts)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="cold loads of each (default 5)")
    parser.add_argument("--profiles", nargs="+", choices=PROFILES, default=list(PROFILES))
    parser.add_argument(
        "--candidates", nargs="+", choices=[*CANDIDATES, *EARLIER], help="which (default all)"
    )
    parser.add_argument(
        "--against",
        type=Path,
        metavar="CHECKOUT",
        help="compare with the default project of another checkout of this repository, too",
    )
    parser.add_argument(
        "--no-shift", action="store_true", help="leave out how far each page of the site jumps"
    )
    parser.add_argument("--docs", action="store_true", help="write docs/benchmarks.md as well")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds: it takes one at least")
    if arguments.against:
        if not (arguments.against / "cookiecutter.json").is_file():
            parser.error(f"--against: {arguments.against} is no checkout of this repository")
        if arguments.docs:
            parser.error("--docs: the documentation compares with no earlier state")
        arguments.against = arguments.against.resolve()
    elif EARLIER.keys() & set(arguments.candidates or ()):
        parser.error("--candidates: those of an earlier state need --against")
    arguments.candidates = arguments.candidates or [
        *CANDIDATES,
        *(EARLIER if arguments.against else ()),
    ]
    if arguments.docs and not {*IN_README} <= {*arguments.candidates}:
        parser.error(f"--docs: README compares {' with '.join(IN_README)}")
    targets = {target.profile for target in TARGETS}
    if arguments.docs and (arguments.no_shift or not targets <= set(arguments.profiles)):
        parser.error("--docs: the targets need all profiles, and layout shifts")
    return arguments


def _take_round(
    playwright: Playwright, host: Host, samples: Samples, number: int, rounds: int
) -> None:
    for profile, visits in samples.items():
        # Another one begins each time, so that none always follows the same.
        for name in rotated(list(visits["first"]), number):
            candidate = (CANDIDATES | EARLIER)[name]
            taken = visit_twice(playwright, host, candidate, PROFILES[profile])
            for visit, sample in zip(VISITS, taken, strict=True):
                visits[visit][name].append(sample)
                if sample["bytes_sent"] > (1 + UNSEEN) * sample["bytes"]:
                    print(f"{name}: DevTools counts fewer bytes than were sent, as for workers.")
            figures = (
                [visit[metric] / 1000 for metric in ("first_figure_ms", "live_figure_ms")]
                for visit in taken
            )
            told = ", then ".join(f"{first:.2f} s, live {live:.2f} s" for first, live in figures)
            print(
                f"round {number + 1} of {rounds}, {LABELS[profile]}, {name}: figure after {told}",
                flush=True,
            )


def _shifts(playwright: Playwright, host: Host, profile: str) -> dict[str, Any]:
    """Load each page of the built site on the last of the connections."""
    routes = [route for route in read_pages(SITES / "preboot" / "app") if route]
    pages = shift.measure(playwright, host, CANDIDATES["build"], routes, PROFILES[profile])
    return {"profile": profile, "pages": pages}


def _versions() -> dict[str, str]:
    text = (BENCH / "sites" / "vendored" / "runtime.lock.json").read_text(encoding="utf-8")
    lock = json.loads(text)
    return {"pyodide": lock["pyodide"]["version"], "pyscript": lock["pyscript"]["version"]}


if __name__ == "__main__":
    main()
