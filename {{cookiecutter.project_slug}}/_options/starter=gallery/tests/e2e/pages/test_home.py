import json
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from pyscript_kit.testing import App

from pages import PAGES

ROUTES = {page.route for page in PAGES}
VENDORED = Path(__file__).parents[3] / "app/runtime/pyodide/pyodide-lock.json"


def test_a_card_leads_to_each_other_page(app: App) -> None:
    app.open("home")
    cards = app.page.get_by_role("main").get_by_role("listitem")
    others = [page for page in PAGES if page.route != "home"]
    expect(cards).to_have_count(len(others))

    for page, card in zip(others, cards.all(), strict=True):
        expect(card).to_contain_text(page.summary)
        expect(card.get_by_role("link", name=page.title)).to_have_attribute(
            "href", f"#/{page.route}"
        )


def test_the_page_says_which_python_computes(app: App) -> None:
    app.open("home")
    version = app.python("import platform; platform.python_version()")
    expect(app.page.get_by_role("main")).to_contain_text(f"Python {version} on Emscripten.")


def picture_of(app: App, route: str) -> Locator:
    """The small picture on the card of a page."""
    link = app.page.locator(f'a[href="#/{route}"]')
    return app.page.locator(".card").filter(has=link).locator(".sketch")


@pytest.mark.parametrize(
    ("route", "text"),
    [
        ("dom", "elements"),
        ("fetch", "200 OK, list of 4"),
        ("javascript", "window: 1280 x 800"),
        ("python", "map(square): 1, 4, 9, 16"),
        ("repl", ">>> sum(range(101))\n5050"),
    ],
)
def test_a_picture_says_what_python_has_just_computed(app: App, route: str, text: str) -> None:
    if route not in ROUTES:
        pytest.skip("that page has been deleted")
    app.open("home")
    expect(picture_of(app, route)).to_contain_text(text, use_inner_text=True)


@pytest.mark.skipif("packages" not in ROUTES, reason="that page has been deleted")
def test_a_picture_counts_the_packages_of_the_runtime(app: App, cdn: dict[str, Path]) -> None:
    on_cdn = [path for url, path in cdn.items() if url.endswith("/pyodide-lock.json")]
    [lock] = on_cdn or [VENDORED]
    count = len(json.loads(lock.read_text(encoding="utf-8"))["packages"])
    app.open("home")
    expect(picture_of(app, "packages")).to_contain_text(f"{count} packages", use_inner_text=True)


@pytest.mark.parametrize(("route", "shape"), [("plot", "polyline.stroke"), ("worker", "rect.fill")])
def test_a_picture_moves(app: App, route: str, shape: str) -> None:
    if route not in ROUTES:
        pytest.skip("that page has been deleted")
    app.open("home")
    first = picture_of(app, route).locator(shape).first
    attribute = "points" if route == "plot" else "width"
    before = first.get_attribute(attribute)
    expect(first).not_to_have_attribute(attribute, str(before))


@pytest.mark.skipif(not ROUTES & {"plot", "worker"}, reason="those pages have been deleted")
def test_the_pictures_can_be_stopped_by_keyboard_and_moved_on(app: App) -> None:
    app.open("home")
    app.page.evaluate(
        """() => {
          globalThis.drawn = 0;
          new MutationObserver(() => { drawn += 1; })
            .observe(document.querySelector(".cards"), { childList: true, subtree: true });
        }"""
    )
    app.wait_until("drawn > 1")

    switch = app.page.get_by_role("button", name="Move the pictures")
    expect(switch).to_have_attribute("aria-pressed", "true")
    switch.focus()
    app.page.keyboard.press("Enter")

    expect(switch).to_be_focused()
    expect(switch).to_have_attribute("aria-pressed", "false")
    app.page.evaluate("() => { drawn = 0; }")
    # Five times as long as from one drawing to the next.
    app.page.wait_for_timeout(500)
    assert app.page.evaluate("drawn") == 0
    app.page.keyboard.press("Enter")
    app.wait_until("drawn > 1")


@pytest.mark.skipif("events" not in ROUTES, reason="that page has been deleted")
def test_a_picture_follows_the_pointer(app: App) -> None:
    app.open("home")
    app.page.mouse.move(640, 400)
    expect(picture_of(app, "events").locator("circle")).to_have_attribute("cx", "80.00")


def test_pictures_stand_still_for_visitors_who_like_that(app: App) -> None:
    app.page.emulate_media(reduced_motion="reduce")
    try:
        app.open("home")
        assert app.python("import asyncio; len([t for t in asyncio.all_tasks()])") <= 1
        if ROUTES & {"plot", "worker"}:
            switch = app.page.get_by_role("button", name="Move the pictures")
            expect(switch).to_have_attribute("aria-pressed", "false")
    finally:
        app.page.emulate_media(reduced_motion="no-preference")
