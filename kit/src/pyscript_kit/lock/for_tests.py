"""The versions of packages that unit tests on CPython need: those of the browser, as far as an
index has them for the Python that this runs on."""

from __future__ import annotations

import platform
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from pyscript_kit.lock.lockfile import LockedPackage, RuntimeLock
from pyscript_kit.lock.pythons import requirements_of
from pyscript_kit.project.asked import canonical_name
from pyscript_kit.sources.clients import OUT_OF_REACH, failure
from pyscript_kit.sources.inbox import SourceError
from pyscript_kit.sources.pip import refused_by_index, run_pip

# What the kit's plug-in plays on CPython.
_PLAYED = ("micropip",)


def pins_for_tests(
    names: Iterable[str], lock: RuntimeLock, root: Path
) -> tuple[dict[str, str], list[str]]:
    """Versions for packages to be held at, by name, and a sentence for each that has none.

    What a project says of a package already is left to it.
    """
    said = {canonical_name(each.name) for _, each in requirements_of(root)}
    pins: dict[str, str] = {}
    left_out = []
    for name in names:
        package = lock.packages[name]
        if name in said or not _is_for_cpython(name, package):
            continue
        if package.source == "wheel":
            left_out.append(f"for unit tests on CPython, install {name} yourself: {package.origin}")
        elif why := _why_not(f"{name}=={package.version}"):
            left_out.append(f"no {name}=={package.version} for unit tests on CPython: {why}")
        else:
            pins[name] = package.version
    return pins, left_out


def pins_of(names: Sequence[str], lock: RuntimeLock) -> list[str]:
    """The lines that hold packages at the lock's versions."""
    return [f"{name}=={lock.packages[name].version}" for name in names if name in lock.packages]


def _is_for_cpython(name: str, package: LockedPackage) -> bool:
    """Whether a package is one that an index could have, and Python itself has not."""
    modules = {module.partition(".")[0] for module in package.imports}
    return (
        package.package_type == "package"
        and name not in _PLAYED
        and not {name, *modules} & set(sys.stdlib_module_names)
    )


def _why_not(requirement: str) -> str:
    """Why pip could not install a version here; empty when it could."""
    with tempfile.TemporaryDirectory() as folder:
        options = ("--dry-run", "--ignore-installed", "--no-deps", "--only-binary=:all:")
        try:
            done = run_pip("install", "-vv", *options, f"--target={folder}", requirement)
        except SourceError as trouble:
            return str(trouble)
    if done.returncode == 0:
        return ""
    if refused := refused_by_index(done.stdout, requirement.partition("==")[0]):
        return refused
    if (reason := failure(done.stderr)) == OUT_OF_REACH:
        return reason
    return f"no wheel of it is for Python {platform.python_version()} on this system"
