"""Puts the loader into a runtime, and what it boots from: bytecode, and images of Python's memory.
A browser makes these out of the runtime's plain files, once for a lock; docs/preboot.md of the
template explains how.

They are in `app/runtime/preboot/`, and in the user's cache under the key of all that they were made
from. No lock knows their hashes: they are in the manifest that is made along with them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from enum import Enum, auto
from pathlib import Path

from pyscript_kit.browser import LOADER, files_of
from pyscript_kit.lock.lockfile import RuntimeLock
from pyscript_kit.snapshot.keeping import from_cache, keep, key_of
from pyscript_kit.snapshot.making import TRIES, engines_to_ask, made_by_engines
from pyscript_kit.snapshot.manifest import (
    FOLDER,
    MANIFEST,
    Manifest,
    failures,
    files_of_manifest,
    left_out,
    manifest_text,
    put_manifest,
    read_manifest,
)
from pyscript_kit.snapshot.needs import Needs
from pyscript_kit.snapshot.workshop import NO_FILES
from pyscript_kit.sources.cache import Cache
from pyscript_kit.terminal import say, warn

_NO_FILES = "no-stdlib.zip"


class Snapshots(Enum):
    """Which snapshots a runtime is to have."""

    NONE = auto()
    # Those that have been made: none is waited for.
    KEPT = auto()
    ALL = auto()


def is_prepared(folder: Path, lock: RuntimeLock, needs: Needs, wanted: Snapshots) -> bool:
    """Whether a runtime's folder of the loader is whole and what a new one would be.

    Args:
        folder: `app/runtime/preboot`.
        lock: the runtime's lock.
        needs: what the app needs of the lock's packages.
        wanted: which snapshots it is to hold.
    """
    try:
        manifest = read_manifest(folder / MANIFEST)
        if manifest is None:
            made = {}
            right = wanted is not Snapshots.ALL or not engines_to_ask(None)
        else:
            made = {file: sha256 for file, _, sha256 in files_of_manifest(manifest)}
            right = _is_wanted(manifest, lock, needs, wanted)
        found = {path.name for path in folder.iterdir()}
        return (
            right
            and found == {*(path.name for path in files_of(LOADER)), MANIFEST, _NO_FILES, *made}
            and all(
                (folder / path.name).read_bytes() == path.read_bytes() for path in files_of(LOADER)
            )
            and all(_sha256(folder / name) == sha256 for name, sha256 in made.items())
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _is_wanted(manifest: Manifest, lock: RuntimeLock, needs: Needs, wanted: Snapshots) -> bool:
    if wanted is Snapshots.KEPT:
        # Made for other imports of the same packages, they are as right.
        return manifest.get("basis") == _basis_of(lock)
    return (
        wanted is Snapshots.ALL
        and not engines_to_ask(manifest)
        and manifest["key"] == key_of(lock, needs)
        and manifest.items() >= needs.for_loader().items()
    )


def _basis_of(lock: RuntimeLock) -> str:
    """What tells the snapshots of one lock from those of another, whatever the app imports."""
    return key_of(lock, Needs.none())


def prepare(
    runtime: Path,
    lock: RuntimeLock,
    needs: Needs,
    cache: Cache,
    wanted: Snapshots,
    stop: threading.Event | None = None,
) -> bool:
    """Add the loader, and what it boots from, to a runtime that has its plain files already.

    Where no browser can be started, or what it makes does not pass its check, the loader boots from
    less or plainly, and a warning says so.

    Args:
        runtime: the folder with `pyodide/` in it.
        lock: the runtime's lock.
        needs: what the app needs of the lock's packages.
        cache: where snapshots are kept and looked for.
        wanted: which snapshots are wanted.
        stop: is set once nobody wants them any more.

    Returns:
        Whether there is anything to boot from.

    Raises:
        StoppedError: when `stop` is set before all is done.
    """
    folder = runtime / FOLDER
    folder.mkdir()
    for path in files_of(LOADER):
        shutil.copyfile(path, folder / path.name)
    (folder / _NO_FILES).write_bytes(NO_FILES)
    put_manifest(folder, None)
    if wanted is Snapshots.NONE:
        say("No snapshot, as requested: Python boots without one")
        return False
    kept = cache.folder / "snapshots" / key_of(lock, needs)
    former = from_cache(kept, folder)
    # Without a browser there is nothing to come later, and a warning says so.
    later = wanted is Snapshots.KEPT and engines_to_ask(former)
    manifest = former if later else made_by_engines(runtime, lock, needs, former, stop)
    if manifest is None:
        return False
    put_manifest(folder, {**manifest, **needs.for_loader(), "basis": _basis_of(lock)})
    if not later:
        tell_failures(folder)
    if manifest is not former:
        keep(kept, folder, manifest, cache, more=former is not None)
    return True


def take_over(folder: Path, made: Path) -> None:
    """Put what was made for a runtime in use into its folder of the loader: the manifest last, so
    that a page which starts meanwhile boots from what is whole.

    Args:
        folder: `app/runtime/preboot`.
        made: the same of another one, made from the same files; it goes.

    Raises:
        OSError: a file cannot be written.
    """
    names = {path.name for path in made.iterdir()}
    for name in sorted(names, key=lambda name: name == MANIFEST):
        (made / name).replace(folder / name)
    for path in folder.iterdir():
        if path.name not in names:
            path.unlink()


def tell_failures(folder: Path) -> None:
    """Warn of the browsers that no snapshot could be made for, and name the packages that are in
    none.

    Args:
        folder: `app/runtime/preboot`.
    """
    try:
        manifest = read_manifest(folder / MANIFEST) or {}
        failed, out = failures(manifest), left_out(manifest)
    except (OSError, ValueError):  # another run is making it again
        return
    for name, (runs, reason) in failed.items():
        again = (
            "the next run tries again"
            if runs < TRIES
            else f"{runs} runs ended like this, and no run tries again until the lock or the "
            f"app's imports change; if that browser was at fault, fix it, then remove "
            f"app/runtime/ and snapshots/{manifest['key']} in the cache"
        )
        warn(
            f"the app starts later in browsers like {name}, which made no snapshot ({reason}): "
            f"{again}"
        )
    for name, reason in out.items():
        warn(f"{name} is in no snapshot, so the page that imports it loads it: {reason}")


def tell_needs(folder: Path, needs: Needs) -> None:
    """Have a loader that is in place begin with what the app needs now.

    Args:
        folder: `app/runtime/preboot`.
        needs: what the app needs of the lock's packages.

    Raises:
        OSError: its manifest cannot be read or written.
        ValueError: it is none.
    """
    manifest = read_manifest(folder / MANIFEST)
    if manifest is None or manifest.items() >= needs.for_loader().items():
        return
    # A page may be loading it, and another process may be saying the same.
    new = folder / f".{os.getpid()}-{MANIFEST}"
    new.write_text(manifest_text({**manifest, **needs.for_loader()}), encoding="utf-8")
    new.replace(folder / MANIFEST)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
