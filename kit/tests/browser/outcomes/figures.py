# mypy: ignore-errors
"""Figures of matplotlib: the pixels of each, and the files that some of them are saved as."""

import base64
import datetime
import io
import re
from collections.abc import Callable
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from outcomes import Cases, refusal

X = np.linspace(0, 6, 50)
GRID = np.meshgrid(np.linspace(-2, 2, 30), np.linspace(-2, 2, 24))
HILLS = np.exp(-(GRID[0] ** 2) - GRID[1] ** 2) + np.sin(2 * GRID[0]) / 3
SAMPLES = np.sin(np.arange(300.0) ** 2) * np.arange(300) / 100
DAYS = [datetime.datetime(2024, 1, 30) + datetime.timedelta(days=9 * n) for n in range(20)]
WORDS = r"$\int_0^\infty e^{-x^2}\,dx = \frac{\sqrt{\pi}}{2}$, $\hat{\beta}_{i}^{\,2} \neq \AA$"


def cases() -> Cases:
    """Yield the pixels of figures, and their files."""
    for name in DRAWINGS:
        yield name, lambda name=name: pixels(name)
    for name in ("mathematics", "filled contours"):
        for ending in ("svg", "pdf", "ps", "png", "jpg", "webp"):
            yield f"{name}, saved as {ending}", lambda n=name, e=ending: saved(n, e)
    yield "cropped", lambda: saved("lines", "png", bbox_inches="tight")
    yield "drawn again", lambda: pixels("lines").tobytes() == pixels("lines").tobytes()
    yield "through pyplot", _through_pyplot
    yield "figures left open", plt.get_fignums
    yield (
        "styles",
        lambda: [_styled(style) for style in ("ggplot", "dark_background", "Solarize_Light2")],
    )
    yield "wrong mathematics", lambda: refusal(lambda: _titled(r"$\frac{1$"))
    yield "wrong colour", lambda: refusal(lambda: Figure().subplots().plot([1], color="shade"))
    yield "wrong lengths", lambda: refusal(lambda: Figure().subplots().plot([1, 2], [1]))
    yield "unknown ending", lambda: refusal(lambda: Figure().savefig("a.shade"))
    yield "a letter that no font has", lambda: _titled("\N{CJK UNIFIED IDEOGRAPH-4E2D}")


def pixels(name: str) -> Any:
    """Return the pixels of a drawing, as an array of rows of red, green, blue, alpha."""
    return _pixels(_drawn(name))


def png(name: str) -> str:
    """Return a drawing as a PNG file in base64, for a person to look at."""
    content = io.BytesIO()
    _drawn(name).savefig(content, format="png")
    return base64.b64encode(content.getvalue()).decode()


def saved(name: str, ending: str, **options: Any) -> bytes:
    """Return a drawing as a file, without the time at which it was made."""
    content = io.BytesIO()
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(ending)
    with matplotlib.rc_context({"svg.hashsalt": "same"}):
        _drawn(name).savefig(content, format=ending, metadata=metadata, **options)
    if ending == "ps":
        return re.sub(rb"%%CreationDate: .*", b"", content.getvalue())
    return content.getvalue()


def _drawn(name: str) -> Figure:
    figure = Figure(figsize=(4, 3), dpi=80)
    DRAWINGS[name](figure)
    return figure


def _pixels(figure: Figure) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.array(canvas.buffer_rgba())


def _lines(figure: Figure) -> None:
    axes = figure.subplots()
    for number, style in enumerate(("-", "--", ":", "-.")):
        axes.plot(X, np.sin(X + number), style, marker="ox^s"[number], label=f"curve {number}")
    axes.set(title="Lines", xlabel="time in s", ylabel="activity")
    axes.legend()
    axes.grid(visible=True)


def _scatter(figure: Figure) -> None:
    points = figure.subplots().scatter(
        SAMPLES[:100], SAMPLES[100:200], np.arange(100), np.arange(100), alpha=0.5, cmap="plasma"
    )
    figure.colorbar(points)


def _bars(figure: Figure) -> None:
    left, right = figure.subplots(1, 2)
    left.bar_label(left.bar(["a", "b", "c"], [3, 1, 2], yerr=[0.2, 0.1, 0.3], hatch="//"))
    right.barh(["d", "e"], [1, 2], color=["C2", "tab:pink"])


def _histograms(figure: Figure) -> None:
    left, right = figure.subplots(1, 2)
    left.hist([SAMPLES, SAMPLES[::2]], bins=12, stacked=True)
    right.hist2d(SAMPLES, SAMPLES[::-1], bins=10)


def _image(figure: Figure) -> None:
    axes = figure.subplots()
    image = axes.imshow(HILLS, cmap="RdBu", interpolation="bicubic", extent=(-2, 2, -2, 2))
    figure.colorbar(image, orientation="horizontal")


def _contours(figure: Figure) -> None:
    axes = figure.subplots()
    axes.clabel(axes.contour(*GRID, HILLS, levels=8, colors="k"), fontsize=7)


def _filled_contours(figure: Figure) -> None:
    axes = figure.subplots()
    filled = axes.contourf(*GRID, HILLS, hatches=["/", None], extend="both")
    axes.tricontour(SAMPLES[:40], SAMPLES[40:80], np.arange(40))
    figure.colorbar(filled)


def _mesh(figure: Figure) -> None:
    left, right = figure.subplots(1, 2)
    left.pcolormesh(*GRID, HILLS, shading="gouraud")
    right.pcolormesh(*GRID, HILLS + 1, norm="log", shading="nearest")


def _arrows(figure: Figure) -> None:
    axes = figure.subplots()
    axes.quiverkey(axes.quiver(*(a[::4, ::4] for a in (*GRID, *GRID))), 0.9, 0.9, 1, "1 m/s")
    axes.barbs(*(10 * a[::8, ::8] for a in (*GRID, *GRID)))


def _streams(figure: Figure) -> None:
    figure.subplots().streamplot(*GRID, -GRID[1], GRID[0], color=HILLS, density=0.7)


def _polar(figure: Figure) -> None:
    figure.add_subplot(projection="polar").fill(X, np.abs(np.cos(2 * X)), alpha=0.4)


def _space(figure: Figure) -> None:
    axes: Any = figure.add_subplot(projection="3d")
    axes.plot_surface(*GRID, HILLS, cmap="viridis", rcount=12, ccount=12)
    axes.scatter(SAMPLES[:20] / 2, SAMPLES[20:40] / 2, 1.5, c="r")
    axes.set_zlabel("height")


def _mathematics(figure: Figure) -> None:
    figure.text(0.05, 0.7, WORDS, size=14)
    for number, family in enumerate(("dejavusans", "dejavuserif", "cm", "stix", "stixsans")):
        figure.text(
            0.05,
            0.1 * number + 0.1,
            rf"$\alpha^{{{number}}}\,\mathcal{{L}}$",
            math_fontfamily=family,
        )


def _logarithms(figure: Figure) -> None:
    axes = figure.subplots(2, 2)
    scales = (("log", "linear"), ("log", "log"), ("symlog", "logit"), ("linear", "asinh"))
    for place, (x, y) in zip(axes.flat, scales, strict=True):
        place.set(xscale=x, yscale=y)
        place.plot([0.1, 0.5, 0.9], [0.2, 0.5, 0.95])


def _dates(figure: Figure) -> None:
    axes = figure.subplots()
    axes.plot(DAYS, np.arange(20), drawstyle="steps-mid")
    axes.plot(np.array(DAYS, "M8[D]"), np.arange(20)[::-1])
    figure.autofmt_xdate()


def _errors(figure: Figure) -> None:
    axes = figure.subplots()
    axes.errorbar(X[::5], np.sin(X[::5]), 0.2, 0.1, fmt="o", capsize=3, uplims=True)
    axes.fill_between(X, np.sin(X) - 0.3, np.sin(X) + 0.3, where=(X > 2), alpha=0.3, step="mid")
    axes.stem(X[::7], np.cos(X[::7]))


def _pies(figure: Figure) -> None:
    figure.subplots().pie(
        [3, 2, 1], labels=["a", "b", "c"], autopct="%1.1f%%", explode=[0, 0.1, 0], shadow=True
    )


def _boxes(figure: Figure) -> None:
    left, right = figure.subplots(1, 2, sharey=True)
    left.boxplot([SAMPLES, SAMPLES / 2], notch=True, patch_artist=True)
    right.violinplot([SAMPLES, SAMPLES / 2], showmedians=True)


def _notes(figure: Figure) -> None:
    axes = figure.subplots()
    axes.annotate(
        "here",
        (0.2, 0.3),
        (0.6, 0.8),
        arrowprops={"arrowstyle": "fancy", "connectionstyle": "arc3,rad=.3"},
        bbox={"boxstyle": "round4", "fc": "w"},
    )
    axes.text(0.1, 0.9, "rotated", rotation=30, family="monospace", weight="bold", style="italic")
    axes.text(0.5, 0.1, "Größe ﬁ \N{GREEK SMALL LETTER OMEGA}", family="serif", size="x-large")
    axes.axvspan(0.4, 0.5, color="y", alpha=0.3)
    axes.axline((0, 0), slope=0.5).set_sketch_params(2, 10, 2)


def _constrained(figure: Figure) -> None:
    figure.set_layout_engine("constrained")
    places = figure.subplot_mosaic("AAB;CDD")
    places["A"].set_title("A title")
    places["D"].plot(X, X**2)
    places["D"].set_ylabel("a long\nlabel")
    places["D"].secondary_xaxis("top", functions=(np.deg2rad, np.rad2deg))
    places["C"].twinx().plot([1, 2])
    figure.suptitle("Four")


def _tight(figure: Figure) -> None:
    for place in figure.subplots(2, 2).flat:
        place.set(title="tight", xlabel="x", ylabel="y")
    figure.tight_layout()


def _shapes(figure: Figure) -> None:
    from matplotlib import patches, path

    axes = figure.subplots()
    for number, shape in enumerate(
        (
            patches.Circle((0.2, 0.2), 0.1),
            patches.Wedge((0.6, 0.3), 0.2, 20, 140, width=0.05),
            patches.FancyArrowPatch((0, 1), (1, 0), mutation_scale=20),
            patches.PathPatch(path.Path([(0.1, 0.9), (0.5, 0.2), (0.9, 0.9)], [1, 3, 3])),
            patches.RegularPolygon((0.8, 0.8), 5, radius=0.1),
        )
    ):
        shape.set(facecolor=f"C{number}", edgecolor="0.3", linewidth=number)
        axes.add_patch(shape)
    axes.eventplot([[0.1, 0.5], [0.7]], colors=["r", "b"], linelengths=0.1)
    axes.table([["1", "2"]], loc="bottom")
    axes.set_axis_off()


def _many(figure: Figure) -> None:
    axes = figure.subplots()
    axes.plot(np.arange(20_000) / 100, np.sin(np.arange(20_000) ** 1.5), lw=0.5, rasterized=True)
    axes.stackplot(X * 30, np.abs(np.sin(X)), np.abs(np.cos(X)))
    axes.hexbin(SAMPLES * 60, SAMPLES[::-1], gridsize=12)


DRAWINGS: dict[str, Callable[[Figure], None]] = {
    "lines": _lines,
    "scatter": _scatter,
    "bars": _bars,
    "histograms": _histograms,
    "image": _image,
    "contours": _contours,
    "filled contours": _filled_contours,
    "mesh": _mesh,
    "arrows": _arrows,
    "streams": _streams,
    "polar": _polar,
    "space": _space,
    "mathematics": _mathematics,
    "logarithms": _logarithms,
    "dates": _dates,
    "errors": _errors,
    "pie": _pies,
    "boxes": _boxes,
    "notes": _notes,
    "constrained layout": _constrained,
    "tight layout": _tight,
    "shapes": _shapes,
    "many points": _many,
}


def _through_pyplot() -> object:
    figure, axes = plt.subplots(num="named", figsize=(3, 2))
    plt.plot([1, 2])
    plt.xlabel("x")
    known = (plt.get_figlabels(), plt.gca() is axes, plt.gcf() is figure, figure.number)
    drawn = _pixels(figure)
    plt.close("all")
    return known, drawn, plt.get_fignums()


def _styled(style: str) -> Any:
    with plt.style.context(style):
        return pixels("lines")


def _titled(title: str) -> Any:
    figure = Figure((3, 2))
    figure.suptitle(title)
    return _pixels(figure)
