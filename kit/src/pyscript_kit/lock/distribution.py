"""The packages that a release of Pyodide brings: its official `pyodide-lock.json`, read for what a
lock needs from it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pyscript_kit.errors import ToolError
from pyscript_kit.lock.lockfile import LockedPackage
from pyscript_kit.lock.paths import is_wheel
from pyscript_kit.project.settings import canonical_name

_PLATFORM = re.compile(r"-([A-Za-z0-9_]+_wasm32)\.whl$")


@dataclass(frozen=True, slots=True)
class Distributed:
    """A package of the distribution with its file."""

    package: LockedPackage
    file_name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Distribution:
    """All packages of a release by name, and what the release says about itself."""

    info: dict[str, str]
    packages: dict[str, Distributed]

    @property
    def platforms(self) -> list[str]:
        """The platform tags that the distribution's own compiled wheels carry."""
        names = (entry.file_name for entry in self.packages.values())
        return sorted({match[1] for name in names if (match := _PLATFORM.search(name))})

    def closure(self, names: Iterable[str]) -> dict[str, Distributed]:
        """Packages with all they depend on.

        Args:
            names: canonical names that are in the distribution.
        """
        found: dict[str, Distributed] = {}
        pending = list(names)
        while pending:
            name = pending.pop()
            if name not in found:
                found[name] = self.packages[name]
                pending += found[name].package.depends
        return found


def read_distribution(content: bytes, version: str) -> Distribution:
    """Read an official `pyodide-lock.json`.

    Raises:
        ToolError: when it is none, which for a verified file means a release that this kit does
            not know how to read.
    """
    try:
        document = json.loads(content)
        entries = {canonical_name(key): entry for key, entry in document["packages"].items()}
        packages = {name: _distributed(name, entry) for name, entry in entries.items()}
        info = {key: str(value) for key, value in document["info"].items()}
        for name, entry in packages.items():
            for other in entry.package.depends:
                if other not in packages:
                    raise ValueError(f"{name} depends on {other}, which it lacks")
        return Distribution(info, packages)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ToolError(
            f"the pyodide-lock.json of Pyodide {version} cannot be read ({error!r}): update the kit"
        ) from error


def _distributed(name: str, entry: dict[str, Any]) -> Distributed:
    file_name, sha256 = entry["file_name"], entry["sha256"]
    if not is_wheel(file_name, sha256):
        raise ValueError(f"{name} has the file {file_name!r} with the sha256 {sha256!r}")
    package = LockedPackage(
        entry["version"],
        "pyodide",
        tuple(sorted(canonical_name(name) for name in entry["depends"])),
        tuple(sorted(entry["imports"])),
        entry["package_type"],
        entry["install_dir"],
    )
    return Distributed(package, file_name, sha256)
