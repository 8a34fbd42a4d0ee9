"""On which CPythons a project's tests can run: those that the packages can be installed on which it
holds at the lock's versions. `requires-python` of `pyproject.toml` says so, and the README."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyscript_kit.lock.lockfile import LockedPackage, RuntimeLock
from pyscript_kit.project.pyproject import PYPROJECT, read_pyproject, table_in
from pyscript_kit.project.reading import read_text
from pyscript_kit.project.settings import canonical_name

if TYPE_CHECKING:
    from packaging.requirements import Requirement

# Of the minor versions of CPython 3, what the kit itself runs on, and what nobody has seen yet.
OLDEST = 11
_UNSEEN = 40
# The newest one that a series has wheels for; of what is not listed, every one has some. No package
# says so itself: it has to be looked up where its files are published.
_NEWEST = {
    ("matplotlib", "3.8"): 12,
    ("matplotlib", "3.9"): 13,
    ("numpy", "1.26"): 12,
    ("numpy", "2.0"): 12,
    ("numpy", "2.1"): 13,
    ("numpy", "2.2"): 13,
}
_REQUIREMENTS = "requirements.txt"
_IN_PYPROJECT = re.compile(
    r"""(?m)^(requires-python\s*=\s*)(["'])>=3\.(\d+)(?:,<3\.(\d+))?\2(?=[ \t]*(?:#|$))"""
)
_ON_HOST = re.compile(
    r"""(?m)(?:(?<=python-version: ")|(?<=PYTHON_VERSION = ")|(?<=devcontainers/python:)|^)"""
    r"""3\.(?P<minor>\d+)(?="?,?$)"""
)
_IN_README = re.compile(
    r"(?<=With Python )3\.(?P<oldest>\d+)(?: or later| (?:or|to) 3\.(?P<newest>\d+)|(?=,))"
)


@dataclass(frozen=True, slots=True)
class Pythons:
    """CPythons from one minor version of Python 3 on, to another one if there is a newest."""

    oldest: int = OLDEST
    newest: int | None = None

    @property
    def specifier(self) -> str:
        """As `requires-python` has it."""
        return f">=3.{self.oldest}" + ("" if self.newest is None else f",<3.{self.newest + 1}")

    @property
    def words(self) -> str:
        """As a sentence has it."""
        if self.newest is None:
            return f"3.{self.oldest} or later"
        if self.newest <= self.oldest:
            return f"3.{self.oldest}"
        between = "or" if self.newest == self.oldest + 1 else "to"
        return f"3.{self.oldest} {between} 3.{self.newest}"

    def within(self, other: Pythons) -> Pythons:
        """Those that are among others, too."""
        ends = [end for end in (self.newest, other.newest) if end is not None]
        return Pythons(max(self.oldest, other.oldest), min(ends, default=None))


@dataclass(frozen=True, slots=True)
class Needs:
    """What a lock makes of the Pythons that a project names.

    Attributes:
        held: the Pythons for what the project holds.
        move: for a move to another release, the Pythons that the former lock needed, and those that
            all of the new one has wheels for; None where a project stays, and is only narrowed.
    """

    held: Pythons
    move: tuple[Pythons, Pythons] | None = None

    def applied(self, now: Pythons) -> Pythons:
        """What a project has to name that names others now."""
        former, wheels = self.move or (None, None)
        if former is None or wheels is None or now.oldest != former.oldest:
            # What neither lock asks for is the author's own.
            return now.within(self.held)
        return wheels.within(self.held)


def needs_of(lock: RuntimeLock, root: Path, former: RuntimeLock | None, *, moved: bool) -> Needs:
    """What a new lock asks of the Pythons that a project names.

    Args:
        former: the lock so far, if that can be read.
        moved: whether the project moves to another release of Pyodide.

    Raises:
        ToolError: when a file of the project cannot be read.
    """
    held = _pythons_for(held_packages(root, lock))
    if not moved:
        return Needs(held)
    before = _pythons_for(held_packages(root, former)) if former else Pythons()
    wheels = _newest_wheels(lock.packages.items())
    return Needs(held, (before, Pythons(newest=wheels)))


def in_pyproject(text: str, needs: Needs) -> str:
    """How `pyproject.toml` reads then; what its author has worded otherwise stays."""

    def change(match: re.Match[str]) -> str:
        newest = int(match[4]) - 1 if match[4] else None
        pythons = needs.applied(Pythons(int(match[3]), newest))
        return f"{match[1]}{match[2]}{pythons.specifier}{match[2]}"

    return _IN_PYPROJECT.sub(change, text, count=1)


def in_readme(text: str, needs: Needs) -> str:
    """How the README reads then."""

    def change(match: re.Match[str]) -> str:
        oldest, newest = int(match["oldest"]), match["newest"]
        if newest is None and match[0] == f"3.{oldest}":
            newest = str(oldest)
        return needs.applied(Pythons(oldest, int(newest) if newest else None)).words

    return _IN_README.sub(change, text, count=1)


def on_host(text: str, needs: Needs) -> str:
    """How a file reads that names the Python which a host tests and builds with."""

    def change(match: re.Match[str]) -> str:
        minor = max(int(match["minor"]), needs.held.oldest)
        return f"3.{minor if needs.held.newest is None else min(minor, needs.held.newest)}"

    return _ON_HOST.sub(change, text)


def required_python(root: Path) -> str:
    """`requires-python` of a project; empty where it has none.

    Raises:
        ToolError: when its `pyproject.toml` cannot be read.
    """
    found = table_in(read_pyproject(root), "project").get("requires-python", "")
    return found if isinstance(found, str) else ""


def beyond(package: LockedPackage, required: str) -> Pythons | None:
    """The Pythons that a package can be installed on, where a project names others as well; None
    where it can be on all of them.

    Args:
        required: `requires-python` of the project.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        named = SpecifierSet(required or f">=3.{OLDEST}")
    except InvalidSpecifier:  # What installs the project says so.
        return None
    admitted = _minors(package.python or "")
    if not admitted or all(minor in admitted for minor in _minors(str(named))):
        return None
    return _span(admitted)


def held_packages(root: Path, lock: RuntimeLock) -> dict[str, LockedPackage]:
    """The lock's packages that a project installs on CPython at one version, by name.

    Raises:
        ToolError: when a file of the project cannot be read.
    """
    names = {canonical_name(each.name) for _, each in requirements_of(root) if is_pinned(each)}
    return {name: package for name, package in lock.packages.items() if name in names}


def is_pinned(requirement: Requirement) -> bool:
    """Whether a requirement is for one version: who allows several wants to try them."""
    return any(each.operator in ("==", "===") for each in requirement.specifier)


def requirements_of(root: Path) -> Iterator[tuple[str, Requirement]]:
    """What an author has installed beside the kit, and the file that says so.

    Raises:
        ToolError: when a file of the project cannot be read.
    """
    for text in _lines(root / _REQUIREMENTS):
        yield from ((_REQUIREMENTS, each) for each in _read_requirement(text))
    groups = table_in(read_pyproject(root), "dependency-groups")
    for text in (text for group in groups.values() if isinstance(group, list) for text in group):
        yield from ((PYPROJECT, each) for each in _read_requirement(text))


def _pythons_for(held: dict[str, LockedPackage]) -> Pythons:
    found = Pythons(newest=_newest_wheels(held.items()))
    for package in held.values():
        if admitted := _minors(package.python or ""):
            found = found.within(_span(admitted))
    return found


def _newest_wheels(packages: Iterable[tuple[str, LockedPackage]]) -> int | None:
    series = {(name, ".".join(package.version.split(".")[:2])) for name, package in packages}
    return min((_NEWEST[each] for each in series & _NEWEST.keys()), default=None)


def _minors(pythons: str) -> list[int]:
    """The minor versions that a specifier admits, some release of each."""
    from packaging.specifiers import SpecifierSet

    admitted = SpecifierSet(pythons)
    return [
        minor
        for minor in range(OLDEST, _UNSEEN)
        if any(admitted.contains(f"3.{minor}.{patch}") for patch in (0, 99))
    ]


def _span(minors: list[int]) -> Pythons:
    return Pythons(minors[0], None if minors[-1] == _UNSEEN - 1 else minors[-1])


def _lines(path: Path) -> list[str]:
    if not path.is_file():
        return []
    lines = read_text(path, path.name).splitlines()
    return [re.sub(r"(^|\s)#.*", "", line).strip() for line in lines]


def _read_requirement(text: Any) -> Iterator[Requirement]:
    """A requirement; nothing for an option of pip, a path, or a group in another one."""
    from packaging.requirements import InvalidRequirement, Requirement

    if isinstance(text, str):
        try:
            yield Requirement(text)
        except InvalidRequirement:
            return
