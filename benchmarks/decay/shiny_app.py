# The page Decay as Shiny Express writes an app.

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from shiny.express import input, render, ui

ui.h1("Radioactive decay")
ui.input_slider("half_life", "Half-life in s", 1, 50, 10)
ui.input_slider("activity", "Activity in Bq", 1, 1000, 500)


@render.plot
def decay() -> Figure:
    """Draw what is left of an activity over time."""
    t = np.linspace(0, 100, 400)
    figure, axes = plt.subplots()
    axes.plot(t, input.activity() * 0.5 ** (t / input.half_life()))
    axes.set(xlabel="time in s", ylabel="activity in Bq")
    return figure
