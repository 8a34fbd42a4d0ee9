"""Shows patterns.interop from Python's side: what JavaScript offers, and how values cross."""

import datetime
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from patterns.dom import Element, element, update
from patterns.events import Handlers
from patterns.interop import (
    JsException,
    RejectionError,
    call_async,
    import_script,
    shared_view,
    to_js,
    window,
)

SCRIPT = "./scripts/javascript.js"


async def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page."""
    script = await import_script(SCRIPT)
    root.append(
        element("h1", "JavaScript from Python"),
        element(
            "p",
            "Whatever the browser offers to JavaScript is there for Python too. Each example "
            "below is the code that has just run, with what it returned.",
            class_="lead",
        ),
        await examples("Look, call, construct", [look_at_window, call_function, construct]),
        await examples("Modules", [use_module]),
        await examples(
            "Promises and errors",
            [wait_for_promise, chain_promises, catch_error, catch_rejection, catch_any_rejection],
        ),
        to_python_table(script),
        to_javascript_table(script),
        await examples("An array without a copy", [share_array]),
        outgrown_example(handlers),
    )


def look_at_window() -> str:
    """Everything on window is there; what let and const declare in a script is not."""
    return f"{window.innerWidth} pixels wide, in {window.navigator.language}"


def call_function() -> float:
    """Functions are called as in JavaScript; numbers need no conversion."""
    return float(window.Math.hypot(3, 4))


def construct() -> str:
    """Objects are constructed with .new, and options are a dict made an object by to_js."""
    moment = window.Date.new(2026, 0, 31)
    return str(moment.toLocaleDateString("en-GB", to_js({"month": "long", "year": "numeric"})))


async def use_module() -> str:
    """A JavaScript module is imported by its address, relative to the page."""
    script = await import_script("./scripts/javascript.js")
    return f"0.5 is a {script.typeOf(0.5)} there"


async def wait_for_promise() -> dict[str, float]:
    """Promises are awaited, and what they bring is converted by to_py."""
    response = window.Response.new('{"mu": 0, "sigma": 1}')
    return dict((await response.json()).to_py())


async def chain_promises() -> str:
    """Promises are chained with Python functions, which may be lambdas."""
    promise = window.Response.new("mu, sigma").json()
    steps = (
        promise.then(lambda content: f"read {content}")
        .catch(lambda error: f"caught a {error.name}")
        .then(lambda outcome: f"{outcome}, went on")
    )
    ended = []
    outcome = await steps.finally_(lambda: ended.append("ended"))
    return f"{outcome}, {ended[0]}"


def catch_error() -> str:
    """What JavaScript throws is a JsException, with the name and message of the error."""
    try:
        window.JSON.parse('{"mu": }')
    except JsException as error:
        return f"caught a {error.name}"
    return "nothing was thrown"


async def catch_rejection() -> str:
    """A rejected promise raises the same where it is awaited."""
    try:
        await window.Response.new("mu, sigma").json()
    except JsException as error:
        return f"caught a {error.name}"
    return "nothing was rejected"


async def catch_any_rejection() -> str:
    """What is rejected with something else than an error needs call_async to arrive."""
    script = await import_script("./scripts/javascript.js")
    try:
        await call_async(script, "refuse")
    except RejectionError as error:
        return f"rejected: {error}"
    return "nothing was rejected"


async def share_array() -> str:
    """JavaScript works on the array's own memory: nothing is copied."""
    script = await import_script("./scripts/javascript.js")
    counts = np.array([1.0, 2.0, 3.0])
    with shared_view(counts) as view:
        kind = script.typeOf(view)
        script.double(view)
    return f"a {kind}, and numpy now has {counts}"


def outgrow_view() -> str:
    """Once Python's memory has grown, the view is empty; a new one is as good as before."""
    counts = np.ones(1000)
    with shared_view(counts) as view:
        before = view.length
        held: list[Any] = []
        while view.length and len(held) < 32:
            held.append(np.zeros(2_000_000))
        after = view.length
    with shared_view(counts) as view:
        return f"{before} values, {after} after the growth, {view.length} in a new view"


async def examples(title: str, functions: Iterable[Callable[[], Any]]) -> Element:
    """Run functions, and return a section with the code and the result of each."""
    section = element("section", element("h2", title), class_="example")
    for function in functions:
        outcome = function()
        if inspect.isawaitable(outcome):
            outcome = await outcome
        returned = element("samp", str(outcome), id=function.__name__)
        if function is look_at_window:
            update(returned, data_prerender="no")  # another visitor's window is another one
        section.append(
            element("p", str(function.__doc__)),
            code(function),
            element("p", returned, class_="returned"),
        )
    return section


def outgrown_example(handlers: Handlers) -> Element:
    """Return what to know of a view's life, and its end to be tried: memory is not given back."""
    growing = element("button", "Grow Python's memory", type="button")
    result = element("samp", id=outgrow_view.__name__)
    returned = element("p", result, class_="returned", hidden=True)

    def grow() -> None:
        update(result, text=outgrow_view())
        update(returned, hidden=False)

    handlers.on(growing, "click", grow)
    return element(
        "section",
        element("h2", "When that is safe"),
        element(
            "p",
            "Python's memory is one block, and when it grows it moves. So a view is good while "
            "JavaScript uses it at once: within the call, with no Python and no waiting between. "
            "What JavaScript wants to keep it has to copy, with ",
            element("code", "view.slice()"),
            " there, or get as a copy, with ",
            element("code", "to_js(array)"),
            " here.",
        ),
        element("p", str(outgrow_view.__doc__)),
        code(outgrow_view),
        element("p", growing),
        element("div", returned, role="status"),
        class_="example",
    )


def to_python_table(script: Any) -> Element:
    """Return what JavaScript's values are in Python, found out by handing each over."""
    rows = []
    for sample in script.samples:
        value = sample.make()
        copy = value.to_py() if hasattr(value, "to_py") else value
        rows.append((sample.source, sample.type, python_type(value), python_type(copy)))
    return table(
        "From JavaScript to Python",
        "A JsProxy is the JavaScript object itself, used from Python; to_py makes a Python copy "
        "of what it holds. Promises can be awaited; null is not None, but jsnull.",
        ("In JavaScript", "Type there", "Type in Python", "After to_py()"),
        rows,
    )


def to_javascript_table(script: Any) -> Element:
    """Return what Python's values are in JavaScript, found out by handing each over."""
    samples = (
        True,
        42,
        2**70,
        0.5,
        "Fe",
        None,
        [1, 2],
        (1, 2),
        {"mu": 0},
        {1, 2},
        b"Fe",
        datetime.date(2026, 1, 31),
        python_type,
        np.float64(0.5),
        np.ones(2),
        np.ones(2, np.float32),
        np.ones(2, np.int64),
        np.ones((2, 2)),
    )
    rows = []
    for value in samples:
        copy = to_js(value)
        source = value.__name__ if callable(value) else repr(value)
        rows.append((source, python_type(value), script.typeOf(value), script.typeOf(copy)))
        if hasattr(copy, "destroy"):
            copy.destroy()
    return table(
        "From Python to JavaScript",
        "A PyProxy is the Python object itself, used from JavaScript; to_js makes a JavaScript "
        "copy of what it holds. Arrays of numpy become typed arrays of the same numbers.",
        ("In Python", "Type there", "Type in JavaScript", "After to_js(…)"),
        rows,
    )


def python_type(value: object) -> str:
    """Return the name of a value's type, as Python has it."""
    return type(value).__name__


def table(
    title: str, introduction: str, columns: Iterable[str], rows: Iterable[Iterable[str]]
) -> Element:
    """Return a section with a table whose first column is code."""
    head = element("tr", [element("th", column, scope="col") for column in columns])
    body = [
        element(
            "tr",
            element("th", element("code", " ".join(source.split())), scope="row"),
            [element("td", kind) for kind in kinds],
        )
        for source, *kinds in rows
    ]
    cells = element("table", element("thead", head), element("tbody", body), class_="types")
    return element(
        "section",
        element("h2", title),
        element("p", introduction),
        element("div", cells, class_="scroll", tabindex=0, role="region", aria_label=title),
        class_="example",
    )


def code(function: Callable[..., Any]) -> Element:
    """Return the source of a function, as it is in this file, without its docstring."""
    source = inspect.getsource(function).replace(f'    """{function.__doc__}"""\n', "")
    name = f"Source of {function.__name__}"
    return element(
        "pre",
        element("code", source.rstrip()),
        class_="code",
        tabindex=0,
        role="region",
        aria_label=name,
    )
