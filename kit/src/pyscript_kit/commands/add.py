"""`pyscript add`: brings more of what the kit has into a project."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pluggy
import typer

from pyscript_kit.errors import reported
from pyscript_kit.project.adding import add_patterns
from pyscript_kit.project.settings import find_root


class Kind(StrEnum):
    """What can be added."""

    PATTERN = "pattern"


_ADDING: dict[Kind, Callable[[Path, list[str]], None]] = {Kind.PATTERN: add_patterns}


# No postponed annotations in this module: typer 0.9 drops the help of those.
def add(
    kind: Annotated[
        Kind, typer.Argument(help="What to add.", show_default=False, case_sensitive=False)
    ],
    names: Annotated[list[str], typer.Argument(help="Which ones.", show_default=False)],
    project: Annotated[
        Path, typer.Option(help="Folder of the project, or one inside it.", show_default="here")
    ] = Path(),
) -> None:
    """Copy patterns into app/patterns/, with their tests; they are yours from then on."""
    with reported("add"):
        _ADDING[kind](find_root(project), names)


@pluggy.HookimplMarker("pyscript")
def pyscript_subcommand() -> Callable[..., None]:
    """Adds the command to `pyscript`."""
    return add
