"""`pyscript dev`: serves `app/` with live reload, on the loopback interface only."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import pluggy
import typer

from pyscript_kit.errors import reported
from pyscript_kit.project.settings import find_root


# No postponed annotations in this module: typer 0.9 drops the help of those.
def dev(
    project: Annotated[
        Path, typer.Option(help="Project folder, or a folder inside it.", show_default="here")
    ] = Path(),
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, help="Port to serve on; if it is taken, the next free one."),
    ] = 8000,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the app in the web browser.")
    ] = True,
    isolation: Annotated[
        bool,
        typer.Option(
            "--isolation/--no-isolation",
            help="Isolate the page from other origins, as few hosts do.",
        ),
    ] = False,
) -> None:
    """Serve app/ on this machine, with live reload."""
    # What takes longer to load than all the other commands together.
    from pyscript_kit.serving.developing import develop

    with reported("dev"):
        develop(find_root(project), port, open_browser=open_browser, isolated=isolation)


@pluggy.HookimplMarker("pyscript")
def pyscript_subcommand() -> Callable[..., None]:
    """Adds the command to `pyscript`."""
    return dev
