"""Shows patterns.live: figures of every kind, redrawn live by sliders and by a clock."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patterns.clock import clock
from patterns.controls import slider
from patterns.dom import Element, element, update
from patterns.events import Handlers
from patterns.live import live_figure

STARS = 50_000
WAITS = np.random.default_rng(7).gamma(shape=3, scale=2, size=10_000)


def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page; each figure is drawn when it comes into view."""
    terms = slider("Terms", 1, 40, 3)
    bins = slider("Bins", 4, 120, 30)
    azimuth = slider("Seen from, in degrees", 0, 360, 320)
    figures = [
        timed(fourier, handlers, title="A slider, where only data changes", terms=terms),
        timed(beats, handlers, title="A clock", time=clock("Time in s")),
        timed(histogram, handlers, title="A histogram, where the axes change too", bins=bins),
        timed(lorenz, handlers, title="Three dimensions", projection="3d", azimuth=azimuth),
        timed(galaxy, handlers, title="50,000 points"),
        timed(ripples, handlers, title="An image"),
        timed(oscillator, handlers, title="Two axes"),
    ]
    lead = (
        "Figures that follow a slider or a clock, drawn by matplotlib and shown on a canvas. "
        "Each is drawn when you scroll to it, and can be saved."
    )
    root.append(
        element("h1", "Plots"),
        element("p", lead, class_="lead"),
        element("div", figures, class_="figures"),
    )


def timed(draw: Callable[..., object], handlers: Handlers, **options: Any) -> Element:
    """Return a figure that says below it how long the last drawing took."""
    note = element("p", "Not drawn yet", id=f"{draw.__name__}-time", class_="note")
    update(note, data_prerender="no")  # on another visitor's machine it is another one
    times: list[float] = []

    def drawn(seconds: float) -> None:
        times.append(seconds)
        digits = 0 if seconds >= 0.01 else 1
        update(note, text=f"Drawn in {1000 * seconds:.{digits}f} ms", data_drawings=len(times))

    section = live_figure(draw, handlers, name=draw.__name__, drawn=drawn, **options)
    section.append(note)
    return section


def fourier(axes: Any, terms: int) -> str:
    """The first terms of the Fourier series of a square wave."""
    t = np.linspace(-np.pi, np.pi, 801)
    odd = 2 * np.arange(1, terms + 1) - 1
    axes.set_title(r"$f_n(t) = \frac{4}{\pi}\,\sum_{k=1}^{n} \frac{\sin\,(2k-1)\,t}{2k-1}$")
    axes.set(xlabel="$t$", xlim=(-np.pi, np.pi), ylim=(-1.5, 1.5))
    axes.set(xticks=[-np.pi, 0, np.pi], xticklabels=[r"$-\pi$", "0", r"$\pi$"])
    axes.plot(t, np.sign(t), color="0.6")
    axes.plot(t, 4 / np.pi * (np.sin(np.outer(t, odd)) / odd).sum(axis=1))
    axes.text(0.02, 0.95, f"$n = {terms}$", transform=axes.transAxes, va="top")
    return f"It swings {odd[-1]} times as fast as the wave, and overshoots at its edges."


def beats(axes: Any, time: float) -> None:
    """Two water waves of nearly the same length, and the groups that they make together."""
    x = np.linspace(0, 60, 901)
    # Deep water: the angular frequency goes with the root of the wave number.
    long, short = (k * x - np.sqrt(9.81 * k) * time for k in (1.0, 1.2))
    axes.set(title="Two waves make groups", xlabel="x in m", xlim=(0, 60), ylim=(-2.3, 2.3))
    axes.plot(x, np.sin(long) + np.sin(short))
    axes.plot(x, 2 * np.abs(np.cos((short - long) / 2)), linestyle="dashed")


def histogram(axes: Any, bins: int) -> str:
    """10,000 waiting times, sorted into bins."""
    counts, edges = np.histogram(WAITS, bins=bins, range=(0, 25))
    axes.set(title="Waiting times", xlabel="minutes", ylabel="visitors")
    axes.set(xlim=(0, 25), ylim=(0, counts.max() * 1.05))
    axes.stairs(counts, edges, fill=True, color="C0")
    return f"Most visitors, {counts.max()} of them, wait {edges[counts.argmax()]:.1f} minutes."


def lorenz(axes: Any, azimuth: int) -> str:
    """The Lorenz attractor, from any side."""
    # By hand: matplotlib's layout leaves a cube little room.
    axes.set_position((0, 0.08, 0.96, 0.8))
    axes.set(title="Lorenz attractor", xlabel="x", ylabel="y", zlabel="z")
    axes.set_box_aspect((5, 5, 3), zoom=1.05)
    axes.plot(*lorenz_orbit(), linewidth=0.7)
    axes.view_init(elev=18, azim=azimuth)
    return "A line circles in two wings and changes between them, and never meets itself."


@cache
def lorenz_orbit(steps: int = 4000, step: float = 0.01) -> NDArray[np.float64]:
    """Return x, y and z, 3 by ``steps``, of the Lorenz equations with their usual parameters.

    Source: E. N. Lorenz, J. Atmos. Sci. 20 (1963), 130-141; by the midpoint rule.
    """

    def beyond(start: Any, share: float, at: Any) -> tuple[float, ...]:
        x, y, z = at
        rates = (10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z)
        return tuple(here + share * rate for here, rate in zip(start, rates, strict=True))

    orbit: list[tuple[float, ...]] = [(1.0, 1.0, 20.0)]
    while len(orbit) < steps:
        here = orbit[-1]
        orbit.append(beyond(here, step, beyond(here, step / 2, here)))
    return np.array(orbit).T


def galaxy(axes: Any) -> None:
    """Stars of a galaxy with two spiral arms, seen from above."""
    random = np.random.default_rng(11)
    radius = random.gamma(2.2, 1.6, STARS)
    angle = 1.9 * np.log(radius + 0.4) + np.pi * random.integers(0, 2, STARS)
    angle += random.normal(0, 0.28, STARS)
    axes.set(title=f"{STARS:,} stars", xlabel="x in kpc", ylabel="y in kpc", aspect="equal")
    axes.set(xlim=(-14, 14), ylim=(-9, 9))
    stars = axes.scatter(radius * np.cos(angle), radius * np.sin(angle), s=1.2, alpha=0.35)
    # In an SVG they are one picture, not 50,000 shapes.
    stars.set(linewidths=0, rasterized=True)


def ripples(figure: Any) -> None:
    """Waves from two sources, 6 cm apart, which cancel each other along lines."""
    from matplotlib.colors import LinearSegmentedColormap

    x, y = np.meshgrid(np.linspace(-12, 12, 480), np.linspace(-8, 8, 320))
    height = sum(np.sin(2.4 * np.hypot(x - at, y)) for at in (-3, 3))
    axes = figure.add_subplot(title="Two sources", xlabel="x in cm", ylabel="y in cm")
    axes.grid(visible=False)
    shades = LinearSegmentedColormap.from_list("height", ["C0", axes.get_facecolor(), "C1"])
    image = axes.imshow(height, extent=(-12, 12, -8, 8), cmap=shades)
    figure.colorbar(image, label="height in mm")


def oscillator(figure: Any) -> str:
    """A damped oscillation: its displacement on the left axis, its energy on the right one."""
    t = np.linspace(0, 12, 601)
    damping, frequency = 0.25, 2.5
    fall = np.exp(-damping * t)
    place = fall * np.cos(frequency * t)
    speed = -fall * (damping * np.cos(frequency * t) + frequency * np.sin(frequency * t))
    energy = (speed**2 + (frequency**2 + damping**2) * place**2) / 2
    left = figure.add_subplot(title="Damped oscillation", xlabel="t in s", xlim=(0, 12))
    right = left.twinx()
    right.spines["right"].set_visible(True)
    right.grid(visible=False)
    for axes, values, colour in ((left, place, "C0"), (right, energy, "C1")):
        axes.plot(t, values, color=colour)
        axes.tick_params(axis="y", colors=colour)
    left.set_ylabel("displacement in m", color="C0")
    right.set_ylabel("energy in J/kg", color="C1")
    right.set_ylim(bottom=0)
    return "The energy falls in steps from 3.2 J/kg towards 0."
