# The page Decay as PuePy's tutorial writes an app.

import io

import matplotlib.pyplot as plt
import numpy as np
from puepy import Application, Page, t
from puepy.core import html

app = Application()


def decay(half_life: float, activity: float) -> str:
    """Draw what is left of an activity over time."""
    time = np.linspace(0, 100, 400)
    figure, axes = plt.subplots()
    axes.plot(time, activity * 0.5 ** (time / half_life))
    axes.set(xlabel="time in s", ylabel="activity in Bq")
    picture = io.StringIO()
    figure.savefig(picture, format="svg")
    plt.close(figure)
    return picture.getvalue()


@app.page()
class Decay(Page):
    def initial(self):
        return {"half_life": 10, "activity": 500}

    def populate(self):
        t.h1("Radioactive decay")
        t.div(html(decay(float(self.state["half_life"]), float(self.state["activity"]))))
        with t.label("Half-life in s"):
            t.input(type="range", min=1, max=50, bind="half_life")
        with t.label("Activity in Bq"):
            t.input(type="range", min=1, max=1000, bind="activity")


app.mount("#app")
