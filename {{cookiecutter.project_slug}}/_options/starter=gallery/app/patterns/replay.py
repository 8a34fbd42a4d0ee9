"""Lets a function that draws into empty axes redraw only what has changed.

    def decay(axes, half_life):
        t = np.linspace(0, 100, 400)
        axes.plot(t, 0.5 ** (t / half_life))
        axes.set(xlabel="time in s")

Written like this, a function draws everything each time. Here it is called with axes that remember
(`patterns.recorder`): where it makes the same calls with other data, only that data is drawn. Where
it does anything else, the axes are emptied and it draws again.

Nothing here knows of the browser, so CPython can test it; `patterns.live` shows it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from patterns.recorder import MOVING, Call, OtherCalls, Recorder

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

    from patterns.plot import Theme


class Replay:
    """A drawing for `patterns.raster`, made from a function.

    ``draw`` is called with axes, or with a figure where its first parameter is called ``figure``,
    and with what ``values`` returns by name. What it returns, where that is text, is put at the end
    of the text alternative that ``describe`` returns. ``projection`` is that of the axes.
    """

    def __init__(
        self,
        draw: Callable[..., object],
        values: Callable[[], Mapping[str, Any]],
        describe: Callable[[], str],
        *,
        whole_figure: bool = False,
        projection: str | None = None,
    ) -> None:
        self._draw = draw
        self._values = values
        self._describe = describe
        self._whole_figure = whole_figure
        self._projection = projection
        self._figure: Any = None
        self._axes: Any = None
        self._calls: list[Call] = []
        self._former: Mapping[str, Any] | None = None
        self._said = ""

    def build(self, figure: "Figure", _theme: "Theme") -> "Sequence[Artist]":
        """Draw into an empty figure; return the artists that move.

        Raises ValueError where the function draws nothing, and whatever it raises.
        """
        self._figure = figure
        self._axes = None
        return self._anew()

    def update(self) -> "Sequence[Artist] | None":
        """Draw what the values have changed.

        Returns None where the artists that move are all that has changed; else, those that do from
        now on. Raises what the function raises.
        """
        values = dict(self._values())
        if values == self._former:
            return None
        # What is half done when it raises is done again the next time.
        former, self._former, calls, self._calls = self._former, None, self._calls, []
        if self._axes is None or former is None:
            return self._anew()
        limits = self._limits()
        recorder = Recorder(self._axes, calls)
        try:
            self._call(recorder, values)
            recorder.end()
        except OtherCalls:
            return self._anew()
        self._former, self._calls = values, recorder.calls
        if self._axes.name != "3d" and (
            self._axes.get_autoscalex_on() or self._axes.get_autoscaley_on()
        ):
            self._axes.relim()
            self._axes.autoscale_view()
        return self._moving() if recorder.changed or self._limits() != limits else None

    def describe(self) -> str:
        """Return the text alternative."""
        return f"{self._describe()} {self._said}".strip()

    def _anew(self) -> "Sequence[Artist]":
        values = dict(self._values())
        if self._whole_figure:
            self._empty()
            self._call(self._figure, values)
            drawn = bool(self._figure.axes)
        else:
            if self._axes is not None and self._figure.axes == [self._axes]:
                self._clear()
            else:
                self._empty()
                self._axes = self._figure.add_subplot(projection=self._projection)
            recorder = Recorder(self._axes, None)
            self._call(recorder, values)
            self._calls = recorder.calls
            drawn = self._axes.has_data() or bool(self._axes.texts)
        if not drawn:
            way = "begin with figure.subplots()" if self._whole_figure else "call axes.plot(x, y)"
            name = getattr(self._draw, "__name__", "The function")
            raise ValueError(f"{name}() drew nothing: {way}, for example.")
        self._former = values
        return self._moving()

    def _clear(self) -> None:
        """Empty the axes, and leave their labels where the layout has put them."""
        both = (self._axes.xaxis, self._axes.yaxis)
        placed = [(axis, axis.label.get_position()) for axis in both if not axis._autolabelpos]
        self._axes.clear()
        for axis, place in placed:
            axis.set_label_coords(*place)

    def _empty(self) -> None:
        self._figure.clear()
        self._figure.set_layout_engine("constrained")

    def _call(self, place: Any, values: Mapping[str, Any]) -> None:
        said = self._draw(place, **values)
        self._said = said if isinstance(said, str) else ""

    def _moving(self) -> "Sequence[Artist]":
        """Return the artists that take other data, and the legend, which is above them."""
        if self._axes is None or self._axes.name == "3d":
            return []
        names = {*MOVING, "legend"}
        results = [call.result for call in self._calls if call.name in names]
        found = [each for one in results for each in (one if isinstance(one, list) else [one])]
        return sorted(found, key=lambda artist: artist.get_zorder())

    def _limits(self) -> tuple[Any, ...]:
        return (*self._axes.get_xlim(), *self._axes.get_ylim())
