"""Elements of a document as text, and the hashes that they name files by."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Mapping


def integrity_of(content: bytes) -> str:
    """The hash of a file as browsers want to have it in an attribute."""
    return integrity_of_hash(hashlib.sha256(content).hexdigest())


def integrity_of_hash(sha256: str) -> str:
    """The same for a hash in hexadecimal digits."""
    return "sha256-" + base64.b64encode(bytes.fromhex(sha256)).decode()


def script(content: str, **attributes: str) -> str:
    """A script element with its content."""
    return f"<script{text_of_attributes(attributes)}>{content}</script>"


def link(**attributes: str) -> str:
    """A link element; an attribute without a value is written as its name alone."""
    return f"<link{text_of_attributes(attributes)}>"


def meta(**attributes: str) -> str:
    """A meta element."""
    return f"<meta{text_of_attributes(attributes)}>"


def as_json(value: object) -> str:
    """JSON that may be in a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.replace("<", "\\u003c")


def text_of_attributes(attributes: Mapping[str, str | None]) -> str:
    return "".join(
        f" {name.rstrip('_').replace('_', '-')}"
        + ("" if value in (None, "") else f'="{html.escape(str(value))}"')
        for name, value in attributes.items()
    )
