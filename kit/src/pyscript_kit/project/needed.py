"""What a page needs of the runtime's packages: what its line in the table names, and what it
imports, itself or through the app's own modules. Read from the source, without running any.

Imports that an app can do without do not count. These are for a type checker alone, in a `try` that
goes on without the module, or of a package that the module itself loads when needed.
"""

from __future__ import annotations

import ast
import posixpath
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from pyscript_kit.project.clashes import own_modules
from pyscript_kit.project.imports import names_of_import, parsed
from pyscript_kit.project.pages import read_pages
from pyscript_kit.project.settings import Project, canonical_name
from pyscript_kit.project.walking import files_of_app, is_made_by_a_tool

# What `except` names where the app goes on without a module.
_MISSING = {"BaseException", "Exception", "ImportError", "ModuleNotFoundError"}
# What starts the app, and stands for itself among the routes of pages.
MAIN, START = "main.py", "/"
# Comes with the standard library.
_PYODIDE = "pyodide"
# Of patterns/packages.py: what it is told by name, it loads at that moment.
_LOADS = "load_packages"

# Dotted names that modules need, by their paths in the app. Some may be names out of a module.
Needed = Mapping[str, Collection[str]]


def packages_of_pages(
    project: Project, owners: Mapping[str, str], needed: Needed | None = None
) -> dict[str, tuple[str, ...]]:
    """The canonical names of the packages that each page needs, by its route; those that its line
    names come first. The first page is that of the empty route, too.

    Args:
        owners: packages of the app's runtime by the modules that they have.
        needed: what the app's modules need, where that has been read already.

    Raises:
        ToolError: when the app cannot be read.
    """
    pages = read_pages(project.app)
    if not pages:
        return {}
    if needed is None:
        needed = read_needed(project.app)
    own = own_modules(project)
    places = {**{path: path for path in needed}, **_placed(project)}
    found = {}
    for route, page in pages.items():
        modules = modules_needed(page.module.removeprefix("./"), needed, places)
        tops = {name.partition(".")[0] for name in modules} - own.keys()
        packages = {canonical_name(owners[top]) for top in tops if top in owners}
        found[route] = tuple(dict.fromkeys([*page.packages, *sorted(packages)]))
    return found


def standard_of_pages(project: Project, needed: Needed) -> dict[str, tuple[str, ...]]:
    """The dotted names that each page needs of Python's standard library, by its route, beyond what
    the app needs before any page, which stands under `START`. Some may be names out of a module.

    Args:
        needed: what the app's modules need.

    Raises:
        ToolError: when the app cannot be read.
    """
    own = own_modules(project)
    places = {**{path: path for path in needed}, **_placed(project)}

    def names(path: str) -> set[str]:
        tops = {*sys.stdlib_module_names, _PYODIDE} - own.keys()
        modules = modules_needed(path, needed, places)
        return {name for name in modules if name.partition(".")[0] in tops}

    before = names(MAIN)
    pages = {
        route: names(page.module.removeprefix("./")) - before
        for route, page in read_pages(project.app).items()
    }
    return {
        route: tuple(sorted(found)) for route, found in {START: before, **pages}.items() if found
    }


def read_needed(app: Path) -> dict[str, frozenset[str]]:
    """What the modules of an app need, by their paths in it.

    Raises:
        ToolError: when the app cannot be read.
    """
    return {
        path: frozenset(needed_names(parsed(app / path), path))
        for path in files_of_app(app, is_made_by_a_tool)
        if path.endswith(".py")
    }


def modules_needed(path: str, needed: Needed, places: Mapping[str, str]) -> set[str]:
    """The dotted names of modules beyond the app that one of its modules needs, through others of
    the app as well.

    Args:
        places: the files of the app by the places where Python finds them.
    """
    beyond: set[str] = set()
    seen: set[str] = set()
    waiting = [path]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for name in needed.get(path, ()):
            files = [places[place] for place in files_of_import(name, places)]
            waiting += files
            if not files:
                beyond.add(name)
    return beyond


def needed_names(tree: ast.AST, path: str) -> Iterator[str]:
    """The dotted names that a module of an app needs.

    Args:
        path: of the module, relative to the app.
    """
    loaded = {canonical_name(name) for name in _loaded_by_itself(tree)}
    for name in imported_names(tree, path, optional=False):
        if canonical_name(name.partition(".")[0]) not in loaded:
            yield name


def imported_names(tree: ast.AST, path: str, *, optional: bool = True) -> Iterator[str]:
    """The dotted names that a module of an app imports when it runs.

    Args:
        path: of the module, relative to the app.
        optional: whether those count that it goes on without.
    """
    for node in _running(tree, optional=optional):
        yield from names_of_import(node, path)


def imported_at(tree: ast.AST, path: str, module: str) -> ast.stmt | None:
    """The first statement by which a module of an app needs another one, or what is in that; None
    where it does not.

    Args:
        path: of the module, relative to the app.
        module: a name without a dot.
    """
    found = [
        node
        for node in _running(tree, optional=False)
        if isinstance(node, ast.stmt)
        and module in {name.partition(".")[0] for name in names_of_import(node, path)}
    ]
    return min(found, key=lambda node: node.lineno, default=None)


def files_of_import(name: str, paths: Collection[str]) -> Iterable[str]:
    """The files of the app that importing a dotted name takes: the packages around it, and its own
    where it is a module."""
    parts = name.split(".")
    for length in range(1, len(parts) + 1):
        place = "/".join(parts[:length])
        package, module = f"{place}/__init__.py", f"{place}.py"
        if package in paths:
            yield package
        elif module in paths:
            yield module


def _placed(project: Project) -> dict[str, str]:
    """The files of the app that Python finds elsewhere, by where it does."""
    found = {}
    for source, target in zip(project.files, project.places, strict=False):
        place = target or "./"
        name = source.split("/")[-1]
        place = posixpath.normpath(place + name if place.endswith("/") else place)
        found[place] = posixpath.normpath(source)
    return found


def _running(tree: ast.AST, *, optional: bool) -> Iterator[ast.AST]:
    """All nodes but those that only a type checker sees, or that the app goes on without."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.If) and _is_for_types(node.test):
            waiting += node.orelse
        elif not optional and isinstance(node, ast.Try) and _goes_on(node.handlers):
            waiting += node.finalbody
        elif not optional and isinstance(node, ast.With) and _suppresses(node):
            continue
        else:
            waiting += ast.iter_child_nodes(node)


def _is_for_types(test: ast.expr) -> bool:
    return _name_of(test) == "TYPE_CHECKING"


def _goes_on(handlers: Iterable[ast.ExceptHandler]) -> bool:
    caught = [handler.type for handler in handlers]
    return any(_catches(each) for each in caught)


def _catches(caught: ast.expr | None) -> bool:
    """Whether that stands for a module that is not there, among others maybe."""
    if caught is None:
        return True
    if isinstance(caught, ast.Tuple):
        return any(_catches(each) for each in caught.elts)
    return _name_of(caught) in _MISSING


def _suppresses(node: ast.With) -> bool:
    calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
    return any(
        _name_of(call.func) == "suppress" and any(_catches(each) for each in call.args)
        for call in calls
    )


def _loaded_by_itself(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name_of(node.func) == _LOADS:
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def _name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
