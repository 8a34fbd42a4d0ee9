"""The first page: a greeting and a counter, to be replaced by yours."""

import platform

from patterns.dom import Element, element, find, update
from patterns.events import Handlers


def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page."""
    counting = element("button", "Count", type="button", class_="primary")
    starting_over = element("button", "Start over", type="button")
    shown = element("output", "0", id="count")
    count = 0

    def show(number: int) -> None:
        nonlocal count
        count = number
        update(shown, text=str(count))

    handlers.on(counting, "click", lambda: show(count + 1))
    handlers.on(starting_over, "click", lambda: show(0))
    root.append(
        element("h1", str(find("#app-name").textContent), dir="auto"),
        element(
            "p",
            f"Hello from Python {platform.python_version()}, here in your browser.",
            class_="lead",
        ),
        element("p", "Counted in Python: ", shown),
        element("p", counting, starting_over, class_="row"),
        element("p", "This page is ", element("code", "app/pages/home.py"), ".", class_="note"),
    )
