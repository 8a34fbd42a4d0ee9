"""What holds for every page in the table."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect

from pages import PAGES, Page
from tests.e2e.driver import App

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.route)


@each_page
def test_a_page_names_itself_in_title_link_and_heading(app: App, page: Page) -> None:
    app.open(page.route)

    name = app.page.locator("#app-name").text_content()
    expect(app.page).to_have_title(f"{page.title} \N{MIDDLE DOT} {name}")
    current = app.page.get_by_role("navigation").locator("[aria-current]")
    expect(current).to_have_text([page.title])
    expect(current).to_have_attribute("aria-current", "page")
    heading = app.page.get_by_role("heading", level=1)
    expect(heading).to_have_count(1)
    expect(heading).to_be_focused()


@each_page
def test_a_page_needs_no_horizontal_scrolling(app: App, page: Page) -> None:
    app.page.set_viewport_size({"width": 320, "height": 800})
    app.open(page.route)

    for width in (320, 390, 1280, 1920):
        app.page.set_viewport_size({"width": width, "height": 800})
        assert app.page.evaluate("document.documentElement.scrollWidth") <= width


@each_page
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_has_no_axe_violation(app: App, page: Page, scheme: str) -> None:
    app.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    app.open(page.route)

    results = Axe().run(app.page)

    assert results.violations_count == 0, results.generate_report()
