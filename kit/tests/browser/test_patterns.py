"""Patterns in a browser, in ways of which the gallery shows none."""

import re

import pytest
from pages import PAGES
from playwright.sync_api import Route, expect

from needing import packages_of
from pyscript_kit.testing import App

SERVED = {
    "workers/deep/tides.py": """
from pathlib import Path
from . import moon
from ..units import metre

def told():
    return f"{moon.pull} {metre} {Path('data/tide tables.txt').read_text()}"

def fail():
    return told() / 2
""",
    "workers/deep/moon.py": "pull = 'spring tide'",
    "workers/units.py": "metre = 'm'",
}
ASK = """
from pathlib import Path
from patterns.events import Handlers
from patterns.worker import named_worker

# As PyScript does with what stands below [files].
Path("data").mkdir(exist_ok=True)
Path("data/tide tables.txt").write_text("3.2")
handlers = Handlers()
worker = named_worker("tides", "workers.deep.tides")

async def ask():
    print(await worker.call("told"))
    await worker.call("fail")

handlers.start(ask(), "No tides")
None
"""


def test_a_worker_sees_what_the_page_sees_and_its_errors_are_shown(app: App) -> None:
    if not app.python("import importlib.util; bool(importlib.util.find_spec('patterns.worker'))"):
        pytest.skip("the app has no pattern for workers")
    for path, text in SERVED.items():
        app.serve(path, text)
    app.expect_errors("unsupported operand")

    with app.page.expect_console_message(lambda said: said.text == "spring tide m 3.2"):
        app.python(ASK)

    sentence = "TypeError: unsupported operand type(s) for /: 'str' and 'int'"
    panel = app.page.get_by_role("alert")
    expect(panel.locator("#error-message")).to_have_text(f"patterns.worker.WorkerError: {sentence}")
    expect(panel.locator("pre")).to_contain_text("In the worker:")
    expect(panel.locator("pre")).to_contain_text("workers/deep/tides.py")
    app.python("worker.close(); Path('data/tide tables.txt').unlink()")


SQUARES = """
import numpy as np

def squares(count):
    if count > 5:
        raise ValueError("Five are the most.")
    return int((np.arange(count + 1) ** 2).sum())
"""
LIVE = """
from patterns.controls import slider
from patterns.dom import find
from patterns.live import live
from patterns.packages import load_packages
from patterns.worker import load_module

async def show():
    await load_packages("numpy")
    squares = (await load_module("workers.squares")).squares
    count = slider("Count", 1, 9, 3)
    find("#page").append(live(squares, handlers, worker=True, count=count))

handlers.start(show())
None
"""


def test_one_word_has_a_worker_call_what_controls_drive(app: App) -> None:
    if not app.python("import importlib.util; bool(importlib.util.find_spec('patterns.live'))"):
        pytest.skip("the app has no pattern for controls")
    app.serve("workers/squares.py", SQUARES)
    app.python("from patterns.events import Handlers; handlers = Handlers()")

    app.python(LIVE)

    result = app.page.locator("#page .result")
    expect(result).to_have_text("14", timeout=30_000)
    typed = app.page.get_by_label("Count, as a number")
    typed.fill("6")
    expect(typed).to_have_accessible_description("Five are the most.")
    typed.fill("2")
    expect(result).to_have_text("5")
    expect(typed).to_have_accessible_description("")
    app.python("handlers.close()")


def test_figures_of_pyplot_go_with_their_page(app: App) -> None:
    plots = [page.route for page in PAGES if "matplotlib" in packages_of(page)]
    if not plots:
        pytest.skip("the app draws nothing")
    app.open(plots[0])

    # As it is without patterns.pyplot, which other tests may have brought.
    app.python("import matplotlib.pyplot as plt; plt.switch_backend('webagg')")
    app.python("plt.plot([1, 2]); plt.show(); plt.close('all')")

    title = app.page.get_by_text("Figure 1", exact=True)
    expect(app.page.locator("#page").filter(has=title)).to_be_visible()
    app.open(PAGES[0].route)
    expect(title).to_have_count(0)


EXCHANGE = """
import asyncio
from patterns.fetch import NotTextError, get_bytes, get_text, post_form

async def exchange():
    shares = []
    content = await get_bytes(
        "./echo", headers={"X-Run": "7"}, on_progress=lambda *share: shares.append(share)
    )
    print("bytes", content, shares[-1])
    try:
        await get_text("./echo")
    except NotTextError as error:
        print(error)
    print(await post_form("./echo", {"mass": "2.5", "scan": ("scan.tif", b"II*")}))

task = asyncio.ensure_future(exchange())
None
"""


def test_bytes_headers_and_forms_with_files_are_exchanged(app: App) -> None:
    sent: list[str] = []

    def echo(route: Route) -> None:
        request = route.request
        if request.method == "POST":
            sent.append(request.headers["content-type"])
            sent.append((request.post_data_buffer or b"").decode())
            route.fulfill(body="stored", content_type="text/plain")
        else:
            sent.append(request.headers.get("x-run", ""))
            route.fulfill(body=b"\x89PNG", content_type="image/png")

    app.page.route("**/echo", echo)

    with app.page.expect_console_message(lambda said: said.text == "stored"):
        app.python(EXCHANGE)

    assert "log: bytes b'\\x89PNG' (4, 4)" in app.console
    assert "log: ./echo is not text in utf-8: get_bytes returns it as it is." in app.console
    run, _, content_type, form = sent
    assert run == "7"
    assert content_type.startswith("multipart/form-data; boundary=")
    assert re.search(r'name="mass"\r\n\r\n2.5\r\n', form)
    assert re.search(r'name="scan"; filename="scan.tif"\r\n.*\r\n\r\nII\*\r\n', form)
