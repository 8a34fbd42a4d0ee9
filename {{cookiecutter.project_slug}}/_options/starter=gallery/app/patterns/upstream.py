"""PyScript's own API, for pages that use it as PyScript documents it.

    from patterns.upstream import display, when

    @when("click", button, signal=leaving(handlers))
    def show():
        display("Fe < 3 %", target="shown")

Pages take it from here, so that one place knows which PyScript there is.
"""

from typing import Any

from pyodide.ffi import JsException
from pyscript import HTML, WebSocket, display, when, window
from pyscript.media import Device

from patterns.events import Handlers

__all__ = [
    "HTML",
    "Device",
    "JsException",
    "WebSocket",
    "display",
    "leaving",
    "when",
]


def leaving(handlers: Handlers) -> Any:
    """Return the signal by which listeners of `when` go when the view is left."""
    controller = window.AbortController.new()
    handlers.on_close(controller.abort)
    return controller.signal
