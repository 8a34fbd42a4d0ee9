# The page Decay as a notebook of marimo.

import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    import matplotlib.pyplot as plt
    import numpy as np

    return mo, np, plt


@app.cell
def _(mo):
    mo.md("# Radioactive decay")
    return


@app.cell
def _(mo):
    half_life = mo.ui.slider(1, 50, value=10, label="Half-life in s")
    activity = mo.ui.slider(1, 1000, value=500, label="Activity in Bq")
    mo.vstack([half_life, activity])
    return activity, half_life


@app.cell
def _(activity, half_life, np, plt):
    t = np.linspace(0, 100, 400)
    figure, axes = plt.subplots()
    axes.plot(t, activity.value * 0.5 ** (t / half_life.value))
    axes.set(xlabel="time in s", ylabel="activity in Bq")
    axes
    return


if __name__ == "__main__":
    app.run()
