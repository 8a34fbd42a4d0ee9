"""`pyscript build`: what a page shows is there before Python, and Python takes over."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from hosts import Visit
from pyscript_kit.testing import App
from pyscript_kit.testing.servers import static_host

# A page with a form, and one with a figure; `Page` is that of the project.
TABLE = """

PAGES = (
    Page("home", "Home", "The first."),
    Page("drawn", "Drawn", "A figure."),
)
"""
HOME = '''"""A form that answers."""

from patterns.dom import element, field, update


def mount(root, handlers):
    """Fill the page."""
    name = element("input", id="name", value="world")
    formal = element("input", id="formal", name="formal", type="checkbox")
    answer = element("output", "Hello, world.", id="answer")
    form = element(
        "form",
        field("Name", name),
        field("Formal", formal),
        element("button", "Greet"),
    )
    count = element("output", "0", id="count")

    def greet(values):
        hello = "Good day" if "formal" in values else "Hello"
        update(answer, text=f"{hello}, {name.value}.")

    handlers.on_submit(form, greet)
    more = element("button", "More", type="button")
    handlers.on(more, "click", lambda: update(count, text=str(int(count.textContent) + 1)))
    root.append(
        element("h1", "Greetings"),
        form,
        element("p", answer),
        element("p", more, " ", count),
        element("p", "A long page. " * 400, id="long"),
        element("p", "أهلا </script> <!-- \\"&amp;", dir="auto", id="odd"),
    )
'''
DRAWN = '''"""A canvas that is drawn late, and says of which colours it is."""

import asyncio

from patterns.dom import element, window


async def mount(root, handlers):
    """Fill the page."""
    canvas = element("canvas", role="img", aria_label="A square", width="300", height="150")
    root.append(element("h1", "Drawn"), element("div", canvas, id="frame", aria_busy=True))

    async def draw():
        await asyncio.sleep(0.2)
        context = canvas.getContext("2d")
        dark = window.matchMedia("(prefers-color-scheme: dark)").matches
        context.fillStyle = "#00ff00" if dark else "#0000ff"
        context.fillRect(0, 0, 300, 150)
        root._dom_element.querySelector("#frame").setAttribute("aria-busy", "false")

    handlers.on(window, "app:scheme", lambda: handlers.start(draw()))
    handlers.start(draw())
'''


@pytest.fixture(scope="module")
def site(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of two pages that are prerendered."""
    folder = tmp_path_factory.mktemp("prerender") / "project"
    ignored = shutil.ignore_patterns("runtime", ".*", "__pycache__")
    shutil.copytree(project_root / "app", folder / "app", ignore=ignored)
    for name in ("pyproject.toml", "runtime.lock.json"):
        shutil.copyfile(project_root / name, folder / name)
    if (project_root / "app" / "runtime").is_dir():
        (folder / "app" / "runtime").symlink_to(project_root / "app" / "runtime")
    pages = folder / "app" / "pages"
    table = pages / "__init__.py"
    text = (
        table.read_text(encoding="utf-8").partition("\n\n\nARRAYS")[0].partition("\n\n\nPAGES")[0]
    )
    for page in pages.iterdir():
        page.unlink()
    table.write_text(text + "\n" + TABLE, encoding="utf-8")
    (pages / "home.py").write_text(HOME, encoding="utf-8")
    (pages / "drawn.py").write_text(DRAWN, encoding="utf-8")
    command = [sys.executable, "-m", "pyscript", "build", "--quick", "--project", str(folder)]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "is not prerendered" not in result.stderr, result.stderr
    return folder / "dist"


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with static_host(site) as address:
        yield address


WATCH_SHIFTS = """
globalThis.shifts = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) shifts += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


def stopped(app: App, route: str = "") -> None:
    """Open a page whose Python does not come."""
    app.python_held = app.hold("pyodide.asm.wasm")  # type: ignore[attr-defined]
    app.page.add_init_script(WATCH_SHIFTS)
    app.go(route)


def go_on(app: App) -> None:
    app.python_held.release()  # type: ignore[attr-defined]
    app.wait_for_start()


def test_what_is_done_before_python_is_done_to_its_page(visit: Visit, address: str) -> None:
    with visit(address) as app:
        stopped(app)
        page = app.page
        expect(page.get_by_role("heading", level=1)).to_have_text("Greetings")
        expect(page.get_by_role("link", name="Drawn")).to_be_visible()
        expect(page.locator("#odd:visible")).to_have_text('أهلا </script> <!-- "&amp;')
        expect(page.locator("#prerendered-status")).to_contain_text("This page is loading")
        assert app.state == "booting"

        page.get_by_label("Name").fill("you")
        page.get_by_label("Formal").check()
        page.get_by_role("button", name="Greet").click()
        page.get_by_role("button", name="More").click()
        page.get_by_role("button", name="More").click()
        expect(page.locator("[data-kept]")).to_have_count(2)
        page.get_by_label("Name").focus()
        page.evaluate("scrollTo(0, 200)")
        go_on(app)

        expect(page.locator("#answer")).to_have_text("Good day, you.")
        expect(page.locator("#count")).to_have_text("1")
        expect(page.get_by_label("Name")).to_have_value("you")
        expect(page.get_by_label("Name")).to_be_focused()
        expect(page.get_by_role("status").filter(has_text="This page is ready.")).to_be_attached()
        assert page.evaluate("scrollY") == 200
        assert page.locator("[data-prerendered]").count() == 0
        assert page.evaluate("shifts") < 0.02


def test_a_link_works_at_once_and_leads_to_what_was_kept(visit: Visit, address: str) -> None:
    with visit(address) as app:
        stopped(app)
        app.page.get_by_role("link", name="Drawn").click()
        expect(app.page.get_by_role("heading", level=1)).to_have_text("Drawn")
        expect(app.page.get_by_role("heading", level=1)).to_be_focused()
        expect(app.page.get_by_role("img", name="A square")).to_be_visible()
        go_on(app)
        app.wait_for_page("drawn")
        expect(app.page.locator("canvas")).to_be_visible()
        app.page.go_back()
        app.wait_for_page("home")


@pytest.mark.parametrize(("scheme", "colour"), [("light", [0, 0, 255]), ("dark", [0, 255, 0])])
@pytest.mark.parametrize("width", [390, 1280])
def test_a_figure_is_there_before_python_draws_it(
    visit: Visit, address: str, scheme: str, colour: list[int], width: int
) -> None:
    with visit(address) as app:
        app.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        app.page.set_viewport_size({"width": width, "height": 800})
        stopped(app, "drawn")
        image = app.page.get_by_role("img", name="A square")
        expect(image).to_be_visible()
        kept = image.evaluate(PIXEL)
        assert all(abs(one - other) <= 8 for one, other in zip(kept, colour, strict=True))
        box = image.bounding_box()
        go_on(app)
        live = app.page.locator("canvas")
        assert live.evaluate(PIXEL) == colour, "it took over before it was drawn"
        assert live.bounding_box() == box
        assert app.page.evaluate("shifts") < 0.02


PIXEL = """async (element) => {
  if (element.decode) await element.decode();
  const canvas = new OffscreenCanvas(9, 9);
  const context = canvas.getContext("2d");
  context.drawImage(element, 0, 0, 9, 9);
  return [...context.getImageData(4, 4, 1, 1).data].slice(0, 3);
}"""


def test_where_python_does_not_start_what_was_kept_is_there_to_read(
    visit: Visit, address: str
) -> None:
    with visit(address) as app:
        app.expect_errors("")
        app.lose("pyodide.mjs")
        app.go()
        app.wait_for_start("failed")
        expect(app.page.get_by_role("alert")).to_be_visible()
        expect(app.page.get_by_role("heading", name="Greetings")).to_be_visible()
        expect(app.page.get_by_role("button", name="Greet")).to_be_disabled()


ASKED = """() => {
  const all = performance.getEntriesByType("resource");
  const named = (end) => all.filter(({ name }) => name.endsWith(end));
  const [start] = performance.getEntriesByName("preboot:start");
  const early = named("pyodide.asm.wasm").map((entry) => entry.startTime < start.startTime);
  return [early, named("core.js").length];
}"""


@pytest.mark.usefixtures("snapshots")
@pytest.mark.parametrize("route", ["", "drawn"])
def test_pythons_engine_is_asked_for_once_and_before_what_boots_it(
    visit: Visit, address: str, route: str
) -> None:
    with visit(address) as app:
        app.boot(route)
        assert app.page.evaluate(ASKED) == [[True], 1]


GLUE_CAME = "performance.getEntriesByType('resource').some((e) => e.name.endsWith('asm.mjs'))"
# What starts Python is not let out by the clock.
NO_CLOCK = """const { setTimeout: later } = globalThis;
globalThis.setTimeout = (call, ms, ...more) => (ms === 1000 ? 0 : later(call, ms, ...more));"""


@pytest.mark.usefixtures("snapshots")
def test_a_link_to_a_page_asks_for_the_engine_whatever_boot_js_does(
    visit: Visit, address: str
) -> None:
    with visit(address) as app:
        app.page.add_init_script(NO_CLOCK)
        held = app.hold("boot-*.js")
        with app.page.expect_request("**/pyodide.asm.wasm"):
            app.go("drawn")
        assert len(held) == 1, "boot.js has not come"
        held.release()
        app.wait_for_start()


@pytest.mark.usefixtures("snapshots")
def test_scripts_are_asked_for_before_the_links_behind_them(visit: Visit, address: str) -> None:
    asked: list[str] = []
    with visit(address) as app:
        app.page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
        app.boot()
    assert asked.index("preboot.mjs") < asked.index("core.js")
    behind = [name for name in asked if re.fullmatch(r"(core|toml)-[^.]+\.js", name)]
    assert behind, "PyScript's own modules have links"
    assert asked.index("core.js") < min(map(asked.index, behind))


@pytest.mark.usefixtures("snapshots")
@pytest.mark.parametrize("bytes_a_second", [-1, 600_000])
def test_all_of_the_base_is_asked_for_before_the_engine_has_come(
    visit: Visit, address: str, bytes_a_second: int
) -> None:
    asked: list[str] = []
    with visit(address) as app:
        line = app.context.new_cdp_session(app.page)
        line.send("Network.enable")
        limits = {"offline": False, "latency": 0, "uploadThroughput": -1}
        line.send(
            "Network.emulateNetworkConditions", {**limits, "downloadThroughput": bytes_a_second}
        )
        app.page.on(
            "request", lambda request: "/memory-" in request.url and asked.append(request.url)
        )
        held = app.hold("pyodide.asm.wasm")
        app.go()
        app.wait_until(GLUE_CAME)
        # Time enough to be asked for, and for nothing else.
        app.page.wait_for_timeout(1000)
        assert len(asked) == 2
        line.send("Network.emulateNetworkConditions", {**limits, "downloadThroughput": -1})
        held.release()
        app.wait_for_start()
    assert len(asked) == 2


def test_it_is_there_without_scripts(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(address)
        expect(page.get_by_role("heading", name="Greetings")).to_be_visible()
        expect(page.get_by_text(re.compile("needs JavaScript"))).to_be_visible()
    finally:
        context.close()


def test_it_is_there_without_a_network(visit: Visit, address: str) -> None:
    with visit(address) as app:
        app.use_caches()
        app.boot()
        app.wait_until_kept()
        app.page.wait_for_load_state("networkidle")
        app.context.set_offline(True)
        app.boot_anew("drawn")
        expect(app.page.get_by_role("heading", level=1)).to_have_text("Drawn")
        expect(app.page.locator("canvas")).to_be_visible()
