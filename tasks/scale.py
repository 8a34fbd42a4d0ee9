"""Compute what visits cost, and how large projects are, from the builds of the default project and
of a blank one; write it into docs/scale.md and README.md."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import indent
from typing import NamedTuple

from baking import generate
from demo import DEMO, environment_of_demo, prepare
from environment import REPOSITORY
from marks import put_between

DOCUMENT = REPOSITORY / "docs" / "scale.md"
README = REPOSITORY / "README.md"
BLANK = DEMO.with_name("blank")
VISITS = (1_000, 1_000_000)
HIT_RATES = (0.0, 0.5, 0.9)
DAYS = 30
COST = re.compile(
    r"A first visit(?: to a page with packages)? fetches ([\d.]+) MB in (\d+) requests; "
    r"a second one the document again, ([\d.]+) kB"
)


class Size(NamedTuple):
    """A project: bytes of its runtime and of its site, and what visits to that fetch.

    Attributes:
        runtime: bytes on disk in app/runtime.
        site: bytes on disk in dist.
        first: bytes that a first visit fetches.
        requests: how many requests that takes.
        again: bytes that a repeat visit fetches.
    """

    runtime: int
    site: int
    first: float
    requests: int
    again: float


def main() -> None:
    """Build both projects, and write what they say."""
    prepare()
    gallery = _build(DEMO)
    shutil.rmtree(BLANK, ignore_errors=True)
    blank = _build(generate(BLANK.parent, project_name=BLANK.name.title(), starter="blank"))
    for path, name, words in (
        (DOCUMENT, "scale", "\n\n" + "\n".join(_table(gallery)) + "\n\n"),
        (README, "sizes", f"\n{indent(sentences(blank, gallery), '  ')}\n  "),
    ):
        text = put_between(path.read_text(encoding="utf-8"), *marks_of(name), words)
        path.write_text(text, encoding="utf-8")
        print(f"Wrote {path.relative_to(REPOSITORY)}")


def marks_of(name: str) -> tuple[str, str]:
    """Return the comments between which something is written."""
    return f"<!-- {name}: written by a command -->", f"<!-- {name}: end -->"


def sentences(blank: Size, gallery: Size) -> str:
    """Return what README says of sizes."""
    small, large = (
        (f"{each.runtime / 1e6:.0f}", f"{each.site / 1e6:.0f}", f"{each.first / 1e6:.1f}")
        for each in (blank, gallery)
    )
    return (
        f"A blank project takes {small[0]} MB in `app/runtime/`, and its site {small[1]} MB; the\n"
        f"gallery takes {large[0]} and {large[1]} MB. A first visit fetches {small[2]} MB, or "
        f"{large[2]} MB where a page has matplotlib."
    )


def _build(project: Path) -> Size:
    for command in ("vendor", "build"):
        print(f"Running pyscript {command} in build/{project.name} …", flush=True)
        result = subprocess.run(
            ["pyscript", command],
            cwd=project,
            env=environment_of_demo(),
            check=False,
            stdout=subprocess.PIPE,
            text=True,
        )
        if result.returncode:
            sys.exit(f"{result.stdout}\n`pyscript {command}` failed in {project}.")
    found = COST.search(result.stdout)
    if not found:
        sys.exit(f"{result.stdout}\n`pyscript build` did not say what a visit costs.")
    runtime, site = (
        sum(path.stat().st_size for path in (project / folder).rglob("*") if path.is_file())
        for folder in ("app/runtime", "dist")
    )
    return Size(runtime, site, float(found[1]) * 1e6, int(found[2]), float(found[3]) * 1e3)


def _table(size: Size) -> list[str]:
    """Return the lines of the table: what the host sends, by visits a day and who returns."""
    first, requests, again = size.first, size.requests, size.again
    lines = [
        f"A first visit to a page with packages fetches {first / 1e6:.1f} MB in {requests} "
        f"requests; a later one {again / 1e3:.1f} kB in two, if nothing has changed.",
        "",
        "| visits a day | of them returning | bytes a month | requests a day |",
        "| ---: | ---: | ---: | ---: |",
    ]
    for visits in VISITS:
        for rate in HIT_RATES:
            sent = visits * ((1 - rate) * first + rate * again)
            count = visits * ((1 - rate) * requests + rate * 2)
            cells = (f"{visits:,}", f"{rate:.0%}", _amount(sent * DAYS))
            lines.append(f"| {' | '.join(cells)} | {count:,.0f} |")
    return lines


def _amount(size: float) -> str:
    for unit, scale in (("PB", 1e15), ("TB", 1e12), ("GB", 1e9)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}"
    return f"{size / 1e6:.0f} MB"


if __name__ == "__main__":
    main()
