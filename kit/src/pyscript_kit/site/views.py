"""What pages of a site showed when it was built, as data."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from pyscript_kit.site.trees import Node, texts_of

# In CSS pixels: a laptop's screen and a telephone's.
WIDE, NARROW = 1280, 390

# Of a text that differs, in characters.
_SHORT = 60


@dataclass(frozen=True)
class Figure:
    """A figure of a page.

    Attributes:
        media_type: of the file.
        content: the file.
        width: in CSS pixels, as the page showed it.
        height: likewise.
    """

    media_type: str
    content: bytes
    width: int
    height: int


@dataclass(frozen=True)
class View:
    """What a page showed to one kind of visitor.

    Attributes:
        title: the document's.
        main: the id of the element that holds the page, one of the parts.
        parts: trees by the id of the element whose content they are; an `<img>` of a figure has
            its number in `data-figure`, and no address.
        sheets: style sheets that have come with the page: text, or with an address as it stands;
            with the media that they are for, where it is not all.
        figures: in that order.
    """

    title: str
    main: str
    parts: Mapping[str, list[Node]]
    sheets: tuple[Mapping[str, str], ...]
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Capture:
    """What came of opening a page.

    Attributes:
        views: what it showed, by colour scheme and width; none where it cannot be kept.
        problem: why it cannot.
        differs: what of it another visitor saw otherwise, empty for nothing.
        picture: a picture of it as PNG, empty where none was taken.
    """

    views: Mapping[tuple[str, int], View]
    problem: str = ""
    differs: str = ""
    picture: bytes = b""


def view_of(shown: Any) -> View:
    """A view as the page's script tells it, or `_told`."""
    return View(
        shown["title"],
        shown["main"],
        dict(shown["parts"]),
        tuple(shown["sheets"]),
        tuple(
            Figure(each["type"], base64.b64decode(each["content"]), each["width"], each["height"])
            for each in shown["figures"]
        ),
    )


def _told(view: View) -> dict[str, Any]:
    return {
        "title": view.title,
        "main": view.main,
        "parts": [*view.parts.items()],
        "sheets": view.sheets,
        "figures": [
            {
                "type": figure.media_type,
                "content": base64.b64encode(figure.content).decode(),
                "width": figure.width,
                "height": figure.height,
            }
            for figure in view.figures
        ],
    }


def captures_text(captures: Mapping[str, Capture]) -> bytes:
    """Captures by route as one file, for `read_captures`."""
    return json.dumps(
        {
            route: {
                "problem": found.problem,
                "differs": found.differs,
                "picture": base64.b64encode(found.picture).decode(),
                "views": [[*visitor, _told(view)] for visitor, view in found.views.items()],
            }
            for route, found in captures.items()
        }
    ).encode()


def read_captures(content: bytes) -> dict[str, Capture]:
    """The captures in a file of them.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: when it is none.
    """
    return {
        route: Capture(
            {(scheme, width): view_of(view) for scheme, width, view in found["views"]},
            found["problem"],
            found["differs"],
            base64.b64decode(found["picture"]),
        )
        for route, found in json.loads(content).items()
    }


def difference(one: View, other: View) -> str:
    """What differs between two views, in words; empty where nothing does. Where only attributes
    differ, nobody is misled."""
    for part, nodes in one.parts.items():
        texts = [texts_of(each) for each in (nodes, other.parts.get(part, []))]
        for first, second in zip_longest(*texts, fillvalue=""):
            if first != second:
                return f"“{_short(first)}” was “{_short(second)}”"
    if one.title != other.title:
        return f"the title “{one.title}” was “{other.title}”"
    contents = [[figure.content for figure in view.figures] for view in (one, other)]
    return "" if contents[0] == contents[1] else "a figure differed"


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"
