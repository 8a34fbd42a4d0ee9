# The page Decay as the `app/main.py` that `wyb init` begins.

import io

import matplotlib.pyplot as plt
import numpy as np
from wybthon import component, create_signal, div, h1, input_, label


def decay(half_life: float, activity: float) -> str:
    """Draw what is left of an activity over time."""
    t = np.linspace(0, 100, 400)
    figure, axes = plt.subplots()
    axes.plot(t, activity * 0.5 ** (t / half_life))
    axes.set(xlabel="time in s", ylabel="activity in Bq")
    picture = io.StringIO()
    figure.savefig(picture, format="svg")
    plt.close(figure)
    return picture.getvalue()


@component
def App():
    half_life, set_half_life = create_signal(10.0)
    activity, set_activity = create_signal(500.0)
    return div(
        h1("Radioactive decay"),
        div(inner_html=lambda: decay(half_life(), activity())),
        label(
            "Half-life in s",
            input_(
                type="range",
                min=1,
                max=50,
                value=half_life,
                on_input=lambda event: set_half_life(float(event.target.value)),
            ),
        ),
        label(
            "Activity in Bq",
            input_(
                type="range",
                min=1,
                max=1000,
                value=activity,
                on_input=lambda event: set_activity(float(event.target.value)),
            ),
        ),
    )


def app():
    return App()
