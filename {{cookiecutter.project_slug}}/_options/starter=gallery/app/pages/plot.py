"""Shows patterns.plot: normal densities for the mu and sigma that the visitor types."""

from collections.abc import Callable
from typing import Literal

from patterns.canvas import page_theme
from patterns.dom import (
    Element,
    download,
    element,
    field,
    next_paint,
    release_image,
    show_image,
    update,
    window,
)
from patterns.events import Handlers
from patterns.numbers import written
from patterns.plot import PNG, SVG, LinePlot, normal_curve, parse_number, parse_sigma

# More would leave the legend no room on a phone.
MOST_CURVES = 12


def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page; the figure follows as soon as matplotlib is there."""
    root.append(
        element("h1", "Plot"),
        element(
            "p",
            "The normal density for a mean and a standard deviation of your choice, over three "
            "standard deviations to either side.",
            class_="lead",
        ),
        DensityPlot(handlers).section,
    )


class DensityPlot:
    """The form, the figure that it adds curves to, and the figure's files."""

    def __init__(self, handlers: Handlers) -> None:
        self._plot = LinePlot("Normal density", "x", "density")
        self._mu = NumberField("mu", "Mean, mu", "0", parse_number)
        self._sigma = NumberField("sigma", "Standard deviation, sigma", "1", parse_sigma)
        self._status = element("p", "Loading matplotlib ...", id="plot-status", role="status")
        self._image = element("img", id="plot", alt="", hidden=True)
        self._frame = element("div", self._image, class_="plot", aria_busy=True)
        clearing = element("button", "Clear", type="button")
        as_svg = element("button", "Save as SVG", type="button")
        as_png = element("button", "Save as PNG", type="button")
        form = element(
            "form",
            self._mu.block,
            self._sigma.block,
            element("div", element("button", "Plot", class_="primary"), clearing, class_="row"),
            class_="row",
            novalidate=True,
        )
        files = element("p", as_svg, as_png, class_="row")
        self.section = element("section", form, self._status, self._frame, files, class_="example")

        handlers.on_submit(form, self._add)
        handlers.on(clearing, "click", self._clear)
        handlers.on(as_svg, "click", lambda: self._save("svg", SVG))
        handlers.on(as_png, "click", lambda: self._save("png", PNG))
        handlers.on(window, "app:scheme", self._draw)
        handlers.on(window, "resize", handlers.debounced(0.2, self._draw))
        handlers.on_close(lambda: release_image(self._image))
        handlers.start(self._add({"mu": "0", "sigma": "1"}))

    async def _add(self, values: dict[str, str]) -> None:
        mu, sigma = self._mu.read(values), self._sigma.read(values)
        if mu is None or sigma is None:
            return
        if len(self._plot.curves) == MOST_CURVES:
            update(self._status, text=f"{MOST_CURVES} curves are the most; clear the figure first.")
            return
        try:
            x, density = normal_curve(mu, sigma)
        except ValueError as error:
            self._sigma.refuse(str(error))
            return
        label = f"mu = {mu:g}, sigma = {sigma:g}"
        self._plot.add(x, density, label)
        await self._draw()
        update(
            self._status,
            text=f"Added {label}: "
            f"highest with {written(density.max(), digits=4)} at {written(mu)}.",
        )

    async def _clear(self) -> None:
        self._plot.clear()
        await self._draw()
        update(self._status, text="Cleared.")

    async def _draw(self) -> None:
        """Draw the figure as wide as its place, in the page's colours of the moment."""
        await next_paint()
        show_image(self._image, self._file("svg"), SVG, self._plot.describe())
        update(self._image, hidden=False)
        update(self._frame, aria_busy=False)

    def _save(self, file_format: Literal["svg", "png"], media_type: str) -> None:
        download(self._file(file_format), f"normal-density.{file_format}", media_type)

    def _file(self, file_format: Literal["svg", "png"]) -> bytes:
        width = min(max(int(self._frame.clientWidth), 280), 1200)
        height = min(max(round(width * 0.6), 280), 520)
        return self._plot.draw(file_format, page_theme(), width=width, height=height)


class NumberField:
    """A text field for a number, with the place where a refusal is explained."""

    def __init__(self, name: str, label: str, value: str, parse: Callable[[str], float]) -> None:
        self._name = name
        self._parse = parse
        # Not of type "number": that one hides from the page what is no number.
        self._input = element("input", id=name, name=name, value=value, autocomplete="off")
        self._refusal = element("p", id=f"{name}-refusal", class_="bad")
        self.block = field(label, self._input, self._refusal)

    def read(self, values: dict[str, str]) -> float | None:
        """Return the field's number out of a form's values, or None once it is refused."""
        try:
            number = self._parse(values[self._name])
        except ValueError as error:
            self.refuse(str(error))
            return None
        update(self._refusal, text="")
        update(self._input, aria_invalid=None)
        return number

    def refuse(self, reason: str) -> None:
        """Say at the field why its value will not do, and bring the visitor there."""
        update(self._refusal, text=reason)
        update(self._input, aria_invalid=True)
        self._input.focus()
