# The page Decay as nicegui-pyodide's README writes an app: the `app.py` of a built folder.

import nicegui_pyodide  # noqa: F401
import numpy as np
from nicegui import Client, ui
from nicegui_pyodide import page


def decay() -> None:
    """Draw what is left of an activity over time."""
    t = np.linspace(0, 100, 400)
    with plot.figure as figure:
        figure.clear()
        axes = figure.subplots()
        axes.plot(t, activity.value * 0.5 ** (t / half_life.value))
        axes.set(xlabel="time in s", ylabel="activity in Bq")


with Client(page("/")) as client:
    ui.label("Radioactive decay").classes("text-h4")
    plot = ui.matplotlib()
    ui.label("Half-life in s")
    half_life = ui.slider(min=1, max=50, value=10, on_change=decay)
    ui.label("Activity in Bq")
    activity = ui.slider(min=1, max=1000, value=500, on_change=decay)
    decay()
