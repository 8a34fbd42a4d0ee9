"""The scripts of the app's document: which of them it has, and those that the kit adds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html.parser import HTMLParser

from pyscript_kit.runtime.shell import ENTRY, Element
from pyscript_kit.site.addresses import path_of
from pyscript_kit.site.document import Changes, lacking, rewrite
from pyscript_kit.site.elements import integrity_of, text_of_attributes

# Where PyScript is in a project, whoever wrote the tag for it.
_CORE = "runtime/pyscript/core.js"


def completed(document: str, elements: Collection[Element]) -> str:
    """A document with the elements that its author has left to the kit, where boot.js would insert
    them; one that has them already stays as it is.

    Raises:
        ToolError: when it has neither them nor boot.js.
    """
    reader = _read(document)
    if reader.pyscript:
        return document
    if ENTRY not in reader.addresses:
        raise lacking(f'<script src="{ENTRY}">')
    head = body = ""
    for name, attributes in elements:
        tag = f"<{name}{text_of_attributes(attributes)}>" + (
            "</script>" if name == "script" else ""
        )
        if attributes.get("rel") == "stylesheet":
            body += f"{tag}\n    "
        else:
            head += f"\n    {tag}"
    return rewrite(document, Changes({}, behind={ENTRY: head}, before_python=body))


def has_shell(document: str) -> bool:
    """Whether a document has boot.js."""
    return ENTRY in _read(document).addresses


def inline_hashes(document: str) -> list[str]:
    """`sha256-…` of each script that is in a document, for its policy to let them run; of those
    in attributes as well, such as `onclick`, with the word that has it look at these."""
    reader = _read(document)
    hashes = [integrity_of(text.encode()) for text in reader.inline]
    handlers = [integrity_of(text.encode()) for text in reader.handlers]
    return [*hashes, *(("unsafe-hashes", *dict.fromkeys(handlers)) if handlers else ())]


class _Scripts(HTMLParser):
    """Finds the scripts of a document: those that a browser would run from the document itself, the
    addresses of the others, and whether PyScript is among them."""

    def __init__(self) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.handlers: list[str] = []
        self.addresses: set[str | None] = set()
        self.pyscript = False
        self._open = False

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.handlers += [text for name, text in attrs if name.startswith("on") and text]
        runs = attributes.get("type") in (None, "", "module", "text/javascript")
        self._open = tag == "script" and "src" not in attributes and runs
        if self._open:
            self.inline.append("")
        if tag == "script":
            self.addresses.add(attributes.get("src"))
            core = path_of(attributes.get("src") or "") == _CORE
            self.pyscript = self.pyscript or core or "data-pyscript" in attributes

    def handle_data(self, data: str) -> None:
        if self._open:
            self.inline[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._open = False


def _read(document: str) -> _Scripts:
    reader = _Scripts()
    reader.feed(document)
    reader.close()
    return reader
