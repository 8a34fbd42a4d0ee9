"""What Plotly and Vega-Lite take as JSON: its text alternative, and the page's colours in it.

`patterns.charts` shows it. Nothing here knows of the browser.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

Spec = dict[str, Any]

# What in Plotly's own template has the colours of text, ground and lines.
_TEXT, _GROUNDS, _LINES = "#2a3f5f", ("#E5ECF6", "#EBF0F8"), ("white", "#C8D4E3")


class Colours(NamedTuple):
    """Those of the page, as "#rrggbb": of text, ground, lines, and the curves."""

    ink: str
    paper: str
    grid: str
    curves: tuple[str, ...]

    @property
    def dark(self) -> bool:
        """Whether the ground is."""
        return self.paper[1:2] < "8"


def describe(spec: Mapping[str, Any]) -> str:
    """Return the text alternative of a chart: its titles, what is over what, and the curves."""
    if spec.get("description"):
        return str(spec["description"])
    curves: list[str] = []
    if "$schema" in spec:
        layers = [spec, *spec.get("layer", ())]
        axes: Spec = next((each["encoding"] for each in layers if "encoding" in each), {})
        over = [_words(axes.get(axis)) for axis in ("y", "x")]
        title = _words(spec.get("title"))
    else:
        layout = spec.get("layout", {})
        over = [_words(layout.get(axis)) for axis in ("yaxis", "xaxis")]
        title = _words(layout.get("title"))
        curves = [_words(each.get("name")) for each in spec["data"]]
    titled = _joined(": ", title, _joined(" over ", *over))
    return f"{_joined('. ', 'Chart', titled, _joined(', ', *curves))}."


def plotly_in(colours: Colours, figure: Spec) -> Spec:
    """Return a figure of Plotly in the page's colours; as it is where it has colours of its own.

    Plotly gives each figure a template, and the page's colours go into that. Any other is the
    author's.
    """
    layout = figure.get("layout", {})
    template = layout.get("template") or {}
    given = template.get("layout", {})
    if {"paper_bgcolor", "plot_bgcolor"} & layout.keys():
        return figure
    if template and given.get("plot_bgcolor") != _GROUNDS[0]:
        return figure
    ink, paper, grid, curves = colours
    lines = {"gridcolor": grid, "linecolor": grid, "zerolinecolor": grid, "automargin": True}
    page = {
        "colorway": list(curves),
        "font": {"color": ink},
        **dict.fromkeys(("paper_bgcolor", "plot_bgcolor"), paper),
        **dict.fromkeys(("xaxis", "yaxis"), lines),
        **{part: {"bgcolor": paper} for part in ("geo", "polar", "ternary")},
    }
    shades = {_TEXT: ink} | dict.fromkeys(_GROUNDS, paper) | dict.fromkeys(_LINES, grid)
    # Plotly Express writes the colours of the template into each curve.
    curves_of = dict(zip(given.get("colorway", ()), curves, strict=False))
    return {
        **figure,
        "data": _swapped(figure["data"], curves_of),
        "layout": {
            **_swapped(layout, curves_of),
            "template": _merged(_swapped(template, shades), {"layout": page}),
        },
    }


def vega_in(colours: Colours, spec: Mapping[str, Any]) -> Spec:
    """Return Vega's `config` for a chart in the page's colours; {} where it has its own."""
    theme = spec.get("usermeta", {}).get("embedOptions", {}).get("theme")
    if theme or "background" in spec or "background" in spec.get("config", {}):
        return {}
    ink, paper, grid, curves = colours
    return {
        "axis": {"domainColor": ink, "gridColor": grid, "tickColor": ink},
        "background": paper,
        "mark": {"color": curves[0]},
        "range": {"category": list(curves)},
        "rule": {"color": ink},
        "style": {
            **{style: {"fill": ink} for style in ("guide-label", "guide-title", "group-title")},
            "cell": {"stroke": grid},
        },
        "text": {"color": ink},
        "title": {"color": ink, "subtitleColor": ink},
    }


def height_of(spec: Mapping[str, Any]) -> float:
    """Return how high a chart will be, in pixels: as it says, or as its library chooses."""
    height = (spec if "$schema" in spec else spec.get("layout", {})).get("height")
    if isinstance(height, int | float):
        return height
    return 300 if "$schema" in spec else 450


def fitted(spec: Spec) -> Spec:
    """Return a chart of Vega-Lite as wide as the page, if it is one chart without a width."""
    one = spec.keys() & {"mark", "layer"} and "vega-lite" in spec["$schema"]
    facets = spec.get("encoding", {}).keys() & {"row", "column", "facet"}
    return {"width": "container", **spec} if one and not facets else spec


def _words(titled: Any) -> str:
    """Return the title of a part of a chart without Plotly's markup, or else what it shows."""
    if isinstance(titled, Mapping):
        names = ("text", "title", "field", "aggregate")
        return _words(next((titled[name] for name in names if titled.get(name)), ""))
    if isinstance(titled, list):
        return _joined(" ", *map(_words, titled))
    return " ".join(re.sub(r"<[^>]*>", " ", str(titled or "")).split())


def _joined(mark: str, *words: str) -> str:
    return mark.join(filter(None, words))


def _swapped(value: Any, others: Mapping[str, str]) -> Any:
    """Return what JSON holds, with other texts in place of some."""
    if isinstance(value, Mapping):
        return {key: _swapped(each, others) for key, each in value.items()}
    if isinstance(value, list):
        return [_swapped(each, others) for each in value]
    return others.get(value, value) if isinstance(value, str) else value


def _merged(value: Mapping[str, Any], other: Mapping[str, Any]) -> Spec:
    """Return both of two tables, tables in them merged the same way; ``other`` wins."""
    both = {
        key: _merged(value[key], other[key])
        for key in value.keys() & other.keys()
        if isinstance(value[key], Mapping) and isinstance(other[key], Mapping)
    }
    return {**value, **other, **both}
