"""What an app needs, read from its source without importing it: which packages a visit needs at
once, which of their modules the app imports, and which files of its own it fetches. A snapshot
holds those modules already, and the loader begins with what the address calls for."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from pyscript_kit.lock.lockfile import RuntimeLock
from pyscript_kit.project.settings import Project, canonical_name


@dataclass(frozen=True)
class Needs:
    """What an app needs.

    Attributes:
        files: addresses, relative to the page, of what PyScript fetches of the app itself.
        pages: by the route of a page, the address of its module.
        start: names of packages that PyScript loads before the first page.
        routes: names of packages by the route of the page that needs them.
        modules: modules of packages that the app imports, by the name of the package, sorted. Some
            may be names out of a module instead: only importing them tells.
    """

    files: list[str]
    pages: dict[str, str]
    start: list[str]
    routes: dict[str, list[str]]
    modules: dict[str, list[str]]


def read_needs(project: Project, lock: RuntimeLock) -> Needs:
    """Read what the app of a project needs of the packages of its lock.

    Nothing depends on it but how soon things are there: a page loads what it needs in any case, and
    Python imports what is not there yet. So what cannot be read is passed over.
    """
    pages = _table(project.app)
    start = [canonical_name(name) for name in project.packages_at_start]
    routes = {route: packages for route, (_, packages) in pages.items() if packages}
    addresses = {route: address for route, (address, _) in pages.items()}
    return Needs([*project.files], addresses, start, routes, _modules(project.app, lock))


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
    # The last two say that it is nested too deeply.
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def _table(app: Path) -> dict[str, tuple[str, list[str]]]:
    """The address of its module and the names of its packages for each page of the table."""
    tree = _parsed(app / "pages" / "__init__.py")
    constants: dict[str, ast.expr] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    constants[target.id] = statement.value
    found: dict[str, tuple[str, list[str]]] = {}
    for call in ast.walk(tree):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
            continue
        route = _argument(call, 0, "route")
        name = route.value if isinstance(route, ast.Constant) else None
        if call.func.id != "Page" or not isinstance(name, str):
            continue
        page = f"./pages/{name}.py", _names(_argument(call, 3, "packages"), constants)
        # The first page is also that of an address without a route.
        found.setdefault("", page)
        found[name] = page
    return found


def _argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    if len(call.args) > position:
        return call.args[position]
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _names(value: ast.expr | None, constants: dict[str, ast.expr]) -> list[str]:
    if isinstance(value, ast.Name):
        value = constants.get(value.id)
    try:
        found = ast.literal_eval(value) if value is not None else ()
    except (ValueError, TypeError):
        return []
    if not isinstance(found, tuple | list):
        return []
    return [canonical_name(name) for name in found if isinstance(name, str)]
