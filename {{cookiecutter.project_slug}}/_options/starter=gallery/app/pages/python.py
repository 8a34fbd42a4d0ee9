"""Shows patterns.interop from JavaScript's side: a script that calls, reads and changes Python."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

import __main__
from patterns.dom import Element, element, field, update
from patterns.events import Handlers
from patterns.interop import expose, import_script, interpreter, is_development, window

# What the page leaves in Python's globals, where scripts find it as in `pyodide.globals`.
GLOBALS = ("counts", "sample", "show_area")


async def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page."""
    script = await import_script("./scripts/python.js")
    exposed = expose("remaining", remaining)
    handlers.on_close(exposed.remove)
    handlers.on_close(tidy_globals)
    vars(__main__)["counts"] = np.array([3.0, 41.0, 12.0, 5.0])
    root.append(
        element("h1", "Python from JavaScript"),
        element(
            "p",
            "A script of yours, or of a library, can call Python functions, read numpy arrays and "
            "set what Python sees. The JavaScript below is that of ",
            element("code", "app/scripts/python.js"),
            ", and each button runs it.",
            class_="lead",
        ),
        call_example(script, handlers),
        numpy_example(script, handlers),
        array_example(script, handlers),
        variable_example(script, handlers),
        function_example(script, handlers),
        console_section(),
    )


def remaining(activity: float, half_lives: float) -> float:
    """Return what is left of an ``activity`` after so many half-lives."""
    return float(activity * 0.5**half_lives)


def read_sample() -> str:
    """Read what JavaScript has set."""
    return f"Python has sample = {__main__.sample!r}"


def show_window_area() -> None:
    """Call what JavaScript has set."""
    __main__.show_area(window.innerWidth, window.innerHeight)


def call_example(script: Any, handlers: Handlers) -> Element:
    """Return a call of a Python function that has a name on JavaScript's window."""
    return example(
        "A Python function, called",
        element(
            "p",
            "Python gives a function a name on ",
            element("code", "window"),
            " with ",
            element("code", 'expose("remaining", remaining)'),
            ". From then on every script, and the console, can call it; leaving this page takes "
            "the name away.",
        ),
        python_code(remaining),
        javascript_code(script.callPython),
        run(handlers, "Call Python", "called", lambda: f"{script.callPython():g}"),
    )


def numpy_example(script: Any, handlers: Handlers) -> Element:
    """Return a call of numpy, whose result JavaScript converts."""
    return example(
        "A Python package, called",
        element("p", "Arguments go in through toPy, and results come out through toJs, as copies."),
        javascript_code(script.callNumpy),
        run(handlers, "Call numpy", "ones", lambda: script.callNumpy(interpreter)),
    )


def array_example(script: Any, handlers: Handlers) -> Element:
    """Return a numpy array, read in its own memory."""
    return example(
        "A numpy array, read as a typed array",
        element(
            "p",
            "getBuffer copies nothing. The page JavaScript from Python says when that is safe.",
        ),
        code(f"counts = np.{vars(__main__)['counts']!r}", "The array"),
        javascript_code(script.readArray),
        run(handlers, "Read the array", "read", lambda: script.readArray(interpreter)),
    )


def variable_example(script: Any, handlers: Handlers) -> Element:
    """Return a form whose text JavaScript sets as a Python variable."""
    text = element("input", id="text", name="text", value="basalt", autocomplete="off")
    said = element("output", id="sample")
    form = element(
        "form",
        field("Text", text),
        element("button", "Set the variable", class_="primary"),
        class_="row",
    )

    def set_variable(values: dict[str, str]) -> None:
        script.setVariable(interpreter, values["text"])
        update(said, text=read_sample())

    handlers.on_submit(form, set_variable)
    return example(
        "A Python variable, set by JavaScript",
        javascript_code(script.setVariable),
        python_code(read_sample),
        form,
        element("p", said),
    )


def function_example(script: Any, handlers: Handlers) -> Element:
    """Return a JavaScript function, put into Python's globals and called there."""
    calling = element("button", "Show the window's area", type="button", class_="primary")

    def call() -> None:
        script.setFunction(interpreter)
        show_window_area()

    handlers.on(calling, "click", call)
    return example(
        "A JavaScript function, called by Python",
        javascript_code(script.setFunction),
        python_code(show_window_area),
        element("p", calling),
        element("p", element("output", id="area")),
    )


def console_section() -> Element:
    """Return what to type in the console, and whether the interpreter is there."""
    here = is_development(str(window.location.hostname))
    lines = ["remaining(100, 6)"]
    if here:
        lines.append('pyodide.globals.get("counts").toJs()')
        lines.append('pyodide.runPython("import sys; sys.version")')
    return example(
        "From the console",
        element(
            "p",
            "On this machine's own addresses, so while you develop, ",
            element("code", "pyodide"),
            " is the interpreter in the browser's console; elsewhere it is not there. ",
            element("strong", "Here it is." if here else "Here it is not."),
            " Open the console, with F12 in most browsers, and type:",
        ),
        code("\n".join(lines), "Lines for the console"),
    )


def tidy_globals() -> None:
    """Leave nothing of this page in Python's globals."""
    for name in GLOBALS:
        vars(__main__).pop(name, None)


def run(handlers: Handlers, label: str, output_id: str, function: Callable[[], str]) -> Element:
    """Return a button, and the place where what ``function`` returns appears."""
    button = element("button", label, type="button", class_="primary")
    said = element("output", id=output_id)
    handlers.on(button, "click", lambda: update(said, text=function()))
    return element("div", button, element("p", said), class_="row")


def example(title: str, *content: Element) -> Element:
    """Return one framed part of the page."""
    return element("section", element("h2", title), *content, class_="example")


def python_code(function: Callable[..., Any]) -> Element:
    """Return the source of a Python function, as it is in this file."""
    return code(inspect.getsource(function).rstrip(), f"Python source of {function.__name__}")


def javascript_code(function: Any) -> Element:
    """Return the source of a JavaScript function, as its script has it."""
    return code(str(function.toString()), f"JavaScript source of {function.name}")


def code(source: str, name: str) -> Element:
    """Return a block of source code; one that is too wide can be scrolled, also by keyboard."""
    content = element("code", source)
    return element("pre", content, class_="code", tabindex=0, role="region", aria_label=name)
