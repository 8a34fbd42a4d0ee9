"""Installs packages while the app runs: wheels by their address, or packages by name.

micropip does the work; it has to be one of the runtime's packages. What can go wrong has a type of
its own below PackageError, and its message can be shown to the visitor as it is.

    from patterns.install import install_wheel
    from patterns.packages import PackageError

    try:
        await install_wheel("./data/example_rounding-1.0-py3-none-any.whl")
    except PackageError as error:
        update(note, text=str(error), class_="bad")
"""

import importlib.metadata
import re
from collections.abc import Collection, Iterable, Mapping
from zipfile import BadZipFile

import js
import pyodide_js
from pyodide.code import find_imports
from pyodide.ffi import JsException
from pyscript.ffi import to_js

from patterns.packages import (
    Package,
    PackageError,
    UnknownPackageError,
    UnreachablePackageError,
    canonical_name,
    load_packages,
    loaded_names,
    one_at_a_time,
    runtime_packages,
)


class IncompatibleWheelError(PackageError):
    """There is no wheel that runs here: only wheels for another system, or none at all."""


def installed_packages() -> list[Package]:
    """Return packages installed beside the runtime's, in the order of names."""
    return [
        Package(name, importlib.metadata.version(name), source=source)
        for name, source in sorted(pyodide_js.loadedPackages.to_py().items())
        if canonical_name(name) not in runtime_packages()
    ]


def missing_for(source: str) -> list[str]:
    """Return the runtime's packages that Python ``source`` imports and that are not loaded yet."""
    return imported_packages(find_imports(source), runtime_packages(), loaded_names())


def imported_packages(
    modules: Iterable[str], known: Mapping[str, Package], loaded: Collection[str]
) -> list[str]:
    """Return the names of the ``known`` packages that hold ``modules``, without the ``loaded``."""
    wanted = set(modules)
    return sorted(
        name
        for name, package in known.items()
        if name not in loaded and not wanted.isdisjoint(package.imports)
    )


async def install(requirement: str) -> list[str]:
    """Install a package by its name, such as "attrs" or "attrs>=25", and what it needs.

    It comes from the runtime, or as a pure-Python or Pyodide wheel from the package index. Returns
    the names of what is new. Raises a PackageError.
    """
    # micropip would not say so if a file of the runtime did not come.
    if canonical_name(requirement) in runtime_packages():
        return await load_packages(requirement)
    return await _install(requirement, requirement)


async def install_wheel(url: str) -> list[str]:
    """Install a wheel from an address, relative to the page or absolute, and what it needs.

    Needs no package index, where the runtime has all that the wheel depends on. Returns the names
    of what is new. Raises a PackageError.
    """
    return await _install(str(js.URL.new(url, js.location.href).href), url)


async def _install(requirement: str, name: str) -> list[str]:
    await load_packages("micropip")
    import micropip

    before = loaded_names()
    try:
        async with one_at_a_time:
            await micropip.install(requirement)
    except (ValueError, OSError, BadZipFile) as error:
        raise await _explained(name, error) from error
    return sorted(loaded_names() - before)


async def _explained(requirement: str, error: Exception) -> PackageError:
    """Return the exception whose message fits what micropip raised."""
    words = str(error).strip().partition("\n")[0]
    named = re.search(r" for '([^']+)'", words)
    subject = named[1] if named else requirement
    if type(error).__name__ == "InvalidRequirement":
        return UnknownPackageError(requirement, f"{requirement!r} is not the name of a package.")
    if words.startswith("Can't fetch metadata"):
        return await _not_in_index(subject)
    if words.startswith("Can't find a pure Python 3 wheel for"):
        return IncompatibleWheelError(
            subject,
            f"{subject} has no wheel that runs in a browser: that has to be pure Python, or made "
            f"for this version of Pyodide.",
        )
    if words.startswith("Wheel "):
        return IncompatibleWheelError(
            requirement, f"{_file_name(requirement)} was not made for a browser. {words}."
        )
    if isinstance(error, BadZipFile):
        return await _not_a_wheel(requirement)
    if isinstance(error, OSError) or words.startswith("Can't fetch wheel from"):
        return UnreachablePackageError(requirement, _out_of_reach(requirement))
    # Of several sentences, the others are for programmers.
    return PackageError(requirement, words.partition(". ")[0].rstrip(".") + ".")


async def _not_in_index(name: str) -> PackageError:
    """Distinguish an unknown name from a lost connection, which micropip does not."""
    from micropip.package_index import DEFAULT_INDEX_URLS

    for index in DEFAULT_INDEX_URLS:
        if await _status(f"{index}/{name}/") is not None:
            return UnknownPackageError(name, f"The package index has no package {name!r}.")
    return UnreachablePackageError(name, _out_of_reach(f"The package index, asked for {name!r},"))


async def _not_a_wheel(url: str) -> PackageError:
    status = await _status(url)
    if status is None:
        return UnreachablePackageError(url, _out_of_reach(url))
    if status >= 400:
        return UnreachablePackageError(url, f"{url} answered {status}: there is no such file.")
    return IncompatibleWheelError(url, f"{url} is not a wheel, despite its name.")


async def _status(url: str) -> int | None:
    """Return the status that an address answers with; 0 if it is hidden, None without an answer."""
    for mode in ("cors", "no-cors"):
        try:
            response = await js.fetch(url, to_js({"mode": mode}))
            # Left unread, the answer would be a request that failed.
            await response.text()
        except JsException:
            continue
        return int(response.status)
    return None


def _out_of_reach(what: str) -> str:
    return f"{what} could not be reached: no connection, or a server that refuses this page."


def _file_name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]
