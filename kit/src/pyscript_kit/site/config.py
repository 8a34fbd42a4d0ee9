"""`app/pyscript.toml` as a build reads it, and as a document holds it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from pyscript_kit.errors import ToolError
from pyscript_kit.project.reading import read_text
from pyscript_kit.project.settings import CONFIG, Project


def config_of(project: Project) -> dict[str, Any]:
    """What `app/pyscript.toml` says."""
    return tomllib.loads(read_text(project.root / CONFIG, CONFIG))


def config_text(config: Mapping[str, Any]) -> str:
    """A configuration as JSON; dates, which that has not, are written as TOML does."""
    try:
        return json.dumps(
            config,
            ensure_ascii=False,
            allow_nan=False,
            default=lambda date: date.isoformat(),
            separators=(",", ":"),
        )
    except ValueError as error:
        raise ToolError(
            f"{CONFIG} holds nan or inf, which the JSON of a built app cannot hold: "
            "write a number, or leave it out"
        ) from error


def files_of(project: Project) -> dict[str, str]:
    """What `[files]` has PyScript fetch, and where to, without the templates in it.

    Raises:
        ToolError: when it is no such table.
    """
    files = config_of(project).get("files", {})
    if not isinstance(files, dict) or not all(isinstance(to, str) for to in files.values()):
        raise ToolError(
            f"{CONFIG}: files is no table of addresses and places: "
            'write "./util.py" = "./" below [files], for example'
        )
    templates: dict[str, str] = {}
    found: dict[str, str] = {}
    for source, target in files.items():
        if re.fullmatch(r"\{.+\}", source):
            templates[source] = _filled(target, templates)
        else:
            found[_filled(source, templates)] = _filled(target, templates)
    return found


def _filled(text: str, templates: Mapping[str, str]) -> str:
    return re.sub(r"\{.+?\}", lambda name: templates.get(name[0], name[0]), text)
