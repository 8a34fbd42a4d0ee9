"""The error panel of a running app."""

import pytest
from pages import PAGES
from playwright.sync_api import Locator, expect

from pyscript_kit.testing import App

FAIL = """
from patterns.dom import element, find
from patterns.events import Handlers

def weigh():
    return 1 / 0

async def weigh_later():
    return [][1]

handlers = Handlers()
for name, handler in (("Weigh", weigh), ("Weigh later", weigh_later)):
    button = element("button", name, type="button")
    find("#page > .page").append(button)
    handlers.on(button, "click", handler)
"""


@pytest.fixture
def panel(app: App) -> Locator:
    """The panel, on a page with two buttons that fail."""
    app.open(PAGES[0].route)
    app.python(FAIL)
    return app.page.get_by_role("alert")


def test_an_exception_in_a_handler_is_shown_with_its_traceback(app: App, panel: Locator) -> None:
    app.expect_errors("ZeroDivisionError")

    app.page.get_by_role("button", name="Weigh", exact=True).click()

    expect(panel).to_be_focused()
    expect(panel.get_by_role("heading")).to_have_text(
        "The handler of 'click' stopped with an error"
    )
    expect(panel).to_contain_text("ZeroDivisionError: division by zero")
    panel.locator("summary").click()
    expect(panel.get_by_label("Traceback", exact=True)).to_contain_text("in weigh")
    assert app.state == "ready"


def test_an_exception_in_an_async_handler_is_shown(app: App, panel: Locator) -> None:
    app.expect_errors("IndexError")
    app.page.get_by_role("button", name="Weigh later").click()
    expect(panel).to_contain_text("IndexError: list index out of range")


IMPORTS = {
    "numpy": 'The package "numpy" is in this app\'s runtime, but is not loaded: name it in',
    "no_such_thing": "run pyscript add with its name",
    "tkinter": "Python in the browser does not include tkinter, or has it as a package",
}


@pytest.mark.parametrize("module", IMPORTS)
def test_an_import_in_vain_names_the_way_to_the_module(app: App, module: str) -> None:
    app.open(PAGES[0].route)
    if module == "numpy" and app.python("import sys; 'numpy' in sys.modules"):
        pytest.skip("the page loads it")
    locked = "import pyodide_js; 'numpy' in pyodide_js.lockfile.packages.to_py()"
    if module == "numpy" and not app.python(locked):
        pytest.skip("the runtime has no such package")
    app.expect_errors("ModuleNotFoundError")

    app.python(f"""
from patterns.events import Handlers
from patterns.dom import find

def fail():
    import {module}

handlers = Handlers()
handlers.on(find("#page"), "fail", fail)
from pyscript import window
find("#page").dispatchEvent(window.Event.new("fail"))
""")

    panel = app.page.get_by_role("alert")
    expect(panel).to_contain_text(f"ModuleNotFoundError: No module named '{module}'. ")
    expect(panel).to_contain_text(IMPORTS[module])


def test_a_missing_time_zone_names_the_package_that_has_them(app: App) -> None:
    app.open(PAGES[0].route)
    app.expect_errors("ZoneInfoNotFoundError")

    app.python("""
from zoneinfo import ZoneInfo
from patterns.report import report_error
try:
    ZoneInfo("Europe/Berlin")
except Exception as error:
    report_error(error, "The time is not known")
""")

    panel = app.page.get_by_role("alert")
    expect(panel).to_contain_text("No time zone found with key Europe/Berlin")
    expect(panel).to_contain_text('add "tzdata" to packages_on_demand in app/pyscript.toml')
    expect(panel).not_to_contain_text("loadPackage")


def test_dismissing_the_panel_gives_the_focus_back(app: App, panel: Locator) -> None:
    app.expect_errors("ZeroDivisionError")
    button = app.page.get_by_role("button", name="Weigh", exact=True)
    button.click()

    panel.get_by_role("button", name="Dismiss").click()

    expect(panel).to_be_hidden()
    expect(button).to_be_focused()


def test_the_same_error_again_is_counted(app: App, panel: Locator) -> None:
    app.expect_errors("ZeroDivisionError")
    button = app.page.get_by_role("button", name="Weigh", exact=True)
    for _ in range(3):
        button.click()
    expect(panel.get_by_role("heading")).to_contain_text("(3 times)")


def test_another_error_takes_the_place_of_the_former(app: App, panel: Locator) -> None:
    # Neither has a traceback.
    app.expect_errors("scales", "balance")
    app.page.evaluate("() => { Promise.reject('scales'); }")
    expect(panel).to_contain_text("scales")

    app.page.evaluate("() => { Promise.reject('balance'); }")

    expect(panel).to_contain_text("balance")
    expect(panel).not_to_contain_text("scales")
    expect(panel.get_by_role("heading")).to_have_text("Something went wrong")


def test_an_error_can_be_copied_for_a_report(app: App, panel: Locator) -> None:
    app.expect_errors("ZeroDivisionError")
    app.context.grant_permissions(["clipboard-read", "clipboard-write"])
    app.page.get_by_role("button", name="Weigh", exact=True).click()

    panel.get_by_role("button", name="Copy").click()

    expect(panel.get_by_role("button", name="Copied")).to_be_visible()
    report = app.page.evaluate("navigator.clipboard.readText()")
    assert "ZeroDivisionError: division by zero" in report
    assert "in weigh" in report


@pytest.mark.parametrize(
    "script",
    [
        "setTimeout(() => { throw new Error('scales not found') })",
        "Promise.reject(new Error('scales not found'))",
    ],
)
def test_what_nobody_catches_is_shown(app: App, panel: Locator, script: str) -> None:
    app.expect_errors("scales not found")
    app.page.evaluate(f"() => {{ {script}; }}")
    expect(panel).to_contain_text("scales not found")
    assert app.state == "ready"


def test_the_panel_shows_text_as_text(app: App, panel: Locator) -> None:
    app.expect_errors("<b>")
    app.python("""
from patterns.report import report_error
report_error(ValueError("<b>bold</b>"), "<img src=x onerror=alert(1)>")
""")
    expect(panel).to_contain_text("<b>bold</b>")
    expect(panel.locator("b, img")).to_have_count(0)


UNHEARD = """
import asyncio, sys

async def fail():
    await asyncio.sleep(0)
    raise LookupError("no such sample")

def find():
    return {}["no such sample"]

loop = asyncio.get_event_loop()
kept = None
"""


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("kept = asyncio.create_task(fail())", "A task"),
        ("kept = asyncio.ensure_future(fail())", "A task"),
        ("asyncio.gather(fail(), asyncio.sleep(0))", "A task"),
        ("loop.call_soon(find)", "A delayed call"),
        ("loop.call_later(0.01, find)", "A delayed call"),
    ],
)
def test_what_asyncio_runs_beside_the_page_is_shown(
    app: App, panel: Locator, line: str, title: str
) -> None:
    app.expect_errors("no such sample")

    app.python(f"{UNHEARD}\n{line}\nNone")

    expect(panel.get_by_role("heading")).to_have_text(f"{title} stopped with an error")
    expect(panel).to_contain_text("no such sample")
    expect(panel.locator("pre")).not_to_contain_text("/lib/")


@pytest.mark.parametrize(
    "line",
    [
        "loop.call_soon(sys.exit)",
        "loop.call_soon(lambda: loop.create_task(asyncio.to_thread(sys.exit)))",
        "handlers.on(button, 'focus', sys.exit); button._dom_element.focus()",
    ],
)
def test_leaving_by_exit_is_no_error(app: App, panel: Locator, line: str) -> None:
    with app.page.expect_console_message(lambda said: said.text == "after it"):
        app.python(f"{UNHEARD}\n{line}\nloop.call_later(0.05, print, 'after it')\nNone")

    expect(panel).to_be_hidden()


PRINTED = """
import logging, sys, warnings
logging.getLogger("balance").warning("not calibrated")
warnings.warn("drifts")
for share in range(3):
    sys.stderr.write(f"\\rstep {share}")
print("no line \N{EN DASH} ", end="")
print("yet", end="")
"""


@pytest.mark.usefixtures("panel")
def test_what_is_printed_is_no_error_and_needs_no_end_of_line(app: App) -> None:
    with (
        app.page.expect_console_message(lambda said: said.text == "no line \N{EN DASH} yet"),
        app.page.expect_console_message(lambda said: said.text == "step 2"),
    ):
        app.python(PRINTED)

    assert "warning: not calibrated" in app.console
    assert any("UserWarning: drifts" in line for line in app.console)
    assert not any(line.startswith("error") for line in app.console)


def test_who_holds_up_the_page_is_told(app: App, panel: Locator) -> None:
    app.python("import time\ndef wait():\n    time.sleep(0.15)")
    app.python("handlers.on(button, 'focus', wait)")

    app.page.get_by_role("button", name="Weigh later").focus()

    expect(panel.get_by_role("heading")).to_contain_text("The page did not respond for 0.15 s")
    expect(panel).to_contain_text("write await asyncio.sleep() instead")
    expect(panel.locator("pre")).to_contain_text("in wait")


def test_a_line_that_fails_in_a_browser_alone_comes_with_the_way_out(
    app: App, panel: Locator
) -> None:
    app.expect_errors("No such file")
    app.python("handlers.on(button, 'focus', lambda: open('data/tides.csv'))")

    app.page.get_by_role("button", name="Weigh later").focus()

    expect(panel).to_contain_text('await get_text("./data/tides.csv") of patterns.fetch')
