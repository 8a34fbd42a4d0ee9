"""Draws the same line again and again in different ways; runs in the browser, in a booted app.

`make bench-redraw` sends it there. A way is a function that draws once and returns the seconds that
it took, until the browser has the picture: an <img> its source, a <canvas> its pixels.
"""

# What it imports is in the browser alone.
# mypy: ignore-errors

import asyncio
import base64
import cProfile
import io
import json
import pstats
import time
from collections.abc import Awaitable, Callable
from typing import Any

import matplotlib as mpl
import numpy as np
from js import ImageData, window
from matplotlib.figure import Figure
from patterns import canvas, controls
from patterns.dom import Element, element, find, show_image
from patterns.events import Handlers
from patterns.live import live_figure
from pyodide.ffi import create_proxy

WIDTH, HEIGHT = 640, 480
DPI = 100
WARM_UP = 3
LONGEST_DRAWING = 30

Way = Callable[[int], Awaitable[float]]


def line(number: int) -> tuple[Any, Any]:
    """Return the points of the curve to draw next: its mean and its deviation move."""
    mu, sigma = number % 7 / 10, 1 + number % 5 / 10
    x = np.linspace(mu - 3 * sigma, mu + 3 * sigma, 301)
    return x, np.exp(-(((x - mu) / sigma) ** 2) / 2) / (sigma * np.sqrt(2 * np.pi))


def new_figure(*, grid: bool) -> Way:
    """A new figure each time, saved as PNG, as base64 in an <img>: the reference article's way."""
    import matplotlib.pyplot as plt

    image = shown(element("img"))

    async def draw(number: int) -> float:
        started = time.perf_counter()
        figure, axes = plt.subplots(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI)
        describe(axes, grid=grid)
        axes.plot(*line(number))
        content = io.BytesIO()
        figure.savefig(content, format="png")
        plt.close(figure)
        image.src = "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()
        return time.perf_counter() - started

    return draw


def kept_figure_as_svg() -> Way:
    """The same figure, saved as SVG for an <img>."""
    image = shown(element("img"))
    figure, axes = kept_figure()

    async def draw(number: int) -> float:
        started = time.perf_counter()
        change(axes, number)
        content = io.BytesIO()
        figure.savefig(content, format="svg")
        show_image(image, content.getvalue(), "image/svg+xml", "")
        return time.perf_counter() - started

    return draw


def kept_figure_on_canvas() -> Way:
    """The same figure, its pixels put on a <canvas>."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    target = shown(element("canvas", width=WIDTH, height=HEIGHT))
    figure, axes = kept_figure()
    agg: Any = FigureCanvasAgg(figure)

    async def draw(number: int) -> float:
        started = time.perf_counter()
        change(axes, number)
        agg.draw()
        proxy = create_proxy(memoryview(agg.buffer_rgba()))
        view = proxy.getBuffer("u8clamped")
        image = ImageData.new(view.data, WIDTH, HEIGHT)
        target.getContext("2d").putImageData(image, 0, 0)
        view.release()
        proxy.destroy()
        return time.perf_counter() - started

    return draw


class Density:
    """The drawing that patterns.canvas shows."""

    def __init__(self, *, grid: bool) -> None:
        self.number = 0
        self.axes_change = True
        self._grid = grid

    def build(self, figure: Figure, _theme: object) -> list[Any]:
        self._axes = figure.add_subplot()
        describe(self._axes, grid=self._grid)
        (self._line,) = self._axes.plot(*line(0))
        return [self._line]

    def update(self) -> None:
        x, density = line(self.number)
        self._line.set_data(x, density)
        if self.axes_change:
            self._axes.set(xlim=(x[0], x[-1]), ylim=(0, 1.05 * density.max()))

    def describe(self) -> str:
        return "A normal density."


def pattern(*, axes_change: bool, grid: bool) -> Way:
    """A CanvasFigure of patterns.canvas, by `move` or by `redraw`."""
    # The first one is drawn when the figure comes into view, sooner or later.
    waiting: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def drawn(seconds: float) -> None:
        if not waiting.done():
            waiting.set_result(seconds)

    drawing = Density(grid=grid)
    figure = canvas.CanvasFigure(drawing, Handlers(), aspect=HEIGHT / WIDTH, drawn=drawn)
    shown(figure.frame)

    async def draw(number: int) -> float:
        nonlocal waiting
        if number:
            waiting = asyncio.get_running_loop().create_future()
            drawing.number = number
            drawing.axes_change = axes_change
            (figure.redraw if axes_change else figure.move)()
        return await asyncio.wait_for(waiting, LONGEST_DRAWING)

    return draw


def by_live_figure(*, axes_change: bool) -> Way:
    """A live_figure of patterns.live, whose control changes."""
    waiting: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def drawn(seconds: float) -> None:
        if not waiting.done():
            waiting.set_result(seconds)

    def density(axes: Any, turn: int) -> None:
        x, y = line(turn)
        describe(axes, grid=True)
        axes.plot(x, y)
        limits = (x[0], x[-1], 0, 1.05 * y.max()) if axes_change else (-5, 6, 0, 0.45)
        axes.set(xlim=limits[:2], ylim=limits[2:])

    turn = controls.number("Turn", 0)
    aspect = HEIGHT / WIDTH
    section = live_figure(
        density, Handlers(), title="Density", aspect=aspect, drawn=drawn, turn=turn
    )
    shown(find(".plot", section))
    typed = find("input", turn.element)

    async def draw(number: int) -> float:
        nonlocal waiting
        if number:
            waiting = asyncio.get_running_loop().create_future()
            typed.value = str(number)
            typed.dispatchEvent(window.Event.new("input"))
        return await asyncio.wait_for(waiting, LONGEST_DRAWING)

    return draw


def kept_figure() -> tuple[Figure, Any]:
    """Return a figure with one line, and its axes."""
    figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI)
    axes = figure.add_subplot()
    describe(axes, grid=False)
    axes.plot(*line(0))
    return figure, axes


def change(axes: Any, number: int) -> None:
    """Move the line, and the axes with it."""
    axes.lines[0].set_data(*line(number))
    axes.relim()
    axes.autoscale_view()


def describe(axes: Any, *, grid: bool) -> None:
    """Give axes what every figure here has."""
    axes.set(title="Normal density", xlabel="x", ylabel="density")
    axes.grid(visible=grid)


def shown(node: Element) -> Element:
    """Put an element where the browser paints it."""
    node.style.width = f"{WIDTH}px"
    node.style.height = f"{HEIGHT}px"
    find("#redraw").append(node)
    return node


async def prepared() -> dict[str, Way]:
    """Make every way ready, warmed up."""
    mpl.use("agg")
    # Figures that come to rest are laid out again; here none is left in peace.
    canvas.SECONDS_OF_REST = 1e6
    place = element("div", id="redraw", style="display: grid; grid-template-columns: 640px 640px")
    window.document.body.prepend(place._dom_element)
    ways = {
        "new figure, PNG, base64": new_figure(grid=False),
        "new figure with a grid, PNG, base64": new_figure(grid=True),
        "kept figure, SVG": kept_figure_as_svg(),
        "kept figure, canvas": kept_figure_on_canvas(),
        "pattern, axes change": pattern(axes_change=True, grid=False),
        "pattern, axes change, with a grid": pattern(axes_change=True, grid=True),
        "pattern, only data changes": pattern(axes_change=False, grid=True),
        "live_figure, axes change, with a grid": by_live_figure(axes_change=True),
        "live_figure, only data changes": by_live_figure(axes_change=False),
    }
    for number in range(WARM_UP):
        for draw in ways.values():
            await draw(number)
    return ways


async def measure(rounds: int) -> str:
    """Return milliseconds by way as JSON; the ways take turns."""
    ways = await prepared()
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(WARM_UP, WARM_UP + rounds):
        for name, draw in ways.items():
            taken[name].append(round(1000 * await draw(number), 2))
    return json.dumps(taken)


async def profile(name: str, rounds: int) -> str:
    """Return where the time of one way goes, as cProfile's table."""
    draw = (await prepared())[name]
    profiler = cProfile.Profile()
    profiler.enable()
    for number in range(WARM_UP, WARM_UP + rounds):
        await draw(number)
    profiler.disable()
    output = io.StringIO()
    pstats.Stats(profiler, stream=output).strip_dirs().sort_stats("tottime").print_stats(45)
    pstats.Stats(profiler, stream=output).strip_dirs().sort_stats("cumtime").print_stats(60)
    return output.getvalue()
