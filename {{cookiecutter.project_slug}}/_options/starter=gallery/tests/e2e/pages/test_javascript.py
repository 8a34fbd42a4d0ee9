import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pyscript_kit.testing import App


@pytest.fixture
def page(app: App) -> Page:
    app.open("javascript")
    return app.page


@pytest.mark.parametrize(
    ("function", "returned", "line"),
    [
        ("look_at_window", "1280 pixels wide, in en-US", "window.innerWidth"),
        ("call_function", "5.0", "window.Math.hypot(3, 4)"),
        ("construct", "January 2026", "window.Date.new(2026, 0, 31)"),
        ("use_module", "0.5 is a number there", 'await import_script("./scripts/javascript.js")'),
        ("wait_for_promise", "{'mu': 0, 'sigma': 1}", "(await response.json()).to_py()"),
        ("chain_promises", "caught a SyntaxError, went on, ended", ".finally_(lambda:"),
        ("catch_error", "caught a SyntaxError", "except JsException as error:"),
        ("catch_rejection", "caught a SyntaxError", "except JsException as error:"),
        ("catch_any_rejection", "rejected: the sample is out of range", "call_async(script"),
        ("share_array", "a Float64Array, and numpy now has [2. 4. 6.]", "shared_view(counts)"),
    ],
)
def test_an_example_shows_its_code_and_what_it_returned(
    page: Page, function: str, returned: str, line: str
) -> None:
    expect(page.locator(f"#{function}")).to_have_text(returned)
    source = page.get_by_role("region", name=f"Source of {function}")
    expect(source).to_contain_text(f"def {function}() ->")
    expect(source).to_contain_text(line)


def cells(page: Page, name: str) -> dict[str, list[str]]:
    """A table's rows: the cells after the first, by the first."""
    rows = page.get_by_role("region", name=name).locator("tbody tr").all()
    return {row.locator("th").inner_text(): row.locator("td").all_inner_texts() for row in rows}


def test_javascripts_values_are_handed_to_python(page: Page) -> None:
    types = cells(page, "From JavaScript to Python")

    big = types.pop("2n ** 70n")
    assert big[0] == "bigint"
    assert re.fullmatch("int|JsBigInt", big[1])
    assert types == {
        "true": ["boolean", "bool", "bool"],
        "42": ["number", "int", "int"],
        "0.5": ["number", "float", "float"],
        '"Fe"': ["string", "str", "str"],
        "undefined": ["undefined", "NoneType", "NoneType"],
        "null": ["null", "JsNull", "JsNull"],
        "[1, 2]": ["Array of number", "JsProxy", "list"],
        "({ mu: 0 })": ["Object", "JsProxy", "dict"],
        'new Map([["mu", 0]])': ["Map", "JsProxy", "dict"],
        "new Set([1, 2])": ["Set", "JsProxy", "set"],
        "new Float64Array([0.5, 1])": ["Float64Array", "JsProxy", "memoryview"],
        "new ArrayBuffer(8)": ["ArrayBuffer", "JsProxy", "memoryview"],
        "new Date(0)": ["Date", "JsProxy", "JsProxy"],
        'new RangeError("too far")': ["RangeError", "JsException", "JsException"],
        "Promise.resolve(42)": ["Promise", "PyodideFuture", "PyodideFuture"],
        "Math.hypot": ["Function", "JsProxy", "JsProxy"],
    }


def test_pythons_values_are_handed_to_javascript(page: Page) -> None:
    types = cells(page, "From Python to JavaScript")

    array = "PyProxy of numpy.ndarray"
    assert types == {
        "True": ["bool", "boolean", "boolean"],
        "42": ["int", "number", "number"],
        str(2**70): ["int", "bigint", "bigint"],
        "0.5": ["float", "number", "number"],
        "'Fe'": ["str", "string", "string"],
        "None": ["NoneType", "undefined", "undefined"],
        "[1, 2]": ["list", "PyProxy of list", "Array of number"],
        "(1, 2)": ["tuple", "PyProxy of tuple", "Array of number"],
        "{'mu': 0}": ["dict", "PyProxy of dict", "Object"],
        "{1, 2}": ["set", "PyProxy of set", "Set"],
        "b'Fe'": ["bytes", "PyProxy of bytes", "Uint8Array"],
        "datetime.date(2026, 1, 31)": [
            "date",
            "PyProxy of datetime.date",
            "PyProxy of datetime.date",
        ],
        "python_type": ["function", "PyProxy of function", "PyProxy of function"],
        "np.float64(0.5)": ["float64", "number", "number"],
        "array([1., 1.])": ["ndarray", array, "Float64Array"],
        "array([1., 1.], dtype=float32)": ["ndarray", array, "Float32Array"],
        "array([1, 1], dtype=int64)": ["ndarray", array, "BigInt64Array"],
        "array([[1., 1.], [1., 1.]])": ["ndarray", array, "Array of Float64Array"],
    }


def test_a_view_ends_when_pythons_memory_grows(page: Page) -> None:
    button = page.get_by_role("button", name="Grow Python's memory")
    button.focus()
    page.keyboard.press("Enter")

    expect(page.locator("#outgrow_view")).to_have_text(
        "1000 values, 0 after the growth, 1000 in a new view"
    )


def test_an_array_with_gaps_is_not_lent(app: App, page: Page) -> None:
    said = app.python("""
import numpy as np
from patterns.interop import shared_view

try:
    with shared_view(np.arange(6.0)[::2]):
        said = "lent"
except ValueError as error:
    said = str(error)
said
""")
    assert "without gaps" in said


@pytest.mark.parametrize("reason", ["'text'", "null", "new Event('error')", "new TypeError('no')"])
def test_a_promise_rejected_with_anything_arrives(app: App, page: Page, reason: str) -> None:
    page.evaluate(f"() => {{ globalThis.rejecting = {{ go: () => Promise.reject({reason}) }}; }}")
    expected = page.evaluate(f"String({reason})")

    started: Any = app.python("""
import asyncio
from patterns.interop import RejectionError, call_async, window

async def call():
    try:
        await call_async(window.rejecting, "go")
    except RejectionError as error:
        window.rejecting.caught = str(error)

task = asyncio.ensure_future(call())
task.done()
""")

    assert started is False
    page.wait_for_function("expected => rejecting.caught === expected", arg=expected)
