"""What is in `app/`, and which of it is nobody's work: the runtime, caches, and what editors put
beside a file while they save it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from pyscript_kit.project.walking import files_of_app, places_beyond

RUNTIME = "runtime"

_IGNORED_FOLDERS = frozenset({"__pycache__", "node_modules"})
# Vim tries with "4913" whether it may write; Emacs saves "#name#" by itself.
_IGNORED_NAME = re.compile(
    r"\..*|.*~|#.*#|4913|.*___jb_(tmp|old)___|.*\.(sw[a-p]|swpx|tmp|temp|bak|orig|rej|pyc|part)",
    re.IGNORECASE,
)


class Stamp(NamedTuple):
    """What changes when a file is saved: its time in nanoseconds, and its size in bytes."""

    time: int
    size: int


Tree = dict[str, Stamp]


def scan(app: Path) -> Tree:
    """The stamps of all files of an app by their paths, relative and with slashes.

    Raises:
        ToolError: when a link in it leads nowhere, or to a folder that it is in.
    """
    stamps = ((path, stamp_of(app / path)) for path in files_of_app(app, is_ignored))
    return {path: stamp for path, stamp in stamps if stamp is not None}


def watched_beyond(app: Path) -> tuple[set[Path], set[Path]]:
    """What links of an app lead to outside it, and has to be watched as well: folders, and files.

    Raises:
        ToolError: when a link in it leads nowhere, or to a folder that it is in.
    """
    return places_beyond(app, is_ignored)


def is_ignored(path: str) -> bool:
    """Whether a change of this path in `app/` says nothing about the app."""
    parts = path.split("/")
    return (
        parts[0] == RUNTIME
        or any(part in _IGNORED_FOLDERS for part in parts)
        or any(_IGNORED_NAME.fullmatch(part) for part in parts)
    )


def stamp_of(path: Path) -> Stamp | None:
    """The stamp of a file or folder; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return Stamp(found.st_mtime_ns, found.st_size)


def is_between(former: Tree, tree: Tree) -> bool:
    """Whether an editor may be in the middle of saving: files are gone, or are empty, that were not
    before."""
    return any(
        path not in tree or (stamp.size > 0 and tree[path].size == 0)
        for path, stamp in former.items()
    )
