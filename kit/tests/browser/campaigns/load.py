"""What an app keeps of what it has done: handlers, events, navigations, redraws by the thousand.

tests/test_campaigns.py runs this, by `make test-long`. Each load comes in rounds, after each of
which everything that can go is collected. What is never given back makes every third of the rounds
weigh more than the one before, and its lightest round, too. Caches that fill, a memory that grows
once, and drawings that leave now more, now less do not do so twice.
"""

import json
import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pages import PAGES

from pyscript_kit.testing import App

ROUNDS = 30
THIRD = ROUNDS // 3

# The gallery's pages whose figures come at once, and that start no worker.
PAGES_WITHOUT_WORKERS = [page.route for page in PAGES if page.route not in {"worker", "repl"}]

PREPARE = """
import asyncio
from js import Event, window
from patterns.dom import clear, element, find
from patterns.events import Handlers

counted = 0
stage = element("div")
find("#page > .page").append(stage)

def count():
    global counted
    counted += 1

async def count_later(event):
    global counted
    await asyncio.sleep(0)
    counted += 1

def add_and_remove(times):
    handlers = Handlers()
    listeners = []
    for number in range(times):
        button = element("button", number, type="button")
        stage.append(button)
        listeners.append(handlers.on(button, "click", count))
    for listener in listeners[::2]:
        listener.remove()
    handlers.close()
    assert not len(handlers)
    clear(stage)

listening = Handlers()
for handler in (count, count_later):
    listening.on(window, "load-test", handler)

async def happen(times):
    global counted
    counted = 0
    for _ in range(times):
        window.dispatchEvent(Event.new("load-test"))
        await asyncio.sleep(0)
    while counted < 2 * times:
        await asyncio.sleep(0)
"""

REDRAW = """
import asyncio
import matplotlib
import numpy as np
from patterns.canvas import CanvasFigure, page_theme
from matplotlib.figure import Figure
from patterns.dom import element, find
from patterns.events import Handlers
from patterns.plot import theme_settings
from patterns.results import show_result

class Moving:
    phase = 0.0
    height = 1.0
    def build(self, figure, theme):
        self._x = np.linspace(0, 10, 200)
        self._axes = figure.add_subplot(title="Moving", xlabel="x", ylabel="y")
        (self._line,) = self._axes.plot(self._x, self._x)
        return [self._line]
    def update(self):
        self._axes.set_ylim(-self.height, self.height)
        self._line.set_ydata(self.height * np.sin(self._x + self.phase))
    def describe(self):
        return f"A wave at {self.phase:.1f}."

drawn = asyncio.Event()
drawing = Moving()
handlers = Handlers()
figure = CanvasFigure(drawing, handlers, drawn=lambda seconds: drawn.set())
place = element("div")
find("#page > .page").append(figure.frame, place)
figure.frame._dom_element.scrollIntoView()

async def redraw(times):
    for number in range(times):
        drawn.clear()
        drawing.phase += 0.1
        if number % 6:
            figure.move()
        else:
            drawing.height = 1 + drawing.phase % 7
            figure.redraw()
        await drawn.wait()

async def draw_images(times):
    x = np.linspace(-3, 3, 301)
    for number in range(times):
        shown = Handlers()
        with matplotlib.rc_context(theme_settings(page_theme())):
            result = Figure(figsize=(4, 3))
            axes = result.add_subplot(title="Normal density", xlabel="x", ylabel="density")
            axes.plot(x, np.exp(-(x / (1 + number % 3)) ** 2), label=f"{number % 5}")
            show_result(place, result, shown)
        await asyncio.sleep(0)
        shown.close()
"""

_PACKAGES = """
from patterns.packages import load_packages
await load_packages("matplotlib", "numpy")
"""

_ASYNC = """async (code) => {
  const script = document.querySelector("script[data-pyscript]");
  const { whenDefined } = await import(script.dataset.pyscript || script.src);
  const { interpreter } = await whenDefined("py");
  await interpreter.runPythonAsync(code);
}"""

_COUNT_PROXIES = """async () => {
  const { whenDefined } = await import(document.querySelector("script[data-pyscript]").src);
  const { _module: module } = (await whenDefined("py")).interpreter;
  module.enable_pyproxy_allocation_tracing();
}"""

# Caches with a bound, such as matplotlib's of 4,096 measured texts, grow until they are full: what
# they hold is no leak, and would hide one.
_COLLECT = """
import functools, gc
for cached in gc.get_objects():
    if isinstance(cached, functools._lru_cache_wrapper) and cached.cache_parameters()["maxsize"]:
        cached.cache_clear()
cached = None
gc.collect()
gc.collect()
len(gc.get_objects())
"""

_WEIGH = """async () => {
  const { whenDefined } = await import(document.querySelector("script[data-pyscript]").src);
  const { _module: module } = (await whenDefined("py")).interpreter;
  // Emscripten's mallinfo: the eighth of ten numbers is what is in use.
  const top = module.stackSave();
  const place = module.stackAlloc(40);
  module._mallinfo(place);
  const used = module.HEAPU32[(place >> 2) + 7];
  module.stackRestore(top);
  return {
    wasm_heap: module.HEAPU8.length,
    python_heap: used,
    python_proxies: module.pyproxy_alloc_map.size,
    javascript_references: module._hiwire_num_refs(),
  };
}"""


class Kept(NamedTuple):
    """What a page holds once everything that can go has gone: bytes, and numbers of things."""

    js_heap: float
    wasm_heap: float
    python_heap: float
    python_objects: float
    python_proxies: float
    javascript_references: float
    nodes: float
    listeners: float


# By how much every third may lie above the one before.
ALLOWED = Kept(
    js_heap=200_000,
    wasm_heap=0,
    python_heap=50_000,
    python_objects=100,
    python_proxies=2,
    javascript_references=5,
    nodes=100,
    listeners=2,
)


class Scales:
    """Weighs a page by Chromium's own tools and Pyodide's."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._session = app.context.new_cdp_session(app.page)
        self._session.send("Performance.enable")
        self._session.send("HeapProfiler.enable")
        app.page.evaluate(_COUNT_PROXIES)

    def weigh(self) -> Kept:
        """Collect what can go, in Python and in JavaScript, and return what is left."""
        objects = self._app.python(_COLLECT)
        self._session.send("HeapProfiler.collectGarbage")
        metrics = {
            metric["name"]: metric["value"]
            for metric in self._session.send("Performance.getMetrics")["metrics"]
        }
        return Kept(
            js_heap=metrics["JSHeapUsedSize"],
            python_objects=objects,
            nodes=metrics["Nodes"],
            listeners=metrics["JSEventListeners"],
            **self._app.page.evaluate(_WEIGH),
        )


def growth(samples: list[Kept]) -> Kept:
    """Return by how much the lightest of every third lies above that of the one before."""
    thirds = (samples[start : start + THIRD] for start in range(0, ROUNDS, THIRD))
    first, second, last = (map(min, zip(*third, strict=True)) for third in thirds)
    return Kept(*(min(b - a, c - b) for a, b, c in zip(first, second, last, strict=True)))


# A slider's redraws wait for frames, of which a browser has 60 a second; these come at once.
_FRAMES_AT_ONCE = "window.requestAnimationFrame = (call) => setTimeout(call, 0, performance.now())"


@pytest.fixture
def loaded(launch: Callable[[], App]) -> Iterator[App]:
    """The app in a tab of its own."""
    app = launch()
    app.boot(PAGES[0].route)
    yield app
    assert app.settle_problems() == []
    app.context.close()


def prepare_figures(app: App) -> None:
    """Put a canvas and an image on the first page."""
    app.page.evaluate(_FRAMES_AT_ONCE)
    app.page.evaluate(_ASYNC, _PACKAGES)
    app.python(REDRAW)


def bear(app: App, name: str, total: int, work: Callable[[int], object]) -> None:
    """Have an app do something very often, and insist on how little it keeps of that."""
    scales = Scales(app)
    times = math.ceil(total / ROUNDS)
    samples = []
    for _ in range(ROUNDS):
        work(times)
        samples.append(scales.weigh())
    grown = growth(samples)
    report(name, times * ROUNDS, samples, grown)
    for what, allowed in ALLOWED._asdict().items():
        assert getattr(grown, what) <= allowed, f"{name}: {what} grows: {grown}\n" + "\n".join(
            map(str, samples)
        )


def report(name: str, times: int, samples: list[Kept], grown: Kept) -> None:
    """Print what was weighed, and add it to the file that LOAD_REPORT names, if it does."""
    figures: dict[str, Any] = {
        "name": name,
        "times": times,
        "first": samples[0]._asdict(),
        "last": samples[-1]._asdict(),
        "growth": grown._asdict(),
    }
    line = json.dumps(figures)
    print(line, flush=True)
    if place := os.environ.get("LOAD_REPORT"):
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


@pytest.mark.timeout(3600)
def test_handlers_added_and_removed(loaded: App) -> None:
    loaded.python(PREPARE)
    bear(loaded, "handlers", 1_000, lambda times: loaded.python(f"add_and_remove({times})"))


@pytest.mark.timeout(3600)
def test_events(loaded: App) -> None:
    loaded.python(PREPARE)
    bear(
        loaded,
        "events",
        10_000,
        lambda times: loaded.page.evaluate(_ASYNC, f"await happen({times})"),
    )


@pytest.mark.timeout(7200)
def test_navigations(loaded: App) -> None:
    def wander(times: int) -> None:
        for number in range(times):
            loaded.follow(PAGES_WITHOUT_WORKERS[number % len(PAGES_WITHOUT_WORKERS)])
        # Weighed at the same page each time.
        loaded.follow(PAGES[0].route)

    bear(loaded, "navigations", 2_000, wander)


@pytest.mark.timeout(7200)
def test_redraws_on_a_canvas(loaded: App) -> None:
    prepare_figures(loaded)
    bear(
        loaded,
        "redraws on a canvas",
        36_000,
        lambda times: loaded.page.evaluate(_ASYNC, f"await redraw({times})"),
    )


@pytest.mark.timeout(7200)
def test_redraws_as_images(loaded: App) -> None:
    prepare_figures(loaded)
    bear(
        loaded,
        "redraws as images",
        1_800,
        lambda times: loaded.page.evaluate(_ASYNC, f"await draw_images({times})"),
    )
