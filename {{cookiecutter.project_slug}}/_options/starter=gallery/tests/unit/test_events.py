import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from pyscript import window

from patterns.events import Handlers, parse_shortcut


def click(target: Any) -> None:
    target.dispatchEvent(window.CustomEvent.new("click"))


@pytest.fixture
def button() -> Any:
    return window.EventTarget()


def test_a_handler_takes_the_event_or_nothing(button: Any) -> None:
    calls: list[Any] = []
    handlers = Handlers()
    handlers.on(button, "click", lambda event: calls.append(event.type))
    handlers.on(button, "click", lambda: calls.append("nothing"))
    handlers.on(button, "click", lambda kept="its own": calls.append(kept))

    click(button)

    assert calls == ["click", "nothing", "its own"]


def test_an_async_handler_runs_to_its_end(button: Any) -> None:
    async def scenario() -> list[str]:
        done = asyncio.Event()
        steps: list[str] = []

        async def measure() -> None:
            steps.append("begun")
            await asyncio.sleep(0)
            steps.append("done")
            done.set()

        Handlers().on(button, "click", measure)
        click(button)
        await asyncio.wait_for(done.wait(), 5)
        return steps

    assert asyncio.run(scenario()) == ["begun", "done"]


def test_what_a_handler_raises_is_reported_and_does_not_pass_on(
    button: Any, reported: list[Any]
) -> None:
    Handlers().on(button, "click", lambda: 1 / 0)

    click(button)

    assert [detail["message"] for detail in reported] == ["ZeroDivisionError: division by zero"]
    assert reported[0]["title"] == "The handler of 'click' stopped with an error"


def test_a_removed_handler_is_called_no_more_and_its_proxy_is_freed(button: Any) -> None:
    calls: list[str] = []
    handlers = Handlers()
    listener = handlers.on(button, "click", lambda: calls.append("click"))
    ((_, proxy),) = button.listeners
    assert listener.attached

    listener.remove()
    listener.remove()
    click(button)

    assert not calls
    assert not listener.attached
    assert proxy.destroyed
    assert len(handlers) == 0


def test_closing_frees_everything_that_a_view_attached(button: Any) -> None:
    async def scenario() -> tuple[bool, list[str]]:
        words: list[str] = []
        handlers = Handlers()
        handlers.on(button, "click", lambda: words.append("click"))
        handlers.on(window, "resize", lambda: words.append("resize"))
        handlers.on_close(lambda: words.append("closed"))
        late = handlers.debounced(0, lambda: words.append("late"))
        task = handlers.start(asyncio.sleep(3600))
        late()

        handlers.close()
        handlers.close()
        click(button)
        await asyncio.wait([task], timeout=5)
        return task.cancelled(), words

    assert asyncio.run(scenario()) == (True, ["closed"])
    assert not button.listeners
    assert not any(name == "resize" for name, _ in window.listeners)


def test_a_view_that_was_left_listens_to_nothing_more(button: Any) -> None:
    handlers = Handlers()
    handlers.close()

    with pytest.raises(RuntimeError, match="'click': this view has been left"):
        handlers.on(button, "click", print)


def key(name: str, *held: str, composing: bool = False) -> SimpleNamespace:
    flags = {f"{modifier}Key": modifier in held for modifier in ("ctrl", "alt", "shift", "meta")}
    return SimpleNamespace(key=name, isComposing=composing, **flags)


@pytest.mark.parametrize(
    ("keys", "event", "matches"),
    [
        ("mod+enter", key("Enter", "ctrl"), True),
        ("mod+enter", key("Enter", "meta"), True),
        ("mod+enter", key("Enter"), False),
        ("mod+enter", key("Enter", "ctrl", "shift"), False),
        ("Mod + Enter", key("Enter", "ctrl"), True),
        ("alt+shift+r", key("R", "alt", "shift"), True),
        ("alt+shift+r", key("r", "alt"), False),
        ("escape", key("Escape"), True),
        ("escape", key("Escape", "ctrl"), False),
        ("ctrl+k", key("k", "meta"), False),
        ("mod+enter", key("Enter", "ctrl", composing=True), False),
    ],
)
def test_a_shortcut_wants_its_modifiers_and_no_others(
    keys: str, event: SimpleNamespace, matches: bool
) -> None:
    assert parse_shortcut(keys).matches(event) is matches


@pytest.mark.parametrize("keys", ["", "ctrl+", "control+k", "k+ctrl"])
def test_keys_that_are_no_shortcut_are_refused(keys: str) -> None:
    with pytest.raises(ValueError, match="is no shortcut; write it like 'mod\\+enter'"):
        parse_shortcut(keys)
