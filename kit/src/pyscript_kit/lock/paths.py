"""Paths that a lock may hold: below `app/runtime/`, and the same file on every system."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pyscript_kit.lock.lockfile import LockedFile
from pyscript_kit.lock.values import RESTORE, SHA256, refuse

CORES = ("pyodide", "pyscript")
STDLIB = "pyodide/python_stdlib.zip"
# What no release goes without.
CORE_FILES = (
    "pyodide/pyodide.asm.wasm",
    "pyodide/pyodide.mjs",
    STDLIB,
    "pyscript/core.js",
)
# Neither `.`, `..`, hidden, nor any character that some file system or URL takes for another; no
# `~`, as Windows knows a file also by a short name such as `PYODID~1.MJS`.
_PATH_PART = re.compile(r"[0-9A-Za-z_]([0-9A-Za-z_+.!-]*[0-9A-Za-z_+!-])?")
# Windows opens a device under these names, whatever ending they have.
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)


def is_plain(path: str) -> bool:
    """Whether a path is one that any system can hold, and leads nowhere else."""
    parts = path.split("/")
    return (
        len(parts) > 1
        and parts[0] in CORES
        and len(path) < 250
        and all(_PATH_PART.fullmatch(part) and not _DEVICE.fullmatch(part) for part in parts)
    )


def is_wheel(file_name: object, sha256: object) -> bool:
    """Whether an index names the file of a package by these, and no place on a disk."""
    return (
        isinstance(file_name, str)
        and isinstance(sha256, str)
        and "/" not in file_name
        and is_plain(f"pyodide/{file_name}")
        and SHA256.fullmatch(sha256) is not None
    )


def check_paths(files: Sequence[LockedFile], way_out: str) -> None:
    """Check that files do not get into each other's way, and that no core file is missing.

    Raises:
        LockError: when they do, or one is.
    """
    # Compared without case: on many disks `A` and `a` are one file.
    seen: set[str] = set()
    for file in files:
        if file.path.lower() in seen:
            refuse(f"files holds {file.path} twice", way_out)
        seen.add(file.path.lower())
    for path in sorted(seen):
        folders = path.split("/")[:-1]
        if any("/".join(folders[: i + 1]) in seen for i in range(len(folders))):
            refuse(f"files holds {path} and a file with the name of its folder", way_out)
    paths = {file.path for file in files}
    absent = next((path for path in CORE_FILES if path not in paths), None)
    if absent is not None:
        refuse(f"files lacks {absent}", RESTORE)
