"""What the browser needs of the wheels that pip has chosen: requirements and their markers, judged
for the browser's Python and platform, and the distribution's versions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from pyscript_kit.errors import ToolError
from pyscript_kit.lock.distribution import Distribution
from pyscript_kit.lock.lockfile import LockedPackage
from pyscript_kit.lock.metadata import Metadata, read_metadata
from pyscript_kit.lock.paths import is_wheel
from pyscript_kit.lock.pip import Chosen
from pyscript_kit.lock.refusals import against_distribution, meets, no_wheel
from pyscript_kit.project.pins import PyodidePin
from pyscript_kit.project.settings import CONFIG, canonical_name
from pyscript_kit.sources.archives import wheel_files
from pyscript_kit.sources.clients import without_credentials
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
            names, python = top_level_names(wheel), read_metadata(wheel).python
        except SourceError as trouble:
            raise ToolError(
                f"{self.file_name} is no wheel that can be read ({trouble}): "
                f"remove what needs it from packages in {CONFIG}"
            ) from trouble
        return LockedPackage(self.version, "index", self.depends, names, python=python)


class Browser(NamedTuple):
    """What the browser has before anything comes from an index.

    Attributes:
        distribution: the packages that its release brings.
        metadata_of: what the wheel of one of these says of itself, by canonical name.
    """

    distribution: Distribution
    metadata_of: Callable[[str], Metadata]
    pin: PyodidePin


class Closure(NamedTuple):
    """What the browser needs of pip's choice.

    Attributes:
        missing: requirements that the choice leaves open.
        lost: a sentence for each extra that is asked of a package without it.
    """

    wheels: list[OutsideWheel]
    missing: list[str]
    lost: list[str]


class _Asking(NamedTuple):
    """A requirement, and the release that has it."""

    release: str
    requirement: Requirement


def browser_closure(
    names: Iterable[str], chosen: dict[str, Chosen], browser: Browser, played: set[str]
) -> Closure:
    """Follow pip's choice by the requirements that hold in the browser.

    Args:
        played: packages that only a stand-in was chosen for.

    Raises:
        ToolError: when the browser cannot have what it needs.
    """
    environment = browser_environment(browser.pin)
    extras: dict[str, set[str]] = {name: set() for name in map(canonical_name, names)}
    depends: dict[str, set[str]] = {}
    missing: set[str] = set()
    lost: dict[str, None] = {}
    pending = list(extras)
    while pending:
        name = pending.pop()
        release = f"{name} {chosen[name].version}"
        depends[name] = set()
        requirements = _active(release, chosen[name].requirements, extras[name], environment)
        asking = [_Asking(release, each) for each in requirements]
        of_extras: set[tuple[str, str]] = set()
        while asking:
            release, requirement = asking.pop()
            other = canonical_name(requirement.name)
            if requirement.url:
                raise ToolError(
                    f"{release} takes {other} from an address, which cannot be locked: "
                    f"remove {name} from packages in {CONFIG}"
                )
            depends[name].add(other)
            if other in browser.distribution.packages:
                _check_version(release, requirement, browser)
                for extra in sorted(requirement.extras):
                    if (other, extra) not in of_extras:
                        of_extras.add((other, extra))
                        more, said = _of_extra(other, extra, release, browser, environment)
                        asking += more
                        lost |= dict.fromkeys(said)
            elif other in played:
                raise no_wheel(other, release)
            elif other not in chosen or not meets(requirement, chosen[other].version):
                missing.add(_bare(requirement))
            elif other not in extras or not requirement.extras <= extras[other]:
                extras[other] = extras.get(other, set()) | requirement.extras
                pending.append(other)
    wheels = [_wheel(name, chosen[name], depends[name]) for name in sorted(depends)]
    return Closure(wheels, sorted(missing), list(lost))


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
    release: str, requirements: Iterable[str], extras: set[str], environment: dict[str, str]
) -> Iterable[Requirement]:
    for text in requirements:
        try:
            requirement = _requirement_if(text, extras, environment)
        except ValueError as error:
            name = release.partition(" ")[0]
            raise ToolError(
                f"{release} asks for {without_credentials(text)!r}, which is no requirement that "
                f"can be read: remove {name} from packages in {CONFIG}"
            ) from error
        if requirement is not None:
            yield requirement


def _of_extra(
    name: str, extra: str, asking: str, browser: Browser, environment: dict[str, str]
) -> tuple[list[_Asking], list[str]]:
    """What an extra of one of the distribution's packages requires beside the package; or that it
    has no such extra."""
    metadata = browser.metadata_of(name)
    release = f"{name} {browser.distribution.packages[name].package.version}"
    if canonical_name(extra) not in metadata.extras:
        return [], [f"{asking} asks for {name}[{extra}], and {release} has no such extra: left out"]
    always = [*_active(release, metadata.requirements, set(), environment)]
    with_extra = _active(release, metadata.requirements, {extra}, environment)
    return [_Asking(release, each) for each in with_extra if each not in always], []


def _requirement_if(text: str, extras: set[str], environment: dict[str, str]) -> Requirement | None:
    """A requirement that holds in an environment, else None; ValueError for what is none."""
    from packaging.requirements import Requirement

    requirement = Requirement(text)
    marker = requirement.marker
    holds = marker is None or any(
        marker.evaluate({**environment, "extra": extra}) for extra in ("", *sorted(extras))
    )
    return requirement if holds else None


def _check_version(release: str, requirement: Requirement, browser: Browser) -> None:
    name = canonical_name(requirement.name)
    if not meets(requirement, browser.distribution.packages[name].package.version):
        conflict = against_distribution(
            release, _bare(requirement), name, browser.distribution, browser.pin
        )
        raise ToolError(
            f"{conflict}: remove what needs it from packages in {CONFIG}, "
            "or choose a release of Pyodide that fits"
        )


def _bare(requirement: Requirement) -> str:
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return f"{requirement.name}{extras}{requirement.specifier}"
