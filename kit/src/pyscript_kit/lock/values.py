"""Reads single values of a lock, and says of a wrong one where it stands and what to do."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from pyscript_kit.errors import ToolError
from pyscript_kit.project.settings import LOCK_NAME

RESTORE = "restore the file from version control"
RELOCK = "run `pyscript lock` to write it again, or restore it from version control"
SHA256 = re.compile(r"[0-9a-f]{64}")


def object_in(
    document: dict[str, Any], field: str, way_out: str, prefix: str = ""
) -> dict[str, Any]:
    """The object in a field.

    Raises:
        LockError: when it is none.
    """
    value = document.get(field)
    if not isinstance(value, dict):
        refuse(f"{prefix}{field} is not an object", way_out)
    return value


def exact_fields(
    entry: dict[str, Any],
    required: tuple[str, ...],
    optional: tuple[str, ...],
    where: str,
    way_out: str,
) -> None:
    """Check that an object has its fields, and no others.

    Raises:
        LockError: when it has not.
    """
    for field in required:
        if field not in entry:
            refuse(f"{where} lacks the field {field!r}", way_out)
    for field in entry:
        if field not in required and field not in optional:
            refuse(f"{where} has a field {field!r} that no lock has", way_out)


def text_of(value: Any, pattern: re.Pattern[str], where: str, way_out: str) -> str:
    """A value as text of some form.

    Raises:
        LockError: when it is none.
    """
    if not isinstance(value, str) or not pattern.fullmatch(value):
        refuse(f"{where} is {value!r}", way_out)
    return value


def texts_of(value: Any, pattern: re.Pattern[str], where: str) -> tuple[str, ...]:
    """A value as a list of texts of some form.

    Raises:
        LockError: when it is none.
    """
    if not isinstance(value, list):
        refuse(f"{where} is not a list", RELOCK)
    return tuple(text_of(item, pattern, f"{where}[{i}]", RELOCK) for i, item in enumerate(value))


def size_of(value: Any, where: str, way_out: str) -> int:
    """A value as a number of bytes.

    Raises:
        LockError: when it is none.
    """
    if type(value) is not int or value < 0:
        refuse(f"{where} is {value!r}, not a number of bytes", way_out)
    return value


def refuse(problem: str, way_out: str) -> NoReturn:
    """Raise what is wrong with a lock, and what to do about it."""
    raise LockError(problem, way_out)


class LockError(ToolError):
    """What is wrong with a lock."""

    def __init__(self, problem: str, way_out: str) -> None:
        super().__init__(f"{LOCK_NAME}: {problem}: {way_out}")
        self.problem = problem
