"""Functions that draw everything, and draw again by what has changed."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from patterns.plot import Theme
from patterns.raster import Raster, Region
from patterns.replay import Replay

THEME = Theme("#1c2430", "#fefdfc", "#ddd8cb", ("#0f5c6e", "#c2570c"))
T = np.linspace(0, 10, 101)


def decay(axes: Any, half_life: float, highest: float | None = 1) -> None:
    axes.plot(T, 0.5 ** (T / half_life), label="activity")
    axes.plot(T, 0.5 ** (2 * T / half_life), "--")
    axes.axvline(half_life)
    axes.text(half_life, 0.5, f"{half_life:g} s")
    axes.set(xlabel="time in s", xlim=(0, 10), ylim=(0, highest))
    axes.legend()


def points(axes: Any, half_life: float) -> None:
    axes.set(xlabel="time in s", ylabel="activity")
    axes.scatter(T, 0.5 ** (T / half_life))
    axes.set_title(f"{half_life:g} s")


def growing(axes: Any, half_life: float) -> None:
    axes.plot(T, half_life * T)


def different(axes: Any, half_life: float) -> None:
    for number in range(int(half_life)):
        axes.plot(T, T + number)


def barred(axes: Any, half_life: float) -> None:
    axes.bar([0, 1, 2], [3, 4, 5])
    axes.plot([0, 1], [half_life, half_life])


def two(figure: Any, half_life: float) -> None:
    left, right = figure.subplots(1, 2)
    left.plot(T, T / half_life)
    right.plot(T, T * half_life)


class Shown:
    """A function's figure, which `at` has follow another value."""

    def __init__(self, draw: Callable[..., object], half_life: float = 2.0, **options: Any) -> None:
        self.values: dict[str, Any] = {"half_life": half_life}
        self._draw = draw
        self._options = {"whole_figure": draw is two, **options}
        self.raster, self.replay = self._new()
        self.raster.draw()

    def _new(self) -> tuple[Raster, Replay]:
        replay = Replay(self._draw, lambda: self.values, lambda: "text", **self._options)
        return Raster(replay, THEME, width=400, height=240, scale=1), replay

    def axes(self) -> Any:
        return self.raster._figure.axes[0]

    def count(self) -> list[int]:
        """How many things stand in each of the figure's axes."""
        return [len(axes.get_children()) for axes in self.raster._figure.axes]

    def at(self, half_life: float, **values: Any) -> Region:
        self.values = {"half_life": half_life, **values}
        return self.raster.move()

    def is_as_drawn_anew(self) -> bool:
        anew, _ = self._new()
        anew.draw()
        # Where numbers beside the axes need more room, labels move when it is laid out again.
        return bool((np.asarray(self.raster.pixels) == np.asarray(anew.pixels)).all())


def test_where_only_data_changes_only_that_is_drawn() -> None:
    shown = Shown(decay)

    region = shown.at(3.0)

    assert region.width * region.height < 0.9 * 400 * 240
    assert shown.is_as_drawn_anew()


def test_a_figure_of_several_axes_is_drawn_whole() -> None:
    shown = Shown(two)
    former = shown.raster.pixels.tobytes()
    assert shown.at(3.0) == Region(0, 0, 400, 240)
    assert shown.raster.pixels.tobytes() != former


@pytest.mark.parametrize("draw", [points, growing, different, barred])
def test_what_else_changes_is_drawn_with_the_axes(draw: Callable[..., None]) -> None:
    shown = Shown(draw)
    assert shown.at(3.0) == Region(0, 0, 400, 240)

    shown.at(2.0)
    assert shown.is_as_drawn_anew()


def test_a_setter_is_called_again_when_it_sets_something_else() -> None:
    shown = Shown(decay)
    assert shown.at(2.0, highest=2) == Region(0, 0, 400, 240)
    assert shown.raster.move() != Region(0, 0, 400, 240)
    shown.at(2.0, highest=1)
    assert shown.is_as_drawn_anew()


def test_the_colours_of_a_function_that_draws_anew_stay() -> None:
    shown = Shown(barred)
    shown.at(3.0)
    shown.at(2.0)
    assert shown.is_as_drawn_anew()


def test_an_array_that_a_function_changes_in_place_is_noticed() -> None:
    data = np.zeros(101)

    def wave(axes: Any, half_life: float) -> None:
        data[:] = np.sin(T * half_life)
        axes.plot(T, data)
        axes.set_ylim(-1, 1)

    shown = Shown(wave)
    shown.at(3.0)
    assert shown.is_as_drawn_anew()


def test_a_function_that_draws_nothing_is_named() -> None:
    def forgetful(axes: Any, half_life: float) -> None: ...

    with pytest.raises(ValueError, match=r"forgetful\(\) drew nothing"):
        Shown(forgetful)


def filled(axes: Any, half_life: float) -> None:
    axes.fill_between(T, T * half_life)


def twin(axes: Any, half_life: float) -> None:
    axes.set(xlim=(0, 10), ylim=(0, 1))
    axes.plot(T, 0.5 ** (T / half_life))
    other = axes.twinx()
    other.plot(T, T * half_life)


def scaled(axes: Any, half_life: float) -> None:
    axes.set(xlim=(0, 10), ylim=(0, 4))
    image = axes.imshow(np.outer(T, T) * half_life, extent=(0, 10, 0, 4))
    axes.figure.colorbar(image)


@pytest.mark.parametrize("draw", [filled, twin, scaled])
def test_what_a_function_draws_elsewhere_is_not_drawn_twice(draw: Callable[..., None]) -> None:
    shown = Shown(draw)
    for half_life in (3.0, 4.0, 2.0):
        shown.at(half_life)
    shown.raster.draw()
    assert shown.count() == Shown(draw).count()


@pytest.mark.parametrize("limits", [{"bottom": 0}, {"top": 40}, {"ylim": (0, None)}])
def test_a_limit_that_is_left_open_follows_the_data(limits: dict[str, Any]) -> None:
    def open_above(axes: Any, half_life: float) -> None:
        axes.plot(T, half_life * T)
        (axes.set if "ylim" in limits else axes.set_ylim)(**limits)

    shown = Shown(open_above)
    for half_life in (4.0, 0.5):
        shown.at(half_life)
        anew = Shown(open_above, half_life)
        assert shown.axes().get_ylim() == anew.axes().get_ylim()


def test_a_cube_is_turned() -> None:
    def cube(axes: Any, half_life: float) -> None:
        axes.plot(T, T**2, T**3)
        axes.view_init(elev=20, azim=half_life)

    shown = Shown(cube, projection="3d")
    assert shown.at(90.0) == Region(0, 0, 400, 240)
    assert shown.is_as_drawn_anew()


def test_what_a_function_returns_is_told() -> None:
    def falling(axes: Any, half_life: float) -> str:
        axes.plot(T, 0.5 ** (T / half_life))
        return f"It halves every {half_life:g} s."

    shown = Shown(falling)
    shown.at(4.0)
    assert shown.replay.describe() == "text It halves every 4 s."


def test_after_an_error_in_the_midst_it_draws_on() -> None:
    def picky(axes: Any, half_life: float) -> None:
        axes.plot(T, half_life * T)
        axes.set_ylim(0, 30)
        if half_life > 3:
            raise ValueError("That is too long.")

    shown = Shown(picky)
    with pytest.raises(ValueError, match="too long"):
        shown.at(4.0)
    shown.at(2.0)
    assert shown.is_as_drawn_anew()


def test_after_an_error_it_draws_on() -> None:
    def picky(axes: Any, half_life: float) -> None:
        if half_life < 0:
            raise ValueError("A half-life is positive.")
        decay(axes, half_life)

    shown = Shown(picky)
    with pytest.raises(ValueError, match="positive"):
        shown.at(-1.0)
    shown.at(4.0)
    assert shown.is_as_drawn_anew()
