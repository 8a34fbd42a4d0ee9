"""The colours of an app: custom properties of `:root` in `app/style.css`, where each has one place.
The icon is drawn in them, and so are the browser's own parts of an installed app. Both are the same
in the dark, so what `dark.css` says does not count."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pyscript_kit.project.reading import decoded

SHEET = "style.css"
# The one drawing of the app's icon, by its path in `app/`.
ICON = "icon.svg"

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_DECLARATION = re.compile(r"(--[\w-]+)\s*:([^;]*)")
# `browser/boot/identity.mjs` does the same where an app is served as it lies.
_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)\s*(?:,\s*([^()]*))?\)")


def colours_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """What the style sheet of an app says of each custom property, by its name.

    Args:
        files: what is served of the app, by path in `app/`.
    """
    sheet = _COMMENT.sub("", decoded(files.get(SHEET, b""), f"app/{SHEET}"))
    found: dict[str, str] = {}
    for selector, body in _rules(sheet):
        if ":root" in (each.strip() for each in selector.split(",")):
            found |= {name: value.strip() for name, value in _DECLARATION.findall(body)}
    return found


def colour(name: str, colours: Mapping[str, str]) -> str | None:
    """The value of a custom property; None where there is none that holds by itself."""
    value = filled(f"var({name})", colours)
    return None if "var(" in value else value


def filled(text: str, colours: Mapping[str, str], within: tuple[str, ...] = ()) -> str:
    """A text with values in place of `var(--name)`; what nobody has declared stays."""

    def value(found: re.Match[str]) -> str:
        name, otherwise = found[1], found[2]
        if name in colours and name not in within:
            return filled(colours[name], colours, (*within, name))
        return found[0] if otherwise is None else otherwise.strip()

    return _VARIABLE.sub(value, text)


def with_icon(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of an app, its icon in the app's colours."""
    if ICON not in files:
        return dict(files)
    drawing = filled(decoded(files[ICON], f"app/{ICON}"), colours_of(files))
    return {**files, ICON: drawing.encode()}


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """The selector and the body of each rule that is in no other."""
    depth = start = body = 0
    for brace in re.finditer(r"[{}]", sheet):
        if brace[0] == "{":
            depth += 1
            if depth == 1:
                body = brace.end()
        elif depth:
            depth -= 1
            if not depth:
                # Before it may stand statements, such as @import.
                yield sheet[start : body - 1].rpartition(";")[2], sheet[body : brace.start()]
                start = brace.end()
