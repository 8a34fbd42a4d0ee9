from typing import Any

import pytest

from patterns.chartspec import Colours, describe, fitted, height_of, plotly_in, vega_in

DARK = Colours("#e8e5de", "#191f26", "#313a45", ("#7fcbd9", "#f2a65a"))
VEGA_LITE = "https://vega.github.io/schema/vega-lite/v6.1.0.json"
BARS: dict[str, Any] = {
    "$schema": VEGA_LITE,
    "title": {"text": ["Metals", "by mass"], "subtitle": "in g"},
    "mark": {"type": "bar"},
    "encoding": {"x": {"field": "metal"}, "y": {"field": "mass", "title": "mass in g"}},
}
CURVE: dict[str, Any] = {
    "data": [{"name": "Fe"}, {"name": "Ni"}, {}],
    "layout": {
        "title": {"text": "<b>Decay</b><br>of two"},
        "xaxis": {"title": {"text": "time in s"}},
        "yaxis": {"title": "counts"},
    },
}
# As much as matters here of the template that Plotly gives to figures.
OWN: dict[str, Any] = {
    "data": {"table": [{"cells": {"fill": {"color": "#EBF0F8"}}}]},
    "layout": {
        "colorway": ["#636efa", "#EF553B", "#00cc96"],
        "font": {"color": "#2a3f5f"},
        "paper_bgcolor": "white",
        "plot_bgcolor": "#E5ECF6",
        "xaxis": {"gridcolor": "white", "ticks": ""},
    },
}


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (CURVE, "Chart. Decay of two: counts over time in s. Fe, Ni."),
        (BARS, "Chart. Metals by mass: mass in g over metal."),
        ({"$schema": VEGA_LITE, "layer": [{"mark": "rule"}, BARS]}, "Chart. mass in g over metal."),
        (BARS | {"description": "Iron is heavier."}, "Iron is heavier."),
        ({"data": []}, "Chart."),
    ],
)
def test_a_chart_is_told_by_its_titles_and_axes(spec: dict[str, Any], words: str) -> None:
    assert describe(spec) == words


def test_a_figure_of_plotly_has_the_pages_colours() -> None:
    # As Plotly Express writes it: the curve has the first of the template's colours.
    curve = {"name": "white", "line": {"color": "#EF553B"}}
    figure = {"data": [curve], "layout": {"template": OWN, "title": {"text": "white"}}}

    found = plotly_in(DARK, figure)

    assert found["data"] == [{"name": "white", "line": {"color": DARK.curves[1]}}]
    assert found["layout"]["title"] == {"text": "white"}
    template = found["layout"]["template"]
    assert template["data"]["table"] == [{"cells": {"fill": {"color": DARK.paper}}}]
    assert template["layout"]["font"] == {"color": DARK.ink}
    assert template["layout"]["paper_bgcolor"] == DARK.paper
    assert template["layout"]["xaxis"]["gridcolor"] == DARK.grid
    assert template["layout"]["xaxis"]["ticks"] == ""
    assert figure["data"] == [{"name": "white", "line": {"color": "#EF553B"}}]


def test_a_figure_without_a_template_has_the_pages_colours() -> None:
    template = plotly_in(DARK, CURVE)["layout"]["template"]["layout"]
    assert template["colorway"] == list(DARK.curves)
    assert template["plot_bgcolor"] == DARK.paper


@pytest.mark.parametrize(
    "layout",
    [
        {"template": {"layout": {"plot_bgcolor": "white"}}},
        {"template": {"data": {}}},
        {"template": OWN, "plot_bgcolor": "#ffffee"},
    ],
)
def test_a_figure_with_colours_of_its_own_keeps_them(layout: dict[str, Any]) -> None:
    figure = {"data": [], "layout": layout}
    assert plotly_in(DARK, figure) == figure


def test_a_chart_of_vega_has_the_pages_colours_unless_it_has_its_own() -> None:
    found = vega_in(DARK, BARS)
    assert found["background"] == DARK.paper
    assert found["style"]["guide-label"] == {"fill": DARK.ink}

    for own in (
        {"background": "white"},
        {"config": {"background": "white"}},
        {"usermeta": {"embedOptions": {"theme": "dark"}}},
    ):
        assert vega_in(DARK, BARS | own) == {}


def test_one_chart_without_a_width_is_as_wide_as_the_page() -> None:
    assert fitted(BARS)["width"] == "container"
    for other in (
        BARS | {"width": 200},
        BARS | {"encoding": {"row": {"field": "metal"}}},
        {"$schema": VEGA_LITE, "hconcat": [BARS, BARS]},
        {"$schema": "https://vega.github.io/schema/vega/v6.json", "marks": []},
    ):
        assert fitted(other) == other


def test_a_charts_room_is_known_before_it_is_drawn() -> None:
    assert height_of(CURVE) == 450
    assert height_of({"data": [], "layout": {"height": 200}}) == 200
    assert height_of(BARS | {"height": {"step": 20}}) == 300
