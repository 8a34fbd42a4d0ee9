"""What functions a handler can be, and how one ends."""

import asyncio
import sys
from functools import partial
from typing import Any

import pytest
from patterns.events import Handlers
from pyscript import window


def click(target: Any) -> None:
    target.dispatchEvent(window.CustomEvent.new("click"))


@pytest.fixture
def button() -> Any:
    return window.EventTarget()


@pytest.mark.parametrize(
    ("given", "handler"),
    [
        (["mass"], lambda calls: lambda name="mass": calls.append(name)),
        (["mass"], lambda calls: partial(calls.append, "mass")),
        (["mass"], lambda calls: partial(lambda name: calls.append(name), name="mass")),
        (["click"], lambda calls: lambda event, _="mass": calls.append(event.type)),
        (["click"], lambda calls: lambda *events: calls.extend(e.type for e in events)),
        (["click"], lambda calls: type("C", (), {"__call__": lambda _, e: calls.append(e.type)})()),
    ],
)
def test_only_a_parameter_without_a_default_takes_the_event(
    button: Any, given: list[str], handler: Any
) -> None:
    calls: list[str] = []
    Handlers().on(button, "click", handler(calls))

    click(button)

    assert calls == given


def test_leaving_a_handler_by_exit_is_no_error(button: Any, reported: list[Any]) -> None:
    async def leave_later() -> None:
        sys.exit("enough")

    async def scenario() -> None:
        handlers = Handlers()
        handlers.on(button, "click", sys.exit)
        handlers.on(button, "click", leave_later)
        click(button)
        await asyncio.gather(*handlers._tasks)

    asyncio.run(scenario())

    assert not reported


def test_a_callback_is_there_for_javascript_until_the_view_is_left(reported: list[Any]) -> None:
    handlers, points = Handlers(), list[int]()
    note, fail = handlers.callback(points.append), handlers.callback(lambda: 1 / 0)

    note(3)
    fail("event")
    handlers.close()

    assert points == [3]
    assert reported[0]["title"] == "A callback stopped with an error"
    assert note.destroyed
    assert fail.destroyed
