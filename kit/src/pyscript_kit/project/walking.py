"""The files of an app, wherever links lead: a linked folder is as much part of it as any other, for
every command. What leads nowhere, or back to where it is, is named."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from pyscript_kit.errors import ToolError

# Whether a file, or a folder with all that is in it, is passed over, by its path in the app.
Skip = Callable[[str], bool]
# A device, and a number on it.
_Identity = tuple[int, int]


def is_made_by_a_tool(path: str) -> bool:
    """Whether something in an app is made by a tool, or for one, and no visitor's business."""
    parts = path.split("/")
    return parts[0] == "runtime" or any(
        (part.startswith(".") and part != ".well-known") or part == "__pycache__" for part in parts
    )


def files_of_app(app: Path, skip: Skip) -> list[str]:
    """The paths of all files in an app, relative to it and with slashes, sorted part by part.

    Raises:
        ToolError: when a link leads nowhere, or to a folder that it is in.
    """
    files = [path for path, is_link in _walk(app, skip) if not is_link or (app / path).is_file()]
    return sorted(files, key=lambda path: path.split("/"))


def places_beyond(app: Path, skip: Skip) -> tuple[set[Path], set[Path]]:
    """What links lead to outside the app: folders, and files.

    Raises:
        ToolError: when a link leads nowhere, or to a folder that it is in.
    """
    own = app.resolve()
    places = {(app / path).resolve() for path, is_link in _walk(app, skip) if is_link}
    beyond = {place for place in places if own not in (place, *place.parents)}
    folders = {place for place in beyond if place.is_dir()}
    return folders, beyond - folders


def _walk(app: Path, skip: Skip) -> Iterator[tuple[str, bool]]:
    """Files, and links to folders, each with whether it is a link."""

    def walk(inside: str, above: tuple[_Identity, ...]) -> Iterator[tuple[str, bool]]:
        try:
            entries = [*os.scandir(app / inside)]
        except OSError:
            # It went meanwhile, or may not be read: whoever needs a file in it says so.
            return
        for entry in entries:
            path = f"{inside}/{entry.name}" if inside else entry.name
            if skip(path):
                continue
            if _is_link(entry):
                identity = _identity(app / path)
                if identity is None:
                    try:
                        raise ToolError(_nowhere(path, app))
                    except FileNotFoundError:  # the link itself went meanwhile
                        continue
                if identity in above:
                    raise ToolError(_endless(path))
                yield path, True
            elif entry.is_file():
                yield path, False
            if (app / path).is_dir() and (identity := _identity(app / path)):
                yield from walk(path, (*above, identity))

    root = _identity(app)
    yield from walk("", () if root is None else (root,))


def _is_link(entry: os.DirEntry[str]) -> bool:
    """Whether something in a folder leads elsewhere."""
    # Windows has links of its own between folders, and Python knows them since 3.12.
    is_junction: Callable[[], bool] = getattr(entry, "is_junction", bool)
    return entry.is_symlink() or is_junction()


def _identity(path: Path) -> _Identity | None:
    """What a folder or file is known by, whatever leads to it; None where nothing is."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _nowhere(path: str, app: Path) -> str:
    target = (app / path).readlink()
    return f"app/{path} is a link to {target}, which is not there: fix the link, or remove it"


def _endless(path: str) -> str:
    return (
        f"app/{path} is a link to a folder that contains it, and never ends: remove it, or link "
        f"to something else"
    )
