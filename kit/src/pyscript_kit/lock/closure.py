"""What the browser needs of the wheels that pip has chosen: requirements and their markers, judged
for the browser's Python and platform, and the distribution's versions."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from pyscript_kit.errors import ToolError
from pyscript_kit.lock.advice import leave_out
from pyscript_kit.lock.distribution import Distribution
from pyscript_kit.lock.lockfile import LockedPackage, Source
from pyscript_kit.lock.metadata import Metadata, read_metadata
from pyscript_kit.lock.paths import is_wheel
from pyscript_kit.lock.pip import Chosen
from pyscript_kit.lock.refusals import against_distribution, meets, no_wheel
from pyscript_kit.project.asked import Asked
from pyscript_kit.project.pins import PyodidePin
from pyscript_kit.project.settings import canonical_name
from pyscript_kit.sources.archives import wheel_files
from pyscript_kit.sources.clients import without_credentials
from pyscript_kit.sources.inbox import SourceError

if TYPE_CHECKING:
    from packaging.requirements import Requirement

# Who asks for what is in `app/pyscript.toml`.
_APP = "the app"
_NATIVE = re.compile(r"(\.cpython-[^/]*|\.abi3[^/]*)?\.(so|pyd)$")


@dataclass(frozen=True, slots=True)
class OutsideWheel:
    """A wheel from outside the distribution that belongs into the closure; `origin` is the path or
    the address that the app has named, for one that is not from the package index."""

    name: str
    version: str
    file_name: str
    sha256: str
    depends: tuple[str, ...]
    origin: str = ""

    def locked(self, wheel: Path) -> LockedPackage:
        """Its entry in a lock; the names to import come from the wheel itself.

        Raises:
            ToolError: when the wheel is damaged, as it was published.
        """
        try:
            names, python = top_level_names(wheel), read_metadata(wheel).python
        except SourceError as trouble:
            raise ToolError(
                f"{self.file_name} is not a readable wheel ({trouble}): "
                f"{leave_out('what needs it')}"
            ) from trouble
        source: Source = "wheel" if self.origin else "index"
        return LockedPackage(
            self.version, source, self.depends, names, python=python, origin=self.origin
        )


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
        roots: the packages that the app asks for, and what extras of the distribution's bring.
        brought: by the name of one of these in the distribution, what its extras bring.
        missing: requirements that the choice leaves open.
        lost: a sentence for each extra that is asked of a package without it.
    """

    wheels: list[OutsideWheel]
    roots: set[str]
    brought: dict[str, set[str]]
    missing: list[str]
    lost: list[str]


class _Asking(NamedTuple):
    """A requirement, and the release that has it."""

    release: str
    requirement: Requirement


def browser_closure(
    asked: Iterable[Asked], chosen: dict[str, Chosen], browser: Browser, played: set[str]
) -> Closure:
    """Follow what an app asks for, and pip's choice, by the requirements that hold in the browser.

    Args:
        played: packages that only a stand-in was chosen for.

    Raises:
        ToolError: when the browser cannot have what it needs.
    """
    walk = _Walk(chosen, browser, played)
    roots: set[str] = set()
    brought: dict[str, set[str]] = {}
    origins = {each.name: each.wheel for each in asked if each.wheel}
    for each in asked:
        found = walk.follow([_Asking(_APP, each.requirement)])
        roots |= found
        if each.name in browser.distribution.packages and len(found) > 1:
            brought[each.name] = brought.get(each.name, set()) | found - {each.name}
    depends = walk.to_the_end()
    wheels = [
        _wheel(name, chosen[name], depends[name], origins.get(name, "")) for name in sorted(depends)
    ]
    return Closure(wheels, roots, brought, sorted(walk.missing), list(walk.lost))


def follow_distribution(
    asked: Iterable[Asked], distribution: Distribution, pin: PyodidePin
) -> Closure:
    """The same where all that is asked for is in the distribution, and nothing of its extras.

    Raises:
        ToolError: when the distribution has another version than one that is asked for.
    """

    def unread(name: str) -> Metadata:
        raise AssertionError(name)

    return browser_closure(asked, {}, Browser(distribution, unread, pin), set())


class _Walk:
    """Leads from requirements to packages, and from these on.

    Attributes:
        missing: requirements that pip's choice leaves open.
        lost: a sentence for each extra that is asked of a package without it.
    """

    def __init__(self, chosen: dict[str, Chosen], browser: Browser, played: set[str]) -> None:
        self.missing: set[str] = set()
        self.lost: dict[str, None] = {}
        self._chosen = chosen
        self._browser = browser
        self._played = played
        self._environment = browser_environment(browser.pin)
        # The extras of each package from outside the distribution.
        self._extras: dict[str, set[str]] = {}
        self._pending: list[str] = []

    def follow(self, asking: list[_Asking]) -> set[str]:
        """The packages that requirements lead to, with those of extras of the distribution's."""
        found: set[str] = set()
        of_extras: set[tuple[str, str]] = set()
        while asking:
            release, requirement = asking.pop()
            other = canonical_name(requirement.name)
            if requirement.url:
                raise ToolError(
                    f"{release} requires {other} from an address, which cannot be locked: "
                    f"{leave_out(release.partition(' ')[0])}"
                )
            found.add(other)
            if other in self._browser.distribution.packages:
                _check_version(release, requirement, self._browser)
                for extra in sorted(requirement.extras):
                    if (other, extra) not in of_extras:
                        of_extras.add((other, extra))
                        more, said = _of_extra(
                            other, extra, release, self._browser, self._environment
                        )
                        asking += more
                        self.lost |= dict.fromkeys(said)
            elif other in self._played:
                raise no_wheel(other, release)
            else:
                self._choose(other, release, requirement)
        return found

    def to_the_end(self) -> dict[str, set[str]]:
        """What each package from outside the distribution depends on, all that are led to."""
        depends: dict[str, set[str]] = {}
        while self._pending:
            name = self._pending.pop()
            wheel = self._chosen[name]
            release = f"{name} {wheel.version}"
            needed = _active(release, wheel.requirements, self._extras[name], self._environment)
            depends[name] = self.follow([_Asking(release, each) for each in needed]) - {name}
        return depends

    def _choose(self, name: str, release: str, requirement: Requirement) -> None:
        wheel = self._chosen.get(name)
        if wheel is None or not meets(requirement, wheel.version):
            self.missing.add(_bare(requirement))
            return
        if release == _APP:
            _check_extras(f"{name} {wheel.version}", requirement.extras, wheel.extras)
        if name not in self._extras or not requirement.extras <= self._extras[name]:
            self._extras[name] = self._extras.get(name, set()) | requirement.extras
            self._pending.append(name)


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


def _wheel(name: str, chosen: Chosen, depends: Iterable[str], origin: str) -> OutsideWheel:
    file_name, sha256 = chosen.file_name, chosen.sha256
    if not is_wheel(file_name, sha256):
        raise ToolError(
            f"the package index gives {name} {chosen.version} as {file_name!r} with the sha256 "
            f"{sha256!r}, which cannot be locked: {leave_out(name)}, "
            "or have pip use another index"
        )
    return OutsideWheel(name, chosen.version, file_name, sha256, tuple(sorted(depends)), origin)


def _active(
    release: str, requirements: Iterable[str], extras: set[str], environment: dict[str, str]
) -> Iterable[Requirement]:
    for text in requirements:
        try:
            requirement = _requirement_if(text, extras, environment)
        except ValueError as error:
            name = release.partition(" ")[0]
            raise ToolError(
                f"{release} asks for {without_credentials(text)!r}, which is not a valid "
                f"requirement: {leave_out(name)}"
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
    if asking == _APP:
        _check_extras(release, [extra], metadata.extras)
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
        way_out = "leave out the version" if release == _APP else leave_out("what needs it")
        conflict = against_distribution(
            release, _bare(requirement), name, browser.distribution, browser.pin
        )
        raise ToolError(f"{conflict}: {way_out}, or choose a Pyodide release that fits")


def _check_extras(release: str, extras: Iterable[str], known: Collection[str]) -> None:
    """Check that a package has the extras that the app asks of it.

    Raises:
        ToolError: when it has not.
    """
    for extra in sorted(extras):
        if canonical_name(extra) not in known:
            there = f"it has {', '.join(sorted(known))}" if known else "it has none"
            raise ToolError(f"{release} has no extra {extra!r}: {there}")


def _bare(requirement: Requirement) -> str:
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return f"{requirement.name}{extras}{requirement.specifier}"
