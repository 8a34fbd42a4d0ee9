"""Pages as Python made them when the site was built, for visitors to see before Python is there:
the first one in the document, each other one in a file, fetched when the address names it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from pyscript_kit.errors import ToolError
from pyscript_kit.project.pages import read_pages
from pyscript_kit.project.settings import Project
from pyscript_kit.site.capture import capture
from pyscript_kit.site.elements import as_json, integrity_of, script
from pyscript_kit.site.folder import Site
from pyscript_kit.site.names import FOR_EVER, hashed
from pyscript_kit.site.offline import SERVICE_WORKER
from pyscript_kit.site.trees import Node, changed, element, html_of
from pyscript_kit.site.views import (
    NARROW,
    WIDE,
    Capture,
    Figure,
    View,
    captures_text,
    read_captures,
)
from pyscript_kit.sources.cache import Cache
from pyscript_kit.terminal import say, warn

# Of what a capture holds, for those in the cache.
_VERSION = 1
# Below the folder of what may be cached for ever.
_FOLDER = f"{FOR_EVER}/pages"
_ENDINGS = {"image/svg+xml": "svg", "image/png": "png", "image/webp": "webp", "image/jpeg": "jpg"}
# A figure is a file of its own unless it is smaller, in bytes.
_SMALLEST_FILE = 1500
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_ADDRESSES = re.compile(r"url\(|@import", re.IGNORECASE)
# Between both widths that pages were opened at.
_NARROW = "(max-width: 640px)"
_DARK = "(prefers-color-scheme: dark)"
_STYLE = Path(__file__).with_name("prerendered.css")
# It outlives the copies, so that what it says last is heard.
_UNSEEN = "position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)"
_BAR = (
    '<div id="prerendered-bar" aria-hidden="true" hidden>'
    '<progress max="1" value="0"></progress><span id="prerendered-note">Loading Python</span></div>'
)
# Where no script runs, what the boot screen says of that follows what was kept.
_WITHOUT_SCRIPT = (
    "#{main} {{ position: static; visibility: visible; }} #boot {{ display: block; }} "
    "#boot > :not(noscript) {{ display: none; }}"
)
# The address names a page beside the first: boot.js puts that one in place, and shows it then.
HIDE_FIRST = 'if (/^#[/]/.test(location.hash)) document.documentElement.dataset.elsewhere = "";'


@dataclass(frozen=True)
class Prerendered:
    """What is kept of an app's pages.

    Attributes:
        copies: content by the id of the element that Python fills with the like.
        head: HTML for the head: how copies lie, and that what they stand for does not show.
        body: HTML for the end of the body: how far Python is, and where the other pages are.
        title: of the first page.
    """

    copies: Mapping[str, str]
    head: str
    body: str
    title: str


def prerendered(
    project: Project, cache: Cache, site: Site, on_cdn: Mapping[str, Path]
) -> Prerendered | None:
    """Open the pages of a site that is laid out, write what is kept of them into it, and return
    what belongs into its document; None where nothing is kept.

    Says which pages are left out, and which look different for other visitors.

    Args:
        project: the project.
        cache: keeps what came of the last builds.
        site: the site.
        on_cdn: files by the address of a CDN that the site has them from.
    """
    table = read_pages(project.app)
    routes = [route for route, page in table.items() if route and page.prerender] or (
        [] if table else [""]
    )
    if not routes:
        return None
    captures = _captures(routes, cache, site, on_cdn)
    for route, found in captures.items():
        name = f'The page "{route}"' if route else "The page"
        if found.problem:
            warn(f"{name} is not prerendered: {found.problem}")
        elif found.differs:
            warn(
                f"{name} showed another visitor something else ({found.differs}): if that would "
                "mislead anybody before Python is there, add prerender=False to its line in PAGES"
            )
    first = table[""].route if table else ""
    kept = {route: found for route, found in captures.items() if found.views}
    return _written(kept, first, site) if kept else None


def _captures(
    routes: Collection[str], cache: Cache, site: Site, on_cdn: Mapping[str, Path]
) -> dict[str, Capture]:
    """What the pages show, from the last build where the site is the same."""
    # It lists all that the site consists of, with its hashes.
    told = (site.folder / SERVICE_WORKER).read_bytes() + as_json([*routes, _VERSION]).encode()
    place = cache.folder / "prerendered" / f"{hashlib.sha256(told).hexdigest()}.json"
    try:
        return read_captures(place.read_bytes())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    say("Opening each page in a browser, to keep what it shows (--no-prerender leaves that out) …")
    try:
        captures = capture(site.folder, routes, on_cdn)
    except ToolError as error:
        warn(f"No page is prerendered: {error}")
        return {}
    cache.keep(place, captures_text(captures))
    return captures


def _written(captures: Mapping[str, Capture], first: str, site: Site) -> Prerendered:
    pages = {}
    copies: dict[str, str] = {}
    title = main = ""
    for route, found in captures.items():
        view = found.views["light", WIDE]
        parts = _parts(found, site)
        main = view.main
        if route == first:
            copies, title = {id_: html_of(nodes) for id_, nodes in parts.items()}, view.title
            continue
        content = as_json({"title": view.title, "parts": parts}).encode()
        name = f"{_FOLDER}/{hashed('page.json', content)}"
        address = site.write(name, content)
        site.keep(name)
        pages[route] = [address, integrity_of(content)]
    if not copies:
        # Something has to stand in the place, for the others to come into.
        ids = {id_ for found in captures.values() for id_ in found.views["light", WIDE].parts}
        copies = dict.fromkeys(ids, "")
    body = _body(first if title else None, pages)
    return Prerendered(copies, _head(main, copies), body, title)


def _parts(found: Capture, site: Site) -> dict[str, list[Node]]:
    """The parts of a page, complete with figures and styles."""
    view = found.views["light", WIDE]

    def complete(node: Node) -> Node:
        attributes = dict(node[1])
        number = attributes.pop("data-figure", None)
        if number is None:
            return node
        forms = {visitor: _figure(each, int(number)) for visitor, each in found.views.items()}
        return _picture(attributes, forms, site)

    parts = {id_: changed(nodes, complete) for id_, nodes in view.parts.items()}
    return {**parts, view.main: [*_styles(view, site), *parts[view.main]]}


def _figure(view: View, number: int) -> Figure | None:
    return view.figures[number] if number < len(view.figures) else None


def _picture(
    attributes: dict[str, str], forms: Mapping[tuple[str, int], Figure | None], site: Site
) -> Node:
    """An image, with what it is in other colours and on a narrow screen where it is another one."""
    own = forms["light", WIDE]
    assert own  # noqa: S101 - it is what the image was made of
    image = element("img", {**attributes, **_size(own), "src": _address(own, site)})
    if all(each in (None, own) for each in forms.values()):
        return image
    sources = [
        # What holds in dark colours says on which screens, for a visitor who chooses the colours.
        element(
            "source",
            {
                "media": " and ".join(filter(None, (screen, _DARK if scheme == "dark" else ""))),
                **({"data-dark": screen} if scheme == "dark" else {}),
                "srcset": _address(forms[scheme, width] or own, site),
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


def _size(figure: Figure) -> dict[str, str]:
    return {"width": str(figure.width), "height": str(figure.height)}


def _address(figure: Figure, site: Site) -> str:
    if len(figure.content) < _SMALLEST_FILE:
        content = base64.b64encode(figure.content).decode()
        return f"data:{figure.media_type};base64,{content}"
    ending = _ENDINGS.get(figure.media_type, "bin")
    name = f"{_FOLDER}/{hashed(f'figure.{ending}', figure.content)}"
    if not (site.folder / name).exists():
        site.write(name, figure.content)
        site.keep(name)
    return f"./{name}"


def _styles(view: View, site: Site) -> list[Node]:
    """The style sheets that Python has added, in the document with what they are for."""
    found = []
    for sheet in view.sheets:
        text, address = sheet.get("text"), sheet.get("href", "")
        if text is None:
            text = (site.folder / address.removeprefix("./")).read_text(encoding="utf-8")
            if _ADDRESSES.search(text):  # relative to the sheet
                found.append(element("link", {"rel": "stylesheet", "href": address}))
                continue
        found.append(element("style", {}, text.strip()))
    return found


def _head(main: str, copies: Mapping[str, str]) -> str:
    style = _COMMENT.sub("", _STYLE.read_text(encoding="utf-8")).strip()
    hidden = [
        f"#{main} {{ position: absolute; inset-inline: 0; visibility: hidden; }}",
        *(f"#{id_} {{ display: none; }}" for id_ in copies if id_ != main),
    ]
    return (
        f'  <style id="prerendered-style">{" ".join(hidden)}\n{style}</style>\n'
        f"    <noscript><style>{_WITHOUT_SCRIPT.format(main=main)}</style></noscript>\n"
        f"    {script(HIDE_FIRST)}\n  "
    )


def _body(first: str | None, pages: Mapping[str, list[str]]) -> str:
    index = as_json({"first": first, "pages": pages})
    return (
        f"{_BAR}\n"
        f'<p id="prerendered-status" role="status" style="{_UNSEEN}"></p>\n'
        f"{script(index, type='application/json', id='prerendered')}\n"
    )
