"""What `pyscript build` keeps of each page of the project is what Python makes of it in the
visitor's browser, in light colours and in dark ones."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pages import PAGES
from playwright.sync_api import Locator, expect

from hosts import Visit
from pyscript_kit.site.build import lay_out_site
from pyscript_kit.site.capture import capture
from pyscript_kit.site.folder import Site
from pyscript_kit.site.kept import InSite, Kept, kept_of
from pyscript_kit.testing import App
from pyscript_kit.testing.servers import static_host

SHOWN = """(main) => {
  const lines = [];
  const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.data.trim();
    const { parentElement } = node;
    if (text && !parentElement.closest("[data-prerender=no], canvas, style")) lines.push(text);
  }
  return lines;
}"""
# Of each figure in view: where it lies, and its colours in cells, on the page's ground.
FIGURES = """async (main) => {
  const found = [];
  for (const figure of main.querySelectorAll("canvas, img")) {
    const { left, top, bottom, width, height } = figure.getBoundingClientRect();
    if (!width || !height || bottom < 0 || top > innerHeight) continue;
    if (figure.decode) await figure.decode();
    const context = new OffscreenCanvas(24, 24).getContext("2d", { willReadFrequently: true });
    context.fillStyle = "#888";
    context.fillRect(0, 0, 24, 24);
    context.drawImage(figure, 0, 0, 24, 24);
    const { data } = context.getImageData(0, 0, 24, 24);
    found.push({ box: [left, top, width, height].map(Math.round), data: [...data] });
  }
  return found;
}"""
TITLES = {page.route: page.title for page in PAGES if page.prerender}
ROUTES = list(TITLES)
# Kinds of pages: drawings, a form with a figure, several canvases, a worker, local files.
FEW = ["home", "plot", "plots", "worker", "files"]
# In CSS pixels, and the share of a colour's range that most cells may differ by.
NEAR, ALIKE = 2, 0.06


@pytest.fixture(
    scope="module", params=[FEW, pytest.param(ROUTES, marks=pytest.mark.long)], ids=["few", "all"]
)
def kept_site(
    request: pytest.FixtureRequest, project_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, list[str]]]:
    """Where the project is served with kept pages, and of which routes they are."""
    folder = tmp_path_factory.mktemp("kept") / "dist"
    folder.mkdir()
    routes = [route for route in ROUTES if route in request.param]

    def prerender(site: Site) -> Kept:
        captures = capture(site.folder, routes, {})
        assert not [found.problem for found in captures.values() if found.problem]
        assert not [found.differs for found in captures.values() if found.differs]
        return kept_of(captures, routes[0], "The app", InSite(site))

    # Playwright's synchronous interface keeps this thread for itself.
    with ThreadPoolExecutor(1) as beside:
        beside.submit(lay_out_site, project_root, folder, prerender).result()
    with static_host(folder) as address:
        yield address, routes


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_what_was_kept_of_each_page_is_what_python_makes_of_it(
    visit: Visit, kept_site: tuple[str, list[str]], scheme: str, width: int
) -> None:
    address, routes = kept_site
    kept, live = {}, {}
    with visit(address) as app:
        held = prepared(app, scheme, width).hold("pyodide.asm.wasm")
        for route in routes:
            app.go(route)
            expect(app.page).to_have_title(re.compile(rf"^{TITLES[route]} ·"))
            copy = app.page.locator("main[data-prerendered]")
            expect(copy.get_by_role("heading", level=1)).to_be_visible()
            kept[route] = shown(app, copy)
        held.release()
        app.wait_for_start()
    with visit(address) as app:
        prepared(app, scheme, width)
        # Each as the first page of its visit: what Python has loaded by then may be part of it.
        for route in routes:
            app.boot_anew(route)
            draw_everything(app)
            live[route] = shown(app, app.page.locator("#page"))
    for route in routes:
        compare(route, kept[route], live[route])


def prepared(app: App, scheme: Any, width: int) -> App:
    app.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    app.page.set_viewport_size({"width": width, "height": 800})
    return app


def draw_everything(app: App) -> None:
    """Come by all that is drawn only when it comes into view."""
    busy = app.page.locator("#page [aria-busy=true]:visible")
    while count := busy.count():
        # In one step: the last one may be drawn before anything else is asked of it.
        busy.evaluate_all("drawn => drawn[0]?.scrollIntoView({ block: 'center' })")
        expect(busy).not_to_have_count(count)
    app.page.evaluate("scrollTo(0, 0)")


def shown(app: App, main: Locator) -> tuple[list[str], list[dict[str, Any]], int]:
    """The text of a page, its figures in view, and how high it is."""
    height = app.page.evaluate("document.documentElement.scrollHeight")
    return main.evaluate(SHOWN), main.evaluate(FIGURES), height


def compare(route: str, kept: Any, live: Any) -> None:
    assert kept[0] == live[0], f"{route}: other words"
    assert abs(kept[2] - live[2]) <= NEAR, f"{route}: another height"
    assert len(kept[1]) == len(live[1]), f"{route}: more figures, or fewer"
    for one, other in zip(kept[1], live[1], strict=True):
        apart = [abs(a - b) for a, b in zip(one["box"], other["box"], strict=True)]
        assert max(apart) <= NEAR, f"{route}: a figure elsewhere"
        differ = [abs(a - b) for a, b in zip(one["data"], other["data"], strict=True)]
        assert sum(differ) / len(differ) / 255 < ALIKE, f"{route}: another figure"
