"""`pyscript dev`: makes the runtime where it has to be made, and serves the app as it changes."""

from pathlib import Path

from pyscript_kit.serving.development import development_app
from pyscript_kit.serving.live import Live
from pyscript_kit.serving.server import listen, serve


def develop(project_root: Path, port: int, *, open_browser: bool, isolated: bool = False) -> None:
    """Make the runtime of the project at `project_root` where it has to be, and serve the app until
    Ctrl+C.

    Args:
        port: where, or on the next port that is free.
        open_browser: whether the browser is opened there.
        isolated: whether the page is isolated from other origins, as few hosts have it.

    Raises:
        ToolError: one sentence, when the app cannot be served.
    """
    live = Live(project_root)
    live.prepare()
    serve(
        development_app(live, isolated=isolated),
        listen(port),
        what="The app",
        open_browser=open_browser,
        beside=live.follow,
        on_stop=live.close,
        on_end=live.end,
    )
