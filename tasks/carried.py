"""Count which of Pyodide's own packages come through pip where the CDN does not answer, and write
it into docs/runtime.md."""

import sys
import tempfile
import textwrap
from pathlib import Path

from baking import OPTIONS, REPOSITORY, TEMPLATE
from marks import put_between
from pyscript_kit.errors import ToolError
from pyscript_kit.lock.distribution import Distribution, read_distribution
from pyscript_kit.lock.reader import read_pin
from pyscript_kit.project.pins import Pin
from pyscript_kit.sources.cache import Cache
from pyscript_kit.sources.fetching import fetch
from pyscript_kit.sources.inbox import Inbox
from pyscript_kit.sources.wanted import Publisher, Wanted, official_index
from pyscript_kit.sources.wheels import CARRIERS, carrier_of

DOCUMENT = REPOSITORY / "docs" / "runtime.md"
COMMAND = "make carried"
BEGIN, END = "<!-- carried: written by a command -->", "<!-- carried: end -->"


def main() -> None:
    """Ask what carries the packages of each pin, and write the table."""
    try:
        lines = [line for pin in pins() for line in _said(pin)]
    except ToolError as error:
        sys.exit(str(error))
    text = DOCUMENT.read_text(encoding="utf-8")
    block = "\n".join(lines).rstrip()
    text = put_between(text, BEGIN, END, f"\n\n{block}\n\n")
    DOCUMENT.write_text(text, encoding="utf-8")
    print(f"Wrote {DOCUMENT.relative_to(REPOSITORY)}")


def pins() -> list[Pin]:
    """The pins of the template's locks, the newest first."""
    folders = sorted((TEMPLATE / OPTIONS).glob("pyodide_version=*,starter=blank"), reverse=True)
    return [read_pin(folder / "runtime.lock.json")[0] for folder in folders]


def carried(pin: Pin) -> tuple[list[str], int]:
    """The packages of a release that its carrier on the package index has, each with the right
    hash; and how many the release has in all.

    Raises:
        ToolError: when the official index cannot be had.
    """
    distribution = _distribution(pin)
    wanted = [
        Wanted(f"pyodide/{entry.file_name}", entry.sha256, None, Publisher.DISTRIBUTION, name)
        for name, entry in distribution.packages.items()
    ]
    with tempfile.TemporaryDirectory() as folder:
        inbox = Inbox(Cache(Path(folder) / "cache"), Path(folder), lambda _: None)
        carrier = carrier_of(pin)
        if carrier is not None:
            carrier.deliver(wanted, inbox)
        return sorted(file.release for file in wanted if not inbox.lacks(file)), len(wanted)


def _distribution(pin: Pin) -> Distribution:
    cache, index = Cache.of_user(), official_index(pin)
    fetch([index] if cache.find(index) is None else [], pin, cache, COMMAND)
    place = cache.find(index)
    if place is None:
        raise ToolError(f"the index of Pyodide {pin.pyodide.version} left the cache")
    return read_distribution(place.read_bytes(), pin.pyodide.version)


def _said(pin: Pin) -> list[str]:
    names, count = carried(pin)
    version = pin.pyodide.version
    said = f"Of the {count} packages of Pyodide {version}, `{CARRIERS[version]}` has {len(names)}:"
    listed = textwrap.wrap(", ".join(names), 100, break_long_words=False, break_on_hyphens=False)
    return [said, "", "```text", *listed, "```", ""]


if __name__ == "__main__":
    main()
