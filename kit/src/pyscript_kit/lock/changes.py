"""What a new lock changes, in words."""

from __future__ import annotations

import platform

from packaging.specifiers import SpecifierSet

from pyscript_kit.lock.lockfile import LockedPackage, RuntimeLock
from pyscript_kit.lock.pythons import beyond
from pyscript_kit.project.pins import Pin
from pyscript_kit.sources.wanted import INDEX_PATH
from pyscript_kit.terminal import counted, megabytes


def changes(former: RuntimeLock | None, new: RuntimeLock, required: str) -> list[str]:
    """A line for each package that a new lock adds, removes or changes.

    Args:
        required: `requires-python` of the project, to tell what cannot be installed on all of it.
    """
    before = former.packages if former else {}
    sizes, sizes_before = _package_sizes(new), _package_sizes(former)
    lines = []
    for name in sorted(before.keys() | new.packages.keys()):
        old, now = before.get(name), new.packages.get(name)
        if old is None and now is not None:
            size = f"{_readable(sizes[name])}{_from(now)}{_on_cpython(now, required)}"
            lines.append(f"added    {name} {now.version} ({size})")
        elif now is None and old is not None:
            lines.append(f"removed  {name} {old.version} ({_readable(sizes_before[name])})")
        elif old is not None and now is not None and old.version != now.version:
            span = f"{_readable(sizes_before[name])} to {_readable(sizes[name])}"
            span += _on_cpython(now, required)
            lines.append(f"changed  {name} {old.version} to {now.version} ({span})")
    return lines


def summary(lock: RuntimeLock, former: RuntimeLock | None = None) -> str:
    """How much is locked, and how much it was before."""
    before = f", {megabytes(former.size)} before" if former else ""
    return (
        f"{counted(len(lock.packages), 'package')}, {megabytes(lock.size)} with the runtime{before}"
    )


def release_name(pin: Pin) -> str:
    """What a release of Pyodide is called, with its Python."""
    return f"Pyodide {pin.pyodide.version} (Python {pin.pyodide.python})"


def next_step(required: str, *, reinstall: bool) -> str:
    """What to run next.

    Args:
        required: `requires-python` of the project.
        reinstall: whether what the project installs has changed, or where it can be.
    """
    vendor = "pyscript vendor (a running pyscript dev does that for you)"
    if not reinstall:
        return f"next: {vendor}"
    install = "python -m pip install -r requirements.txt (uv: uv sync)"
    here = platform.python_version()
    if SpecifierSet(required).contains(here, prereleases=True):
        return f"next: {install}, then {vendor}"
    return (
        f"next: {install}, in a virtual environment with Python {required}; this one has {here}. "
        f"Then {vendor}"
    )


def _from(package: LockedPackage) -> str:
    if package.source == "wheel":
        return f", from {package.origin}"
    return ", from the package index" if package.source == "index" else ""


def _on_cpython(package: LockedPackage, required: str) -> str:
    """What a version needs that somebody may want to hold for tests on CPython, if it is more."""
    pythons = beyond(package, required)
    return f"; on CPython it needs Python {pythons.words}" if pythons else ""


def _package_sizes(lock: RuntimeLock | None) -> dict[str, int]:
    files = lock.files if lock else ()
    return {file.package: file.size for file in files if file.path != INDEX_PATH}


def _readable(size: int) -> str:
    return megabytes(size) if size >= 1e6 else f"{size / 1e3:.0f} kB"
