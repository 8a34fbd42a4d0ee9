"""Figures as pixels, drawn by matplotlib on CPython."""

from contextlib import nullcontext
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from patterns import raster as raster_module
from patterns.plot import Theme
from patterns.raster import Raster, Region, enclosing

THEME = Theme("#1c2430", "#fefdfc", "#ddd8cb", ("#0f5c6e", "#c2570c"))


class Wave:
    """A line that moves, and a number that stands outside of the axes."""

    def __init__(self, phase: float = 0) -> None:
        self.phase = phase
        self._x = np.linspace(0, 10, 201)

    def build(self, figure: Any, theme: Theme) -> list[Any]:
        axes = figure.add_subplot(title="Wave", xlim=(0, 10), ylim=(-2, 2))
        (self._line,) = axes.plot(self._x, self._x, color=theme.curves[1])
        self._number = figure.text(0.01, 0.98, "", va="top")
        return [self._line, self._number]

    def update(self) -> None:
        self._line.set_ydata(np.sin(self._x + self.phase))
        self._number.set_text(f"{self.phase:.0f}")

    def describe(self) -> str:
        return f"A wave at {self.phase:.0f}."


@pytest.fixture
def wave() -> Wave:
    return Wave()


def drawn(wave: Wave, **size: float) -> Raster:
    raster = Raster(wave, THEME, **{"width": 400, "height": 240, "scale": 1.5, **size})
    raster.draw()
    return raster


def picture(raster: Raster) -> Any:
    return np.asarray(raster.pixels).copy()


@pytest.mark.parametrize(("width", "scale"), [(400, 1), (333, 1.25), (641, 1.5), (300, 3)])
def test_a_raster_has_the_pixels_it_was_asked_for(wave: Wave, width: int, scale: float) -> None:
    raster = drawn(wave, width=width, scale=scale)

    assert (raster.width, raster.height) == (round(width * scale), round(240 * scale))
    assert raster.pixels.shape == (raster.height, raster.width, 4)
    assert tuple(picture(raster)[-1, -1]) == (0xFE, 0xFD, 0xFC, 255)


@pytest.mark.parametrize("width", [240, 310, 390, 520, 700, 980])
@pytest.mark.parametrize("highest", [2, 90, 100_500, 1e-7])
def test_labels_stand_where_more_rounds_of_layout_would_leave_them(
    width: int, highest: float
) -> None:
    class Tall(Wave):
        def build(self, figure: Any, theme: Theme) -> list[Any]:
            moving = super().build(figure, theme)
            figure.axes[0].set(ylim=(0, highest), xlim=(0, highest), xlabel="x", ylabel="y")
            self.figure = figure
            return moving

    tall = Tall()
    drawn(tall, width=width)
    (axes,) = tall.figure.axes
    found = axes.get_window_extent().extents
    tall.figure.set_layout_engine("constrained")
    for _ in range(3):
        tall.figure.draw_without_rendering()

    assert np.abs(axes.get_window_extent().extents - found).max() < 1.5


def with_a_colour_bar(figure: Any) -> None:
    axes = figure.add_subplot()
    figure.colorbar(axes.imshow([[0, 1e5], [2e5, 3e5]]), label="counts")


def beside_each_other(figure: Any) -> None:
    for column, axes in enumerate(figure.subplots(1, 2, sharex=True)):
        axes.plot([0, 1, 2], [0, 10**column, 1e3**column], label="line")
    figure.legend(["line"], loc="outside lower center")


def with_two_scales(figure: Any) -> None:
    axes = figure.add_subplot(xlabel="x", ylabel="y")
    axes.semilogy([1, 2], [1, 1e9])
    axes.twinx().set(ylabel="second", ylim=(0, 1e-7))


def around_a_pole(figure: Any) -> None:
    figure.add_subplot(projection="polar").plot([0, 1, 2])


@pytest.mark.parametrize("width", [240, 390, 700])
@pytest.mark.parametrize(
    "fill", [with_a_colour_bar, beside_each_other, with_two_scales, around_a_pole]
)
def test_all_stands_where_matplotlib_would_leave_it(width: int, fill: Any) -> None:
    class Filled(Wave):
        def build(self, figure: Any, _theme: Theme) -> list[Any]:
            fill(figure)
            self.figure = figure
            return []

        def update(self) -> None:
            pass

    filled = Filled()
    drawn(filled, width=width, scale=1)
    found = [axes.get_window_extent().extents for axes in filled.figure.axes]
    filled.figure.set_layout_engine("constrained")
    for _ in range(3):
        filled.figure.draw_without_rendering()

    settled = [axes.get_window_extent().extents for axes in filled.figure.axes]
    assert np.abs(np.array(settled) - found).max() < 1.5


def test_moving_gives_the_same_picture_as_drawing_everything(wave: Wave) -> None:
    raster = drawn(wave)

    for wave.phase in (1, 25, 3):
        raster.move()

    assert (picture(raster) == picture(drawn(Wave(3)))).all()


def test_moving_tells_every_pixel_that_has_changed(wave: Wave) -> None:
    raster = drawn(wave)
    before = picture(raster)

    wave.phase = 25
    x, y, width, height = raster.move()

    changed = (picture(raster) != before).any(axis=2)
    assert changed.any()
    changed[y : y + height, x : x + width] = False
    assert not changed.any()
    assert width * height < raster.width * raster.height


def test_the_file_shows_what_moves_too(wave: Wave) -> None:
    wave.phase = 7
    svg = ElementTree.fromstring(drawn(wave).save("svg"))  # noqa: S314 - our own

    paths = [path.get("style", "") for path in svg.iter("{http://www.w3.org/2000/svg}path")]
    assert any("#c2570c" in style for style in paths)


@pytest.mark.parametrize("file_format", ["svg", "png"])
def test_the_file_shows_what_was_not_drawn_yet(wave: Wave, file_format: Any) -> None:
    raster = Raster(wave, THEME, width=400, height=240, scale=1.5)
    undrawn = raster.save(file_format)
    raster.draw()
    assert raster.save(file_format) == undrawn

    wave.phase = 7
    changed = raster.save(file_format)
    raster.move()
    assert changed == raster.save(file_format) != undrawn


def test_the_same_figure_gives_the_same_file(wave: Wave) -> None:
    raster = drawn(wave)

    assert raster.save("svg") == raster.save("svg")
    assert raster.save("png").startswith(b"\x89PNG\r\n\x1a\n")


class Growing:
    """A line whose axes grow with it, in any order of magnitude."""

    def __init__(self, magnitude: float, *, grid: bool) -> None:
        self.step = 0
        self._magnitude = magnitude
        self._grid = grid

    def build(self, figure: Any, _theme: Theme) -> list[Any]:
        self._axes = figure.add_subplot(title="Growing", xlabel="x", ylabel="y")
        self._axes.grid(visible=self._grid)
        self._axes.tick_params(axis="y", labelsize=8)
        self._axes.text(0.5, 0.5, "$x^2$ level", transform=self._axes.transAxes)
        self._axes.text(0.2, 0.6, "leaning", rotation=30, transform=self._axes.transAxes)
        (self._line,) = self._axes.plot([0], [0])
        return [self._line]

    def update(self) -> None:
        x = np.linspace(0, 1 + self.step, 50)
        self._line.set_data(x, self._magnitude * x**2)
        self._axes.set(xlim=(0, x[-1]), ylim=(0, self._magnitude * x[-1] ** 2))

    def describe(self) -> str:
        return "A growing line."


@pytest.mark.parametrize("grid", [True, False])
@pytest.mark.parametrize("magnitude", [1, 1e7, 1e-5])
def test_what_is_spared_in_drawing_changes_no_pixel(
    monkeypatch: pytest.MonkeyPatch, magnitude: float, grid: bool
) -> None:
    def pictures() -> list[Any]:
        drawing = Growing(magnitude, grid=grid)
        raster = Raster(drawing, THEME, width=400, height=240, scale=1)
        found = []
        for drawing.step in (0, 1, 7, 99, 2):
            raster.draw()
            found.append(picture(raster))
        return found

    spared = pictures()
    for shortcut in ("_sparing", "_remembering"):
        monkeypatch.setattr(f"patterns.raster.{shortcut}", lambda *_: nullcontext())

    assert np.array_equal(spared, pictures())
    assert len({image.tobytes() for image in spared}) == len(spared)


def test_no_more_texts_are_remembered_than_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def last_picture() -> Any:
        drawing = Growing(1, grid=True)
        raster = Raster(drawing, THEME, width=400, height=240, scale=1)
        for drawing.step in range(12):
            raster.draw()
            assert len(raster._texts) <= raster_module.MOST_TEXTS
        return picture(raster)

    roomy = last_picture()
    monkeypatch.setattr(raster_module, "MOST_TEXTS", 3)

    assert (roomy == last_picture()).all()


def test_drawing_leaves_matplotlibs_settings_as_they_were(wave: Wave) -> None:
    import matplotlib

    with matplotlib.rc_context():
        before = dict(matplotlib.rcParams)

        drawn(wave).draw()

        assert dict(matplotlib.rcParams) == before


def test_after_saving_a_file_the_picture_is_as_it_was(wave: Wave) -> None:
    raster = drawn(wave)
    before = picture(raster)

    raster.save("png")
    region = raster.move()

    assert region == Region(0, 0, raster.width, raster.height)
    assert (picture(raster) == before).all()


def test_regions_are_enclosed_and_empty_ones_do_not_count() -> None:
    regions = [Region(5, 6, 10, 2), Region(0, 0, 0, 9), Region(8, 1, 3, 3)]

    assert enclosing(regions) == Region(5, 1, 10, 7)
    assert enclosing([]) == Region(0, 0, 0, 0)
