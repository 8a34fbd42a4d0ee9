"""`pyscript preview`: serves what `pyscript build` has written."""

from pathlib import Path

from pyscript_kit.errors import ToolError
from pyscript_kit.serving.server import listen, serve
from pyscript_kit.serving.site import read_base, site_app


def preview_site(
    project_root: Path, port: int, *, base: str, open_browser: bool, isolated: bool = False
) -> None:
    """Serve the built site of the project at `project_root` until Ctrl+C.

    Args:
        port: where, or on the next port that is free.
        base: the path below which it lies.
        open_browser: whether the browser is opened there.
        isolated: whether the page is isolated from other origins, as few hosts have it.

    Raises:
        ToolError: one sentence, when there is none, or it cannot be served.
    """
    site = project_root / "dist"
    if not (site / "index.html").is_file():
        raise ToolError("there is no site in dist/ yet: run `pyscript build` first")
    path = read_base(base)
    serve(
        site_app(site, path, isolated=isolated),
        listen(port),
        what="The site",
        path=path,
        open_browser=open_browser,
    )
