"""Wheels that an app names by their path in the project, or their address."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from pyscript_kit.errors import ToolError
from pyscript_kit.lock.advice import again, leave_out
from pyscript_kit.lock.distribution import Distribution
from pyscript_kit.lock.lockfile import RuntimeLock, wanted_by
from pyscript_kit.project.asked import Asked, is_address
from pyscript_kit.project.pins import PyodidePin
from pyscript_kit.project.reading import read_bytes
from pyscript_kit.project.settings import Project
from pyscript_kit.sources.addresses import download
from pyscript_kit.sources.cache import Cache
from pyscript_kit.sources.fetching import way_out_of
from pyscript_kit.sources.inbox import SourceError
from pyscript_kit.sources.wanted import Publisher, Wanted


def check_wheels(asked: Iterable[Asked], distribution: Distribution, pin: PyodidePin) -> None:
    """Refuse wheels that the browser cannot run, or that Pyodide has itself.

    Raises:
        ToolError: when it is one of these.
    """
    for each in asked:
        if not each.wheel:
            continue
        if each.name in distribution.packages:
            version = distribution.packages[each.name].package.version
            raise ToolError(
                f"{each.wheel} is a wheel of {each.name}, and Pyodide {pin.version} has "
                f"{each.name} {version}, which its other packages are built for: add {each.name} "
                f"instead, or rename the wheel's package"
            )
        if tags := _unknown_tags(each.file_name, distribution, pin):
            raise ToolError(
                f"{each.wheel} is for {tags}, which no browser runs: build one for "
                f"{' or '.join(['any system', *distribution.platforms])}, and Python {pin.python}"
            )


def own_wheels(
    asked: Sequence[Asked], root: Path, former: RuntimeLock | None, folder: Path, cache: Cache
) -> dict[str, Path]:
    """The files of wheels that are asked for by path or address, under their own names, in a
    folder; the cache has them, too.

    A wheel at an address is the one that the lock so far has: what is there may have changed.

    Raises:
        ToolError: when one cannot be had.
    """
    locked = {} if former is None else {each.origin: each for each in wanted_by(former)}
    found = {}
    for each in asked:
        if not each.wheel:
            continue
        folder.mkdir(exist_ok=True)
        place = folder / each.file_name
        known = locked.get(each.wheel) if each.from_afar else None
        if known is None or not cache.copy(known, place):
            _bring(each, root, place, known)
            _keep(place, each, cache)
        found[each.name] = place
    return found


def keep_own_wheels(project: Project, lock: RuntimeLock, cache: Cache) -> None:
    """Put the wheels of a lock that are in the project into the cache, from where all is taken.

    Raises:
        ToolError: when one is not there.
    """
    for wanted in wanted_by(lock):
        if wanted.publisher is Publisher.AUTHOR and not is_address(wanted.origin):
            content = read_bytes(project.root / wanted.origin, wanted.origin)
            if cache.find(wanted) is None and hashlib.sha256(content).hexdigest() == wanted.sha256:
                cache.keep(cache.place(wanted), content)


def _bring(each: Asked, root: Path, place: Path, known: Wanted | None) -> None:
    if not each.from_afar:
        source = root / each.wheel
        if not source.is_file():
            raise ToolError(
                f"{each.wheel} is not in the project: restore it from version control, or "
                f"{leave_out(each.name)}"
            )
        shutil.copyfile(source, place)
        return
    try:
        download(each.wheel, place)
    except SourceError as trouble:
        way_out = way_out_of([str(trouble)]) or "check that the address is right and can be reached"
        raise ToolError(
            f"{each.wheel} cannot be fetched ({trouble}): {way_out}, {again()}"
        ) from trouble
    if known is not None and _sha256(place) != known.sha256:
        raise ToolError(
            f"{each.wheel} is not the file any more that the lock has: have its publisher say why; "
            f"to take it as it is, `pyscript remove {each.name}` and add it again"
        )


def _keep(place: Path, each: Asked, cache: Cache) -> None:
    content = place.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    path = f"pyodide/{each.file_name}"
    wanted = Wanted(path, sha256, len(content), Publisher.AUTHOR, "", each.wheel)
    if cache.find(wanted) is None:
        cache.keep(cache.place(wanted), content)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _unknown_tags(file_name: str, distribution: Distribution, pin: PyodidePin) -> str:
    """The tags of a wheel, as a sentence has them, where the browser takes none of them."""
    from packaging.tags import compatible_tags, cpython_tags
    from packaging.utils import parse_wheel_filename

    major, minor, *_ = pin.python.split(".")
    python = (int(major), int(minor))
    platforms = distribution.platforms
    taken = {
        *cpython_tags(python, platforms=platforms),
        *compatible_tags(python, f"cp{major}{minor}", platforms),
    }
    tags = parse_wheel_filename(file_name)[3]
    return "" if tags & taken else " and ".join(sorted(map(str, tags)))
