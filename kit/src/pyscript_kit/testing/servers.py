"""Serves an app on this machine, for tests: as `pyscript run app` does, and as any static host."""

from __future__ import annotations

import functools
import os
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_TRIES = 200
# `pyscript`, whose server answers one connection after the other. Browsers open some before they
# use them: where a test answers in its place, it would wait for a request forever.
_PYSCRIPT_IN_THREADS = """
import socketserver
from pyscript.cli import app
socketserver.ThreadingTCPServer.daemon_threads = True
socketserver.TCPServer = socketserver.ThreadingTCPServer
app()
"""


@contextmanager
def run_app(root: Path, log: Path) -> Iterator[str]:
    """Serve the app of a project by `pyscript run app`, on a free port.

    Args:
        root: folder of the project.
        log: where the server's output goes.

    Returns:
        The app's address, once it answers.
    """
    port = free_port()
    arguments = ["run", "app", "--no-view", "--port", str(port)]
    command = [sys.executable, "-c", _PYSCRIPT_IN_THREADS, *arguments]
    with log.open("w") as output:
        server = subprocess.Popen(
            command,
            cwd=root,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    address = f"http://127.0.0.1:{port}"
    try:
        assert _answers(f"{address}/index.html", server), (
            f"`pyscript run app` does not serve the app:\n{log.read_text()}"
        )
        yield address
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    """A free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _answers(address: str, server: subprocess.Popen[bytes]) -> bool:
    """Wait until an address answers, or its server has ended or takes too long."""
    for _ in range(_TRIES):
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310
        except urllib.error.URLError:
            try:
                server.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
            return False
        return True
    return False


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves the files of a folder below a prefix, and nothing else, without logging."""

    prefix = ""

    def translate_path(self, path: str) -> str:
        """Return the file at a path of the host; one that is not there for any outside."""
        if not path.startswith(f"{self.prefix}/"):
            return "/nothing"
        return super().translate_path(path.removeprefix(self.prefix))

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def static_host(folder: Path, prefix: str = "") -> Iterator[str]:
    """Serve a folder as any static host does, without special headers.

    Args:
        folder: what to serve.
        prefix: the path that it is served below, such as "/any/path".

    Returns:
        The address of the folder.
    """
    handler = type("Handler", (QuietHandler,), {"prefix": prefix})
    with ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(handler, directory=str(folder))
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{prefix}"
        server.shutdown()
