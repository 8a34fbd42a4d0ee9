"""Exchanges JSON and text with servers, and says in words what went wrong.

What comes back is plain Python: dicts, lists, strings, numbers. What can go wrong has a type of
its own below FetchError, and its message can be shown to the visitor as it is.

    from patterns.fetch import FetchError, get_json

    try:
        stations = await get_json("./stations.json", timeout=5)
    except FetchError as error:
        update(message, text=str(error))

A request ends with the task that waits for it: when a page is left, its handlers' tasks are
cancelled, and so are their requests.
"""

import asyncio
import json
from typing import Any

from pyodide.ffi import JsException
from pyscript import window
from pyscript.ffi import to_js

# What json.loads returns: nothing narrower can be said before looking at it.
JSON = Any

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
    """A request did not bring what was asked for. ``url`` is the address that was asked."""

    def __init__(self, url: str, message: str) -> None:
        super().__init__(message)
        self.url = url


class StatusError(FetchError):
    """The server answered, with a ``status`` that is no success; ``body`` is its text."""

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
    """No answer came: offline, no such host, or a server that does not let this page ask."""

    def __init__(self, url: str) -> None:
        super().__init__(
            url, f"{url} could not be reached: no connection, or no leave for this page to ask."
        )


class InvalidJSONError(FetchError):
    """The text, which came from ``url``, is not JSON."""

    def __init__(self, url: str, line: int, column: int, reason: str) -> None:
        super().__init__(url, f"{url} is not valid JSON: {reason} in line {line}, column {column}.")


async def get_json(url: str, *, timeout: float = 10.0) -> JSON:
    """GET ``url`` and return its JSON as Python dicts, lists, strings, numbers.

    Gives up after ``timeout`` seconds. Raises a FetchError.
    """
    return parse_json(await get_text(url, timeout=timeout), url)


async def post_json(url: str, content: JSON, *, timeout: float = 10.0) -> JSON:
    """POST ``content`` to ``url`` as JSON and return the answer's JSON.

    Gives up after ``timeout`` seconds. Raises a FetchError; TypeError where ``content`` holds what
    JSON cannot.
    """
    options = {
        "method": "POST",
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(content),
    }
    return parse_json(await _request(url, options, timeout), url)


async def get_text(url: str, *, timeout: float = 10.0) -> str:
    """GET ``url`` and return its text. Gives up after ``timeout`` seconds. Raises a FetchError."""
    return await _request(url, {}, timeout)


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


async def _request(url: str, options: dict[str, Any], timeout: float) -> str:
    # pyscript.fetch writes its options through JSON, where an AbortSignal is lost.
    controller = window.AbortController.new()
    timer = asyncio.get_running_loop().call_later(timeout, controller.abort)
    if timeout <= 0:
        controller.abort()
    try:
        response = await window.fetch(url, to_js({**options, "signal": controller.signal}))
        text = str(await response.text())
    except JsException as error:
        # Nothing but the timer aborts a request that is still waited for.
        if error.name == "AbortError":
            raise FetchTimeoutError(url, timeout) from error
        raise NetworkError(url) from error
    except asyncio.CancelledError:
        controller.abort()
        raise
    finally:
        timer.cancel()
    if not response.ok:
        raise StatusError(url, int(response.status), text)
    return text
