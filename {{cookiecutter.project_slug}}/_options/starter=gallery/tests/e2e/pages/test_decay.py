"""The page of a figure that follows its sliders."""

import re

from playwright.sync_api import expect
from pyscript_kit.testing import App


def test_the_figure_follows_a_slider_and_the_number_beside_it(app: App) -> None:
    app.open("decay")
    figure = app.page.locator("canvas")
    drawn = re.compile("Half-life in s: 10, ")
    expect(figure).to_have_attribute("aria-label", drawn, timeout=60_000)

    app.page.get_by_role("slider", name="Half-life in s").press("ArrowRight")
    expect(figure).to_have_attribute("aria-label", re.compile("Half-life in s: 11, "))
    typed = app.page.get_by_label("Half-life in s, as a number")
    expect(typed).to_have_value("11")

    typed.fill("20")
    expect(figure).to_have_attribute("aria-label", re.compile("Half-life in s: 20, "))
    expect(app.page.get_by_role("slider", name="Half-life in s")).to_have_value("20")


def test_a_number_that_will_not_do_is_refused_at_the_slider(app: App) -> None:
    app.open("decay")
    typed = app.page.get_by_label("Activity in Bq, as a number")

    typed.fill("-1")

    expect(typed).to_have_accessible_description("Type a number from 1 to 1000.")
    expect(app.page.get_by_text("Type a number from 1 to 1000.")).to_be_visible()


def test_the_figure_is_saved(app: App) -> None:
    app.open("decay")
    with app.page.expect_download() as saving:
        app.page.get_by_label("Save as SVG: Decay").click()
    assert saving.value.suggested_filename == "decay.svg"
