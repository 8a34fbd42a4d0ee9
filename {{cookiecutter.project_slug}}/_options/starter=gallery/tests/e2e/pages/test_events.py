import pytest
from playwright.sync_api import Locator, expect
from pyscript_kit.testing import App


@pytest.fixture
def output(app: App) -> Locator:
    """The lines that the page's handlers write."""
    app.open("events")
    return app.page.get_by_role("list", name="Output").get_by_role("listitem")


def press(app: App, name: str) -> None:
    app.page.get_by_role("button", name=name, exact=True).click()


def test_a_sync_handler_runs(app: App, output: Locator) -> None:
    press(app, "Count")
    press(app, "Count")
    expect(output).to_have_text(["Counted to 1", "Counted to 2"])


def test_an_async_handler_leaves_the_page_usable(app: App, output: Locator) -> None:
    # One right after the other, however slow the machine is.
    app.page.get_by_role("main").evaluate(
        """main => {
          for (const name of ["Count down", "Count"]) {
            [...main.querySelectorAll("button")].find((b) => b.textContent === name).click();
          }
        }"""
    )

    expect(output.filter(has_text="Counted down")).to_have_count(1)
    assert set(output.all_text_contents()[:2]) == {"Counting down: 3", "Counted to 1"}


def test_a_form_is_read_when_it_is_sent(app: App, output: Locator) -> None:
    app.page.get_by_label("Temperature").fill("21.5")
    app.page.get_by_label("Unit").select_option("C")
    app.page.get_by_label("Calibrated").check()
    press(app, "Send")

    expect(output).to_have_text(
        ["The form holds {'value': '21.5', 'unit': 'C', 'calibrated': 'yes'}"]
    )
    assert app.page.url.endswith("#/events")


def test_typing_is_handled_once_it_pauses(app: App, output: Locator) -> None:
    app.page.get_by_label("Search").evaluate(
        """search => {
          for (const letter of "numpy") {
            search.value += letter;
            search.dispatchEvent(new Event("input", { bubbles: true }));
          }
        }"""
    )

    expect(output).to_have_text(['Searching for "numpy"'])


def test_a_key_shortcut_works_wherever_the_focus_is(app: App, output: Locator) -> None:
    app.page.keyboard.press("Control+Enter")
    app.page.get_by_role("button", name="Ping").focus()
    app.page.keyboard.press("Meta+Enter")

    expect(output).to_have_text(["The shortcut was pressed"] * 2)


def test_the_output_can_be_cleared(app: App, output: Locator) -> None:
    press(app, "Count")
    expect(output).to_have_count(1)
    press(app, "Clear output")
    expect(output).to_have_count(0)


def test_a_handler_can_be_removed_and_attached_again(app: App, output: Locator) -> None:
    press(app, "Ping")
    expect(output).to_have_text(["Pong"])

    press(app, "Remove the handler")
    expect(output).to_have_count(2)
    attached = int(output.last.inner_text().rpartition(" ")[2])
    press(app, "Ping")
    press(app, "Attach the handler")
    expect(output.last).to_have_text(f"Handlers attached on this page: {attached + 1}")
    press(app, "Ping")

    expect(output.filter(has_text="Pong")).to_have_count(2)


def test_an_exception_reaches_the_panel(app: App, output: Locator) -> None:
    app.expect_errors("ZeroDivisionError")
    press(app, "Divide by zero")

    panel = app.page.get_by_role("alert")
    expect(panel).to_contain_text("ZeroDivisionError: division by zero")
    panel.locator("summary").click()
    expect(panel.get_by_label("Traceback", exact=True)).to_contain_text("return 1 / 0")
