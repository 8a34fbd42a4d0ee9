"""Reads what is in a document, element by element, with the lines for messages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

PYTHON_TYPES = ("py", "mpy")
EDITOR_TYPES = ("py-editor", "mpy-editor")
# Elements whose text is not markup, or that PyScript reads as none.
_WITH_TEXT = ("script", "style", "py-config", "mpy-config", "py-script", "mpy-script")


@dataclass
class Element:
    """An element of a document: its name, its attributes, the line that it begins in, and its text
    where that is not markup."""

    name: str
    attributes: dict[str, str | None]
    line: int
    text: str = field(default="")

    def get(self, attribute: str) -> str:
        """The value of an attribute; empty where it has none."""
        return self.attributes.get(attribute) or ""

    @property
    def runs_python(self) -> bool:
        """Whether PyScript runs what is in it, or named by it, at once."""
        in_script = self.name == "script" and self.get("type") in PYTHON_TYPES
        return in_script or self.name in ("py-script", "mpy-script")

    @property
    def is_editor(self) -> bool:
        """Whether PyScript makes an editor of it."""
        return self.name == "script" and self.get("type") in EDITOR_TYPES

    @property
    def is_worker(self) -> bool:
        """Whether its Python runs beside the page."""
        return self.runs_python and "worker" in self.attributes

    @property
    def is_settings(self) -> bool:
        """Whether it holds, or names, the settings of the page."""
        return self.name in ("py-config", "mpy-config")


def elements_of(document: str) -> list[Element]:
    """All elements of a document, in their order."""
    reader = _Reader()
    try:
        reader.feed(document)
        reader.close()
    except AssertionError:  # what older versions of the parser say of `<![a[`; the rewriter tells
        pass
    return reader.found


def words_of(text: str) -> Iterator[str]:
    """What is in quotes in JavaScript or markup."""
    yield from (found[2] for found in re.finditer(r"""(["'`])([^"'`\n]+)\1""", text))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Element] = []
        self._open: Element | None = None

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(reversed(attrs)), self.getpos()[0])
        self.found.append(element)
        if tag in _WITH_TEXT:
            self._open = element

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        # As browsers do: a slash at the end of a start tag says nothing.
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open.text += data

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag == self._open.name:
            self._open = None
