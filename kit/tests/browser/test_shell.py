"""What surrounds every page: the choice of colours, the source of the page, reduced motion."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from pages import PAGES, Page
from playwright.sync_api import expect

from pyscript_kit.testing import App

BACKGROUND = "getComputedStyle(document.documentElement).backgroundColor"

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.route)


def test_the_colours_follow_the_system_until_the_visitor_chooses(app: App) -> None:
    scheme = app.page.get_by_label("Colours")
    light = app.page.evaluate(BACKGROUND)
    app.page.emulate_media(color_scheme="dark")
    dark = app.page.evaluate(BACKGROUND)
    assert light != dark

    scheme.select_option("light")
    assert app.page.evaluate(BACKGROUND) == light
    app.page.emulate_media(color_scheme="light")
    scheme.select_option("dark")
    assert app.page.evaluate(BACKGROUND) == dark
    scheme.select_option("system")
    assert app.page.evaluate(BACKGROUND) == light


def test_the_icon_is_in_the_apps_colours_in_header_and_tab(app: App) -> None:
    accent = app.page.evaluate(
        "getComputedStyle(document.documentElement).getPropertyValue('--accent')"
    )
    for selector, attribute in (("header img", "src"), ("link[rel=icon]", "href")):
        shown = app.page.locator(selector)
        expect(shown).to_have_attribute(attribute, re.compile("^data:image/svg"))
        drawing = unquote(str(shown.get_attribute(attribute)))
        assert f'fill="{accent.strip()}"' in drawing
        assert "var(" not in drawing
    assert app.page.evaluate("document.querySelector('header img').naturalWidth") > 0


def test_the_choice_of_colours_is_kept_and_there_before_python(fresh_app: App) -> None:
    page = fresh_app.page
    fresh_app.hold("core.js")
    fresh_app.go()
    # The page's own script runs once it counts what arrives.
    expect(page.locator("#boot-bytes")).to_contain_text("received")
    light = page.evaluate(BACKGROUND)
    # Visitors see the control once the app is ready.
    page.locator("#scheme").evaluate(
        "select => { select.value = 'dark'; select.dispatchEvent(new Event('change')); }"
    )
    page.wait_for_function(f"light => {BACKGROUND} !== light", arg=light)
    dark = page.evaluate(BACKGROUND)

    page.reload(wait_until="commit")

    expect(page.locator("#scheme")).to_have_value("dark")
    page.wait_for_function(f"dark => {BACKGROUND} === dark", arg=dark)
    assert fresh_app.state == "booting"


def test_what_is_done_pressed_or_current_shows_in_the_visitors_own_few_colours(app: App) -> None:
    app.page.emulate_media(forced_colors="active")
    try:
        app.open(PAGES[0].route)
        app.python(
            """
from patterns.dom import element, find
find("#page > .page").append(
    element("progress", id="made-up-progress", max=1),
    element("button", "Made up", id="made-up-button", type="button"),
)
"""
        )

        assert changes_its_looks(app, "#made-up-progress", "value", "0.2", "0.8")
        assert changes_its_looks(app, "#made-up-button", "aria-pressed", "false", "true")
        assert changes_its_looks(app, "#navigation a", "aria-current", None, "page")
    finally:
        app.page.emulate_media(forced_colors="none")


def changes_its_looks(app: App, selector: str, attribute: str, *values: str | None) -> bool:
    """Whether an element looks another way for each value of an attribute."""
    target = app.page.locator(selector).first
    looks = set()
    for value in values:
        target.evaluate(
            "(target, [name, value]) => value === null"
            " ? target.removeAttribute(name) : target.setAttribute(name, value)",
            [attribute, value],
        )
        looks.add(target.screenshot(animations="disabled"))
    return len(looks) == len(values)


@each_page
def test_a_page_shows_its_own_source(app: App, page: Page, project_root: Path) -> None:
    app.open(page.route)
    view = app.page.locator("details.source")
    expect(view.locator("pre")).to_have_count(0)

    view.get_by_text("The Python of this page").click()

    shown = view.locator("pre")
    path = project_root / "app" / "pages" / f"{page.route}.py"
    source = path.read_text(encoding="utf-8")
    expect(shown).to_be_visible()
    assert shown.text_content() == source
    expect(view.locator("code").first).to_have_text(f"app/pages/{page.route}.py")


def test_the_source_can_be_copied(app: App, project_root: Path) -> None:
    app.context.grant_permissions(["clipboard-read", "clipboard-write"])
    first = PAGES[0].route
    app.open(first)
    app.page.get_by_text("The Python of this page").click()

    app.page.get_by_role("button", name="Copy", exact=True).click()

    expect(app.page.get_by_role("button", name="Copied")).to_be_visible()
    path = project_root / "app" / "pages" / f"{first}.py"
    source = path.read_text(encoding="utf-8")
    assert app.page.evaluate("navigator.clipboard.readText()") == source


def test_numbers_are_written_in_the_visitors_locale(app: App, project_root: Path) -> None:
    if not (project_root / "app" / "patterns" / "numbers.py").is_file():
        pytest.skip("the starter has no pattern for numbers")
    code = "from patterns.numbers import written; [written(1234.5), written(2, decimals=2)]"
    language = app.page.evaluate("navigator.language")
    expected = app.page.evaluate(
        """(language) => [
          new Intl.NumberFormat(language).format(1234.5),
          new Intl.NumberFormat(language, {minimumFractionDigits: 2}).format(2),
        ]""",
        language,
    )
    assert re.match("en", language)
    assert app.python(code) == expected
