"""Shows patterns.canvas: figures of every kind, redrawn live by sliders and by a timer."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from patterns.canvas import CanvasFigure
from patterns.dom import Element, element, update
from patterns.events import Handlers
from patterns.plot import Theme

if TYPE_CHECKING:
    from asyncio import Task

    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

STARS = 50_000
FRAME_SECONDS = 1 / 30


def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page; each figure is drawn when it comes into view."""
    root.append(
        element("h1", "Plots"),
        element(
            "p",
            "Figures that follow a slider or a clock, drawn by matplotlib and shown on a canvas. "
            "Each is drawn when you scroll to it, and can be saved.",
            class_="lead",
        ),
        element(
            "div",
            fourier_example(handlers),
            beats_example(handlers),
            histogram_example(handlers),
            lorenz_example(handlers),
            galaxy_example(handlers),
            ripples_example(handlers),
            oscillator_example(handlers),
            ways(),
            class_="figures",
        ),
    )


# ---------------------------------------------------------------- only data changes


def fourier_example(handlers: Handlers) -> Element:
    """Return a slider that moves one line over axes that stand still."""
    drawing = Fourier()
    figure = FigureCard("fourier", drawing, handlers)

    def follow(terms: int) -> None:
        drawing.terms = terms
        figure.canvas.move()

    control = slider("Terms", "terms", (1, 40), drawing.terms, follow, handlers)
    return figure.section("A slider, where only data changes", control)


class Fourier:
    """Partial sums of the Fourier series of a square wave."""

    terms = 3

    def build(self, figure: "Figure", theme: Theme) -> "Sequence[Artist]":
        self._t = np.linspace(-np.pi, np.pi, 801)
        axes = figure.add_subplot(
            title=r"$f_n(t) = \frac{4}{\pi}\,\sum_{k=1}^{n} \frac{\sin\,(2k-1)\,t}{2k-1}$",
            xlabel="$t$",
            xlim=(-np.pi, np.pi),
            ylim=(-1.5, 1.5),
            xticks=[-np.pi, 0, np.pi],
            xticklabels=[r"$-\pi$", "0", r"$\pi$"],
        )
        axes.plot(self._t, np.sign(self._t), color=theme.grid)
        (self._line,) = axes.plot(self._t, self._t)
        self._label = axes.text(0.02, 0.95, "", transform=axes.transAxes, va="top")
        return [self._line, self._label]

    def update(self) -> None:
        odd = 2 * np.arange(1, self.terms + 1) - 1
        self._line.set_ydata(4 / np.pi * (np.sin(np.outer(self._t, odd)) / odd).sum(axis=1))
        self._label.set_text(f"$n = {self.terms}$")

    def describe(self) -> str:
        return (
            f"The first {self.terms} terms of the Fourier series of a square wave: it swings "
            f"{2 * self.terms - 1} times as fast as the wave, and overshoots at its edges."
        )


# ---------------------------------------------------------------- a timer


def beats_example(handlers: Handlers) -> Element:
    """Return a figure that a timer moves on, until it is stopped or the page is left."""
    drawing = Beats()
    figure = FigureCard("beats", drawing, handlers)
    switch = element("button", "Start", type="button", id="beats-switch", class_="primary")
    running: Task[None] | None = None

    async def run() -> None:
        while True:
            drawing.time += FRAME_SECONDS
            figure.canvas.move()
            await asyncio.sleep(FRAME_SECONDS)

    def turn() -> None:
        nonlocal running
        if running is None:
            running = handlers.start(run())
        else:
            running.cancel()
            running = None
        update(switch, text="Start" if running is None else "Stop")

    handlers.on(switch, "click", turn)
    return figure.section("A timer", element("p", switch))


class Beats:
    """Two waves of nearly the same length, and the groups that they make together."""

    time = 0.0

    def build(self, figure: "Figure", _theme: Theme) -> "Sequence[Artist]":
        self._x = np.linspace(0, 60, 901)
        axes = figure.add_subplot(
            title="Two waves make groups", xlabel="x in m", xlim=(0, 60), ylim=(-2.3, 2.3)
        )
        (self._sum,) = axes.plot(self._x, self._x)
        (self._group,) = axes.plot(self._x, self._x, linestyle="dashed")
        return [self._sum, self._group]

    def update(self) -> None:
        # Deep water: the angular frequency goes with the root of the wave number.
        long, short = 1.0, 1.2
        phases = [k * self._x - np.sqrt(9.81 * k) * self.time for k in (long, short)]
        self._sum.set_ydata(np.sin(phases[0]) + np.sin(phases[1]))
        self._group.set_ydata(2 * np.abs(np.cos((phases[1] - phases[0]) / 2)))

    def describe(self) -> str:
        return f"Two water waves and the groups that they make, {self.time:.1f} s after the start."


# ---------------------------------------------------------------- the axes change too


def histogram_example(handlers: Handlers) -> Element:
    """Return a slider that changes the axes too."""
    drawing = Histogram()
    figure = FigureCard("histogram", drawing, handlers)

    def follow(bins: int) -> None:
        drawing.bins = bins
        figure.canvas.redraw()

    control = slider("Bins", "bins", (4, 120), drawing.bins, follow, handlers)
    return figure.section("A histogram, where the axes change too", control)


class Histogram:
    """10,000 waiting times, sorted into bins."""

    bins = 30

    def build(self, figure: "Figure", theme: Theme) -> "Sequence[Artist]":
        self._waits = np.random.default_rng(7).gamma(shape=3, scale=2, size=10_000)
        self._axes = figure.add_subplot(
            title="Waiting times", xlabel="minutes", ylabel="visitors", xlim=(0, 25)
        )
        self._bars = self._axes.stairs([0], [0, 1], fill=True, color=theme.curves[0])
        return []

    def update(self) -> None:
        counts, edges = np.histogram(self._waits, bins=self.bins, range=(0, 25))
        self._bars.set_data(counts, edges)
        self._axes.set_ylim(0, counts.max() * 1.05)

    def describe(self) -> str:
        counts, edges = np.histogram(self._waits, bins=self.bins, range=(0, 25))
        fullest = int(counts.argmax())
        return (
            f"Histogram of 10,000 waiting times in {self.bins} bins: {counts[fullest]} visitors in "
            f"the fullest, from {edges[fullest]:.1f} to {edges[fullest + 1]:.1f} minutes."
        )


def lorenz_example(handlers: Handlers) -> Element:
    """Return a figure in three dimensions, turned by a slider."""
    drawing = Lorenz()
    figure = FigureCard("lorenz", drawing, handlers)

    def follow(azimuth: int) -> None:
        drawing.azimuth = azimuth
        figure.canvas.redraw()

    control = slider(
        "Seen from, in degrees", "azimuth", (0, 360), drawing.azimuth, follow, handlers
    )
    return figure.section("Three dimensions", control)


class Lorenz:
    """The Lorenz attractor, from any side."""

    azimuth = 320

    def build(self, figure: "Figure", _theme: Theme) -> "Sequence[Artist]":
        # Not every matplotlib says that these axes have a third dimension.
        self._axes = cast(Any, figure.add_subplot(projection="3d"))
        # By hand: matplotlib's layout leaves a cube little room.
        self._axes.set_position((0, 0.08, 0.96, 0.8))
        self._axes.set(title="Lorenz attractor", xlabel="x", ylabel="y", zlabel="z")
        self._axes.set_box_aspect((5, 5, 3), zoom=1.05)
        self._axes.plot(*lorenz_orbit(), linewidth=0.7)
        return []

    def update(self) -> None:
        self._axes.view_init(elev=18, azim=self.azimuth)

    def describe(self) -> str:
        return (
            f"The Lorenz attractor seen from {self.azimuth} degrees: a line that circles in two "
            "wings and changes between them without ever meeting itself."
        )


def lorenz_orbit(steps: int = 4000, step: float = 0.01) -> Any:
    """Return x, y and z, 3 by ``steps``, of the Lorenz equations with their usual parameters.

    Source: E. N. Lorenz, J. Atmos. Sci. 20 (1963), 130-141; Runge-Kutta of fourth order.
    """

    def slope(x: float, y: float, z: float) -> tuple[float, float, float]:
        return 10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z

    def beyond(share: float, rate: tuple[float, float, float]) -> tuple[float, float, float]:
        return x + share * rate[0], y + share * rate[1], z + share * rate[2]

    x, y, z = 1.0, 1.0, 20.0
    orbit = [(x, y, z)]
    # In plain numbers: for three at a time, numpy would take several times as long.
    for _ in range(steps - 1):
        a = slope(x, y, z)
        b = slope(*beyond(step / 2, a))
        c = slope(*beyond(step / 2, b))
        d = slope(*beyond(step, c))
        means = [(i + 2 * j + 2 * k + m) / 6 for i, j, k, m in zip(a, b, c, d, strict=True)]
        x, y, z = beyond(step, (means[0], means[1], means[2]))
        orbit.append((x, y, z))
    return np.array(orbit).T


# ---------------------------------------------------------------- much to draw


def galaxy_example(handlers: Handlers) -> Element:
    """Return a figure of very many points."""
    return FigureCard("galaxy", Galaxy(), handlers).section("50,000 points")


class Galaxy:
    """Stars in two spiral arms."""

    def build(self, figure: "Figure", theme: Theme) -> "Sequence[Artist]":
        random = np.random.default_rng(11)
        radius = random.gamma(2.2, 1.6, STARS)
        angle = 1.9 * np.log(radius + 0.4) + np.pi * random.integers(0, 2, STARS)
        angle += random.normal(0, 0.28, STARS)
        axes = figure.add_subplot(
            title=f"{STARS:,} stars", xlabel="x in kpc", ylabel="y in kpc", aspect="equal"
        )
        axes.set(xlim=(-14, 14), ylim=(-9, 9))
        axes.scatter(
            radius * np.cos(angle),
            radius * np.sin(angle),
            s=1.2,
            alpha=0.35,
            linewidths=0,
            color=theme.curves[0],
            # In an SVG they are one picture, not 50,000 shapes.
            rasterized=True,
        )
        return []

    def update(self) -> None:
        """Do nothing: the stars stand still."""

    def describe(self) -> str:
        return f"{STARS:,} stars of a galaxy with two spiral arms, seen from above."


def ripples_example(handlers: Handlers) -> Element:
    """Return an image with the scale of its colours."""
    return FigureCard("ripples", Ripples(), handlers).section("An image")


class Ripples:
    """The pattern of two sources of waves."""

    def build(self, figure: "Figure", theme: Theme) -> "Sequence[Artist]":
        from matplotlib.colors import LinearSegmentedColormap

        x, y = np.meshgrid(np.linspace(-12, 12, 480), np.linspace(-8, 8, 320))
        height = sum(np.sin(2.4 * np.hypot(x - at, y)) for at in (-3, 3))
        axes = figure.add_subplot(title="Two sources", xlabel="x in cm", ylabel="y in cm")
        axes.grid(visible=False)
        shades: Any = [theme.curves[0], theme.paper, theme.curves[1]]
        image = axes.imshow(
            height,
            extent=(-12, 12, -8, 8),
            cmap=LinearSegmentedColormap.from_list("height", shades),
        )
        figure.colorbar(image, label="height in mm")
        return []

    def update(self) -> None:
        """Do nothing: this is one moment."""

    def describe(self) -> str:
        return (
            "Waves from two sources, 6 cm apart, at one moment: crests and troughs between lines "
            "along which they cancel each other."
        )


def oscillator_example(handlers: Handlers) -> Element:
    """Return a figure with two scales."""
    return FigureCard("oscillator", Oscillator(), handlers).section("Two axes")


class Oscillator:
    """A damped oscillation: its displacement on one axis, its energy on another."""

    def build(self, figure: "Figure", theme: Theme) -> "Sequence[Artist]":
        t = np.linspace(0, 12, 601)
        damping, frequency = 0.25, 2.5
        fall = np.exp(-damping * t)
        place = fall * np.cos(frequency * t)
        speed = -fall * (damping * np.cos(frequency * t) + frequency * np.sin(frequency * t))
        energy = (speed**2 + (frequency**2 + damping**2) * place**2) / 2

        left = figure.add_subplot(title="Damped oscillation", xlabel="t in s", xlim=(0, 12))
        right = cast(Any, left.twinx())
        right.spines["right"].set_visible(True)
        right.grid(visible=False)
        for axes, values, label, colour in (
            (left, place, "displacement in m", theme.curves[0]),
            (right, energy, "energy in J/kg", theme.curves[1]),
        ):
            axes.plot(t, values, color=colour)
            axes.set_ylabel(label, color=colour)
            axes.tick_params(axis="y", colors=colour)
        right.set_ylim(bottom=0)
        return []

    def update(self) -> None:
        """Do nothing: this is the whole of it."""

    def describe(self) -> str:
        return (
            "A damped oscillation: the displacement swings between ever smaller values, on the "
            "left axis, while the energy, on the right one, falls in steps from 3.2 J/kg towards 0."
        )


# ---------------------------------------------------------------- what examples are made of


class FigureCard:
    """A figure with its time of drawing and its files."""

    def __init__(self, name: str, drawing: Any, handlers: Handlers) -> None:
        self._name = name
        self._drawings = 0
        self._time = element("p", "Not drawn yet", id=f"{name}-time", class_="note")
        update(self._time, data_prerender="no")  # on another visitor's machine it is another one
        self.canvas = CanvasFigure(drawing, handlers, drawn=self._note_time)
        self._files = element(
            "p",
            self._file_button("svg", handlers),
            self._file_button("png", handlers),
            class_="row",
        )

    def section(self, title: str, *controls: Element) -> Element:
        """Return the part of the page that holds the figure, under its ``controls``."""
        return element(
            "section",
            element("h2", title),
            *controls,
            self.canvas.frame,
            self._time,
            self._files,
            id=self._name,
            class_="example",
        )

    def _file_button(self, file_format: Any, handlers: Handlers) -> Element:
        text = f"Save {file_format.upper()}"
        button = element("button", text, type="button", aria_label=f"{text}: {self._name}")
        handlers.on(button, "click", lambda: self.canvas.save(file_format, self._name))
        return button

    def _note_time(self, seconds: float) -> None:
        self._drawings += 1
        milliseconds = seconds * 1000
        text = f"Drawn in {milliseconds:.{0 if milliseconds >= 10 else 1}f} ms"
        update(self._time, text=text, data_drawings=self._drawings)


def slider(
    label: str,
    name: str,
    span: tuple[int, int],
    start: int,
    follow: Callable[[int], object],
    handlers: Handlers,
) -> Element:
    """Return a control for a whole number; ``follow`` is called with it as it moves."""
    control = element("input", type="range", id=name, min=span[0], max=span[1], value=start, step=1)
    number = element("span", start, class_="number")

    def move() -> None:
        update(number, text=str(control.value))
        follow(int(control.value))

    handlers.on(control, "input", move)
    return element("div", element("label", label, " ", number, for_=name), control, class_="field")


def ways() -> Element:
    """Return the part that says which way of drawing is for what."""
    rows = (
        ("figure.move()", "Only data changes: artists drawn over a saved background."),
        ("figure.redraw()", "Axes change too: the whole figure, in matplotlib's pixels."),
        ('figure.save("svg", name)', "Sharp print: lines and text as shapes."),
        ('figure.save("png", name)', "Slides and mail: pixels, two to each of CSS."),
    )
    items = [element("li", element("code", call), element("span", what)) for call, what in rows]
    return element(
        "section",
        element("h2", "Which way to draw"),
        element("ul", items, class_="ways"),
        class_="example",
    )
