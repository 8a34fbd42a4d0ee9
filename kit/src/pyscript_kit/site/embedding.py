"""Files of an app as parts of one document: addresses that hold what they lead to, and JavaScript
modules that find each other without any."""

from __future__ import annotations

import base64
import posixpath
import re
from collections.abc import Mapping

from pyscript_kit.project.reading import decoded
from pyscript_kit.serving.mediatypes import media_type
from pyscript_kit.site.addresses import path_of

# An address that leads nowhere: what it stands for is in the document.
EMBEDDED = "https://embedded.invalid/"
_URL = re.compile(r"""url\(\s*(?:"([^"]+)"|'([^']+)'|([^"')\s]+))\s*\)""")
_IMPORTED = re.compile(
    r"""(\b(?:from|import)\s*\(?\s*)(["'])(\.\.?/[^"'\n]+)\2""",
)


def data_url(name: str, content: bytes) -> str:
    """An address that holds a file.

    Args:
        name: of the file, which says of what type it is.
    """
    return f"data:{media_type(name)};base64,{base64.b64encode(content).decode()}"


def with_files(sheet: str, folder: str, files: Mapping[str, bytes]) -> str:
    """A style sheet with the app's files in it that it names by `url()`.

    Args:
        folder: the one in the app that its addresses start from.
        files: the files of the app, by path.
    """

    def held(found: re.Match[str]) -> str:
        path = path_of(found[1] or found[2] or found[3], folder)
        return f'url("{data_url(path, files[path])}")' if path in files and path else found[0]

    return _URL.sub(held, sheet)


def modules_of(paths: list[str], files: Mapping[str, bytes]) -> dict[str, str]:
    """Modules of the app and those that they import, for an import map: addresses that hold them,
    by the ones that they are imported by.

    Args:
        paths: those to begin with.
        files: the files of the app, by path.
    """
    found: dict[str, str] = {}
    waiting = list(paths)
    while waiting:
        path = waiting.pop()
        if path not in files or EMBEDDED + path in found:
            continue

        def whole(match: re.Match[str], path: str = path) -> str:
            other = posixpath.normpath(posixpath.join(posixpath.dirname(path), match[3]))
            if other not in files:
                return match[0]
            waiting.append(other)
            return f"{match[1]}{match[2]}{EMBEDDED}{other}{match[2]}"

        text = _IMPORTED.sub(whole, decoded(files[path], f"app/{path}"))
        found[EMBEDDED + path] = data_url("module.js", text.encode())
    return found
