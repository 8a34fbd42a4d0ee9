"""A release of Pyodide that no lock names yet: its own files and its official index. They come from
npm, which verifies what it brings, else from the CDN, for which its certificate vouches."""

from __future__ import annotations

import hashlib
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pyscript_kit.errors import ToolError, writing
from pyscript_kit.lock.distribution import read_distribution
from pyscript_kit.lock.lockfile import LockedFile
from pyscript_kit.lock.paths import CORE_FILES
from pyscript_kit.project.pins import Fingerprint, PyodidePin
from pyscript_kit.sources.archives import tarball_files
from pyscript_kit.sources.cache import Cache
from pyscript_kit.sources.cdn import host_of_cdn, read_from_cdn
from pyscript_kit.sources.fetching import way_out_of
from pyscript_kit.sources.inbox import SourceError
from pyscript_kit.sources.npm import npm_pack
from pyscript_kit.sources.wanted import INDEX_PATH, Publisher, Wanted

# What a page loads of the npm package `pyodide`, beside the index that follows from the lock. The
# glue has one of two names.
_CORE = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.js",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
)
_INDEX = "pyodide-lock.json"
# How those begin whose content no one has told a hash of, where that can be known.
_BEGINNINGS = {"pyodide.asm.wasm": b"\0asm", "python_stdlib.zip": b"PK\3\4"}
_VERSION = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6}){2}")


@dataclass(frozen=True, slots=True)
class Release:
    """A release by its pin, with the content of its files by their paths below `app/runtime/`."""

    pin: PyodidePin
    content: dict[str, bytes]
    index: bytes

    @property
    def files(self) -> list[LockedFile]:
        """The files of Pyodide itself, as a lock has them."""
        return [locked(path, content, "pyodide") for path, content in self.content.items()]

    def keep_in(self, cache: Cache) -> None:
        """Put all of it where `pyscript vendor` looks first."""
        files = [
            (Wanted(file.path, file.sha256, file.size, Publisher.PYODIDE), self.content[file.path])
            for file in self.files
        ]
        index = Wanted(
            INDEX_PATH, self.pin.index.sha256, self.pin.index.size, Publisher.PYODIDE_INDEX
        )
        with cache.workspace() as workspace:
            for wanted, content in [*files, (index, self.index)]:
                place = workspace / secrets.token_hex(8)
                with writing(f"the cache {cache.folder}"):
                    place.write_bytes(content)
                cache.adopt(wanted, place)


def check_version(version: str) -> None:
    """Refuse what cannot be the version of a release.

    Raises:
        ToolError: when it cannot.
    """
    if not _VERSION.fullmatch(version):
        raise ToolError(
            f"{version!r} is not a Pyodide version: write three numbers with dots between them, "
            f"such as 314.0.3"
        )


def find_release(version: str) -> tuple[Release, str]:
    """A release, and who has brought it.

    Raises:
        ToolError: when nobody has it, or it is not laid out as this kit knows it.
    """
    troubles = []
    for origin, bring in (
        (f"npm pack pyodide@{version}", npm_content),
        (host_of_cdn(), _cdn_content),
    ):
        try:
            return read_release(version, bring(version)), origin
        except SourceError as trouble:
            troubles.append(f"{origin}: {trouble}")
    way_out = way_out_of(troubles) or "check that this release exists and that you are online"
    raise ToolError(f"Pyodide {version} is not available ({'; '.join(troubles)}): {way_out}")


def npm_content(version: str) -> dict[str, bytes]:
    """The files of the npm package of a release, by their names.

    Raises:
        SourceError: when npm is missing or fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        tarball = npm_pack(f"pyodide@{version}", Path(folder))
        return {PurePosixPath(name).name: file for name, file in tarball_files(tarball)}


def read_release(version: str, content: Mapping[str, bytes]) -> Release:
    """Make a release of its files, by their names.

    Raises:
        ToolError: when the kit cannot work with it.
    """
    core = {f"pyodide/{name}": content[name] for name in _CORE if name in content}
    wanted = [path for path in CORE_FILES if path.startswith("pyodide/")]
    absent = [path.partition("/")[2] for path in wanted if path not in core]
    absent += [] if _INDEX in content else [_INDEX]
    if absent:
        raise ToolError(
            f"Pyodide {version} has no {absent[0]}, which this kit needs: choose another release"
        )
    index = content[_INDEX]
    info = read_distribution(index, version).info
    fields = ("python", "platform", "arch", "abi_version")
    if unsaid := next((field for field in fields if field not in info), None):
        raise ToolError(
            f"Pyodide {version} does not give its {unsaid}, which this kit needs: "
            "choose another release"
        )
    # Up to 0.27, Pyodide refuses an index that does not name it, as those made here do not.
    if info.get("version") == version:
        raise ToolError(
            f"Pyodide {version} needs an index in a format that this kit does not write: choose "
            f"0.28.0 or later"
        )
    python, platform, arch, abi_version = (info[field] for field in fields)
    fingerprint = Fingerprint(len(index), hashlib.sha256(index).hexdigest())
    pin = PyodidePin(version, python, platform, arch, abi_version, fingerprint)
    return Release(pin, core, index)


def locked(path: str, content: bytes, package: str) -> LockedFile:
    """A file as a lock has it."""
    return LockedFile(path, len(content), hashlib.sha256(content).hexdigest(), package)


def _cdn_content(version: str) -> dict[str, bytes]:
    index = read_from_cdn(version, [_INDEX])
    if not index:
        raise SourceError("it does not have this release")
    content = index | read_from_cdn(version, _CORE)
    for name, beginning in _BEGINNINGS.items():
        if not content.get(name, beginning).startswith(beginning):
            raise SourceError(f"{name} has unexpected contents")
    return content
