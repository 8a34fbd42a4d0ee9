"""Reading `runtime.lock.json` with every check. What passes is consistent in itself and safe to act
on: no path leaves `app/runtime/`, no value can become another URL or an option of pip or npm."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pyscript_kit.errors import ToolError
from pyscript_kit.lock.advice import leave_out
from pyscript_kit.lock.lockfile import (
    LOCK_VERSION,
    LockedFile,
    LockedPackage,
    RuntimeLock,
    index_of,
    lock_text,
)
from pyscript_kit.lock.metadata import readable_pythons
from pyscript_kit.lock.paths import CORES, check_paths, is_plain
from pyscript_kit.lock.values import (
    RELOCK,
    RESTORE,
    SHA256,
    LockError,
    exact_fields,
    object_in,
    refuse,
    size_of,
    text_of,
    texts_of,
)
from pyscript_kit.project.asked import Asked, read_asked
from pyscript_kit.project.pins import Fingerprint, Pin, PyodidePin
from pyscript_kit.project.settings import LOCK_NAME, canonical_name
from pyscript_kit.sources.wanted import INDEX_PATH

_FIELDS = ("lock_version", "pyodide", "pyscript", "requested", "packages", "files")
_PYODIDE_FIELDS = ("version", "python", "platform", "arch", "abi_version", "index")
_PACKAGE_FIELDS = ("version", "source", "depends", "imports")
_PACKAGE_EXTRAS = ("package_type", "install_dir", "python", "from")
_FILE_FIELDS = ("path", "size", "sha256", "package")
_VERSION = re.compile(r"[0-9][0-9A-Za-z.!+_-]*")
_PYTHON = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+[0-9a-z]*")
_PYTHONS = re.compile(r"[0-9A-Za-z.*+!<>=~,-]*")
_WORD = re.compile(r"[0-9A-Za-z_]+")
_ANYTHING = re.compile(r"[^\x00-\x1f\ud800-\udfff]+")
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
# Halves of characters can be written in JSON, but in no file.
_IMPORT = re.compile(r"[^\s\x00-\x1f/\\\ud800-\udfff]+")


def read_lock(path: Path) -> RuntimeLock:
    """Read a lock and check it whole.

    Raises:
        ToolError: one sentence with the field or file that is wrong, and the way out.
    """
    return _whole(_document(path))


def check_new(lock: RuntimeLock) -> None:
    """Check that a lock can be read again: what indexes gave for it is nobody's word so far.

    Raises:
        ToolError: when it cannot.
    """
    try:
        _whole(_parsed(lock_text(lock)))
    except LockError as error:
        raise ToolError(
            f"what the indexes returned cannot be locked ({error.problem}): "
            f"{leave_out('what needs it')}, or choose another Pyodide release"
        ) from error


def read_pin(path: Path) -> tuple[Pin, tuple[LockedFile, ...]]:
    """Read what a new lock takes over from the former one, even when the rest of that is damaged.

    Returns:
        The pin, and the files of Pyodide and PyScript themselves.

    Raises:
        ToolError: when one of these is damaged.
    """
    document = _document(path)
    pin = _pin(document)
    entries = document.get("files")
    if not isinstance(entries, list):
        refuse("files is not a list", RESTORE)
    cores = tuple(
        _file(entry, f"files[{position}]", RESTORE)
        for position, entry in enumerate(entries)
        if isinstance(entry, dict)
        and entry.get("package") in CORES
        and entry.get("path") != INDEX_PATH
    )
    check_paths(cores, RESTORE)
    return pin, cores


def _whole(document: dict[str, Any]) -> RuntimeLock:
    pin = _pin(document)
    exact_fields(document, _FIELDS, (), "the lock", RELOCK)
    packages = _packages(document)
    requested = _requested(document, packages)
    files = _files(document, packages)
    lock = RuntimeLock(pin, requested, packages, files)
    _check_index(lock)
    return lock


def _document(path: Path) -> dict[str, Any]:
    try:
        return _parsed(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ToolError(f"{LOCK_NAME} is missing: {RESTORE}") from None
    except OSError as error:
        raise ToolError(
            f"{LOCK_NAME} cannot be read ({error.strerror}): make it readable"
        ) from error
    except ValueError as error:  # of JSON, of UTF-8, or of a number with thousands of digits
        raise ToolError(f"{LOCK_NAME} is not valid JSON ({error}): {RESTORE}") from error
    except RecursionError:
        raise ToolError(f"{LOCK_NAME} is nested too deeply: {RESTORE}") from None


def _parsed(text: str) -> dict[str, Any]:
    document = json.loads(text, object_pairs_hook=_without_duplicates)
    if not isinstance(document, dict):
        refuse("the outermost value is not an object", RESTORE)
    version = document.get("lock_version")
    if type(version) is not int or version != LOCK_VERSION:
        refuse(
            f"lock_version is {version!r} and this kit reads {LOCK_VERSION}",
            f"{RESTORE}, or update the kit",
        )
    return document


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        refuse(f"{twice!r} occurs twice in one object", RELOCK)
    return found


def _pin(document: dict[str, Any]) -> Pin:
    pyodide = object_in(document, "pyodide", RESTORE)
    exact_fields(pyodide, _PYODIDE_FIELDS, (), "pyodide", RESTORE)
    index = object_in(pyodide, "index", RESTORE, "pyodide.")
    exact_fields(index, ("size", "sha256"), (), "pyodide.index", RESTORE)
    pyscript = object_in(document, "pyscript", RESTORE)
    exact_fields(pyscript, ("version",), (), "pyscript", RESTORE)
    return Pin(
        PyodidePin(
            text_of(pyodide["version"], _VERSION, "pyodide.version", RESTORE),
            text_of(pyodide["python"], _PYTHON, "pyodide.python", RESTORE),
            text_of(pyodide["platform"], _WORD, "pyodide.platform", RESTORE),
            text_of(pyodide["arch"], _WORD, "pyodide.arch", RESTORE),
            text_of(pyodide["abi_version"], _WORD, "pyodide.abi_version", RESTORE),
            Fingerprint(
                size_of(index["size"], "pyodide.index.size", RESTORE),
                text_of(index["sha256"], SHA256, "pyodide.index.sha256", RESTORE),
            ),
        ),
        text_of(pyscript["version"], _VERSION, "pyscript.version", RESTORE),
    )


def _packages(document: dict[str, Any]) -> dict[str, LockedPackage]:
    entries = object_in(document, "packages", RELOCK)
    packages = {name: _package(name, entry) for name, entry in entries.items()}
    for name, package in packages.items():
        absent = next((other for other in package.depends if other not in packages), None)
        if absent is not None:
            refuse(f"packages.{name}.depends names {absent!r}, which is not in packages", RELOCK)
    return packages


def _package(name: str, entry: Any) -> LockedPackage:
    where = f"packages.{name}"
    if not _NAME.fullmatch(name) or canonical_name(name) != name or name in CORES:
        refuse(f"packages holds {name!r}, which is not a package's name", RELOCK)
    if not isinstance(entry, dict):
        refuse(f"{where} is not an object", RELOCK)
    exact_fields(entry, _PACKAGE_FIELDS, _PACKAGE_EXTRAS, where, RELOCK)
    if entry["source"] not in ("pyodide", "index", "wheel"):
        refuse(f"{where}.source is {entry['source']!r}, not 'pyodide', 'index' or 'wheel'", RELOCK)
    return LockedPackage(
        text_of(entry["version"], _VERSION, f"{where}.version", RELOCK),
        entry["source"],
        texts_of(entry["depends"], _NAME, f"{where}.depends"),
        texts_of(entry["imports"], _IMPORT, f"{where}.imports"),
        text_of(entry.get("package_type", "package"), _WORD, f"{where}.package_type", RELOCK),
        text_of(entry.get("install_dir", "site"), _WORD, f"{where}.install_dir", RELOCK),
        _pythons(entry, where),
        _origin(name, entry, where),
    )


def _origin(name: str, entry: dict[str, Any], where: str) -> str:
    """The path or the address of a wheel that the app names, which nothing else has."""
    if (entry["source"] == "wheel") is not ("from" in entry):
        refuse(f"{where}.source is {entry['source']!r}, but only a 'wheel' has from", RELOCK)
    if "from" not in entry:
        return ""
    asked = _asked(entry["from"], f"{where}.from is")
    if not asked.wheel or asked.name != name:
        refuse(f"{where}.from is {asked.text!r}, which is not a wheel of it", RELOCK)
    return asked.wheel


def _asked(value: Any, where: str) -> Asked:
    text = text_of(value, _ANYTHING, where, RELOCK)
    try:
        return read_asked(text, where)
    except ToolError as error:
        refuse(str(error).removeprefix(f"{LOCK_NAME}: "), RELOCK)


def _pythons(entry: dict[str, Any], where: str) -> str | None:
    if "python" not in entry:
        return None
    pythons = text_of(entry["python"], _PYTHONS, f"{where}.python", RELOCK)
    if pythons and not readable_pythons(pythons):
        refuse(f"{where}.python is {pythons!r}", RELOCK)
    return pythons


def _requested(document: dict[str, Any], packages: dict[str, LockedPackage]) -> tuple[str, ...]:
    requested = texts_of(document["requested"], _ANYTHING, "requested")
    for text in requested:
        if _asked(text, "requested holds").name not in packages:
            refuse(f"requested names {text!r}, which is not in packages", RELOCK)
    return requested


def _files(document: dict[str, Any], packages: dict[str, LockedPackage]) -> tuple[LockedFile, ...]:
    entries = document["files"]
    if not isinstance(entries, list):
        refuse("files is not a list", RESTORE)
    files = tuple(
        _file(entry, f"files[{position}]", RELOCK) for position, entry in enumerate(entries)
    )
    check_paths(files, RELOCK)
    _check_owners(files, packages)
    return files


def _file(entry: Any, where: str, way_out: str) -> LockedFile:
    if not isinstance(entry, dict):
        refuse(f"{where} is not an object", way_out)
    exact_fields(entry, _FILE_FIELDS, (), where, way_out)
    path = entry["path"]
    if not isinstance(path, str) or not is_plain(path):
        refuse(f"{where}.path is {path!r}, not a plain path under pyodide/ or pyscript/", way_out)
    return LockedFile(
        path,
        size_of(entry["size"], f"the size of {path}", way_out),
        text_of(entry["sha256"], SHA256, f"the sha256 of {path}", way_out),
        text_of(entry["package"], _NAME, f"the package of {path}", way_out),
    )


def _check_owners(files: Iterable[LockedFile], packages: dict[str, LockedPackage]) -> None:
    owned: set[str] = set()
    for file in files:
        if file.package in CORES:
            if not file.path.startswith(f"{file.package}/"):
                refuse(f"{file.path} belongs to {file.package} but is in another place", RESTORE)
            continue
        if file.package not in packages:
            refuse(f"{file.path} belongs to {file.package!r}, which is not in packages", RELOCK)
        if file.package in owned:
            refuse(f"packages.{file.package} has more than one file", RELOCK)
        if not file.path.startswith("pyodide/") or file.path.count("/") != 1:
            refuse(f"{file.path} is a package's file but is outside pyodide/", RELOCK)
        owned.add(file.package)
    absent = next((name for name in packages if name not in owned), None)
    if absent is not None:
        refuse(f"packages.{absent} has no file", RELOCK)


def _check_index(lock: RuntimeLock) -> None:
    content = index_of(lock)
    expected = (len(content), hashlib.sha256(content).hexdigest(), "pyodide")
    entry = next((file for file in lock.files if file.path == INDEX_PATH), None)
    if entry is None:
        refuse(f"files lacks {INDEX_PATH}", RELOCK)
    if (entry.size, entry.sha256, entry.package) != expected:
        refuse(f"the entry of {INDEX_PATH} does not match the packages", RELOCK)
