"""Tells the page's shell, boot.js, that the app is ready, what it waits for, or what went wrong.

Handlers and pages need not call this: patterns.events and patterns.route report what they raise.
It is for code that catches an exception and still wants the visitor to see it:

    try:
        result = simulate(steps)
    except FloatingPointError as error:
        report_error(error, "The simulation stopped")
"""

import traceback
from types import TracebackType

from pyscript import window
from pyscript.ffi import to_js


def report_opening() -> None:
    """Say that the first page is on its way, and that `report_ready` will follow when it is shown.

    An app that does not say so is ready when its scripts have run.
    """
    window.dispatchEvent(window.CustomEvent.new("app:opening"))


def report_ready() -> None:
    """Say that the first page is shown: ``document.documentElement.dataset.app`` becomes
    "ready"."""
    window.dispatchEvent(window.CustomEvent.new("app:ready"))


def report_progress(words: str) -> None:
    """Say what the visitor is waiting for, until it is said again; "" when nothing is."""
    detail = to_js({"detail": words})
    window.dispatchEvent(window.CustomEvent.new("app:progress", detail))


def report_error(error: BaseException, title: str, *, fatal: bool = False) -> None:
    """Show ``error`` and its traceback in the page's error panel, and in the console.

    ``title`` says what did not work, for the visitor. ``fatal`` means that the app could not
    start: the panel cannot be dismissed then, and ``dataset.app`` becomes "failed".
    """
    frames = traceback.format_exception(type(error), error, _from_the_page_on(error.__traceback__))
    words = "".join(traceback.format_exception_only(error)).strip()
    # Notes, such as a worker's traceback, are in the traceback.
    words = words.removesuffix("\n".join(getattr(error, "__notes__", ()))).strip()
    detail = {
        "title": title,
        "message": words,
        "traceback": "".join(frames).strip(),
        "fatal": fatal,
    }
    window.dispatchEvent(window.CustomEvent.new("app:error", to_js({"detail": detail})))


def report_mended(title: str) -> None:
    """Say that what `report_error` reported under ``title`` works now: its panel goes away."""
    window.dispatchEvent(window.CustomEvent.new("app:mended", to_js({"detail": title})))


def _from_the_page_on(frame: TracebackType | None) -> TracebackType | None:
    """Leave out the frames of the patterns: the author looks for the page's own lines."""
    while frame and frame.tb_next and _in_patterns(frame):
        frame = frame.tb_next
    return frame


def _in_patterns(frame: TracebackType) -> bool:
    return str(frame.tb_frame.f_globals.get("__name__", "")).startswith("patterns.")
