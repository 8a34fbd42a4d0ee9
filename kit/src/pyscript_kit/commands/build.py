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
        Path, typer.Option(help="Project folder, or a folder inside it.", show_default="here")
    ] = Path(),
    single_file: Annotated[
        bool,
        typer.Option(
            "--single-file", help="Write one HTML file that loads the runtime from the CDN."
        ),
    ] = False,
    embed: Annotated[
        bool, typer.Option("--embed", help="With --single-file: include the runtime.")
    ] = False,
    no_prerender: Annotated[
        bool,
        typer.Option(
            "--no-prerender",
            help="Do not prerender pages, for visitors to see before Python starts.",
        ),
    ] = False,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Compress less, to try the site on this machine."),
    ] = False,
) -> None:
    """Write dist/, a site for any static host: hashed names, compressed, usable offline."""
    with reported("build"):
        if embed and not single_file:
            raise ToolError("--embed only works for a single file: add --single-file")
        if quick and single_file:
            raise ToolError("--quick has no use for a single file, which has no copies: omit it")
        root = find_root(project)
        if single_file:
            build_single_file(root, embed=embed, prerender=not no_prerender)
        else:
            build_site(root, prerender=not no_prerender, quick=quick)


@pluggy.HookimplMarker("pyscript")
def pyscript_subcommand() -> Callable[..., None]:
    """Adds the command to `pyscript`."""
    return build
