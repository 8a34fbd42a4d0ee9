"""Serves, on the loopback interface, a page that makes something in a browser, such as snapshots,
and takes what the page makes."""

from __future__ import annotations

import json
import queue
import secrets
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from pyscript_kit.errors import StoppedError

# An archive of no files: its end-of-directory record alone.
NO_FILES = b"PK\5\6" + bytes(18)

# Seconds after which it is noticed that nobody waits any more.
_LOOK = 0.2

_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
}


class Workshop:
    """One job for one browser.

    Attributes:
        runtime: the folder with `pyodide/` in it.
        pages: the folders with the page and its scripts.
        job: what the page finds at `job.json`.
        address: where its pages are, with a slash at the end.
        blobs: what the page made, by the names that it gave.

    Args:
        stop: is set once nobody wants it any more.
    """

    def __init__(
        self,
        runtime: Path,
        pages: Sequence[Path],
        job: dict[str, Any],
        stop: threading.Event | None = None,
    ) -> None:
        self.runtime = runtime
        self.pages = pages
        self.job = job
        self.blobs: dict[str, bytes] = {}
        self.address = ""
        self._said: queue.Queue[tuple[str, str]] = queue.Queue()
        self._stop = stop

    def wait(self, seconds: float) -> tuple[str, str] | None:
        """What the page says next: ("step", words), ("result", JSON) or ("failed", reason), or
        None when it has said nothing for so long.

        Raises:
            StoppedError: once nobody wants it any more.
        """
        end = time.monotonic() + seconds
        while True:
            if self._stop and self._stop.is_set():
                raise StoppedError
            left = end - time.monotonic()
            try:
                return self._said.get(timeout=max(0.0, min(left, _LOOK)))
            except queue.Empty:
                if left <= _LOOK:
                    return None

    def is_given_up(self, seconds: float) -> bool:
        """Whether nobody wants it any more, or says so within some seconds."""
        return self._stop is not None and self._stop.wait(seconds)

    def take(self, path: str, query: dict[str, list[str]], body: bytes) -> None:
        """Take what the page posts."""
        if path == "blob":
            self.blobs[query["name"][0]] = body
        else:
            self._said.put((path, body.decode("utf-8")))

    def find(self, path: str) -> bytes | None:
        """What is served at a path."""
        if path == "job.json":
            return json.dumps(self.job).encode()
        if path == "no-stdlib.zip":
            return NO_FILES
        of_runtime = path.startswith(("pyodide/", "pyscript/", "preboot/"))
        for folder in (self.runtime,) if of_runtime else self.pages:
            file = (folder / path).resolve()
            if file.is_file() and folder.resolve() in file.parents:
                return file.read_bytes()
        return None


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that breaks off its connections as it is closed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def opened(workshop: Workshop) -> Iterator[Workshop]:
    """Serve a workshop on a free port, to nobody but those who were told its address: other pages
    that this machine's browsers show can ask here as well."""
    secret = f"/{secrets.token_urlsafe()}/"

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = self._asked()
            content = workshop.find(asked.path) if asked else None
            status = HTTPStatus.NOT_FOUND if content is None else HTTPStatus.OK
            media_type = _TYPES.get(Path(asked.path).suffix, "") if asked else ""
            self._answer(status, content or b"", media_type)

        def do_POST(self) -> None:
            asked = self._asked()
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            if asked:
                workshop.take(asked.path, parse_qs(asked.query), body)
            self._answer(HTTPStatus.OK if asked else HTTPStatus.NOT_FOUND, b"", "text/plain")

        def _asked(self) -> SplitResult | None:
            """What is asked for, below the secret; None for one who does not know it."""
            if self.headers["Host"] != host or not self.path.startswith(secret):
                return None
            return urlsplit(self.path.removeprefix(secret))

        def _answer(self, status: HTTPStatus, content: bytes, media_type: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media_type or "application/octet-stream")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Keep the terminal for what the command says."""

    with _Server(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        host = f"127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        workshop.address = f"http://{host}{secret}"
        try:
            yield workshop
        finally:
            server.shutdown()
            thread.join()
