"""What something says of its own licence, and the texts that come with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message
from pathlib import PurePosixPath

# What licence texts are called in wheels; code of that name is none.
_TEXT = re.compile(r"([\w-]*_)?(licen[cs]es?|copying|copyright|notice|authors)([._-].*)?", re.I)
_CODE = (".c", ".h", ".json", ".py", ".pyc", ".pyi", ".so")
# Classifiers that stand for one licence exactly. Others, such as "BSD License", stay names.
_EXACT = {
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
_LONGEST_NAME = 80  # of a licence; what is longer is a text


@dataclass(frozen=True)
class License:
    """What something says of its own licence: an SPDX expression, or else names in plain words."""

    expression: str = ""
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.expression or ", ".join(self.names) or "not declared"


UNDECLARED = License()


@dataclass(frozen=True)
class Text:
    """A licence text, and where it was found."""

    origin: str
    content: str


def declared(metadata: Message) -> License:
    """What a wheel's metadata say of its licence, as an SPDX expression if they can be read so."""
    for key in ("License-Expression", "License"):
        if (found := license_of(field(metadata, key))).expression:
            return found
    ends = [
        text.rpartition(" :: ")[2]
        for text in metadata.get_all("Classifier", [])
        if text.startswith("License :: ")
    ]
    names = [name for name in ends if name != "OSI Approved"]
    if len(names) == 1 and names[0] in _EXACT:
        return License(_EXACT[names[0]])
    if names:
        return License(names=tuple(names))
    name = field(metadata, "License")
    is_name = name and "\n" not in name and len(name) <= _LONGEST_NAME
    return License(names=(name,)) if is_name else License()


def license_of(text: str) -> License:
    """A licence from its name or SPDX expression."""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    try:
        return License(canonicalize_license_expression(text))
    except InvalidLicenseExpression:
        return License(names=(text,)) if text else License()


def field(metadata: Message, key: str) -> str:
    """What metadata say in a field; empty where they say nothing."""
    text = str(metadata.get(key) or "").strip()
    return "" if text == "UNKNOWN" else text  # what old tools wrote where nothing was said


def is_license_text(name: str) -> bool:
    """Whether a file, in a wheel or a project, is the text of a licence."""
    path = PurePosixPath(name)
    named = ".dist-info/licenses/" in name or _TEXT.fullmatch(path.name) is not None
    return named and path.suffix not in _CODE


def readable_text(content: bytes) -> str:
    """A text from a file of whatever encoding, without what only printers need."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return "\n".join(line.rstrip() for line in text.replace("\f", "").splitlines()).strip("\n")
