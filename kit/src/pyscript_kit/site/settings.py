"""Settings of PyScript that a document or a call names, beside those of the page: read from a file
or from the attribute itself, and written again with what is another address in a site."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import PurePosixPath
from typing import Any

from pyscript_kit.errors import ToolError
from pyscript_kit.project.reading import decoded
from pyscript_kit.project.settings import LOCAL_INTERPRETER, PLAIN_INTERPRETER, filled_files
from pyscript_kit.site.addresses import is_elsewhere, path_of, within

# The settings of the page, which the build puts into the document.
MAIN = "pyscript.toml"
_ENDINGS = (".json", ".toml")
_RUNTIMES = {path_of(name): name for name in (LOCAL_INTERPRETER, PLAIN_INTERPRETER)}


@dataclass(frozen=True)
class Settings:
    """Settings as PyScript reads them.

    Attributes:
        values: what they say.
        where: what names them, for messages.
        folder: the one in the app that addresses in them start from.
        path: the file in the app that they are; empty where they are in a document.
    """

    values: dict[str, Any]
    where: str
    folder: str = ""
    path: str = ""

    @property
    def files(self) -> dict[str, str]:
        """What PyScript fetches, by address, and where it puts each."""
        files = self.values.get("files")
        pairs = files.items() if isinstance(files, dict) else ()
        return filled_files({str(source): str(target) for source, target in pairs})

    @property
    def modules(self) -> dict[str, tuple[str, ...]]:
        """The addresses of JavaScript modules and style sheets for the page, and for workers."""
        tables = self.values.get("js_modules")
        return {
            place: tuple(table)
            for place in ("main", "worker")
            if isinstance(tables, dict) and isinstance(table := tables.get(place), dict)
        }

    def sources(self) -> list[str]:
        """The paths in the app of what PyScript fetches of it."""
        found = (path_of(address, self.folder) for address in self.files)
        return [path for path in found if path]

    def for_site(self, renamed: Callable[[str], str]) -> dict[str, Any]:
        """What they say in a site.

        Args:
            renamed: gives the new address of a part of the runtime, relative to the document.
        """
        values = dict(self.values)
        if (interpreter := local_interpreter(values, self.folder)) is not None:
            values["interpreter"] = renamed(interpreter)
        if isinstance(values.get("files"), dict):
            values["files"] = {
                _relative(address, self.folder): to for address, to in values["files"].items()
            }
        return values


def names_settings(text: str) -> bool:
    """Whether an attribute or a word names a file with settings, and holds none."""
    return not text.strip().startswith("{") and text.strip().endswith(_ENDINGS)


def read_settings(text: str, where: str) -> Settings:
    """Settings that are in a document themselves, as JSON or TOML.

    Raises:
        ToolError: when they are neither.
    """
    return Settings(_parsed(text, json_first=text.strip().startswith("{"), where=where), where)


def settings_in(path: str, content: bytes) -> Settings:
    """Settings in a file of the app.

    Raises:
        ToolError: when it holds none.
    """
    where = f"app/{path}"
    values = _parsed(decoded(content, where), json_first=path.endswith(".json"), where=where)
    folder = PurePosixPath(path).parent.as_posix()
    return Settings(values, where, "" if folder == "." else folder, path)


def local_interpreter(values: Mapping[str, Any], folder: str) -> str | None:
    """The part of the project's own runtime that settings name as their interpreter."""
    interpreter = values.get("interpreter")
    if not isinstance(interpreter, str) or is_elsewhere(interpreter):
        return None
    # The page's and an editor's start from the document, a worker's from its file.
    paths = (path_of(interpreter), path_of(interpreter, folder))
    return next((_RUNTIMES[path] for path in paths if path in _RUNTIMES), None)


def toml_of(values: Mapping[str, Any]) -> str:
    """TOML that says what values do: a table for each of theirs, all else on a line."""
    plain = [f"{_key(name)} = {_toml(value)}\n" for name, value in values.items() if _flat(value)]
    return "".join((*plain, *_tables(values, "")))


def _tables(values: Mapping[str, Any], above: str) -> list[str]:
    lines = []
    for name, table in values.items():
        if _flat(table):
            continue
        title = f"{above}{_key(name)}"
        lines.append(f"\n[{title}]\n")
        lines += [f"{_key(key)} = {_toml(value)}\n" for key, value in table.items() if _flat(value)]
        lines += _tables(table, f"{title}.")
    return lines


def _flat(value: object) -> bool:
    return not isinstance(value, dict)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _toml(name)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        pairs = (f"{_key(name)} = {_toml(each)}" for name, each in value.items())
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return str(value)


def _relative(address: str, folder: str) -> str:
    """An address that leads to the same below any path of a host."""
    if not address.startswith("/") or address.startswith("//"):
        return address
    up = "../" * len(PurePosixPath(folder).parts)
    return up + within(address).removeprefix("./") if up else within(address)


def _parsed(text: str, *, json_first: bool, where: str) -> dict[str, Any]:
    try:
        values = json.loads(text) if json_first else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        kind = "JSON" if json_first else "TOML"
        raise ToolError(
            f"{where}: the settings are not valid {kind} ({error}): fix it there"
        ) from error
    if not isinstance(values, dict):
        raise ToolError(f"{where}: the settings are not a table: write one")
    return values
