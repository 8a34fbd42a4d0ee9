"""Style sheets for an app that is one document: each complete, and those of pages in elements that
the app has hold when it shows a page."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from pyscript_kit.errors import ToolError
from pyscript_kit.project.reading import decoded
from pyscript_kit.site.embedding import with_files

_IMPORT = re.compile(
    r"""/\*.*?\*/ | @import\s+ (?:url\(\s*)? ["']?([^"')\s;]+)["']? \s*\)? \s*([^;]*);""",
    re.VERBOSE | re.DOTALL,
)
_ENDS_STYLE = re.compile(r"</style", re.IGNORECASE)


def complete_sheet(name: str, files: Mapping[str, bytes]) -> str:
    """A style sheet with those of the app that it imports in it, for an element of a document.

    Args:
        name: its path in the app.
        files: the files of the app, by these paths.

    Raises:
        ToolError: when it is not text, or holds what no element can.
    """
    text = with_files(_with_imports(name, files, ()), posixpath.dirname(name), files)
    if _ENDS_STYLE.search(text):
        raise ToolError(
            f"app/{name} holds `</style`, which would end it inside a document: leave it out"
        )
    return text


def page_styled_by(name: str) -> str | None:
    """The page that a file of the app is the style sheet of, where it is one."""
    path = PurePosixPath(name)
    return path.stem if path.parts[:-1] == ("pages",) and path.suffix == ".css" else None


def held_for_page(page: str, sheet: str) -> str:
    """An element with the style sheet of a page, which holds for nobody until the app says so."""
    return f'\n<style media="not all" data-page="{html.escape(page)}">\n{sheet}</style>'


def _with_imports(name: str, files: Mapping[str, bytes], around: tuple[str, ...]) -> str:
    def imported(found: re.Match[str]) -> str:
        address, media = found[1], found[2]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), address or ""))
        if address is None or path not in files or path in (name, *around):
            return found[0]
        sheet = _with_imports(path, files, (*around, name))
        return f"@media {media} {{\n{sheet}}}" if media else sheet

    return _IMPORT.sub(imported, decoded(files[name], f"app/{name}"))
