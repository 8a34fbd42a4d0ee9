"""Reads files of a project; what cannot be read is said in a sentence."""

from __future__ import annotations

from pathlib import Path

from pyscript_kit.errors import ToolError


def read_text(path: Path, label: str) -> str:
    """The text of a file of the project.

    Raises:
        ToolError: when it is missing or no text; `label` is how the user knows it.
    """
    try:
        return decoded(path.read_bytes(), label)
    except FileNotFoundError:
        raise ToolError(f"{label} is missing: restore it from version control") from None
    except OSError as error:
        raise _unreadable(label, error) from error


def decoded(content: bytes, label: str) -> str:
    """Text of the project from its bytes, as a browser reads it where it is fetched or in a
    document: without a byte-order mark, and with lines that end in one way.

    Raises:
        ToolError: when it is not text; `label` is how the user knows it.
    """
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise ToolError(f"{label} is not UTF-8 ({error.reason}): save it as UTF-8") from error


def read_bytes(path: Path, label: str) -> bytes:
    """The bytes of a file of the project.

    Raises:
        ToolError: when it cannot be read; `label` is how the user knows it.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(label, error) from error


def _unreadable(label: str, error: OSError) -> ToolError:
    return ToolError(f"{label} cannot be read ({error.strerror}): make it readable")
