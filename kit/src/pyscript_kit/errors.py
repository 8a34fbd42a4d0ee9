"""What a command raises when the user can do something about it, and how it is shown: one sentence
on standard error and exit code 2, never a traceback."""

from __future__ import annotations

import errno
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

_WAYS_OUT = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space",
    errno.EFBIG: "allow larger files",
    errno.EACCES: "make it writable",
    errno.EPERM: "make it writable",
    errno.EROFS: "make it writable",
}


class ToolError(Exception):
    """One sentence that names the thing, the cause and the way out."""


class StoppedError(Exception):
    """What is under way is not wanted any more, and lets go at once."""


@contextmanager
def reported(command: str) -> Iterator[None]:
    """Show a `ToolError` raised inside as `pyscript COMMAND: sentence` and exit with 2."""
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal has no letters for must not end the command.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        yield
    except ToolError as error:
        typer.secho(f"pyscript {command}: {error}", fg=typer.colors.RED, err=True)
        raise typer.Exit(2) from None


@contextmanager
def writing(place: str) -> Iterator[None]:
    """Turn an `OSError` raised inside into a `ToolError` that says what to do about it.

    Args:
        place: the folder or file that is written, as the user knows it.
    """
    try:
        yield
    except OSError as error:
        way_out = _WAYS_OUT.get(error.errno or 0, "check that no other program is using it")
        reason = error.strerror or str(error)
        raise ToolError(f"cannot write {place} ({reason}): {way_out} and run it again") from error
