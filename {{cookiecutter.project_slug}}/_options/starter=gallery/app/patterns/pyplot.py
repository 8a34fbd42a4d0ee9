"""Shows the figures of matplotlib's pyplot on the page, as people write it: plt.plot, plt.show.

    from patterns.pyplot import plt

    def mount(root, handlers):
        plt.plot([1, 4, 9])
        plt.title("Squares")
        plt.show()

`plt.show()` puts each figure at the end of the page, one below the other, and closes it, so that
nothing is kept. `figures_in` names another element, and shows at its end what was not shown:

    with figures_in(place):
        exec(pasted)

An animation, such as a FuncAnimation, plays until its figure goes from the page, whether the script
keeps it in a variable or not. For figures that sliders move there is patterns.canvas.

A figure has the colours that the page has when it is made, unless a style or rcParams say others.

Needs the packages matplotlib and numpy. This module is matplotlib's "backend" for pyplot.
"""

import asyncio
import base64
import gc
import io
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

import matplotlib
import matplotlib.pyplot as plt
from matplotlib._pylab_helpers import Gcf
from matplotlib.animation import Animation
from matplotlib.backend_bases import FigureManagerBase, TimerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from pyscript import document, window
from pyscript.ffi import create_proxy

from patterns.canvas import page_theme
from patterns.dom import Element, element
from patterns.plot import theme_settings
from patterns.report import report_error

__all__ = ["FigureCanvas", "FigureManager", "describe", "figures_in", "new_figure_manager", "plt"]

# As many pixels as an image has for one of the page: sharp on most screens.
DENSITY = 2
# So many figures come between two collections of garbage, which take a tenth of a second.
COLLECTED = 5


class Place(Protocol):
    """What elements can be put at the end of, such as an Element."""

    def append(self, child: Element, /) -> object: ...


@contextmanager
def figures_in(place: Place) -> Iterator[None]:
    """Show in ``place`` what the block shows, and at its end the figures that it left unshown."""
    before = set(plt.get_fignums())
    token = _place.set(place)
    try:
        yield
        FigureManager.pyplot_show()
    finally:
        _place.reset(token)
        for number in set(plt.get_fignums()) - before:
            plt.close(number)


def describe(figure: Figure) -> str:
    """Return the text alternative of a figure: its titles, and what is over what."""
    parts = [figure.get_suptitle()]
    for axes in figure.axes:
        over = " over ".join(filter(None, (axes.get_ylabel(), axes.get_xlabel())))
        parts.append(": ".join(filter(None, (axes.get_title(), over))))
        names = [str(line.get_label()) for line in axes.lines]
        parts.append(", ".join(name for name in names if not name.startswith("_")))
    return ". ".join(filter(None, ["Figure", *parts])) + "."


def new_figure_manager(num: int, *args: Any, **kwargs: Any) -> FigureManagerBase:
    """Make a figure in the page's colours: what `plt.figure()` does."""
    wear_colours(theme_settings(page_theme()), bare=bool(kwargs.get("facecolor")))
    figure = kwargs.pop("FigureClass", Figure)(*args, **kwargs)
    return FigureCanvas.new_manager(figure, num)


def wear_colours(settings: dict[str, Any], *, bare: bool = False) -> None:
    """Have what is drawn from now on be in the colours of ``settings``.

    Where a style or rcParams have others for the ground or what stands on it, or with ``bare``,
    matplotlib's own stand beside those.
    """
    colours = {key: value for key, value in settings.items() if "color" in key or "cycle" in key}
    del colours["savefig.facecolor"]  # a figure's own, whenever it is shown
    now, default = plt.rcParams, matplotlib.rcParamsDefault
    if colours not in _worn:
        _worn.append(colours)
    chosen = {key for key in colours if all(now[key] != each[key] for each in (default, *_worn))}
    if bare or chosen - {"axes.prop_cycle", "grid.color"}:
        colours = {key: default[key] for key in colours}
    now.update({key: value for key, value in colours.items() if key not in chosen})


class FigureManager(FigureManagerBase):
    """What pyplot knows a figure by."""

    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:
        """Show all figures, and close them: what `plt.show()` does."""
        for manager in Gcf.get_all_fig_managers():
            manager.show()

    def show(self) -> None:
        """Show the figure, and close it."""
        canvas, place = self.canvas, _place.get()
        place = _present_page() if place is None else place
        try:
            if isinstance(canvas, FigureCanvas) and canvas.timers:
                canvas.live = Live(canvas)
                place.append(canvas.live.frame)
                # An animation starts with the first drawing.
                canvas.draw()
            else:
                place.append(_image(canvas.figure))
                # Megabytes of pixels, which would wait for the next collection of garbage.
                canvas.__dict__.update(renderer=None, _lastKey=None)
        finally:
            plt.close(canvas.figure)
            # A figure holds itself in circles, which Python may leave until the memory has grown.
            if next(_shown) % COLLECTED == 0:
                gc.collect()


class FigureCanvas(FigureCanvasAgg):
    """What a figure is drawn on: pixels, which are on the page once an animation is shown."""

    manager_class = FigureManager

    def __init__(self, figure: Figure) -> None:
        super().__init__(figure)
        self.timers: list[Timer] = []
        self.live: Live | None = None
        self._animations: list[Callable[..., Any]] = []

    def mpl_connect(self, s: str, func: Callable[..., Any]) -> int:
        """Call ``func`` at each event ``s``; keep what it belongs to if that is an animation."""
        if isinstance(getattr(func, "__self__", None), Animation):
            self._animations.append(func)
        return super().mpl_connect(s, func)

    def new_timer(self, interval: int | None = None, callbacks: Any = None) -> "Timer":
        """Return a timer; a figure that has one is shown live."""
        self.timers.append(Timer(interval=interval, callbacks=callbacks))
        return self.timers[-1]

    def draw(self) -> None:
        """Draw everything."""
        super().draw()  # type: ignore[no-untyped-call]
        self.blit()

    def draw_idle(self, *_: Any, **__: Any) -> None:
        """Draw everything, where somebody sees it."""
        if self.live is not None:
            self.draw()

    def blit(self, bbox: object = None) -> None:
        """Bring to the page what was drawn."""
        if self.live is not None and not self.is_saving():
            self.live.put(self)


class Timer(TimerBase):
    """Calls functions again and again, while its figure stands on the page."""

    _handle: asyncio.TimerHandle | None = None

    def _timer_start(self) -> None:
        self._timer_stop()
        later = asyncio.get_running_loop().call_later
        self._handle = later(max(self.interval, 1) / 1000, self._ring)

    def _timer_stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _ring(self) -> None:
        self._timer_start()
        try:
            self._on_timer()  # type: ignore[attr-defined]
        except Exception as error:
            self._timer_stop()
            report_error(error, "The animation stopped with an error")
        if self.single_shot or not self.callbacks:
            self._timer_stop()


class Live:
    """A canvas of the page, which shows a figure until it is taken out of there."""

    def __init__(self, canvas: FigureCanvas) -> None:
        figure = canvas.figure
        width, _ = canvas.get_width_height()
        self._picture = element("canvas", role="img", aria_label=describe(figure))
        self._picture._dom_element.style.width = f"{width}px"
        self.frame = _framed(self._picture)
        figure.dpi *= DENSITY

    def put(self, canvas: FigureCanvas) -> None:
        """Put the canvas's pixels on the page, from where matplotlib has them."""
        if not self._picture.isConnected:
            for timer in canvas.timers:
                timer.stop()
            return
        width, height = canvas.get_width_height()
        if (self._picture.width, self._picture.height) != (width, height):
            self._picture.width, self._picture.height = width, height
        proxy: Any = create_proxy(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
        # A view of Python's own memory, good until that grows: for this one call.
        view = proxy.getBuffer("u8clamped")
        try:
            image = window.ImageData.new(view.data, width, height)
            self._picture.getContext("2d").putImageData(image, 0, 0)
        finally:
            view.release()
            proxy.destroy()


def _image(figure: Figure) -> Element:
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=DENSITY * figure.dpi)
    # It goes with the element, which an address of a blob would outlive.
    source = f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"
    width, _ = figure.canvas.get_width_height()
    return _framed(element("img", src=source, alt=describe(figure), width=width))


def _framed(picture: Element) -> Element:
    return element("figure", picture, class_="plot")


def _present_page() -> Element:
    pages = document.querySelectorAll("#page > .page")
    return Element.wrap_dom_element(pages[0] if len(pages) else document.body)


_place: ContextVar[Place | None] = ContextVar("place", default=None)
_shown = itertools.count(1)
# The colours of figures so far, of each colour scheme.
_worn: list[dict[str, Any]] = []

matplotlib.use(f"module://{__name__}")
