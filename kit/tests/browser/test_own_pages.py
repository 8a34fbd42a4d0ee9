"""Apps that are not written as the template's are: scripts of several kinds, no router, a document
of the author's own. They become ready, and what goes wrong in them is seen."""

import re
from collections.abc import Callable

import pytest
from pages import PAGES
from playwright.sync_api import Route, expect

from pyscript_kit.testing import App
from test_start import expect_failure

FIRST = PAGES[0]
WITH_PYTHON = '<script type="py" src="./main.py" config="./pyscript.toml"></script>'
WRITES = """
from pyscript import document, display, when
document.querySelector("#page").append("Written by main.py. ")
"""


def amend(app: App, *, scripts: str, stalled_after: float = 15) -> None:
    """Have the document start other Python, and speak up after so many seconds."""

    def answer(route: Route) -> None:
        response = route.fetch()
        body = response.text().replace(WITH_PYTHON, scripts)
        body = body.replace('stalled-after="15"', f'stalled-after="{stalled_after}"')
        route.fulfill(response=response, body=body)

    app.page.route(f"{app.origin}/", answer)


def expect_ready(app: App) -> None:
    """Insist on an app that stands, without the first screen and without a panel."""
    app.wait_for_start()
    expect(app.page.locator("#boot")).to_have_count(0)
    expect(app.page.get_by_role("alert")).to_be_hidden()


def test_an_app_without_a_router_is_ready_when_its_scripts_are_done(fresh_app: App) -> None:
    fresh_app.expect_errors("404")
    amend(
        fresh_app,
        scripts=f"""<img src="./lost.png" alt="lost">{WITH_PYTHON}
        <script type="py">
from pyscript import display
display("Written inline.")</script>
        <script type="py" async="false">answer = 42</script>""",
        stalled_after=0.25,
    )
    fresh_app.serve("main.py", f"import asyncio\nawait asyncio.sleep(0.1)\n{WRITES}")
    held = fresh_app.hold("pyscript/core.js")

    fresh_app.go()
    page = fresh_app.page
    # A lost picture is no reason to give up, however long the start takes.
    expect(page.get_by_text("Nothing has arrived for a while")).to_be_visible()
    assert fresh_app.state == "booting"
    held.release()

    expect_ready(fresh_app)
    expect(page.get_by_role("main")).to_contain_text("Written by main.py.")
    expect(page.get_by_text("Written inline.")).to_be_visible()


def test_what_a_terminal_shows_of_an_error_the_panel_shows_too(fresh_app: App) -> None:
    fresh_app.expect_errors("terminal is read only|ZeroDivisionError")
    amend(fresh_app, scripts=WITH_PYTHON.replace("src", "terminal src"))
    later = '@when("click", "#scheme")\ndef divide(event):\n    1 / 0\n'
    fresh_app.serve("main.py", f"{WRITES}print('Hello, terminal')\n{later}")
    fresh_app.boot()
    page = fresh_app.page
    expect(page.locator("py-terminal")).to_contain_text("Hello, terminal")
    expect(page.get_by_role("alert")).to_be_hidden()

    fresh_app.python("1")
    page.locator("#scheme").dispatch_event("click")

    expect(page.get_by_role("alert")).to_contain_text("ZeroDivisionError: division by zero")
    assert fresh_app.state == "ready"


def test_a_script_that_raises_fails_an_app_without_a_router(fresh_app: App) -> None:
    fresh_app.expect_errors("KeyError: 'calibration'")
    amend(fresh_app, scripts=f"{WITH_PYTHON}<script type='py'>{{}}['calibration']</script>")
    fresh_app.serve("main.py", WRITES)
    fresh_app.go()
    expect_failure(fresh_app, "KeyError: 'calibration'")
    fresh_app.page.wait_for_timeout(200)
    expect_failure(fresh_app, "KeyError: 'calibration'")


@pytest.mark.parametrize("first", [True, False], ids=["before", "behind"])
def test_what_another_script_raises_stays_to_be_read(fresh_app: App, first: bool) -> None:
    fresh_app.expect_errors("KeyError: 'calibration'")
    other = "<script type='py'>{}['calibration']</script>"
    amend(fresh_app, scripts=other + WITH_PYTHON if first else WITH_PYTHON + other)

    fresh_app.go()
    fresh_app.wait_for_page(FIRST.route)

    expect(fresh_app.page.locator("html")).to_have_attribute("data-app", "ready")
    panel = fresh_app.page.get_by_role("alert")
    expect(panel.get_by_role("heading")).to_have_text("Something went wrong")
    expect(panel).to_contain_text("KeyError: 'calibration'")
    panel.get_by_role("button", name="Dismiss").click()
    expect(panel).to_be_hidden()


def test_a_script_without_an_end_does_not_hold_up_the_app(fresh_app: App) -> None:
    amend(fresh_app, scripts=WITH_PYTHON, stalled_after=0.5)
    endless = "import asyncio\nwhile True:\n    await asyncio.sleep(0.05)\n"
    fresh_app.serve("main.py", WRITES + endless)
    fresh_app.boot()
    expect_ready(fresh_app)


def test_a_script_of_the_authors_that_fails_does_not_stop_the_start(fresh_app: App) -> None:
    fresh_app.expect_errors("scales not found")
    fails = "() => { throw new Error('scales not found'); }"
    throws = f"<script>addEventListener('py:progress', {fails}, {{ once: true }});</script>"
    amend(fresh_app, scripts=throws + WITH_PYTHON)
    fresh_app.boot()
    panel = fresh_app.page.get_by_role("alert")
    expect(panel.get_by_role("heading")).to_have_text("Something went wrong")
    expect(panel).to_contain_text("scales not found")


@pytest.mark.parametrize("host", ["origin", "plain_origin"])
def test_a_worker_counts_among_the_scripts(
    launch: Callable[[str], App], host: str, request: pytest.FixtureRequest
) -> None:
    app = launch(request.getfixturevalue(host))
    worker = '<script type="py" worker config="./pyscript.toml" src="./sums.py"></script>'
    amend(app, scripts=worker)
    app.serve("sums.py", "total = sum(range(10))\n")
    app.boot()
    expect_ready(app)
    assert app.settle_problems() == []


def test_a_page_of_ones_own_starts_and_shows_its_errors(fresh_app: App) -> None:
    fresh_app.expect_errors("ZeroDivisionError")
    document = f"""<!doctype html><html><head><title>My own</title>
    <script type="module" src="./runtime/boot/boot.js"></script></head>
    <body><h1>My own</h1><button id="go">Divide</button><p id="out"></p>
    {WITH_PYTHON}</body></html>"""
    fresh_app.page.route(
        f"{fresh_app.origin}/",
        lambda route: route.fulfill(content_type="text/html", body=document),
    )
    source = """
from pyscript import document, when

@when("click", "#go")
def divide(event):
    1 / 0

document.querySelector("#out").append("Ready to divide.")
"""
    fresh_app.serve("main.py", source)
    fresh_app.boot()
    page = fresh_app.page
    expect(page.locator("#out")).to_have_text("Ready to divide.")
    expect(page.get_by_role("alert")).to_be_hidden()

    page.get_by_role("button", name="Divide").click()

    panel = page.get_by_role("alert")
    expect(panel).to_contain_text("ZeroDivisionError: division by zero")
    expect(panel.get_by_role("button", name="Copy for a report")).to_be_visible()
    panel.get_by_role("button", name="Dismiss").click()
    expect(panel).to_be_hidden()


def test_a_style_sheet_that_a_page_asks_for_in_vain_is_no_part_of_the_shell(
    fresh_app: App,
) -> None:
    fresh_app.expect_errors("404")
    amend(fresh_app, scripts=f'<link rel="stylesheet" href="./lost.css">{WITH_PYTHON}')
    missing = fresh_app.page.locator("#missing")
    fresh_app.boot()
    expect(missing).to_be_hidden()

    with fresh_app.page.expect_response(re.compile(r"also\.css")):
        fresh_app.page.evaluate(
            """() => document.body.insertAdjacentHTML(
            "beforeend", '<link rel="stylesheet" href="./also.css">')"""
        )
    fresh_app.settle_problems()
    expect(missing).to_be_hidden()
