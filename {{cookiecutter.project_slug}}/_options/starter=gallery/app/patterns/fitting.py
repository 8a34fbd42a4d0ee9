"""Checks for `patterns.live` whether a function fits its controls, and finds its name."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from patterns.controls import Button, Control

Controls: TypeAlias = Mapping[str, Control[Any]]


def check_parameters(
    function: Callable[..., object],
    controls: Mapping[str, object],
    options: Mapping[str, object],
    *,
    drawn_into: bool = False,
) -> str:
    """Return the name of a function's first parameter.

    Raises TypeError where a parameter has no control, a control no parameter, something else is
    given as a control, or a control as one of the ``options``. With ``drawn_into``, the first
    parameter is what the function draws into.
    """
    name = name_of(function)
    if own := next((each for each in options if isinstance(options[each], Control)), None):
        raise TypeError(f"{own} cannot name a control of {name}: rename it.")
    for given, control in controls.items():
        if not isinstance(control, Control):
            raise TypeError(
                f"{given} is given as {control!r}, which is no control: "
                f'write {given}=slider("{given}", 0, 10, 5), for example.'
            )
    parameters = list(inspect.signature(function).parameters.values())
    if drawn_into and not parameters:
        raise TypeError(f"{name} takes nothing: its first parameter is the axes to draw into.")
    fed = parameters[1:] if drawn_into else parameters
    if not any(each.kind is each.VAR_KEYWORD for each in fed):
        known = {each.name for each in fed}
        if surplus := next((each for each in controls if each not in known), None):
            raise TypeError(f"{name} has no parameter for the control {surplus}: add one.")
    for each in fed:
        if each.name not in controls and each.default is each.empty and each.kind not in _MANY:
            raise TypeError(
                f"{name} has no control for its parameter {each.name}: "
                f'add {each.name}=slider("{each.name}", 0, 10, 5), for example.'
            )
    return parameters[0].name if parameters else ""


_MANY = {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL}


def name_of(function: Callable[..., object]) -> str:
    """What a function is called in messages."""
    return f"{getattr(function, '__name__', 'The function')}()"


def first_line(function: Callable[..., object]) -> str:
    """The first line of a function's docstring."""
    return (inspect.getdoc(function) or "").partition("\n")[0]


def values_of(controls: Controls) -> dict[str, Any]:
    """What controls hold, by their names."""
    return {name: control.value for name, control in controls.items()}


def in_words(controls: Controls) -> str:
    """What controls hold, as people read it."""
    told = (each for each in controls.values() if not isinstance(each, Button))
    found = {each.label: each.value for each in told}
    return ", ".join(
        f"{label}: {value:g}" if isinstance(value, float) else f"{label}: {value}"
        for label, value in found.items()
    )
