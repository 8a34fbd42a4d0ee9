"""`pyscript remove`: takes packages, pages and patterns out of a project."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import pluggy
import typer

from pyscript_kit.commands.kinds import Kind, kind_and_names
from pyscript_kit.errors import reported
from pyscript_kit.project.paging import remove_pages
from pyscript_kit.project.removing import remove_patterns
from pyscript_kit.project.settings import find_root


def _packages(root: Path, names: list[str]) -> None:
    # What takes longer to load than all the rest of the command.
    from pyscript_kit.lock.adding import remove_packages, tell

    tell(remove_packages(root, names), root)


_REMOVING: dict[Kind, Callable[[Path, list[str]], None]] = {
    Kind.PACKAGE: _packages,
    Kind.PAGE: remove_pages,
    Kind.PATTERN: remove_patterns,
}


# No postponed annotations in this module: typer 0.9 drops the help of those.
def remove(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="[page|pattern] NAME...",
            help="Packages; or `page` or `pattern` and their names.",
            show_default=False,
        ),
    ],
    project: Annotated[
        Path, typer.Option(help="Project folder, or a folder inside it.", show_default="here")
    ] = Path(),
) -> None:
    """Remove packages, pages or patterns, and everything that was added with them."""
    with reported("remove"):
        kind, chosen = kind_and_names("remove", names)
        _REMOVING[kind](find_root(project), chosen)


@pluggy.HookimplMarker("pyscript")
def pyscript_subcommand() -> Callable[..., None]:
    """Adds the command to `pyscript`."""
    return remove
