"""Shows patterns.output, ask and pyplot: a script written for a terminal, as it is, on a page."""

import time
import warnings

from patterns.ask import CannotAsk, asking_in
from patterns.dom import Element, clear, element, update
from patterns.events import Handlers
from patterns.output import Output
from patterns.pyplot import figures_in, plt


def script() -> None:
    """Ask, wait, print and plot, with nothing in it of a browser."""
    name = input("Name of the sample: ") or "nameless"
    if name == "nameless":
        warnings.warn("A sample without a name is hard to find again.", stacklevel=1)
    counts = []
    for second in range(1, 11):
        time.sleep(0.1)
        counts.append(1000 * 0.5 ** (second / 3))
        print(f"\rMeasuring {name}: {10 * second:3} %", end="")
    print("\nDone.")

    plt.plot(range(1, 11), counts, "o-", label=name)
    plt.title(f"Decay of {name}")
    plt.xlabel("time in s")
    plt.ylabel("counts per second")
    plt.legend()
    plt.show()


def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page."""
    output = Output()
    figures = element("div", id="figures")
    questions = element("div")
    button = element("button", "Run the script", type="button", class_="primary")
    status = element("p", "Not run yet.", id="script-status", role="status")

    async def run() -> None:
        output.clear()
        clear(figures)
        update(button, disabled=True)
        update(status, text="Running ...")
        try:
            with output, asking_in(questions, handlers), figures_in(figures):
                script()
            update(status, text="Done.")
        except CannotAsk as reason:
            update(status, text=str(reason))
        except EOFError:
            update(status, text="Cancelled.")
        finally:
            update(button, disabled=False)

    handlers.on(button, "click", run)
    words = (
        "A script for a terminal, which asks by input(), waits by time.sleep, prints, and plots by "
        "plt.show(). It waits, and the page does not."
    )
    root.append(
        element("h1", "Scripts"),
        element("p", words, class_="lead"),
        element(
            "section",
            element("p", button),
            questions,
            status,
            output.element,
            figures,
            class_="example",
        ),
    )
