"""`pyscript preview`: serves `dist/` as a static host does, on the loopback interface only."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import pluggy
import typer

from pyscript_kit.errors import ToolError, reported
from pyscript_kit.project.settings import find_root


# No postponed annotations in this module: typer 0.9 drops the help of those.
def preview(
    project: Annotated[
        Path, typer.Option(help="Folder of the project, or one inside it.", show_default="here")
    ] = Path(),
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, help="Where to serve it, or the next port that is free."),
    ] = 8080,
    base: Annotated[
        str, typer.Option(help="Path below which the site lies, as on its host: /my-app/.")
    ] = "/",
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the site in the web browser.")
    ] = True,
) -> None:
    """Serve dist/ on this machine, as a static host does."""
    with reported("preview"):
        show(find_root(project), port, base=base, open_browser=open_browser)


@pluggy.HookimplMarker("pyscript")
def pyscript_subcommand() -> Callable[..., None]:
    """Adds the command to `pyscript`."""
    return preview


def show(project_root: Path, port: int, *, base: str, open_browser: bool) -> None:
    """Serve the built site of the project at `project_root` until Ctrl+C.

    Raises:
        ToolError: one sentence, when there is none, or it cannot be served.
    """
    # What takes longer to load than all the other commands together.
    from pyscript_kit.serving.server import listen, serve
    from pyscript_kit.serving.site import read_base, site_app

    site = project_root / "dist"
    if not (site / "index.html").is_file():
        raise ToolError("there is no site in dist/ yet: run `pyscript build` first")
    path = read_base(base)
    serve(
        site_app(site, path),
        listen(port),
        what="The site",
        path=path,
        open_browser=open_browser,
    )
