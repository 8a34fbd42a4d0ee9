"""Joins JavaScript modules of the kit to one, so that a built site has them in one request, and an
app that is one document inside.

It relies on how these modules are written: each import is a statement of its own and renames
nothing, an export precedes what it exports, and no two of them declare the same name. A
test of the kit says so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

_IMPORT = re.compile(
    r'^import (?:(?P<names>[^"\';]+?) from )?"(?P<address>[^"]+)";\n', re.MULTILINE
)
_EXPORT = re.compile(r"^export (?=(?:async )?function |class |const |let )", re.MULTILINE)


def joined(texts: Mapping[str, str], entry: str, apart: Collection[str] = ()) -> str:
    """One module in place of another one and of those that it imports.

    Args:
        texts: of modules beside each other, by name.
        entry: the name of the first; what it exports stays exported.
        apart: names of modules that stay what they are, and are imported still.
    """
    imports: dict[str, None] = {}
    bodies: dict[str, str] = {}

    def add(name: str) -> None:
        if name in bodies:
            return
        bodies[name] = ""  # each is there before those that import it
        text = texts[name]
        for found in _IMPORT.finditer(text):
            other = found["address"].removeprefix("./")
            if other in texts and other not in apart:
                add(other)
            else:
                imports[found[0]] = None
        body = _IMPORT.sub("", text)
        del bodies[name]
        bodies[name] = body if name == entry else _EXPORT.sub("", body)

    add(entry)
    return "".join(imports) + "\n" + "\n".join(bodies.values())
