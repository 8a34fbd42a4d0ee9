"""A site in the making: the folder with its files, and what is known of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from pyscript_kit.site.addresses import address_of
from pyscript_kit.site.names import FOR_EVER


@dataclass
class Site:
    """A site that is being laid out in a folder.

    Attributes:
        folder: where its files lie.
        at_start: addresses, relative to the document, of what a first visit fetches.
        offline: what must be there for the app to work without a network; with `at_start` in it.
            The value is the file's sha256, in hexadecimal digits.
        by_layout: what of that is for one kind of engine only.
        without_snapshot: the same, for the kinds that no snapshot suits.
        holds_packages: whether a snapshot of packages is part of what some pages start from.
        shell: the address of boot.js.
        engine: the address of Pyodide's WebAssembly, where the loader boots it.
    """

    folder: Path
    at_start: list[str] = field(default_factory=list)
    offline: dict[str, str] = field(default_factory=dict)
    by_layout: dict[str, dict[str, str]] = field(default_factory=dict)
    without_snapshot: dict[str, dict[str, str]] = field(default_factory=dict)
    holds_packages: bool = False
    shell: str = ""
    engine: str = ""

    def write(self, path: str, content: bytes) -> str:
        """Write a file, and return its address."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        return address_of(path)

    def keep(self, *paths: str) -> None:
        """Have files be there without a network."""
        for path in paths:
            content = (self.folder / path).read_bytes()
            self.offline[address_of(path)] = hashlib.sha256(content).hexdigest()

    def drop(self, address: str) -> None:
        """Take a file out of the site again."""
        (self.folder / address.removeprefix("./")).unlink()
        self.offline.pop(address, None)
        self.at_start = [each for each in self.at_start if each != address]

    def address(self, path: Path) -> str:
        """The address of a file, relative to the document."""
        return address_of(path.relative_to(self.folder).as_posix())

    def never_changes(self, path: Path) -> bool:
        """Whether a file, or a folder above it, is named by its content."""
        address = self.address(path)
        return address.startswith(f"./{FOR_EVER}/") or address in self.offline


def files_below(folder: Path) -> list[Path]:
    """All files in a folder and the folders in it, sorted."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]
