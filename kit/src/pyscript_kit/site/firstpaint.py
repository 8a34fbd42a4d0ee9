"""What a document with kept pages has in itself, so that it is painted at once, and what it leaves
for after that."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from pyscript_kit.errors import ToolError
from pyscript_kit.runtime.shell import Element
from pyscript_kit.site.folder import Site, files_below
from pyscript_kit.site.styles import complete_sheet

# In bytes: a larger style sheet stays a file, which browsers keep from visit to visit.
LARGEST_SHEET = 20_000
_ADDRESSES = re.compile(r"url\(|@import", re.IGNORECASE)


def sheet_of(site: Site, address: str) -> str | None:
    """The text of a style sheet of a site, complete with those that it imports; None for one that
    holds only as the file that it is, or that is not the site's."""
    sheets = {
        path.relative_to(site.folder).as_posix(): path.read_bytes()
        for path in files_below(site.folder)
        if path.suffix == ".css"
    }
    name = address.removeprefix("./")
    if name not in sheets:
        return None
    try:
        text = complete_sheet(name, sheets)
    except ToolError:  # no text, or one that would end its element
        return None
    return None if _ADDRESSES.search(text) else text  # relative to the sheet


def sheets_within(site: Site, addresses: Mapping[str, str]) -> dict[str, str]:
    """The style sheets that a document holds itself, so that its first paint waits for no second
    answer: those that nothing else names, and that are small.

    Args:
        site: where they are.
        addresses: their addresses there, by those that the document's author has written.
    """
    found = {}
    for written, address in addresses.items():
        text = sheet_of(site, address) if address.endswith(".css") else None
        if text is not None and len(text.encode()) <= LARGEST_SHEET:
            found[written] = text
    return found


def late_addresses(elements: Collection[Element]) -> frozenset[str]:
    """The addresses of what starts Python. A page that is there before Python asks for it later: on
    a slow line, each of these files would delay those that the page itself consists of.

    Args:
        elements: what the kit adds to a document.
    """
    return frozenset(
        attributes["src"] if name == "script" else attributes["href"]
        for name, attributes in elements
        if name == "script" or attributes.get("rel") == "modulepreload"
    )
