"""Shows patterns.fetch: JSON read and sent, with each failure told apart and said in words."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from patterns.dom import Element, element, field, update
from patterns.events import Handlers
from patterns.fetch import FetchError, get_json, parse_json, post_json

# What there is to read, good and bad. The last host cannot exist (RFC 6761).
SOURCES = {
    "Planets: valid JSON": "./data/planets.json",
    "Broken: not JSON": "./data/broken.json",
    "Missing: no such file": "./data/missing.json",
    "Unreachable: no such host": "https://unreachable.invalid/planets.json",
}


def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page."""
    root.append(
        element("h1", "Fetch"),
        element(
            "p",
            "Answers arrive as Python dicts and lists. Each kind of failure is an exception with "
            "a message for visitors. Leaving this page cancels its requests.",
            class_="lead",
        ),
        get_example(handlers),
        post_example(handlers),
    )


def get_example(handlers: Handlers) -> Element:
    """Return a form that reads JSON and shows its rows as a table."""
    options = [element("option", name, value=url) for name, url in SOURCES.items()]
    form = element(
        "form",
        field("Address", element("select", options, id="source", name="url")),
        field(
            "Give up after, in seconds",
            element(
                "input", id="timeout", name="timeout", type="number", value=5, min=0, step="any"
            ),
            hint("timeout-hint", "0 shows what a timeout looks like."),
        ),
        element("button", "Get", class_="primary"),
        class_="row",
    )
    exchange = Exchange("get", handlers)

    def get(values: dict[str, str]) -> None:
        timeout = float(values["timeout"] or 5)
        exchange.start(partial(get_json, values["url"], timeout=timeout))

    handlers.on_submit(form, get)
    return element("section", element("h2", "GET"), form, exchange.answer, class_="example")


def post_example(handlers: Handlers) -> Element:
    """Return a form that sends JSON which the visitor writes, and shows the answer."""
    form = element(
        "form",
        field(
            "Address",
            element("input", id="target", name="url", value="./echo", required=True),
            hint("target-hint", "A plain file server takes no POST, and its answer says so."),
        ),
        field(
            "JSON to send",
            element("textarea", '{"mu": 0, "sigma": 1}', id="content", name="content", rows=3),
        ),
        element("button", "Post", class_="primary"),
        class_="row",
    )
    exchange = Exchange("post", handlers)

    def post(values: dict[str, str]) -> None:
        try:
            content = parse_json(values["content"], "The text to send")
        except FetchError as error:
            exchange.fail(error)
            return
        exchange.start(partial(post_json, values["url"], content))

    handlers.on_submit(form, post)
    return element("section", element("h2", "POST"), form, exchange.answer, class_="example")


class Exchange:
    """One request at a time, with what became of it."""

    def __init__(self, name: str, handlers: Handlers) -> None:
        self._handlers = handlers
        self._task: asyncio.Task[None] | None = None
        self._message = element("p", "Nothing asked for yet.", id=f"{name}-message", role="status")
        self._cancel = element("button", "Cancel", type="button", id=f"{name}-cancel", hidden=True)
        self._content = element("div", id=f"{name}-content")
        status = element("div", self._message, self._cancel, class_="row")
        self.answer = element("div", status, self._content)
        handlers.on(self._cancel, "click", self._stop)

    def start(self, request: Callable[[], Awaitable[Any]]) -> None:
        """Make a request in place of the one before, which is cancelled."""
        if self._task:
            self._task.cancel()
        update(self._content, text="")
        self._tell("Waiting for the answer ...", waiting=True)
        self._task = self._handlers.start(self._finish(request))

    def fail(self, error: FetchError) -> None:
        """Show what went wrong, in the words that the exception brings."""
        self._tell(f"{type(error).__name__}: {error}", failed=True)

    async def _finish(self, request: Callable[[], Awaitable[Any]]) -> None:
        try:
            content = await request()
        except FetchError as error:
            self.fail(error)
            return
        self._tell(f"Received a {type(content).__name__}.")
        self._content.append(as_table(content) if is_rows(content) else as_text(content))

    def _stop(self) -> None:
        if self._task:
            self._task.cancel()
        self._tell("Cancelled.")

    def _tell(self, message: str, *, waiting: bool = False, failed: bool = False) -> None:
        update(self._message, text=message, class_="bad" if failed else None)
        update(self._cancel, hidden=not waiting)


def is_rows(content: object) -> bool:
    """Say whether ``content`` is a list of dicts with the same keys, as a table has."""
    return (
        isinstance(content, list)
        and bool(content)
        and all(isinstance(row, dict) and row.keys() == content[0].keys() for row in content)
    )


def as_table(rows: list[dict[str, Any]]) -> Element:
    """Return a table with a column for each key."""
    head = element("tr", [element("th", key, scope="col") for key in rows[0]])
    body = [element("tr", [element("td", str(cell)) for cell in row.values()]) for row in rows]
    table = element("table", element("thead", head), element("tbody", body))
    return element("div", table, class_="scroll", tabindex=0, role="region", aria_label="Answer")


def as_text(content: object) -> Element:
    """Return ``content`` as JSON, indented."""
    text = json.dumps(content, indent=2, ensure_ascii=False)
    return element("pre", text, class_="scroll", tabindex=0, role="region", aria_label="Answer")


def hint(hint_id: str, text: str) -> Element:
    """Return what helps to fill in a field."""
    return element("p", text, id=hint_id, class_="hint")
