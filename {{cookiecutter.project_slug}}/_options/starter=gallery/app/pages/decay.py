"""Shows patterns.live: sliders that drive a figure."""

from typing import Any

import numpy as np

from patterns.controls import slider
from patterns.dom import Element, element
from patterns.events import Handlers
from patterns.live import live_figure


def decay(axes: Any, half_life: float, activity: float) -> None:
    """Draw what is left of an activity over time."""
    t = np.linspace(0, 100, 400)
    axes.plot(t, activity * 0.5 ** (t / half_life))
    axes.set(xlabel="time in s", ylabel="activity in Bq")


def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page."""
    root.append(
        element("h1", "Radioactive decay"),
        live_figure(
            decay,
            handlers,
            title="Decay",
            half_life=slider("Half-life in s", 1, 50, 10),
            activity=slider("Activity in Bq", 1, 1000, 500),
        ),
    )
