"""What can be added to a project and removed from it, as the command line names it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from pyscript_kit.errors import ToolError


class Kind(StrEnum):
    """What can be added and removed; a package goes without the word, unless it has one of these
    for its name."""

    PACKAGE = "package"
    PAGE = "page"
    PATTERN = "pattern"


def kind_and_names(command: str, words: Sequence[str]) -> tuple[Kind, list[str]]:
    """What a command line is about.

    Raises:
        ToolError: when it names a kind and nothing of it.
    """
    first = words[0].lower()
    if first not in [*Kind]:
        return Kind.PACKAGE, [*words]
    if len(words) == 1:
        raise ToolError(
            f"which {first}? Name it: `pyscript {command} {first} NAME`; for the package called "
            f"{first}, `pyscript {command} package {first}`"
        )
    return Kind(first), [*words[1:]]
