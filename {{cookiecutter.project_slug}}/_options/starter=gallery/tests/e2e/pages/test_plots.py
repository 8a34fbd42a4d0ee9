"""The page of figures that follow sliders and a clock."""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Locator, expect
from pyscript_kit.testing import App

FIGURES = ("fourier", "beats", "histogram", "lorenz", "galaxy", "ripples", "oscillator")

# A number that changes with every pixel of a canvas, and how many colours there are.
_PICTURE = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const words = new Uint32Array(data.buffer);
  let sum = 0;
  for (const word of words) sum = (Math.imul(sum, 31) + word) | 0;
  return [sum, new Set(words).size];
}"""

# Moves a slider to and fro, one step a frame, until its figure was drawn so many times more.
_DRAW = """([slider, time, times]) => new Promise((resolve) => {
  const input = document.getElementById(slider);
  const note = document.getElementById(time);
  const end = Number(note.dataset.drawings) + times;
  const step = () => {
    if (Number(note.dataset.drawings) >= end) return resolve();
    input.value = (Number(input.value) % Number(input.max)) + 1;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    requestAnimationFrame(step);
  };
  step();
})"""

# How many tasks are the clock's: figures that come into view are drawn by tasks as well.
_TIMERS = """
import asyncio

coroutines = [task.get_coro() for task in asyncio.all_tasks()]
sum("_Clock._run" in str(coroutine.cr_frame.f_locals) for coroutine in coroutines)
"""

_HEAP = "import pyodide_js; pyodide_js._module.HEAP8.length"


@pytest.fixture
def plots(app: App) -> Iterator[App]:
    """The page, with the figures drawn that a visitor sees without scrolling."""
    app.open("plots")
    expect(app.page.locator("#fourier-time")).to_have_text(re.compile("Drawn"), timeout=60_000)
    yield app
    app.page.evaluate("scrollTo(0, 0)")


def canvas_of(app: App, figure: str) -> Locator:
    """Return a figure's canvas once it shows the figure."""
    canvas = app.page.locator(f"#{figure} canvas")
    canvas.scroll_into_view_if_needed()
    expect(app.page.locator(f"#{figure} .plot")).to_have_attribute("aria-busy", "false")
    return canvas


def slider(app: App, name: str) -> Locator:
    return app.page.get_by_role("slider", name=name)


def drawings(app: App, figure: str) -> int:
    return int(app.page.locator(f"#{figure}-time").get_attribute("data-drawings") or 0)


def test_figures_are_drawn_when_they_come_into_view(app: App) -> None:
    app.page.set_viewport_size({"width": 390, "height": 700})
    app.open("plots")
    expect(app.page.locator("#fourier-time")).to_have_text(re.compile("Drawn"), timeout=60_000)

    assert drawings(app, "oscillator") == 0
    canvas_of(app, "oscillator")
    assert drawings(app, "oscillator") == 1


def test_every_figure_has_a_picture_and_a_text_alternative(plots: App) -> None:
    for figure in FIGURES:
        canvas = canvas_of(plots, figure)
        _, colours = canvas.evaluate(_PICTURE)
        assert colours > 20, figure
        expect(canvas).to_have_attribute("role", "img")
        assert len(canvas.get_attribute("aria-label") or "") > 40, figure


def test_a_slider_moves_the_line_by_keyboard_and_says_so(plots: App) -> None:
    canvas = canvas_of(plots, "fourier")
    before = canvas.evaluate(_PICTURE)
    terms = slider(plots, "Terms")
    terms.press("ArrowRight")

    expect(canvas).to_have_attribute("aria-label", re.compile("Terms: 4"))
    assert canvas.evaluate(_PICTURE) != before
    terms.press("ArrowLeft")
    expect(canvas).to_have_attribute("aria-label", re.compile("Terms: 3"))
    assert canvas.evaluate(_PICTURE) == before, "Over a saved background, nothing is left behind."


def test_a_slider_that_changes_the_axes_draws_them_anew(plots: App) -> None:
    canvas = canvas_of(plots, "histogram")
    before = canvas.evaluate(_PICTURE)

    slider(plots, "Bins").fill("8")

    expect(canvas).to_have_attribute("aria-label", re.compile("Bins: 8"))
    assert canvas.evaluate(_PICTURE) != before


def test_a_cube_is_turned(plots: App) -> None:
    canvas = canvas_of(plots, "lorenz")
    before = canvas.evaluate(_PICTURE)

    slider(plots, "Seen from").fill("90")

    expect(canvas).to_have_attribute("aria-label", re.compile("Seen from, in degrees: 90"))
    assert canvas.evaluate(_PICTURE) != before


def test_many_moves_of_a_slider_within_a_frame_are_one_drawing(plots: App) -> None:
    canvas = canvas_of(plots, "fourier")
    before = drawings(plots, "fourier")

    slider(plots, "Terms").evaluate(
        """input => {
          for (let value = 4; value <= 30; value++) {
            input.value = value;
            input.dispatchEvent(new Event("input", { bubbles: true }));
          }
        }"""
    )

    expect(canvas).to_have_attribute("aria-label", re.compile("Terms: 30"))
    assert drawings(plots, "fourier") == before + 1


def test_a_clock_starts_stops_and_ends_with_the_page(plots: App) -> None:
    canvas = canvas_of(plots, "beats")
    switch = plots.page.locator("#beats .controls button")
    moved = "shown => document.querySelector('#beats canvas').ariaLabel !== shown"

    shown = canvas.get_attribute("aria-label")
    switch.press("Enter")
    expect(switch).to_have_text("Stop")
    plots.page.wait_for_function(moved, arg=shown)
    assert plots.python(_TIMERS) == 1

    switch.press("Enter")
    expect(switch).to_have_text("Start")
    assert plots.python(_TIMERS) == 0

    shown = canvas.get_attribute("aria-label")
    switch.press("Enter")
    plots.page.wait_for_function(moved, arg=shown)
    plots.follow("dom")
    assert plots.python(_TIMERS) == 0


def test_figures_follow_the_colour_scheme(plots: App) -> None:
    canvas = canvas_of(plots, "oscillator")
    corner = "canvas => [...canvas.getContext('2d').getImageData(0, 0, 1, 1).data.slice(0, 3)]"
    light = canvas.evaluate(corner)

    plots.page.emulate_media(color_scheme="dark")

    plots.page.wait_for_function(
        "([light, corner]) => eval(corner)(document.querySelector('#oscillator canvas'))[0]"
        " < light[0] / 2",
        arg=[light, corner],
    )


def test_figures_are_sharp_and_follow_width_and_density(plots: App) -> None:
    canvas = canvas_of(plots, "oscillator")
    sharp = """() => {
      const canvas = document.querySelector("#oscillator canvas");
      const frame = canvas.parentElement;
      const width = frame.clientWidth * devicePixelRatio;
      return frame.ariaBusy === "false" && Math.abs(canvas.width - width) < 1 ? canvas.width : 0;
    }"""
    wide = plots.page.wait_for_function(sharp).json_value()

    plots.page.set_viewport_size({"width": 390, "height": 800})
    canvas.scroll_into_view_if_needed()
    narrow = plots.page.wait_for_function(f"({sharp})() < {wide} && ({sharp})()").json_value()

    # Chromium tells a page that its density is another one only if the window's size changes as
    # well. The figure's own stays, so that the density alone is what it can follow.
    session = plots.context.new_cdp_session(plots.page)
    for density, height in ((2, 820), (1, 800)):
        metrics = {"width": 390, "height": height, "mobile": False, "deviceScaleFactor": density}
        session.send("Emulation.setDeviceMetricsOverride", metrics)
        plots.page.wait_for_function(f"({sharp})() === {density * narrow}")
    session.detach()


@pytest.mark.parametrize("figure", ["fourier", "galaxy", "lorenz"])
def test_a_figure_is_saved_as_svg_and_png(plots: App, figure: str, tmp_path: Path) -> None:
    canvas = canvas_of(plots, figure)
    before = canvas.evaluate(_PICTURE)
    for file_format in ("SVG", "PNG"):
        with plots.page.expect_download() as saving:
            saved = plots.page.locator(f"#{figure}").get_by_role("button", name=file_format)
            saved.click()
        assert saving.value.suggested_filename == f"{figure}.{file_format.lower()}"
        saving.value.save_as(tmp_path / file_format)

    svg = ElementTree.parse(tmp_path / "SVG").getroot()  # noqa: S314 - our own
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    assert (tmp_path / "SVG").stat().st_size < 1_000_000
    png = (tmp_path / "PNG").read_bytes()
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(png[16:20], "big") >= 2 * canvas.evaluate("canvas => canvas.clientWidth")
    assert canvas.evaluate(_PICTURE) == before


def test_300_redraws_do_not_grow_the_memory(plots: App) -> None:
    plots.page.set_viewport_size({"width": 390, "height": 800})
    plots.page.wait_for_function("document.querySelector('#fourier canvas').width < 390")
    examples = (("fourier", "terms"), ("histogram", "bins"))
    for figure, _ in examples:
        canvas_of(plots, figure)
    before = plots.python(_HEAP)

    for figure, name in examples:
        canvas_of(plots, figure)
        plots.page.evaluate(_DRAW, [name, f"{figure}-time", 150])

    assert plots.python(_HEAP) <= 1.05 * before
