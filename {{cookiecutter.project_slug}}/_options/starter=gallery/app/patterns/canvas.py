"""Shows a patterns.raster Drawing on a <canvas>: sharp, in the page's colours, fast to redraw.

matplotlib's pixels go to the canvas as they are in memory. A figure is drawn when it first comes
into view, and drawn again for another width, pixel density or colour scheme. What asks for a
redrawing, a slider or a timer, may ask as often as it likes: the browser's next frame shows the
latest state, and nothing piles up.

    def mount(root, handlers):
        figure = CanvasFigure(Decay(), handlers)
        root.append(figure.frame)
        handlers.on(slider, "input", lambda: figure.move())

Needs the packages matplotlib and numpy.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Literal

from pyscript import document, window
from pyscript.ffi import create_proxy, to_js

from patterns.dom import Element, css_variable, download, element, next_paint, update
from patterns.events import Handlers
from patterns.raster import Drawing, Raster, Region
from patterns.report import report_error

if TYPE_CHECKING:
    from patterns.plot import Theme

MEDIA_TYPES: dict[Literal["svg", "png"], str] = {"svg": "image/svg+xml", "png": "image/png"}

# No eye can tell a sharper figure, and memory grows with the square of this.
HIGHEST_DENSITY = 3

# In CSS pixels: room for labels on a narrow screen.
LOWEST_HEIGHT = 240

# A drawing that took this many seconds is announced the next time.
LONG = 1.0

# After this long without a change of the axes, a figure is laid out again.
SECONDS_OF_REST = 0.4


class Stale(IntEnum):
    """How much of what the canvas shows is out of date."""

    NOTHING = 0
    DATA = 1
    AXES = 2
    FIGURE = 3


class CanvasFigure:
    """A drawing on the page, until its view is left."""

    def __init__(
        self,
        drawing: Drawing,
        handlers: Handlers,
        *,
        aspect: float = 0.6,
        drawn: Callable[[float], object] | None = None,
        said: Callable[[str, bool], object] | None = None,
    ) -> None:
        """Prepare ``frame``, the element to put on the page.

        ``aspect`` is the figure's height over its width. ``drawn`` is called after each drawing
        with the seconds it took. ``said`` is called with a message and whether it is an error:
        that a long drawing is going on, the text of a ValueError that it raised, or "". After an
        error the figure stays as it was. Without ``said``, the error is reported.
        """
        self._drawing = drawing
        self._handlers = handlers
        self._aspect = aspect
        self._drawn = drawn
        self._said = said
        self._slow = self._waiting = False
        self._raster: Raster | None = None
        self._theme: Theme | None = None
        self._stale = Stale.FIGURE
        self._visible = False
        self._canvas = element("canvas", role="img", aria_label="A figure, not drawn yet")
        self.frame = element("div", self._canvas, class_="plot", aria_busy=True)
        self._frames = Frames(self._draw_next, handlers)
        self._settle = handlers.debounced(SECONDS_OF_REST, lambda: self._outdate(Stale.FIGURE))

        observe(self.frame, "IntersectionObserver", self._notice, handlers, rootMargin="100px")
        resized = handlers.debounced(0.15, self._check)
        observe(self.frame, "ResizeObserver", lambda *_: resized(), handlers)
        watch_density(self._check, handlers)
        watch_theme(self._check, handlers)
        handlers.on_close(self._release)

    def move(self) -> None:
        """Show the drawing's state in the next frame: only its moving artists have changed."""
        self._outdate(Stale.DATA)

    def redraw(self) -> None:
        """Show the drawing's state in the next frame, its axes too.

        While these calls follow each other, labels keep their places; then they are placed again.
        """
        self._outdate(Stale.AXES)
        self._settle()

    def save(self, file_format: Literal["svg", "png"], name: str) -> None:
        """Offer the visitor the figure as a file: SVG for sharp print, PNG for everything else."""
        with self._refusing():
            raster = None if self._stale is Stale.FIGURE else self._raster
            content = (raster or self._build()).save(file_format)
            download(content, f"{name}.{file_format}", MEDIA_TYPES[file_format])

    def _outdate(self, stale: Stale) -> None:
        self._stale = max(self._stale, stale)
        if not self._visible or self._stale is Stale.NOTHING:
            return
        if self._stale is not Stale.FIGURE and not self._slow:
            self._frames.request()
        elif not self._waiting:
            self._waiting = True
            self._handlers.start(self._draw_anew(), "A figure could not be drawn")

    async def _draw_anew(self) -> None:
        """Draw what takes long, one figure at a time, with the page painted in between."""
        async with _turn:
            if self._slow and self._said is not None:
                self._said("Drawing ...", False)
            await next_paint()
            self._waiting = False
            with self._refusing():
                if self._stale is Stale.NOTHING or not self._visible:
                    return
                # First, since it may change how much room there is.
                update(self.frame, aria_busy=False)
                if self._stale is Stale.FIGURE:
                    self._build()
                self._draw_stale()

    def _draw_next(self) -> None:
        with self._refusing():
            self._draw_stale()

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Show why a drawing refuses its values, or that it no longer does; note whether it
        took long."""
        reason = ""
        started = time.perf_counter()
        try:
            yield
        except ValueError as error:
            if self._said is None:
                raise
            reason = str(error)
        finally:
            self._slow = time.perf_counter() - started > LONG
        if self._said is not None:
            self._said(reason, bool(reason))

    def _draw_stale(self) -> None:
        if self._raster is None or not self._visible:
            return
        stale, self._stale = self._stale, Stale.NOTHING
        if stale is Stale.NOTHING:
            return
        started = time.perf_counter()
        raster = self._raster
        region = raster.move() if stale is Stale.DATA else raster.draw()
        self._put(raster, region)
        if stale is Stale.DATA and region == (0, 0, raster.width, raster.height):
            self._settle()  # its axes have changed
        update(self._canvas, aria_label=self._drawing.describe())
        if self._drawn is not None:
            self._drawn(time.perf_counter() - started)

    def _build(self) -> Raster:
        width, scale = self._size()
        self._theme = page_theme()
        height = max(round(width * self._aspect), LOWEST_HEIGHT)
        raster = Raster(self._drawing, self._theme, width=width, height=height, scale=scale)
        self._canvas.width, self._canvas.height = raster.width, raster.height
        self._raster = raster
        self._stale = Stale.FIGURE
        return raster

    def _put(self, raster: Raster, region: Region) -> None:
        """Put the pixels of a region on the canvas, from where matplotlib has them."""
        proxy = create_proxy(raster.pixels)
        # A view of Python's own memory, good until that grows: for this one call.
        view = proxy.getBuffer("u8clamped")
        try:
            image = window.ImageData.new(view.data, raster.width, raster.height)
            self._canvas.getContext("2d").putImageData(image, 0, 0, *region)
        finally:
            view.release()
            proxy.destroy()

    def _size(self) -> tuple[int, float]:
        """Return the frame's width in CSS pixels, and how many pixels are in one."""
        return (
            max(int(self.frame.clientWidth), LOWEST_HEIGHT),
            min(float(window.devicePixelRatio), HIGHEST_DENSITY),
        )

    def _notice(self, entries: Any, _observer: Any) -> None:
        self._visible = bool(list(entries)[-1].isIntersecting)
        self._outdate(Stale.NOTHING)

    def _check(self) -> None:
        """Draw again where width, density or colours are no longer those of the figure."""
        if self._raster is None:
            return
        width, scale = self._size()
        if self._raster.width != round(width * scale) or self._theme != page_theme():
            self._outdate(Stale.FIGURE)

    def _release(self) -> None:
        self._raster = None
        self._canvas.width = self._canvas.height = 0


class Frames:
    """Calls a function before the browser's next frame, once for any number of requests."""

    def __init__(self, function: Callable[[], object], handlers: Handlers) -> None:
        self._function = function
        self._proxy: Any = create_proxy(self._run)
        self._pending: Any = None
        handlers.on_close(self._close)

    def request(self) -> None:
        """Request the call; further requests before it add nothing."""
        if self._pending is None and self._proxy is not None:
            self._pending = window.requestAnimationFrame(self._proxy)

    def _run(self, _time: float) -> None:
        self._pending = None
        try:
            self._function()
        except Exception as error:
            report_error(error, "A figure could not be drawn")

    def _close(self) -> None:
        if self._pending is not None:
            window.cancelAnimationFrame(self._pending)
            self._pending = None
        self._proxy.destroy()
        self._proxy = None


def page_theme() -> "Theme":
    """Return the figures' colours as style.css has them for the present colour scheme."""
    from patterns.plot import Theme

    return Theme(
        ink=css_variable("--ink"),
        paper=css_variable("--surface"),
        grid=css_variable("--line"),
        curves=tuple(css_variable(f"--curve-{number}") for number in range(1, 7)),
    )


def watch_theme(call: Callable[[], object], handlers: Handlers) -> None:
    """Call ``call`` when the colour scheme may have changed: the system's, or the root element."""
    handlers.on(window, "app:scheme", lambda: call())
    proxy = create_proxy(lambda *_: call())
    observer = window.MutationObserver.new(proxy)
    observer.observe(document.documentElement, to_js({"attributes": True}))
    handlers.on_close(proxy.destroy)
    handlers.on_close(observer.disconnect)


def watch_density(call: Callable[[], object], handlers: Handlers) -> None:
    """Call ``call`` when the window moves to a screen of another pixel density, or is zoomed."""

    def listen() -> None:
        # The query holds for one density only: each change needs the next one.
        here = window.matchMedia(f"(resolution: {window.devicePixelRatio}dppx)")

        def changed() -> None:
            listener.remove()
            listen()
            call()

        listener = handlers.on(here, "change", changed)

    listen()


def observe(
    target: Element,
    observer_name: str,
    call: Callable[[Any, Any], object],
    handlers: Handlers,
    **options: object,
) -> None:
    """Call ``call`` as the browser's ``observer_name``, such as "ResizeObserver", does."""
    proxy = create_proxy(call)
    observer = getattr(window, observer_name).new(proxy, to_js(options))
    observer.observe(target._dom_element)
    handlers.on_close(proxy.destroy)
    handlers.on_close(observer.disconnect)


# While one figure is drawn, the others wait: the page is painted after each.
_turn = asyncio.Lock()
