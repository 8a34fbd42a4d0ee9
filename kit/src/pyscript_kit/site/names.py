"""Names of files in a site: with a hash for what may be cached forever, and the new addresses of
what got one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

# Where in a site whatever may be cached forever lies, and nothing else: what is below it has its
# hash in its name, or in that of a folder. Hosts and the service worker go by this.
FOR_EVER = "runtime"
# Below it, the pieces that the loader boots from.
PACKS = "packs"
HASH_DIGITS = 8  # of a hash in a name


def hashed(name: str, content: bytes) -> str:
    """A file's name with the hash of its content in it."""
    path = PurePosixPath(name)
    return f"{path.stem}-{hashlib.sha256(content).hexdigest()[:HASH_DIGITS]}{path.suffix}"


def renamed(address: str, addresses: Mapping[str, str]) -> str:
    """The new address of a file, if it or its folder has one; else the one that it had."""
    for folder, new in addresses.items():
        if folder.endswith("/") and address.startswith(folder):
            return new + address.removeprefix(folder)
    return addresses.get(address, address)


def sha256_of(path: Path) -> str:
    """The hash of a file, in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
