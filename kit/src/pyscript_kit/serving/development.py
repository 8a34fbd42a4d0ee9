"""The app as `pyscript dev` serves it: nothing that is being written is kept by the browser, every
document brings a script along that follows the state of the app."""

from __future__ import annotations

import html
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from pyscript_kit.serving.files import Files, guarded
from pyscript_kit.serving.isolation import ISOLATED
from pyscript_kit.serving.live import Live
from pyscript_kit.serving.mediatypes import media_type
from pyscript_kit.serving.tree import RUNTIME

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Scope

_CLIENT = Path(__file__).parent / "client.js"
_CLIENT_PATH = "/.dev/client.js"
_EVENTS_PATH = "/.dev/events"
_BODY_END = re.compile(rb"</body\s*>", re.IGNORECASE)
# Milliseconds after which a page looks whether the server is back.
_RETRY = 300
# Bytes up to which a file is read at one go: one that is saved meanwhile is never sent half.
_AT_ONE_GO = 1 << 20

_FRESH = {"Cache-Control": "no-store"}
# The runtime is large, and changes as a whole: the browser asks whether it has.
_CHECKED = {"Cache-Control": "no-cache"}


def development_app(live: Live, *, isolated: bool = False) -> ASGIApp:
    """Serve an app that is being followed.

    Args:
        isolated: whether the page is isolated from other origins, as few hosts have it.
    """

    async def client(_: Request) -> Response:
        return FileResponse(_CLIENT, media_type=media_type(_CLIENT.name), headers=_FRESH)

    async def events(_: Request) -> Response:
        return StreamingResponse(_events(live), media_type="text/event-stream", headers=_FRESH)

    routes = [
        Route(_CLIENT_PATH, client),
        Route(_EVENTS_PATH, events),
        Mount("/", AppFiles(live)),
    ]
    return guarded(Starlette(routes=routes), ISOLATED if isolated else {})


class AppFiles(Files):
    """The files of the app, with the script that follows it in every document."""

    def __init__(self, live: Live) -> None:
        super().__init__(live.root / "app")
        self._live = live

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        file = Path(full_path)
        if self.path_of(file).startswith(f"{RUNTIME}/"):
            return self.answer(file, scope, headers=_CHECKED, status_code=status_code)
        if file.suffix == ".html":
            page = with_client(_content(file), self._live.state.as_json())
            return HTMLResponse(page, status_code, headers=_FRESH)
        if stat_result.st_size > _AT_ONE_GO:
            return self.answer(file, scope, headers=_FRESH, status_code=status_code)
        return Response(_content(file), status_code, _FRESH, media_type(file.name))


def with_client(page: bytes, state: str) -> bytes:
    """A document with the script that follows the app, which knows the state it was served in."""
    tag = (
        f'<script type="module" async src="{_CLIENT_PATH}" data-events="{_EVENTS_PATH}" '
        f'data-state="{html.escape(state)}"></script>\n'
    ).encode()
    ends = [match.start() for match in _BODY_END.finditer(page)]
    place = ends[-1] if ends else len(page)
    return page[:place] + tag + page[place:]


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        # It went as it was asked for, or may not be read.
        raise HTTPException(404) from None


async def _events(live: Live) -> AsyncIterator[str]:
    yield f"retry: {_RETRY}\n\n"
    async for state in live.states():
        yield f"data: {state.as_json()}\n\n"
