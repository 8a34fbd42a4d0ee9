"""`runtime.lock.json` in memory: its parts, how it is written, and the `pyodide-lock.json` that
follows from it. Reading, with every check, is in
`reader`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pyscript_kit.project.asked import names_of, read_asked
from pyscript_kit.project.pins import Pin, PyodidePin
from pyscript_kit.project.settings import LOCK_NAME
from pyscript_kit.project.swap import Place, alone
from pyscript_kit.project.together import write_together
from pyscript_kit.sources.wanted import INDEX_PATH, Publisher, Wanted

LOCK_VERSION = 1

Source = Literal["pyodide", "index", "wheel"]

_PUBLISHERS: dict[Source, Publisher] = {
    "pyodide": Publisher.DISTRIBUTION,
    "index": Publisher.PACKAGE_INDEX,
    "wheel": Publisher.AUTHOR,
}


@dataclass(frozen=True, slots=True)
class LockedPackage:
    """A package of the closure.

    Attributes:
        source: whether Pyodide or the package index publishes it, or the app names its wheel.
        origin: the path of that wheel in the project, or its address.
        python: the CPythons that its version can be installed on, such as ">=3.12", empty for any;
            None where nobody has looked, as in locks of older kits.
    """

    version: str
    source: Source
    depends: tuple[str, ...]
    imports: tuple[str, ...]
    package_type: str = "package"
    install_dir: str = "site"
    python: str | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True)
class LockedFile:
    """A file of the runtime; `path` is relative to `app/runtime/`, with forward slashes."""

    path: str
    size: int
    sha256: str
    package: str


@dataclass(frozen=True, slots=True)
class RuntimeLock:
    """A whole lock, consistent in itself; `requested` is what the app asks for, as it is in its
    settings."""

    pin: Pin
    requested: tuple[str, ...]
    packages: dict[str, LockedPackage]
    files: tuple[LockedFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)

    @property
    def roots(self) -> tuple[str, ...]:
        """The canonical names of the packages that the app itself asks for."""
        return names_of(
            read_asked(text, f"{LOCK_NAME}: requested holds") for text in self.requested
        )

    @property
    def modules(self) -> dict[str, str]:
        """The package of each module that can be imported, by its name without dots."""
        return {
            module.partition(".")[0]: name
            for name, package in self.packages.items()
            for module in package.imports
        }


def complete_lock(
    pin: Pin,
    requested: tuple[str, ...],
    packages: dict[str, LockedPackage],
    files: list[LockedFile],
) -> RuntimeLock:
    """A lock in its stable order, with the entry of the `pyodide-lock.json` that follows from it.

    Args:
        files: every other file of the runtime, in any order.
    """
    ordered = dict(sorted(packages.items()))
    wheels = {file.package: file for file in files if file.package in packages}
    index = derive_index(pin.pyodide, ordered, wheels)
    entry = LockedFile(INDEX_PATH, len(index), hashlib.sha256(index).hexdigest(), "pyodide")
    by_path = sorted([*files, entry], key=lambda file: file.path)
    return RuntimeLock(pin, tuple(sorted(set(requested))), ordered, tuple(by_path))


def minor_python(lock: RuntimeLock) -> str:
    """The browser's Python without its last number, such as "3.14"."""
    return ".".join(lock.pin.pyodide.python.split(".")[:2])


def index_of(lock: RuntimeLock) -> bytes:
    """The `pyodide-lock.json` of a lock: see `derive_index`."""
    wheels = {file.package: file for file in lock.files if file.package in lock.packages}
    return derive_index(lock.pin.pyodide, lock.packages, wheels)


def wanted_by(lock: RuntimeLock) -> list[Wanted]:
    """Every file of a lock but the derived `pyodide-lock.json`, which no one publishes."""
    return [
        _wanted(file, lock.packages.get(file.package))
        for file in lock.files
        if file.path != INDEX_PATH
    ]


def derive_index(
    pyodide: PyodidePin, packages: dict[str, LockedPackage], wheels: dict[str, LockedFile]
) -> bytes:
    """Pyodide's own lock for the closure alone, so that it knows no package that is not there.

    Args:
        wheels: the file of each package.

    Returns:
        JSON as Pyodide reads it beside `pyodide.mjs`; its fields are those of the official one.
    """
    info = {
        "abi_version": pyodide.abi_version,
        "arch": pyodide.arch,
        "platform": pyodide.platform,
        "python": pyodide.python,
    }
    entries = {
        name: {
            "depends": list(package.depends),
            "file_name": wheels[name].path.removeprefix("pyodide/"),
            "imports": list(package.imports),
            "install_dir": package.install_dir,
            "name": name,
            "package_type": package.package_type,
            "sha256": wheels[name].sha256,
            "unvendored_tests": False,
            "version": package.version,
        }
        for name, package in sorted(packages.items())
    }
    text = json.dumps({"info": info, "packages": entries}, separators=(",", ":"), sort_keys=True)
    return text.encode() + b"\n"


def lock_text(lock: RuntimeLock) -> str:
    """A lock as it is written: one line a package, one line a file, so that changes read well."""
    pyodide = lock.pin.pyodide
    head = {
        "version": pyodide.version,
        "python": pyodide.python,
        "platform": pyodide.platform,
        "arch": pyodide.arch,
        "abi_version": pyodide.abi_version,
        "index": {"size": pyodide.index.size, "sha256": pyodide.index.sha256},
    }
    fields = [
        f'"lock_version": {LOCK_VERSION}',
        f'"pyodide": {_block("{}", [f"{_line(k)}: {_line(v)}" for k, v in head.items()])}',
        f'"pyscript": {_line({"version": lock.pin.pyscript})}',
        f'"requested": {_line(list(lock.requested))}',
        f'"packages": {_block("{}", [_package_line(*item) for item in lock.packages.items()])}',
        f'"files": {_block("[]", [_file_line(file) for file in lock.files])}',
    ]
    return "{\n" + ",\n".join(f"  {field}" for field in fields) + "\n}\n"


def write_lock(lock: RuntimeLock, path: Path) -> bool:
    """Write a lock in one step, if it differs from what is there; tell whether it did.

    Raises:
        ToolError: when it cannot be written; the former file is then untouched.
    """
    content = lock_text(lock).encode()
    if path.is_file() and path.read_bytes() == content:
        return False
    with alone(Place(path, LOCK_NAME)):
        write_together({path: content})
    return True


def _package_line(name: str, package: LockedPackage) -> str:
    fields: dict[str, Any] = {
        "version": package.version,
        "source": package.source,
        "depends": list(package.depends),
        "imports": list(package.imports),
    }
    if package.package_type != "package":
        fields["package_type"] = package.package_type
    if package.install_dir != "site":
        fields["install_dir"] = package.install_dir
    if package.python is not None:
        fields["python"] = package.python
    if package.origin:
        fields["from"] = package.origin
    return f"{_line(name)}: {_line(fields)}"


def _file_line(file: LockedFile) -> str:
    return _line(
        {"path": file.path, "size": file.size, "sha256": file.sha256, "package": file.package}
    )


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _block(brackets: str, lines: list[str]) -> str:
    if not lines:
        return brackets
    return brackets[0] + "\n" + ",\n".join(f"    {line}" for line in lines) + f"\n  {brackets[1]}"


def _wanted(file: LockedFile, package: LockedPackage | None) -> Wanted:
    if package is None:
        publisher = Publisher.PYODIDE if file.package == "pyodide" else Publisher.PYSCRIPT
        return Wanted(file.path, file.sha256, file.size, publisher)
    publisher = _PUBLISHERS[package.source]
    release = f"{file.package}=={package.version}"
    return Wanted(file.path, file.sha256, file.size, publisher, release, package.origin)
