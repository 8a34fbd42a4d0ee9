"""Puts a new runtime in the place of the former one. The new one is made beside it and moved in by
a rename, so that whatever happens on the way, a whole runtime is there or comes back."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.errors import writing
from tools.lockfile import RuntimeLock
from tools.project import Project
from tools.snapshots import FOLDER
from tools.terminal import say

# Made and removed under the lock only; git ignores `.runtime*`.
_NEW = ".runtime-new"
_FORMER = ".runtime-former"
_LOCK = ".runtime.lock"

_WHERE = "app/runtime"


def is_in_place(project: Project, lock: RuntimeLock) -> bool:
    """Whether `app/runtime/` holds every file of the lock, none changed, nothing else but what a
    loader boots from, and no leftover of a run that was killed lies beside it."""
    if any((project.app / name).exists() for name in (_NEW, _FORMER)):
        return False
    runtime = project.runtime
    try:
        found = {
            path.relative_to(runtime).as_posix() for path in runtime.rglob("*") if not path.is_dir()
        }
        if project.preboots:
            found = {path for path in found if not path.startswith(f"{FOLDER}/")}
        return found == {file.path for file in lock.files} and all(
            _sha256(runtime / file.path, file.size) == file.sha256 for file in lock.files
        )
    except OSError:
        return False


@contextmanager
def alone(project: Project) -> Iterator[None]:
    """Let one run at a time change `app/runtime/`, after mending what a killed one left behind.

    Raises:
        ToolError: when the folder cannot be written.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(project.app / _LOCK)
    with writing(_WHERE):
        try:
            lock.acquire(timeout=0)
        except Timeout:
            say("another `pyscript vendor` works on this project: waiting for it")
            lock.acquire()
    try:
        with writing(_WHERE):
            _mend(project)
        yield
    finally:
        lock.release()


def replace_runtime(project: Project, fill: Callable[[Path], None]) -> None:
    """Have `fill` make a runtime in a new folder, then put that in the place of the former one.

    To be called inside `alone`. Whatever `fill` raises, the former runtime stays.

    Raises:
        ToolError: when the folder cannot be written, for example because a server has it open.
    """
    new = project.app / _NEW
    try:
        with writing(_WHERE):
            new.mkdir()
        fill(new)
        with writing(_WHERE):
            _swap(new, project.runtime, project.app / _FORMER)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _mend(project: Project) -> None:
    former = project.app / _FORMER
    if _is_there(former) and not _is_there(project.runtime):
        former.rename(project.runtime)
    _remove(former)
    _remove(project.app / _NEW)


def _swap(new: Path, runtime: Path, former: Path) -> None:
    if _is_there(runtime):
        runtime.rename(former)
    try:
        new.rename(runtime)
    except OSError:
        if _is_there(former):
            former.rename(runtime)
        raise
    _remove(former)


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _sha256(path: Path, size: int) -> str:
    if path.is_symlink() or path.stat().st_size != size:
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
