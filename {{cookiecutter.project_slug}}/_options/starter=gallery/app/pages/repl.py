"""Shows patterns.repl and patterns.editor: Python that the visitor types, run here or in a worker.

What was defined and run lasts until the page is reloaded, also while other pages are looked at.
"""

import asyncio
import importlib.util
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from patterns.ask import asking_in
from patterns.dom import Element, clear, element, field, next_paint, remove, update
from patterns.editor import Editor, open_editor
from patterns.events import Handlers
from patterns.numbers import written
from patterns.repl import (
    MOST_CHARACTERS,
    NOTE,
    Backlog,
    Completions,
    History,
    Interpreter,
    Outcome,
    WorkerInterpreter,
)
from patterns.worker import interruptible

EXAMPLES = {
    "A heading above the editor": """\
from pyscript import document

heading = document.createElement("h2")
heading.textContent = "A heading made from Python"
document.querySelector("#editor").before(heading)
""",
    "A value": """\
radius = 6371.0
4 / 3 * 3.141592653589793 * radius**3
""",
    "A package, loaded first": """\
import numpy as np

rng = np.random.default_rng(1)
np.histogram(rng.normal(size=1000), bins=5)
""",
    "Waiting, without a function around it": """\
import asyncio

for second in (3, 2, 1):
    print(second)
    await asyncio.sleep(1)
"Go"
""",
    "A figure, and a question": """\
import matplotlib.pyplot as plt

power = float(input("Which power? "))
plt.plot([x**power for x in range(11)])
plt.title(f"x to the power of {power:g}")
plt.show()
""",
    "An error": """\
def speed(distance, time):
    return distance / time

speed(100, 0)
""",
    "An endless loop: for the worker": """\
count = 0
while True:
    count += 1
    if count % 1_000_000 == 0:
        print(f"{count:,}")
""",
}

ON_PAGE = (
    "Code runs on this page and can change it. The page waits while Python computes: Stop ends "
    "code that awaits something, but an endless loop holds the whole page until you close the tab."
)
INTERRUPTIBLE = (
    "Code runs in a worker, with names of its own; the page stays free meanwhile. Stop interrupts "
    "whatever runs, and the names stay."
)
NOT_INTERRUPTIBLE = (
    "Code runs in a worker, with names of its own and out of reach of the page, which stays free "
    "meanwhile. This site is not cross-origin isolated, so code that computes cannot be "
    "interrupted: Stop ends the worker, and its names are lost."
)


class Session:
    """What outlasts a visit to another page."""

    def __init__(self) -> None:
        self.source = next(iter(EXAMPLES.values()))
        self.history = History()
        self.runs = 0
        self.in_worker = False
        self.on_page = Interpreter()
        self.beside_page: WorkerInterpreter | None = None

    @property
    def interpreter(self) -> Interpreter | WorkerInterpreter:
        """The one that runs what is run next."""
        if not self.in_worker:
            return self.on_page
        self.beside_page = self.beside_page or WorkerInterpreter()
        return self.beside_page


session = Session()


async def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page."""
    repl = Repl(handlers)
    root.append(
        element("h1", "REPL"),
        element(
            "p",
            "Type Python and run it. Names stay from run to run; what the code imports is loaded "
            "first, where the app's runtime has it.",
            class_="lead",
        ),
        repl.section,
    )
    await repl.open()


class Repl:
    """The editor, the buttons, and what the runs said."""

    def __init__(self, handlers: Handlers) -> None:
        self._handlers = handlers
        self._editor: Editor | None = None
        self._place = element("div", id="editor", class_="editor")
        self._output = Transcript()
        self._status = element("p", "Loading the editor ...", id="repl-status", role="status")
        self._where = element("p", id="repl-where", class_="hint")
        self._run = element("button", "Run", type="button", class_="primary")
        self._stop = element("button", "Stop", type="button", disabled=True)
        self._in_worker = element(
            "input", type="checkbox", id="in-worker", aria_describedby="repl-where"
        )
        clearing = element("button", "Clear output", type="button")
        options = [element("option", name) for name in EXAMPLES]
        examples = element("select", options, id="repl-example")
        switch = element(
            "label", self._in_worker, "Run in a worker", class_="check", for_="in-worker"
        )
        self.section = element(
            "section",
            field("Start from", examples),
            self._place,
            keys_hint(),
            element("div", self._run, self._stop, clearing, switch, class_="row"),
            self._where,
            self._status,
            self._output.block,
            class_="example repl",
        )
        handlers.on(self._run, "click", self.run)
        handlers.on(self._stop, "click", self.stop)
        handlers.on(clearing, "click", self._output.clear)
        handlers.on(self._in_worker, "change", self._switch)
        handlers.on(examples, "change", lambda: self._start_from(EXAMPLES[examples.value]))
        handlers.on_close(self._leave)
        session.on_page.around = self._around
        self._show_where()

    async def open(self) -> None:
        """Put the editor in its place."""
        keys = {
            "Ctrl-Enter": self.run,
            "Mod-Enter": self.run,
            "ArrowUp": self._older,
            "ArrowDown": self._newer,
        }
        self._editor = await open_editor(
            self._place,
            label="Python code",
            source=session.source,
            keys=keys,
            complete=self._complete,
        )
        update(self._status, text="Ready.")

    def run(self) -> None:
        """Run what is in the editor, unless something runs already."""
        if self._editor is not None and not session.interpreter.busy:
            source = self._editor.source
            session.history.add(source)
            self._handlers.start(self._finish(source))

    def stop(self) -> None:
        """End the run."""
        update(self._status, text="Stopping ...")
        session.interpreter.stop()

    async def _finish(self, source: str) -> None:
        session.runs += 1
        name = f"run {session.runs}"
        self._output.begin(name.capitalize())
        self._show_running(True)
        update(self._status, text="Running ...")
        # Else the page would keep its former look for as long as the code computes.
        await next_paint()
        try:
            outcome = await session.interpreter.run(source, name, self._output.write)
        finally:
            self._show_running(False)
        self._output.end(outcome)
        update(
            self._status, text=f"{ending(outcome)} after {written(outcome.seconds, decimals=2)} s."
        )

    @contextmanager
    def _around(self) -> Iterator[None]:
        """Ask what the code asks, and show its figures, where they come among what it prints."""
        with ExitStack() as stack:
            stack.enter_context(asking_in(self._output, self._handlers))
            if importlib.util.find_spec("matplotlib"):
                # By its name: the page does without, and matplotlib takes long to load.
                pyplot = importlib.import_module("patterns.pyplot")
                stack.enter_context(pyplot.figures_in(self._output))
            yield

    def _show_running(self, running: bool) -> None:
        had_focus = bool(self._stop._dom_element.matches(":focus"))
        update(self._run, disabled=running)
        update(self._in_worker, disabled=running)
        update(self._stop, disabled=not running)
        if had_focus and not running:
            self._run.focus()

    async def _complete(self, before: str) -> Completions:
        if session.interpreter.busy:
            return Completions()
        return await session.interpreter.complete(before)

    def _older(self) -> bool:
        return self._recall(forth=False)

    def _newer(self) -> bool:
        return self._recall(forth=True)

    def _recall(self, *, forth: bool) -> bool:
        """Show what was run before or after, if the cursor can go no further in the editor."""
        editor = self._editor
        if editor is None or not (editor.at_last_line if forth else editor.at_first_line):
            return False
        source = session.history.newer() if forth else session.history.older(editor.source)
        if source is None:
            return False
        editor.replace(source, cursor_in_first_line=not forth)
        return True

    def _start_from(self, source: str) -> None:
        if self._editor is not None:
            self._editor.replace(source)

    def _switch(self) -> None:
        session.in_worker = bool(self._in_worker.checked)
        self._show_where()

    def _show_where(self) -> None:
        update(self._in_worker, checked=session.in_worker)
        in_worker = INTERRUPTIBLE if interruptible() else NOT_INTERRUPTIBLE
        update(self._where, text=in_worker if session.in_worker else ON_PAGE)

    def _leave(self) -> None:
        session.interpreter.stop()
        if self._editor is not None:
            session.source = self._editor.source
            self._editor.close()


class Transcript:
    """What the runs said, the last one below; of too much of it, the oldest goes."""

    def __init__(self) -> None:
        self.block = element("div", id="repl-output", class_="transcript", role="log", tabindex=0)
        update(self.block, aria_label="Output")
        self._text = element("pre")
        self._lengths: list[tuple[Element, int]] = []
        self._backlog = Backlog()
        self._coming = False

    def begin(self, title: str) -> None:
        """Start the part of another run."""
        self._text = element("pre")
        self.block.append(element("p", title, class_="run-title"), self._text)

    def write(self, kind: str, text: str) -> None:
        """Add text at the end, as soon as the page can show it."""
        self._backlog.add(kind, text)
        if not self._coming:
            self._coming = True
            # All that is written until Python pauses arrives at once: nobody could see it before.
            asyncio.get_running_loop().call_soon(self._show)

    def append(self, child: Element) -> None:
        """Add an element below what was printed."""
        self._show()
        self._text = element("pre")
        self.block.append(child, self._text)
        self.block.scrollTop = self.block.scrollHeight

    def end(self, outcome: Outcome) -> None:
        """Add how the run ended."""
        self._show()
        if outcome.value is not None:
            self._append_line("value", outcome.value)
        if outcome.error is not None:
            self._append_line("error-text", outcome.error)
        if outcome.stopped:
            lost = " The worker was ended, and its names are lost." if outcome.names_lost else ""
            self._append_line(NOTE, f"Stopped.{lost}")

    def clear(self) -> None:
        """Take everything out."""
        self._backlog.take()
        self._lengths.clear()
        clear(self.block)

    def _show(self) -> None:
        self._coming = False
        for kind, text in self._backlog.take():
            self._append(kind, text)

    def _append_line(self, kind: str, text: str) -> None:
        """Add text below what was printed, even if that did not end its line."""
        written = str(self._text.textContent)
        if written and not written.endswith("\n"):
            text = f"\n{text}"
        self._append(kind, text)

    def _append(self, kind: str, text: str) -> None:
        piece = element("span", text, class_=kind)
        self._text.append(piece)
        self._lengths.append((piece, len(text)))
        while sum(length for _, length in self._lengths) > 2 * MOST_CHARACTERS:
            remove(self._lengths.pop(0)[0])
        self.block.scrollTop = self.block.scrollHeight


def ending(outcome: Outcome) -> str:
    """Say briefly how a run ended."""
    if outcome.stopped:
        return "Stopped"
    return "Done" if outcome.error is None else "Ended by an error"


def keys_hint() -> Element:
    """Return what the keys do in the editor."""
    words: Sequence[tuple[tuple[str, ...], str]] = (
        (("Ctrl", "Enter"), " runs, "),
        (("Tab",), " completes a name, "),
        (("\N{UPWARDS ARROW}",), " in the first line and "),
        (
            ("\N{DOWNWARDS ARROW}",),
            " in the last go through what was run. To leave the editor, press ",
        ),
        (("Escape",), ", then "),
        (("Tab",), "."),
    )
    parts: list[Element | str] = []
    for keys, text in words:
        for number, key in enumerate(keys):
            parts += [" + "] * bool(number) + [element("kbd", key)]
        parts.append(text)
    return element("p", parts, class_="hint")
