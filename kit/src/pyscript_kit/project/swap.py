"""Puts a new folder in place of the former one. The new one is made beside it and moved in by a
rename, so that whatever happens on the way, a whole folder is there or comes back."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pyscript_kit.errors import writing
from pyscript_kit.terminal import say


@dataclass(frozen=True)
class Place:
    """A folder, or a file, that a command makes whole: where it is, and how the user knows it.

    What lies beside it for the time of a run has its name with a dot in front; git ignores that.
    """

    folder: Path
    label: str

    @property
    def new(self) -> Path:
        return self._beside("-new")

    @property
    def former(self) -> Path:
        return self._beside("-former")

    @property
    def lock(self) -> Path:
        return self._beside(".lock")

    def _beside(self, ending: str) -> Path:
        return self.folder.parent / f".{self.folder.name}{ending}"


@contextmanager
def alone(place: Place) -> Iterator[None]:
    """Let one run at a time change a folder, after fixing what a killed one left behind.

    Raises:
        ToolError: when the folder cannot be written.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(place.lock)
    with writing(place.label):
        try:
            lock.acquire(timeout=0)
        except Timeout:
            say(f"another command is working on {place.label}: waiting for it")
            lock.acquire()
    try:
        with writing(place.label):
            _mend(place)
        yield
    finally:
        lock.release()


def replace(place: Place, fill: Callable[[Path], object]) -> None:
    """Have `fill` make a new folder, then put that in place of the former one.

    To be called inside `alone`. Whatever `fill` raises, the former folder stays.

    Raises:
        ToolError: when the folder cannot be written, for example because a server has it open.
    """
    try:
        with writing(place.label):
            place.new.mkdir()
            fill(place.new)
            _swap(place)
    finally:
        shutil.rmtree(place.new, ignore_errors=True)


def _mend(place: Place) -> None:
    if _is_there(place.former) and not _is_there(place.folder):
        place.former.rename(place.folder)
    _remove(place.former)
    _remove(place.new)


def _swap(place: Place) -> None:
    if _is_there(place.folder):
        place.folder.rename(place.former)
    try:
        place.new.rename(place.folder)
    except OSError:
        if _is_there(place.former):
            place.former.rename(place.folder)
        raise
    _remove(place.former)


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
