"""Adds packages to a project and removes them: what the app asks for, the lock, and the versions
for unit tests on CPython change together, or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pyscript_kit.errors import ToolError, writing
from pyscript_kit.lock.advice import adding
from pyscript_kit.lock.changes import changes, next_step, summary
from pyscript_kit.lock.for_tests import pins_for_tests, pins_of
from pyscript_kit.lock.lockfile import RuntimeLock, lock_text
from pyscript_kit.lock.pythons import required_python
from pyscript_kit.lock.reader import check_new, read_lock, read_pin
from pyscript_kit.lock.resolve import resolve
from pyscript_kit.lock.versions import carriers_of_versions, held_at, texts_for_tests
from pyscript_kit.project.asked import Asked, is_address, read_asked
from pyscript_kit.project.asking import (
    pins_in_pyproject,
    pins_in_requirements,
    with_asked,
    without_asked,
)
from pyscript_kit.project.imports import importers
from pyscript_kit.project.pages import read_pages
from pyscript_kit.project.pyproject import PYPROJECT
from pyscript_kit.project.reading import read_bytes
from pyscript_kit.project.settings import CONFIG, LOCK_NAME, Project, read_project
from pyscript_kit.project.swap import Place, alone
from pyscript_kit.project.together import leftovers, write_together
from pyscript_kit.sources.wanted import INDEX_PATH
from pyscript_kit.terminal import megabytes, say, warn

_REQUIREMENTS = "requirements.txt"
_WHEELS = "wheels"


@dataclass(frozen=True)
class Change:
    """What adding or removing packages has made of a project.

    Attributes:
        names: the packages that were added, or removed, in the spelling of indexes.
        written: the files that have changed, relative to the project; none where all was as it
            should be already.
        left_out: a sentence for each package that has no line for the unit tests, and why.
        required: `requires-python` of the project, before and now.
    """

    names: tuple[str, ...]
    former: RuntimeLock
    lock: RuntimeLock
    written: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    required: tuple[str, str] = ("", "")

    @property
    def more_bytes(self) -> int:
        """What visitors fetch more, or less where it is negative, once all of it is in use."""
        return _bytes_of_packages(self.lock) - _bytes_of_packages(self.former)


@dataclass
class _Plan:
    """A project as it shall be: the new content of files, by their place in it."""

    lock: RuntimeLock
    contents: dict[Path, bytes]
    left_out: list[str] = field(default_factory=list)


def add_packages(root: Path, wanted: Sequence[str], *, for_tests: bool = True) -> Change:
    """Add packages to the project at `root`: all of them, or none.

    Other runs on the project are waited for. Nothing is said; `tell` does so.

    Args:
        wanted: names, with extras and versions if need be, or wheels by path or address. A path is
            one as the command line has it; a wheel from outside the project is copied into it.
        for_tests: whether to hold the versions for unit tests on CPython, too, where pip finds
            them for this Python.

    Raises:
        ToolError: when one cannot be added; every file is then as it was.
    """
    asked, brought = _asked_of(root, wanted)

    def edit(config: str) -> str:
        return with_asked(config, asked)

    def pins(lock: RuntimeLock, former: RuntimeLock, left_out: list[str]) -> Mapping[str, str]:
        if not for_tests:
            return {}
        found, why_not = pins_for_tests([each.name for each in asked], lock, root)
        left_out += why_not
        return found

    with adding():
        return _changed(root, tuple(each.name for each in asked), edit, pins, brought)


def remove_packages(root: Path, names: Sequence[str]) -> Change:
    """Take packages out of the project at `root`: all of them, or none.

    Raises:
        ToolError: when one is not asked for, or the rest cannot be locked; every file is then as it
            was.
    """
    there = read_project(root).asked
    gone = tuple(dict.fromkeys(_name_among(name, there) for name in names))
    return _changed(root, gone, lambda config: without_asked(config, gone), None, {})


def tell(change: Change, root: Path) -> None:
    """Say what a change has made of a project, and what to do next."""
    if not change.written:
        say(f"Nothing to do: {CONFIG} and {LOCK_NAME} are up to date.")
        return
    before, required = change.required
    for line in changes(change.former, change.lock, required):
        say(line)
    for file in change.written:
        detail = f": {summary(change.lock, change.former)}" if file == LOCK_NAME else ""
        say(f"wrote {file}{detail}")
    for line in change.left_out:
        say(line)
    if required != before:
        say(f"requires-python of {PYPROJECT} is now {required}, to suit the project's packages")
    say(_cost(change.more_bytes))
    for line in _still_there(change, root):
        warn(line)
    tools = any(file in (PYPROJECT, _REQUIREMENTS) for file in change.written)
    say(next_step(required, reinstall=tools))


def _cost(more: int) -> str:
    if not more:
        return "A first visit downloads as much as before."
    kind = "more" if more > 0 else "less"
    size = megabytes(abs(more)) if abs(more) >= 1e5 else f"{abs(more) / 1e3:.0f} kB"
    return f"A first visit to a page that uses all of it downloads {size} {kind} than before."


def _changed(
    root: Path,
    names: tuple[str, ...],
    edit: Callable[[str], str],
    pins: Callable[[RuntimeLock, RuntimeLock, list[str]], Mapping[str, str]] | None,
    brought: Mapping[Path, bytes],
) -> Change:
    lock_path = root / LOCK_NAME
    carriers = [*carriers_of_versions(root), lock_path]
    with alone(Place(lock_path, LOCK_NAME)):
        with writing(LOCK_NAME):
            for left in leftovers(carriers):
                left.unlink()
        while True:
            basis = [_content(path) for path in carriers]
            former = read_lock(lock_path)
            before = required_python(root)
            plan = _plan(root, former, edit, pins, names, brought)
            if [_content(path) for path in carriers] == basis:
                break
            say(f"{CONFIG} or {LOCK_NAME} changed in the meantime: starting over")
        for folder in {path.parent for path in plan.contents}:
            with writing(folder.name):
                folder.mkdir(exist_ok=True)
        # What a link leads to, for the new file takes the place of the former one.
        write_together({path.resolve(): content for path, content in plan.contents.items()})
    written = tuple(path.relative_to(root).as_posix() for path in plan.contents)
    required = (before, required_python(root))
    return Change(names, former, plan.lock, written, tuple(plan.left_out), required)


def _plan(
    root: Path,
    former: RuntimeLock,
    edit: Callable[[str], str],
    pins: Callable[[RuntimeLock, RuntimeLock, list[str]], Mapping[str, str]] | None,
    names: Sequence[str],
    brought: Mapping[Path, bytes],
) -> _Plan:
    """What has to be written, found out on a copy of the files that are about packages."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for path in [*carriers_of_versions(root), root / LOCK_NAME, *brought]:
            place = copy / path.relative_to(root)
            place.parent.mkdir(parents=True, exist_ok=True)
            if path.is_file():
                shutil.copyfile(path, place)
        for path, content in brought.items():
            (copy / path.relative_to(root)).write_bytes(content)
        for wheel in _own_wheels(root):
            (copy / wheel).parent.mkdir(parents=True, exist_ok=True)
            if (root / wheel).is_file():
                shutil.copyfile(root / wheel, copy / wheel)
        _rewrite(copy / CONFIG, edit)
        project = read_project(copy)
        lock = _resolved(project, former)
        left_out: list[str] = []
        # Another version may have come with what was added.
        _rewrite(copy / PYPROJECT, lambda text: held_at(lock, text, toml=True))
        _rewrite(copy / _REQUIREMENTS, lambda text: held_at(lock, text, toml=False))
        held = pins(lock, former, left_out) if pins else {}
        gone = [] if pins else pins_of(names, former)
        _rewrite(copy / PYPROJECT, lambda text: pins_in_pyproject(text, held, gone))
        _rewrite(copy / _REQUIREMENTS, lambda text: pins_in_requirements(text, held, gone))
        for path, text in texts_for_tests(lock, copy).items():
            path.write_bytes(text.encode())
        (copy / LOCK_NAME).write_bytes(lock_text(lock).encode())
        # The lock comes last: once it has a package, all else does.
        order = [*brought, *carriers_of_versions(root), root / LOCK_NAME]
        contents = {path: _content(copy / path.relative_to(root)) for path in order}
    new = {
        path: content
        for path, content in contents.items()
        if content is not None and content != _content(path)
    }
    return _Plan(lock, new, left_out)


def _resolved(project: Project, former: RuntimeLock) -> RuntimeLock:
    pin, cores = read_pin(project.lock_path)
    lock = resolve(
        pin,
        cores,
        project.asked,
        former,
        outside_allowed=project.mode != "cdn",
        command="pyscript add",
        root=project.root,
    )
    check_new(lock)
    return lock


def _rewrite(path: Path, edit: Callable[[str], str]) -> None:
    if path.is_file():
        try:
            text = path.read_bytes().decode()
        except UnicodeDecodeError as error:
            raise ToolError(
                f"{path.name} is not UTF-8 ({error.reason}): save it as UTF-8"
            ) from error
        path.write_bytes(edit(text).encode())


def _asked_of(root: Path, wanted: Sequence[str]) -> tuple[list[Asked], dict[Path, bytes]]:
    """What somebody has typed, as the project says it, and the wheels that it has to get for it."""
    asked: dict[str, Asked] = {}
    brought = {}
    for text in wanted:
        if _is_path(text):
            entry, content = _own_wheel(root, Path(text))
            if content is not None:
                brought[root / entry.wheel] = content
        else:
            entry = read_asked(text, "you name")
        if entry.name in asked and asked[entry.name] != entry:
            raise ToolError(
                f"{entry.name} is named twice, as {asked[entry.name].text!r} and {entry.text!r}: "
                "name it once"
            )
        asked[entry.name] = entry if not entry.is_bare else Asked(entry.name, entry.name)
    return list(asked.values()), brought


def _is_path(text: str) -> bool:
    return not is_address(text) and "@" not in text and text.endswith(".whl")


def _own_wheel(root: Path, path: Path) -> tuple[Asked, bytes | None]:
    """A wheel by its path: as the project calls it, and its content where it must be copied."""
    if not path.is_file():
        raise ToolError(f"there is no file {path}: give the path of the wheel from this folder")
    place = path.resolve()
    if place.is_relative_to(root.resolve()):
        name = place.relative_to(root.resolve()).as_posix()
        return read_asked(name, "you name"), None
    entry = read_asked(f"{_WHEELS}/{path.name}", "you name")
    target = root / entry.wheel
    content = read_bytes(place, str(path))
    if target.is_file() and target.read_bytes() != content:
        raise ToolError(
            f"{entry.wheel} is a different file from {path}: remove it from the project first, "
            f"or give the new wheel another version"
        )
    return entry, content


def _own_wheels(root: Path) -> list[str]:
    asked = read_project(root).asked
    return [each.wheel for each in asked if each.wheel and not each.from_afar]


def _name_among(text: str, there: Sequence[Asked]) -> str:
    """The name of a package that the app asks for, however somebody spells it."""
    name = read_asked(text, "you name").name
    names = [each.name for each in there]
    if name not in names:
        known = ", ".join(names) or "none"
        raise ToolError(f"{CONFIG} does not list {name}: choose from {known}")
    return name


def _still_there(change: Change, root: Path) -> list[str]:
    """What a removed package is still in, a sentence for each."""
    gone = [name for name in change.names if name not in change.lock.roots]
    found = []
    for name in gone:
        if name in change.lock.packages:
            owners = [n for n, each in change.lock.packages.items() if name in each.depends]
            found.append(f"{name} stays in the lock, as {' and '.join(owners)} needs it")
            continue
        modules = change.former.packages[name].imports
        for path in importers(root / "app", modules):
            found.append(f"app/{path} still imports {name}, which the app will not find")
        pages = {page.route for page in read_pages(root / "app").values() if name in page.packages}
        for route in sorted(pages):
            found.append(f"the line of the page {route} still names {name}: remove it there")
        origin = change.former.packages[name].origin
        if origin and not is_address(origin):
            found.append(f"{origin} was left in place: delete it if nothing else needs it")
    return found


def _bytes_of_packages(lock: RuntimeLock) -> int:
    return sum(
        file.size
        for file in lock.files
        if file.package in lock.packages and file.path != INDEX_PATH
    )


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:  # Whoever reads it for good says why.
        return None
