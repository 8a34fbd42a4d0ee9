"""A static host on this machine that fails at one file, as hosts and networks do."""

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

PAGE = b"<!doctype html><title>Welcome</title><p>Please log in to use this network.</p>"
# Between the parts of a file that comes slowly.
PAUSE = 0.5


class FaultyHost:
    """Serves a folder; one of its files fails, once that is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = ""
        self.asked: list[str] = []
        self.changed: dict[str, bytes] = {}
        self._path = ""
        self._fault = ""
        self._over = threading.Event()

    def fail(self, path: str, fault: str) -> None:
        """Have requests for a file fail from now on, in one of the ways of FAULTS."""
        self._path, self._fault = path, fault
        self._over = threading.Event()

    def mend(self) -> None:
        """Let go of those who wait, and serve every file as it is."""
        self._path = self._fault = ""
        self._over.set()
        self.asked.clear()

    def answer(self, request: "_Handler") -> None:
        """Answer one request."""
        path = unquote(urlsplit(request.path).path).lstrip("/") or "index.html"
        self.asked.append(path)
        request.media_type = request.guess_type(path)
        file = self.folder / path
        content = self.changed.get(path) or (file.read_bytes() if file.is_file() else None)
        if content is None:
            request.send_error(404)
        elif path == self._path:
            FAULTS[self._fault](request, content, self._over)
        else:
            _send(request, content)


class _Handler(SimpleHTTPRequestHandler):
    media_type = ""

    def __init__(self, *arguments: object, host: FaultyHost) -> None:
        self.host = host
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        try:
            self.host.answer(self)
        except OSError:
            # The browser has left.
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def faulty_host(folder: Path) -> Iterator[FaultyHost]:
    """Serve a folder on a free port of this machine."""
    host = FaultyHost(folder)
    handler = functools.partial(_Handler, host=host)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host.address = f"http://127.0.0.1:{server.server_port}"
        try:
            yield host
        finally:
            host.mend()
            server.shutdown()


def _send(request: _Handler, content: bytes, *, length: int | None = None) -> None:
    """Send a whole file, or what there is of one that is said to be longer."""
    _begin(request, len(content) if length is None else length)
    request.wfile.write(content)
    request.wfile.flush()


def _begin(request: _Handler, length: int) -> None:
    request.send_response(200)
    request.send_header("Content-Type", request.media_type)
    request.send_header("Content-Length", str(length))
    request.end_headers()


Fault = Callable[[_Handler, bytes, threading.Event], None]


def _missing(request: _Handler, _content: bytes, _over: threading.Event) -> None:
    request.send_error(404)


def _failing(request: _Handler, _content: bytes, _over: threading.Event) -> None:
    request.send_error(500)


def _replaced(request: _Handler, _content: bytes, _over: threading.Event) -> None:
    request.media_type = "text/html"
    _send(request, PAGE)


def _altered(request: _Handler, content: bytes, _over: threading.Event) -> None:
    middle = len(content) // 2
    _send(request, content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])


def _overwritten(request: _Handler, content: bytes, _over: threading.Event) -> None:
    _send(request, b"?" * len(content))


def _truncated(request: _Handler, content: bytes, _over: threading.Event) -> None:
    _send(request, content[: len(content) // 2])


def _broken_off(request: _Handler, content: bytes, _over: threading.Event) -> None:
    _send(request, content[: len(content) // 2], length=len(content))


def _stalled(request: _Handler, content: bytes, over: threading.Event) -> None:
    _broken_off(request, content, over)
    over.wait()


def _silent(request: _Handler, _content: bytes, over: threading.Event) -> None:
    over.wait()
    request.close_connection = True


def _slow(request: _Handler, content: bytes, over: threading.Event) -> None:
    over.wait(PAUSE)
    _begin(request, len(content))
    part = max(1, -(-len(content) // 4))
    for start in range(0, len(content), part):
        over.wait(PAUSE)
        request.wfile.write(content[start : start + part])
        request.wfile.flush()


# What a file does instead of coming.
FAULTS: dict[str, Fault] = {
    "missing": _missing,
    "failing": _failing,
    "replaced": _replaced,
    "altered": _altered,
    "overwritten": _overwritten,
    "truncated": _truncated,
    "broken off": _broken_off,
    "stalled": _stalled,
    "silent": _silent,
    "slow": _slow,
}
