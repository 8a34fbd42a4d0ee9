"""Exchanges JSON, text, forms and files with servers, with errors that a visitor can read.

What comes back is plain Python: dicts, lists, strings, numbers, bytes. What can go wrong has a type
of its own below FetchError, and its message can be shown to the visitor as it is.

    from patterns.fetch import FetchError, get_json

    try:
        stations = await get_json("./stations.json", timeout=5)
    except FetchError as error:
        update(message, text=str(error))

    scan = await get_bytes("./scan.tif", on_progress=show)
    answer = await post_form("/scans", {"mass": "2.5", "scan": ("scan.tif", scan)})

A request ends with the task that waits for it: when a page is left, its handlers' tasks are
cancelled, and so are their requests.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from pyodide.ffi import JsException
from pyscript import window
from pyscript.ffi import to_js

# What json.loads returns: nothing narrower can be said before looking at it.
JSON = Any
Headers = Mapping[str, str] | None
Field = str | tuple[str, bytes]
Progress = Callable[[int, int | None], object] | None

_REASONS = {
    400: "the server did not understand the request",
    401: "the server asks who you are",
    403: "the server does not allow it",
    404: "there is nothing at this address",
    405: "the server does not accept this method here",
    408: "the server waited too long for the request",
    413: "the server finds the request too large",
    429: "the server asks to slow down",
    500: "the server failed",
    501: "the server does not offer this method",
    502: "a server behind the server failed",
    503: "the server is not available now",
    504: "a server behind the server took too long",
}


class FetchError(Exception):
    """A request did not return what was asked for. ``url`` is the address that was asked."""

    def __init__(self, url: str, message: str) -> None:
        super().__init__(message)
        self.url = url


class StatusError(FetchError):
    """The server answered, with a ``status`` other than success; ``body`` is its text."""

    def __init__(self, url: str, status: int, body: str = "") -> None:
        super().__init__(url, f"{url} answered {status}: {describe_status(status)}.")
        self.status = status
        self.body = body


class FetchTimeoutError(FetchError):
    """No complete answer came within ``timeout`` seconds."""

    def __init__(self, url: str, timeout: float) -> None:
        super().__init__(url, f"{url} did not answer within {timeout:g} s.")
        self.timeout = timeout


class NetworkError(FetchError):
    """No answer came: offline, no such host, or a server that does not allow requests from this
    page."""

    def __init__(self, url: str) -> None:
        super().__init__(
            url, f"{url} could not be reached: no connection, or a server that refuses this page."
        )


class NotTextError(FetchError):
    """What came from ``url`` is not text in ``encoding``."""

    def __init__(self, url: str, encoding: str) -> None:
        super().__init__(url, f"{url} is not text in {encoding}: get_bytes returns it as it is.")


class InvalidJSONError(FetchError):
    """The text, which came from ``url``, is not JSON."""

    def __init__(self, url: str, line: int, column: int, reason: str) -> None:
        super().__init__(url, f"{url} is not valid JSON: {reason} in line {line}, column {column}.")


async def get_json(url: str, *, headers: Headers = None, timeout: float = 10.0) -> JSON:
    """GET ``url`` and return its JSON as Python dicts, lists, strings, numbers.

    ``headers`` are sent along. Gives up after ``timeout`` seconds. Raises a FetchError.
    """
    return parse_json(await get_text(url, headers=headers, timeout=timeout), url)


async def post_json(
    url: str, content: JSON, *, headers: Headers = None, timeout: float = 10.0
) -> JSON:
    """POST ``content`` to ``url`` as JSON and return the answer's JSON.

    Gives up after ``timeout`` seconds. Raises a FetchError; TypeError where ``content`` holds what
    JSON cannot.
    """
    headers = {"Content-Type": "application/json", **(headers or {})}
    answer = await _request(url, timeout, headers, method="POST", body=json.dumps(content))
    return parse_json(_text(url, *answer), url)


async def post_form(
    url: str, fields: Mapping[str, Field], *, headers: Headers = None, timeout: float = 10.0
) -> str:
    """POST texts and files by name, as a form sends them, and return the answer's text.

    A file is its name and its bytes. Gives up after ``timeout`` seconds. Raises a FetchError.
    """
    form = window.FormData.new()
    for name, value in fields.items():
        if isinstance(value, str):
            form.append(name, value)
        else:
            blob = window.Blob.new(to_js([to_js(memoryview(value[1]))]))
            form.append(name, blob, value[0])
    return _text(url, *await _request(url, timeout, headers, method="POST", body=form))


async def get_text(url: str, *, headers: Headers = None, timeout: float = 10.0) -> str:
    """GET ``url`` and return its text. Gives up after ``timeout`` seconds. Raises a FetchError."""
    return _text(url, *await _request(url, timeout, headers))


async def get_bytes(
    url: str, *, headers: Headers = None, timeout: float = 10.0, on_progress: Progress = None
) -> bytes:
    """GET ``url`` and return the bytes of what is there. Raises a FetchError.

    Gives up after ``timeout`` seconds; with ``on_progress``, after so many seconds without data.
    That is called with the bytes so far, and the total, or None where that is not known.
    """
    content, _ = await _request(url, timeout, headers, on_progress)
    return content


def parse_json(text: str, url: str) -> JSON:
    """Return the content of JSON ``text``, which came from ``url``. Raises InvalidJSONError."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidJSONError(url, error.lineno, error.colno, error.msg) from error


def describe_status(status: int) -> str:
    """Say in words what an HTTP status means (RFC 9110, section 15)."""
    if status in _REASONS:
        return _REASONS[status]
    if 400 <= status < 500:
        return "the server refused the request"
    if status >= 500:
        return "the server failed"
    return "the server did not send what was asked for"


def _text(url: str, content: bytes, encoding: str) -> str:
    try:
        # As browsers do, without the mark that some programs begin a file with.
        return content.decode(encoding).removeprefix("\ufeff")
    except (UnicodeDecodeError, LookupError) as error:
        raise NotTextError(url, encoding) from error


async def _request(
    url: str, timeout: float, headers: Headers, on_progress: Progress = None, **options: Any
) -> tuple[bytes, str]:
    """Return the content, and the encoding of text in it."""
    # pyscript.fetch writes its options through JSON, where an AbortSignal is lost.
    controller = window.AbortController.new()
    later = asyncio.get_running_loop().call_later
    timer = later(timeout, controller.abort)
    if timeout <= 0:
        controller.abort()
    options |= {"headers": dict(headers or {}), "signal": controller.signal}
    content = bytearray()
    try:
        response = await window.fetch(url, to_js(options))
        said = response.headers
        if on_progress is None:
            content += (await response.arrayBuffer()).to_bytes()
        else:
            reader = response.body.getReader()
            while not (piece := await reader.read()).done:
                timer.cancel()
                timer = later(timeout, controller.abort)
                content += piece.value.to_bytes()
                # What was compressed on the way has another length.
                length = not said.get("content-encoding") and said.get("content-length")
                on_progress(len(content), int(length) if length else None)
    except JsException as error:
        # Nothing but the timer aborts a request that is still waited for.
        if error.name == "AbortError":
            raise FetchTimeoutError(url, timeout) from error
        raise NetworkError(url) from error
    except BaseException:
        controller.abort()
        raise
    finally:
        timer.cancel()
    if not response.ok:
        raise StatusError(url, int(response.status), content.decode(errors="replace"))
    encoding = str(said.get("content-type") or "").partition("charset=")[2].partition(";")[0]
    return bytes(content), encoding.strip(' "') or "utf-8"
