"""Loads packages of the app's runtime by name, before a page that needs them is imported.

What the runtime has is fixed by runtime.lock.json, and loads without any package index. What can
go wrong has a type of its own below PackageError, and its message can be shown to the visitor as
it is.

    from patterns.packages import PackageError, load_packages

    try:
        await load_packages("scipy", on_progress=lambda words: update(note, text=words))
    except PackageError as error:
        update(note, text=str(error), class_="bad")
"""

import asyncio
import importlib
import importlib.util
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType

import js
import pyodide_js
from pyodide.code import find_imports
from pyscript.ffi import create_proxy, to_js

# Pyodide's loader reports its progress to the last caller, so calls wait for each other.
one_at_a_time = asyncio.Lock()


class PackageError(Exception):
    """A package could not be loaded. ``package`` is its name, or the address of its wheel."""

    def __init__(self, package: str, message: str) -> None:
        super().__init__(message)
        self.package = package


class UnknownPackageError(PackageError):
    """There is no package of that name."""


class UnreachablePackageError(PackageError):
    """A package is known, or may be, but its files could not be fetched."""


@dataclass(frozen=True)
class Package:
    """A package that can be loaded, or is: ``imports`` are its modules, ``depends`` its needs.

    ``source`` is "runtime", or where it was installed from.
    """

    name: str
    version: str
    imports: tuple[str, ...] = ()
    depends: tuple[str, ...] = ()
    source: str = "runtime"
    file_name: str = ""


@cache
def runtime_packages() -> dict[str, Package]:
    """Return what the runtime has, loaded or not, by canonical name and in that order."""
    entries = pyodide_js.lockfile.packages.to_py()
    return {
        canonical_name(name): Package(
            entry["name"],
            entry["version"],
            tuple(entry["imports"]),
            tuple(entry["depends"]),
            file_name=entry["file_name"],
        )
        for name, entry in sorted(entries.items())
    }


@cache
def packages_of_pages() -> dict[str, list[str]]:
    """Return the packages of the runtime that each page imports, by its route, as the kit has read
    it in the source of the page and of this app's modules that it imports.

    A page that is not in it has to be read here.
    """
    told = js.document.querySelector('meta[name="pyscript:packages"]')
    return json.loads(told.content) if told else {}


def loaded_names() -> set[str]:
    """Return the canonical names of all packages that can be imported now."""
    return {canonical_name(name) for name in pyodide_js.loadedPackages.to_py()}


def with_dependencies(names: Iterable[str], known: Mapping[str, Package]) -> list[str]:
    """Return the canonical names of packages and of all that they depend on, sorted.

    Raises UnknownPackageError.
    """
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = canonical_name(waiting.pop())
        if name in found:
            continue
        if name not in known:
            raise UnknownPackageError(name, _unknown(name, known))
        found.add(name)
        waiting.extend(known[name].depends)
    return sorted(found)


def package_of(module: str, known: Mapping[str, Package]) -> str | None:
    """Return the canonical name of the package that holds a module, such as "PIL"."""
    top = canonical_name(module.partition(".")[0])
    return next(
        (name for name, package in known.items() if top in map(canonical_name, package.imports)),
        None,
    )


def canonical_name(name: str) -> str:
    """Return a package's name as indexes compare it, so that "Ruamel_YAML" is "ruamel-yaml".

    Source: Python Packaging User Guide, "Names and normalization".
    """
    return re.sub(r"[-_.]+", "-", name).lower()


async def load_packages(
    *names: str, on_progress: Callable[[str], object] | None = None
) -> list[str]:
    """Load packages of the runtime, with all that they need; return what was not loaded before.

    ``on_progress`` is called with a text that says what is loading. Raises UnknownPackageError, and
    UnreachablePackageError where a file does not come or is not the locked one.
    """
    async with one_at_a_time:
        wanted = with_dependencies(names, runtime_packages())
        missing = [name for name in wanted if name not in loaded_names()]
        if not missing:
            return []
        if on_progress is not None:
            on_progress(f"Loading {', '.join(missing)} ...")
        complaints = await _load(missing)
    lost = [name for name in missing if name not in loaded_names()]
    if lost:
        said = f" ({complaints[-1]})" if complaints else ""
        raise UnreachablePackageError(
            lost[0],
            f"{', '.join(lost)} could not be loaded{said}: check your connection and try again.",
        )
    return missing


async def import_with_packages(
    name: str,
    on_progress: Callable[[str], object] | None = None,
    packages: Iterable[str] | None = None,
) -> ModuleType:
    """Import a module of the app, with the packages of the runtime that it imports, and with those
    that the modules need that it imports. Raises what those raise, and PackageError.

    ``packages`` are those that it is known to need; else they are read in its source.
    """
    wanted = set(_imported_by(name) if packages is None else packages)
    while True:
        await load_packages(*sorted(wanted), on_progress=on_progress)
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            package = package_of(error.name or "", runtime_packages())
            if package is None or package in loaded_names():
                raise
            wanted = {package}


def prefetch_packages(names: Iterable[str]) -> None:
    """Have the browser fetch packages of the runtime, and what they need, once it is idle.

    They are not loaded, only at hand for when they are. A browser may decide not to, and names
    that the runtime does not have are passed over: loading them reports that.
    """
    # A document that holds the runtime itself has nothing to fetch.
    held = js.document.querySelector('[data-embedded^="runtime/"]')
    if held or not js.navigator.onLine:
        return
    known = runtime_packages()
    wanted = with_dependencies((name for name in names if name in known), known)
    # The loader in front of Pyodide has files of its own, which hold bytecode.
    if hasattr(pyodide_js, "fetchAhead"):
        pyodide_js.fetchAhead(to_js(list(wanted)))
        return
    for name in wanted:
        if name not in loaded_names():
            link = js.document.createElement("link")
            link.rel = "prefetch"
            link.setAttribute("as", "fetch")
            link.crossOrigin = "anonymous"
            link.href = js.URL.new(known[name].file_name, pyodide_js.lockfileBaseUrl).href
            js.document.head.append(link)


def _imported_by(module: str) -> Iterable[str]:
    """Return the packages that a module imports itself, anywhere."""
    spec = importlib.util.find_spec(module)
    source = spec.loader.get_source(module) if spec and spec.loader else None  # type: ignore[attr-defined]
    known = runtime_packages()
    return filter(None, (package_of(name, known) for name in find_imports(source or "")))


def _unknown(name: str, known: Mapping[str, Package]) -> str:
    """Return the message for a name that no package of the runtime has."""
    package = package_of(name, known)
    if package is not None:
        return f"{name!r} is a module of the package {package!r}: write that name instead."
    if name.isidentifier() and _can_be_imported(name):
        return f"{name!r} is not a package and needs no loading: remove it from that line."
    return (
        f"The runtime of this app has no package {name!r}: add it to `packages_on_demand` in "
        "app/pyscript.toml, then run `pyscript lock`."
    )


def _can_be_imported(module: str) -> bool:
    """Return whether Python finds a module, or has it, as it does those of JavaScript."""
    return module in sys.modules or importlib.util.find_spec(module) is not None


async def _load(names: list[str]) -> list[str]:
    """Have Pyodide load packages; return what it says went wrong, which it does not raise."""
    complaints: list[str] = []
    quiet, complain = create_proxy(lambda _: None), create_proxy(complaints.append)
    options = {"messageCallback": quiet, "errorCallback": complain}
    try:
        await pyodide_js.loadPackage(to_js(names), to_js(options))
    finally:
        quiet.destroy()
        complain.destroy()
    return complaints
