"""Whether `app/runtime/` is what the lock says, and where it lies."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pyscript_kit.lock.lockfile import RuntimeLock
from pyscript_kit.project.settings import Project
from pyscript_kit.project.swap import Place
from pyscript_kit.runtime.shell import FOLDER as SHELL_FOLDER
from pyscript_kit.runtime.shell import shell_files
from pyscript_kit.snapshot.manifest import FOLDER as LOADER_FOLDER


def runtime_place(project: Project) -> Place:
    """The folder of a project's runtime, for `pyscript vendor` to replace."""
    return Place(project.runtime, "app/runtime")


def is_in_place(project: Project, lock: RuntimeLock) -> bool:
    """Whether `app/runtime/` holds the page's shell and every file of the lock that is not on the
    CDN, none changed, and nothing else but what a loader boots from. No leftover of a run that was
    killed may be beside it."""
    place = runtime_place(project)
    if place.new.exists() or place.former.exists():
        return False
    runtime = project.runtime
    shell = {f"{SHELL_FOLDER}/{name}": text for name, text in shell_files(project, lock).items()}
    locked = lock.files if project.mode == "self-hosted" else ()
    try:
        found = {
            path.relative_to(runtime).as_posix() for path in runtime.rglob("*") if not path.is_dir()
        }
        if project.preboots:
            found = {path for path in found if not path.startswith(f"{LOADER_FOLDER}/")}
        return (
            found == {*shell, *(file.path for file in locked)}
            and all(_content(runtime / path) == text for path, text in shell.items())
            and all(_sha256(runtime / file.path, file.size) == file.sha256 for file in locked)
        )
    except OSError:
        return False


def _content(path: Path) -> bytes | None:
    return None if path.is_symlink() else path.read_bytes()


def _sha256(path: Path, size: int) -> str:
    if path.is_symlink() or path.stat().st_size != size:
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
