"""What an app asks for in `packages_on_demand`: a package by its name, with extras and versions if
need be, or a wheel by its path in the project or its address."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from pyscript_kit.errors import ToolError

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_WITH_MORE = re.compile(rf"({_NAME})\s*(\[[A-Za-z0-9._,\s-]*\])?\s*([^\[\];@]*)")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
# Windows writes the same path otherwise, and a lock is for all systems.
_PATH = re.compile(r"(?:\./)?(?:[0-9A-Za-z_][0-9A-Za-z_+. -]*/)*[^/\\]+\.whl")
_LOCAL = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Asked:
    """One entry.

    Attributes:
        text: as it is in the file.
        name: the canonical name of the package.
        wheel: the address or path of its wheel; empty for a package by its name.
    """

    text: str
    name: str
    wheel: str = ""

    @property
    def is_bare(self) -> bool:
        """Whether it says no more than the name."""
        return not self.wheel and canonical_name(self.text) == self.name

    @property
    def from_afar(self) -> bool:
        """Whether it is a wheel by its address."""
        return is_address(self.wheel)

    @property
    def requirement(self) -> Requirement:
        """What it asks of the package, wherever that is from."""
        from packaging.requirements import Requirement

        return Requirement(self.name if self.wheel else self.text)

    @property
    def file_name(self) -> str:
        """That of the wheel."""
        path = urlsplit(self.wheel).path if self.from_afar else self.wheel
        return unquote(PurePosixPath(path).name)


def read_asked(text: str, where: str) -> Asked:
    """Read an entry.

    Args:
        where: what begins a message about it, such as `app/pyscript.toml: packages holds`.

    Raises:
        ToolError: when it is none.
    """
    if is_address(text):
        return _at_address(text, where)
    if text.endswith(".whl") and "@" not in text:
        if not _PATH.fullmatch(text) or text.startswith("../"):
            raise ToolError(
                f"{where} {text!r}, which is not a path in the project: write one such as "
                '"wheels/example-1.0-py3-none-any.whl", with slashes'
            )
        return Asked(text, name_of_wheel(PurePosixPath(text).name, where), text.removeprefix("./"))
    return _by_name(text, where)


def names_of(asked: Iterable[Asked]) -> tuple[str, ...]:
    """The names of packages, each once."""
    return tuple(dict.fromkeys(each.name for each in asked))


def is_address(text: str) -> bool:
    """Whether a text is the address of something, and no name or path."""
    return _ADDRESS.match(text) is not None


def name_of_wheel(file_name: str, where: str) -> str:
    """The canonical name of a wheel's package, by the name of its file.

    Raises:
        ToolError: when it is not the name of a wheel.
    """
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        return str(parse_wheel_filename(file_name)[0])
    except InvalidWheelFilename:
        raise ToolError(
            f"{where} {file_name!r}, which is not the file name of a wheel: keep the name it was "
            f"built with, such as example-1.0-py3-none-any.whl"
        ) from None


def canonical_name(name: str) -> str:
    """A package's name in the one spelling that indexes compare by (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _at_address(text: str, where: str) -> Asked:
    shown = without_secrets(text)
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ToolError(f"{where} {shown!r}, which is not a valid address: fix it") from None
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ToolError(
            f"{where} {shown!r} with a name, a password or a key in it, which everybody who "
            f"reads the project would see: download the wheel, and give its path"
        )
    if parts.scheme not in ("https", *(("http",) if host in _LOCAL else ())) or not host:
        raise ToolError(
            f"{where} {shown!r}, whose bytes anybody on the way could change: write an address "
            "that begins with https://, or download the wheel and name it by its path"
        )
    if re.search(r"[\s\\'\"<>\x00-\x1f]", text):
        raise ToolError(f"{where} {shown!r}, which is not a valid address: write %20 for a space")
    name = unquote(PurePosixPath(parts.path).name)
    return Asked(text, name_of_wheel(name, where), text)


def without_secrets(address: str) -> str:
    """An address without what may be secret in it."""
    return re.sub(r"[?#].*", "", re.sub(r"//[^/\s]*@", "//", address))


def _by_name(text: str, where: str) -> Asked:
    from packaging.requirements import InvalidRequirement, Requirement

    if ";" in text:
        raise ToolError(
            f"{where} {text!r}: leave out the semicolon and what follows, as there is one browser"
        )
    if "@" in text:
        raise ToolError(
            f"{where} {without_secrets(text)!r}: write only the address or the path of the wheel"
        )
    match = _WITH_MORE.fullmatch(text)
    try:
        if match is None:
            raise InvalidRequirement
        Requirement(text)
    except InvalidRequirement:
        raise ToolError(
            f"{where} {text!r}, which is no package: write its name, such as humanize, with "
            'versions as in "humanize>=4" or extras as in "pydantic[email]" if you need them'
        ) from None
    return Asked(text, canonical_name(match[1]))
