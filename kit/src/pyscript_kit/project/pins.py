"""The releases that a project is pinned to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What makes a file the right one: its size in bytes and its sha256 in hexadecimal."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PyodidePin:
    """One release of Pyodide; `index` is the official pyodide-lock.json of that release."""

    version: str
    python: str
    platform: str
    arch: str
    abi_version: str
    index: Fingerprint


@dataclass(frozen=True, slots=True)
class Pin:
    """The two releases that everything else in a lock hangs on."""

    pyodide: PyodidePin
    pyscript: str
