"""Shows patterns.events: functions for clicks, a form, typing and keys, and their removal."""

import asyncio

from patterns.dom import Element, clear, element, field, update
from patterns.events import Handlers


def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page."""
    output = Output()
    root.append(
        element("h1", "Events"),
        element(
            "p",
            "Handlers are plain Python functions, sync or async. Leaving this page removes them "
            "all.",
            class_="lead",
        ),
        element(
            "div",
            element(
                "div",
                clicks_example(handlers, output),
                form_example(handlers, output),
                typing_example(handlers, output),
                keys_example(handlers, output),
                removal_example(handlers, output),
                exception_example(handlers),
            ),
            output.section(handlers),
            class_="beside",
        ),
    )


class Output:
    """The lines that handlers write, and the button that clears them."""

    def __init__(self) -> None:
        self._lines = element("ol", id="output", class_="log", tabindex=0, aria_label="Output")

    def write(self, line: str) -> None:
        """Add a line at the end, and bring it into view."""
        self._lines.append(element("li", line, dir="auto"))
        self._lines.scrollTop = self._lines.scrollHeight

    def section(self, handlers: Handlers) -> Element:
        """Return the part of the page that shows the lines."""
        clearing = element("button", "Clear output", type="button")
        handlers.on(clearing, "click", lambda: clear(self._lines))
        return element(
            "section",
            element("div", element("h2", "Output"), clearing, class_="row"),
            element("div", self._lines, role="log"),
            class_="example output",
        )


def clicks_example(handlers: Handlers, output: Output) -> Element:
    """Return a sync and an async handler of a click."""
    counting = element("button", "Count", type="button")
    waiting = element("button", "Count down", type="button")
    clicks = 0

    def count() -> None:
        nonlocal clicks
        clicks += 1
        output.write(f"Counted to {clicks}")

    async def count_down() -> None:
        update(waiting, disabled=True)
        for number in (3, 2, 1):
            output.write(f"Counting down: {number}")
            await asyncio.sleep(0.4)
        output.write("Counted down, and the page was never blocked")
        update(waiting, disabled=False)

    handlers.on(counting, "click", count)
    handlers.on(waiting, "click", count_down)
    return example("Clicks, sync and async", element("p", counting, waiting, class_="row"))


def form_example(handlers: Handlers, output: Output) -> Element:
    """Return a form whose values arrive as a dict when it is sent."""
    units = [element("option", unit) for unit in ("K", "C", "F")]
    form = element(
        "form",
        field("Temperature", element("input", id="value", name="value", inputmode="decimal")),
        field("Unit", element("select", units, id="unit", name="unit")),
        element(
            "label",
            element("input", type="checkbox", name="calibrated", value="yes"),
            "Calibrated",
            class_="check",
        ),
        element("button", "Send", class_="primary"),
        class_="row",
    )
    handlers.on_submit(form, lambda values: output.write(f"The form holds {values}"))
    return example("A form, read when it is sent", form)


def typing_example(handlers: Handlers, output: Output) -> Element:
    """Return a field whose handler waits until the typing has paused."""
    typed = element("input", id="typed", autocomplete="off")
    search = handlers.debounced(0.3, lambda: output.write(f'Searching for "{typed.value}"'))
    handlers.on(typed, "input", search)
    hint = element("p", "Handled once you have paused for 0.3 s.", id="typed-hint", class_="hint")
    return example("Typing, debounced", field("Search", typed, hint))


def keys_example(handlers: Handlers, output: Output) -> Element:
    """Return a shortcut that works wherever the focus is."""
    handlers.on_shortcut("mod+enter", lambda: output.write("The shortcut was pressed"))
    keys = (element("kbd", "Ctrl"), " + ", element("kbd", "Enter"))
    return example(
        "A key shortcut",
        element("p", "Press ", *keys, " anywhere on this page (on a Mac, Command also works)."),
    )


def removal_example(handlers: Handlers, output: Output) -> Element:
    """Return a handler that can be removed and attached again."""
    pinging = element("button", "Ping", type="button")
    switching = element("button", "Remove the handler", type="button")
    pong = handlers.on(pinging, "click", lambda: output.write("Pong"))

    def switch() -> None:
        nonlocal pong
        if pong.attached:
            pong.remove()
            update(switching, text="Attach the handler")
        else:
            pong = handlers.on(pinging, "click", lambda: output.write("Pong"))
            update(switching, text="Remove the handler")
        output.write(f"Handlers attached on this page: {len(handlers)}")

    handlers.on(switching, "click", switch)
    return example("A handler removed", element("p", pinging, switching, class_="row"))


def exception_example(handlers: Handlers) -> Element:
    """Return a handler that fails, for real."""
    dividing = element("button", "Divide by zero", type="button")

    def divide() -> float:
        return 1 / 0

    handlers.on(dividing, "click", divide)
    return example(
        "An exception",
        element("p", "An error in a handler appears above the page, with its traceback."),
        element("p", dividing),
    )


def example(title: str, *content: Element) -> Element:
    """Return one framed part of the page."""
    return element("section", element("h2", title), *content, class_="example")
