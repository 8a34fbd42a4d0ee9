"""Packages of the runtime come when a page needs them, at the locked versions, or are named."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from pages import PAGES
from tests.e2e.driver import App

ROOT = Path(__file__).parents[2]
LOCK = json.loads((ROOT / "runtime.lock.json").read_text(encoding="utf-8"))
FIGURES, ARRAYS = (
    next((page.route for page in PAGES if package in page.packages), None)
    for package in ("matplotlib", "numpy")
)
WITHOUT = next(page for page in PAGES[1:] if not page.packages)
WHEELS = re.compile(r"/([^/]+)[.]whl$")


with_figures = pytest.mark.skipif(FIGURES is None, reason="no page needs matplotlib")


@with_figures
def test_the_browser_has_the_locked_versions(app: App) -> None:
    app.open(str(FIGURES))
    for package in ("matplotlib", "numpy"):
        version = app.python(f"import importlib.metadata as m; m.version({package!r})")
        assert version == LOCK["packages"][package]["version"]


@with_figures
def test_the_first_page_waits_for_no_package_and_others_are_fetched_when_idle(
    fresh_app: App,
) -> None:
    ready: list[str] = []
    fetched: list[str] = []

    def note(url: str) -> None:
        wheel = WHEELS.search(url)
        if wheel:
            ready.append(str(fresh_app.state))
            fetched.append(wheel[1].split("-")[0])

    fresh_app.page.on("request", lambda request: note(request.url))
    fresh_app.boot()

    # The browser takes its time for what only may be needed.
    fresh_app.page.wait_for_function(
        """() => performance.getEntriesByType("resource")
            .filter(({ name }) => name.endsWith(".whl")).length >= 12"""
    )
    assert {"matplotlib", "numpy", "pillow"} <= set(fetched)
    assert set(ready) == {"ready"}
    assert fresh_app.python("import sys; 'numpy' in sys.modules") is False


@pytest.mark.skipif(ARRAYS is None, reason="no page needs numpy")
def test_what_a_page_waits_for_is_said(fresh_app: App) -> None:
    fresh_app.boot()
    held = fresh_app.hold("numpy-*.whl")
    waiting = fresh_app.page.locator("#waiting")
    expect(waiting).to_be_hidden()

    fresh_app.page.evaluate("route => { location.hash = `#/${route}`; }", ARRAYS)
    expect(waiting).to_contain_text("numpy")
    while held:
        held.pop().fallback()
    fresh_app.wait_for_page(str(ARRAYS))
    expect(waiting).to_be_hidden()


@with_figures
@pytest.mark.parametrize("package", ["matplotlib", "kiwisolver"])
def test_a_changed_wheel_is_named_and_the_other_pages_go_on(fresh_app: App, package: str) -> None:
    fresh_app.expect_errors(package)
    wheel = re.compile(f"/{package}-[^/]*[.]whl$")
    fresh_app.page.route(wheel, lambda route: route.fulfill(body=b"PK changed"))

    fresh_app.boot()
    fresh_app.follow(str(FIGURES))

    expect(fresh_app.page.get_by_role("alert")).to_contain_text(f"{package} could not be loaded")
    fresh_app.page.get_by_role("button", name="Dismiss").click()
    fresh_app.follow(WITHOUT.route)
    expect(fresh_app.page).to_have_title(re.compile(re.escape(WITHOUT.title)))


def test_a_changed_wheel_that_is_needed_at_the_start_fails_it(fresh_app: App) -> None:
    fresh_app.expect_errors("numpy", "Failed to fetch")
    fresh_app.load_at_start("numpy")
    wheel = re.compile("/numpy-[^/]*[.]whl$")
    fresh_app.page.route(wheel, lambda route: route.fulfill(body=b"PK changed"))

    fresh_app.boot(state="failed")

    expect(fresh_app.page.get_by_role("alert")).to_contain_text(
        "These packages could not be loaded: numpy."
    )
