"""Passes values and functions between Python and JavaScript.

Booleans, numbers and strings are converted. Everything else arrives as a proxy, which is
the same object seen from the other side; to_py and to_js copy it. JavaScript's ``new`` is
``.new``, its promises can be awaited, and what it throws arrives as JsException.

    from patterns.interop import JsException, import_script, shared_view, to_js, window

    moment = window.Date.new(2026, 0, 31)
    try:
        content = (await window.Response.new(text).json()).to_py()
    except JsException as error:
        update(message, text=f"{error.name}: {error.message}")

    script = await import_script("./scripts/spectrum.js")
    with shared_view(counts) as view:
        script.draw(view)
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pyodide_js
from pyodide.ffi import JsException
from pyscript import document, js_import, window
from pyscript.ffi import create_proxy, to_js

__all__ = [
    "Exposed",
    "JsException",
    "RejectionError",
    "call_async",
    "expose",
    "import_script",
    "interpreter",
    "is_development",
    "shared_view",
    "to_js",
    "window",
]

interpreter: Any = pyodide_js
"""Pyodide, as JavaScript knows it: scripts take from it ``globals``, ``toPy``, ``pyimport``."""


class RejectionError(Exception):
    """A promise was rejected; ``reason`` is what it was rejected with, which may be anything."""

    def __init__(self, reason: Any) -> None:
        super().__init__(str(window.String(reason)))
        self.reason = reason


async def import_script(url: str) -> Any:
    """Return what a JavaScript module exports; ``url`` is relative to the page.

    It is fetched and run once, however often it is imported. Raises JsException.
    """
    # A relative address would be taken as relative to PyScript's own script.
    (exports,) = await js_import(str(window.URL.new(url, document.baseURI).href))
    return exports


async def call_async(target: Any, method: str, *arguments: Any) -> Any:
    """Return what ``await target.method(*arguments)`` returns, where a rejection may be anything.

    JavaScript can reject a promise with a text, an event or null. In Pyodide 0.28.3 and 314.0.3
    this rejection never arrives, and ``await`` alone would wait forever. Raises RejectionError.
    """
    call = window.Reflect.apply.bind(None, getattr(target, method), target, to_js(arguments))
    # The promise stays within JavaScript until it is settled: seen by Python, it would be a future.
    promises = window.Array.of(None).map(call)
    (settled,) = await window.Promise.allSettled(promises)
    if settled.status == "rejected":
        raise RejectionError(settled.reason)
    return settled.value


class Exposed:
    """A Python function that scripts and the console can call by its name, until removed."""

    def __init__(self, name: str, function: Callable[..., object]) -> None:
        self._name = name
        self._proxy = create_proxy(function)
        setattr(window, name, self._proxy)

    def remove(self) -> None:
        """Remove the name, and free the proxy."""
        delattr(window, self._name)
        self._proxy.destroy()


def expose(name: str, function: Callable[..., object]) -> Exposed:
    """Make ``function`` a global function of JavaScript; return an object that can be removed.

    A name that exists already, such as ``window.name``, must not be lost: that raises
    ValueError.
    """
    if hasattr(window, name):
        raise ValueError(f"JavaScript has a global {name!r} already: choose another name.")
    return Exposed(name, function)


@contextmanager
def shared_view(array: Any) -> Iterator[Any]:
    """Lend the memory of a numpy array, or of any buffer, to JavaScript as a typed array.

    Nothing is copied: what one side writes, the other sees. The typed array has one dimension,
    and the type of the numbers: Float64Array for float64, BigInt64Array for int64. It is good
    until Python's memory grows, which moves it and leaves the typed array empty. So JavaScript
    should use it before it returns, and not keep it. Raises ValueError for an array with gaps.
    """
    if not memoryview(array).c_contiguous:
        raise ValueError("Only an array without gaps can be lent; numpy.ascontiguousarray copies.")
    proxy = create_proxy(array)
    buffer = None
    try:
        buffer = proxy.getBuffer()
        yield buffer.data
    finally:
        if buffer is not None:
            buffer.release()
        proxy.destroy()


def is_development(host_name: str) -> bool:
    """Say whether ``host_name``, as in ``window.location.hostname``, is this machine.

    There, Pyodide is the global ``pyodide`` of the browser's console. Elsewhere it is not: it would
    tempt other scripts to rely on it.
    """
    return host_name in {"localhost", "127.0.0.1", "[::1]"}
