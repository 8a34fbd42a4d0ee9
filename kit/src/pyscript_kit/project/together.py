"""Writes files of a project, all of them or none."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from pyscript_kit.errors import writing
from pyscript_kit.project.swap import Place


def write_together(contents: Mapping[Path, bytes | None]) -> None:
    """Put new contents in place of files, in their order; None removes one.

    All are made beside their places first, so that only renames are left; when one of these fails,
    those before it are taken back. A process that is killed between two of them leaves the later
    files as they were, each whole.

    Raises:
        ToolError: when a file cannot be written; all are then as they were.
    """
    places = [Place(path, path.name) for path in contents]
    try:
        for place in places:
            if (content := contents[place.folder]) is None:
                place.new.unlink(missing_ok=True)
            else:
                _write(place.new, content, place)
        # By the time that the last one is in its place, nothing can fail any more.
        for place in places[:-1]:
            if place.folder.exists():
                _write(place.former, place.folder.read_bytes(), place)
        _rename(places)
    finally:
        for place in places:
            place.new.unlink(missing_ok=True)
            place.former.unlink(missing_ok=True)


def leftovers(paths: Iterable[Path]) -> list[Path]:
    """What lies beside files since a process was killed that wrote them together."""
    places = [Place(path, path.name) for path in paths]
    return [left for place in places for left in (place.new, place.former) if left.exists()]


def _write(path: Path, content: bytes, place: Place) -> None:
    with writing(place.label), path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        if place.folder.exists():
            path.chmod(place.folder.stat().st_mode & 0o777)


def _rename(places: Iterable[Place]) -> None:
    placed: list[Place] = []
    try:
        for place in places:
            with writing(place.label):
                if place.new.exists():
                    place.new.replace(place.folder)
                else:
                    place.folder.unlink()
            placed.append(place)
    except BaseException:
        for place in placed:
            if place.former.exists():
                place.former.replace(place.folder)
            else:
                place.folder.unlink(missing_ok=True)
        raise
