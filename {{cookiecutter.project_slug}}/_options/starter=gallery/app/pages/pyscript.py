"""Shows PyScript's own ways: @when, display, and a terminal for a worker."""

from typing import Any

from patterns.dom import Element, element, update
from patterns.events import Handlers
from patterns.upstream import HTML, display, leaving, when
from patterns.worker import interruptible


class Spectrum:
    """Lines of a spectrum, which say themselves how they are shown."""

    def __init__(self, *wavelengths: float) -> None:
        self.wavelengths = wavelengths

    def _repr_svg_(self) -> str:
        lines = "".join(
            f'<line x1="{each - 380:g}" x2="{each - 380:g}" y1="0" y2="40" stroke="currentColor"/>'
            for each in self.wavelengths
        )
        words = ", ".join(f"{each:g} nm" for each in self.wavelengths)
        return (
            f'<svg viewBox="0 0 400 40" width="300" role="img" aria-label="{words}">{lines}</svg>'
        )


SHOWN = {
    "Text": "Fe < 3 %",
    "Markup": HTML("<em>E. coli</em> & <strong>K-12</strong>"),
    "A picture": Spectrum(410.2, 434.0, 486.1, 656.3),
}


# What the terminal's worker runs. Its input() is the terminal's.
INTERACT = """
import code
code.interact("Python in a worker; copyright() and credits() tell of it.")
"""
HINT = "Python of its own, started when you ask for it. It stays while you are on other pages."
NO_TERMINAL = (
    "A terminal's worker waits for what is typed: that takes a host that isolates the page."
)


def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page."""
    buttons = {name: element("button", name, type="button") for name in SHOWN}
    words = (
        "PyScript's own API for events and output works in any page, too. Its listeners stay until "
        "a signal removes them, when the page is left."
    )
    root.append(
        element("h1", "PyScript"),
        element("p", words, class_="lead"),
        element(
            "section",
            element("h2", "@when and display"),
            element("p", list(buttons.values()), class_="row"),
            element("div", id="displayed", role="status"),
            class_="example",
        ),
        terminal_example(handlers),
    )
    signal = leaving(handlers)
    for name, button in buttons.items():

        @when("click", button, signal=signal)
        def show(_event: object, name: str = name) -> None:
            display(SHOWN[name], target="displayed", append=False)


# Where the terminal is, once it was opened. It outlives the page, since its worker takes seconds to
# start, and holds what was typed.
PLACES: list[Element] = []


def terminal_example(handlers: Handlers) -> Element:
    """Return a button that opens PyScript's terminal, which is fetched then."""
    closed = interruptible() and not PLACES
    opening = element("button", "Open a terminal", type="button", disabled=not closed)
    place = PLACES[0] if PLACES else element("div", id="terminal", class_="scroll")
    hint = HINT if interruptible() else NO_TERMINAL
    section = element(
        "section",
        element("h2", "py-terminal"),
        element("p", hint),
        element("p", opening),
        place,
        class_="example",
    )

    def open_terminal() -> None:
        update(opening, disabled=True)
        PLACES.append(place)
        script = element(
            "script", INTERACT, type="py", worker=True, terminal=True, target="terminal"
        )
        section.append(script)

        @when("keydown", place, capture=True)
        def keep_from_terminal(event: Any) -> None:
            # It takes every key, and nobody would leave it without a mouse.
            if event.key == "Tab":
                event.stopPropagation()

    handlers.on(opening, "click", open_terminal)
    return section
