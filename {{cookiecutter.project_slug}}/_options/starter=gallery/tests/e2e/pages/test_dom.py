import pytest
from playwright.sync_api import Locator, expect
from pyscript_kit.testing import App


@pytest.fixture
def samples(app: App) -> Locator:
    app.open("dom")
    return app.page.get_by_role("list", name="Samples").get_by_role("listitem")


def test_an_element_is_created(app: App, samples: Locator) -> None:
    expect(samples).to_have_count(3)

    app.page.get_by_label("New sample").fill("Olivine")
    app.page.get_by_role("button", name="Create").click()

    expect(samples).to_have_count(4)
    expect(samples.last).to_contain_text("Olivine")
    expect(app.page.get_by_label("New sample")).to_have_value("")


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "a & b", "&lt;", "</li><li>"])
def test_what_is_typed_stays_text(app: App, samples: Locator, name: str) -> None:
    app.page.get_by_label("New sample").fill(name)
    app.page.get_by_role("button", name="Create").click()

    expect(samples).to_have_count(4)
    expect(samples.last.locator(".name")).to_have_text(name)
    expect(app.page.get_by_role("main").locator("img")).to_have_count(0)


def test_elements_are_found(app: App, samples: Locator) -> None:
    app.page.get_by_label("Text in the name").fill("Quartz")
    app.page.get_by_role("button", name="Find").click()

    expect(app.page.get_by_text("Found 1 of 3.")).to_be_visible()
    expect(app.page.locator("li.found")).to_contain_text(["Quartz <0.5 mm"])


def test_an_element_is_updated(app: App, samples: Locator) -> None:
    button = app.page.get_by_role("button", name="Measured Basalt")
    expect(button).to_have_attribute("aria-pressed", "false")

    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(samples.first).to_contain_text("Basalt, measured")

    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(samples.first.locator(".name")).to_have_text("Basalt")


def test_an_element_is_removed(app: App, samples: Locator) -> None:
    app.page.get_by_role("button", name="Remove Quartz <0.5 mm").click()

    expect(samples.locator(".name")).to_have_text(["Basalt", "Fe & Ni"])
    expect(app.page.get_by_text("Removed: Quartz <0.5 mm")).to_be_visible()


def test_markup_is_markup_only_by_name(app: App, samples: Locator) -> None:
    expect(app.page.locator("#as-text")).to_have_text("<em>E. coli</em> & <strong>K-12</strong>")
    expect(app.page.locator("#as-markup")).to_have_text("E. coli & K-12")
    expect(app.page.locator("#as-markup strong")).to_have_text("K-12")


def test_looking_for_what_is_not_there_is_an_error_that_names_it(app: App) -> None:
    message = app.python("""
from patterns.dom import find
try:
    find("#nowhere")
except LookupError as error:
    message = str(error)
message
""")
    assert message == "No element matches '#nowhere'."
