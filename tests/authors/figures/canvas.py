"""What of patterns.canvas needs no browser to show."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from patterns import canvas
from patterns.canvas import CanvasFigure, Frames
from patterns.events import Handlers
from patterns.plot import Theme
from pyscript import window


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


THEME = Theme("#1c2430", "#fefdfc", "#ddd8cb", ("#0f5c6e", "#c2570c"))


class Decay:
    """A drawing of one line, which refuses to rise."""

    half_life = 2.0

    def build(self, figure: Any, _theme: Theme) -> list[Any]:
        (self._line,) = figure.add_subplot().plot([0, 1], [1, 0])
        return [self._line]

    def update(self) -> None:
        if self.half_life < 0:
            raise ValueError("A half-life is positive.")
        self._line.set_ydata([1, 0.5**self.half_life])

    def describe(self) -> str:
        return f"It halves every {self.half_life:g} s."


class Seen:
    """A figure in view, what it says, and how many times its pixels were shown."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        for name in ("observe", "watch_density", "watch_theme"):
            patch.setattr(canvas, name, lambda *_, **__: None)
        patch.setattr(canvas, "page_theme", lambda: THEME)
        patch.setattr(CanvasFigure, "_size", lambda _: (400, 1))
        patch.setattr(CanvasFigure, "_put", lambda *_: self.put())
        self.said: list[tuple[str, bool]] = []
        self.times = 0
        self.handlers = Handlers()
        self.drawing = Decay()
        self.figure = CanvasFigure(
            self.drawing, self.handlers, said=lambda *words: self.said.append(words)
        )

    def put(self) -> None:
        self.times += 1

    async def drawn(self) -> None:
        while self.handlers._tasks:
            await asyncio.gather(*self.handlers._tasks)
        for _ in range(3):  # the next frame
            await asyncio.sleep(0)

    async def enter(self) -> None:
        self.figure._notice([SimpleNamespace(isIntersecting=True)], None)
        await self.drawn()

    async def move(self, half_life: float) -> None:
        self.drawing.half_life = half_life
        self.figure.move()
        await self.drawn()


def test_what_a_drawing_refuses_is_said_and_it_stays_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario() -> None:
        seen = Seen(monkeypatch)
        await seen.enter()
        assert (seen.times, seen.said) == (1, [("", False)])
        await seen.move(-1)
        assert (seen.times, seen.said[-1]) == (1, ("A half-life is positive.", True))
        await seen.move(3)
        assert (seen.times, seen.said[-1]) == (2, ("", False))

    asyncio.run(scenario())


def test_a_drawing_that_took_long_is_announced_and_nothing_piles_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario() -> None:
        seen = Seen(monkeypatch)
        monkeypatch.setattr(canvas, "LONG", 0)
        await seen.enter()
        seen.said.clear()
        for _ in range(20):
            seen.figure.move()
        assert len(seen.handlers._tasks) == 1
        await seen.move(4)
        assert seen.times == 2
        assert seen.said == [("Drawing ...", False), ("", False)]

    asyncio.run(scenario())
