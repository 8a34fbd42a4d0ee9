"""What the commands say: lines on standard output, warnings on standard error, and progress by
bytes, as a bar on a terminal and as a few plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import TYPE_CHECKING, Self

import typer

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


_hushed = ContextVar("hushed", default=False)


def say(line: str) -> None:
    """Print one line."""
    if not _hushed.get():
        typer.echo(line)


@contextmanager
def hushed() -> Iterator[None]:
    """Keep to itself what this thread says meanwhile, as what goes on beside something else;
    warnings come through."""
    token = _hushed.set(True)
    try:
        yield
    finally:
        _hushed.reset(token)


def warn(line: str) -> None:
    """Print one line on standard error, as a warning."""
    typer.secho(f"warning: {line}", fg=typer.colors.YELLOW, err=True)


def megabytes(size: int) -> str:
    """A size in bytes as people read it, in millions of bytes."""
    return f"{size / 1e6:.1f} MB"


def counted(count: int, noun: str) -> str:
    """A count with its noun, in the singular or the plural."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


class ByteProgress:
    """Progress of a run that moves `total` bytes (0: not known yet); usable from several threads.

    Elsewhere than on a terminal it prints a line at each quarter.
    """

    def __init__(self, label: str, total: int) -> None:
        self._label = label
        self._total = total
        self._done = 0
        self._quarter = 0
        self._guard = threading.Lock()
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._start_bar()
        else:
            say(f"{self._label}: {megabytes(self._total)}" if self._total else self._label)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def advance(self, size: int) -> None:
        """Count `size` bytes as done; a negative size takes back what turned out to be wrong."""
        with self._guard:
            self._done += size
            if self._bar is not None and self._task is not None:
                self._bar.update(self._task, completed=self._done)
                return
            quarter = 4 * self._done // self._total if self._total else 0
            if self._quarter < quarter <= 4:
                self._quarter = quarter
                say(f"{self._label}: {25 * quarter} %")

    def describe(self, label: str) -> None:
        """Say what is being waited for."""
        with self._guard:
            if self._bar is not None and self._task is not None:
                self._bar.update(self._task, description=label)
            else:
                say(label)

    def _start_bar(self) -> None:
        # Costs more than the rest of a run with a warm cache that is not watched.
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn

        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task(self._label, total=self._total or None)
        self._bar.start()
