"""Files of Pyodide as a site serves them: changed where browsers would start Python later with what
Pyodide has published."""

from __future__ import annotations

import re

from pyscript_kit.site.engine import CHANGES, ENGINE, engine_for_visitors

_GLUE = "pyodide.asm.mjs"
# Their names.
CHANGED = (ENGINE, _GLUE)

# The whole of Pyodide's JavaScript is one function, which is called at once.
_ONE_FUNCTION = re.compile(
    rb"async function (?P<name>\w+)(?P<rest>\(.*\})(?P<export>export default (?P=name);\s*)",
    re.DOTALL,
)
_CHANGES_OF_GLUE = (
    "pyscript build has changed it since it was published: its one function is in parentheses; "
    "it does the same"
)


def as_served(name: str, content: bytes) -> bytes:
    """A file as a site serves it.

    Args:
        name: of a file of Pyodide.
        content: as Pyodide has published it.
    """
    if name == ENGINE:
        return engine_for_visitors(content)
    return glue_for_visitors(content) if name == _GLUE else content


def changes_of(name: str, content: bytes) -> str:
    """What `as_served` changes in a file, in a sentence without a stop; "" for nothing.

    Args:
        name: of a file of Pyodide.
        content: as Pyodide has published it.
    """
    if as_served(name, content) == content:
        return ""
    return CHANGES if name == ENGINE else _CHANGES_OF_GLUE


def glue_for_visitors(module: bytes) -> bytes:
    """A module that does the same, its function in parentheses: V8 takes that for a function that
    is called at once, and compiles it as it comes, beside the page. Else it would skim over it
    there, and compile it when the page waits for it. A module of another form stays as it is.

    Args:
        module: Pyodide's JavaScript.
    """
    found = _ONE_FUNCTION.fullmatch(module)
    if not found:
        return module
    name, rest, export = found.group("name", "rest", "export")
    return b"const %b=(async function %b%b);%b" % (name, name, rest, export)
