"""The runtime files that this user already has, by content: a file lies under its own sha256, and
counts only as long as it still has it."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

import platformdirs

from pyscript_kit.errors import ToolError, writing
from pyscript_kit.project.settings import LOCK_NAME
from pyscript_kit.sources.wanted import Wanted
from pyscript_kit.terminal import warn

CACHE_VARIABLE = "PYSCRIPT_RUNTIME_CACHE"

_CHUNK = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Cache:
    """A folder of verified files, shared by all projects and safe for runs side by side."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of_user(cls) -> Cache:
        """The cache that the environment variable names, else that in the user's cache folder.

        Raises:
            ToolError: when there is no home folder to begin from.
        """
        named = os.environ.get(CACHE_VARIABLE)
        if named:
            try:
                return cls(Path(named).expanduser().absolute())
            except RuntimeError:
                raise ToolError(
                    f"{CACHE_VARIABLE} is {named!r}, and that user has no known home folder: "
                    f"write the full path"
                ) from None
        folder = platformdirs.user_cache_path("pyscript-runtime", appauthor=False)
        # What nobody could expand begins with a tilde still.
        if not folder.is_absolute():
            raise ToolError(
                "this user has no home folder to keep a cache in: "
                f"set {CACHE_VARIABLE} to a writable folder, and run it again"
            )
        return cls(folder)

    @property
    def label(self) -> str:
        """How messages call it."""
        return f"the cache {self.folder}, which {CACHE_VARIABLE} can move"

    def place(self, wanted: Wanted) -> Path:
        """Where a file is once it is here; the ending tells servers its media type.

        Raises:
            ToolError: when its sha256 is none: as a path, it could lead out of the cache.
        """
        if not _SHA256.fullmatch(wanted.sha256):
            raise ToolError(
                f"{wanted.path} has the sha256 {wanted.sha256!r}, which is not one: use another "
                f"release or index"
            )
        suffix = PurePosixPath(wanted.path).suffix
        return self.folder / "files" / wanted.sha256[:2] / f"{wanted.sha256}{suffix}"

    def find(self, wanted: Wanted) -> Path | None:
        """The place of a file that is here and still right, else None.

        A file that has changed is named in a warning and removed.

        Raises:
            ToolError: when the lock's size is not that of the file with the lock's sha256.
        """
        place = self.place(wanted)
        try:
            with place.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
                size = file.tell()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise self._unreadable(place, error) from error
        return place if self._is_right(wanted, size, found) else None

    def copy(self, wanted: Wanted, target: Path) -> bool:
        """Copy a file out of the cache, checking what is written; False when it is not here.

        Raises:
            ToolError: as `find`.
            OSError: when the copy cannot be written.
        """
        place = self.place(wanted)
        digest = hashlib.sha256()
        size = 0
        try:
            source = place.open("rb")
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise self._unreadable(place, error) from error
        with source, target.open("wb") as copied:
            while True:
                try:
                    chunk = source.read(_CHUNK)
                except OSError as error:
                    raise self._unreadable(place, error) from error
                if not chunk:
                    break
                digest.update(chunk)
                size += len(chunk)
                copied.write(chunk)
        if self._is_right(wanted, size, digest.hexdigest()):
            return True
        target.unlink()
        return False

    def adopt(self, wanted: Wanted, verified: Path) -> None:
        """Move a verified file of a workspace to its place."""
        place = self.place(wanted)
        with writing(str(place)):
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                verified.replace(place)
            except PermissionError:
                # Windows, while another run reads the same file: that one is as good.
                if not place.is_file():
                    raise

    def keep(self, place: Path, content: bytes) -> None:
        """Write what was made here to a place in the cache, in one step.

        Raises:
            ToolError: when it cannot be written.
        """
        with self.workspace() as workspace, writing(self.label):
            made = workspace / place.name
            made.write_bytes(content)
            place.parent.mkdir(parents=True, exist_ok=True)
            made.replace(place)

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """An empty folder for this run, on the file system of the cache, removed afterwards.

        Those of runs that were killed are removed here: they hold no lock any more.
        """
        from filelock import FileLock

        runs = self.folder / "runs"
        with writing(self.label):
            runs.mkdir(parents=True, exist_ok=True)
            folder = runs / secrets.token_hex(8)
            alive = FileLock(f"{folder}.lock")
            with FileLock(runs / "runs.lock"):
                _remove_dead(runs)
                alive.acquire()
                folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            alive.release()
            with suppress(OSError):
                Path(alive.lock_file).unlink(missing_ok=True)

    def _is_right(self, wanted: Wanted, size: int, sha256: str) -> bool:
        if sha256 == wanted.sha256:
            if wanted.size not in (None, size):
                raise ToolError(
                    f"{LOCK_NAME} gives {wanted.size} bytes for {wanted.path}, but the file with "
                    f"its sha256 has {size}: restore the lock from version control"
                )
            return True
        place = self.place(wanted)
        warn(
            f"cache: {wanted.path} has changed on disk (sha256 {sha256[:12]}… instead of "
            f"{wanted.sha256[:12]}…): removed {place}"
        )
        with writing(str(place)):
            place.unlink(missing_ok=True)
        return False

    def _unreadable(self, place: Path, error: OSError) -> ToolError:
        return ToolError(
            f"the cached file {place} cannot be read ({error.strerror}): remove it, "
            f"or name another folder in {CACHE_VARIABLE}"
        )


def _remove_dead(runs: Path) -> None:
    from filelock import FileLock, Timeout

    for lock_file in runs.glob("*.lock"):
        if lock_file.name == "runs.lock":
            continue
        lock = FileLock(lock_file)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue
        shutil.rmtree(lock_file.with_suffix(""), ignore_errors=True)
        lock.release()
        lock_file.unlink(missing_ok=True)
    for folder in runs.iterdir():
        # A client that outlived its run may have written into what was removed.
        if folder.is_dir() and not folder.with_suffix(".lock").exists():
            shutil.rmtree(folder, ignore_errors=True)
