"""From the first byte to the first page, and every way in which that can fail."""

import re
from pathlib import Path

import pytest
from pages import PAGES
from playwright.sync_api import Route, expect

from pyscript_kit.testing import App

FIRST = PAGES[0]


def with_patience(app: App, *, stalled_after: float) -> None:
    """Change after how many seconds without progress the page speaks up."""

    def answer(route: Route) -> None:
        response = route.fetch()
        patience = f'data-stalled-after="{stalled_after}"'
        page = re.sub(r'data-stalled-after="\d+"', patience, response.text())
        route.fulfill(response=response, body=page)

    app.page.route(f"{app.origin}/", answer)


def expect_failure(app: App, message: str | re.Pattern[str]) -> None:
    """Insist on the panel of a failed start: its words, its focus, and no way past it."""
    app.wait_for_start("failed")
    panel = app.page.get_by_role("alert")
    expect(panel).to_be_visible()
    expect(panel).to_be_focused()
    expect(panel).to_contain_text(message)
    expect(panel.get_by_role("button", name="Reload")).to_be_visible()
    expect(panel.get_by_role("button", name="Dismiss")).to_be_hidden()


def test_the_first_screen_is_there_before_python(fresh_app: App, project_root: Path) -> None:
    held = fresh_app.hold("core.js")
    fresh_app.expect_errors(r"core\.js")

    fresh_app.go()

    page = fresh_app.page
    expect(page.locator("#app-name")).not_to_be_empty()
    name = page.locator("#app-name").text_content()
    expect(page).to_have_title(str(name))
    expect(page.get_by_role("heading", level=1)).to_have_text(str(name))
    description = page.locator('meta[name="description"]').get_attribute("content")
    expect(page.locator("main .lead")).to_have_text(str(description))
    expect(page.get_by_role("progressbar")).to_be_visible()
    assert fresh_app.state == "booting"
    document = project_root / "app" / "index.html"
    assert "needs JavaScript" in document.read_text(encoding="utf-8")
    # More than one module asks for it, and by now not all of them need have done so.
    held.abort()
    expect_failure(fresh_app, "PyScript could not be loaded")


def test_the_first_screen_stays_in_its_place(fresh_app: App) -> None:
    """The header that comes with the first page pushes nothing down."""
    fresh_app.page.add_init_script(
        """globalThis.shifted = [];
        if (PerformanceObserver.supportedEntryTypes.includes("layout-shift")) {
          new PerformanceObserver((list) => {
            const sources = list.getEntries().flatMap((shift) => shift.sources);
            shifted.push(...sources.map(({ node }) => node?.id));
          }).observe({ type: "layout-shift" });
        }"""
    )

    fresh_app.boot()

    # The observer hears of a shift after the frame that has it.
    fresh_app.page.wait_for_timeout(500)
    assert "page" not in fresh_app.page.evaluate("shifted")


def test_a_start_that_stalls_says_so_gives_up_and_may_still_succeed(fresh_app: App) -> None:
    fresh_app.expect_errors("Nothing has arrived for a long time")
    with_patience(fresh_app, stalled_after=0.5)
    held = fresh_app.hold("pyodide.asm.wasm")

    fresh_app.go()

    page = fresh_app.page
    expect(page.get_by_text("Nothing has arrived for a while")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("button", name="Reload")).to_be_visible()
    expect(page.locator("#boot-step")).to_have_text("Starting Python")
    received = re.compile(r"^\d+\.\d (of \d+\.\d )?MB received$")
    expect(page.locator("#boot-bytes")).to_have_text(received)
    assert 0.1 < page.get_by_role("progressbar").evaluate("bar => bar.value") < 1

    # The page looks at its patience all the time.
    page.locator("#boot").evaluate("boot => { boot.dataset.failedAfter = 1; }")
    expect_failure(fresh_app, "Nothing has arrived for a long time")

    held.release()
    page.wait_for_function("document.documentElement?.dataset.app === 'ready'")
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_wait_after_the_start_that_goes_on_says_why_that_may_be(fresh_app: App) -> None:
    with_patience(fresh_app, stalled_after=0.5)
    fresh_app.boot()
    report = "from patterns.report import report_progress as report; report"
    waiting = fresh_app.page.locator("#waiting")

    fresh_app.python(f"{report}('Loading scipy ...')")
    expect(waiting).to_have_text(
        "Loading scipy ... Still waiting; your connection may be slow or lost."
    )

    fresh_app.python(f"{report}('')")
    expect(waiting).to_be_empty()
    fresh_app.page.wait_for_timeout(1000)
    expect(waiting).to_be_empty()


def test_reload_starts_again(fresh_app: App) -> None:
    fresh_app.expect_errors(r"core\.js")
    fresh_app.lose("core.js")
    fresh_app.boot(state="failed")
    fresh_app.page.unroute_all()
    fresh_app.hold("core.js")

    fresh_app.page.get_by_role("button", name="Reload").click()

    expect(fresh_app.page.locator("html")).to_have_attribute("data-app", "booting")
    expect(fresh_app.page.get_by_role("progressbar")).to_be_visible()


def test_a_missing_pyscript_is_named(fresh_app: App) -> None:
    fresh_app.expect_errors(r"core\.js")
    fresh_app.lose("core.js")
    fresh_app.go()
    expect_failure(fresh_app, re.compile(r"PyScript could not be loaded from .*core\.js"))


def test_a_missing_interpreter_is_named(fresh_app: App) -> None:
    # The loader hears of it at once; from a CDN, Pyodide itself only stops.
    fresh_app.expect_errors(
        r"pyodide\.asm\.wasm", "A part of the app is missing|HTTP status code is not ok"
    )
    with_patience(fresh_app, stalled_after=1)
    fresh_app.lose("pyodide.asm.wasm")
    fresh_app.go()
    expect_failure(fresh_app, re.compile(r"pyodide\.asm\.wasm \(404\)"))


def test_a_broken_configuration_is_shown_once(fresh_app: App) -> None:
    fresh_app.expect_errors("Invalid TOML")
    fresh_app.serve("pyscript.toml", "packages = [")
    fresh_app.go()
    expect_failure(fresh_app, "Invalid TOML")
    expect(fresh_app.page.locator(".py-error")).to_be_hidden()


def test_a_browser_that_refuses_to_store_is_told_what_to_allow(fresh_app: App) -> None:
    fresh_app.expect_errors("access is denied")
    fresh_app.page.add_init_script(
        "IDBFactory.prototype.open = () => { throw new DOMException('access is denied', "
        "'SecurityError'); };"
    )
    fresh_app.go()
    expect_failure(fresh_app, re.compile(r"access is denied.* allow site data"))


def test_a_missing_file_of_the_app_is_named(fresh_app: App) -> None:
    fresh_app.expect_errors(r"404 .*patterns/dom\.py", "uncaught")
    fresh_app.lose("patterns/dom.py")
    fresh_app.go()
    expect_failure(fresh_app, re.compile(r"patterns/dom\.py"))


def test_a_syntax_error_in_main_is_shown_with_its_line(fresh_app: App) -> None:
    fresh_app.expect_errors("SyntaxError")
    fresh_app.serve("main.py", "router = Router(\n")
    fresh_app.go()
    expect_failure(fresh_app, "SyntaxError: '(' was never closed")
    traceback = fresh_app.page.get_by_label("Traceback", exact=True)
    expect(traceback).to_contain_text("router = Router(")
    expect(traceback).not_to_contain_text("/lib/python")


def test_a_first_page_that_raises_fails_the_start(fresh_app: App) -> None:
    fresh_app.expect_errors("KeyError: 'calibration'")
    source = "def mount(root, handlers):\n    {}['calibration']\n"
    fresh_app.serve(f"pages/{FIRST.route}.py", source)
    fresh_app.go()
    expect_failure(fresh_app, "KeyError: 'calibration'")
    expect(fresh_app.page.get_by_label("Traceback", exact=True)).to_contain_text(
        f'pages/{FIRST.route}.py", line 2'
    )


@pytest.mark.parametrize("route", ["", FIRST.route])
def test_the_app_is_ready_once_its_first_page_stands(app: App, route: str) -> None:
    app.open(FIRST.route)
    app.page.evaluate("route => { location.hash = `#/${route}`; }", route)
    assert app.state == "ready"
    expect(app.page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
    expect(app.page.get_by_role("progressbar")).to_have_count(0)


def test_the_styles_of_pyscript_apply_once_they_are_there(app: App) -> None:
    expect(app.page.locator("#pyscript-style")).not_to_have_attribute("media", re.compile("."))
