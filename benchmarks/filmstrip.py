"""`make filmstrip`: what a first visitor sees of the built app, and of `pyscript create`'s page.

Loads both on a slow line, has Chromium take a picture of each frame, and looks at the screen every
100 ms. Draws the moments at which it changed into docs/pictures/filmstrip.svg, for
docs/prerender.md, and what moves into docs/pictures/first-visit.svg, for README.md. All pictures
are in build/bench/filmstrip/.
"""

import base64
import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from benchmarks.candidates import BENCH, CANDIDATES, Candidate, prepare
from benchmarks.chart import STYLE
from benchmarks.host import Host, serve
from benchmarks.load import PROFILES, WINDOW, emulate, new_browser, open_page, times_of
from benchmarks.machine import describe_machine, sentence
from benchmarks.results import LABELS, replace_marked
from environment import REPOSITORY

NAMES = ("build", "pyscript-create")
PROFILE = "10mbit"
DOCUMENT = REPOSITORY / "docs" / "prerender.md"
PICTURE = REPOSITORY / "docs" / "pictures" / "filmstrip.svg"
MOVING = PICTURE.with_name("first-visit.svg")
FRAMES = BENCH / "filmstrip"
CATEGORIES = ["blink.user_timing", "disabled-by-default-devtools.screenshot"]

STEP = 0.1
# Mean difference of two pictures, of 255, above which a visitor notices that something happened.
NOTABLE = 0.5
MOST_ROWS = 9
# How many pictures of a film move, and how long the last one stays, in seconds.
MOST_PICTURES = 10
HOLD = 4

# In pixels, for a phone to show it as it is.
WIDTH, GUTTER, LINE, HEAD = 560, 16, 30, 58
COLUMN = (WIDTH - GUTTER) // len(NAMES)
ROW = round(COLUMN * WINDOW["height"] / WINDOW["width"])
OF_FILM = """
    text { font-size: 15px }
    .frame { fill: none; stroke: #aab2bd }
    .told { font-weight: 600; fill: #0f5c6e }
    @media (prefers-color-scheme: dark) {
      .frame { stroke: #5b6472 }
      .told { fill: #5cc0d6 }
    }
"""

# Makes a picture small, and tells what is in it: shades of grey in 64 by 40 places.
LOOK = """async (jpeg) => {
  const blob = await (await fetch(`data:image/jpeg;base64,${jpeg}`)).blob();
  const bitmap = await createImageBitmap(blob);
  const draw = (width, height) => {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, 0, 0, width, height);
    return canvas;
  };
  const { data } = draw(64, 40).getContext("2d").getImageData(0, 0, 64, 40);
  const shades = [];
  for (let at = 0; at < data.length; at += 4) {
    shades.push(Math.round((data[at] + data[at + 1] + data[at + 2]) / 3));
  }
  const scale = Math.min(480 / bitmap.width, 1);
  const small = draw(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
  const webp = await small.convertToBlob({ type: "image/webp", quality: 0.7 });
  const bytes = new Uint8Array(await webp.arrayBuffer());
  return { shades, webp: btoa(String.fromCharCode(...bytes)) };
}"""


@dataclass(frozen=True)
class Frame:
    """What stood on screen from a moment on.

    Attributes:
        seconds: since the navigation.
        shades: of its places, 0 to 255.
        webp: the picture, in base64.
    """

    seconds: float
    shades: Sequence[int]
    webp: str


@dataclass(frozen=True)
class Film:
    """A first visit: its frames, and the seconds at which figures were painted."""

    frames: Sequence[Frame]
    first: float
    live: float

    def at(self, seconds: float) -> Frame | None:
        """Return what stood on screen at a moment; None before anything did."""
        return next((frame for frame in reversed(self.frames) if frame.seconds <= seconds), None)


def main() -> None:
    """Load, look, draw."""
    folders = prepare(list(NAMES))
    shutil.rmtree(FRAMES, ignore_errors=True)
    FRAMES.mkdir(parents=True)
    with serve(folders) as host, sync_playwright() as playwright:
        films = {name: _film(playwright, host, CANDIDATES[name]) for name in NAMES}
    for name, film in films.items():
        print(
            f"{name}: first figure after {film.first:.2f} s, live figure after {film.live:.2f} s, "
            f"{len(film.frames)} pictures"
        )
        for frame in film.frames:
            path = FRAMES / f"{name}-{frame.seconds:06.2f}.webp"
            path.write_bytes(base64.b64decode(frame.webp))
    text = DOCUMENT.read_text(encoding="utf-8")
    content = replace_marked(text, PICTURE.stem, reference(films))
    pictures = {PICTURE: draw(films, moments(films)), MOVING: animate(films)}
    for path, new in {**pictures, DOCUMENT: content}.items():
        path.write_text(new, encoding="utf-8")
        print(f"Wrote {path.relative_to(REPOSITORY)}")


def reference(films: Mapping[str, Film]) -> str:
    """Return what the documentation has in place of the picture, with its words."""
    words = f"Pictures of two first visits, side by side. {_summary(films)}."
    day = datetime.now(UTC).date().isoformat()
    return f"![{words}](pictures/{PICTURE.name})\n\n{day}: {sentence(describe_machine())}."


def moments(films: Mapping[str, Film]) -> list[float]:
    """Return the seconds to show: when a figure stands, and when much else has changed."""
    steps = round(max(film.live for film in films.values()) / STEP) + 2
    wanted = {_step_after(time) for film in films.values() for time in (film.first, film.live)}
    changes: dict[int, float] = {}
    for film in films.values():
        for step in range(1, steps):
            change = difference(film.at((step - 1) * STEP), film.at(step * STEP))
            if change >= NOTABLE:
                changes[step] = max(change, changes.get(step, 0))
    for step in sorted(changes, key=lambda step: -changes[step]):
        # Of what comes in several steps in a row, one says it all.
        if len(wanted) < MOST_ROWS and not wanted & {step - 1, step, step + 1}:
            wanted.add(step)
    return [round(step * STEP, 1) for step in sorted(wanted)]


def _step_after(seconds: float) -> int:
    # Rounding must not hide what was painted at a step itself.
    return -int(-(seconds - 1e-6) // STEP)


def difference(one: Frame | None, other: Frame | None) -> float:
    """Return the mean difference of two frames' shades; an empty screen is white."""
    shades = [frame.shades for frame in (one, other) if frame]
    if not shades:
        return 0
    before, after = (frame.shades if frame else [255] * len(shades[0]) for frame in (one, other))
    return sum(abs(a - b) for a, b in zip(before, after, strict=True)) / len(before)


def draw(films: Mapping[str, Film], times: Iterable[float]) -> str:
    """Return an SVG with a column for each film and a row for each moment."""
    rows = list(times)
    defined: dict[str, str] = {}
    parts: list[str] = []
    for row, seconds in enumerate(rows):
        y = HEAD + row * (ROW + LINE)
        for column, film in enumerate(films.values()):
            x = column * (COLUMN + GUTTER)
            frame = film.at(seconds)
            if frame:
                name = defined.setdefault(frame.webp, f"f{len(defined)}")
                parts.append(f'<use href="#{name}" x="{x}" y="{y + LINE}"/>')
            size = f'width="{COLUMN}" height="{ROW}"'
            parts.append(f'<rect class="frame" x="{x}" y="{y + LINE}" {size}/>')
            parts.append(_text(x, y + LINE - 8, f"{seconds:.1f} s"))
            parts.append(_text(x + 56, y + LINE - 8, _told(film, seconds), "told"))
    images = [
        f'<image id="{name}" width="{COLUMN}" height="{ROW}" href="data:image/webp;base64,{webp}"/>'
        for webp, name in defined.items()
    ]
    heads = [
        _text(column * (COLUMN + GUTTER), 46, LABELS[name].replace("`", ""), "note")
        for column, name in enumerate(films)
    ]
    title = f"What a first visitor sees, {LABELS[PROFILE]}"
    size = f'width="{WIDTH}" viewBox="0 0 {WIDTH} {HEAD + len(rows) * (ROW + LINE) + 2}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
            f"  <title>{escape(f'{title}. {_summary(films)}.')}</title>",
            f"  <style>{STYLE}{OF_FILM}  </style>",
            f"  <defs>{''.join(images)}</defs>",
            "  " + _text(0, 18, title, "title"),
            *(f"  {part}" for part in (*heads, *parts)),
            "</svg>",
            "",
        ]
    )


def animate(films: Mapping[str, Film]) -> str:
    """Return an SVG that plays both films side by side, as long as they took, again and again; who
    wants no motion sees how they end."""
    length = max(film.live for film in films.values()) + HOLD
    title = f"A first visit, {LABELS[PROFILE]}"
    parts = [_text(0, 18, title, "title")]
    rules: list[str] = []
    for column, (name, film) in enumerate(films.items()):
        x = column * (COLUMN + GUTTER)
        parts.append(_text(x, 46, LABELS[name].replace("`", ""), "note"))
        shown = _notable(film)
        for index, frame in enumerate(shown):
            begin = frame.seconds / length
            end = shown[index + 1].seconds / length if index + 1 < len(shown) else 1
            kind = f"s{column}-{index}"
            rules.append(_plays(kind, begin, end, length, last=index + 1 == len(shown)))
            size = f'x="{x}" y="{HEAD}" width="{COLUMN}" height="{ROW}"'
            image = f'href="data:image/webp;base64,{frame.webp}"'
            parts.append(f'<image class="{kind}" {size} {image}/>')
        parts.append(
            f'<rect class="frame" x="{x}" y="{HEAD}" width="{COLUMN}" height="{ROW}"/>',
        )
    below = HEAD + ROW + 22
    for second in range(int(length) + 1):
        end = min((second + 1) / length, 1)
        last = second == int(length)
        rules.append(_plays(f"c{second}", second / length, end, length, last=last))
        parts.append(_text(0, below, f"{second} s", f"c{second}"))
    for column, film in enumerate(films.values()):
        x = column * (COLUMN + GUTTER) + (56 if column == 0 else 0)
        words = f"first figure {film.first:.1f} s, live {film.live:.1f} s"
        rules.append(_plays(f"t{column}", film.live / length, 1, length, last=True))
        parts.append(_text(x, below, words, f"told t{column}"))
    size = f'width="{WIDTH}" viewBox="0 0 {WIDTH} {below + 8}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
            f"  <title>{escape(f'{title}. {_summary(films)}.')}</title>",
            f"  <style>{STYLE}{OF_FILM}    {' '.join(rules)}",
            "  </style>",
            *(f"  {part}" for part in parts),
            "</svg>",
            "",
        ]
    )


def _notable(film: Film) -> list[Frame]:
    """The frames of a film that change most, in their order; the last is among them."""
    changes = [
        (difference(before, frame), frame)
        for before, frame in zip([None, *film.frames[:-1]], film.frames, strict=True)
    ]
    most = sorted(changes[:-1], key=lambda change: -change[0])[: MOST_PICTURES - 1]
    kept = [frame for change, frame in most if change >= NOTABLE] + [film.frames[-1]]
    return sorted(kept, key=lambda frame: frame.seconds)


def _plays(kind: str, begin: float, end: float, length: float, *, last: bool) -> str:
    """The rules by which something is seen during a part of the whole length only."""
    seen = f"{100 * begin:.2f}% {{ opacity: 1 }} "
    over = "" if last else f"{100 * end:.2f}%, 100% {{ opacity: 0 }} "
    until = f"0%, {max(100 * begin - 0.01, 0):.2f}% {{ opacity: 0 }} " if begin else ""
    still = "" if last else f"@media (prefers-reduced-motion) {{ .{kind} {{ opacity: 0 }} }} "
    return (
        f"@keyframes {kind} {{ {until}{seen}{over}}} "
        "@media (prefers-reduced-motion: no-preference) "
        f"{{ .{kind} {{ animation: {kind} {length:.1f}s step-end infinite }} }} {still}"
    )


def _summary(films: Mapping[str, Film]) -> str:
    return "; ".join(
        f"{LABELS[name].replace('`', '')}: first figure after {film.first:.1f} s, "
        f"live figure after {film.live:.1f} s"
        for name, film in films.items()
    )


def _told(film: Film, seconds: float) -> str:
    """What happened in the step up to a moment."""
    before = seconds - STEP
    if before < film.live <= seconds:
        return "live figure"
    return "first figure" if before < film.first <= seconds else ""


def _text(x: float, y: float, words: str, kind: str = "") -> str:
    attribute = f' class="{kind}"' if kind else ""
    return f'<text{attribute} x="{x}" y="{y}">{escape(words)}</text>' if words else ""


def _film(playwright: Playwright, host: Host, candidate: Candidate) -> Film:
    network = PROFILES[PROFILE]
    assert network  # noqa: S101 - that one is throttled
    url = f"{host.origin}/{candidate.figure}"
    with new_browser(playwright, candidate) as context, tempfile.TemporaryDirectory() as folder:
        page = context.pages[0]
        page.goto("about:blank")
        emulate(context.new_cdp_session(page), network)
        path = Path(folder) / "trace.json"
        browser = context.browser
        assert browser  # noqa: S101 - a persistent context has one
        _trace(browser, page, path, lambda: open_page(page, host, url, "live", candidate))
        seen = times_of(page.evaluate("window.__seen"))
        end = base64.b64encode(page.screenshot(type="jpeg")).decode()
        events = json.loads(path.read_text(encoding="utf-8"))["traceEvents"]
        page.goto("about:blank")
        taken = in_steps(shots(events, url))
        # A trace holds a few hundred pictures: a bar that moves may use them up before the end.
        live = _step_after(seen["live_figure_ms"] / 1000) * STEP
        if taken[-1][0] < live:
            taken.append((round(live, 1), end))
        frames = [Frame(seconds, **page.evaluate(LOOK, jpeg)) for seconds, jpeg in taken]
    return Film(frames, seen["first_figure_ms"] / 1000, seen["live_figure_ms"] / 1000)


def _trace(browser: Browser, page: Page, path: Path, visit: Any) -> None:
    browser.start_tracing(page=page, path=path, categories=CATEGORIES, screenshots=True)
    try:
        visit()
        # What was painted last is in a picture then.
        page.wait_for_timeout(500)
    finally:
        browser.stop_tracing()


def shots(events: Iterable[Mapping[str, Any]], url: str) -> list[tuple[float, str]]:
    """Return the pictures of a trace since the navigation to an address: seconds, and JPEG in
    base64."""
    events = list(events)
    start = max(
        event["ts"]
        for event in events
        if event["name"] == "navigationStart"
        and event["args"].get("data", {}).get("documentLoaderURL") == url
    )
    found = [
        ((event["ts"] - start) / 1e6, event["args"]["snapshot"])
        for event in events
        if event["name"] == "Screenshot" and event["ts"] >= start
    ]
    return sorted(found, key=lambda shot: shot[0])


def in_steps(taken: Iterable[tuple[float, str]]) -> list[tuple[float, str]]:
    """Return what stood on screen every 100 ms, where that was another picture than before."""
    last: dict[int, str] = {_step_after(seconds): picture for seconds, picture in taken}
    found: list[tuple[float, str]] = []
    for step, picture in sorted(last.items()):
        if not found or found[-1][1] != picture:
            found.append((round(step * STEP, 1), picture))
    return found


if __name__ == "__main__":
    main()
