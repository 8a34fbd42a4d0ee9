from playwright.sync_api import expect

from pages import PAGES
from tests.e2e.driver import App


def test_a_card_leads_to_each_other_page(app: App) -> None:
    app.open("home")
    cards = app.page.get_by_role("main").get_by_role("listitem")
    expect(cards).to_have_count(len(PAGES) - 1)

    for page, card in zip(PAGES[1:], cards.all(), strict=True):
        expect(card).to_contain_text(page.summary)
        expect(card.get_by_role("link", name=page.title)).to_have_attribute(
            "href", f"#/{page.route}"
        )


def test_the_page_says_which_python_computes(app: App) -> None:
    app.open("home")
    version = app.python("import platform; platform.python_version()")
    expect(app.page.get_by_role("main")).to_contain_text(f"Python {version} on Emscripten.")
