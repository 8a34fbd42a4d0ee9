"""Packages of the runtime come when a page needs them, at the locked versions, or are named."""

import re
import time
from pathlib import Path

import pytest
from pages import PAGES
from playwright.sync_api import expect

from needing import packages_of
from pyscript_kit.lock.reader import read_lock
from pyscript_kit.project.settings import LOCK_NAME
from pyscript_kit.testing import App

FIGURES, ARRAYS = (
    # The page that needs the least beside it.
    min((len(packages_of(page)), page.route) for page in PAGES if package in packages_of(page))[1]
    if any(package in packages_of(page) for page in PAGES)
    else None
    for package in ("matplotlib", "numpy")
)
WITHOUT = next((page for page in PAGES[1:] if not packages_of(page)), PAGES[0])
# A package comes as a wheel, or from the loader's own file of its bytecode.
FILES = r"/([a-z_]+)-[^/]*[.](whl|wasm)$"


@pytest.fixture(scope="session")
def locked(project_root: Path) -> dict[str, str]:
    """The versions of the lock by the names of its packages."""
    lock = read_lock(project_root / LOCK_NAME)
    return {name: package.version for name, package in lock.packages.items()}


with_figures = pytest.mark.skipif(FIGURES is None, reason="no page needs matplotlib")


@with_figures
def test_the_browser_has_the_locked_versions(app: App, locked: dict[str, str]) -> None:
    app.open(str(FIGURES))
    for package in ("matplotlib", "numpy"):
        version = app.python(f"import importlib.metadata as m; m.version({package!r})")
        assert version == locked[package]


@with_figures
def test_the_first_page_waits_for_no_package_and_others_are_fetched_when_idle(
    fresh_app: App, locked: dict[str, str]
) -> None:
    states: set[str | None] = set()
    fetched: set[str] = set()
    codes: set[str] = set()

    def note(url: str, *, ended: bool) -> None:
        file = re.search(FILES, url)
        if file and file[1] in locked:
            states.add(fresh_app.state)
            if ended:
                fetched.add(file[1])
        if ended and re.search(r"[.]whl$|-code-[^/]*[.]wasm$", url):
            codes.add(url)

    fresh_app.page.on("request", lambda request: note(request.url, ended=False))
    fresh_app.page.on("requestfinished", lambda request: note(request.url, ended=True))
    fresh_app.boot()

    # The browser takes its time for what only may be needed.
    deadline = time.monotonic() + 60
    while len(codes) < 12 and time.monotonic() < deadline:
        fresh_app.page.wait_for_timeout(50)
    assert len(codes) >= 12
    assert {"matplotlib", "numpy", "pillow"} <= fetched
    assert states == {"ready"}
    assert fresh_app.python("import sys; 'numpy' in sys.modules") is False

    # What is waited for, where a page needs some of them, is said.
    held = fresh_app.hold("numpy-*")
    waiting = fresh_app.page.locator("#waiting")
    expect(waiting).to_be_hidden()
    fresh_app.page.evaluate("route => { location.hash = `#/${route}`; }", ARRAYS)
    expect(waiting).to_contain_text("numpy")
    held.release()
    fresh_app.wait_for_page(str(ARRAYS))
    expect(waiting).to_be_hidden()


@with_figures
def test_a_changed_wheel_is_named_and_the_other_pages_go_on(fresh_app: App) -> None:
    fresh_app.boot()
    # What a page asks for by name, and what that needs.
    for route, package in ((ARRAYS, "numpy"), (FIGURES, "kiwisolver")):
        fresh_app.expect_errors(package)
        files = re.compile(f"/{package}-[^/]*[.](whl|wasm)$")
        fresh_app.page.route(files, lambda route: route.fulfill(body=b"PK changed"))

        fresh_app.follow(str(route))

        panel = fresh_app.page.get_by_role("alert")
        expect(panel).to_contain_text(f"{package} could not be loaded")
        panel.get_by_role("button", name="Dismiss").click()
        fresh_app.follow(WITHOUT.route)
        expect(fresh_app.page).to_have_title(re.compile(re.escape(WITHOUT.title)))
        fresh_app.page.unroute_all()


def test_a_changed_wheel_that_is_needed_at_the_start_fails_it(
    fresh_app: App, locked: dict[str, str]
) -> None:
    if "numpy" not in locked:
        pytest.skip("the runtime has no numpy")
    fresh_app.expect_errors("numpy", "Failed to fetch")
    fresh_app.load_at_start("numpy")
    files = re.compile("/numpy-[^/]*[.](whl|wasm)$")
    fresh_app.page.route(files, lambda route: route.fulfill(body=b"PK changed"))

    fresh_app.boot(state="failed")

    expect(fresh_app.page.get_by_role("alert")).to_contain_text(
        "These packages could not be loaded: numpy."
    )
