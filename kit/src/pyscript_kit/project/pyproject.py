"""What `pyproject.toml` says of an app."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyscript_kit.errors import ToolError

PYPROJECT = "pyproject.toml"

_SETTINGS = "[tool.pyscript-build]"
# Where else than from its own site an app may take something, and what each list lets in.
ORIGINS = {
    "connect": "data",
    "scripts": "scripts and modules",
    "styles": "style sheets",
    "images": "pictures",
    "fonts": "fonts",
    "media": "sound and video",
    "frames": "frames",
}
_SHIP = "ship"
_ADDRESS = "address"
_PUBLIC = re.compile(r"https?://[\w.:-]+(/[^\s?#\"<>]*)?")


@dataclass(frozen=True)
class BuildSettings:
    """What a project says of its built site.

    Attributes:
        origins: where else than from its own site an app may take something, by the names of
            `ORIGINS`.
        ship: patterns of paths in `app/`, for Python that the site has to serve as it is.
        address: where the site is published, with a slash at its end; empty where nobody says.
    """

    origins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ship: tuple[str, ...] = ()
    address: str = ""


def read_pyproject(root: Path) -> dict[str, Any]:
    """What the file says; nothing where there is none.

    Raises:
        ToolError: when it cannot be read.
    """
    try:
        return tomllib.loads((root / PYPROJECT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ToolError(f"{PYPROJECT} cannot be read ({error}): fix it") from error


def table_in(settings: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """A table in a file, by the names on the way to it; empty where there is none."""
    found: Any = settings
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, dict) else {}


def build_settings(root: Path) -> BuildSettings:
    """What the project says of its built site.

    Raises:
        ToolError: when that is not what a site could do.
    """
    table = table_in(read_pyproject(root), "tool").get("pyscript-build", {})
    if not isinstance(table, dict):
        raise ToolError(
            f"{PYPROJECT}: {_SETTINGS} is not a table: write its settings below that heading"
        )
    known = {*ORIGINS, _SHIP, _ADDRESS}
    if unknown := next((name for name in table if name not in known), None):
        raise ToolError(
            f"{PYPROJECT}: {_SETTINGS} has {unknown}, which is not a setting: choose from "
            f"{', '.join(sorted(known))}"
        )
    return BuildSettings(
        {name: _origins(table, name) for name in ORIGINS}, _ship(table), _address(table)
    )


def _origins(table: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = table.get(name, [])
    if isinstance(values, list) and all(_is_source(each) for each in values):
        return tuple(values)
    raise ToolError(
        f"{PYPROJECT}: {name} of {_SETTINGS} is not a list of origins: write "
        '["https://api.example.org"], for example'
    )


def _ship(table: Mapping[str, Any]) -> tuple[str, ...]:
    values = table.get(_SHIP, [])
    if isinstance(values, list) and all(isinstance(each, str) and each for each in values):
        return tuple(values)
    raise ToolError(
        f"{PYPROJECT}: {_SHIP} of {_SETTINGS} is not a list of files in app/: write "
        '["workers/*.py"], for example'
    )


def _address(table: Mapping[str, Any]) -> str:
    value = table.get(_ADDRESS, "")
    if isinstance(value, str) and (not value or _PUBLIC.fullmatch(value)):
        return value and f"{value.removesuffix('/')}/"
    raise ToolError(
        f"{PYPROJECT}: {_ADDRESS} of {_SETTINGS} is {value!r}, which is not the address of a site: "
        'write "https://me.example.org/my-app/", for example'
    )


def scripts_of_others(root: Path) -> tuple[str, ...]:
    """The scripts in the app that others have made, by their paths in the project.

    Raises:
        ToolError: when this is not a list of files that exist.
    """
    tests = table_in(read_pyproject(root), "tool", "pyscript-test")
    names = tests.get("scripts_of_others", [])
    if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
        raise ToolError(
            f"{PYPROJECT}: scripts_of_others of [tool.pyscript-test] is not a list of files: write "
            '["app/scripts/plotly.min.js"], for example'
        )
    for name in names:
        if not (root / name).is_file():
            raise ToolError(
                f"{PYPROJECT}: scripts_of_others of [tool.pyscript-test] holds {name!r}, which "
                f"is not a file of the project: fix it, or remove it there"
            )
    return tuple(names)


def _is_source(value: object) -> bool:
    """Whether something may be in a Content-Security-Policy as a source."""
    return isinstance(value, str) and bool(value) and not set(value) & set(" ;,'\"\n\t")
