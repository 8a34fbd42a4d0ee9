"""What an app is called: `<title>` and the description of `app/index.html`, each in one place.
Elements with `data-shows` say it too, and so does what a visitor installs."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

from pyscript_kit.project.reading import read_text
from pyscript_kit.project.settings import Project
from pyscript_kit.site.document import INDEX


@dataclass(frozen=True)
class Identity:
    """What an app is called, and what it is for."""

    title: str
    description: str


def identity_of(project: Project) -> Identity:
    """Read it in the app's document; without a title there, the project's folder gives the name."""
    reader = _Reader(read_text(project.app / "index.html", INDEX))
    return Identity(reader.title() or project.root.name, reader.description)


def shown(document: str) -> str:
    """A document whose elements say what they are to show, as `boot.js` has them do where an app is
    served as it lies: `data-shows="title"` or `data-shows="description"`."""
    reader = _Reader(document)
    texts = {"title": reader.title(), "description": reader.description}
    for place, what in reversed(reader.showing):
        end = document.find("<", place)
        if what in texts and end >= 0:
            document = document[:place] + html.escape(texts[what], quote=False) + document[end:]
    return document


class _Reader(HTMLParser):
    """Finds title and description, and where elements begin that show them."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.description = ""
        self.showing: list[tuple[int, str]] = []
        self._titles: list[str] = []
        self._in_title = False
        self._lines = [0, *(found.end() for found in re.finditer("\n", document))]
        self.feed(document)
        self.close()

    def title(self) -> str:
        """The title as browsers read it: its spaces and lines are one space each."""
        return " ".join("".join(self._titles).split())

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        # An icon that is drawn in the document may have a title as well; the first one counts.
        self._in_title = tag == "title" and not self._titles
        if tag == "meta" and attributes.get("name") == "description":
            self.description = attributes.get("content") or ""
        if what := attributes.get("data-shows"):
            line, column = self.getpos()
            start = self._lines[line - 1] + column
            self.showing.append((start + len(self.get_starttag_text() or ""), what))

    def handle_endtag(self, tag: str) -> None:
        self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self._titles.append(data)
