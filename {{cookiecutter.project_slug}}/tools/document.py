"""Rewrites the app's HTML document for a build: new addresses, hashes, what the head lacks, and the
Python that it starts in the document itself. Everything else stays as it was written."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from tools.errors import ToolError

INDEX = "app/index.html"

# Elements whose address may be replaced, and the attribute that holds it.
_ADDRESSES = {"link": "href", "script": "src", "img": "src", "source": "src", "a": "href"}
_PYTHON_TYPES = ("py", "mpy")


@dataclass(frozen=True)
class Changes:
    """What is to change in a document.

    Attributes:
        addresses: new addresses by those that stand there; what ends with a slash is a folder, and
            stands for all that lies in it.
        integrity: `sha256-…` by new address.
        head_first: HTML for the beginning of the head, before anything is fetched.
        head_last: HTML for its end.
        config: JSON in the place of the configuration's address.
        body_first: HTML for the beginning of the body.
        sources: Python by the address that a script names.
        scripts: JavaScript modules by address that move into the document.
        styles: style sheets by address that do.
        replaced: start tags, and what follows them, for elements by address.
        dropped: beginnings of addresses; elements that name one are left out.
    """

    addresses: Mapping[str, str]
    integrity: Mapping[str, str] = field(default_factory=dict)
    head_first: str = ""
    head_last: str = ""
    body_first: str = ""
    config: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)
    scripts: Mapping[str, str] = field(default_factory=dict)
    styles: Mapping[str, str] = field(default_factory=dict)
    replaced: Mapping[str, str] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()


def rewrite(document: str, changes: Changes) -> str:
    """Return a document with its changes.

    Raises:
        ToolError: when the document has no head to put something into, or starts no Python.
    """
    rewriter = _Rewriter(changes)
    rewriter.feed(document)
    rewriter.close()
    for found, what in (
        (rewriter.in_head, "<head>"),
        (rewriter.starts_python, '<script type="py">'),
    ):
        if not found:
            raise ToolError(f"{INDEX} has no {what}, without which the app cannot start: put it in")
    return "".join(rewriter.parts)


def inline_hashes(document: str) -> list[str]:
    """`sha256-…` of each script that stands in a document, for its policy to let them run."""
    reader = _InlineScripts()
    reader.feed(document)
    reader.close()
    return [integrity_of(text.encode()) for text in reader.scripts]


def integrity_of(content: bytes) -> str:
    """The hash of a file as browsers want to have it in an attribute."""
    return integrity_of_hash(hashlib.sha256(content).hexdigest())


def integrity_of_hash(sha256: str) -> str:
    """The same for a hash in hexadecimal digits."""
    return "sha256-" + base64.b64encode(bytes.fromhex(sha256)).decode()


def script(content: str, **attributes: str) -> str:
    """A script element with its content."""
    return f"<script{_text_of(attributes)}>{content}</script>"


def link(**attributes: str) -> str:
    """A link element; an attribute without a value is written as its name alone."""
    return f"<link{_text_of(attributes)}>"


def meta(**attributes: str) -> str:
    """A meta element."""
    return f"<meta{_text_of(attributes)}>"


def as_json(value: object) -> str:
    """JSON that may stand in a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.replace("<", "\\u003c")


def _text_of(attributes: Mapping[str, str | None]) -> str:
    return "".join(
        f" {name.rstrip('_').replace('_', '-')}"
        + ("" if value in (None, "") else f'="{html.escape(str(value))}"')
        for name, value in attributes.items()
    )


class _InlineScripts(HTMLParser):
    """Collects the scripts that a browser would run from the document itself."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        runs = attributes.get("type") in (None, "", "module", "text/javascript")
        self._open = tag == "script" and "src" not in attributes and runs
        if self._open:
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self._open:
            self.scripts[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._open = False


class _Rewriter(HTMLParser):
    """Copies what it reads, but for the elements that change."""

    def __init__(self, changes: Changes) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []
        self.in_head = False
        self.starts_python = False
        self._changes = changes
        self._open_dropped = False

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.parts.append(self._started(tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.parts.append(self._started(tag, dict(attrs)))

    def _started(self, tag: str, attributes: dict[str, str | None]) -> str:
        raw = self.get_starttag_text() or ""
        if tag == "head" and not self.in_head:
            self.in_head = True
            return raw + self._changes.head_first
        if tag == "script" and attributes.get("type") in _PYTHON_TYPES:
            return self._python(attributes)
        if tag == "body":
            return raw + self._changes.body_first
        attribute = _ADDRESSES.get(tag)
        address = attributes.get(attribute or "")
        if not attribute or not address:
            return raw
        if address in self._changes.replaced:
            return self._changes.replaced[address]
        if tag == "script" and address in self._changes.scripts:
            del attributes["src"]
            return f"<script{_text_of(attributes)}>{self._changes.scripts[address]}"
        if tag == "link" and address in self._changes.styles:
            kept = {name: text for name, text in attributes.items() if name in ("media", "id")}
            return f"<style{_text_of(kept)}>{self._changes.styles[address]}</style>"
        if tag in ("link", "script") and address.startswith(self._changes.dropped or ("\0",)):
            self._open_dropped = tag == "script"
            return ""
        new = self._new(address)
        integrity = self._changes.integrity.get(new) if tag in ("link", "script") else None
        if attributes.get("as") == "fetch":
            integrity = None  # browsers then fetch it twice
        if new == address and not integrity:
            return raw
        attributes[attribute] = new
        if integrity:
            attributes["integrity"] = integrity
            # Without it, a hash of another origin's file cannot be checked.
            if new.startswith("https:"):
                attributes.setdefault("crossorigin", None)
        return f"<{tag}{_text_of(attributes)}>"

    def _python(self, attributes: dict[str, str | None]) -> str:
        self.starts_python = True
        if attributes.get("config"):
            attributes["config"] = self._changes.config
        source = self._changes.sources.get(attributes.get("src") or "")
        if source is None:
            return f"<script{_text_of(attributes)}>"
        del attributes["src"]
        return f"<script{_text_of(attributes)}>\n{source}"

    def _new(self, address: str) -> str:
        exact = self._changes.addresses.get(address)
        if exact is not None:
            return exact
        for folder, new in self._changes.addresses.items():
            if folder.endswith("/") and address.startswith(folder):
                return new + address.removeprefix(folder)
        return address

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._open_dropped:
            self._open_dropped = False
            return
        if tag == "head":
            self.parts.append(self._changes.head_last)
        self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_entityref(self, name: str) -> None:
        self.parts.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.parts.append(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self.parts.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.parts.append(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        self.parts.append(f"<?{data}>")
