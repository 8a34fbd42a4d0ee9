"""`pyscript vendor`: makes `app/runtime/` from `runtime.lock.json`."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import pluggy
import typer

from pyscript_kit.errors import reported
from pyscript_kit.project.settings import find_root
from pyscript_kit.runtime.vendoring import vendor_runtime
from pyscript_kit.snapshot.snapshots import Snapshots


# No postponed annotations in this module: typer 0.9 drops the help of those.
def vendor(
    project: Annotated[
        Path, typer.Option(help="Project folder, or a folder inside it.", show_default="here")
    ] = Path(),
    snapshot: Annotated[
        bool, typer.Option(help="Make memory snapshots, so that Python starts within seconds.")
    ] = True,
) -> None:
    """Make app/runtime/ from runtime.lock.json: download, verify, prepare, install."""
    with reported("vendor"):
        vendor_runtime(find_root(project), Snapshots.ALL if snapshot else Snapshots.NONE)


@pluggy.HookimplMarker("pyscript")
def pyscript_subcommand() -> Callable[..., None]:
    """Adds the command to `pyscript`."""
    return vendor
