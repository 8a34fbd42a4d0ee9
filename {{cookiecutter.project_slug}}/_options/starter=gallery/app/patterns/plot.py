"""Computes and draws curves: densities with numpy, figures with matplotlib as SVG or PNG.

Nothing here knows of the browser, so CPython can test it. matplotlib is imported where it draws,
since that takes seconds; patterns.dom shows and downloads what comes out.

    figure = LinePlot("Decay", "time in s", "activity in Bq")
    figure.add(time, activity, "Tc-99m")
    show_image(image, figure.draw("svg", theme), SVG, figure.describe())
"""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SVG = "image/svg+xml"
PNG = "image/png"

_CSS_PIXELS_PER_INCH = 96

# Width and height of one entry, in CSS pixels.
_LEGEND_ENTRY = (200, 19)


@dataclass(frozen=True)
class Theme:
    """The colours of a figure, as "#rrggbb": of text and axes, ground, grid, and the curves."""

    ink: str
    paper: str
    grid: str
    curves: tuple[str, ...]


@dataclass(frozen=True)
class Curve:
    """One line of a figure: its points, and its name in the legend."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    label: str


class LinePlot:
    """A figure of curves over the same axes; it can be drawn any number of times."""

    def __init__(self, title: str, x_label: str, y_label: str) -> None:
        self.title = title
        self.x_label = x_label
        self.y_label = y_label
        self.curves: list[Curve] = []

    def add(self, x: ArrayLike, y: ArrayLike, label: str) -> None:
        """Add a curve through the points ``x``, ``y``: two sequences of the same length."""
        self.curves.append(Curve(np.asarray(x, float), np.asarray(y, float), label))

    def clear(self) -> None:
        """Take every curve out."""
        self.curves.clear()

    def describe(self) -> str:
        """Return the text alternative: what a reader who cannot see the figure should know."""
        if not self.curves:
            return f"{self.title}: empty axes, {self.y_label} over {self.x_label}, no curve yet."
        parts = [f"{self.title}: {self.y_label} over {self.x_label}."]
        for curve in self.curves:
            top = int(np.argmax(curve.y))
            parts.append(
                f"{curve.label}: from {curve.x[0]:.4g} to {curve.x[-1]:.4g}, "
                f"highest with {curve.y[top]:.4g} at {curve.x[top]:.4g}."
            )
        return " ".join(parts)

    def draw(
        self,
        file_format: Literal["svg", "png"],
        theme: Theme,
        *,
        width: float = 720,
        height: float = 450,
        scale: float = 2,
    ) -> bytes:
        """Return the figure as a file of ``width`` by ``height`` CSS pixels.

        It is higher by what the legend needs beyond one row, so that the curves keep their room.
        ``scale`` is how many pixels of a PNG lie in one of CSS; an SVG is sharp at any.
        """
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.backends.backend_svg import FigureCanvasSVG

        content = io.BytesIO()
        with matplotlib.rc_context(theme_settings(theme)):
            figure = self._figure(theme, width, height)
            figure.dpi = _CSS_PIXELS_PER_INCH * scale
            # As savefig does, which draws everything once more before.
            canvas: Any
            if file_format == "svg":
                canvas = FigureCanvasSVG(figure)
                # Without a date, the same figure gives the same file.
                canvas.print_svg(content, metadata={"Date": None})
            else:
                canvas = FigureCanvasAgg(figure)
                canvas.print_png(content)
        return content.getvalue()

    def _figure(self, theme: Theme, width: float, height: float) -> "Figure":
        from matplotlib.figure import Figure

        columns = max(1, int(width // _LEGEND_ENTRY[0]))
        rows = -(-len(self.curves) // columns)
        height += _LEGEND_ENTRY[1] * max(0, rows - 1)
        size = (width / _CSS_PIXELS_PER_INCH, height / _CSS_PIXELS_PER_INCH)
        # Not through pyplot, which would keep every figure.
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.add_subplot(title=self.title, xlabel=self.x_label, ylabel=self.y_label)
        colours = len(theme.curves)
        for number, curve in enumerate(self.curves):
            axes.plot(
                curve.x,
                curve.y,
                label=curve.label,
                color=theme.curves[number % colours],
                # Once every colour is taken, the line tells curves apart.
                linestyle=("solid", "dashed", "dotted", "dashdot")[number // colours % 4],
            )
        if all((curve.y >= 0).all() for curve in self.curves):
            axes.set_ylim(bottom=0)
        if self.curves:
            figure.legend(loc="outside lower center", ncols=columns, frameon=False)
        return figure


def normal_density(x: ArrayLike, mu: float, sigma: float) -> NDArray[np.float64]:
    """Return the density of the normal distribution at ``x``, a number or an array of them.

    ``mu`` is the mean, ``sigma`` the standard deviation, in the unit of ``x``; the density is in
    one over that unit. Raises ValueError unless ``sigma`` is greater than 0. Source: NIST/SEMATECH
    e-Handbook of Statistical Methods, 1.3.6.6.1.
    """
    if not sigma > 0:
        raise ValueError(f"sigma must be greater than 0, not {sigma:g}.")
    z = (np.asarray(x, float) - mu) / sigma
    return np.asarray(np.exp(-(z**2) / 2) / (sigma * np.sqrt(2 * np.pi)))


def normal_curve(
    mu: float, sigma: float, points: int = 301
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return ``x`` over mu ± 3 sigma, in even steps, and the normal density there.

    Raises ValueError where floating-point numbers cannot tell those ``x`` apart.
    """
    with np.errstate(all="ignore"):
        x = np.linspace(mu - 3 * sigma, mu + 3 * sigma, points, dtype=np.float64)
        density = normal_density(x, mu, sigma)
    if not (np.isfinite(density).all() and (np.diff(x) > 0).all()):
        raise ValueError(f"sigma = {sigma:g} is too small beside mu = {mu:g} to compute with.")
    return x, density


def parse_number(text: str) -> float:
    """Read a finite number as a visitor types it. Raises ValueError that says what to type."""
    try:
        # Copied from a paper, a minus may be the typographic one.
        number = float(text.replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        number = np.nan
    if not np.isfinite(number):
        raise ValueError("Type a number, such as 0.5 or -2." if text.strip() else "Type a number.")
    return number


def parse_sigma(text: str) -> float:
    """Read a standard deviation. Raises ValueError that says what to type."""
    sigma = parse_number(text)
    if sigma <= 0:
        raise ValueError("Sigma must be greater than 0.")
    return sigma


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
