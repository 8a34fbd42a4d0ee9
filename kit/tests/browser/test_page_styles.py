"""Style sheets of pages: each holds as long as its page is shown, and nobody sees a page without.

The pages are made up here, so that deleting one of the app's changes nothing.
"""

from collections.abc import Callable, Iterator

import pytest
from pages import PAGES
from playwright.sync_api import Route, expect

from pyscript_kit.testing import App
from pyscript_kit.testing.fixtures import close, has_failed

STYLED = ("red", "blue", "slow", "absent", "importing")
TABLE = f"""
from typing import NamedTuple

class Page(NamedTuple):
    route: str
    title: str
    summary: str = "."
    packages: tuple[str, ...] = ()
    styled: bool = False

PAGES = (
    Page("plain", "Plain"),
    *(Page(route, route.capitalize(), styled=True) for route in {STYLED}),
)
"""
PAGE = """
from patterns.dom import element

def mount(root, handlers):
    root.append(element("h1", {title!r}))
"""
RED, BLUE, SLOW = "rgb(200, 0, 0)", "rgb(0, 0, 200)", "rgb(0, 100, 0)"
SHEETS = {
    "pages/red.css": f'@import "../patterns/shared.css";\nh1 {{ color: {RED}; }}\n',
    "pages/blue.css": f"h1 {{ color: {BLUE}; }}\n",
    "pages/slow.css": f"h1 {{ color: {SLOW}; }}\n",
    "pages/importing.css": '@import "../patterns/lost.css";\nh1 { color: red; }\n',
    "patterns/shared.css": "h1 { letter-spacing: 7px; }\n",
}

COLOUR = "getComputedStyle(document.querySelector('#page h1')).color"
SPACING = "getComputedStyle(document.querySelector('#page h1')).letterSpacing"
# What each heading looked like in every frame, by its text.
WATCH = f"""() => {{
  window.seen = {{}};
  const look = () => {{
    const heading = document.querySelector("#page h1");
    if (heading) (seen[heading.textContent] ??= new Set()).add({COLOUR});
  }};
  new MutationObserver(look).observe(document.body, {{ childList: true, subtree: true }});
  (function again() {{ look(); requestAnimationFrame(again); }})();
}}"""
SEEN = "Object.fromEntries(Object.entries(seen).map(([name, looks]) => [name, [...looks]]))"


@pytest.fixture(scope="module")
def booted(launch: Callable[[], App]) -> App:
    app = launch()
    app.serve("pages/__init__.py", TABLE)
    for route in ("plain", *STYLED):
        app.serve(f"pages/{route}.py", PAGE.format(title=route.capitalize()))
    for path, text in SHEETS.items():
        serve_sheet(app, path, text)
    app.boot()
    return app


def serve_sheet(app: App, path: str, text: str) -> None:
    def answer(route: Route) -> None:
        route.fulfill(body=text, content_type="text/css")

    app.page.route(f"**/{path}", answer)


@pytest.fixture
def site(booted: App, request: pytest.FixtureRequest, output_path: str) -> Iterator[App]:
    """The app with made-up pages, at its first one."""
    booted.follow("plain")
    yield booted
    try:
        close(booted, output_path, failed=has_failed(request))
    finally:
        for button in booted.page.locator("#error-dismiss:visible").all():
            button.click()


def test_a_sheet_holds_as_long_as_its_page_is_shown(site: App) -> None:
    plain, usual = site.page.evaluate(f"[{COLOUR}, {SPACING}]")

    site.follow("red")
    assert site.page.evaluate(f"[{COLOUR}, {SPACING}]") == [RED, "7px"]
    site.follow("blue")
    assert site.page.evaluate(f"[{COLOUR}, {SPACING}]") == [BLUE, usual]
    site.follow("plain")
    assert site.page.evaluate(f"[{COLOUR}, {SPACING}]") == [plain, usual]
    site.follow("red")
    site.follow("nowhere")
    assert site.page.evaluate(f"[{COLOUR}, {SPACING}]") == [plain, usual]


def test_a_sheet_is_fetched_once_and_only_when_its_page_is_opened(site: App) -> None:
    requests: list[str] = []
    site.page.on("request", lambda request: requests.append(request.url))

    # Whichever test opened it first, the document now has it.
    site.follow("blue")
    site.follow("plain")
    asked_before = len(requests)
    site.follow("blue")

    assert len(requests) == asked_before
    assert site.page.evaluate(COLOUR) == BLUE
    assert not [url for url in requests if url.endswith("/slow.css")]


def test_nobody_sees_a_page_without_its_sheet_or_with_that_of_another(site: App) -> None:
    plain = site.page.evaluate(COLOUR)
    site.page.evaluate(WATCH)
    held = site.hold("pages/slow.css")

    with site.page.expect_request("**/pages/slow.css"):
        site.page.get_by_role("link", name="Slow").click()
    # Beside the sheet, not after it.
    site.page.wait_for_function(
        "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/slow.py'))"
    )
    expect(site.page.get_by_role("main")).to_have_attribute("aria-busy", "true")
    expect(site.page.get_by_role("heading", level=1)).to_have_text("Plain")
    held.release()
    site.wait_for_page("slow")
    site.follow("plain")

    assert site.page.evaluate(SEEN) == {"Plain": [plain], "Slow": [SLOW]}


def test_a_sheet_that_does_not_come_is_reported_and_can_be_tried_again(site: App) -> None:
    site.expect_errors(r"404 .*pages/absent\.css", "answered 404")
    site.lose("pages/absent.css")

    site.page.get_by_role("link", name="Absent").click()

    panel = site.page.get_by_role("alert").filter(visible=True)
    expect(panel).to_contain_text('The page "Absent" could not be shown')
    expect(panel).to_contain_text("./pages/absent.css answered 404: there is nothing at this")
    assert site.state == "ready"

    serve_sheet(site, "pages/absent.css", f"h1 {{ color: {RED}; }}")
    site.page.get_by_role("button", name="Try again").click()
    site.wait_for_page("absent")

    expect(site.page.get_by_role("alert")).to_be_hidden()
    assert site.page.evaluate(COLOUR) == RED
    expect(site.page.locator("link[data-page=absent]")).to_have_count(1)


def test_an_import_that_does_not_come_is_reported(site: App) -> None:
    site.expect_errors(r"404 .*patterns/lost\.css", r"importing\.css is not a style sheet")
    site.lose("patterns/lost.css")

    site.page.get_by_role("link", name="Importing").click()

    panel = site.page.get_by_role("alert").filter(visible=True)
    expect(panel).to_contain_text("importing.css is not a style sheet, or imports one that did not")
    expect(site.page.locator("link[data-page=importing]")).to_have_count(0)


@pytest.mark.usefixtures("snapshots")
def test_the_sheet_of_the_first_page_comes_with_the_loader(fresh_app: App) -> None:
    first = PAGES[0]
    if not first.styled:
        pytest.skip("the first page of this app has no style sheet of its own")
    asked: list[str] = []
    fresh_app.page.on("request", lambda request: asked.append(request.url))
    # Python, which would ask for it, does not run before this has come.
    held = fresh_app.hold("main.py")

    with fresh_app.page.expect_request(f"**/pages/{first.route}.css"):
        fresh_app.go()
    held.release()
    fresh_app.wait_for_start()

    assert len([url for url in asked if url.endswith(f"/pages/{first.route}.css")]) == 1
    assert (
        fresh_app.page.evaluate(f"document.querySelector('[data-page={first.route}]').media") == ""
    )
