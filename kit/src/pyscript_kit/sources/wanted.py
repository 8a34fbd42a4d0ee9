"""What a run needs from somewhere: each file of the runtime with the one hash that makes it right,
and who publishes it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from pyscript_kit.project.pins import Pin

CDN = "https://cdn.jsdelivr.net"
# Pyodide's own lock, among the files of the runtime.
INDEX_PATH = "pyodide/pyodide-lock.json"


class Publisher(Enum):
    """Who publishes a file, which decides where it can be had."""

    PYODIDE = auto()  # the files of Pyodide itself
    PYODIDE_INDEX = auto()  # its official pyodide-lock.json
    DISTRIBUTION = auto()  # a package of the Pyodide distribution
    PYSCRIPT = auto()  # the files of PyScript itself
    PACKAGE_INDEX = auto()  # a wheel from the package index
    AUTHOR = auto()  # a wheel that the app names by its path in the project, or its address


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to fetch.

    Attributes:
        path: relative to `app/runtime/`.
        size: in bytes; None as long as nobody has seen the file.
        release: `name==version` of the package that a wheel belongs to, else empty.
        origin: the path or the address that the author has named.
    """

    path: str
    sha256: str
    size: int | None
    publisher: Publisher
    release: str = ""
    origin: str = ""

    @property
    def name(self) -> str:
        """Its name where it is published."""
        return self.path.split("/", 1)[1]


def official_index(pin: Pin) -> Wanted:
    """The official `pyodide-lock.json` of the pinned release."""
    index = pin.pyodide.index
    return Wanted(INDEX_PATH, index.sha256, index.size, Publisher.PYODIDE_INDEX)


def cdn_url(wanted: Wanted, pin: Pin, base: str = CDN) -> str | None:
    """The address of a file on the public CDN; None for a wheel that is not of the distribution."""
    if wanted.publisher in (Publisher.PACKAGE_INDEX, Publisher.AUTHOR):
        return None
    if wanted.publisher is Publisher.PYSCRIPT:
        return f"{base}/npm/@pyscript/core@{pin.pyscript}/dist/{wanted.name}"
    return f"{base}/pyodide/v{pin.pyodide.version}/full/{wanted.name}"
