"""What functions a handler can be, how one ends, and when a debounced one runs."""

import asyncio
import sys
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from patterns.events import Debounced, Handlers
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


@pytest.mark.filterwarnings("error")
def test_a_task_cancelled_before_it_began_leaves_no_warning(reported: list[Any]) -> None:
    async def scenario() -> bool:
        handlers = Handlers()
        task = handlers.start(asyncio.sleep(0))
        handlers.close()
        await asyncio.wait([task], timeout=5)
        return task.cancelled()

    assert asyncio.run(scenario())
    assert not reported


class Clock:
    """Calls to come, which a test makes come."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls: list[tuple[float, Callable[[], object], SimpleNamespace]] = []

    def later(self, seconds: float, function: Callable[[], object]) -> SimpleNamespace:
        handle = SimpleNamespace(cancelled=False)
        handle.cancel = lambda: setattr(handle, "cancelled", True)
        self.calls.append((self.now + seconds, function, handle))
        return handle

    def pass_to(self, moment: float) -> None:
        self.now = moment
        due = [call for call in self.calls if call[0] <= moment]
        self.calls = [call for call in self.calls if call[0] > moment]
        for _, function, handle in due:
            if not handle.cancelled:
                function()


def test_a_debounced_function_runs_once_its_calls_have_paused() -> None:
    clock, heard = Clock(), list[str]()
    search = Debounced(0.3, heard.append, clock.later)

    for moment, text in ((0.0, "n"), (0.1, "nu"), (0.3, "num")):
        clock.pass_to(moment)
        search(text)
    clock.pass_to(0.5)
    assert heard == []

    clock.pass_to(0.6)
    assert heard == ["num"]

    search("numpy")
    clock.pass_to(0.9)
    assert heard == ["num", "numpy"]


def test_a_debounced_call_can_be_called_off() -> None:
    clock, heard = Clock(), list[str]()
    search = Debounced(0.3, heard.append, clock.later)

    search("n")
    search.cancel()
    clock.pass_to(1.0)

    assert heard == []


def test_a_handler_can_remove_itself(button: Any) -> None:
    calls: list[str] = []
    handlers = Handlers()

    def once() -> None:
        listener.remove()
        calls.append("once")

    listener = handlers.on(button, "click", once)
    click(button)
    click(button)

    assert calls == ["once"]


def test_what_an_async_handler_raises_is_reported(button: Any, reported: list[Any]) -> None:
    async def scenario() -> None:
        async def fail() -> None:
            await asyncio.sleep(0)
            raise LookupError("no such sample")

        handlers = Handlers()
        handlers.on(button, "click", fail)
        click(button)
        await asyncio.gather(*handlers._tasks)

    asyncio.run(scenario())

    assert [detail["message"] for detail in reported] == ["LookupError: no such sample"]
