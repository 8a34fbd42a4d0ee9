"""Rewrites the app's HTML document for a build: new addresses, hashes, what the head lacks, and the
Python that it starts in the document itself. Everything else stays as it was written."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from pyscript_kit.errors import ToolError
from pyscript_kit.site.addresses import path_of, suffix_of, within
from pyscript_kit.site.elements import meta, text_of_attributes
from pyscript_kit.site.markup import PYTHON_TYPES

INDEX = "app/index.html"

# Elements whose address may be replaced, and the attribute that holds it.
_WITH_SRC = ("audio", "img", "py-config", "py-script", "script", "source", "track", "video")
_ADDRESSES = {"a": "href", "link": "href", **dict.fromkeys(_WITH_SRC, "src")}
_SETTINGS = ("py-config", "mpy-config")
_RUNTIME = "./runtime/"
# The element with what comes after the first paint, as kept.js calls it.
LATE = "late"
# What may have a style sheet in it.
_WITH_SHEETS = ("noscript", "style", "template")
# What no script element can hold: it would end there, or not end where it should.
ENDS_SCRIPT = re.compile(r"</script|<!--", re.IGNORECASE)


@dataclass(frozen=True)
class Changes:
    """What is to change in a document.

    Attributes:
        addresses: new addresses by those that are there, as `addresses.within` writes them; what
            ends with a slash is a folder, and stands for all that is in it.
        integrity: `sha256-…` by new address.
        head_first: HTML for the beginning of the head, before anything is fetched.
        before_sheets: HTML for the head, before the first style sheet: scripts wait for those that
            stand before them.
        head_last: HTML for its end.
        settings: gives what stands for settings, or the address of a file with them, in a site;
            None leaves it.
        is_there: whether a path is one of the app's own files, to which any address is made
            relative.
        body_first: HTML for the beginning of the body.
        behind: HTML that follows a script, by that one's address.
        before_python: HTML ahead of the first Python.
        sources: gives the Python that a script names, where it is the app's own.
        scripts: JavaScript modules by address that move into the document.
        styles: style sheets by address that do.
        replaced: start tags, and what follows them, for elements by address.
        dropped: beginnings of addresses; elements that name one are left out.
        title: what the document is called; as before where this is empty.
        copies: HTML by id: behind the element with that id comes a copy of it, with this in it and
            `data-prerendered` in place of the id.
        body_last: HTML for the end of the body.
        waits_not: the new address of a script; the document is painted without waiting for it.
        late: addresses of scripts, and of links to what they need. A template at the end of the
            head holds them until a script of the document takes them out, after the first paint.
        late_last: HTML for the end of that.
    """

    addresses: Mapping[str, str]
    integrity: Mapping[str, str] = field(default_factory=dict)
    head_first: str = ""
    before_sheets: str = ""
    head_last: str = ""
    body_first: str = ""
    behind: Mapping[str, str] = field(default_factory=dict)
    before_python: str = ""
    settings: Callable[[str], str | None] = lambda _: None
    is_there: Callable[[str], bool] = lambda _: False
    sources: Callable[[str], str | None] = lambda _: None
    scripts: Mapping[str, str] = field(default_factory=dict)
    styles: Mapping[str, str] = field(default_factory=dict)
    replaced: Mapping[str, str] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    title: str = ""
    copies: Mapping[str, str] = field(default_factory=dict)
    body_last: str = ""
    waits_not: str = ""
    late: Collection[str] = ()
    late_last: str = ""


def rewrite(document: str, changes: Changes) -> str:
    """Return a document with its changes.

    Raises:
        ToolError: when the document has no head to put something into, or starts no Python.
    """
    rewriter = _Rewriter(document, changes)
    try:
        rewriter.feed(document)
        rewriter.close()
    except AssertionError as error:  # what older versions of the parser say of `<![a[`
        raise ToolError(f"{INDEX} is not valid HTML ({error}): fix it there") from error
    for found, what in (
        (rewriter.in_head, "<head>"),
        (rewriter.starts_python, '<script type="py">'),
    ):
        if not found:
            raise lacking(what)
    return rewriter.text()


def lacking(what: str) -> ToolError:
    """The refusal of a document without something that an app needs to start."""
    return ToolError(f"{INDEX} has no {what}, without which the app cannot start: put it in")


class _Rewriter(HTMLParser):
    """Finds the places that change; all between them stays, whatever the parser makes of it."""

    def __init__(self, document: str, changes: Changes) -> None:
        super().__init__(convert_charrefs=False)
        self.in_head = False
        self.starts_python = False
        self._document = document
        self._lines = [0, *(found.end() for found in re.finditer("\n", document))]
        self._changes = changes
        # Where it begins, where it ends, what is there instead.
        self._edits: list[tuple[int, int, str]] = []
        # Of an element that has another content: where the former one begins, and its name.
        self._content_from: int | None = None
        self._content_of = "script"
        self._open_dropped = False
        self._titled = False
        self._sheets_begun = False
        # What is to follow the script that is open.
        self._behind = ""
        self._late: list[str] = []
        # The element that is copied: its name, how many of that name are open in it, its copy.
        self._copied: tuple[str, int, str] | None = None

    def text(self) -> str:
        """The document with its changes."""
        parts, at = [], 0
        for start, end, new in self._edits:
            parts += [self._document[at:start], new]
            at = end
        return "".join((*parts, self._document[at:]))

    def _position(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        raw = self.get_starttag_text() or ""
        start = self._position()
        rel = dict(attrs).get("rel") or ""
        self._open_copied(tag, dict(attrs))
        new = self._started(tag, dict(attrs), raw)
        if tag in _WITH_SHEETS or (tag == "link" and "stylesheet" in rel.split()):
            new = self._before_sheets() + new
        if new != raw:
            self._edits.append((start, start + len(raw), new))

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        start = self._position()
        if tag == self._content_of and self._content_from is not None:
            end = self._document.index(">", start) + 1 if self._open_dropped else start
            self._edits.append((self._content_from, end, ""))
            self._content_from, self._open_dropped = None, False
        elif tag == "script" and self._behind:
            end = self._document.index(">", start) + 1
            self._edits.append((end, end, self._behind))
            self._behind = ""
        elif self._copied and self._copied[0] == tag:
            self._close_copied(self._document.index(">", start) + 1)
        elif tag == "body":
            self._edits.append((start, start, self._changes.body_last))
        elif tag == "head":
            last = self._before_sheets() + self._changes.head_last + self._template()
            self._edits.append((start, start, last))

    def _before_sheets(self) -> str:
        """What comes before the first style sheet, where this may be the first."""
        new = "" if self._sheets_begun else self._changes.before_sheets
        self._sheets_begun = True
        return new

    def _template(self) -> str:
        """What comes after the first paint, in an element that does nothing by itself."""
        late = "".join(self._late) + self._changes.late_last
        return f'  <template id="{LATE}">{late}</template>\n  ' if late else ""

    def _open_copied(self, tag: str, attributes: dict[str, str | None]) -> None:
        name = attributes.get("id") or ""
        if self._copied and self._copied[0] == tag:
            self._copied = (tag, self._copied[1] + 1, self._copied[2])
        elif name in self._changes.copies:
            others = {key: value for key, value in attributes.items() if key != "id"}
            start = f"<{tag}{text_of_attributes({**others, 'data-prerendered': name})}>"
            self._copied = (tag, 0, f"{start}{self._changes.copies[name]}</{tag}>")

    def _close_copied(self, end: int) -> None:
        assert self._copied  # noqa: S101 - asked before
        tag, depth, copy = self._copied
        if depth:
            self._copied = (tag, depth - 1, copy)
        else:
            self._edits.append((end, end, copy))
            self._copied = None

    def _started(self, tag: str, attributes: dict[str, str | None], raw: str) -> str:
        changes = self._changes
        if tag == "head" and not self.in_head:
            self.in_head = True
            # Browsers look for the encoding in the first 1024 bytes, and what comes here is long.
            return raw + (meta(charset="utf-8") + changes.head_first if changes.head_first else "")
        if tag == "meta" and "charset" in attributes and changes.head_first:
            return ""
        if tag == "script" and attributes.get("type") in PYTHON_TYPES:
            return self._python(attributes, raw)
        if tag == "body":
            return raw + changes.body_first
        # An icon that is drawn in the document may have a title as well; the first one counts.
        if tag == "title" and changes.title and not self._titled:
            self._titled = True
            self._replace_content(raw, tag)
            return raw + html.escape(changes.title, quote=False)
        if tag in _SETTINGS:
            return self._settings(tag, attributes, raw)
        if self._settled(attributes):  # an editor's
            raw = f"<{tag}{text_of_attributes(attributes)}>"
        attribute = _ADDRESSES.get(tag)
        written = attributes.get(attribute or "")
        if not attribute or not written:
            return raw
        address, suffix = self._canonical(written)
        if tag == "script":
            self._behind = changes.behind.get(address, "")
        if tag == "script" and address in changes.replaced:
            self._replace_content(raw)
            return changes.replaced[address]
        if tag == "script" and address in changes.scripts:
            self._replace_content(raw)
            del attributes["src"]
            return f"<script{text_of_attributes(attributes)}>{changes.scripts[address]}"
        if tag == "link" and address in changes.styles:
            kept = {name: text for name, text in attributes.items() if name in ("media", "id")}
            return f"<style{text_of_attributes(kept)}>{changes.styles[address]}</style>"
        if tag in ("link", "script") and address.startswith(changes.dropped or ("\0",)):
            if tag == "script":
                self._replace_content(raw)
                self._open_dropped = True
            return ""
        new = self._new(address)
        integrity = changes.integrity.get(new) if tag in ("link", "script") else None
        if attributes.get("as") == "fetch":
            integrity = None  # browsers then fetch it twice
        waits = new != changes.waits_not or "blocking" not in attributes
        if not waits:
            attributes["blocking"] = ""  # without a word in it; it still says that it is needed
        if new + suffix != written or integrity or not waits:
            attributes[attribute] = new + suffix
            if integrity:
                attributes["integrity"] = integrity
                # Without it, a hash of another origin's file cannot be checked.
                if new.startswith("https:"):
                    attributes.setdefault("crossorigin", None)
            raw, written_as = f"<{tag}{text_of_attributes(attributes)}>", raw
        else:
            written_as = raw
        if tag not in ("link", "script") or address not in changes.late:
            return raw
        self._late.append(f"\n    {raw}" + ("</script>" if tag == "script" else ""))
        if tag == "script":
            self._replace_content(written_as)
            self._open_dropped = True
        return ""

    def _python(self, attributes: dict[str, str | None], raw: str) -> str:
        before = "" if self.starts_python else self._changes.before_python
        self.starts_python = True
        return before + self._python_itself(attributes, raw)

    def _python_itself(self, attributes: dict[str, str | None], raw: str) -> str:
        self._settled(attributes)
        address = attributes.get("src")
        source = self._changes.sources(address) if address else None
        if source is None:
            return f"<script{text_of_attributes(attributes)}>"
        if ENDS_SCRIPT.search(source):
            encoded = base64.b64encode(source.encode()).decode()
            attributes["src"] = f"data:text/x-python;base64,{encoded}"
            return f"<script{text_of_attributes(attributes)}>"
        self._replace_content(raw)
        del attributes["src"]
        return f"<script{text_of_attributes(attributes)}>\n{source}"

    def _settings(self, tag: str, attributes: dict[str, str | None], raw: str) -> str:
        """The element with the settings of the page: they are in it, as JSON."""
        start = self._position() + len(raw)
        end = self._document.find(f"</{tag}", start)
        text = attributes.get("src") or html.unescape(self._document[start:end])
        new = self._changes.settings(text)
        if new is None or end < 0:
            return raw
        self._replace_content(raw, tag)
        kept = {name: value for name, value in attributes.items() if name not in ("src", "type")}
        return f"<{tag}{text_of_attributes({**kept, 'type': 'json'})}>{html.escape(new)}"

    def _settled(self, attributes: dict[str, str | None]) -> bool:
        """Put settings into an attribute; whether they are others."""
        former = attributes.get("config")
        new = self._changes.settings(former) if former else None
        if new is not None:
            attributes["config"] = new
        return new not in (None, former)

    def _canonical(self, written: str) -> tuple[str, str]:
        """An address as `Changes` has it, and what follows its path."""
        path = path_of(written)
        if path is None:
            return written, ""
        address = within(written)
        suffix = suffix_of(address)
        plain = address.removesuffix(suffix) if suffix else address
        changes = self._changes
        known = {*changes.addresses, *changes.scripts, *changes.styles, *changes.replaced}
        if plain in known or changes.is_there(path) or plain.startswith(_RUNTIME):
            return plain, suffix
        return written, ""

    def _replace_content(self, raw: str, tag: str = "script") -> None:
        self._content_from, self._content_of = self._position() + len(raw), tag

    def _new(self, address: str) -> str:
        exact = self._changes.addresses.get(address)
        if exact is not None:
            return exact
        for folder, new in self._changes.addresses.items():
            if folder.endswith("/") and address.startswith(folder):
                return new + address.removeprefix(folder)
        return address
