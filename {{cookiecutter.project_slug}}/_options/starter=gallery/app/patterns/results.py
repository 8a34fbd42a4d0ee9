"""Shows what a function returns: text, numbers, elements, tables, figures.

    show_result(place, [{"metal": "Fe", "mass": 55.85}, {"metal": "Ni", "mass": 58.69}], handlers)

A list of dicts, a numpy array of one or two dimensions and a pandas DataFrame are tables: their
columns sort, and they can be saved as CSV. None shows nothing. Figures are those of matplotlib and,
with the pattern `charts`, of Plotly and Altair.
"""

import importlib
import io
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from patterns.dom import Element, clear, download, element, release_image, show_image, update
from patterns.events import Handlers
from patterns.table import write_table

# More rows than this nobody reads on a page; the CSV has all.
MOST_ROWS = 1000


def show_result(
    place: Element, result: object, handlers: Handlers, *, caption: str = "", name: str = "table"
) -> None:
    """Show ``result`` in ``place``, instead of what is there; ``handlers`` owns its buttons.

    ``caption`` stands over a table, and ``name`` is that of its file. Raises TypeError for what
    nobody knows how to show.
    """

    def tabled(columns: Sequence[object], rows: Sequence[Sequence[object]]) -> Element:
        return table([str(each) for each in columns], rows, handlers, caption=caption, name=name)

    shown = _shown(result, handlers, tabled)
    clear(place)
    if shown is not None:
        place.append(shown)


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    handlers: Handlers,
    *,
    caption: str = "",
    name: str = "table",
) -> Element:
    """Return a table whose columns sort, with a button that saves it as ``name``.csv."""
    return _Table(columns, rows, handlers, caption, name).element


class _Table:
    def __init__(
        self,
        columns: Sequence[str],
        rows: Sequence[Sequence[object]],
        handlers: Handlers,
        caption: str,
        name: str,
    ) -> None:
        self._rows = list(rows)
        self._sorted_by: int | None = None
        self._descending = False
        self._heads = []
        for place, column in enumerate(columns):
            button = element("button", column or "#", type="button")
            handlers.on(button, "click", lambda place=place: self._sort(place))
            self._heads.append(element("th", button, scope="col"))
        self._body = element("tbody")
        words = [caption] if caption else []
        if len(rows) > MOST_ROWS:
            words.append(f"{MOST_ROWS:,} of {len(rows):,} rows; the CSV has all.")
        captions = [element("caption", " ".join(words))] if words else []
        head = element("thead", element("tr", self._heads))
        # Where it is wider than the page, it is scrolled by keyboard, too.
        scrolled = element(
            "div",
            element("table", captions, head, self._body),
            class_="scroll",
            tabindex=0,
            role="group",
            aria_label=caption or name,
        )

        def save() -> None:
            # Spreadsheets take it for UTF-8 by its first character.
            content = b"\xef\xbb\xbf" + write_table(list(columns), self._rows)
            download(content, f"{name}.csv", "text/csv")

        button = element("button", "Save as CSV", type="button", aria_label=f"Save as CSV: {name}")
        handlers.on(button, "click", save)
        self.element = element("div", scrolled, element("p", button, class_="row"))
        self._fill()

    def _sort(self, place: int) -> None:
        self._descending = self._sorted_by == place and not self._descending
        self._sorted_by = place
        # What is missing comes last, either way.
        there = [row for row in self._rows if not _is_missing(row[place])]
        missing = [row for row in self._rows if _is_missing(row[place])]
        there.sort(key=lambda row: _order(row[place]), reverse=self._descending)
        self._rows = there + missing
        for number, head in enumerate(self._heads):
            way = "descending" if self._descending else "ascending"
            update(head, aria_sort=way if number == place else None)
        self._fill()

    def _fill(self) -> None:
        clear(self._body)
        for row in self._rows[:MOST_ROWS]:
            self._body.append(element("tr", (element("td", _written(each)) for each in row)))


def _written(value: object) -> str:
    """Return what a cell of a table says."""
    if _is_missing(value):
        return "-"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _is_missing(value: Any) -> bool:
    # NaN is not itself, and pandas' NA refuses to say.
    return value is None or type(value).__name__ in {"NAType", "NaTType"} or value != value


def _order(value: object) -> tuple[int, Any]:
    """What a column is sorted by: numbers by size, before texts by the alphabet."""
    try:
        return (0, float(cast(Any, value))) if not isinstance(value, str) else (1, value.casefold())
    except (TypeError, ValueError):
        return (1, str(value).casefold())


_Tabled = Callable[[Sequence[object], Sequence[Sequence[object]]], Element]


def _shown(result: Any, handlers: Handlers, tabled: _Tabled) -> Element | None:
    if result is None or isinstance(result, Element):
        return result
    if isinstance(result, str | int | float | complex):
        text = f"{result:.6g}" if isinstance(result, float) else str(result)
        return element("p", element("output", text))
    if isinstance(result, list | tuple) and not result:
        return element("p", element("output", "No rows."))
    if _is_records(result):
        columns = list(dict.fromkeys(key for record in result for key in record))
        return tabled(columns, [[record.get(column) for column in columns] for record in result])
    # By name, so that none of these packages has to be imported.
    packages = {kind.__module__.partition(".")[0] for kind in type(result).__mro__}
    if "pandas" in packages and hasattr(result, "to_numpy"):
        return _frame(result, tabled)
    if "numpy" in packages and hasattr(result, "tolist"):
        if result.ndim == 0:
            return _shown(result.item(), handlers, tabled)
        if result.ndim <= 2:
            wide = result.reshape(len(result), -1)
            return tabled(range(wide.shape[1]), wide.tolist())
        raise TypeError(f"An array of {result.ndim} dimensions cannot be shown: return one or two.")
    if "matplotlib" in packages and hasattr(result, "savefig"):
        return _figure(result, handlers)
    # As it is, or as what its JavaScript takes.
    if packages & {"altair", "plotly"} or _has(result, "$schema") or _has(result, "data", "layout"):
        return _chart(result, handlers)
    raise TypeError(
        f"A result of the type {type(result).__name__} cannot be shown: return text, a number, a "
        "list of dicts, an array, a DataFrame, a figure or an element."
    )


def _has(result: object, *names: str) -> bool:
    return isinstance(result, dict) and result.keys() >= {*names}


def _chart(result: object, handlers: Handlers) -> Element:
    try:
        charts: Any = importlib.import_module("patterns.charts")
    except ImportError as error:
        raise TypeError("Plotly and Altair need a pattern: pyscript add pattern charts") from error
    return cast(Element, charts.chart(result, handlers))


def _is_records(result: Any) -> bool:
    return isinstance(result, Sequence) and all(isinstance(each, Mapping) for each in result)


def _frame(result: Any, tabled: _Tabled) -> Element:
    frame = result.to_frame() if result.ndim == 1 else result
    named = frame.index.name is not None or type(frame.index).__name__ != "RangeIndex"
    columns = [*([frame.index.name or ""] if named else []), *frame.columns]
    return tabled(columns, [list(row) for row in frame.itertuples(index=named, name=None)])


def _figure(result: Any, handlers: Handlers) -> Element:
    content = io.BytesIO()
    result.savefig(content, format="svg", metadata={"Date": None})
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close(result)  # it would keep every figure that it has made
    titles = filter(None, (axes.get_title() for axes in result.axes))
    image = element("img", alt="")
    show_image(image, content.getvalue(), "image/svg+xml", ", ".join(titles) or "A figure")
    handlers.on_close(lambda: release_image(image))
    return element("div", image, class_="plot")
