"""PyScript's own API, for pages that use it as PyScript documents it.

    from patterns.upstream import display, when

    @when("click", button, signal=leaving(handlers))
    def show():
        display("Fe < 3 %", target="shown")

Pages take it from here, so that one place knows which PyScript there is.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pyodide_js
from pyodide.ffi import JsException
from pyscript import HTML, WebSocket, display, fs, when, window
from pyscript.media import Device

from patterns.events import Handlers

__all__ = [
    "HTML",
    "Device",
    "JsException",
    "WebSocket",
    "display",
    "folder",
    "has_folders",
    "leaving",
    "when",
]


def leaving(handlers: Handlers) -> Any:
    """Return the signal by which listeners of `when` go when the view is left."""
    controller = window.AbortController.new()
    handlers.on_close(controller.abort)
    return controller.signal


def has_folders() -> bool:
    """Say whether this browser lends folders to pages."""
    return hasattr(window, "showDirectoryPicker")


@asynccontextmanager
async def folder(mode: str = "read", place: str = "/folder") -> AsyncIterator[Path]:
    """Lend a folder that the visitor chooses; all of it is read first.

    With "readwrite", what the block has changed is written at its end. It should be short: what
    others save in the folder meanwhile, `fs.sync` removes. Raises JsException where none is chosen.
    """
    try:
        await fs.mount(place, mode=mode)
        yield Path(place)
        if mode == "readwrite":
            await fs.sync(place)
    finally:
        await fs.revoke(place)
        # On a page, PyScript 0.7.31 leaves it there; and one that could not be read whole, too.
        with suppress(JsException):
            pyodide_js.FS.unmount(place)
        fs.mounted.pop(place, None)
