"""`pyscript add page` and `pyscript remove page`: a page is its module, its test and its line in
the table, and these come and go together."""

from __future__ import annotations

import keyword
import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from pyscript_kit.errors import ToolError, writing
from pyscript_kit.project.clashes import own_modules
from pyscript_kit.project.imports import importers
from pyscript_kit.project.kept import committed, is_kept
from pyscript_kit.project.pagetable import (
    TABLE,
    line_of,
    routes_in,
    said_of,
    with_page,
    without_page,
)
from pyscript_kit.project.settings import LOCK_NAME, read_project
from pyscript_kit.project.swap import Place, alone
from pyscript_kit.project.together import write_together
from pyscript_kit.terminal import say

_PAGES = Path("app", "pages")
_TESTS = (Path("tests", "e2e", "pages"), Path("tests", "unit", "pages"))
_OF_EVERY_PAGE = ("js", "polyscript", "pyodide", "pyodide_js", "pyscript")
# Windows opens a device under these names, whatever ending they have.
_DEVICE = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]", re.IGNORECASE)
_LONGEST = 40

_MODULE = '''"""{title}: what this page shows."""

from patterns.dom import Element, element
from patterns.events import Handlers


def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page."""
    root.append(
        element("h1", "{title}"),
        element("p", "What you see here stands in app/pages/{route}.py.", class_="lead"),
    )
'''
_TEST = """from playwright.sync_api import expect
from pyscript_kit.testing import App


def test_the_page_says_what_it_is(app: App) -> None:
    app.open("{route}")
    expect(app.page.get_by_role("heading", level=1)).to_have_text("{title}")
"""


def add_pages(root: Path, names: Sequence[str]) -> None:
    """Add pages to the project at `root`, each with its test and its line in the table, and say
    what has been added.

    Raises:
        ToolError: when a name cannot be that of a page, or a file cannot be written; every file is
            then as it was.
    """
    routes = [unicodedata.normalize("NFKC", name) for name in dict.fromkeys(names)]
    with alone(Place(root / LOCK_NAME, LOCK_NAME)):
        table = _read_table(root)
        for route in routes:
            if problem := next(_problems(root, route, table), None):
                raise ToolError(problem)
            table = with_page(table, line_of(route, _title(route), _summary(route)))
        contents: dict[Path, bytes] = {}
        for route in routes:
            contents |= _files(root, route)
        for folder in {path.parent for path in contents}:
            with writing(folder.relative_to(root).as_posix()):
                folder.mkdir(parents=True, exist_ok=True)
        # The table comes last: a line in it without its module is a page that fails.
        write_together({**contents, (root / TABLE).resolve(): table.encode()})
    for path in contents:
        say(f"Added {path.relative_to(root).as_posix()}")
    for route in routes:
        say(
            f"Added a line for {_title(route)} to {TABLE}, where you can change its text: #/{route}"
        )


def remove_pages(root: Path, names: Sequence[str]) -> None:
    """Take pages out of the project at `root`, each with its style sheet, its tests and its line
    in the table, and say what has been removed.

    Raises:
        ToolError: when there is no such page, something needs it, or work would be lost that git
            does not have; every file is then as it was.
    """
    routes = [unicodedata.normalize("NFKC", name) for name in dict.fromkeys(names)]
    with alone(Place(root / LOCK_NAME, LOCK_NAME)):
        table = _read_table(root)
        there = routes_in(table)
        if unknown := [route for route in routes if route not in there]:
            raise ToolError(
                f"there is no page {' or '.join(map(repr, unknown))}: the pages are "
                f"{', '.join(there)}"
            )
        if not set(there) - set(routes):
            raise ToolError("an app needs a first page: add another one before you remove the last")
        gone: list[Path] = []
        for route in routes:
            found = [path for path in _all_files(root, route) if path.is_file()]
            _check_nothing_is_lost(root, route, table, found)
            gone += found
        inside = {path.relative_to(root / "app").as_posix() for path in gone if "app" in path.parts}
        for route in routes:
            if users := [
                path for path in importers(root / "app", [f"pages.{route}"]) if path not in inside
            ]:
                raise ToolError(
                    f"app/{users[0]} imports pages.{route}: move what it needs to a module of "
                    "app/patterns/ first"
                )
            table = without_page(table, route)
        # The table comes first: nothing leads to the page any more.
        write_together({(root / TABLE).resolve(): table.encode(), **dict.fromkeys(gone)})
    for path in gone:
        say(f"Removed {path.relative_to(root).as_posix()}")
    for route in routes:
        say(f"Removed the line of {route} from {TABLE}")


def _read_table(root: Path) -> str:
    try:
        return (root / TABLE).read_bytes().decode()
    except FileNotFoundError:
        raise ToolError(
            f"this app has no {TABLE}, so it has no pages to add or remove: write them into its "
            f"own modules"
        ) from None
    except OSError as error:
        raise ToolError(f"{TABLE} cannot be read ({error.strerror}): make it readable") from error
    except UnicodeDecodeError as error:
        raise ToolError(f"{TABLE} is not UTF-8 ({error.reason}): save it as UTF-8") from error


def _problems(root: Path, route: str, table: str) -> Iterator[str]:
    """Why a name cannot be that of a new page."""
    advice = "write letters, digits and underscores, such as decay_curve"
    if not route.isidentifier() or route.startswith("_"):
        yield f"{route!r} cannot name a page, whose module has the same name: {advice}"
        return
    if len(route) > _LONGEST:
        yield f"{route!r} has {len(route)} characters: choose a name of {_LONGEST} or fewer"
    other = f"choose another name, such as {route.lower()}_page"
    if keyword.iskeyword(route):
        yield f"{route!r} is a keyword of Python: {other}"
    if _DEVICE.fullmatch(route):
        yield f"{route!r} is a device on Windows, not a file: {other}"
    if route in sys.stdlib_module_names:
        yield f"{route!r} is a module of Python, which readers would mistake it for: {other}"
    if route in _OF_EVERY_PAGE:
        yield f"{route!r} is a module of every page: {other}"
    if route in {"pages", "patterns", "main", "workers", *own_modules(read_project(root))}:
        yield f"{route!r} is a module of this app: {other}"
    taken = {name.lower(): name for name in routes_in(table)}
    if route.lower() in taken:
        yield f"there is a page {taken[route.lower()]!r} already: {other}"
    there = {path.name.lower(): path for folder in _folders(root) for path in folder.glob("*")}
    for path in _all_files(root, route):
        if path.name.lower() in there:
            known = there[path.name.lower()].relative_to(root).as_posix()
            yield f"{known} exists already and is never overwritten: rename it, or {other}"


def _check_nothing_is_lost(root: Path, route: str, table: str, files: Sequence[Path]) -> None:
    written = _files(root, route)
    for path in files:
        if not is_kept(path, written=written.get(path)):
            raise ToolError(
                f"{path.relative_to(root).as_posix()} has uncommitted changes: commit them "
                f"first, or remove it yourself"
            )
    said = said_of(table, route)
    if said == said_of(with_page("PAGES = [x]", _line(route)), route):
        return
    former = (committed((root / TABLE).resolve()) or b"").decode(errors="replace")
    try:
        if said == said_of(former.replace("\r\n", "\n"), route):
            return
    except ToolError:
        pass
    raise ToolError(
        f"the line of {route!r} in {TABLE} has uncommitted changes: commit them first, or remove "
        f"it yourself"
    )


def _files(root: Path, route: str) -> dict[Path, bytes]:
    """What a new page consists of beside its line."""
    module, test, *_ = _all_files(root, route)
    values = {"route": route, "title": _title(route)}
    return {
        module: _MODULE.format(**values).encode(),
        test: _TEST.format(**values).encode(),
    }


def _all_files(root: Path, route: str) -> list[Path]:
    """All that can be a page's own: its module, its tests and its style sheet."""
    pages = root / _PAGES
    tests = [root / folder / f"test_{route}.py" for folder in _TESTS]
    return [pages / f"{route}.py", *tests, pages / f"{route}.css"]


def _folders(root: Path) -> list[Path]:
    return [root / _PAGES, *(root / folder for folder in _TESTS)]


def _line(route: str) -> str:
    return line_of(route, _title(route), _summary(route))


def _title(route: str) -> str:
    words = route.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _summary(route: str) -> str:
    return f"What {_title(route)} shows, in one sentence."
