from playwright.sync_api import expect
from pyscript_kit.testing import App


def test_when_calls_and_display_shows_each_kind(app: App) -> None:
    app.open("pyscript")
    shown = app.page.locator("#displayed")

    app.page.get_by_role("button", name="Text").click()
    expect(shown).to_have_text("Fe < 3 %")

    app.page.get_by_role("button", name="Markup").click()
    expect(shown).to_have_text("E. coli & K-12")
    expect(shown.locator("strong")).to_have_text("K-12")

    app.page.get_by_role("button", name="A picture").click()
    expect(shown.get_by_role("img", name="410.2 nm, 434 nm, 486.1 nm, 656.3 nm")).to_be_visible()


def test_a_terminal_runs_what_is_typed(app: App) -> None:
    app.open("pyscript")
    app.page.get_by_role("button", name="Open a terminal").click()
    terminal = app.page.locator("#terminal")
    expect(terminal).to_contain_text(">>>", timeout=60_000)

    app.page.keyboard.type("6 * 7")
    app.page.keyboard.press("Enter")

    expect(terminal).to_contain_text("42")

    # It is there still when its visitor comes back.
    app.open("dom")
    app.open("pyscript")
    expect(terminal).to_contain_text("42")
    expect(app.page.get_by_role("button", name="Open a terminal")).to_be_disabled()
    terminal.get_by_role("textbox").focus()
    app.page.keyboard.type("_ + 1")
    app.page.keyboard.press("Enter")
    expect(terminal).to_contain_text("43")

    app.page.keyboard.press("Shift+Tab")
    expect(terminal.get_by_role("textbox")).not_to_be_focused()


def test_a_host_that_does_not_isolate_the_page_has_words_for_it(plain_app: App) -> None:
    plain_app.open("pyscript")

    expect(plain_app.page.get_by_role("button", name="Open a terminal")).to_be_disabled()
    expect(plain_app.page.get_by_text("a host that isolates the page")).to_be_visible()
