"""Whose a module is that an app imports: Python's, a package's of the distribution, or nobody's of
the two. What an app imports is seldom called like its package: `PIL` is `pillow`."""

from __future__ import annotations

import sys

from pyscript_kit.errors import ToolError
from pyscript_kit.lock.distribution import read_distribution
from pyscript_kit.lock.lockfile import RuntimeLock, wanted_by
from pyscript_kit.lock.names import read_standard_library
from pyscript_kit.lock.paths import STDLIB
from pyscript_kit.project.settings import Project
from pyscript_kit.sources.cache import CACHE_VARIABLE, Cache
from pyscript_kit.sources.fetching import fetch
from pyscript_kit.sources.wanted import official_index

# What every page has beside Python.
_OF_EVERY_PAGE = (
    *("__main__", "_pyodide", "_pyodide_core", "js", "polyscript"),
    *("pyodide", "pyodide_js", "pyscript"),
)


def modules_of_python(project: Project, lock: RuntimeLock) -> frozenset[str]:
    """The modules that every page of an app has without any package, by the release of its lock;
    where that is not there yet, those of Python here.

    Raises:
        ToolError: when that release cannot be read.
    """
    archive = next(file for file in wanted_by(lock) if file.path == STDLIB)
    own = project.runtime / STDLIB
    place = Cache.of_user().find(archive)
    # One of another size is of another release, which will be replaced.
    if place is None and own.is_file() and own.stat().st_size == archive.size:
        place = own
    if place is None:
        return frozenset({*sys.stdlib_module_names, *_OF_EVERY_PAGE})
    release = f"Pyodide {lock.pin.pyodide.version}"
    return read_standard_library(place, release).modules | {*_OF_EVERY_PAGE}


def packages_by_module(lock: RuntimeLock, command: str) -> dict[str, str]:
    """The packages of the distribution of a lock's release, by the modules that they have; from the
    cache, or from where its files come from.

    Args:
        command: what to run again when they cannot be had.

    Raises:
        ToolError: when they cannot be had.
    """
    cache = Cache.of_user()
    index = official_index(lock.pin)
    place = cache.find(index)
    if place is None:
        fetch([index], lock.pin, cache, command)
        place = cache.find(index)
    if place is None:
        raise ToolError(
            f"{index.path} disappeared from the cache {cache.folder}: "
            f"name another folder in {CACHE_VARIABLE}"
        )
    distribution = read_distribution(place.read_bytes(), lock.pin.pyodide.version)
    return {
        module: name
        for name, each in distribution.packages.items()
        for module in each.package.imports
    }
