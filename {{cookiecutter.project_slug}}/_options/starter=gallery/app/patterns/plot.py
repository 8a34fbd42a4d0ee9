"""Has matplotlib draw in the page's colours.

    with matplotlib.rc_context(theme_settings(page_theme())):
        figure = Figure(layout="constrained")

`patterns.canvas` does so, and has that function `page_theme`. Nothing here knows of the browser.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Theme:
    """The colours of a figure, as "#rrggbb": of text and axes, ground, grid, and the curves."""

    ink: str
    paper: str
    grid: str
    curves: tuple[str, ...]


def theme_settings(theme: Theme) -> dict[Any, Any]:
    """Return what matplotlib.rc_context needs for figures in the colours of ``theme``."""
    from matplotlib.rcsetup import cycler

    return {
        "axes.axisbelow": True,
        "axes.edgecolor": theme.ink,
        "axes.facecolor": theme.paper,
        "axes.grid": True,
        "axes.labelcolor": theme.ink,
        "axes.prop_cycle": cycler(color=theme.curves),
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlecolor": theme.ink,
        "axes.titlesize": 13,
        # Where it is anyway: else each drawing measures every label to find that out.
        "axes.titley": 1.0,
        "axes3d.xaxis.panecolor": theme.paper,
        "axes3d.yaxis.panecolor": theme.paper,
        "axes3d.zaxis.panecolor": theme.paper,
        "figure.facecolor": theme.paper,
        "font.size": 10,
        "grid.color": theme.grid,
        "legend.labelcolor": theme.ink,
        "lines.linewidth": 2,
        "savefig.facecolor": theme.paper,
        "svg.hashsalt": "plot",
        "text.color": theme.ink,
        "xtick.color": theme.ink,
        "ytick.color": theme.ink,
    }
