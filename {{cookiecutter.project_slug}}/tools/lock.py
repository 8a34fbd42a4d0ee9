"""`pyscript lock`: resolves `packages` of `app/pyscript.toml` for the pinned release of Pyodide and
writes `runtime.lock.json`."""

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated

import pluggy
import typer

from tools.cache import CACHE_VARIABLE, Cache
from tools.clients import npm_pack, tarball_files
from tools.distribution import Distributed, Distribution, read_distribution
from tools.errors import ToolError, reported, writing
from tools.inbox import SourceError
from tools.lockfile import (
    LOCK_NAME,
    Fingerprint,
    LockedFile,
    LockedPackage,
    Pin,
    PyodidePin,
    RuntimeLock,
    complete_lock,
    write_lock,
)
from tools.lockreader import CORES, read_lock, read_pin
from tools.outside import OutsideWheel, resolve_outside
from tools.project import CONFIG, canonical_name, find_root, read_project
from tools.sources import fetch
from tools.terminal import counted, megabytes, say, warn
from tools.wanted import Publisher, Wanted, official_index

_COMMAND = "pyscript lock"

# What a page loads of the npm package `pyodide`, beside the index that follows from the lock.
_PYODIDE_CORE = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.js",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
)


# No postponed annotations in this module: typer 0.9 drops the help of those.
def lock(
    project: Annotated[
        Path, typer.Option(help="Folder of the project, or one inside it.", show_default="here")
    ] = Path(),
) -> None:
    """Resolve the packages of app/pyscript.toml and write runtime.lock.json."""
    with reported("lock"):
        lock_project(find_root(project))


@pluggy.HookimplMarker("pyscript")
def pyscript_subcommand() -> Callable[..., None]:
    """Adds the command to `pyscript`."""
    return lock


def lock_project(project_root: Path) -> None:
    """Bring `runtime.lock.json` of the project at `project_root` up to date, and say what changed.

    Raises:
        ToolError: one sentence; the lock is then as it was.
    """
    project = read_project(project_root)
    pin, cores = read_pin(project.lock_path)
    former = _former(project.lock_path)
    known = former.files if former else ()
    new = _resolve(pin, cores, project.packages, known, outside_allowed=project.mode != "cdn")
    changed = write_lock(new, project.lock_path)
    if not changed:
        say(f"{LOCK_NAME} is up to date: {_summary(new)}")
        return
    for line in _changes(former.packages if former else {}, new.packages):
        say(line)
    say(f"wrote {LOCK_NAME}: {_summary(new)}")
    say("next: pyscript vendor")


def make_lock(pyodide_version: str, pyscript_version: str, packages: Sequence[str]) -> RuntimeLock:
    """The first lock of a pair of releases, from nothing but the package clients.

    The npm packages are what it trusts: npm verifies them, and the official `pyodide-lock.json` in
    one of them has the hashes of every package of the distribution.

    Args:
        packages: bare names, as in `app/pyscript.toml`.

    Raises:
        ToolError: when a release cannot be had or does not look like one.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            tarball = npm_pack(f"pyodide@{pyodide_version}", Path(folder))
            content = {PurePosixPath(n).name: f.read() for n, f in tarball_files(tarball)}
            tarball = npm_pack(f"@pyscript/core@{pyscript_version}", Path(folder))
            pyscript = {n: f.read() for n, f in tarball_files(tarball) if _is_served(n)}
        except SourceError as trouble:
            raise ToolError(
                f"Pyodide {pyodide_version} and PyScript {pyscript_version} cannot be had through "
                f"npm ({trouble}): see that both are published and that npm works here"
            ) from trouble
    index = content["pyodide-lock.json"]
    info = read_distribution(index, pyodide_version).info
    pin = Pin(
        PyodidePin(
            pyodide_version,
            info["python"],
            info["platform"],
            info["arch"],
            info["abi_version"],
            Fingerprint(len(index), hashlib.sha256(index).hexdigest()),
        ),
        pyscript_version,
    )
    cores = [
        _entry(f"pyodide/{name}", content[name], "pyodide")
        for name in _PYODIDE_CORE
        if name in content
    ]
    cores += [
        _entry(name.replace("package/dist/", "pyscript/", 1), file, "pyscript")
        for name, file in pyscript.items()
    ]
    return _resolve(pin, cores, packages, (), outside_allowed=True)


def _resolve(
    pin: Pin,
    cores: Iterable[LockedFile],
    requested: Sequence[str],
    known: Iterable[LockedFile],
    *,
    outside_allowed: bool,
) -> RuntimeLock:
    cache = Cache.of_user()
    distribution = _official(pin, cache)
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
    wheels = _outside(outside, distribution, pin, cache)
    needed = [name for name in names if name in distribution.packages]
    needed += [name for wheel in wheels for name in wheel.depends if name in distribution.packages]
    closure = distribution.closure(needed)
    packages = {name: entry.package for name, entry in closure.items()}
    wanted = [_distributed(name, entry) for name, entry in closure.items()]
    sizes = _sizes(wanted, {file.sha256: file.size for file in known}, pin, cache)
    files = [_locked_file(file, sizes[file.sha256]) for file in wanted]
    for wheel, place in zip(wheels, _places([*map(_published, wheels)], pin, cache), strict=True):
        packages[wheel.name] = wheel.locked(place)
        files.append(_locked_file(_published(wheel), place.stat().st_size))
    return complete_lock(pin, tuple(requested), packages, [*cores, *files])


def _official(pin: Pin, cache: Cache) -> Distribution:
    place = _places([official_index(pin)], pin, cache)[0]
    return read_distribution(place.read_bytes(), pin.pyodide.version)


def _outside(
    names: Sequence[str], distribution: Distribution, pin: Pin, cache: Cache
) -> list[OutsideWheel]:
    if not names:
        return []
    say(f"looking for {', '.join(names)} on the package index, through pip")
    with cache.workspace() as workspace, writing(cache.label):
        return resolve_outside(names, distribution, pin.pyodide, workspace)


def _sizes(
    wanted: Sequence[Wanted], known: dict[str, int], pin: Pin, cache: Cache
) -> dict[str, int]:
    """Bytes of each file by its hash: the official index does not tell them."""
    unknown = [file for file in wanted if file.sha256 not in known]
    places = _places(unknown, pin, cache)
    seen = {file.sha256: path.stat().st_size for file, path in zip(unknown, places, strict=True)}
    return known | seen


def _places(wanted: Sequence[Wanted], pin: Pin, cache: Cache) -> list[Path]:
    """Verified files in the cache, fetched first where they are not there."""
    missing = [file for file in wanted if cache.find(file) is None]
    fetch(missing, pin, cache, _COMMAND)
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


def _entry(path: str, content: bytes, package: str) -> LockedFile:
    return LockedFile(path, len(content), hashlib.sha256(content).hexdigest(), package)


def _is_served(member: str) -> bool:
    return member.startswith("package/dist/") and member.endswith((".js", ".css"))


def _former(path: Path) -> RuntimeLock | None:
    """The lock so far; None when it is damaged in what is about to be written anew."""
    try:
        return read_lock(path)
    except ToolError as error:
        warn(f"{error}; doing so now")
        return None


def _changes(former: dict[str, LockedPackage], new: dict[str, LockedPackage]) -> list[str]:
    lines = []
    for name in sorted(former.keys() | new.keys()):
        before, after = former.get(name), new.get(name)
        if before is None and after is not None:
            origin = " (from the package index)" if after.source == "index" else ""
            lines.append(f"added    {name} {after.version}{origin}")
        elif after is None and before is not None:
            lines.append(f"removed  {name} {before.version}")
        elif before is not None and after is not None and before.version != after.version:
            lines.append(f"changed  {name} {before.version} to {after.version}")
    return lines


def _summary(lock: RuntimeLock) -> str:
    return f"{counted(len(lock.packages), 'package')}, {megabytes(lock.size)} with the runtime"
