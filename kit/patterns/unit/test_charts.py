import asyncio
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from pyscript import document, window

from patterns import charts
from patterns.charts import PLOTLY, VEGA, chart, missing, spec_of
from patterns.dom import next_paint
from patterns.events import Handlers
from patterns.fetch import NetworkError, StatusError

FIGURE = {"data": [{"y": [1, 4, 9]}], "layout": {"title": {"text": "Squares"}}}
SCHEMA = "https://vega.github.io/schema/vega-lite/v5.20.1.json"


class PlotlyFigure:
    """As much of one of Plotly's as is asked for."""

    def to_plotly_json(self) -> Any:
        raise NotImplementedError  # it holds arrays

    def to_json(self) -> str:
        return '{"data": [{"y": [1]}], "layout": {}}'


def test_figures_and_dicts_give_what_javascript_takes() -> None:
    assert spec_of(PlotlyFigure()) == {"data": [{"y": [1]}], "layout": {}}
    assert spec_of(SimpleNamespace(to_dict=lambda: {"$schema": SCHEMA})) == {"$schema": SCHEMA}
    assert spec_of(FIGURE) == FIGURE
    with pytest.raises(TypeError, match="and no int"):
        spec_of(3)


def test_what_is_missing_is_named_with_the_version_that_fits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert missing(VEGA[1], VEGA, {"$schema": SCHEMA}) == (
        "A chart needs app/scripts/vega.min.js, app/scripts/vega-lite.min.js and "
        "app/scripts/vega-embed.min.js, and vega-lite.min.js is not there. npm has it: vega@5, "
        "vega-lite@5, vega-embed@6."
    )
    offline = SimpleNamespace(get_plotlyjs_version=lambda: "4.1.1")
    monkeypatch.setitem(sys.modules, "plotly", SimpleNamespace(offline=offline))
    monkeypatch.setitem(sys.modules, "plotly.offline", offline)
    assert missing(PLOTLY[0], PLOTLY, FIGURE) == (
        "A chart needs app/scripts/plotly.min.js, and plotly.min.js is not there. npm has it: "
        "plotly.js-dist-min@4.1.1."
    )


class Head:
    """The document's head, which runs the scripts that it is given, or says that it cannot."""

    def __init__(self, defines: dict[str, Any]) -> None:
        self.defines = defines
        self.ran: list[str] = []

    def append(self, script: Any) -> None:
        name = script.getAttribute("src").rsplit("/", 1)[-1]
        self.ran.append(name)
        for each, value in self.defines.get(name, {}).items():
            setattr(window, each, value)
        kind = "load" if name in self.defines else "error"
        script.dispatchEvent(window.CustomEvent.new(kind))


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A document whose head defines what it is told to, and the calls of Plotly and Vega."""
    calls: list[Any] = []

    async def call_async(target: Any, method: str, *arguments: Any) -> Any:
        calls.append((method, *arguments))
        return SimpleNamespace(finalize=lambda: calls.append(("finalize",)), view="view")

    plotly = SimpleNamespace(purge=lambda _: calls.append(("purge",)))
    for script in (*PLOTLY, *VEGA):
        monkeypatch.delattr(window, script.defines, raising=False)
    head = Head({"plotly.min.js": {"Plotly": plotly}})
    monkeypatch.setattr(document, "head", head, raising=False)
    monkeypatch.setattr(charts, "call_async", call_async)
    monkeypatch.setattr(charts, "remove", lambda _: None)
    monkeypatch.setattr(charts, "_in_javascript", lambda values: values)
    yield SimpleNamespace(head=head, calls=calls)
    for script in (*PLOTLY, *VEGA):
        if hasattr(window, script.defines):
            delattr(window, script.defines)


def shown(figure: object, handlers: Handlers) -> Any:
    made: Any = chart(figure, handlers)
    made.querySelectorAll("div")[1].isConnected = True
    return made


def test_a_chart_is_drawn_once_its_script_has_run_and_drawn_anew_in_other_colours(
    browser: Any,
) -> None:
    async def visit() -> Any:
        handlers = Handlers()
        made = shown(FIGURE, handlers)
        frame = made.querySelectorAll("div")[0]
        assert frame.getAttribute("aria-busy") == "true"
        await next_paint()
        assert frame.getAttribute("aria-busy") == "false"
        assert frame.getAttribute("aria-label") == "Chart. Squares."
        window.dispatchEvent(window.CustomEvent.new("app:scheme"))
        await next_paint()
        handlers.close()

    asyncio.run(visit())

    assert browser.head.ran == ["plotly.min.js"]
    assert [method for method, *_ in browser.calls] == ["newPlot", "purge", "newPlot", "purge"]
    drawn = browser.calls[0][2]
    assert drawn["layout"]["height"] == 450
    assert drawn["config"]["responsive"]


def said(browser: Any, figure: object) -> str:
    async def visit() -> Any:
        handlers = Handlers()
        made = shown(figure, handlers)
        await next_paint()
        handlers.close()
        return made.querySelectorAll("p")[0].textContent

    return str(asyncio.run(visit()))


def test_a_script_that_is_missing_is_named_on_the_page(
    browser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def get_text(url: str) -> str:
        raise StatusError(url, 404)

    monkeypatch.setattr(charts, "get_text", get_text)
    assert "and vega.min.js is not there" in said(browser, {"$schema": SCHEMA})
    # A host that answers with its first page for whatever it does not have.
    browser.head.defines["vega.min.js"] = {}
    assert "and vega.min.js is not there" in said(browser, {"$schema": SCHEMA})


def test_a_line_that_is_lost_is_no_missing_script(
    browser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def get_text(url: str) -> str:
        raise NetworkError(url)

    monkeypatch.setattr(charts, "get_text", get_text)
    assert "npm" not in said(browser, {"$schema": SCHEMA})
    assert "npm" not in said(browser, {"$schema": SCHEMA})
