"""Axes that remember what is called on them, and tell what is called differently the next time.

`patterns.replay` draws by them. Where the same calls come again with other data, their lines, texts
and marks take that data, and what is the same is not done again. Where anything else comes, they
raise OtherCalls, and all has to be drawn again.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

# Calls whose artists can take other data.
MOVING = {"axhline", "axvline", "plot", "stairs", "text"}
# Calls that change nothing when they are repeated with the same arguments.
_STEADY = {"autoscale", "grid", "legend", "locator_params", "margins", "tick_params"}
# Calls that can be repeated with other arguments.
_SETTERS = ("set", "view_init")
# What may lead to other axes, which do not remember.
_ELSEWHERE = {"axes", "figure", "get_figure"}
_BOUNDS = {"x": ("left", "right", "xmin", "xmax"), "y": ("bottom", "top", "ymin", "ymax")}


class Call(NamedTuple):
    """A call of a method of axes, and what it returned."""

    name: str
    arguments: tuple[Any, ...]
    options: Mapping[str, Any]
    result: Any


class OtherCalls(Exception):  # noqa: N818 - nothing has gone wrong
    """A function draws in another way than before."""


class Recorder:
    """Stands for ``axes``; ``former`` are the calls before, None where there were none."""

    def __init__(self, axes: Any, former: Sequence[Call] | None) -> None:
        self._axes = axes
        self._former = former
        self.calls: list[Call] = []
        self.changed = False

    def __getattr__(self, name: str) -> Any:
        if name in _ELSEWHERE and self._former is not None:
            raise OtherCalls
        found = getattr(self._axes, name)
        if not callable(found) or name.startswith(("get_", "_")):
            return found

        def call(*arguments: Any, **options: Any) -> Any:
            result = self._repeat(name, found, arguments, options)
            self.calls.append(Call(name, _kept(arguments), _kept(options), result))
            return result

        return call

    def end(self) -> None:
        """Say that there are no more calls. Raises OtherCalls where there were before."""
        if self._former is not None and len(self.calls) != len(self._former):
            raise OtherCalls

    def _repeat(
        self, name: str, method: Any, arguments: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        if self._former is None:
            return method(*arguments, **options)
        place = len(self.calls)
        if place >= len(self._former) or self._former[place].name != name:
            raise OtherCalls
        former = self._former[place]
        same = _same(arguments, former.arguments) and _same(options, former.options)
        if name.startswith(_SETTERS):
            open_ = _open_limits(name, arguments, options)
            if same and not open_:
                return former.result
            self.changed = True
            self._look_for(open_)
            return method(*arguments, **options)
        if same and (name in MOVING | _STEADY or self._stands(former.result)):
            return former.result
        if name in MOVING and self._axes.name != "3d" and _take(former, arguments, options):
            return former.result
        raise OtherCalls

    def _look_for(self, open_: str) -> None:
        """Find the limits again of directions in which one is left to matplotlib."""
        if open_ and any(call.name in MOVING for call in self.calls):
            for direction in open_:
                self._axes.autoscale(enable=True, axis=direction)
            self._axes.relim()
            self._axes.autoscale_view()

    def _stands(self, result: Any) -> bool:
        """Whether what was drawn stays right as it is: a new look for limits would pass it over."""
        if hasattr(result, "plot"):
            return False  # other axes, which do not remember
        return not (self._axes.get_autoscalex_on() or self._axes.get_autoscaley_on())


def _open_limits(name: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> str:
    """Return in which directions a setter leaves a limit to matplotlib: "", "x", "y" or "xy"."""
    if name == "set":
        return "".join(
            each for each in "xy" if f"{each}lim" in options and _is_open(options[f"{each}lim"])
        )
    if name not in {"set_xlim", "set_ylim"}:
        return ""
    direction = name[4]
    named = [options[each] for each in _BOUNDS[direction] if each in options]
    given = [*(arguments if len(arguments) != 1 else _flat(arguments[0])), *named]
    return direction if _is_open(given) else ""


def _flat(value: Any) -> tuple[Any, ...]:
    return tuple(value) if hasattr(value, "__len__") else (value,)


def _is_open(limits: Any) -> bool:
    return len([each for each in _flat(limits) if each is not None]) < 2


def _take(former: Call, arguments: tuple[Any, ...], options: dict[str, Any]) -> bool:
    """Give the artists of a call the data of another one; False where they cannot have them."""
    if not _same(options, former.options) or len(arguments) != len(former.arguments):
        return False
    if former.name == "plot":
        return _take_line(former, arguments)
    artist = former.result
    if former.name == "stairs":
        artist.set_data(*arguments)
        return True
    if former.name == "text":
        if len(arguments) != 3:
            return False
        artist.set_position(arguments[:2])
        artist.set_text(arguments[2])
        return True
    if len(arguments) != 1:
        return False
    (artist.set_ydata if former.name == "axhline" else artist.set_xdata)([arguments[0]] * 2)
    return True


def _take_line(former: Call, arguments: tuple[Any, ...]) -> bool:
    import numpy as np

    *before, last = arguments
    if isinstance(last, str) and _same(last, former.arguments[-1]):
        arguments = tuple(before)
    if len(former.result) != 1 or len(arguments) not in (1, 2):
        return False
    data = [np.asarray(each) for each in arguments]
    if any(each.ndim != 1 or each.dtype.kind not in "biuf" for each in data):
        return False
    x, y = data if len(data) == 2 else (np.arange(len(data[0])), data[0])
    if len(x) != len(y):
        return False  # matplotlib says so better
    former.result[0].set_data(x, y)
    return True


def _kept(value: Any) -> Any:
    """An argument as it is now: a function may change its arrays in place."""
    if isinstance(value, dict):
        return {key: _kept(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return tuple(map(_kept, value))
    return value.copy() if hasattr(value, "__array__") and hasattr(value, "copy") else value


def _same(one: Any, other: Any) -> bool:
    """Whether two arguments are equal, whatever they are."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if hasattr(one, "__array__") or hasattr(other, "__array__"):
        import numpy as np

        return bool(np.array_equal(one, other))
    try:
        return one is other or bool(one == other)
    except (TypeError, ValueError):
        return False
