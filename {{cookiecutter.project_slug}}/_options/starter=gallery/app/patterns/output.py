"""Shows on the page what a block of Python prints, in order, as it runs.

    output = Output("Measurements")
    root.append(output.element)

    async def measure():
        with output:
            print("Calibrating ...")
            for sample in tqdm(samples):
                weigh(sample)
                await asyncio.sleep(0)

It takes what `print`, `logging`, `warnings` and progress bars write to sys.stdout and sys.stderr;
a bar that goes back to draw its line again does so here. A block belongs to its task, and to the
tasks that are started in it: what else runs meanwhile writes to the browser's console as ever. Not
taken is what C code and JavaScript print, what a handler of an event prints that comes in between,
and what a worker prints.

The page is painted when Python pauses: in a long loop, ``await asyncio.sleep(0)`` now and then.
"""

import asyncio
import io
import logging
import re
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from typing import TextIO

from patterns.dom import Element, clear, element, remove, update

MOST_LINES = 2000

# What moves the cursor, what a terminal would do beside that, and text.
_PIECES = re.compile(r"(\n)|(\r)|(\x08)|\x1b\[(\d*)[\d;]*([A-Za-z])|([^\n\r\x08\x1b]+)|\x1b")


class Screen:
    """Lines of text, as in a terminal: what is written may go back and write over other text.

    Lines are numbered from the first on that was ever written; of too many, the first ones go.
    """

    def __init__(self, most: int = MOST_LINES) -> None:
        self.lines = [""]
        self.first = 0
        self.bad: set[int] = set()
        self._changed: set[int] = set()
        self._most = most
        self._row = self._column = 0

    def write(self, text: str, *, bad: bool = False) -> None:
        """Write at the cursor; lines with text that is ``bad``, such as warnings, are noted."""
        for newline, start, left, count, code, plain in _PIECES.findall(text):
            if newline:
                self._next_line()
            elif start:
                self._column = 0
            elif left:
                self._column = max(0, self._column - 1)
            elif code == "A":
                self._row = max(0, self._row - int(count or 1))
            elif code == "K":
                self._put(self.lines[self._row][: self._column])
            elif plain:
                self._write_over(plain)
                self.bad |= {self.first + self._row} if bad else set()

    def changes(self) -> Iterator[tuple[int, str]]:
        """Return the lines that were written to since the last time, by their numbers."""
        changed, self._changed = sorted(self._changed), set()
        return ((each, self.lines[each - self.first]) for each in changed if each >= self.first)

    def _next_line(self) -> None:
        self._row += 1
        self._column = 0
        if self._row == len(self.lines):
            self.lines.append("")
            self._changed.add(self.first + self._row)
        if len(self.lines) > self._most:
            del self.lines[0]
            self.bad.discard(self.first)
            self.first += 1
            self._row -= 1

    def _write_over(self, text: str) -> None:
        line, end = self.lines[self._row].ljust(self._column), self._column + len(text)
        self._put(line[: self._column] + text + line[end:])
        self._column = end

    def _put(self, line: str) -> None:
        self.lines[self._row] = line
        self._changed.add(self.first + self._row)


class Output:
    """An element, and the block whose printing it shows. It is a file, too: ``print(file=…)``."""

    def __init__(self, label: str = "Output") -> None:
        self._coming = False
        # Screen readers read new lines only: a redrawn line, such as a bar's, would never end.
        self.element = element(
            "pre", class_="printed", role="log", tabindex=0, aria_relevant="additions"
        )
        update(self.element, aria_label=label)
        self.clear()

    def __enter__(self) -> "Output":
        _take_streams()
        _shown_by.set((self, _shown_by.get()))
        return self

    def __exit__(self, *_: object) -> None:
        shown = _shown_by.get()
        _shown_by.set(shown and shown[1])

    def write(self, text: str, *, bad: bool = False) -> int:
        """Show text, together with all that is written until Python pauses."""
        self._screen.write(text, bad=bad)
        if not self._coming:
            self._coming = True
            asyncio.get_running_loop().call_soon(self._show)
        return len(text)

    def flush(self) -> None:
        """Do nothing: whatever is written is shown as soon as the page can."""

    def clear(self) -> None:
        """Remove everything."""
        self._screen = Screen()
        self._lines: dict[int, Element] = {}
        self._coming = False
        clear(self.element)

    def _show(self) -> None:
        self._coming = False
        screen = self._screen
        for number in [number for number in self._lines if number < screen.first]:
            remove(self._lines.pop(number))
        for number, text in screen.changes():
            if number not in self._lines:
                self._lines[number] = element("span")
                self.element.append(self._lines[number])
            # The last line is empty until something is written there.
            ended = number < screen.first + len(screen.lines) - 1
            kind = "stderr" if number in screen.bad else None
            update(self._lines[number], text=f"{text}\n" if ended or text else "", class_=kind)
        self.element.scrollTop = self.element.scrollHeight


# What shows the printing of the present task, and what would do so around its block.
_Shown = tuple[Output, "_Shown | None"]
_shown_by: ContextVar[_Shown | None] = ContextVar("shown_by", default=None)


class _Stream(io.TextIOBase):
    """Hands text on to what shows that of the task that writes, else to where it went before."""

    def __init__(self, former: TextIO, *, bad: bool) -> None:
        self._former = former
        self._bad = bad

    def write(self, text: str) -> int:
        shown = _shown_by.get()
        return shown[0].write(text, bad=self._bad) if shown else self._former.write(text)

    def flush(self) -> None:
        self._former.flush()


def _take_streams() -> None:
    """Put ours in place of sys.stdout and sys.stderr, to stay: tasks may outlast a block."""
    for name in ("stdout", "stderr"):
        former = getattr(sys, name)
        if isinstance(former, _Stream):
            continue
        stream = _Stream(former, bad=name == "stderr")
        setattr(sys, name, stream)
        # A handler of logging writes to what was there when it was made.
        for logger in (logging.root, *logging.root.manager.loggerDict.values()):
            for handler in getattr(logger, "handlers", ()):
                if getattr(handler, "stream", None) is former:
                    handler.setStream(stream)
