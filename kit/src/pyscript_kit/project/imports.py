"""Which modules the app's code imports, read from its source without running it."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from pathlib import Path

from pyscript_kit.project.parsing import tree_of
from pyscript_kit.project.walking import files_of_app


def imported_modules(app: Path) -> set[str]:
    """The modules that the Python files in `app/` import, wherever in a file they do.

    Some may be names out of a module instead: only importing them tells.

    Raises:
        ToolError: when a link in it leads nowhere, or to a folder that it is in.
    """
    return {module for path, tree in _trees(app) for module in imported_by(tree, path)}


def importers(app: Path, modules: Collection[str]) -> list[str]:
    """The Python files in `app/`, by their paths there, that import any of some modules, or what is
    in one.

    Raises:
        ToolError: when a link in it leads nowhere, or to a folder that it is in.
    """
    return [
        path
        for path, tree in _trees(app)
        if any(
            name == module or name.startswith(f"{module}.")
            for name in imported_by(tree, path)
            for module in modules
        )
    ]


def imported_by(tree: ast.Module, path: str) -> set[str]:
    """The same for one file.

    Args:
        path: of the file, relative to the app: relative imports begin there.
    """
    return {name for node in ast.walk(tree) for name in names_of_import(node, path)}


def names_of_import(node: ast.AST, path: str) -> Iterator[str]:
    """The dotted names of what a statement imports, if it imports anything.

    Args:
        path: of the file that it is in, relative to the app.
    """
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        package = path.split("/")[:-1]
        above = package[: max(0, len(package) + 1 - node.level)] if node.level else []
        base = ".".join([*above, *filter(None, [node.module])])
        if base:
            yield base
        named = (alias.name for alias in node.names if alias.name != "*")
        yield from (".".join(filter(None, [base, name])) for name in named)


def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file; an empty one where it cannot be read, or is not Python."""
    try:
        return tree_of(path.read_text(encoding="utf-8"))
    # The last two say that it is nested too deeply.
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def _trees(app: Path) -> Iterator[tuple[str, ast.Module]]:
    for path in files_of_app(app, lambda path: "runtime" in path.split("/")):
        if path.endswith(".py"):
            yield path, parsed(app / path)
