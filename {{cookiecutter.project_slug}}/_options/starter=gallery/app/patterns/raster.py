"""Draws matplotlib figures into pixels, the whole of one or only what moves in it.

Nothing here knows of the browser, so CPython can test it; patterns.canvas shows the pixels. The
whole figure takes tens of milliseconds. Where only data changes, its background is kept, and the
artists that move are drawn over it, which takes a few.

    class Decay:
        activity = np.zeros(100)

        def build(self, figure, theme):
            axes = figure.add_subplot(title="Decay", xlabel="time in s", ylim=(0, 1))
            (self.line,) = axes.plot(self.activity)
            return [self.line]

        def update(self):
            self.line.set_ydata(self.activity)

        def describe(self):
            return f"Decay: activity over time, {self.activity[-1]:.2g} at the end."

    raster = Raster(Decay(), theme, width=640, height=400, scale=2)
    raster.draw()
"""

import io
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from patterns.plot import Theme

CSS_PIXELS_PER_INCH = 96

# So many texts of a drawing are remembered as pixels, a few hundred bytes each.
MOST_TEXTS = 400


class Drawing(Protocol):
    """What a figure shows: how it is made, and how it follows what it shows."""

    def build(self, figure: "Figure", theme: "Theme") -> "Sequence[Artist]":
        """Fill an empty figure; return the artists that `update` changes without the axes."""

    def update(self) -> "Sequence[Artist] | None":
        """Bring the artists up to what the drawing holds now.

        A drawing may find that more has changed than the artists that `build` returned: then it
        returns those that move from now on, and all is drawn.
        """

    def describe(self) -> str:
        """Return the text alternative: what a reader who cannot see the figure should know."""


class Region(NamedTuple):
    """A rectangle of pixels, counted from the top left corner."""

    x: int
    y: int
    width: int
    height: int


class Raster:
    """The pixels of one drawing, in one size and one theme."""

    def __init__(
        self, drawing: Drawing, theme: "Theme", *, width: float, height: float, scale: float
    ) -> None:
        """Build the figure, ``width`` by ``height`` CSS pixels of ``scale`` pixels each."""
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        from patterns.plot import theme_settings

        self.width = round(width * scale)
        self.height = round(height * scale)
        self._drawing = drawing
        self._settings: dict[Any, Any] = theme_settings(theme)
        self._background: Any = None
        self._covered: list[Region] = []
        self._texts: dict[Any, Any] = {}
        dpi = CSS_PIXELS_PER_INCH * scale
        with matplotlib.rc_context(self._settings):
            self._checked = {name: matplotlib.rcParams[name] for name in self._settings}
            # Not through pyplot, which would keep every figure. Half a pixel more, because
            # matplotlib cuts the fraction off.
            self._figure = Figure(
                figsize=((self.width + 0.5) / dpi, (self.height + 0.5) / dpi),
                dpi=dpi,
                layout="constrained",
            )
            self._canvas: Any = FigureCanvasAgg(self._figure)
            self._let_move(drawing.build(self._figure, theme))

    @property
    def pixels(self) -> memoryview:
        """The figure as it was last drawn: height by width by 4 bytes, red, green, blue, alpha.

        These are matplotlib's own pixels, not a copy: the next drawing changes them.
        """
        return memoryview(self._canvas.buffer_rgba())

    def draw(self) -> Region:
        """Draw everything; return what has changed, which is all of it."""
        with _in_force(self._checked):
            self._let_move(self._drawing.update())
            return self._draw_all()

    def _let_move(self, artists: "Sequence[Artist] | None") -> None:
        if artists is None:
            return
        self._moving = list(artists)
        for artist in self._moving:
            artist.set_animated(True)

    def _draw_all(self) -> Region:
        if self._background is None:
            self._lay_out()
        with _sparing(self._figure), _remembering(self._texts, self._canvas.get_renderer()):
            self._canvas.draw()
        self._background = self._canvas.copy_from_bbox(self._figure.bbox)
        self._covered = self._draw_moving()
        return Region(0, 0, self.width, self.height)

    def move(self) -> Region:
        """Draw what moves over the background that `draw` left; return what has changed."""
        if self._background is None:
            return self.draw()
        with _in_force(self._checked):
            artists = self._drawing.update()
            if artists is not None:
                self._let_move(artists)
                return self._draw_all()
            self._canvas.restore_region(self._background)
            # A colour such as "C0" is looked up as it is drawn.
            formerly, self._covered = self._covered, self._draw_moving()
        return enclosing([*formerly, *self._covered])

    def save(self, file_format: Literal["svg", "png"], dpi: float = 192) -> bytes:
        """Return the figure as a file; ``dpi`` is how sharp a PNG is, and what an SVG rasterizes.

        It shows what the drawing holds now, drawn or not. The same figure gives the same file.
        """
        import matplotlib

        content = io.BytesIO()
        with matplotlib.rc_context(self._settings):
            self._let_move(self._drawing.update())
            self._lay_out()
            self._figure.savefig(
                content,
                format=file_format,
                dpi=dpi,
                metadata={"Date": None} if file_format == "svg" else None,
            )
        # Saving has drawn over the canvas.
        self._background = None
        return content.getvalue()

    def _lay_out(self) -> None:
        """Find a place for every label; for the first drawing alone, since it is slow.

        From then on axes and labels stand still, as they should in motion. A figure whose numbers
        have become much wider is built again to find them another place.
        """
        engine = self._figure.get_layout_engine()
        if engine is None:
            return
        engine.execute(self._figure)
        if _needs_another_round(self._figure):
            self._figure.draw_without_rendering()
        self._figure.set_layout_engine("none")
        renderer = self._canvas.get_renderer()
        for axes in self._figure.axes:
            if axes.name != "3d":
                _spare_measuring(axes, axes.xaxis, renderer)
                _spare_measuring(axes, axes.yaxis, renderer)

    def _draw_moving(self) -> list[Region]:
        """Draw the moving artists; return where each of them may have left a pixel."""
        renderer = self._canvas.get_renderer()
        for artist in self._moving:
            self._figure.draw_artist(artist)
        return [self._region(_extent(artist, renderer)) for artist in self._moving]

    def _region(self, box: Any) -> Region:
        """Return the pixels of a box, which matplotlib measures from the bottom left corner."""
        left, right = (_within(x, self.width) for x in (box.x0 - 1, box.x1 + 1))
        top, bottom = (_within(self.height - y, self.height) for y in (box.y1 + 1, box.y0 - 1))
        return Region(left, top, right - left, bottom - top)


def enclosing(regions: Iterable[Region]) -> Region:
    """Return the smallest region that holds all ``regions``; an empty one if there are none."""
    filled = [region for region in regions if region.width and region.height]
    if not filled:
        return Region(0, 0, 0, 0)
    x = min(region.x for region in filled)
    y = min(region.y for region in filled)
    right = max(region.x + region.width for region in filled)
    bottom = max(region.y + region.height for region in filled)
    return Region(x, y, right - x, bottom - y)


def _extent(artist: "Artist", renderer: Any) -> Any:
    """Return the box that an artist is clipped to; its own where it is not clipped."""
    return artist.get_clip_box() or artist.get_window_extent(renderer)


@contextmanager
def _in_force(checked: dict[str, Any]) -> "Iterator[None]":
    """Apply settings that matplotlib has checked already.

    In place of matplotlib.rc_context, which copies and checks them all: a tenth of a drawing.
    """
    from matplotlib import rcParams

    former = {name: rcParams[name] for name in checked}
    try:
        dict.update(rcParams, checked)
        yield
    finally:
        dict.update(rcParams, former)


@contextmanager
def _sparing(figure: "Figure") -> "Iterator[None]":
    """Have axes not measure the numbers beside them, but where that places something.

    They do so for what they write at their end, such as "1e6", and mostly there is nothing to
    write: a tenth of a drawing.
    """
    spared: list[Any] = [
        axis
        for axes in figure.axes
        if axes.name == "rectilinear"
        for axis in (axes.xaxis, axes.yaxis)
    ]
    for axis in spared:
        _spare_boxes(axis)
    try:
        yield
    finally:
        for axis in spared:
            del axis._get_ticklabel_bboxes


def _spare_boxes(axis: Any) -> None:
    measure = axis._get_ticklabel_bboxes

    def boxes(ticks: Any, renderer: Any = None) -> Any:
        return measure(ticks, renderer) if axis.get_major_formatter().get_offset() else ([], [])

    axis._get_ticklabel_bboxes = boxes


@contextmanager
def _remembering(texts: dict[Any, Any], renderer: Any) -> "Iterator[None]":
    """Have level text drawn from ``texts``, where its pixels lie since it was first drawn.

    From one drawing to the next most numbers beside the axes are the same, and setting them again
    takes a fifth of it.
    """
    from matplotlib.backends import backend_agg

    agg: Any = backend_agg
    draw = renderer.draw_text

    def draw_text(
        gc: Any, x: float, y: float, s: str, prop: Any, angle: float, *mathtext: Any, **options: Any
    ) -> None:
        if angle or any(mathtext[:1]) or options.get("ismath"):
            draw(gc, x, y, s, prop, angle, *mathtext, **options)
            return
        smooth = gc.get_antialiased()
        found = texts.get((s, prop, smooth))
        if found is None:
            if len(texts) == MOST_TEXTS:
                texts.clear()
            found = _set_text(renderer, s, prop, smooth, agg.get_hinting_flag())
            # A copy, because the artist's own may change.
            texts[s, prop.copy(), smooth] = found
        image, across, down, descent = found
        place = (round(x + across), round(y + down + descent) + 1)
        renderer._renderer.draw_text_image(image, *place, 0, gc)

    renderer.draw_text = draw_text
    try:
        yield
    finally:
        del renderer.draw_text


def _set_text(
    renderer: Any, text: str, prop: Any, smooth: bool, hinting: int
) -> "tuple[Any, float, float, float]":
    """Return a text's pixels, and in pixels where they lie from its origin, and its descent."""
    import numpy as np

    font = renderer._prepare_font(prop)
    font.set_text(text, 0, flags=hinting)
    font.draw_glyphs_to_bitmap(antialiased=smooth)
    # matplotlib counts in 64ths here.
    across, down = font.get_bitmap_offset()
    return np.array(font.get_image()), across / 64, down / 64, font.get_descent() / 64


def _needs_another_round(figure: "Figure") -> bool:
    """Whether axes choose other ticks in the room that the layout has left them, so that labels
    need another place; or whether they may have another shape than that room."""
    for axes in figure.axes:
        is_bar = hasattr(axes, "_colorbar")
        if is_bar or axes.name != "rectilinear" or axes.get_aspect() != "auto":
            return True
    every: list[Any] = [axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]
    return any(_ticks(axis) != (axis._update_ticks(), _ticks(axis))[1] for axis in every)


def _ticks(axis: Any) -> list[str]:
    return [tick.label1.get_text() for tick in (*axis.majorTicks, *axis.minorTicks)]


def _spare_measuring(axes: "Axes", axis: Any, renderer: Any) -> None:
    """Leave the label where it is, instead of measuring every number beside it each time."""
    from matplotlib.ticker import NullLocator

    axis._update_label_position(renderer)
    place = axis.label.get_transform().transform(axis.label.get_position())
    axis.set_label_coords(*axes.transAxes.inverted().transform(place))
    if isinstance(axis.get_minor_locator(), NullLocator):
        # Where there are none, none can coincide with the major ones, and be looked for.
        axis.remove_overlapping_locs = False


def _within(position: float, end: int) -> int:
    return min(max(math.floor(position + 0.5), 0), end)
