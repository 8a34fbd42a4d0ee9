"""`pyscript add`: brings packages, pages and patterns into a project."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import pluggy
import typer

from pyscript_kit.commands.kinds import Kind, kind_and_names
from pyscript_kit.errors import reported
from pyscript_kit.project.adding import add_patterns
from pyscript_kit.project.paging import add_pages
from pyscript_kit.project.settings import find_root


def _packages(root: Path, names: list[str]) -> None:
    # What takes longer to load than all the rest of the command.
    from pyscript_kit.lock.adding import add_packages, tell

    tell(add_packages(root, names), root)


_ADDING: dict[Kind, Callable[[Path, list[str]], None]] = {
    Kind.PACKAGE: _packages,
    Kind.PAGE: add_pages,
    Kind.PATTERN: add_patterns,
}


# No postponed annotations in this module: typer 0.9 drops the help of those.
def add(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="[page|pattern] NAME...",
            help='Packages: names, such as humanize, "humanize>=4" or "pydantic[email]", or wheels '
            "by path or address. Or `page` or `pattern` and their names.",
            show_default=False,
        ),
    ],
    project: Annotated[
        Path, typer.Option(help="Project folder, or a folder inside it.", show_default="here")
    ] = Path(),
) -> None:
    """Add packages, a page or patterns to the project: all of them, or none."""
    with reported("add"):
        kind, chosen = kind_and_names("add", names)
        _ADDING[kind](find_root(project), chosen)


@pluggy.HookimplMarker("pyscript")
def pyscript_subcommand() -> Callable[..., None]:
    """Adds the command to `pyscript`."""
    return add
