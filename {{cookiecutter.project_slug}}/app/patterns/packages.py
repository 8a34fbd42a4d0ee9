"""Loads packages while the app runs: those of its runtime by name, other wheels by address or name.

What the runtime has is fixed by runtime.lock.json, and loads without any package index. Wheels from
elsewhere are installed by micropip, which has to be one of the runtime's packages. What can go
wrong has a type of its own below PackageError, and its message can be shown to the visitor as it
is.

    from patterns.packages import PackageError, install_wheel, load_packages

    await load_packages("scipy", on_progress=lambda words: update(note, text=words))
    try:
        await install_wheel("./data/example_rounding-1.0-py3-none-any.whl")
    except PackageError as error:
        update(note, text=str(error), class_="bad")
"""

import asyncio
import importlib.metadata
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from zipfile import BadZipFile

import js
import pyodide_js
from pyodide.code import find_imports
from pyodide.ffi import JsException
from pyscript.ffi import create_proxy, to_js

# Pyodide's loader tells its progress to whoever asked last, so it is asked for one thing at a time.
_one_at_a_time = asyncio.Lock()


class PackageError(Exception):
    """A package could not be loaded. ``package`` is its name, or the address of its wheel."""

    def __init__(self, package: str, message: str) -> None:
        super().__init__(message)
        self.package = package


class UnknownPackageError(PackageError):
    """There is no package of that name."""


class IncompatibleWheelError(PackageError):
    """There is no wheel that runs here: only wheels made for another system, or none at all."""


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


def runtime_packages() -> list[Package]:
    """Return what the runtime has, loaded or not, in the order of names."""
    return sorted(_locked().values(), key=lambda package: package.name.lower())


def installed_packages() -> list[Package]:
    """Return what was installed beside the runtime's packages, in the order of names."""
    return [
        Package(name, importlib.metadata.version(name), source=source)
        for name, source in sorted(_channels().items())
        if canonical_name(name) not in _locked()
    ]


def loaded_names() -> set[str]:
    """Return the canonical names of all packages that can be imported now."""
    return {canonical_name(name) for name in _channels()}


def missing_for(source: str) -> list[str]:
    """Return the runtime's packages that Python ``source`` imports and that are not loaded yet."""
    return imported_packages(find_imports(source), _locked(), loaded_names())


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
            raise UnknownPackageError(
                name,
                f"The runtime of this app has no package {name!r}: add it to `packages_on_demand` "
                "in app/pyscript.toml, then run `pyscript lock`.",
            )
        found.add(name)
        waiting.extend(known[name].depends)
    return sorted(found)


def canonical_name(name: str) -> str:
    """Return a package's name as indexes compare it, so that "Ruamel_YAML" is "ruamel-yaml".

    Source: Python Packaging User Guide, "Names and normalization".
    """
    return re.sub(r"[-_.]+", "-", name).lower()


async def load_packages(
    *names: str, on_progress: Callable[[str], object] | None = None
) -> list[str]:
    """Load packages of the runtime, with all that they need; return what was not loaded before.

    ``on_progress`` is called with words on what is loading. Raises UnknownPackageError, and
    UnreachablePackageError where a file does not come or is not the locked one.
    """
    async with _one_at_a_time:
        wanted = with_dependencies(names, _locked())
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


def prefetch_packages(names: Iterable[str]) -> None:
    """Have the browser fetch packages of the runtime, and what they need, once it is idle.

    They are not loaded, only at hand when they will be. A browser may decide not to, and names
    that the runtime does not have are passed over: whoever loads them hears of it.
    """
    # A document that holds the runtime itself has nothing to fetch.
    held = js.document.querySelector('[data-embedded^="runtime/"]')
    if held or not js.navigator.onLine:
        return
    known = _locked()
    wanted = with_dependencies((name for name in names if name in known), known)
    # The loader in front of Pyodide has files of its own, which hold bytecode.
    if hasattr(pyodide_js, "fetchAhead"):
        pyodide_js.fetchAhead(to_js(list(wanted)))
        return
    for name in wanted:
        if name not in loaded_names():
            _prefetch(str(js.URL.new(known[name].file_name, pyodide_js.lockfileBaseUrl).href))


def _prefetch(address: str) -> None:
    link = js.document.createElement("link")
    link.rel = "prefetch"
    link.setAttribute("as", "fetch")
    link.crossOrigin = "anonymous"
    link.href = address
    js.document.head.append(link)


async def install(requirement: str) -> list[str]:
    """Install a package by its name, such as "attrs" or "attrs>=25", and what it needs.

    It comes from the runtime, or as a pure-Python or Pyodide wheel from the package index. Returns
    the names of what is new. Raises a PackageError.
    """
    # micropip would not say so if a file of the runtime did not come.
    if canonical_name(requirement) in _locked():
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
        async with _one_at_a_time:
            await micropip.install(requirement)
    except (ValueError, OSError, BadZipFile) as error:
        raise await _explained(name, error) from error
    return sorted(loaded_names() - before)


@cache
def _locked() -> dict[str, Package]:
    entries = pyodide_js.lockfile.packages.to_py()
    return {
        canonical_name(name): Package(
            entry["name"],
            entry["version"],
            tuple(entry["imports"]),
            tuple(entry["depends"]),
            file_name=entry["file_name"],
        )
        for name, entry in entries.items()
    }


def _channels() -> dict[str, str]:
    """Where each loaded package came from."""
    channels: dict[str, str] = pyodide_js.loadedPackages.to_py()
    return channels


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


async def _explained(requirement: str, error: Exception) -> PackageError:
    """Return the exception whose words fit what micropip raised."""
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
            f"{subject} has no wheel that runs in a browser: it takes one of pure Python, or one "
            "made for this version of Pyodide.",
        )
    if words.startswith("Wheel "):
        return IncompatibleWheelError(
            requirement, f"{_file_name(requirement)} was not made for a browser. {words}."
        )
    if isinstance(error, BadZipFile):
        return await _not_a_wheel(requirement)
    if isinstance(error, OSError) or words.startswith("Can't fetch wheel from"):
        return UnreachablePackageError(requirement, _out_of_reach(requirement))
    # Of several sentences, the others tell programmers what to call.
    return PackageError(requirement, words.partition(". ")[0].rstrip(".") + ".")


async def _not_in_index(name: str) -> PackageError:
    """Tell an unknown name from a lost connection, which micropip does not."""
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
    return IncompatibleWheelError(url, f"{url} is not a wheel, whatever its name says.")


async def _status(url: str) -> int | None:
    """Return the status that an address answers with, 0 if it does not show it, None for none."""
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
    return f"{what} could not be reached: no connection, or no leave for this page to ask."


def _file_name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]
