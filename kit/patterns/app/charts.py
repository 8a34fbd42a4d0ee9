"""Shows figures of Plotly and charts of Altair by their JavaScript, which the app brings along.

    from patterns.charts import chart

    def mount(root, handlers):
        root.append(chart(px.line(x=[1, 2, 3], y=[1, 4, 9], title="Squares"), handlers))

A function of `patterns.live` can return one, too. A dict needs no Python package: what Plotly's
JavaScript takes, {"data": [...], "layout": {...}}, or a specification of Vega-Lite with its
"$schema".

Put the files that PLOTLY or VEGA name into app/scripts/. They are fetched when a chart is first
shown. It has the page's colours, unless it has a template, a theme or a background of its own.
"""

import asyncio
import importlib
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from pyscript import document, window
from pyscript.ffi import to_js

from patterns.chartspec import Colours, Spec, describe, fitted, height_of, plotly_in, vega_in
from patterns.dom import Element, css_variable, element, next_paint, remove, update
from patterns.events import Handlers
from patterns.fetch import FetchError, FetchTimeoutError, StatusError, get_text
from patterns.interop import call_async

FOLDER = "./scripts"
# Seconds: some megabytes, on a slow line.
PATIENCE = 120.0
CONFIG = {"displaylogo": False, "responsive": True, "modeBarButtonsToRemove": ["toImage"]}


class Script(NamedTuple):
    """A file in app/scripts/: the global that it defines, and the package of npm that has it."""

    file: str
    defines: str
    package: str


PLOTLY = (Script("plotly.min.js", "Plotly", "plotly.js-dist-min"),)
VEGA = (
    Script("vega.min.js", "vega", "vega"),
    Script("vega-lite.min.js", "vegaLite", "vega-lite"),
    Script("vega-embed.min.js", "vegaEmbed", "vega-embed"),
)


def chart(figure: object, handlers: Handlers, *, alt: str = "", name: str = "chart") -> Element:
    """Return an element with a figure of Plotly, a chart of Altair, or the dict of either.

    ``alt`` is its text alternative, made of its titles unless given; ``name`` is that of its files.
    Where the JavaScript does not come, the element says so. Raises TypeError for anything else.
    """
    return _Chart(spec_of(figure), handlers, alt, name).element


def spec_of(figure: Any) -> Spec:
    """Return what JavaScript takes for a figure. Raises TypeError."""
    if hasattr(figure, "to_plotly_json"):
        return dict(json.loads(figure.to_json()))
    if hasattr(figure, "to_dict"):
        return dict(figure.to_dict())
    if isinstance(figure, Mapping) and ("$schema" in figure or "data" in figure):
        return dict(figure)
    raise TypeError(f"A chart is a figure of Plotly or Altair, and no {type(figure).__name__}.")


def missing(script: Script, scripts: Sequence[Script], spec: Spec) -> str:
    """Say which files a library needs, and where to get them."""
    *most, last = (f"app{FOLDER[1:]}/{each.file}" for each in scripts)
    files = " and ".join(filter(None, (", ".join(most), last)))
    packages = ", ".join(f"{each.package}{_version(each, spec)}" for each in scripts)
    return f"A chart needs {files}, and {script.file} is not there. npm has it: {packages}."


class _Chart:
    """A chart on the page, for as long as a view stands."""

    def __init__(self, spec: Spec, handlers: Handlers, alt: str, name: str) -> None:
        self._spec, self._handlers = spec, handlers
        self._of_vega = "$schema" in spec
        self._words = alt or describe(spec)
        self._turn = asyncio.Lock()
        self._release: Callable[[], object] | None = None
        self._image: Callable[[str], Any] | None = None
        # Its room is there before it is.
        self._place = element("div", style=f"min-height: {height_of(spec):g}px")
        # Where it is wider than the page, it is scrolled by keyboard, too.
        self._frame = element("div", self._place, class_="scroll", role="figure", tabindex=0)
        update(self._frame, aria_label=self._words, aria_busy=True)
        self._said = element("p", class_="bad", role="status", hidden=True)
        self._files = element("p", class_="row", style="margin-top: 0.75rem", hidden=True)
        for ending in ("svg", "png"):
            what = f"Save as {ending.upper()}"
            button = element("button", what, type="button", aria_label=f"{what}: {name}")
            handlers.on(button, "click", lambda ending=ending: self._save(ending, name))
            self._files.append(button)
        self.element = element("div", self._frame, self._said, self._files)
        handlers.on(window, "app:scheme", self._draw)
        handlers.on_close(self._leave)
        handlers.start(self._draw(), "A chart could not be drawn")

    async def _draw(self) -> None:
        """Draw the chart in the page's present colours, or say why that cannot be."""
        async with self._turn:
            said = ""
            try:
                await _load(VEGA if self._of_vega else PLOTLY, self._spec)
                while not self._place.isConnected:
                    await next_paint()  # nobody knows before how wide it is
                self._leave()
                await (self._draw_vega if self._of_vega else self._draw_plotly)(_page_colours())
            except FetchError as error:
                said = str(error)
            finally:
                update(self._said, text=said, hidden=not said)
                update(self._frame, hidden=bool(said), aria_busy=False)
                update(self._files, hidden=self._image is None)

    async def _draw_plotly(self, colours: Colours) -> None:
        figure = plotly_in(colours, self._spec)
        layout = {"height": 450, **figure.get("layout", {})}
        figure |= {"layout": layout, "config": CONFIG | figure.get("config", {})}
        place, plotly = self._place._dom_element, window.Plotly
        await call_async(plotly, "newPlot", place, _in_javascript(figure))
        self._release = lambda: plotly.purge(place)
        self._image = lambda ending: call_async(plotly, "toImage", place, to_js({"format": ending}))

    async def _draw_vega(self, colours: Colours) -> None:
        spec = fitted({"description": self._words, **self._spec})
        options = {
            "actions": False,
            "config": vega_in(colours, spec),
            "renderer": "svg",
            "tooltip": {"theme": "dark" if colours.dark else "light"},
        }
        given = (self._place._dom_element, _in_javascript(spec), _in_javascript(options))
        drawn = await call_async(window, "vegaEmbed", *given)
        self._release = drawn.finalize
        self._image = lambda ending: call_async(drawn.view, "toImageURL", ending, 2)

    async def _save(self, ending: str, name: str) -> None:
        if self._image is not None:
            url = str(await self._image(ending))
            element("a", href=url, download=f"{name}.{ending}").click()
            self._handlers.on_close(lambda: window.URL.revokeObjectURL(url))

    def _leave(self) -> None:
        if self._release is not None:
            self._release()
        self._release = self._image = None


async def _load(scripts: Sequence[Script], spec: Spec) -> None:
    """Run the scripts of a library, in their order, unless that is done. Raises a FetchError."""
    async with _loading:
        for script in scripts:
            url = f"{FOLDER}/{script.file}"
            if not hasattr(window, script.defines):
                await _run(url)
            if not hasattr(window, script.defines):
                raise FetchError(url, missing(script, scripts, spec))


async def _run(url: str) -> None:
    """Run a script; where there is none, nothing happens. Raises a FetchError for other reasons."""
    script = element("script", src=url)
    listening, heard = Handlers(), asyncio.get_running_loop().create_future()

    def settle(event: Any) -> None:
        if not heard.done():
            heard.set_result(str(event.type))

    for event in ("load", "error"):
        listening.on(script, event, settle)
    document.head.append(script._dom_element)
    try:
        came = await asyncio.wait_for(heard, PATIENCE) == "load"
    except TimeoutError as error:
        raise FetchTimeoutError(url, PATIENCE) from error
    finally:
        listening.close()
        remove(script)  # what it has defined stays
    if not came:
        # Browsers do not say why. Asked for as text, it tells by itself.
        try:
            await get_text(url)
        except StatusError as error:
            if error.status != 404:
                raise


def _version(script: Script, spec: Spec) -> str:
    """Return the version that goes with what made the chart, as npm takes it, if that is known."""
    if known := re.search(r"/vega-lite/v(\d+)", str(spec.get("$schema"))):
        return f"@{int(known[1]) + (script.defines == 'vegaEmbed')}"
    if script in PLOTLY and "plotly" in sys.modules:
        return f"@{importlib.import_module('plotly.offline').get_plotlyjs_version()}"
    return ""


def _page_colours() -> Colours:
    ink, paper, grid = map(css_variable, ("--ink", "--surface", "--line"))
    return Colours(ink, paper, grid, tuple(css_variable(f"--curve-{each}") for each in range(1, 7)))


def _in_javascript(values: Mapping[str, Any]) -> Any:
    return window.JSON.parse(json.dumps(values))


# Charts of one page need the same scripts once.
_loading = asyncio.Lock()
