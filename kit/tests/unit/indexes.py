"""An index of packages on this machine that lets in who knows the password, for the real pip."""

from __future__ import annotations

import base64
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PASSWORD = "s3cret@sea"  # noqa: S105 - of nobody
TOKEN = base64.b64encode(f"ann:{PASSWORD}".encode()).decode()


class PrivateIndex:
    """An index on this machine that lets nobody in but ann.

    Attributes:
        refusing: the status for everybody else; for all, when `closed`.
        hashes: whether its pages tell the hash of each file.
        yanked: the files that their authors have taken back.
    """

    def __init__(self) -> None:
        self.refusing = 401
        self.closed = False
        self.hashes = True
        self.yanked: set[str] = set()
        self._files: dict[str, bytes] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def address(self, password: str) -> str:
        """The index for ann, who writes her password into it."""
        return f"http://ann:{password.replace('@', '%40')}@{self.host}/simple"

    def publish(self, *files: tuple[str, bytes]) -> None:
        """Have some wheels."""
        self._files |= dict(files)

    def page(self, name: str) -> str:
        """What it says of a project; nothing where it has none of it."""
        links = []
        for file, content in self._files.items():
            if file.partition("-")[0].replace("_", "-") == name:
                mark = f"#sha256={hashlib.sha256(content).hexdigest()}" if self.hashes else ""
                yanked = ' data-yanked="broken"' if file in self.yanked else ""
                links.append(f'<a href="/files/{file}{mark}"{yanked}>{file}</a>')
        return f"<!doctype html>{''.join(links)}" if links else ""

    def content(self, file: str) -> bytes:
        """What a file of it holds; nothing where there is none."""
        return self._files.get(file, b"")

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                known = self.headers.get("Authorization") == f"Basic {TOKEN}"
                if index.closed or not known:
                    self._answer(index.refusing)
                    return
                name = self.path.strip("/").rpartition("/")[2]
                if page := index.page(name):
                    self._answer(200, page.encode(), "text/html")
                    return
                content = index.content(name)
                self._answer(200 if content else 404, content)

            def _answer(self, status: int, body: bytes = b"", kind: str = "") -> None:
                self.send_response(status)
                if status == 401:
                    self.send_header("WWW-Authenticate", "Basic realm=here")
                if kind:
                    self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments: object) -> None:
                """Keep the test's output to itself."""

        return Handler
