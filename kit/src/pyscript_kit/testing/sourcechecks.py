"""Checks of a project's source, without a browser: its table of pages, who imports what, and that
nothing makes markup of data.

    @pytest.mark.parametrize("check", checks.PROJECT)
    def test_the_project(project_root: Path, check: checks.ProjectCheck) -> None:
        check(project_root)

Each takes the folder of the project and says what it found."""

from __future__ import annotations

import ast
import importlib.util
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

from pyscript_kit.lock.pinned import disagreements
from pyscript_kit.lock.reader import read_lock
from pyscript_kit.project.pyproject import scripts_of_others
from pyscript_kit.project.settings import LOCK_NAME, read_project
from pyscript_kit.project.walking import files_of_app, is_made_by_a_tool
from pyscript_kit.testing import markup

# A test that fails shows its own lines.
__tracebackhide__ = True

# Takes the folder of a project; raises AssertionError.
ProjectCheck = Callable[[Path], None]

_BROWSER = {"js", "pyodide", "pyodide_js", "pyscript"}
# Where the one way to insert markup is defined: those who call it are held to the same.
_DEFINED = ("app/patterns/dom.py", "insertAdjacentHTML")
_UNLESS = " (if it is not yours: scripts_of_others of [tool.pyscript-test] in pyproject.toml)"


class Page(Protocol):
    """One line of an app's table of pages, `PAGES` in `app/pages/__init__.py`."""

    @property
    def route(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def packages(self) -> tuple[str, ...]: ...


def pages_have_routes_of_their_own(root: Path) -> None:
    """No two lines of the table have one route, and there is one line at least."""
    counted = Counter(page.route for page in _pages(root))
    assert counted, "app/pages/__init__.py: PAGES is empty, and an app needs a first page"
    twice = sorted(route for route, times in counted.items() if times > 1)
    assert not twice, f"app/pages/__init__.py: PAGES has more than one line for {_listed(twice)}"


def pages_are_named(root: Path) -> None:
    """Each line of the table has a route that can be a module's name, a title and a summary."""
    for page in _pages(root):
        assert page.route.isidentifier(), (
            f"app/pages/__init__.py: the route {page.route!r} cannot be the name of a module"
        )
        for name, text in (("title", page.title), ("summary", page.summary)):
            assert text, f"app/pages/__init__.py: the page {page.route!r} has no {name}"


def lines_have_their_modules(root: Path) -> None:
    """Each line of the table has a module with a function `mount(root, handlers)`."""
    for page in _pages(root):
        path = root / "app" / "pages" / f"{page.route}.py"
        assert path.is_file(), (
            f"app/pages/{page.route}.py is missing: "
            f"write it, or remove the line of {page.route!r} from app/pages/__init__.py"
        )
        mounts = [
            len(node.args.args)
            for node in _parsed(path).body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == "mount"
        ]
        assert mounts == [2], (
            f"app/pages/{page.route}.py needs one function mount(root, handlers), "
            "which fills the page"
        )


def modules_have_their_lines(root: Path) -> None:
    """Each module and each style sheet beside the table belongs to a line of it."""
    pages = _pages(root)
    routes = {page.route for page in pages}
    styled = {page.route for page in pages if getattr(page, "styled", False)}
    folder = root / "app" / "pages"
    for path in sorted(folder.glob("*.py")):
        assert path.stem in {*routes, "__init__"}, (
            f"app/pages/{path.name} has no line in app/pages/__init__.py: add one, or delete it"
        )
    sheets = {path.stem for path in folder.glob("*.css")}
    assert sheets <= styled, (
        f"no line of app/pages/__init__.py is styled by {_sheets(sheets - styled)}: "
        "write styled=True there, or delete the style sheet"
    )
    assert styled <= sheets, (
        f"{_sheets(styled - sheets)} is missing: "
        "write it, or take styled=True out of app/pages/__init__.py"
    )


def pages_reach_the_browser_through_patterns(root: Path) -> None:
    """Pages import nothing of PyScript, Pyodide or JavaScript themselves."""
    for path in sorted((root / "app" / "pages").glob("*.py")):
        taken = sorted(_imported(_parsed(path)) & _BROWSER)
        assert not taken, (
            f"app/pages/{path.name} imports {_listed(taken)}: "
            "move the code that needs it to a module of app/patterns/, and import that"
        )


def data_becomes_no_markup(root: Path) -> None:
    """What visitors type, servers answer or files hold becomes neither markup nor code.

    Scripts of other makers are exempt: `scripts_of_others` of `[tool.pyscript-test]` in
    `pyproject.toml` names them.
    """
    of_others = {root / name for name in scripts_of_others(root)}
    found = [
        f"{name} makes markup or code from a value that is not a literal: {what}"
        for path in _files(root, "*.py")
        if (name := path.relative_to(root).as_posix())
        for what in markup.in_python(_read(path))
        if (name, what) != _DEFINED
    ]
    found += [
        f"{path.relative_to(root).as_posix()} makes markup or code: {what}{_UNLESS}"
        for path in _files(root, "*.*js")
        if path not in of_others
        for what in markup.in_javascript(_read(path))
    ]
    found += [
        f"app/index.html has a script in an attribute: {what}"
        for what in markup.in_attributes(_read(root / "app" / "index.html"))
    ]
    assert not found, "\n".join(found)


def agrees_with_its_lock(root: Path) -> None:
    """Where versions stand beside runtime.lock.json, they are those of the lock."""
    found = disagreements(read_project(root), read_lock(root / LOCK_NAME))
    assert not found, "\n".join(found)


PROJECT: tuple[ProjectCheck, ...] = (
    pages_have_routes_of_their_own,
    pages_are_named,
    lines_have_their_modules,
    modules_have_their_lines,
    pages_reach_the_browser_through_patterns,
    data_becomes_no_markup,
    agrees_with_its_lock,
)


def _pages(root: Path) -> Sequence[Page]:
    """The table, by running its module as Python in the browser does."""
    path = root / "app" / "pages" / "__init__.py"
    spec = importlib.util.spec_from_file_location("pages", path)
    assert spec is not None
    assert spec.loader is not None
    table = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(table)
    pages: Sequence[Page] = table.PAGES
    return pages


def _files(root: Path, pattern: str) -> Iterator[Path]:
    """Files of the app itself."""
    app = root / "app"
    for path in files_of_app(app, is_made_by_a_tool):
        if PurePosixPath(path).match(pattern):
            yield app / path


def _parsed(path: Path) -> ast.Module:
    return ast.parse(_read(path), str(path))


def _imported(tree: ast.Module) -> set[str]:
    """The packages that a module imports from."""
    names = {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name.partition(".")[0] for name in names}


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _sheets(routes: set[str]) -> str:
    return _listed(f"app/pages/{route}.css" for route in sorted(routes))


def _listed(names: Sequence[str] | Iterator[str]) -> str:
    return ", ".join(names)
