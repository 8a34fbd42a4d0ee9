"""Resolves the packages of an app for a release of Pyodide: out of its distribution, and what that
lacks out of the package index."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pyscript_kit.errors import ToolError, writing
from pyscript_kit.lock.advice import leave_out
from pyscript_kit.lock.closure import Closure, OutsideWheel, follow_distribution
from pyscript_kit.lock.distribution import Distributed, Distribution, read_distribution
from pyscript_kit.lock.lockfile import LockedFile, RuntimeLock, complete_lock
from pyscript_kit.lock.metadata import Metadata, read_metadata
from pyscript_kit.lock.names import (
    StandardLibrary,
    check_modules_of_packages,
    check_modules_of_python,
    check_parts_of_the_page,
    read_standard_library,
)
from pyscript_kit.lock.outside import resolve_outside
from pyscript_kit.lock.own import check_wheels, own_wheels
from pyscript_kit.lock.paths import STDLIB
from pyscript_kit.lock.release import locked, npm_content, read_release
from pyscript_kit.project.asked import Asked, canonical_name
from pyscript_kit.project.pins import Pin
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


@dataclass(frozen=True, slots=True)
class _Facts:
    """The size of a file in bytes, and the Pythons that it can be installed on."""

    size: int
    python: str


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
            f"Pyodide {pyodide_version} and PyScript {pyscript_version} are not available "
            f"through npm ({trouble}): check that both are published and that npm works here"
        ) from trouble
    cores = [
        *release.files,
        *(
            locked(name.replace("package/dist/", "pyscript/", 1), content, "pyscript")
            for name, content in pyscript.items()
        ),
    ]
    pin = Pin(release.pin, pyscript_version)
    asked = [Asked(name, canonical_name(name)) for name in packages]
    return resolve(pin, cores, asked, None, outside_allowed=True)


def resolve(
    pin: Pin,
    cores: Sequence[LockedFile],
    asked: Sequence[Asked],
    former: RuntimeLock | None,
    *,
    outside_allowed: bool,
    command: str = COMMAND,
    root: Path = Path(),
) -> RuntimeLock:
    """Make the lock of a pair of releases for the packages of an app.

    Args:
        cores: the files of Pyodide and PyScript themselves.
        asked: as in `app/pyscript.toml`.
        former: the lock so far, whose packages need no second look.
        outside_allowed: whether packages may come from outside the distribution.
        command: what to run again when a file cannot be had.
        root: folder of the project, for wheels that are in it.

    Raises:
        ToolError: when a package, or one that it needs, cannot be locked.
    """
    errand = _Errand(pin, Cache.of_user(), command)
    distribution = _official(errand)
    by_name = [each.text if each.is_bare else each.name for each in asked if not each.wheel]
    check_parts_of_the_page(by_name)
    check_modules_of_packages(by_name, distribution)
    outside = [each for each in asked if each.name not in distribution.packages]
    if outside:
        library = _standard_library(cores, errand)
        check_modules_of_python(by_name, library, distribution)
        if not outside_allowed:
            _refuse_outsiders(each.name for each in outside)
    check_wheels(asked, distribution, pin.pyodide)
    closure = _followed(asked, distribution, former, errand, root)
    if not outside_allowed:
        _refuse_outsiders(wheel.name for wheel in closure.wheels)
    needed = [*closure.roots, *(name for wheel in closure.wheels for name in wheel.depends)]
    distributed = distribution.closure(name for name in needed if name in distribution.packages)
    facts = _facts(distributed, former, errand)
    packages = {
        name: replace(
            entry.package,
            python=facts[entry.sha256].python,
            depends=_with(entry.package.depends, closure.brought.get(name, ())),
        )
        for name, entry in distributed.items()
    }
    files = [
        _locked_file(_distributed(name, entry), facts[entry.sha256].size)
        for name, entry in distributed.items()
    ]
    wanted = [*map(_published, closure.wheels)]
    for wheel, place in zip(closure.wheels, _places(wanted, errand), strict=True):
        packages[wheel.name] = wheel.locked(place)
        files.append(_locked_file(_published(wheel), place.stat().st_size))
    requested = tuple(each.text for each in asked)
    return complete_lock(pin, requested, packages, [*cores, *files])


def _refuse_outsiders(names: Iterable[str]) -> None:
    for name in names:
        raise ToolError(
            f"{name} is outside the Pyodide distribution, so the CDN does not have it: "
            f"{leave_out('it')}, or serve the runtime yourself"
        )


def _with(depends: tuple[str, ...], brought: Iterable[str]) -> tuple[str, ...]:
    """What a package depends on, with what the extras bring that the app asks of it."""
    return tuple(sorted({*depends, *brought}))


def _official(errand: _Errand) -> Distribution:
    place = _places([official_index(errand.pin)], errand)[0]
    return read_distribution(place.read_bytes(), errand.pin.pyodide.version)


def _standard_library(cores: Iterable[LockedFile], errand: _Errand) -> StandardLibrary:
    archive = next(file for file in cores if file.path == STDLIB)
    wanted = Wanted(archive.path, archive.sha256, archive.size, Publisher.PYODIDE)
    return read_standard_library(
        _places([wanted], errand)[0], f"Pyodide {errand.pin.pyodide.version}"
    )


def _followed(
    asked: Sequence[Asked],
    distribution: Distribution,
    former: RuntimeLock | None,
    errand: _Errand,
    root: Path,
) -> Closure:
    if not any(each.requirement.extras or each.name not in distribution.packages for each in asked):
        return follow_distribution(asked, distribution, errand.pin.pyodide)

    def metadata_of(name: str) -> Metadata:
        wanted = _distributed(name, distribution.packages[name])
        return _metadata(_places([wanted], errand)[0])

    if outside := [each.name for each in asked if each.name not in distribution.packages]:
        say(f"looking for {', '.join(outside)} on the package index, through pip")
    with errand.cache.workspace() as workspace, writing(errand.cache.label):
        own = own_wheels(asked, root, former, workspace / "own", errand.cache)
        return resolve_outside(asked, own, distribution, metadata_of, errand.pin.pyodide, workspace)


def _facts(
    closure: Mapping[str, Distributed], former: RuntimeLock | None, errand: _Errand
) -> dict[str, _Facts]:
    """What the official index does not say of files, by their hash."""
    known = {} if former is None else _known(former)
    unknown = [
        _distributed(name, entry) for name, entry in closure.items() if entry.sha256 not in known
    ]
    for file, place in zip(unknown, _places(unknown, errand), strict=True):
        known[file.sha256] = _Facts(place.stat().st_size, _metadata(place).python)
    return known


def _known(lock: RuntimeLock) -> dict[str, _Facts]:
    """The same from a lock; locks of older kits tell less, and what they tell is read again."""
    return {
        file.sha256: _Facts(file.size, python)
        for file in lock.files
        if file.package in lock.packages
        and (python := lock.packages[file.package].python) is not None
    }


def _metadata(wheel: Path) -> Metadata:
    """What a file of the distribution says of itself, which need not be a wheel."""
    try:
        return read_metadata(wheel)
    except SourceError:
        return Metadata()


def _places(wanted: Sequence[Wanted], errand: _Errand) -> list[Path]:
    """Verified files in the cache, fetched first where they are not there."""
    cache = errand.cache
    missing = [file for file in wanted if cache.find(file) is None]
    fetch(missing, errand.pin, cache, errand.command)
    places = [cache.find(file) for file in wanted]
    if None in places:
        raise ToolError(
            f"{wanted[places.index(None)].path} disappeared from the cache {cache.folder}: name "
            f"another folder in {CACHE_VARIABLE}"
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
        Publisher.AUTHOR if wheel.origin else Publisher.PACKAGE_INDEX,
        f"{wheel.name}=={wheel.version}",
        wheel.origin,
    )


def _locked_file(wanted: Wanted, size: int) -> LockedFile:
    return LockedFile(wanted.path, size, wanted.sha256, wanted.release.split("==")[0])


def _is_served(member: str) -> bool:
    return member.startswith("package/dist/") and member.endswith((".js", ".css"))
