"""Sets of snapshots in the user's cache, each under the key of all that it was made from."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from pyscript_kit.browser import LOADER, WATCHED, files_of
from pyscript_kit.errors import writing
from pyscript_kit.lock.lockfile import RuntimeLock
from pyscript_kit.snapshot.engines import has_webkit
from pyscript_kit.snapshot.job import job_for
from pyscript_kit.snapshot.manifest import (
    Manifest,
    failures,
    files_of_manifest,
    left_out,
    parsed_manifest,
)
from pyscript_kit.snapshot.needs import Needs
from pyscript_kit.sources.cache import Cache
from pyscript_kit.terminal import counted, megabytes, say, warn

# What makes snapshots, in a browser; its pages use modules of the loader.
MAKER = Path(__file__).parent / "maker"
# Seconds that a set stays in the cache unused: it takes a hundred megabytes, and a minute to make.
_UNUSED = 30 * 24 * 3600


def key_of(lock: RuntimeLock, needs: Needs) -> str:
    """What tells one set of snapshots from another: all that they are made from, and with."""
    digest = hashlib.sha256(json.dumps(job_for(lock, needs)).encode())
    for asset in (*files_of(MAKER), *files_of(LOADER), WATCHED):
        digest.update(asset.read_bytes())
    for file in lock.files:
        digest.update(f"{file.path} {file.sha256}\n".encode())
    # A WebKit that comes later adds its own snapshot.
    digest.update(b"webkit" if has_webkit() else b"")
    return digest.hexdigest()[:32]


def from_cache(kept: Path, folder: Path) -> Manifest | None:
    """Copy a set out of the cache, if it is there and whole, and return its manifest."""
    started = time.monotonic()
    try:
        manifest = parsed_manifest((kept / "manifest.json").read_text(encoding="utf-8"))
        if manifest is None:
            raise ValueError("no manifest is kept")
        files = files_of_manifest(manifest)
        failures(manifest)
        left_out(manifest)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        right = False
    else:
        with suppress(OSError):  # a cache that is read only keeps everything
            os.utime(kept)
        with ThreadPoolExecutor() as pool:
            right = all(pool.map(lambda file: _copied(kept, folder, *file), files))
    if not right:
        warn(f"the snapshots in the cache have changed on disk: making them again: {kept}")
        shutil.rmtree(kept, ignore_errors=True)
        return None
    size = megabytes(sum(size for _, size, _ in files))
    seconds = time.monotonic() - started
    say(f"Snapshots: {counted(len(files), 'file')}, {size}, from the cache in {seconds:.1f} s")
    return manifest


def keep(kept: Path, folder: Path, manifest: Manifest, cache: Cache, *, more: bool) -> None:
    """Keep a set in the cache; `more` when it is to take the place of one that lacks something."""
    with cache.workspace() as workspace, writing(f"the cache {cache.folder}"):
        made = workspace / "snapshots"
        made.mkdir()
        for file, _, _ in files_of_manifest(manifest):
            shutil.copyfile(folder / file, made / file)
        (made / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        kept.parent.mkdir(parents=True, exist_ok=True)
        if more:
            with suppress(FileNotFoundError):
                kept.rename(workspace / "former")
        try:
            made.rename(kept)
        except OSError:
            if not kept.is_dir():  # another run has kept the same meanwhile
                raise
        for other in kept.parent.iterdir():
            with suppress(OSError):  # another run has removed it meanwhile
                if time.time() - other.stat().st_mtime > _UNUSED:
                    other.rename(workspace / other.name)


def _copied(kept: Path, folder: Path, file: str, size: int, sha256: str) -> bool:
    try:
        content = (kept / file).read_bytes()
    except OSError:
        return False
    # An error in writing does not mean that the cached set is damaged.
    if len(content) != size or hashlib.sha256(content).hexdigest() != sha256:
        return False
    (folder / file).write_bytes(content)
    return True
