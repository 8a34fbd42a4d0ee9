"""Files over HTTP, with the types of our own table and a check by ETag alone. The terminal shows a
line for each file that is not there, and no other request."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles

from pyscript_kit.serving.mediatypes import media_type
from pyscript_kit.terminal import say

if TYPE_CHECKING:
    import os

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# By any other name, a page elsewhere could have its own address point here and read the answers.
_HOSTS = ("127.0.0.1", "localhost")
# What browsers look for by themselves, in vain on most sites.
_UNASKED = ("/.well-known/", "/favicon.ico")
_UNASKED_ENDING = ".map"


class Files(StaticFiles):
    """The files of one folder. What is special about some is for `file_response` of a subclass."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        super().__init__(directory=self.folder, html=True, follow_symlink=True)

    def path_of(self, full_path: str | os.PathLike[str]) -> str:
        """A file's path within the folder, with slashes."""
        return Path(full_path).relative_to(self.folder).as_posix()

    async def get_response(self, path: str, scope: Scope) -> Response:
        """What is at a path; where nothing is, the folder's own page that says so."""
        response = await super().get_response(path, scope)
        if response.status_code == 404 and isinstance(response, FileResponse):
            page = Path(response.path)
            return self.file_response(page, page.stat(), scope, status_code=404)
        return response

    def is_not_modified(self, response_headers: Headers, request_headers: Headers) -> bool:
        """Whether the browser's copy is the file that would be sent.

        By its tag alone: times have seconds, and a copied file keeps its own.
        """
        asked = request_headers.get("if-none-match", "")
        tags = {tag.strip().removeprefix("W/") for tag in asked.split(",")}
        return response_headers.get("etag") in tags

    def answer(
        self,
        file: Path,
        scope: Scope,
        *,
        headers: Mapping[str, str],
        status_code: int = 200,
        name: str | None = None,
    ) -> Response:
        """A file as a response, or the word that the browser has it already.

        Args:
            name: what its media type follows from, where that is not its own name.
        """
        response = FileResponse(
            file,
            status_code=status_code,
            stat_result=file.stat(),
            headers=headers,
            media_type=media_type(name or file.name),
        )
        if status_code == 200 and self.is_not_modified(response.headers, Headers(scope=scope)):
            return NotModifiedResponse(response.headers)
        return response


def guarded(app: ASGIApp, headers: Mapping[str, str]) -> ASGIApp:
    """An application that answers to names of this machine only, adds headers to every answer, and
    says in a line what was not found."""
    inner = TrustedHostMiddleware(app, allowed_hosts=_HOSTS)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
                if message["status"] == 404:
                    _note_missing(scope["path"])
            await send(message)

        await inner(scope, receive, send_on)

    return answer


def _note_missing(path: str) -> None:
    if not path.startswith(_UNASKED) and not path.endswith(_UNASKED_ENDING):
        # A path is whatever somebody asks for, and no word to the terminal.
        say("404 " + "".join(char if char.isprintable() else "?" for char in path))
