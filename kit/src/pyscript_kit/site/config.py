"""`app/pyscript.toml` as a document holds it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pyscript_kit.errors import ToolError
from pyscript_kit.project.settings import CONFIG


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
