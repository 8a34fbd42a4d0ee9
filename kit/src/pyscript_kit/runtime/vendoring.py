"""`pyscript vendor`: makes `app/runtime/` from `runtime.lock.json`. With the runtime on the CDN,
only the page's shell is there, and the cache is filled, from which the end-to-end tests answer
the CDN's addresses."""

import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from pyscript_kit.errors import StoppedError, ToolError, writing
from pyscript_kit.lock.lockfile import RuntimeLock, index_of, wanted_by
from pyscript_kit.lock.own import keep_own_wheels
from pyscript_kit.lock.pinned import other_interpreter, other_packages, other_wheels
from pyscript_kit.lock.reader import read_lock
from pyscript_kit.project.settings import Project, read_project
from pyscript_kit.project.swap import alone, replace
from pyscript_kit.runtime.placement import is_in_place, runtime_place
from pyscript_kit.runtime.shell import FOLDER as SHELL_FOLDER
from pyscript_kit.runtime.shell import shell_files
from pyscript_kit.runtime.telling import tell_shell
from pyscript_kit.snapshot.manifest import FOLDER
from pyscript_kit.snapshot.needs import read_needs
from pyscript_kit.snapshot.snapshots import (
    Snapshots,
    is_prepared,
    prepare,
    take_over,
    tell_failures,
)
from pyscript_kit.sources.cache import CACHE_VARIABLE, Cache
from pyscript_kit.sources.fetching import fetch
from pyscript_kit.sources.wanted import INDEX_PATH, Wanted, cdn_url, official_index
from pyscript_kit.terminal import counted, megabytes, say

_COMMAND = "pyscript vendor"
_COPIES_AT_ONCE = 4


def vendor_runtime(
    project_root: Path,
    snapshots: Snapshots = Snapshots.ALL,
    stop: threading.Event | None = None,
) -> None:
    """Make the runtime of the project at `project_root`, and say what was done.

    `app/runtime/` then holds the page's shell; self-hosted, it holds the files of the lock too, and
    what the loader boots from, with snapshots or without. On the CDN, the cache holds these files
    and the official `pyodide-lock.json`.

    Args:
        snapshots: which ones it is to have.
        stop: is set once nobody wants it any more.

    Raises:
        StoppedError: when `stop` is set before it is there.
        ToolError: one sentence; `app/runtime/` is as it was in either case.
    """
    started = time.monotonic()
    project, lock = _read(project_root)
    if _is_right(project, lock, snapshots):
        _say_in_place(project, lock, started)
    else:
        with alone(runtime_place(project)):
            _put_right(project_root, started, snapshots, stop)


def lacks_snapshots(project_root: Path) -> bool:
    """Whether there are snapshots to be made for a runtime that is in place.

    Raises:
        ToolError: one sentence.
    """
    project, lock = _read(project_root)
    return project.preboots and not _has_snapshots(project, lock, Snapshots.ALL)


def add_snapshots(project_root: Path, stop: threading.Event) -> bool:
    """Make the snapshots that a runtime in use lacks. None of its files is gone meanwhile.

    Returns:
        Whether there are any now. If not, nothing has changed, and warnings say why.

    Raises:
        StoppedError: when `stop` is set before they are there.
        ToolError: one sentence; the app starts as before in either case.
    """
    project, _ = _read(project_root)
    with alone(runtime_place(project)):
        project, lock = _read(project_root)
        if _is_right(project, lock, Snapshots.ALL):
            return True
        with writing("app/runtime"):
            tell_shell(project, lock)
        if not is_in_place(project, lock):
            return False
        beside = runtime_place(project).new
        try:
            with writing(str(beside.relative_to(project.root))):
                beside.mkdir()
                made = _fill(beside, project, lock, Snapshots.ALL, Counter(), stop)
                if made:
                    take_over(project.runtime / FOLDER, beside / FOLDER)
                return made
        finally:
            shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def vendored(project_root: Path) -> Iterator[tuple[Project, RuntimeLock]]:
    """Make the runtime as `vendor_runtime` does, and let no other run change it meanwhile.

    Returns:
        The project, and the lock that its runtime is made from.

    Raises:
        ToolError: one sentence; `app/runtime/` is then as it was.
    """
    started = time.monotonic()
    project, _ = _read(project_root)
    with alone(runtime_place(project)):
        yield _put_right(project_root, started, Snapshots.ALL, None)


def cached_files(project_root: Path) -> dict[str, Path]:
    """The verified file in the cache for each address on the CDN that the app can ask for.

    Returns:
        Local paths by full URL, with that of the official `pyodide-lock.json` among them.

    Raises:
        ToolError: when one is missing or has changed; `pyscript vendor` of a project whose runtime
            is on the CDN brings all of them.
    """
    _, lock = _read(project_root)
    cache = Cache.of_user()
    found: dict[str, Path] = {}
    for wanted in _on_cdn(lock):
        url = cdn_url(wanted, lock.pin)
        path = cache.find(wanted)
        if path is None:
            raise ToolError(f"{wanted.path} is not in the cache {cache.folder}: run `{_COMMAND}`")
        if url is not None:
            found[url] = path
    return found


def _read(root: Path) -> tuple[Project, RuntimeLock]:
    project = read_project(root)
    lock = read_lock(project.lock_path)
    for disagreement in (
        *other_packages(project, lock),
        *other_wheels(project, lock),
        *other_interpreter(project, lock),
    ):
        raise ToolError(disagreement)
    return project, lock


def _on_cdn(lock: RuntimeLock) -> list[Wanted]:
    outside = next(
        (name for name, package in lock.packages.items() if package.source != "pyodide"), None
    )
    if outside is not None:
        raise ToolError(
            f"{outside} is outside the Pyodide distribution, so the CDN does not have it: "
            "remove it from packages, or serve the runtime yourself"
        )
    return [*wanted_by(lock), official_index(lock.pin)]


def _fill_cache(lock: RuntimeLock, started: float) -> None:
    cache = Cache.of_user()
    wanted = _on_cdn(lock)
    missing = [file for file in wanted if cache.find(file) is None]
    received = fetch(missing, lock.pin, cache, _COMMAND)
    received["the cache"] += len(wanted) - len(missing)
    say(
        "The runtime is on the CDN; for the tests, the cache holds "
        + _summary(lock, received, started)
    )


def _put_right(
    root: Path, started: float, snapshots: Snapshots, stop: threading.Event | None
) -> tuple[Project, RuntimeLock]:
    # Whoever was waited for may have done the work, or have left something else to do.
    project, lock = _read(root)
    if _is_right(project, lock, snapshots):
        _say_in_place(project, lock, started)
    elif project.mode == "cdn":
        _fill_cache(lock, started)
        replace(runtime_place(project), lambda folder: _write_shell(folder, project, lock))
        say("app/runtime/ holds the page's shell")
    else:
        _replace(project, lock, started, snapshots, stop)
    return project, lock


def _is_right(project: Project, lock: RuntimeLock, snapshots: Snapshots) -> bool:
    if not is_in_place(project, lock):
        return False
    return not project.preboots or _has_snapshots(project, lock, snapshots)


def _has_snapshots(project: Project, lock: RuntimeLock, snapshots: Snapshots) -> bool:
    return is_prepared(project.runtime / FOLDER, lock, read_needs(project, lock), snapshots)


def _replace(
    project: Project,
    lock: RuntimeLock,
    started: float,
    snapshots: Snapshots,
    stop: threading.Event | None,
) -> None:
    received: Counter[str] = Counter()
    replace(
        runtime_place(project),
        lambda folder: _fill(folder, project, lock, snapshots, received, stop),
    )
    say("app/runtime/ holds " + _summary(lock, received, started))
    if project.preboots:
        say(f"With the snapshots, it takes {megabytes(_size(project.runtime))} on disk")


def _fill(
    folder: Path,
    project: Project,
    lock: RuntimeLock,
    snapshots: Snapshots,
    received: Counter[str],
    stop: threading.Event | None,
) -> bool:
    """Make a runtime in a new folder, and count where its files come from; whether it has anything
    to boot from."""
    wanted = wanted_by(lock)
    cache = Cache.of_user()
    keep_own_wheels(project, lock, cache)
    for parent in sorted({(folder / file.path).parent for file in lock.files}):
        parent.mkdir(parents=True, exist_ok=True)
    missing = _copy(wanted, folder, cache)
    received.update(fetch(missing, lock.pin, cache, _COMMAND, stop))
    received["the cache"] += len(wanted) - len(missing)
    if lost := _copy(missing, folder, cache):
        raise ToolError(
            f"{lost[0].path} disappeared from the cache {cache.folder}: "
            f"name another folder in {CACHE_VARIABLE}"
        )
    (folder / INDEX_PATH).write_bytes(index_of(lock))
    _write_shell(folder, project, lock)
    made = project.preboots and prepare(
        folder, lock, read_needs(project, lock), cache, snapshots, stop
    )
    if stop and stop.is_set():
        raise StoppedError
    return made


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _write_shell(folder: Path, project: Project, lock: RuntimeLock) -> None:
    shell = folder / SHELL_FOLDER
    shell.mkdir()
    for name, content in shell_files(project, lock).items():
        (shell / name).write_bytes(content)


def _copy(wanted: Sequence[Wanted], folder: Path, cache: Cache) -> list[Wanted]:
    """Copy what the cache holds to its place below `folder`, and tell what it lacks."""
    with ThreadPoolExecutor(_COPIES_AT_ONCE) as pool:
        copied = pool.map(lambda file: cache.copy(file, folder / file.path), wanted)
        return [file for file, done in zip(wanted, copied, strict=True) if not done]


def _summary(lock: RuntimeLock, received: Counter[str], started: float) -> str:
    sources = ", ".join(f"{count} from {name}" for name, count in received.items() if count)
    seconds = time.monotonic() - started
    return f"{_extent(lock)}, in {seconds:.1f} s ({sources})"


def _say_in_place(project: Project, lock: RuntimeLock, started: float) -> None:
    if project.mode == "cdn":
        _fill_cache(lock, started)
        return
    say(f"app/runtime/ is up to date: {_extent(lock)}")
    if project.preboots:
        tell_failures(project.runtime / FOLDER)


def _extent(lock: RuntimeLock) -> str:
    return f"{counted(len(lock.files), 'file')}, {megabytes(lock.size)}"
