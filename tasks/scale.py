"""Compute what visits cost, from the default project's build, and write it into docs/scale.md."""

import re
import subprocess
import sys

from demo import DEMO, environment_of_demo, prepare
from environment import REPOSITORY

DOCUMENT = REPOSITORY / "docs" / "scale.md"
VISITS = (1_000, 1_000_000)
HIT_RATES = (0.0, 0.5, 0.9)
DAYS = 30
_BEGIN, _END = "<!-- scale: written by a command -->", "<!-- scale: end -->"
COST = re.compile(
    r"A first visit to a page with packages fetches ([\d.]+) MB in (\d+) requests; "
    r"a second one the document again, ([\d.]+) kB"
)


def main() -> None:
    """Build the demo, and write the table."""
    prepare()
    result = subprocess.run(
        ["pyscript", "build"],
        cwd=DEMO,
        env=environment_of_demo(),
        check=False,
        stdout=subprocess.PIPE,
        text=True,
    )
    found = COST.search(result.stdout)
    if result.returncode or not found:
        sys.exit(f"{result.stdout}\n`pyscript build` did not say what a visit costs.")
    first, requests, again = float(found[1]) * 1e6, int(found[2]), float(found[3]) * 1e3
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    table = "\n".join(_table(first, requests, again))
    DOCUMENT.write_text(f"{before}{_BEGIN}\n\n{table}\n\n{_END}{after}", encoding="utf-8")
    print(f"Wrote {DOCUMENT.relative_to(REPOSITORY)}")


def _table(first: float, requests: int, again: float) -> list[str]:
    """Return the lines of the table: what the host sends, by visits a day and who returns."""
    lines = [
        f"A first visit to a page with packages fetches {first / 1e6:.1f} MB in {requests} "
        f"requests; a later one {again / 1e3:.1f} kB in two, if nothing has changed.",
        "",
        "| visits a day | of them returning | bytes a month | requests a day |",
        "| ---: | ---: | ---: | ---: |",
    ]
    for visits in VISITS:
        for rate in HIT_RATES:
            size = visits * ((1 - rate) * first + rate * again)
            count = visits * ((1 - rate) * requests + rate * 2)
            cells = (f"{visits:,}", f"{rate:.0%}", _amount(size * DAYS))
            lines.append(f"| {' | '.join(cells)} | {count:,.0f} |")
    return lines


def _amount(size: float) -> str:
    for unit, scale in (("PB", 1e15), ("TB", 1e12), ("GB", 1e9)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}"
    return f"{size / 1e6:.0f} MB"


if __name__ == "__main__":
    main()
