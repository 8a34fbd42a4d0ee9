"""Resolves the packages of an app for a release of Pyodide: out of its distribution, and what that
lacks out of the package index."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyscript_kit.errors import ToolError, writing
from pyscript_kit.lock.closure import OutsideWheel
from pyscript_kit.lock.distribution import Distributed, Distribution, read_distribution
from pyscript_kit.lock.lockfile import LockedFile, RuntimeLock, complete_lock
from pyscript_kit.lock.outside import resolve_outside
from pyscript_kit.lock.paths import CORES
from pyscript_kit.lock.release import locked, npm_content, read_release
from pyscript_kit.project.pins import Pin
from pyscript_kit.project.settings import CONFIG, canonical_name
from pyscript_kit.sources.archives import tarball_files
from pyscript_kit.sources.cache import CACHE_VARIABLE, Cache
from pyscript_kit.sources.fetching import fetch
from pyscript_kit.sources.inbox import SourceError
from pyscript_kit.sources.npm import npm_pack
from pyscript_kit.sources.wanted import Publisher, Wanted, official_index
from pyscript_kit.terminal import say

COMMAND = "pyscript lock"


@dataclass(frozen=True, slots=True)
class _Errand:
    """What files are fetched for: a pin, into a cache, by a command that can be run again."""

    pin: Pin
    cache: Cache
    command: str


def make_lock(pyodide_version: str, pyscript_version: str, packages: Sequence[str]) -> RuntimeLock:
    """The first lock of a pair of releases, from nothing but the package clients.

    The npm packages are what it trusts: npm verifies them, and the official `pyodide-lock.json` in
    one of them has the hashes of every package of the distribution.

    Args:
        packages: bare names, as in `app/pyscript.toml`.

    Raises:
        ToolError: when a release cannot be had or does not look like one.
    """
    try:
        release = read_release(pyodide_version, npm_content(pyodide_version))
        with tempfile.TemporaryDirectory() as folder:
            tarball = npm_pack(f"@pyscript/core@{pyscript_version}", Path(folder))
            pyscript = {n: file for n, file in tarball_files(tarball) if _is_served(n)}
    except SourceError as trouble:
        raise ToolError(
            f"Pyodide {pyodide_version} and PyScript {pyscript_version} cannot be had through "
            f"npm ({trouble}): see that both are published and that npm works here"
        ) from trouble
    cores = [
        *release.files,
        *(
            locked(name.replace("package/dist/", "pyscript/", 1), content, "pyscript")
            for name, content in pyscript.items()
        ),
    ]
    pin = Pin(release.pin, pyscript_version)
    return resolve(pin, cores, packages, (), outside_allowed=True)


def resolve(
    pin: Pin,
    cores: Iterable[LockedFile],
    requested: Sequence[str],
    known: Iterable[LockedFile],
    *,
    outside_allowed: bool,
    command: str = COMMAND,
) -> RuntimeLock:
    """Make the lock of a pair of releases for the packages of an app.

    Args:
        cores: the files of Pyodide and PyScript themselves.
        requested: bare names, as in `app/pyscript.toml`.
        known: files of a former lock, whose sizes need no second look.
        outside_allowed: whether packages may come from the package index.
        command: what to run again when a file cannot be had.

    Raises:
        ToolError: when a package, or one that it needs, cannot be locked.
    """
    errand = _Errand(pin, Cache.of_user(), command)
    distribution = _official(errand)
    names = list(dict.fromkeys(canonical_name(name) for name in requested))
    if taken := next((name for name in names if name in CORES), None):
        raise ToolError(
            f"{CONFIG}: packages holds {taken!r}, which is part of every page: remove it"
        )
    outside = [name for name in names if name not in distribution.packages]
    if outside and not outside_allowed:
        raise ToolError(
            f"{outside[0]} is outside the Pyodide distribution, so the CDN does not have it: "
            f"remove it from packages in {CONFIG}, or serve the runtime yourself"
        )
    wheels = _outside(outside, distribution, errand)
    needed = [name for name in names if name in distribution.packages]
    needed += [name for wheel in wheels for name in wheel.depends if name in distribution.packages]
    closure = distribution.closure(needed)
    packages = {name: entry.package for name, entry in closure.items()}
    wanted = [_distributed(name, entry) for name, entry in closure.items()]
    sizes = _sizes(wanted, {file.sha256: file.size for file in known}, errand)
    files = [_locked_file(file, sizes[file.sha256]) for file in wanted]
    for wheel, place in zip(wheels, _places([*map(_published, wheels)], errand), strict=True):
        packages[wheel.name] = wheel.locked(place)
        files.append(_locked_file(_published(wheel), place.stat().st_size))
    return complete_lock(pin, tuple(requested), packages, [*cores, *files])


def _official(errand: _Errand) -> Distribution:
    place = _places([official_index(errand.pin)], errand)[0]
    return read_distribution(place.read_bytes(), errand.pin.pyodide.version)


def _outside(
    names: Sequence[str], distribution: Distribution, errand: _Errand
) -> list[OutsideWheel]:
    if not names:
        return []
    say(f"looking for {', '.join(names)} on the package index, through pip")
    with errand.cache.workspace() as workspace, writing(errand.cache.label):
        return resolve_outside(names, distribution, errand.pin.pyodide, workspace)


def _sizes(wanted: Sequence[Wanted], known: dict[str, int], errand: _Errand) -> dict[str, int]:
    """Bytes of each file by its hash: the official index does not tell them."""
    unknown = [file for file in wanted if file.sha256 not in known]
    places = _places(unknown, errand)
    seen = {file.sha256: path.stat().st_size for file, path in zip(unknown, places, strict=True)}
    return known | seen


def _places(wanted: Sequence[Wanted], errand: _Errand) -> list[Path]:
    """Verified files in the cache, fetched first where they are not there."""
    cache = errand.cache
    missing = [file for file in wanted if cache.find(file) is None]
    fetch(missing, errand.pin, cache, errand.command)
    places = [cache.find(file) for file in wanted]
    if None in places:
        raise ToolError(
            f"{wanted[places.index(None)].path} left the cache {cache.folder} as soon as it was "
            f"there: name another folder in {CACHE_VARIABLE}"
        )
    return [place for place in places if place is not None]


def _distributed(name: str, entry: Distributed) -> Wanted:
    return Wanted(
        f"pyodide/{entry.file_name}",
        entry.sha256,
        None,
        Publisher.DISTRIBUTION,
        f"{name}=={entry.package.version}",
    )


def _published(wheel: OutsideWheel) -> Wanted:
    return Wanted(
        f"pyodide/{wheel.file_name}",
        wheel.sha256,
        None,
        Publisher.PACKAGE_INDEX,
        f"{wheel.name}=={wheel.version}",
    )


def _locked_file(wanted: Wanted, size: int) -> LockedFile:
    return LockedFile(wanted.path, size, wanted.sha256, wanted.release.split("==")[0])


def _is_served(member: str) -> bool:
    return member.startswith("package/dist/") and member.endswith((".js", ".css"))
