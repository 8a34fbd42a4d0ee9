"""What a wheel says about itself: the Pythons that it can be installed on, and what it requires."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from pathlib import Path, PurePosixPath

from pyscript_kit.sources.archives import content_of, opened_zip


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a wheel says about itself.

    Attributes:
        python: the Pythons that it can be installed on, such as ">=3.12"; empty for any.
        requirements: what it requires, with the markers that tell where and for which extra.
        extras: canonical names of the extras that it has.
    """

    python: str = ""
    requirements: tuple[str, ...] = ()
    extras: frozenset[str] = frozenset()


def read_metadata(wheel: Path) -> Metadata:
    """Read a wheel. What is none, such as the archive of a shared library, says nothing.

    Raises:
        SourceError: when it is damaged.
    """
    from packaging.utils import canonicalize_name

    with opened_zip(wheel) as archive:
        member = next(filter(_is_metadata, archive.namelist()), None)
        text = b"".join(content_of(archive, member)) if member else b""
    message = message_from_bytes(text)
    return Metadata(
        readable_pythons(_field(message, "Requires-Python")),
        tuple(map(str, message.get_all("Requires-Dist", ()))),
        frozenset(canonicalize_name(str(name)) for name in message.get_all("Provides-Extra", ())),
    )


def readable_pythons(text: str) -> str:
    """The Pythons that a package names, in a stable order; empty where these are none."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return ",".join(sorted(str(each) for each in SpecifierSet(text)))
    except InvalidSpecifier:  # Old releases have some, such as `>=3.6.*`; they set no limit.
        return ""


def _is_metadata(member: str) -> bool:
    parts = PurePosixPath(member).parts
    return len(parts) == 2 and parts[0].endswith(".dist-info") and parts[1] == "METADATA"


def _field(message: Message, name: str) -> str:
    return str(message.get(name, "")).strip()
