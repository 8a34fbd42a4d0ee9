# The page Decay as Panel's documentation writes an app.

import numpy as np
import panel as pn
from matplotlib.figure import Figure

pn.extension()

half_life = pn.widgets.FloatSlider(name="Half-life in s", start=1, end=50, value=10)
activity = pn.widgets.FloatSlider(name="Activity in Bq", start=1, end=1000, value=500)


def decay(half_life: float, activity: float) -> Figure:
    """Draw what is left of an activity over time."""
    t = np.linspace(0, 100, 400)
    figure = Figure()
    axes = figure.subplots()
    axes.plot(t, activity * 0.5 ** (t / half_life))
    axes.set(xlabel="time in s", ylabel="activity in Bq")
    return figure


pn.Column(
    "# Radioactive decay",
    pn.pane.Matplotlib(pn.bind(decay, half_life, activity), tight=True),
    half_life,
    activity,
).servable()
