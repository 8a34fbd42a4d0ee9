"""Controls with a label and a typed value: visitors change it, functions read it.

    half_life = slider("Half-life in s", 1, 50, 10)
    root.append(half_life.element)
    half_life.on_change(lambda: print(half_life.value), handlers)

`patterns.live` calls a function with their values. All are reached and used by keyboard.
"""

import itertools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from patterns.dom import Element, element, field, update
from patterns.events import Handlers
from patterns.files import LocalFile

Value = TypeVar("Value")
Option = TypeVar("Option")

# Two controls of a page may have the same label, and not the same id.
_taken: set[str] = set()


class Control(Generic[Value]):
    """A control of a page: ``element`` goes on the page, ``label`` is what it is called."""

    def __init__(
        self,
        label: str,
        value: Value,
        read: Callable[[], Value],
        *inputs: Element,
        event: str = "input",
    ) -> None:
        self.label = label
        self._value = value
        self._read = read
        self._inputs = inputs
        self._event = event
        self._changed: list[Callable[[], object]] = []
        self._note = element("p", id=f"{inputs[0].id}-note", class_="bad", role="alert")
        if event == "click":
            update(inputs[0], aria_describedby=self._note.id)
            self.element = element("div", self._note, inputs[0], class_="field")
        else:
            self.element = field(label, inputs[0], self._note)
        for other in inputs[1:]:
            update(other, aria_describedby=self._note.id)
            self.element.append(other)

    @property
    def value(self) -> Value:
        """What the control holds: the last that was not refused."""
        return self._value

    def on_change(self, call: Callable[[], object], handlers: Handlers) -> None:
        """Call ``call``, without arguments, whenever a visitor has changed the value."""
        self._changed.append(call)
        if len(self._changed) == 1:
            handlers.on_close(lambda: _taken.discard(str(self._inputs[0].id)))
            for each in self._inputs:
                handlers.on(each, self._event, lambda each=each: self._take(each))

    def refuse(self, reason: str) -> None:
        """Show at the control why its value is refused; an empty ``reason`` removes that."""
        update(self._note, text=reason)
        for each in self._inputs:
            update(each, aria_invalid=bool(reason) or None)

    def _take(self, source: Element) -> None:
        # The last input is the one that is read; the others follow it.
        if source is not self._inputs[-1]:
            self._inputs[-1].value = source.value
        try:
            self._value = self._read()
        except ValueError as error:
            self.refuse(str(error))
            return
        for other in self._inputs[:-1]:
            if other is not source:
                other.value = source.value
        self.refuse("")
        for call in self._changed:
            call()


def slider(
    label: str, lowest: float, highest: float, value: float, *, step: float | None = None
) -> Control[Any]:
    """Return a slider for a number between two, with a field to type that number beside it.

    The value is an int where all numbers given are; else a float, in a hundred steps or more.
    Raises ValueError where ``lowest`` is not below ``highest``, or ``value`` not between them.
    """
    if not lowest < highest:
        raise ValueError(
            f"The slider {label!r} begins at {lowest:g} and ends at {highest:g}: "
            "its first number has to be the smaller one."
        )
    if not lowest <= value <= highest:
        raise ValueError(
            f"The slider {label!r} starts with {value:g}, which is not between {lowest:g} and "
            f"{highest:g}."
        )
    whole = all(isinstance(each, int) for each in (lowest, highest, value, step or 1))
    if step is None:
        step = 1 if whole else 10 ** math.floor(math.log10((highest - lowest) / 100))
    limits = {"min": lowest, "max": highest, "step": step, "value": value}
    name = id_of(label)
    bar = element("input", type="range", id=name, name=name, **limits)
    typed = element("input", type="number", aria_label=f"{label}, as a number", **limits)
    read = _reader(typed, lowest, highest, whole=whole)
    control = Control(label, value, read, bar, typed)
    update(control.element, class_="field slider")
    return control


def number(
    label: str, value: float, *, lowest: float = -math.inf, highest: float = math.inf
) -> Control[Any]:
    """Return a field for a number; its value is an int where ``value`` is one.

    Raises ValueError where ``value`` is not from ``lowest`` to ``highest``.
    """
    if not lowest <= value <= highest:
        raise ValueError(f"{label!r} starts with {value:g}, which is not {_span(lowest, highest)}.")
    whole = isinstance(value, int)
    name = id_of(label)
    steps = 1 if whole else "any"
    typed = element("input", type="number", id=name, name=name, step=steps, value=value)
    read = _reader(typed, lowest, highest, whole=whole)
    return Control(label, value, read, typed)


def choice(
    label: str, options: Sequence[Option] | Mapping[str, Option], value: Option | None = None
) -> Control[Option]:
    """Return a list to choose one of; the first, unless ``value`` says which.

    ``options`` are values, or values by the labels that a visitor reads. Raises ValueError where
    there are none, or ``value`` is not one of them.
    """
    named = dict(options) if isinstance(options, Mapping) else {str(each): each for each in options}
    values = list(named.values())
    if not values:
        raise ValueError(f"The choice {label!r} has no options.")
    if value is not None and value not in values:
        raise ValueError(f"The choice {label!r} starts with {value!r}, which it does not offer.")
    chosen = 0 if value is None else values.index(value)
    items = [
        element("option", words, value=place, selected=place == chosen)
        for place, words in enumerate(named)
    ]
    name = id_of(label)
    menu = element("select", items, id=name, name=name)
    return Control(label, values[chosen], lambda: values[int(menu.value)], menu, event="change")


def switch(label: str, *, value: bool = False) -> Control[bool]:
    """Return a box to tick; its value is a bool."""
    name = id_of(label)
    box = element("input", type="checkbox", id=name, name=name, checked=value)
    return Control(label, value, lambda: bool(box.checked), box, event="change")


def text(label: str, value: str = "") -> Control[str]:
    """Return a field for a line of text."""
    name = id_of(label)
    typed = element("input", type="text", id=name, name=name, value=value, autocomplete="off")
    return Control(label, value, lambda: str(typed.value), typed)


def file(label: str, accept: str = "") -> Control[LocalFile | None]:
    """Return a button that opens a file of the visitor's; its value is a LocalFile, None at first.

    ``accept`` lists what it offers, such as ".csv,text/csv" or "image/*".
    """
    name = id_of(label)
    button = element("input", type="file", id=name, name=name, accept=accept)

    def read() -> LocalFile | None:
        return LocalFile(button.files.item(0)) if button.files.length else None

    return Control(label, None, read, button, event="change")


class Button(Control[int]):
    """A button as a control; its value is how often it was pressed."""


def button(label: str) -> Button:
    """Return a button with this label."""
    presses = itertools.count(1)
    name = id_of(label)
    pressed = element("button", label, type="button", id=name)
    return Button(label, 0, lambda: next(presses), pressed, event="click")


def _reader(typed: Element, lowest: float, highest: float, *, whole: bool) -> Callable[[], float]:
    """Return a function that reads a field of numbers; it raises ValueError with what to type."""

    def read() -> float:
        try:
            found = float(typed.value)  # "" where the browser finds no number
        except ValueError:
            raise ValueError("Type a number.") from None
        if not lowest <= found <= highest:
            raise ValueError(f"Type a number {_span(lowest, highest)}.")
        if whole and found != int(found):
            raise ValueError("Type a whole number.")
        return int(found) if whole else found

    return read


def _span(lowest: float, highest: float) -> str:
    if highest == math.inf:
        return f"from {lowest:g} on"
    return f"up to {highest:g}" if lowest == -math.inf else f"from {lowest:g} to {highest:g}"


def id_of(label: str) -> str:
    """Return an id made from a label, which no other control of the page has."""
    base = name = re.sub(r"\W+", "-", label.lower()).strip("-") or "control"
    count = 1
    while name in _taken:
        count += 1
        name = f"{base}-{count}"
    _taken.add(name)
    return name
