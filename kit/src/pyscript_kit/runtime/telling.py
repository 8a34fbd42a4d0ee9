"""Has a runtime that is in place begin with what the app has now: its files, its pages, and the
packages that these import. Making it again would do it too, in seconds."""

from __future__ import annotations

import os
from pathlib import Path

from pyscript_kit.lock.lockfile import RuntimeLock
from pyscript_kit.project.settings import Project
from pyscript_kit.runtime.shell import FOLDER, PARTS, elements, parts_text
from pyscript_kit.snapshot.manifest import FOLDER as LOADER_FOLDER
from pyscript_kit.snapshot.needs import read_needs
from pyscript_kit.snapshot.snapshots import tell_needs


def tell_app(project: Project, lock: RuntimeLock) -> None:
    """Tell the page's shell and the loader, if there is one, what the app needs.

    Raises:
        OSError: what they are told cannot be read or written.
        ToolError: the app cannot be read.
        ValueError: what the loader was told is not a manifest.
    """
    tell_shell(project, lock)
    if project.preboots:
        tell_needs(project.runtime / LOADER_FOLDER, read_needs(project, lock))


def tell_shell(project: Project, lock: RuntimeLock) -> None:
    """Tell the page's shell alone.

    Raises:
        OSError: what it is told cannot be read or written.
        ToolError: the app cannot be read.
    """
    parts = project.runtime / FOLDER / PARTS
    text = parts_text(elements(project, lock)).encode()
    if parts.read_bytes() != text:
        _put(parts, text)


def _put(path: Path, content: bytes) -> None:
    # A page may be loading it, and another process may be saying the same.
    new = path.with_name(f".{os.getpid()}-{path.name}")
    new.write_bytes(content)
    new.replace(path)
