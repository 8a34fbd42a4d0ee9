"""The table of pages in `app/pages/__init__.py`, read from its source without running it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from pyscript_kit.project.imports import parsed
from pyscript_kit.project.settings import canonical_name


@dataclass(frozen=True, slots=True)
class TablePage:
    """A page as the table has it.

    Attributes:
        route: the name of its module.
        packages: canonical names of the packages that it loads when it is opened.
        styled: whether it has a style sheet of its own.
        prerender: whether a built site shows it as it was then, before Python is there.
    """

    route: str
    packages: tuple[str, ...]
    styled: bool
    prerender: bool = True

    @property
    def module(self) -> str:
        """The address of its module, relative to the document."""
        return f"./pages/{self.route}.py"


def read_pages(app: Path) -> dict[str, TablePage]:
    """The pages by their route, and the first one under the empty route as well: it is also that of
    an address without a route. What cannot be read is passed over."""
    tree = parsed(app / "pages" / "__init__.py")
    constants = _constants(tree)
    found: dict[str, TablePage] = {}
    for call in ast.walk(tree):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
            continue
        route = _argument(call, 0, "route")
        name = route.value if isinstance(route, ast.Constant) else None
        if call.func.id != "Page" or not isinstance(name, str):
            continue
        packages = _names(_argument(call, 3, "packages"), constants)
        styled = _argument(call, 4, "styled")
        prerender = _argument(call, 5, "prerender")
        page = TablePage(
            name,
            packages,
            styled=isinstance(styled, ast.Constant) and bool(styled.value),
            prerender=not isinstance(prerender, ast.Constant) or bool(prerender.value),
        )
        found.setdefault("", page)
        found[name] = page
    return found


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign) and statement.value:
            targets = [statement.target]
        else:
            continue
        value = statement.value
        found |= {target.id: value for target in targets if isinstance(target, ast.Name) and value}
    return found


def _argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    if len(call.args) > position:
        return call.args[position]
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _names(value: ast.expr | None, constants: dict[str, ast.expr]) -> tuple[str, ...]:
    if isinstance(value, ast.Name):
        value = constants.get(value.id)
    try:
        found = ast.literal_eval(value) if value is not None else ()
    except (ValueError, TypeError):
        return ()
    if not isinstance(found, tuple | list):
        return ()
    return tuple(canonical_name(name) for name in found if isinstance(name, str))
