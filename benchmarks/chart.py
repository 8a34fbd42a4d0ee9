"""Draws the charts of the documentation as SVG for light and dark: the time to the figure in bars,
what grows with an app in lines."""

from collections.abc import Mapping
from html import escape

from benchmarks.results import LABELS, Profiles

# As narrow as its words allow, so that a phone, which shrinks it, keeps them readable.
WIDTH = 520
NAMES = 172
NUMBERS = 130
BAR, GAP, GROUP = 22, 6, 44
TOP, TOP_OF_BARS = 64, 84

STYLE = """
    text { font: 14px system-ui, sans-serif; fill: #1c2430 }
    .title { font-weight: 600; font-size: 16px }
    .note { fill: #5b6472 }
    .other { fill: #aab2bd }
    .own { fill: #0f5c6e }
    .first { stroke: #c2410c; stroke-width: 4 }
    .axis { stroke: #aab2bd }
    .line { fill: none; stroke: #0f5c6e; stroke-width: 2.5 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e8e6e1 }
      .note { fill: #a3abb6 }
      .other { fill: #5b6472 }
      .own { fill: #5cc0d6 }
      .first { stroke: #ff9d5c }
      .axis { stroke: #5b6472 }
      .line { stroke: #5cc0d6 }
    }
"""
OTHERS = ("pyscript-create", "plain-pyodide")

LEFT, RIGHT, BOTTOM, PLOT = 40, 200, 56, 200
# Apart from each other, so that the names of two lines that end together can be read.
NAMES_APART = 20
DASHES = ("none", "8 4", "2 4", "12 3 2 3")


def draw_chart(profiles: Profiles) -> str:
    """Return an SVG with a bar for each candidate in each profile, first visits only: up to the
    live figure, with a mark where the first one comes sooner than that."""
    groups = {
        profile: {
            candidate: tuple(values[name] / 1000 for name in ("first_figure_ms", "live_figure_ms"))
            for candidate, values in visits["first"].items()
        }
        for profile, visits in profiles.items()
    }
    longest = max(live for bars in groups.values() for _, live in bars.values())
    room = WIDTH - NAMES - NUMBERS
    parts: list[str] = []
    y = TOP_OF_BARS
    for profile, bars in groups.items():
        parts.append(_text(0, y + 6, LABELS[profile], "note"))
        y += GAP + 12
        for candidate, (first, live) in bars.items():
            kind = "other" if candidate in OTHERS else "own"
            width = room * live / longest
            middle = y + BAR / 2 + 5
            parts += [
                _text(0, middle, _name(candidate)),
                f'<rect class="{kind}" x="{NAMES}" y="{y}" width="{width:.1f}" height="{BAR}"/>',
                _text(NAMES + width + 8, middle, _seconds(first, live)),
            ]
            if _is_sooner(first, live):
                x = NAMES + room * first / longest
                parts.append(f'<path class="first" d="M{x:.1f} {y - 2}v{BAR + 4}"/>')
            y += BAR + GAP
        y += GROUP - GAP - 12
    height = y - GROUP + 28
    told = "; ".join(
        f"{LABELS[profile]}: "
        + ", ".join(f"{_name(candidate)} {_seconds(*bar)}" for candidate, bar in bars.items())
        for profile, bars in groups.items()
    )
    title = "First visit: seconds until Python has drawn the figure"
    return "\n".join(
        [
            _opened(height),
            f"  <title>First visit, seconds to the figure. {escape(told)}.</title>",
            f"  <style>{STYLE}  </style>",
            "  " + _text(0, 22, title, "title"),
            f'  <path class="first" d="M5 {TOP_OF_BARS - 46}v14"/>',
            "  " + _text(14, TOP_OF_BARS - 34, "the first figure, kept from the build", "note"),
            *(f"  {part}" for part in parts),
            "</svg>",
            "",
        ]
    )


def _name(candidate: str) -> str:
    return LABELS[candidate].replace("`", "")


def _is_sooner(first: float, live: float) -> bool:
    return first < 0.99 * live


def _seconds(first: float, live: float) -> str:
    return f"{first:.1f} s, live {live:.1f} s" if _is_sooner(first, live) else f"{live:.1f} s"


def draw_lines(title: str, across: str, lines: Mapping[str, Mapping[int, float]]) -> str:
    """Return an SVG with a line for each name, through seconds by what ``across`` counts."""
    counts = sorted({count for line in lines.values() for count in line})
    longest = max(seconds for line in lines.values() for seconds in line.values())
    bottom = TOP + PLOT

    def place(count: int, seconds: float) -> tuple[float, float]:
        return (
            LEFT + (WIDTH - LEFT - RIGHT) * count / counts[-1],
            bottom - PLOT * seconds / longest,
        )

    right = place(counts[-1], 0)[0]
    parts = [
        f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{right:.1f}" fill="none"/>',
        _text(0, TOP + 5, f"{longest:.1f} s", "note"),
        _text(0, bottom + 5, "0 s", "note"),
        *(_text(place(count, 0)[0] - 8, bottom + 22, str(count), "note") for count in counts),
        _text(LEFT, bottom + 44, across, "note"),
    ]
    ends = sorted((place(counts[-1], line[counts[-1]])[1], name) for name, line in lines.items())
    height = 0.0
    for end, name in ends:
        height = max(end, height + NAMES_APART)
        parts.append(_text(right + 10, height + 5, f"{name}: {lines[name][counts[-1]]:.1f} s"))
    for (name, line), dashes in zip(lines.items(), DASHES, strict=False):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*each) for each in line.items()))
        parts.append(
            f'<polyline class="line" stroke-dasharray="{dashes}" points="{points}">'
            f"<title>{escape(name)}</title></polyline>"
        )
    told = "; ".join(
        f"{name}: " + ", ".join(f"{seconds:.1f} s at {count}" for count, seconds in line.items())
        for name, line in lines.items()
    )
    return "\n".join(
        [
            _opened(bottom + BOTTOM),
            f"  <title>{escape(f'{title}, by {across}. {told}.')}</title>",
            f"  <style>{STYLE}  </style>",
            "  " + _text(0, 22, title, "title"),
            *(f"  {part}" for part in parts),
            "</svg>",
            "",
        ]
    )


def _opened(height: float) -> str:
    size = f'width="{WIDTH}" viewBox="0 0 {WIDTH} {height:g}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'


def _text(x: float, y: float, words: str, kind: str = "") -> str:
    attribute = f' class="{kind}"' if kind else ""
    return f'<text{attribute} x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'
