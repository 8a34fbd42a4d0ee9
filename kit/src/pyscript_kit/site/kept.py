"""How what is kept of pages is in a site: the first page in the document, each other one where
the document's script finds it when the address names it."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pyscript_kit.site.elements import as_json, integrity_of, script
from pyscript_kit.site.firstpaint import sheet_of
from pyscript_kit.site.folder import Site
from pyscript_kit.site.names import FOR_EVER, hashed
from pyscript_kit.site.trees import Node, changed, element, html_of
from pyscript_kit.site.views import NARROW, WIDE, Capture, Figure, View

# Below the folder of what may be cached forever.
_FOLDER = f"{FOR_EVER}/pages"
_ENDINGS = {"image/svg+xml": "svg", "image/png": "png", "image/webp": "webp", "image/jpeg": "jpg"}
# A figure is a file of its own unless it is smaller, in bytes.
_SMALLEST_FILE = 1500
_COMMENT = re.compile(r"/\*.*?\*/|^ *// [^\n]*\n", re.DOTALL | re.MULTILINE)
# Between both widths that pages were opened at.
_NARROW = "(max-width: 640px)"
_DARK = "(prefers-color-scheme: dark)"
_STYLE = Path(__file__).with_name("kept.css")
_SCRIPT = Path(__file__).with_name("kept.js")
# As in twins.mjs.
_BUTTONS = (
    "button, input:is([type=button], [type=image], [type=reset], [type=submit]), [role=button]"
)
# It outlives the copies, so that what it says last is heard.
_UNSEEN = "position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)"
_BAR = (
    '<div id="prerendered-bar" data-patience="5" aria-hidden="true" hidden>'
    '<progress max="1" value="0"></progress><span id="prerendered-note">Loading Python</span></div>'
)
_END = 'prerendered.end(document.querySelector("main[data-prerendered]"));'
# Where no script runs, what the boot screen says of that follows what was kept.
_WITHOUT_SCRIPT = (
    ":root:not([data-elsewhere]) #{main} {{ position: static; visibility: visible; }} "
    "#boot {{ display: block; }} "
    "#boot > :not(noscript) {{ display: none; }}"
)


@dataclass(frozen=True)
class Kept:
    """What is kept of an app's pages.

    Attributes:
        copies: content by the id of the element that Python fills with the like.
        title: of the first page; empty where nothing is kept of that one.
        start: HTML for the head before its style sheets: where the other pages are, and what asks
            for the one that the address names.
        head: HTML for its end: how copies lie, and that what they stand for does not show.
        body: HTML for the end of the body: how far Python is, and pages that are not files.
        inline: `sha256-…` of the scripts in it, for the document's policy.
        picture: the path of a picture of the first page in the site, empty for none.
        shell: the address of boot.js, for which what is kept need not wait; empty where it is in
            the document.
    """

    copies: Mapping[str, str]
    title: str
    start: str
    head: str
    body: str
    inline: tuple[str, ...]
    picture: str = ""
    shell: str = ""


class Place(Protocol):
    """Where figures and the pages beside the first one are kept."""

    def figure(self, figure: Figure) -> str:
        """Keep a figure, and return its address."""

    def page(self, content: dict[str, Any]) -> list[str]:
        """Keep a page as a file, and return its address and integrity; nothing where the document
        has to hold it."""

    def picture(self, content: bytes) -> str:
        """Keep a picture of the first page, and return its path; nothing where there is no place
        for it."""

    def sheet(self, address: str) -> str | None:
        """The text of one of the app's style sheets; None for one that holds only as the file that
        it is."""

    def shell(self) -> str:
        """The address of boot.js; empty where the document has it in itself."""

    def engine(self) -> str:
        """The address of Pyodide's WebAssembly; empty where no script asks for it ahead."""


class InSite:
    """Files of a site, with their hashes in their names."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def figure(self, figure: Figure) -> str:
        if len(figure.content) < _SMALLEST_FILE:
            return _data_url(figure)
        ending = _ENDINGS.get(figure.media_type, "bin")
        return self._file(f"figure.{ending}", figure.content)

    def page(self, content: dict[str, Any]) -> list[str]:
        text = as_json(content).encode()
        return [self._file("page.json", text), integrity_of(text)]

    def picture(self, content: bytes) -> str:
        path = f"{_FOLDER}/{hashed('picture.png', content)}"
        self._site.write(path, content)  # no visitor needs it
        return path

    def sheet(self, address: str) -> str | None:
        # One that came as a file would be there after what it is for.
        return sheet_of(self._site, address)

    def shell(self) -> str:
        return self._site.shell

    def engine(self) -> str:
        return self._site.engine

    def _file(self, name: str, content: bytes) -> str:
        path = f"{_FOLDER}/{hashed(name, content)}"
        if not (self._site.folder / path).exists():
            self._site.write(path, content)
            self._site.keep(path)
        return f"./{path}"


class InDocument:
    """The document itself."""

    def figure(self, figure: Figure) -> str:
        return _data_url(figure)

    def page(self, content: dict[str, Any]) -> list[str]:
        return []

    def picture(self, content: bytes) -> str:
        return ""

    def sheet(self, address: str) -> str | None:
        return None

    def shell(self) -> str:
        return ""

    def engine(self) -> str:
        return ""


def _data_url(figure: Figure) -> str:
    content = base64.b64encode(figure.content).decode()
    return f"data:{figure.media_type};base64,{content}"


def kept_of(captures: Mapping[str, Capture], first: str, name: str, place: Place) -> Kept:
    """What is kept of pages.

    Args:
        captures: what they have shown, by route.
        first: the route of the page that an address without any leads to.
        name: of the app.
        place: where it is kept.
    """
    pages: dict[str, list[Any]] = {}
    within: dict[str, Any] = {}
    copies: dict[str, str] = {}
    title = main = picture = ""
    for route, found in captures.items():
        view = found.views["light", WIDE]
        parts, figures = _parts(found, place)
        main = view.main
        if route == first:
            copies, title = {id_: html_of(nodes) for id_, nodes in parts.items()}, view.title
            picture = place.picture(found.picture) if found.picture else ""
            continue
        page = place.page({"title": view.title, "parts": parts})
        pages[route] = [*page, figures] if page else []
        if not page:
            within[route] = {"title": view.title, "parts": parts}
    if not copies:
        # Something has to be in the place, for the others to come into.
        ids = {id_ for found in captures.values() for id_ in found.views["light", WIDE].parts}
        copies = dict.fromkeys(ids, "")
    shell = place.shell()
    told = {"shell": shell, "engine": place.engine(), "pages": pages}
    index = as_json({"name": name, "first": first if title else None, **told})
    asks = _asks(index)
    return Kept(
        copies,
        title,
        f"{script(asks)}\n    ",
        _head(main, copies),
        _body(within) + (script(_END) if shell else ""),
        tuple(integrity_of(text.encode()) for text in (asks, _END)),
        picture,
        shell,
    )


def _body(within: Mapping[str, Any]) -> str:
    pages = script(as_json(within), type="application/json", id="prerendered-pages")
    return f'{_BAR}\n<p id="prerendered-status" role="status" style="{_UNSEEN}"></p>\n' + (
        f"{pages}\n" if within else ""
    )


def _asks(index: str) -> str:
    text = _COMMENT.sub("", _SCRIPT.read_text(encoding="utf-8")).strip()
    return text.replace("BUTTONS", _BUTTONS, 1).replace("INDEX", index, 1)


def _parts(found: Capture, place: Place) -> tuple[dict[str, list[Node]], list[list[str]]]:
    """The parts of a page, complete with figures and styles; and what its first figure is to whom,
    as addresses and media queries."""
    view = found.views["light", WIDE]
    early: list[list[str]] = []

    def complete(node: Node) -> Node:
        attributes = dict(node[1])
        number = attributes.pop("data-figure", None)
        if number is None:
            return node
        forms = {visitor: _figure(each, int(number)) for visitor, each in found.views.items()}
        if number != "0":
            return _picture(attributes, forms, place)
        picture = _picture({**attributes, "fetchpriority": "high"}, forms, place)
        early.extend(_addresses(picture))
        return picture

    parts = {id_: changed(nodes, complete) for id_, nodes in view.parts.items()}
    return {**parts, view.main: [*_styles(view, place), *parts[view.main]]}, early


def _figure(view: View, number: int) -> Figure | None:
    return view.figures[number] if number < len(view.figures) else None


def _picture(
    attributes: dict[str, str], forms: Mapping[tuple[str, int], Figure | None], place: Place
) -> Node:
    """An image, with what it is in other colours and on a narrow screen where it is another one."""
    own = forms["light", WIDE]
    assert own  # noqa: S101 - it is what the image was made of
    image = element("img", {**attributes, **_size(own), "src": place.figure(own)})
    if all(each in (None, own) for each in forms.values()):
        return image
    sources = [
        # What holds in dark colours says on which screens, for a visitor who chooses the colours.
        element(
            "source",
            {
                # Else each would be an item of a grid around the picture, which has no box itself.
                "style": "display: none",
                "media": " and ".join(filter(None, (screen, _DARK if scheme == "dark" else ""))),
                **({"data-dark": screen} if scheme == "dark" else {}),
                "srcset": place.figure(forms[scheme, width] or own),
                **_size(forms[scheme, width] or own),
            },
        )
        for scheme, width, screen in (
            ("dark", NARROW, _NARROW),
            ("dark", WIDE, ""),
            ("light", NARROW, _NARROW),
        )
    ]
    return element("picture", {"style": "display: contents"}, *sources, image)


def _addresses(picture: Node) -> list[list[str]]:
    """Files of a picture in the order of choice, each with the media query that it is for."""
    name, attributes, children = picture
    if name == "picture":
        return [found for child in children for found in _addresses(child)]
    address = attributes.get("srcset") or attributes["src"]
    return [] if address.startswith("data:") else [[address, attributes.get("media", "")]]


def _size(figure: Figure) -> dict[str, str]:
    return {"width": str(figure.width), "height": str(figure.height)}


def _styles(view: View, place: Place) -> list[Node]:
    """The style sheets that Python has added, in the document with what they are for."""
    found = []
    for sheet in view.sheets:
        text, address = sheet.get("text"), sheet.get("href", "")
        media = {"media": sheet["media"]} if sheet.get("media") else {}
        if text is None:
            text = place.sheet(address)
        if text is None:
            found.append(element("link", {"rel": "stylesheet", "href": address, **media}))
        else:
            found.append(element("style", media, text.strip()))
    return found


def _head(main: str, copies: Mapping[str, str]) -> str:
    style = _COMMENT.sub("", _STYLE.read_text(encoding="utf-8")).strip()
    hidden = [
        f':root:not([data-elsewhere="unkept"]) #{main} '
        "{ position: absolute; inset-inline: 0; visibility: hidden; }",
        *(f"#{id_} {{ display: none; }}" for id_ in copies if id_ != main),
    ]
    return (
        f'  <style id="prerendered-style">{" ".join(hidden)}\n{style}</style>\n'
        f"    <noscript><style>{_WITHOUT_SCRIPT.format(main=main)}</style></noscript>\n  "
    )
