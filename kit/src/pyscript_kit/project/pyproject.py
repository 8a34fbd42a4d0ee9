"""What `pyproject.toml` says of an app."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyscript_kit.errors import ToolError

PYPROJECT = "pyproject.toml"

_SETTINGS = "[tool.pyscript-build]"


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
        raise ToolError(f"{PYPROJECT} cannot be read ({error}): mend it") from error


def table_in(settings: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """A table in a file, by the names on the way to it; empty where there is none."""
    found: Any = settings
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, dict) else {}


def connect_of(root: Path) -> tuple[str, ...]:
    """The origins that the app may ask for data, from the project's settings.

    Raises:
        ToolError: when these are no origins.
    """
    settings: Any = read_pyproject(root)
    for key, default in (("tool", {}), ("pyscript-build", {}), ("connect", [])):
        settings = settings.get(key, default) if isinstance(settings, dict) else None
    if isinstance(settings, list) and all(_is_source(each) for each in settings):
        return tuple(settings)
    raise ToolError(
        f"{PYPROJECT}: connect of {_SETTINGS} is no list of origins: write "
        '["https://api.example.org"], for example'
    )


def _is_source(value: object) -> bool:
    """Whether something may stand in a Content-Security-Policy as a source."""
    return isinstance(value, str) and bool(value) and not set(value) & set(" ;,'\"\n\t")
