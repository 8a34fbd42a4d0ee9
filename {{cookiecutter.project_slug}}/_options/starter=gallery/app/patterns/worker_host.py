"""Runs in a worker, and calls there what patterns.worker asks it to.

It is the worker's own script: PyScript runs it, and hands the functions that ``__export__`` names
to the page.
"""

import importlib
import inspect
import pickle
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import pyodide_js
from polyscript import xworker
from pyscript.ffi import to_js

__export__ = ["call", "prepare"]

# Seconds between two reports of progress: as often as a screen can show them.
PACE = 1 / 60

_module: Any = None
_interrupt: Any = None


def prepare(module: str, files: Any, interrupt: Any) -> Any:
    """Write the ``files``, pickled bytes by path, and import the ``module`` among them.

    ``interrupt`` is the shared byte by which a computation can be stopped, if there is one. Returns
    the pickled outcome, as `call` does.
    """
    global _module, _interrupt
    _interrupt = interrupt
    for path, content in pickle.loads(files.to_bytes()).items():  # noqa: S301 - from this app's page
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(content)
    importlib.invalidate_caches()
    try:
        _module = importlib.import_module(module)
    except Exception as error:
        return to_js(pickle.dumps(("error", _explained(error))))
    return to_js(pickle.dumps(("done", None)))


async def call(function_name: str, arguments: Any) -> Any:
    """Call a function with the pickled ``arguments``; return the pickled outcome.

    That is a pair: "done" and what was returned, "error" and its message and traceback, or
    "cancelled" and None.
    """
    try:
        outcome = "done", await _run(function_name, arguments.to_bytes())
        answer = pickle.dumps(outcome)
    except KeyboardInterrupt:
        answer = pickle.dumps(("cancelled", None))
    except Exception as error:
        answer = pickle.dumps(("error", _explained(error)))
    return to_js(answer)


async def _run(function_name: str, arguments: bytes) -> object:
    function = getattr(_module, function_name)
    values = pickle.loads(arguments)  # noqa: S301 - from the page that started this worker
    options = {"progress": _reporter()} if _takes_progress(function) else {}
    try:
        if _interrupt:
            pyodide_js.setInterruptBuffer(_interrupt)
        result = function(*values, **options)
        return await result if inspect.isawaitable(result) else result
    finally:
        # From here on an interrupt comes too late, and must not hit anything else.
        pyodide_js.setInterruptBuffer()


def _takes_progress(function: Callable[..., object]) -> bool:
    return "progress" in inspect.signature(function).parameters


def _reporter() -> Callable[[float], None]:
    latest = 0.0

    def report(share: float) -> None:
        nonlocal latest
        now = time.monotonic()
        if share >= 1 or now - latest >= PACE:
            latest = now
            xworker.postMessage(float(share))

    return report


def _explained(error: Exception) -> tuple[str, str]:
    """Return an exception's sentence and its traceback, from the called function on."""
    frames = traceback.format_exception(type(error), error, _beyond_here(error.__traceback__))
    return f"{type(error).__name__}: {error}".removesuffix(": "), "".join(frames).strip()


def _beyond_here(frame: TracebackType | None) -> TracebackType | None:
    while frame and frame.tb_next and _is_before(frame.tb_frame):
        frame = frame.tb_next
    return frame


def _is_before(frame: FrameType) -> bool:
    importing = (str(importlib.__file__), "<frozen importlib")
    return frame.f_globals is globals() or frame.f_code.co_filename.startswith(importing)
