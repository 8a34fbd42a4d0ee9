import asyncio
import logging
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from patterns import output as output_module
from patterns.output import Output, Screen


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        (["one\ntwo\n"], ["one", "two", ""]),
        (["\r 50 %", "\r100 %", "\n"], ["100 %", ""]),
        (["long\rno"], ["nong"]),
        (["abc\x08\x08x"], ["axc"]),
        (["one\ntwo\x1b[A\rONE"], ["ONE", "two"]),
        (["\x1b[31mred\x1b[0m", "\r\x1b[K"], [""]),
    ],
)
def test_a_screen_does_what_a_terminal_does(written: list[str], lines: list[str]) -> None:
    screen = Screen()
    for text in written:
        screen.write(text)

    assert screen.lines == lines


def test_of_too_many_lines_the_last_ones_stay() -> None:
    screen = Screen(most=3)
    screen.write("a\nb\nc\nd\n")

    assert list(screen.changes()) == [(2, "c"), (3, "d"), (4, "")]
    screen.write("\x1b[AD")
    assert list(screen.changes()) == [(3, "D")]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Output:
    """An output on a page of Python objects, and the streams put back after it."""
    page = lambda *_, **__: SimpleNamespace(append=lambda _: None, scrollHeight=0)  # noqa: E731
    monkeypatch.setattr(output_module, "element", page)
    monkeypatch.setattr(output_module, "clear", lambda _: None)
    monkeypatch.setattr(output_module, "update", lambda *_, **__: None)
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, getattr(sys, name))
    return Output()


def test_what_a_block_prints_is_shown_in_order_and_nothing_else(
    shown: Output, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = logging.StreamHandler()
    logger = logging.getLogger("scale")
    logger.addHandler(kept)
    logger.propagate = False

    async def weigh() -> None:
        with shown:
            print("weighed")
            await asyncio.sleep(0)
            logger.warning("drifts")
            print("done", file=sys.stderr)

    async def scenario() -> Any:
        async def beside() -> None:
            print("beside")

        await asyncio.gather(weigh(), beside())
        print("after")

    asyncio.run(scenario())
    logger.removeHandler(kept)

    assert shown._screen.lines == ["weighed", "drifts", "done", ""]
    assert shown._screen.bad == {1, 2}
    assert capsys.readouterr().out == "beside\nafter\n"


def test_a_block_in_a_block_gives_back_what_was_around_it(shown: Output) -> None:
    inner = Output()

    async def scenario() -> None:
        with shown:
            with inner:
                print("inner")
            print("outer")

    asyncio.run(scenario())

    assert inner._screen.lines == ["inner", ""]
    assert shown._screen.lines == ["outer", ""]
