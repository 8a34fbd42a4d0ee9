"""Edits what a project says of its packages: what the app asks for in `app/pyscript.toml`, and what
its tests need on CPython in `pyproject.toml` and `requirements.txt`. These files are the author's:
comments, order and layout stay as they are."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array

from pyscript_kit.errors import ToolError
from pyscript_kit.project.asked import Asked, canonical_name, read_asked
from pyscript_kit.project.pyproject import PYPROJECT, table_in
from pyscript_kit.project.settings import AT_START, CONFIG, ON_DEMAND

_GROUP = "dev"
_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")


def with_asked(text: str, asked: Iterable[Asked]) -> str:
    """`app/pyscript.toml` with more that the app asks for, in place of what it asked of the
    same packages.

    Raises:
        ToolError: when that cannot be done without changing anything else.
    """

    def add(config: Any) -> None:
        for each in asked:
            if AT_START in config and ON_DEMAND not in config:
                # An app without a table of pages has all of its packages at the start.
                _put(config[AT_START], each.name)
                if not each.is_bare:
                    config[ON_DEMAND] = [each.text]
                continue
            later = config.setdefault(ON_DEMAND, [])
            of_it = [text for text in later if _name(text) == each.name]
            if each.text in of_it:
                continue
            if of_it:
                later[later.index(of_it[0])] = each.text
                for text in of_it[1:]:
                    later.remove(text)
            else:
                _put(later, each.text)

    return _edited(text, CONFIG, add)


def without_asked(text: str, names: Iterable[str]) -> str:
    """`app/pyscript.toml` without what the app asks of some packages.

    Args:
        names: canonical names.

    Raises:
        ToolError: when that cannot be done without changing anything else.
    """
    gone = set(names)

    def remove(config: Any) -> None:
        for key in (AT_START, ON_DEMAND):
            for entry in [text for text in config.get(key, []) if _name(text) in gone]:
                config[key].remove(entry)

    return _edited(text, CONFIG, remove)


def pins_in_pyproject(text: str, pins: Mapping[str, str], gone: Iterable[str]) -> str:
    """`pyproject.toml` with packages held at one version in the group `dev`, and without others;
    the same text where it has no such group, or says something else of a package.

    Args:
        pins: versions by canonical name.
        gone: lines such as `numpy==2.4.1`.

    Raises:
        ToolError: when that cannot be done without changing anything else.
    """
    groups = table_in(_read(text, PYPROJECT), "dependency-groups")
    if not isinstance(groups.get(_GROUP), list):
        return text
    lines = set(gone)

    def change(tooling: Any) -> None:
        group = tooling["dependency-groups"][_GROUP]
        for line in [each for each in group if isinstance(each, str) and each in lines]:
            group.remove(line)
        for name, version in pins.items():
            there = [each for each in group if isinstance(each, str) and _name_of(each) == name]
            if not there:
                group.append(f"{name}=={version}")

    return _edited(text, PYPROJECT, change)


def pins_in_requirements(text: str, pins: Mapping[str, str], gone: Iterable[str]) -> str:
    """`requirements.txt` likewise."""
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = set(gone)
    kept = [line for line in text.splitlines() if line.strip() not in lines]
    there = {_name_of(line) for line in kept}
    kept += [f"{name}=={version}" for name, version in pins.items() if name not in there]
    if kept == text.splitlines():
        return text
    return newline.join(kept) + newline


def _edited(text: str, file: str, edit: Callable[[Any], None]) -> str:
    """A text of TOML after an edit, which changes values and nothing of their surroundings."""
    wanted = _read(text, file)
    edit(wanted)
    if wanted == _read(text, file):
        return text
    try:
        document = tomlkit.parse(text.replace("\r\n", "\n"))
        edit(document)
        new = tomlkit.dumps(document)
    except (TOMLKitError, TypeError, AttributeError, KeyError, IndexError, ValueError) as error:
        raise _unknown_form(file) from error
    if tomllib.loads(new) != wanted:
        raise _unknown_form(file)
    return new.replace("\n", "\r\n") if "\r\n" in text else new


def _read(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ToolError(f"{file} is not valid TOML ({error}): fix it there") from error


def _unknown_form(file: str) -> ToolError:
    return ToolError(
        f"{file} has package lists in a form that this command cannot edit: write them as lists "
        f"of strings in brackets"
    )


def _put(entries: Any, text: str) -> None:
    """Put a text into a list: in its place where that is sorted, else at the end."""
    present = [*entries]
    if text in present:
        return
    place = len(present)
    if present == sorted(present, key=str.lower):
        place = sum(each.lower() < text.lower() for each in present)
    if place == len(present):
        entries.append(text)
    elif isinstance(entries, Array) and "\n" not in entries.as_string():
        # Else the next one would stand behind the comma without a space.
        entries.clear()
        entries.extend([*present[:place], text, *present[place:]])
    else:
        entries.insert(place, text)


def _name(text: str) -> str:
    return read_asked(text, f"{CONFIG}: {ON_DEMAND} holds").name


def _name_of(requirement: str) -> str:
    match = _NAME.match(requirement)
    return canonical_name(match[1]) if match else ""
