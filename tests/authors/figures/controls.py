"""What controls hold, what they refuse, and how they say so."""

import asyncio
import math
from typing import Any

import pytest
from patterns import controls
from patterns.clock import clock
from patterns.controls import Control, choice, number, slider, switch, text
from patterns.events import Handlers
from pyscript import window


@pytest.fixture(autouse=True)
def another_page() -> None:
    controls._taken.clear()


def inputs(control: Control[Any]) -> list[Any]:
    dom = control.element._dom_element
    return [each for tag in ("input", "select") for each in dom.querySelectorAll(tag)]


def set_to(part: Any, value: object, event: str = "input") -> None:
    part.value = value
    part.dispatchEvent(window.CustomEvent.new(event))


def refusal(control: Control[Any]) -> str:
    return str(control.element.querySelectorAll("p")[0].textContent)


@pytest.fixture
def heard() -> list[Any]:
    return []


@pytest.fixture
def half_life(heard: list[Any]) -> Control[Any]:
    control = slider("Half-life in s", 1, 50, 10)
    control.on_change(lambda: heard.append(control.value), Handlers())
    return control


def test_a_slider_and_the_number_beside_it_follow_each_other(
    half_life: Control[Any], heard: list[Any]
) -> None:
    bar, typed = inputs(half_life)
    set_to(bar, "20")
    assert typed.value == "20"
    set_to(typed, "30")
    assert bar.value == "30"
    assert heard == [20, 30]
    assert all(isinstance(value, int) for value in heard)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "Type a number."),
        ("70", "Type a number from 1 to 50."),
        ("2.5", "Type a whole number."),
    ],
)
def test_what_a_slider_cannot_be_is_refused_at_it(
    half_life: Control[Any], heard: list[Any], typed: str, reason: str
) -> None:
    bar, field = inputs(half_life)

    set_to(field, typed)

    assert refusal(half_life) == reason
    assert field.getAttribute("aria-invalid") == "true"
    assert field.getAttribute("aria-describedby") == "half-life-in-s-note"
    assert (half_life.value, bar.value, heard) == (10, 10, [])
    set_to(field, "12")
    assert refusal(half_life) == ""
    assert field.getAttribute("aria-invalid") is None
    assert heard == [12]


@pytest.mark.parametrize(
    ("span", "step"), [((0.1, 10.0), "0.01"), ((0.0, 1000.0), "10"), ((0, 1.0), "0.01")]
)
def test_a_slider_between_floats_has_a_hundred_steps(span: Any, step: str) -> None:
    control = slider("Radius", *span, 1.0)
    assert inputs(control)[0].getAttribute("step") == step
    control.on_change(lambda: None, Handlers())
    set_to(inputs(control)[1], "1")
    assert type(control.value) is float


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: slider("Mass", 50, 1, 10), "'Mass' begins at 50 and ends at 1: .* smaller"),
        (lambda: slider("Mass", 1, 50, 60), "'Mass' starts with 60, which is not between 1 and 50"),
        (lambda: number("Mass", -1, lowest=0), "'Mass' starts with -1, which is not from 0 on"),
        (lambda: choice("Metal", []), "'Metal' has no options"),
        (lambda: choice("Metal", ["Fe"], "Ni"), "'Metal' starts with 'Ni', which it does not"),
    ],
)
def test_a_control_that_cannot_be_says_why(make: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.parametrize(
    ("bounds", "typed", "reason"),
    [
        ({"lowest": 0}, "-2", "Type a number from 0 on."),
        ({"highest": 5}, "6", "Type a number up to 5."),
        ({"lowest": 0, "highest": 5}, "6", "Type a number from 0 to 5."),
        ({}, "-1e3", ""),
    ],
)
def test_a_number_keeps_to_its_bounds(bounds: dict[str, float], typed: str, reason: str) -> None:
    control = number("Mass in kg", 1.0, **bounds)
    control.on_change(lambda: None, Handlers())

    set_to(inputs(control)[0], typed)

    assert refusal(control) == reason
    assert control.value == (1.0 if reason else -1000.0)


def test_a_choice_gives_what_stands_for_its_words(heard: list[Any]) -> None:
    control = choice("Wave", {"sine": math.sin, "cosine": math.cos}, math.cos)
    assert control.value is math.cos
    control.on_change(lambda: heard.append(control.value), Handlers())

    set_to(inputs(control)[0], "0", "change")

    assert heard == [math.sin]
    words = [each.textContent for each in control.element.querySelectorAll("option")]
    assert words == ["sine", "cosine"]


def test_a_switch_is_true_or_false_and_a_text_is_text() -> None:
    grid, title = switch("Grid", value=True), text("Title", "Decay")
    assert (grid.value, title.value) == (True, "Decay")
    for each in (grid, title):
        each.on_change(lambda: None, Handlers())

    inputs(grid)[0].checked = False
    inputs(grid)[0].dispatchEvent(window.CustomEvent.new("change"))
    set_to(inputs(title)[0], "Growth")

    assert (grid.value, title.value) == (False, "Growth")


def test_a_file_is_none_until_one_is_chosen() -> None:
    control = controls.file("A table", ".csv")
    control.on_change(lambda: None, Handlers())
    button = inputs(control)[0]
    assert (button.getAttribute("type"), button.getAttribute("accept")) == ("file", ".csv")
    assert control.value is None

    chosen = type("File", (), {"name": "metals.csv", "size": 40})()
    button.files = type("Files", (), {"length": 1, "item": lambda *_: chosen})()
    button.dispatchEvent(window.CustomEvent.new("change"))

    assert control.value is not None
    assert control.value.name == "metals.csv"


def test_a_button_counts_how_often_it_was_pressed(heard: list[Any]) -> None:
    control = controls.button("Add")
    control.on_change(lambda: heard.append(control.value), Handlers())
    [pressed] = control.element.querySelectorAll("button")
    for _ in range(2):
        pressed.dispatchEvent(window.CustomEvent.new("click"))
    assert (pressed.textContent, heard) == ("Add", [1, 2])


def test_a_clock_runs_until_it_is_stopped_or_its_page_is_left(heard: list[Any]) -> None:
    async def scenario() -> None:
        handlers = Handlers()
        time = clock("Time in s", step=0.001)
        time.on_change(lambda: heard.append(time.value), handlers)
        [switch] = time.element.querySelectorAll("button")
        for words in ("Stop", "Start", "Stop"):
            switch.dispatchEvent(window.CustomEvent.new("click"))
            assert switch.textContent == words
            await asyncio.sleep(0.02)
        handlers.close()
        beats = len(heard)
        await asyncio.sleep(0.02)
        assert len(heard) == beats

    asyncio.run(scenario())

    assert len(heard) > 2
    assert heard == pytest.approx([0.001 * (number + 1) for number in range(len(heard))])


def test_two_controls_of_a_label_have_each_their_id_and_a_new_page_begins_anew() -> None:
    handlers = Handlers()
    ids = []
    for _ in range(2):
        control = text("Name")
        control.on_change(lambda: None, handlers)
        ids.append(inputs(control)[0].id)
    assert ids == ["name", "name-2"]

    handlers.close()

    assert inputs(text("Name"))[0].id == "name"
