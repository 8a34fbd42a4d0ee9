"""Computes and draws the bifurcation diagram of the logistic map.

An ordinary module: the page "Workers" calls it in a worker and, to compare, in the page itself.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from patterns.plot import Theme
from patterns.raster import Raster

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

GROWTH = (2.8, 4.0)

# Until then an orbit is still on the way to where it stays.
SETTLING = 500

# How many times the mean number of visits is drawn darkest.
MOST_DENSE = 8


def visits(
    iterations: int,
    columns: int = 900,
    rows: int = 540,
    progress: Callable[[float], object] = lambda share: None,
) -> NDArray[np.int32]:
    """Count how often the orbits of x -> r x (1 - x) come by, for ``columns`` values of r.

    Each orbit is followed for ``iterations`` steps. Returns an array of ``rows`` by ``columns``:
    row i counts x from i / rows up to the next row. ``progress`` is told the share that is done.
    Source: R. M. May, Nature 261 (1976), 459-467. Raises ValueError unless ``iterations`` is
    greater than 0.
    """
    if iterations <= 0:
        raise ValueError(f"An orbit needs at least one iteration, not {iterations}.")
    growth = np.linspace(*GROWTH, columns)
    x = np.full(columns, 0.5)
    for _ in range(SETTLING):
        x = growth * x * (1 - x)
    counts = np.zeros((rows, columns), np.int32)
    column = np.arange(columns)
    for iteration in range(iterations):
        x = growth * x * (1 - x)
        # No column comes twice, so this adds 1 to each.
        counts[np.minimum((x * rows).astype(np.intp), rows - 1), column] += 1
        if iteration % 100 == 0:
            progress(iteration / iterations)
    progress(1)
    return counts


def picture(
    counts: NDArray[np.int32], theme: Theme, width: float, scale: float
) -> tuple[bytes, str]:
    """Return what `visits` counted as a PNG, and its text alternative.

    It is ``width`` CSS pixels wide, of ``scale`` pixels each.
    """
    diagram = Diagram(counts)
    raster = Raster(diagram, theme, width=width, height=max(width * 0.6, 240), scale=scale)
    return raster.save("png", dpi=96 * scale), diagram.describe()


class Diagram:
    """Where orbits come by, over the growth rate: the more often, the darker."""

    def __init__(self, counts: NDArray[np.int32]) -> None:
        self._counts = counts

    def build(self, figure: "Figure", theme: Theme) -> "Sequence[Artist]":
        """Fill the figure; nothing in it moves."""
        from matplotlib.colors import LinearSegmentedColormap

        shades: Any = [theme.paper, theme.curves[0], theme.ink]
        axes = figure.add_subplot(
            title="$x_{n+1} = r\\,x_n\\,(1 - x_n)$", xlabel="$r$", ylabel="$x$"
        )
        axes.grid(visible=False)
        # Chaos spreads its visits thin: in proportion, they could not be seen beside the branches.
        density = np.minimum(self._counts / self._counts.mean(), MOST_DENSE)
        axes.imshow(
            np.sqrt(density),
            extent=(*GROWTH, 0, 1),
            origin="lower",
            aspect="auto",
            cmap=LinearSegmentedColormap.from_list("visits", shades),
        )
        return []

    def update(self) -> None:
        """Do nothing: the picture stands still."""

    def describe(self) -> str:
        """Return the text alternative."""
        return (
            "Bifurcation diagram of the logistic map: one branch of x up to r = 3, two up to 3.45, "
            "then four, eight and so on, and chaos from 3.57, broken by windows of order."
        )
