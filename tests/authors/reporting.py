"""What the page's shell is told."""

from typing import Any

from patterns.events import Handlers
from patterns.report import report_error, report_opening, report_ready
from pyscript import window


def test_an_error_arrives_with_its_words_and_its_traceback(reported: list[Any]) -> None:
    try:
        int("three")
    except ValueError as error:
        report_error(error, "The count was not read")

    (detail,) = reported
    assert detail["title"] == "The count was not read"
    assert detail["message"] == "ValueError: invalid literal for int() with base 10: 'three'"
    assert 'int("three")' in detail["traceback"]
    assert detail["fatal"] is False


class ZoneInfoNotFoundError(KeyError):
    """What zoneinfo raises, by its name."""


def test_notes_stand_in_the_traceback_below_the_one_sentence(reported: list[Any]) -> None:
    error = ValueError("no such sample")
    error.add_note("In the worker:\n...")
    report_error(error, "The sample was not read")

    assert reported[0]["message"] == "ValueError: no such sample"
    assert reported[0]["traceback"].endswith("In the worker:\n...")


def test_a_traceback_starts_with_the_page_and_not_with_the_patterns(reported: list[Any]) -> None:
    def divide() -> float:
        return 1 / 0

    target = window.EventTarget()
    Handlers().on(target, "click", divide)
    target.dispatchEvent(window.CustomEvent.new("click"))

    lines = reported[0]["traceback"].splitlines()
    assert __file__ in lines[1]
    assert not any("patterns" in line for line in lines)


def test_opening_and_ready_are_events(reported: list[Any]) -> None:
    heard: list[str] = []
    for name in ("app:opening", "app:ready"):
        window.addEventListener(name, lambda event: heard.append(event.type))

    report_opening()
    report_ready()

    assert heard == ["app:opening", "app:ready"]
    assert not reported
