"""`pyscript lock`: brings `runtime.lock.json` up to date with `app/pyscript.toml`, or, with
`--pyodide`, moves the project to another release of Pyodide, and all that states a version."""

from __future__ import annotations

from pathlib import Path

from pyscript_kit.errors import ToolError, writing
from pyscript_kit.lock.changes import changes, next_step, release_name, summary
from pyscript_kit.lock.lockfile import LockedFile, RuntimeLock, lock_text
from pyscript_kit.lock.pythons import required_python
from pyscript_kit.lock.reader import check_new, read_lock, read_pin
from pyscript_kit.lock.release import find_release
from pyscript_kit.lock.resolve import COMMAND, resolve
from pyscript_kit.lock.versions import carriers_of_versions, texts_for, texts_for_tests
from pyscript_kit.project.pins import Pin
from pyscript_kit.project.pyproject import PYPROJECT
from pyscript_kit.project.settings import CONFIG, LOCK_NAME, Project, read_project
from pyscript_kit.project.swap import Place, alone
from pyscript_kit.project.together import leftovers, write_together
from pyscript_kit.sources.cache import Cache
from pyscript_kit.terminal import say, warn


def lock_project(project_root: Path, pyodide_version: str | None = None) -> None:
    """Bring `runtime.lock.json` of the project at `project_root` up to date, and say what changed.

    Args:
        pyodide_version: the release of Pyodide to move to, with all that states a version beside
            the lock; that of the lock when it is None.

    Raises:
        ToolError: one sentence; every file is then as it was.
    """
    while not _lock_once(project_root, pyodide_version):
        say(f"{CONFIG} or {LOCK_NAME} changed in the meantime: starting over")


def _lock_once(project_root: Path, pyodide_version: str | None) -> bool:
    """Lock a project; False, and nothing is written, when it changed while that took its time."""
    basis = _basis(project_root)
    project = read_project(project_root)
    pin, cores = read_pin(project.lock_path)
    former = _former(project.lock_path)
    former_pin = pin
    command = COMMAND
    if pyodide_version is not None:
        command = f"{COMMAND} --pyodide {pyodide_version}"
        pin, cores = _moved(pin, cores, pyodide_version)
    new = resolve(
        pin,
        cores,
        project.asked,
        former,
        outside_allowed=project.mode != "cdn",
        command=command,
        root=project.root,
    )
    check_new(new)
    moved = pyodide_version is not None
    changed = _changed(new, former, project, moved=moved)
    required = required_python(project.root)
    if changed or leftovers(_written(project)):
        with alone(Place(project.lock_path, LOCK_NAME)):
            if _basis(project_root) != basis:
                return False
            with writing(LOCK_NAME):
                for left in leftovers(_written(project)):
                    left.unlink()
            changed = _changed(new, former, project, moved=moved)
            write_together(changed)
    if not changed:
        say(f"{LOCK_NAME} is up to date: {summary(new)}")
        return True
    if pin != former_pin:
        releases = f"{release_name(former_pin)} to {release_name(pin)}"
        say(f"changed  {releases}; PyScript stays {pin.pyscript}")
    for line in changes(former, new, required):
        say(line)
    for path in changed:
        detail = f": {summary(new, former)}" if path == project.lock_path else ""
        say(f"wrote {path.relative_to(project.root).as_posix()}{detail}")
    now = required_python(project.root)
    if now != required:
        say(f"requires-python of {PYPROJECT} is now {now}, to suit the project's packages")
    say(next_step(now, reinstall=moved or now != required))
    return True


def _basis(root: Path) -> list[bytes | None]:
    """What a lock follows from, beside the command: the former lock and what the app asks for."""
    return [_content(root / name) for name in (LOCK_NAME, CONFIG)]


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:  # Whoever reads it for good says why.
        return None


def _former(path: Path) -> RuntimeLock | None:
    """The lock so far; None when it is damaged in what is about to be written again."""
    try:
        return read_lock(path)
    except ToolError as error:
        warn(f"{error}; doing so now")
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


def _changed(
    lock: RuntimeLock, former: RuntimeLock | None, project: Project, *, moved: bool
) -> dict[Path, bytes]:
    """What has to be written for a lock: the files that do not read like that already."""
    texts = texts_for(lock, project.root, former) if moved else texts_for_tests(lock, project.root)
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
