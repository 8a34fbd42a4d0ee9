"""Runs a server on the loopback interface until Ctrl+C, and opens the browser at it."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import threading
import webbrowser
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import uvicorn

from pyscript_kit.errors import ToolError
from pyscript_kit.terminal import say

if TYPE_CHECKING:
    from types import FrameType

    from starlette.types import ASGIApp

_HOST = "127.0.0.1"
_PORTS_TRIED = 100
_LAST_PORT = 65535
# Seconds for answers under way when the server stops; what follows changes ends by itself.
_PATIENCE = 1


def listen(port: int) -> socket.socket:
    """Listen on a port of the loopback interface, on the next free one where that is taken, and say
    so; on any free one for 0.

    Raises:
        ToolError: when the port cannot be had, or none of the hundred from there on.
    """
    last = min(port + _PORTS_TRIED - 1, _LAST_PORT)
    for candidate in range(port, last + 1):
        listener = _listen_on(candidate)
        if listener is not None:
            if candidate != port:
                say(f"Port {port} is taken; this is {candidate}.")
            return listener
    raise ToolError(f"ports {port} to {last} are all taken: name another one with --port")


def serve(
    app: ASGIApp,
    listener: socket.socket,
    *,
    what: str,
    path: str = "/",
    open_browser: bool,
    beside: Callable[[], Coroutine[Any, Any, None]] | None = None,
    on_stop: Callable[[], None] = lambda: None,
    on_end: Callable[[], None] = lambda: None,
) -> None:
    """Serve until Ctrl+C.

    Args:
        listener: a socket from `listen`.
        what: what is served, for the line that says where.
        path: where in it people begin.
        open_browser: whether the browser is opened there.
        beside: what runs beside the server as long as it does.
        on_stop: ends the answers that would go on forever.
        on_end: waits for what else was under way.
    """
    address = f"http://{_HOST}:{listener.getsockname()[1]}{path}"

    def on_start() -> None:
        say(f"{what} is served at {address} (Ctrl+C stops)")
        if open_browser:
            # Some browsers keep the one who opens them waiting.
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    try:
        asyncio.run(_run(_Server(app, on_start, on_stop), listener, beside))
    except KeyboardInterrupt:
        # Whoever asks again waits for nothing.
        with suppress(KeyboardInterrupt):
            on_end()
        say("Stopped.")
    else:
        on_end()


@contextmanager
def answering(app: ASGIApp) -> Iterator[str]:
    """Serve on a free port beside what the command does, and give the address."""
    listener = listen(0)
    server = uvicorn.Server(_config(app))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    try:
        yield f"http://{_HOST}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_PATIENCE,
    )


def _listen_on(port: int) -> socket.socket | None:
    """A socket that listens on the port; None when it is taken."""
    listener = socket.socket()
    try:
        # Elsewhere, connections that have just ended would hold the port for a minute.
        if os.name != "nt":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            return None
        raise ToolError(
            f"port {port} cannot be used ({error.strerror}): name another one with --port"
        ) from error
    return listener


async def _run(
    server: _Server,
    listener: socket.socket,
    beside: Callable[[], Coroutine[Any, Any, None]] | None,
) -> None:
    async with asyncio.TaskGroup() as group:
        companion = group.create_task(beside()) if beside else None
        await server.serve(sockets=[listener])
        if companion:
            companion.cancel()


class _Server(uvicorn.Server):
    def __init__(
        self, app: ASGIApp, on_start: Callable[[], None], on_stop: Callable[[], None]
    ) -> None:
        super().__init__(_config(app))
        self._on_start = on_start
        self._on_stop = on_stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._loop = asyncio.get_running_loop()
        self._on_start()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # A signal comes in the middle of anything.
        self._loop.call_soon_threadsafe(self._on_stop)
        super().handle_exit(sig, frame)
