"""What an app needs of its packages, read from its source without importing it: which ones a visit
needs at once, and which of their modules the app imports. A snapshot holds those modules already,
and the loader boots with packages when the address names a page that needs some."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from tools.lockfile import RuntimeLock
from tools.project import Project, canonical_name


@dataclass(frozen=True)
class Needs:
    """What an app needs.

    Attributes:
        start: names of packages that PyScript loads before the first page.
        routes: names of packages by the route of the page that needs them.
        modules: modules of packages that the app imports, by the name of the package, sorted. Some
            may be names out of a module instead: only importing them tells.
    """

    start: list[str]
    routes: dict[str, list[str]]
    modules: dict[str, list[str]]


def read_needs(project: Project, lock: RuntimeLock) -> Needs:
    """Read what the app of a project needs of the packages of its lock.

    Nothing depends on it but how soon things are there: a page loads what it needs in any case, and
    Python imports what is not there yet. So what cannot be read is passed over.
    """
    start = [canonical_name(name) for name in project.packages_at_start]
    return Needs(start, _packages_by_route(project.app), _modules(project.app, lock))


def _modules(app: Path, lock: RuntimeLock) -> dict[str, list[str]]:
    owners = {
        module.split(".")[0]: name
        for name, package in lock.packages.items()
        for module in package.imports
    }
    found: dict[str, set[str]] = {}
    for path in sorted(app.rglob("*.py")):
        if "runtime" in path.relative_to(app).parts:
            continue
        for module in _imported(_parsed(path)):
            owner = owners.get(module.split(".")[0])
            if owner:
                found.setdefault(owner, set()).add(module)
    return {name: sorted(found[name]) for name in sorted(found)}


def _imported(tree: ast.Module) -> set[str]:
    modules: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules |= {f"{node.module}.{alias.name}" for alias in node.names if alias.name != "*"}
            modules.add(node.module)
    return modules


def _parsed(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return ast.Module([], [])


def _packages_by_route(app: Path) -> dict[str, list[str]]:
    tree = _parsed(app / "pages" / "__init__.py")
    constants: dict[str, ast.expr] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    constants[target.id] = statement.value
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Page"
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
