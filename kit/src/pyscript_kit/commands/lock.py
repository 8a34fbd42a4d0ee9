"""`pyscript lock`: resolves the packages of an app for a release of Pyodide."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Optional

import pluggy
import typer

from pyscript_kit.errors import reported
from pyscript_kit.lock.locking import lock_project
from pyscript_kit.lock.release import check_version
from pyscript_kit.project.settings import find_root


# No postponed annotations in this module: typer 0.9 drops the help of those.
def lock(
    project: Annotated[
        Path, typer.Option(help="Project folder, or a folder inside it.", show_default="here")
    ] = Path(),
    pyodide: Annotated[
        Optional[str],  # noqa: UP045 - typer 0.9 does not know `str | None`
        typer.Option(
            metavar="VERSION",
            help="Move the project to this Pyodide release.",
            show_default="that of the lock",
        ),
    ] = None,
) -> None:
    """Resolve the packages of app/pyscript.toml and write runtime.lock.json."""
    with reported("lock"):
        if pyodide is not None:
            check_version(pyodide)
        lock_project(find_root(project), pyodide)


@pluggy.HookimplMarker("pyscript")
def pyscript_subcommand() -> Callable[..., None]:
    """Adds the command to `pyscript`."""
    return lock
