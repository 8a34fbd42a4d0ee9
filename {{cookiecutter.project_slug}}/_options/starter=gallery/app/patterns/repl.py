"""Runs Python that a visitor types, run after run in the same names, and says what came of it.

An Interpreter is Pyodide's own console with what an editor in a page needs around it. It loads
packages that the code imports, allows top-level ``await``, hands on printed text as it comes, and
shows only the visitor's own lines in a traceback. It runs on the page, where code can change the
page, or in a worker, where even an endless loop can be stopped.

    interpreter = Interpreter()
    outcome = await interpreter.run("import math; math.tau", "run 1", write=show)
    outcome.value  # '6.283185307179586'
"""

import ast
import asyncio
import time
import traceback
from collections import deque
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any, cast

import js
from pyodide.code import CodeRunner
from pyodide.console import Console, repr_shorten
from pyscript.ffi import create_proxy

from patterns.install import missing_for
from patterns.packages import PackageError, load_packages

# The kind of a text: printed, printed to stderr, or a note about the run.
Write = Callable[[str, str], object]
STDOUT, STDERR, NOTE = "stdout", "stderr", "note"

MOST_CHARACTERS = 50_000
MOST_OF_A_VALUE = 10_000

# Sent through a channel to check that it is open.
_TRIAL = "open"

# How long code in a worker has to stop by itself before it is interrupted.
SECONDS_TO_LISTEN = 0.3


@dataclass(frozen=True)
class Outcome:
    """How a run ended: the last expression's ``value`` as text, or an ``error``, or neither.

    ``names_lost`` says that it could only be ``stopped`` together with all that was defined.
    """

    value: str | None = None
    error: str | None = None
    stopped: bool = False
    names_lost: bool = False
    seconds: float = 0.0


@dataclass(frozen=True)
class Completions:
    """Names that fit a text, and how many of the text's last characters they take the place of."""

    names: tuple[str, ...] = ()
    replaced: int = 0


class Interpreter:
    """Names, and the code that is run in them.

    ``can_ask`` says whether ``input`` can reach the visitor, which it cannot in a worker.
    """

    def __init__(self, *, can_ask: bool = True) -> None:
        self.names: dict[str, Any] = {"__name__": "__main__", "__doc__": None}
        # What code runs in, once its packages are there: a page shows figures, and asks, by it.
        self.around: Callable[[], AbstractContextManager[object]] = nullcontext
        self._console = Console(self.names, stdin_callback=None if can_ask else _cannot_ask)
        self._runs: list[str] = []
        self._running: asyncio.Task[Outcome] | None = None
        self._stopping = False

    @property
    def busy(self) -> bool:
        """Whether code is running."""
        return self._running is not None

    async def run(self, source: str, name: str, write: Write) -> Outcome:
        """Run ``source`` and return how it ended; what the code raises is part of that.

        ``name`` is what tracebacks call it. ``write`` is called with the kind of each piece of
        text, and the text. Raises RuntimeError while another run is under way.
        """
        if self._running is not None:
            raise RuntimeError("Another run is under way; stop it or wait for its end.")
        began = time.perf_counter()
        self._stopping = False
        self._running = asyncio.ensure_future(self._run(source, name, write))
        try:
            outcome = await self._running
        finally:
            self._running = None
        return replace(outcome, seconds=time.perf_counter() - began)

    def stop(self) -> None:
        """End the run where it awaits something. Code that computes does not notice."""
        if self._running is not None:
            self._stopping = True
            self._running.cancel()

    async def complete(self, before: str) -> Completions:
        """Return what could be at the end of ``before``, a line up to the cursor."""
        found, start = self._console.complete(before)
        word = before[start:]
        stem = word.rpartition(".")[2]
        owner = word[: len(word) - len(stem)]
        names = {name.removeprefix(owner).rstrip("() ") for name in found}
        return Completions(tuple(sorted(names)), len(stem))

    async def _run(self, source: str, name: str, write: Write) -> Outcome:
        self._runs.append(name)
        try:
            runner = CodeRunner(source, filename=name, flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            code = runner.compile()
            note = _noting(write)
            await load_packages(*missing_for(source), on_progress=note)
            self._console.stdout_callback = lambda text: write(STDOUT, text)
            self._console.stderr_callback = lambda text: write(STDERR, text)
            with self.around():
                value = await self._console.runcode(source, code)
            if value is None:
                return Outcome()
            self.names["_"] = value
            return Outcome(value=repr_shorten(value, limit=MOST_OF_A_VALUE))
        except PackageError as error:
            return Outcome(error=str(error))
        except asyncio.CancelledError:
            # Cancelled by anybody but `stop`, whoever waits for this run is to end as well.
            if not self._stopping:
                raise
            return Outcome(stopped=True)
        except KeyboardInterrupt:
            return Outcome(stopped=True)
        except (Exception, SystemExit) as error:
            return Outcome(error=format_error(error, self._runs))


class WorkerInterpreter:
    """An Interpreter in a worker, with the same methods: the page stays free while code runs.

    Its names last as long as the worker, which all objects of this class share.
    """

    def __init__(self) -> None:
        # Here and not above: in the worker, this module has no use for it.
        from patterns.worker import named_worker

        self._worker = named_worker("repl", "patterns.repl_worker")
        self._channel: Any = None

    @property
    def busy(self) -> bool:
        """Whether code is running."""
        return self._channel is not None

    async def run(self, source: str, name: str, write: Write) -> Outcome:
        """Run ``source`` as an Interpreter does; the first run starts the worker."""
        from patterns.worker import WorkerCancelled, WorkerError

        if self._channel is not None:
            raise RuntimeError("Another run is under way; stop it or wait for its end.")
        if self._worker.state in {"off", "starting"}:
            write(NOTE, "Starting the worker ...\n")
        began = time.perf_counter()
        # Output needs a channel of its own: the call returns nothing before it ends.
        channel_name = str(js.crypto.randomUUID())
        heard = _Listening(write)
        hear = create_proxy(heard.hear)
        self._channel = js.BroadcastChannel.new(channel_name)
        self._channel.addEventListener("message", hear)
        try:
            await heard.begin(channel_name)
            outcome, said = await self._worker.call("run", source, name, channel_name)
            await heard.until(said)
        except WorkerCancelled:
            return Outcome(
                stopped=True,
                names_lost=self._worker.state != "idle",
                seconds=time.perf_counter() - began,
            )
        except WorkerError as error:
            return Outcome(error=str(error))
        else:
            return cast(Outcome, outcome)
        finally:
            self._channel.close()
            self._channel = None
            hear.destroy()

    def stop(self) -> None:
        """End the run: where it awaits something at once, otherwise by an interrupt.

        Without SharedArrayBuffer there are no interrupts: the worker is ended with all its names.
        """
        if self._channel is not None:
            self._channel.postMessage("stop")
            later = asyncio.get_running_loop().call_later
            later(SECONDS_TO_LISTEN, self._interrupt, self._channel)

    async def complete(self, before: str) -> Completions:
        """Return what could be at the end of ``before``; nothing while the worker is busy."""
        if self._worker.state != "idle":
            return Completions()
        return cast(Completions, await self._worker.call("complete", before))

    def _interrupt(self, channel: Any) -> None:
        if self._channel is channel:
            self._worker.cancel()


class _Listening:
    """Hands on the worker's output, and knows when all of it has arrived."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._count = 0
        self._more = asyncio.Event()
        self._open = asyncio.Event()

    async def begin(self, channel_name: str) -> None:
        """Wait until the channel brings something: what is sent before it is open is lost."""
        sender = js.BroadcastChannel.new(channel_name)
        sender.postMessage(_TRIAL)
        try:
            await self._open.wait()
        finally:
            sender.close()

    def hear(self, event: Any) -> None:
        if event.data == _TRIAL:
            self._open.set()
            return
        for kind, text in event.data.to_py():
            self._write(kind, text)
        self._count += 1
        self._more.set()

    async def until(self, count: int) -> None:
        while self._count < count:
            self._more.clear()
            await self._more.wait()


def format_error(error: BaseException, own_files: Collection[str]) -> str:
    """Return an exception's traceback as text, with the frames in ``own_files`` only.

    The exceptions that it came from are trimmed alike.
    """
    report = traceback.TracebackException.from_exception(error)
    for part in _with_causes(report):
        own = [frame for frame in part.stack if frame.filename in own_files]
        part.stack = traceback.StackSummary.from_list(own)
    text = "".join(report.format())
    return text.replace(
        "Traceback (most recent call last):\n", "", 0 if report.stack else 1
    ).strip()


class History:
    """What was run, to go back and forth in, with the draft that was being written last."""

    def __init__(self) -> None:
        self._sources: list[str] = []
        self._place = 0
        self._draft = ""

    def add(self, source: str) -> None:
        """Note what was run, unless it is what was run before; go to the end."""
        if source.strip() and self._sources[-1:] != [source]:
            self._sources.append(source)
        self._place = len(self._sources)

    def older(self, current: str) -> str | None:
        """Return what was run before the place, or None at the beginning.

        ``current`` is what is in the editor; at the end, it is kept as the draft.
        """
        if self._place == len(self._sources):
            self._draft = current
            if self._sources[-1:] == [current]:
                self._place -= 1
        if self._place <= 0:
            return None
        self._place -= 1
        return self._sources[self._place]

    def newer(self) -> str | None:
        """Return what was run after the place, then the draft, or None at the end."""
        if self._place >= len(self._sources):
            return None
        self._place += 1
        if self._place == len(self._sources):
            return self._draft
        return self._sources[self._place]


class Backlog:
    """Text that waits to be shown, joined by kind; of too much of it, the oldest goes."""

    def __init__(self, most: int = MOST_CHARACTERS) -> None:
        self._most = most
        self._pieces: deque[tuple[str, str]] = deque()
        self._length = 0
        self._dropped = 0

    def add(self, kind: str, text: str) -> None:
        """Put a piece at the end."""
        self._pieces.append((kind, text))
        self._length += len(text)
        while self._length > self._most:
            self._drop_oldest(self._length - self._most)

    def take(self) -> list[tuple[str, str]]:
        """Return all pieces, after a note of what was dropped, and keep none."""
        joined: list[tuple[str, str]] = []
        for kind, text in self._pieces:
            if joined and joined[-1][0] == kind:
                joined[-1] = (kind, joined[-1][1] + text)
            else:
                joined.append((kind, text))
        if self._dropped:
            joined.insert(0, (NOTE, f"{self._dropped} characters are left out here.\n"))
        self._pieces.clear()
        self._length = self._dropped = 0
        return joined

    def _drop_oldest(self, characters: int) -> None:
        kind, text = self._pieces.popleft()
        dropped = min(characters, len(text))
        if dropped < len(text):
            self._pieces.appendleft((kind, text[dropped:]))
        self._length -= dropped
        self._dropped += dropped


class Pace:
    """Says when something may be sent: at once at first, then no more than a number of times.

    ``burst`` times it may follow without a pause; each of them is given back after ``seconds``.
    """

    def __init__(
        self, burst: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._burst = burst
        self._seconds = seconds
        self._clock = clock
        self._left = float(burst)
        self._latest = clock()

    def allows(self) -> bool:
        """Say whether it may be sent now, and count it if so."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._latest) / self._seconds)
        self._latest = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


def _cannot_ask(_most: int) -> str:
    raise RuntimeError("input() cannot ask from a worker: run this on the page.")


def _noting(write: Write) -> Callable[[str], object]:
    return lambda words: write(NOTE, f"{words}\n")


def _with_causes(
    report: traceback.TracebackException,
) -> list[traceback.TracebackException]:
    parts = [report]
    for part in parts:
        causes = [part.__cause__, part.__context__, *(part.exceptions or ())]
        parts.extend(cause for cause in causes if cause is not None and cause not in parts)
    return parts
