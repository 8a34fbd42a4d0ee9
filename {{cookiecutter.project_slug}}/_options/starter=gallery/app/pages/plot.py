"""Shows patterns.live: normal densities for the mu and sigma that the visitor types."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from patterns.controls import button, number
from patterns.dom import Element, element
from patterns.events import Handlers
from patterns.live import live_figure

# More would leave the legend no room on a phone.
MOST_CURVES = 12


def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page; the figure follows as soon as matplotlib is there."""
    kept: list[tuple[float, float]] = []
    mu, sigma = number("Mean, mu", 0.0), number("Standard deviation, sigma", 1.0)
    keep, clear = button("Keep this curve"), button("Clear")
    keep.on_change(lambda: kept.append((mu.value, sigma.value)), handlers)
    clear.on_change(kept.clear, handlers)

    def densities(axes: Any, mu: float, sigma: float, **_: int) -> str:
        """Normal densities over three standard deviations to either side."""
        curves = dict.fromkeys([*kept, (mu, sigma)])
        if len(curves) > MOST_CURVES:
            raise ValueError(f"The limit is {MOST_CURVES} curves; clear the figure first.")
        told = []
        for each in curves:
            x, density = normal_curve(*each)
            label = f"mu = {each[0]:g}, sigma = {each[1]:g}"
            axes.plot(x, density, label=label)
            told.append(f"{label}: highest with {density.max():.4g} at {each[0]:g}.")
        axes.set(title="Normal density", xlabel="x", ylabel="density")
        axes.set_ylim(bottom=0)
        axes.legend()
        return " ".join(told)

    lead = (
        "The normal density for a mean and a standard deviation of your choice. Keep a curve to "
        "compare the next ones with it."
    )
    controls: dict[str, Any] = {"mu": mu, "sigma": sigma, "keep": keep, "clear": clear}
    root.append(
        element("h1", "Plot"),
        element("p", lead, class_="lead"),
        live_figure(densities, handlers, title="Normal density", aspect=0.52, **controls),
    )


def normal_curve(mu: float, sigma: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return ``x`` over mu ± 3 sigma, in even steps, and the normal density there.

    ``sigma`` is in the unit of ``x``, the density in one over it. Raises ValueError unless
    ``sigma`` is greater than 0 and floating-point numbers can tell those ``x`` apart. Source:
    NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.6.1.
    """
    if not sigma > 0:
        raise ValueError("Sigma must be greater than 0.")
    with np.errstate(all="ignore"):
        x = np.linspace(mu - 3 * sigma, mu + 3 * sigma, 301, dtype=np.float64)
        density = np.exp(-(((x - mu) / sigma) ** 2) / 2) / (sigma * np.sqrt(2 * np.pi))
    if not (np.isfinite(density).all() and (np.diff(x) > 0).all()):
        raise ValueError(f"sigma = {sigma:g} is too small beside mu = {mu:g} to compute with.")
    return x, density
