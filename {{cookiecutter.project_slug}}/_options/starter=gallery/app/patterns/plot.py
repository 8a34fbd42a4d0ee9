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


# matplotlib's names for what has the colour of text, and for what has that of the ground.
INK = """axes.edgecolor axes.labelcolor axes.titlecolor hatch.color legend.labelcolor
patch.edgecolor text.color xtick.color ytick.color boxplot.boxprops.color boxplot.capprops.color
boxplot.flierprops.color boxplot.flierprops.markeredgecolor boxplot.whiskerprops.color"""
PAPER = """axes.facecolor axes3d.xaxis.panecolor axes3d.yaxis.panecolor axes3d.zaxis.panecolor
figure.facecolor savefig.facecolor"""


def theme_settings(theme: Theme) -> dict[Any, Any]:
    """Return what matplotlib.rc_context needs for figures in the colours of ``theme``."""
    from matplotlib.rcsetup import cycler

    return {
        **dict.fromkeys(INK.split(), theme.ink),
        **dict.fromkeys(PAPER.split(), theme.paper),
        "axes.axisbelow": True,
        "axes.grid": True,
        "axes.prop_cycle": cycler(color=theme.curves),
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlesize": 13,
        # Where it is anyway: else each drawing measures every label to find that out.
        "axes.titley": 1.0,
        "font.size": 10,
        "grid.color": theme.grid,
        "lines.linewidth": 2,
        "svg.hashsalt": "plot",
    }
