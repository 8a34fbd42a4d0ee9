"""`pyscript lock`: resolves `packages` of `app/pyscript.toml` for the pinned release of Pyodide and
writes `runtime.lock.json`; with `--pyodide`, for another release, to which the project moves."""

import platform
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.specifiers import SpecifierSet

from pyscript_kit.errors import ToolError, writing
from pyscript_kit.lock.distribution import Distributed, Distribution, read_distribution
from pyscript_kit.lock.lockfile import LockedFile, RuntimeLock, complete_lock, lock_text
from pyscript_kit.lock.outside import OutsideWheel, resolve_outside
from pyscript_kit.lock.pinned import carriers_of_versions, required_python, texts_for
from pyscript_kit.lock.reader import CORES, check_new, read_lock, read_pin
from pyscript_kit.lock.release import find_release, locked, npm_content, read_release
from pyscript_kit.project.pins import Pin
from pyscript_kit.project.settings import (
    CONFIG,
    LOCK_NAME,
    Project,
    canonical_name,
    read_project,
)
from pyscript_kit.project.swap import Place, alone
from pyscript_kit.project.together import leftovers, write_together
from pyscript_kit.sources.archives import tarball_files
from pyscript_kit.sources.cache import CACHE_VARIABLE, Cache
from pyscript_kit.sources.fetching import fetch
from pyscript_kit.sources.inbox import SourceError
from pyscript_kit.sources.npm import npm_pack
from pyscript_kit.sources.wanted import INDEX_PATH, Publisher, Wanted, official_index
from pyscript_kit.terminal import counted, megabytes, say, warn

_COMMAND = "pyscript lock"


@dataclass(frozen=True, slots=True)
class _Errand:
    """What files are fetched for: a pin, into a cache, by a command that can be run again."""

    pin: Pin
    cache: Cache
    command: str


def lock_project(project_root: Path, pyodide_version: str | None = None) -> None:
    """Bring `runtime.lock.json` of the project at `project_root` up to date, and say what changed.

    Args:
        pyodide_version: the release of Pyodide to move to, with all that states a version beside
            the lock; that of the lock when it is None.

    Raises:
        ToolError: one sentence; every file is then as it was.
    """
    while not _lock_once(project_root, pyodide_version):
        say(f"{CONFIG} or {LOCK_NAME} has changed meanwhile: beginning again")


def _lock_once(project_root: Path, pyodide_version: str | None) -> bool:
    """Lock a project; False, and nothing is written, when it changed while that took its time."""
    basis = _basis(project_root)
    project = read_project(project_root)
    pin, cores = read_pin(project.lock_path)
    former = _former(project.lock_path)
    former_pin = pin
    command = _COMMAND
    if pyodide_version is not None:
        command = f"{_COMMAND} --pyodide {pyodide_version}"
        pin, cores = _moved(pin, cores, pyodide_version)
    new = _resolve(
        pin,
        cores,
        project.packages,
        former.files if former else (),
        outside_allowed=project.mode != "cdn",
        command=command,
    )
    check_new(new)
    moved = pyodide_version is not None
    changed = _changed(new, project, moved=moved)
    if changed or leftovers(_written(project)):
        with alone(Place(project.lock_path, LOCK_NAME)):
            if _basis(project_root) != basis:
                return False
            with writing(LOCK_NAME):
                for left in leftovers(_written(project)):
                    left.unlink()
            changed = _changed(new, project, moved=moved)
            write_together(changed)
    if not changed:
        say(f"{LOCK_NAME} is up to date: {_summary(new)}")
        return True
    if pin != former_pin:
        say(f"changed  {_release(former_pin)} to {_release(pin)}; PyScript stays {pin.pyscript}")
    for line in _changes(former, new):
        say(line)
    for path in changed:
        detail = f": {_summary(new, former)}" if path == project.lock_path else ""
        say(f"wrote {path.relative_to(project.root).as_posix()}{detail}")
    say(_next_step(new, moved=moved))
    return True


def _basis(root: Path) -> list[bytes | None]:
    """What a lock follows from, beside the command: the former lock and what the app asks for."""
    return [_content(root / name) for name in (LOCK_NAME, CONFIG)]


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:  # Whoever reads it for good says why.
        return None


def _moved(
    pin: Pin, cores: tuple[LockedFile, ...], version: str
) -> tuple[Pin, tuple[LockedFile, ...]]:
    """The pin at another release of Pyodide, and the files of that release and of PyScript."""
    if version == pin.pyodide.version:
        return pin, cores
    say(f"looking for Pyodide {version}")
    release, origin = find_release(version)
    say(f"Pyodide {version} comes from {origin}")
    release.keep_in(Cache.of_user())
    others = [file for file in cores if file.package != "pyodide"]
    return Pin(release.pin, pin.pyscript), (*release.files, *others)


def _changed(lock: RuntimeLock, project: Project, *, moved: bool) -> dict[Path, bytes]:
    """What has to be written for a lock: the files that do not read like that already."""
    texts = texts_for(lock, project.root) if moved else {}
    # The lock comes last: once it says the new version, all else does.
    texts[project.lock_path] = lock_text(lock)
    contents = {path: text.encode() for path, text in texts.items()}
    return {
        path: content
        for path, content in contents.items()
        if not path.is_file() or path.read_bytes() != content
    }


def _written(project: Project) -> list[Path]:
    return [*carriers_of_versions(project.root), project.lock_path]


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
    return _resolve(pin, cores, packages, (), outside_allowed=True)


def _resolve(
    pin: Pin,
    cores: Iterable[LockedFile],
    requested: Sequence[str],
    known: Iterable[LockedFile],
    *,
    outside_allowed: bool,
    command: str = _COMMAND,
) -> RuntimeLock:
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


def _former(path: Path) -> RuntimeLock | None:
    """The lock so far; None when it is damaged in what is about to be written anew."""
    try:
        return read_lock(path)
    except ToolError as error:
        warn(f"{error}; doing so now")
        return None


def _changes(former: RuntimeLock | None, new: RuntimeLock) -> list[str]:
    before = former.packages if former else {}
    sizes, sizes_before = _package_sizes(new), _package_sizes(former)
    lines = []
    for name in sorted(before.keys() | new.packages.keys()):
        old, now = before.get(name), new.packages.get(name)
        if old is None and now is not None:
            origin = ", from the package index" if now.source == "index" else ""
            lines.append(f"added    {name} {now.version} ({_readable(sizes[name])}{origin})")
        elif now is None and old is not None:
            lines.append(f"removed  {name} {old.version} ({_readable(sizes_before[name])})")
        elif old is not None and now is not None and old.version != now.version:
            span = f"{_readable(sizes_before[name])} to {_readable(sizes[name])}"
            lines.append(f"changed  {name} {old.version} to {now.version} ({span})")
    return lines


def _package_sizes(lock: RuntimeLock | None) -> dict[str, int]:
    files = lock.files if lock else ()
    return {file.package: file.size for file in files if file.path != INDEX_PATH}


def _readable(size: int) -> str:
    return megabytes(size) if size >= 1e6 else f"{size / 1e3:.0f} kB"


def _summary(lock: RuntimeLock, former: RuntimeLock | None = None) -> str:
    before = f", {megabytes(former.size)} before" if former else ""
    return (
        f"{counted(len(lock.packages), 'package')}, {megabytes(lock.size)} with the runtime{before}"
    )


def _release(pin: Pin) -> str:
    return f"Pyodide {pin.pyodide.version} (Python {pin.pyodide.python})"


def _next_step(lock: RuntimeLock, *, moved: bool) -> str:
    if not moved:
        return "next: pyscript vendor"
    step = "next: python -m pip install -r requirements.txt, then pyscript vendor"
    python, here = required_python(lock), platform.python_version()
    if SpecifierSet(python).contains(here, prereleases=True):
        return step
    return f"{step}, in a virtual environment with Python {python}; this one has {here}"
