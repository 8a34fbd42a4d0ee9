"""What of patterns.canvas needs no browser to show."""

from typing import Any

import pytest
from pyscript import window

from patterns.canvas import Frames
from patterns.events import Handlers


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> dict[int, Any]:
    """What the browser is to call before its next frame, by number."""
    requests: dict[int, Any] = {}

    def request(callback: Any) -> int:
        number = len(requests) + 1
        requests[number] = callback
        return number

    monkeypatch.setattr(window, "requestAnimationFrame", request, raising=False)
    monkeypatch.setattr(window, "cancelAnimationFrame", requests.pop, raising=False)
    return requests


def test_a_frame_draws_once_however_often_it_was_asked_for(screen: dict[int, Any]) -> None:
    drawn: list[str] = []
    frames = Frames(lambda: drawn.append("drawn"), Handlers())

    for _ in range(50):
        frames.request()
    assert len(screen) == 1
    screen.pop(1)(16.7)

    assert drawn == ["drawn"]
    frames.request()
    assert len(screen) == 1


def test_what_fails_in_a_frame_is_reported(screen: dict[int, Any], reported: list[Any]) -> None:
    frames = Frames(lambda: 1 / 0, Handlers())

    frames.request()
    screen.pop(1)(16.7)

    assert [detail["message"] for detail in reported] == ["ZeroDivisionError: division by zero"]


def test_no_frame_comes_after_the_view_was_left(screen: dict[int, Any]) -> None:
    handlers = Handlers()
    frames = Frames(lambda: None, handlers)

    frames.request()
    proxy = screen[1]
    handlers.close()

    assert screen == {}
    assert proxy.destroyed
    frames.request()
    assert screen == {}
