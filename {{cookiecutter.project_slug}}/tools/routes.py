"""Which packages a visit needs at once: those of PyScript's configuration, and those of the page that
the address names, read from the table in `app/pages/__init__.py` without importing it. The loader
boots with them."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from tools.project import Project, canonical_name


def needed_at_once(project: Project) -> dict[str, Any]:
    """What the loader's manifest says of a project: `start` and, by route, `routes`."""
    start = [canonical_name(name) for name in project.packages_at_start]
    return {"start": start, "routes": packages_by_route(project.app)}


def packages_by_route(app: Path) -> dict[str, list[str]]:
    """The packages of each route that has some; empty where the table cannot be made out.

    Nothing depends on it but how soon a page is there: a page loads what it needs in any case.
    """
    try:
        tree = ast.parse((app / "pages" / "__init__.py").read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return {}
    constants: dict[str, ast.expr] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    constants[target.id] = statement.value
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Page"
    ]
    routes = {}
    for call in calls:
        route, packages = _argument(call, 0, "route"), _argument(call, 3, "packages")
        names = _names(packages, constants)
        if names and isinstance(route, ast.Constant) and isinstance(route.value, str):
            routes[route.value] = names
    if calls:
        # The first page is also that of an address without a route.
        first = _argument(calls[0], 0, "route")
        if isinstance(first, ast.Constant) and first.value in routes:
            routes[""] = routes[first.value]
    return routes


def _argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    if len(call.args) > position:
        return call.args[position]
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _names(value: ast.expr | None, constants: dict[str, ast.expr]) -> list[str]:
    if isinstance(value, ast.Name):
        value = constants.get(value.id)
    try:
        found = ast.literal_eval(value) if value is not None else ()
    except ValueError:
        return []
    if not isinstance(found, tuple | list):
        return []
    return [canonical_name(name) for name in found if isinstance(name, str)]
