"""Keeps the table `[files]` of `app/pyscript.toml` in step with the app: what Python imports at the
start is in it, and no module that is gone. The file is the user's, so lines come and go, and
nothing else in it changes."""

from __future__ import annotations

import json
import posixpath
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pyscript_kit.errors import ToolError
from pyscript_kit.project.settings import CONFIG, files_of, filled_files
from pyscript_kit.project.together import write_together

_HEADER = re.compile(r"""[ \t]*\[[ \t]*(files|"files"|'files')[ \t]*\][ \t]*(#.*)?""")
_ANY_HEADER = re.compile(r"[ \t]*\[")
# Neither another host's, nor the host's root, nor one that a template makes.
_OWN_MODULE = re.compile(r"(?!/|[A-Za-z][A-Za-z0-9+.-]*:)[^{}*?]+\.py")


def complete_table(app: Path, needed: Sequence[str]) -> tuple[list[str], list[str]]:
    """Bring the table in step with the app, on disk, where it is not.

    Args:
        app: the folder of the app.
        needed: files that Python must have at the start, relative to it.

    Returns:
        The addresses that were added, and those that were removed; none where somebody has saved
        the file meanwhile.

    Raises:
        ToolError: when the file cannot be read, understood or written; it is then as it was.
    """
    config = app / "pyscript.toml"
    text, files = _read(config)
    added = [f"./{path}" for path in lacking(files, needed)]
    removed = lost(files, app)
    if not added and not removed:
        return [], []
    new = changed(text, added, removed).encode("utf-8")
    if _content(config) != text.encode("utf-8"):
        return [], []
    # What a link leads to, for the new file takes the place of the former one.
    write_together({config.resolve(): new})
    return added, removed


def with_files(config: Path, needed: Sequence[str]) -> tuple[str, list[str]]:
    """The text of a configuration with files in its table, and the addresses that this adds.

    Args:
        config: its path.
        needed: files that Python must have at the start, relative to its folder.

    Raises:
        ToolError: when it cannot be read or understood.
    """
    text, files = _read(config)
    added = [f"./{path}" for path in lacking(files, needed)]
    return (changed(text, added, ()) if added else text), added


def without_files(config: Path, gone: Collection[str]) -> tuple[str, list[str]]:
    """The text of a configuration without some addresses in its table, and those that it had.

    Raises:
        ToolError: when it cannot be read or understood.
    """
    text, files = _read(config)
    removed = [address for address in files if address in gone]
    return (changed(text, (), removed) if removed else text), removed


def _read(config: Path) -> tuple[str, dict[str, str]]:
    try:
        text = config.read_bytes().decode("utf-8")
        return text, files_of(tomllib.loads(text))
    except (OSError, ValueError) as error:
        raise ToolError(f"{CONFIG} cannot be read ({error}): fix it there") from error


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def lacking(files: Mapping[str, str], needed: Iterable[str]) -> list[str]:
    """Those of the files needed that the table does not put in their place, wherever from."""
    there = set()
    for source, to in filled_files(files).items():
        place = to or "./"
        name = source.split("/")[-1]
        there.add(posixpath.normpath(place + name if place.endswith("/") else place))
    return [path for path in needed if path not in there]


def lost(files: Mapping[str, str], app: Path) -> list[str]:
    """The modules of the app in the table that are not there: PyScript starts without none."""
    return [
        source for source in files if _OWN_MODULE.fullmatch(source) and not (app / source).is_file()
    ]


def not_there(files: Iterable[str], app: Path) -> list[str]:
    """Whatever of the app is in the table and is not there: PyScript then starts nothing at all.

    Args:
        files: addresses relative to the app, as `Project` has them.
    """
    found = []
    for address in files:
        parts = urlsplit(address)
        # Neither from another site, nor from somewhere else on this one.
        own = not (parts.scheme or parts.netloc or parts.path.startswith("/"))
        if own and not (app / unquote(parts.path)).is_file():
            found.append(address)
    return found


def changed(text: str, added: Sequence[str], removed: Collection[str]) -> str:
    """The text of a configuration with addresses added to its `[files]` and others removed.

    Args:
        added: addresses of modules, such as "./patterns/plot.py"; each goes to its own folder.
        removed: addresses as they are in the table.

    Raises:
        ToolError: when that would change, or could change, anything else.
    """
    before = tomllib.loads(text)
    wanted = {key: to for key, to in before.get("files", {}).items() if key not in removed}
    wanted |= {address: _folder(address) for address in added}

    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    start = next((n for n, line in enumerate(lines) if _HEADER.fullmatch(line.rstrip())), None)
    if start is None and "files" not in before:
        lines = _with_newline(lines, len(lines))
        lines += [*([_newline(text)] if lines else []), f"[files]{_newline(text)}"]
        start = len(lines) - 1
    if start is not None:
        end = next(
            (n for n in range(start + 1, len(lines)) if _ANY_HEADER.match(lines[n])), len(lines)
        )
        table = [line for line in lines[start:end] if _key(line) not in removed]
        for address in added:
            table = _inserted(table, address)
        result = "".join([*lines[:start], *table, *lines[end:]])
        if _says(result, {**before, "files": wanted}):
            return result
    what = " and ".join(
        filter(
            None,
            (
                f"add {', '.join(added)}" if added else "",
                f"remove {', '.join(removed)}" if removed else "",
            ),
        )
    )
    raise ToolError(
        f"{CONFIG}: [files] does not have one line for each file, so this command cannot edit "
        f"it: {what} yourself"
    )


def _inserted(table: list[str], address: str) -> list[str]:
    """The lines of a table, its header first, with one more: among those of its folder, sorted."""
    entries = [(n, key) for n, line in enumerate(table) if (key := _key(line))]
    beside = [(n, key) for n, key in entries if _folder(key) == _folder(address)]
    sooner = [n for n, key in beside if key < address]
    if sooner:
        place = sooner[-1] + 1
    elif beside:
        place = beside[0][0]
    else:
        place = entries[-1][0] + 1 if entries else 1
    neighbour = table[beside[0][0]] if beside else ""
    indent = neighbour[: len(neighbour) - len(neighbour.lstrip())]
    table = _with_newline(table, place)
    line = f"{indent}{_quoted(address)} = {_quoted(_folder(address))}{_newline(table[0])}"
    return [*table[:place], line, *table[place:]]


def _with_newline(lines: list[str], place: int) -> list[str]:
    """The lines, the one before a place ended where it was the last of the file and was not."""
    if not place or lines[place - 1].endswith("\n"):
        return lines
    return [*lines[: place - 1], lines[place - 1] + _newline("".join(lines)), *lines[place:]]


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _key(line: str) -> str | None:
    try:
        return next(iter(tomllib.loads(line)), None)
    except tomllib.TOMLDecodeError:
        return None


def _says(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _folder(address: str) -> str:
    return address[: address.rfind("/") + 1]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
