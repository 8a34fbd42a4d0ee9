"""Draws the chart of the documentation: time to the first figure, as an SVG for light and dark."""

from html import escape

from benchmarks.results import LABELS, Profiles

WIDTH = 760
NAMES = 230
NUMBERS = 60
BAR, GAP, GROUP = 22, 6, 44
TOP = 64

STYLE = """
    text { font: 14px system-ui, sans-serif; fill: #1c2430 }
    .title { font-weight: 600; font-size: 16px }
    .note { fill: #5b6472 }
    .other { fill: #aab2bd }
    .own { fill: #0f5c6e }
    @media (prefers-color-scheme: dark) {
      text { fill: #e8e6e1 }
      .note { fill: #a3abb6 }
      .other { fill: #5b6472 }
      .own { fill: #5cc0d6 }
    }
"""
OTHERS = ("pyscript-create", "plain-pyodide")


def draw_chart(profiles: Profiles) -> str:
    """Return an SVG with a bar for each candidate in each profile, first visits only."""
    groups = {
        profile: {
            candidate: values["first_figure_ms"] / 1000
            for candidate, values in visits["first"].items()
        }
        for profile, visits in profiles.items()
    }
    longest = max(seconds for bars in groups.values() for seconds in bars.values())
    room = WIDTH - NAMES - NUMBERS
    parts: list[str] = []
    y = TOP
    for profile, bars in groups.items():
        parts.append(_text(0, y + 6, LABELS[profile], "note"))
        y += GAP + 12
        for candidate, seconds in bars.items():
            kind = "other" if candidate in OTHERS else "own"
            width = room * seconds / longest
            middle = y + BAR / 2 + 5
            parts += [
                _text(0, middle, LABELS[candidate].replace("`", "")),
                f'<rect class="{kind}" x="{NAMES}" y="{y}" width="{width:.1f}" height="{BAR}"/>',
                _text(NAMES + width + 8, middle, f"{seconds:.1f} s"),
            ]
            y += BAR + GAP
        y += GROUP - GAP - 12
    height = y - GROUP + 28
    told = "; ".join(
        f"{LABELS[profile]}: "
        + ", ".join(f"{LABELS[name].replace('`', '')} {bar:.1f} s" for name, bar in bars.items())
        for profile, bars in groups.items()
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img">',
            f"  <title>First visit, seconds to the first figure. {escape(told)}.</title>",
            f"  <style>{STYLE}  </style>",
            "  " + _text(0, 22, "First visit: seconds from the click to the first figure", "title"),
            *(f"  {part}" for part in parts),
            "</svg>",
            "",
        ]
    )


def _text(x: float, y: float, words: str, kind: str = "") -> str:
    attribute = f' class="{kind}"' if kind else ""
    return f'<text{attribute} x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'
