"""`pyscript build`: writes `dist/`, a site for any static host."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import pluggy
import typer

from pyscript_kit.errors import ToolError, reported
from pyscript_kit.project.settings import find_root
from pyscript_kit.site.build import build_single_file, build_site


# No postponed annotations in this module: typer 0.9 drops the help of those.
def build(
    project: Annotated[
        Path, typer.Option(help="Folder of the project, or one inside it.", show_default="here")
    ] = Path(),
    single_file: Annotated[
        bool,
        typer.Option("--single-file", help="One HTML document, its runtime from the CDN."),
    ] = False,
    embed: Annotated[
        bool, typer.Option("--embed", help="With --single-file: the runtime in it, too.")
    ] = False,
    prerender: Annotated[
        bool,
        typer.Option(
            "--prerender",
            help="Keep what each page shows, for visitors to see before Python is there.",
        ),
    ] = False,
) -> None:
    """Write dist/, a site for any static host: hashed names, compressed, usable offline."""
    with reported("build"):
        if embed and not single_file:
            raise ToolError("--embed puts the runtime into one document: add --single-file")
        if prerender and single_file:
            raise ToolError("--prerender is for a site: leave it out with --single-file")
        root = find_root(project)
        if single_file:
            build_single_file(root, embed=embed)
        else:
            build_site(root, prerender=prerender)


@pluggy.HookimplMarker("pyscript")
def pyscript_subcommand() -> Callable[..., None]:
    """Adds the command to `pyscript`."""
    return build
