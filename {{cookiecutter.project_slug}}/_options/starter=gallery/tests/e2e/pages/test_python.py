import pytest
from playwright.sync_api import Page, expect
from pyscript_kit.testing import App


@pytest.fixture
def page(app: App) -> Page:
    app.open("python")
    return app.page


def test_a_script_calls_a_python_function(page: Page) -> None:
    source = page.get_by_role("region", name="JavaScript source of callPython")
    expect(source).to_contain_text("return remaining(100, 6);")

    page.get_by_role("button", name="Call Python").click()

    expect(page.locator("#called")).to_have_text("1.5625")


def test_the_console_calls_a_python_function_until_the_page_is_left(app: App, page: Page) -> None:
    assert page.evaluate("remaining(80, 3)") == 10

    app.follow("dom")

    assert page.evaluate("typeof remaining") == "undefined"
    assert page.evaluate("pyodide.globals.has('counts')") is False


def test_a_script_calls_numpy_with_converted_arguments(page: Page) -> None:
    page.get_by_role("button", name="Call numpy").click()
    expect(page.locator("#ones")).to_have_text("Float64Array [1, 1, 1], Float64Array [1, 1, 1]")


def test_a_script_reads_an_array_in_its_own_memory(app: App, page: Page) -> None:
    app.python("counts[2] = 77")
    page.get_by_role("button", name="Read the array").click()
    expect(page.locator("#read")).to_have_text("Float64Array of 4, highest 77")


def test_a_script_sets_a_python_variable(app: App, page: Page) -> None:
    page.get_by_label("Text").fill("gabbro's <b>")
    page.keyboard.press("Enter")

    expect(page.locator("#sample")).to_have_text('Python has sample = "gabbro\'s <b>"')
    assert app.python("sample") == "gabbro's <b>"


def test_python_calls_a_function_that_a_script_has_set(page: Page) -> None:
    page.set_viewport_size({"width": 1000, "height": 700})
    page.get_by_role("button", name="Show the window's area").click()
    expect(page.locator("#area")).to_have_text("The window has 700,000 square pixels.")


def test_in_development_the_console_has_the_interpreter(page: Page) -> None:
    expect(page.get_by_text("Here it is.")).to_be_visible()
    lines = page.get_by_role("region", name="Lines for the console").inner_text().splitlines()
    assert len(lines) == 3

    called, read, version = (page.evaluate(line) for line in lines)

    assert called == 1.5625
    assert list(read) == [3, 41, 12, 5]
    assert version.startswith("3.")


def test_elsewhere_the_console_has_no_interpreter(fresh_app: App) -> None:
    # Browsers know every name below localhost as this machine; the app does not.
    fresh_app.origin = fresh_app.origin.replace("127.0.0.1", "app.localhost")
    fresh_app.boot("python")

    expect(fresh_app.page.get_by_text("Here it is not.")).to_be_visible()
    assert fresh_app.page.evaluate("typeof pyodide") == "undefined"
    # What the page itself offers is there all the same.
    assert fresh_app.page.evaluate("remaining(80, 3)") == 10
    fresh_app.page.get_by_role("button", name="Read the array").click()
    expect(fresh_app.page.locator("#read")).to_have_text("Float64Array of 4, highest 41")
