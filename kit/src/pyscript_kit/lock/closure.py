"""What the browser needs of the wheels that pip has chosen: requirements and their markers, judged
for the browser's Python and platform, and the distribution's versions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pyscript_kit.errors import ToolError
from pyscript_kit.lock.distribution import Distribution
from pyscript_kit.lock.lockfile import LockedPackage
from pyscript_kit.lock.paths import is_wheel
from pyscript_kit.lock.pip import Chosen, against_distribution, meets, no_wheel
from pyscript_kit.project.pins import PyodidePin
from pyscript_kit.project.settings import CONFIG, canonical_name
from pyscript_kit.sources.archives import wheel_files
from pyscript_kit.sources.inbox import SourceError

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_NATIVE = re.compile(r"(\.cpython-[^/]*|\.abi3[^/]*)?\.(so|pyd)$")


@dataclass(frozen=True, slots=True)
class OutsideWheel:
    """A wheel of the package index that belongs into the closure."""

    name: str
    version: str
    file_name: str
    sha256: str
    depends: tuple[str, ...]

    def locked(self, wheel: Path) -> LockedPackage:
        """Its entry in a lock; the names to import come from the wheel itself.

        Raises:
            ToolError: when the wheel is damaged, as it was published.
        """
        try:
            names = top_level_names(wheel)
        except SourceError as trouble:
            raise ToolError(
                f"{self.file_name} is no wheel that can be read ({trouble}): "
                f"remove what needs it from packages in {CONFIG}"
            ) from trouble
        return LockedPackage(self.version, "index", self.depends, names)


def browser_closure(
    names: Iterable[str],
    chosen: dict[str, Chosen],
    distribution: Distribution,
    pin: PyodidePin,
    played: set[str],
) -> tuple[list[OutsideWheel], list[str]]:
    """What the browser needs of pip's choice, and the requirements that the choice leaves open."""
    environment = browser_environment(pin)
    extras: dict[str, set[str]] = {name: set() for name in map(canonical_name, names)}
    depends: dict[str, set[str]] = {}
    missing: list[str] = []
    pending = list(extras)
    while pending:
        name = pending.pop()
        wheel = chosen[name]
        depends[name] = set()
        for requirement in _active(name, wheel, extras[name], environment):
            other = canonical_name(requirement.name)
            parent = f"{name} {wheel.version}"
            if requirement.url:
                raise ToolError(
                    f"{parent} takes {other} from an address, which cannot be locked: "
                    f"remove {name} from packages in {CONFIG}"
                )
            depends[name].add(other)
            if other in distribution.packages:
                _check_version(parent, requirement, distribution, pin)
            elif other in played:
                raise no_wheel(other, parent)
            elif other not in chosen or not meets(requirement, chosen[other].version):
                missing.append(_bare(requirement))
            elif other not in extras or not requirement.extras <= extras[other]:
                extras[other] = extras.get(other, set()) | requirement.extras
                pending.append(other)
    wheels = [_wheel(name, chosen[name], depends[name]) for name in sorted(depends)]
    return wheels, sorted(set(missing))


def browser_environment(pin: PyodidePin) -> dict[str, str]:
    """The environment that requirement markers meet in Pyodide (PEP 508)."""
    return {
        "implementation_name": "cpython",
        "implementation_version": pin.python,
        "os_name": "posix",
        "platform_machine": pin.arch,
        "platform_python_implementation": "CPython",
        "platform_release": pin.platform.removeprefix("emscripten_").replace("_", "."),
        "platform_system": "Emscripten",
        "platform_version": "#1",
        "python_full_version": pin.python,
        "python_version": ".".join(pin.python.split(".")[:2]),
        "sys_platform": "emscripten",
        "extra": "",
    }


def top_level_names(wheel: Path) -> tuple[str, ...]:
    """The names that a wheel makes importable, from its own list of files.

    Raises:
        SourceError: when the wheel is damaged.
    """
    found: set[str] = set()
    for name in wheel_files(wheel):
        parts = PurePosixPath(name).parts
        if parts and parts[0].endswith(".data"):
            parts = parts[2:] if parts[1:2] in (("purelib",), ("platlib",)) else ()
        if not parts or parts[0].endswith(".dist-info"):
            continue
        is_module = parts[-1].endswith(".py") or _NATIVE.search(parts[-1])
        first = parts[0] if len(parts) > 1 else _NATIVE.sub("", parts[0]).removesuffix(".py")
        if is_module and first.isidentifier():
            found.add(first)
    return tuple(sorted(found))


def _wheel(name: str, chosen: Chosen, depends: Iterable[str]) -> OutsideWheel:
    file_name, sha256 = chosen.file_name, chosen.sha256
    if not is_wheel(file_name, sha256):
        raise ToolError(
            f"the package index gives {name} {chosen.version} as {file_name!r} with the sha256 "
            f"{sha256!r}, which cannot be locked: remove {name} from packages in {CONFIG}, "
            "or have pip use another index"
        )
    return OutsideWheel(name, chosen.version, file_name, sha256, tuple(sorted(depends)))


def _active(
    name: str, wheel: Chosen, extras: set[str], environment: dict[str, str]
) -> Iterable[Requirement]:
    for text in wheel.requirements:
        try:
            requirement = _requirement_if(text, extras, environment)
        except ValueError as error:
            raise ToolError(
                f"{name} {wheel.version} asks for {text!r}, which is no requirement that can be "
                f"read: remove {name} from packages in {CONFIG}"
            ) from error
        if requirement is not None:
            yield requirement


def _requirement_if(text: str, extras: set[str], environment: dict[str, str]) -> Requirement | None:
    """A requirement that holds in an environment, else None; ValueError for what is none."""
    from packaging.requirements import Requirement

    requirement = Requirement(text)
    marker = requirement.marker
    holds = marker is None or any(
        marker.evaluate({**environment, "extra": extra}) for extra in ("", *sorted(extras))
    )
    return requirement if holds else None


def _check_version(
    parent: str, requirement: Requirement, distribution: Distribution, pin: PyodidePin
) -> None:
    name = canonical_name(requirement.name)
    if not meets(requirement, distribution.packages[name].package.version):
        conflict = against_distribution(parent, _bare(requirement), name, distribution, pin)
        raise ToolError(
            f"{conflict}: remove what needs it from packages in {CONFIG}, "
            "or choose a release of Pyodide that fits"
        )


def _bare(requirement: Requirement) -> str:
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return f"{requirement.name}{extras}{requirement.specifier}"
