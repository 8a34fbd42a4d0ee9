"""Whether `app/runtime/` is what the lock says, and where it lies."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pyscript_kit.lock.lockfile import RuntimeLock
from pyscript_kit.project.settings import Project
from pyscript_kit.project.swap import Place
from pyscript_kit.snapshot.manifest import FOLDER


def runtime_place(project: Project) -> Place:
    """The folder of a project's runtime, for `pyscript vendor` to replace."""
    return Place(project.runtime, "app/runtime")


def is_in_place(project: Project, lock: RuntimeLock) -> bool:
    """Whether `app/runtime/` holds every file of the lock, none changed, nothing else but what a
    loader boots from, and no leftover of a run that was killed lies beside it."""
    place = runtime_place(project)
    if place.new.exists() or place.former.exists():
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


def _sha256(path: Path, size: int) -> str:
    if path.is_symlink() or path.stat().st_size != size:
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
