"""Finds wheels for packages that the Pyodide distribution does not have. pip resolves them, with
the distribution's packages played by empty wheels and held at their versions; then the markers that
pip judged by this machine are judged again by the browser."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from pyscript_kit.errors import ToolError
from pyscript_kit.lock.distribution import Distribution
from pyscript_kit.lock.lockfile import LockedPackage
from pyscript_kit.lock.reader import is_wheel
from pyscript_kit.project.pins import PyodidePin
from pyscript_kit.project.settings import CONFIG, canonical_name
from pyscript_kit.sources.archives import wheel_files
from pyscript_kit.sources.clients import OUT_OF_REACH, failure
from pyscript_kit.sources.inbox import SourceError
from pyscript_kit.sources.pip import run_pip

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_UNSATISFIED = re.compile(r"Could not find a version that satisfies the requirement (.+?) \(from")
_CAUSE = re.compile(r"^ {4}(\S.*\S)\s*$", re.MULTILINE)
_DEPENDS = re.compile(r"(?P<parent>\S+ \S+) depends on (?P<requirement>.+)")
_BUILD = 999999
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


def resolve_outside(
    names: Sequence[str], distribution: Distribution, pin: PyodidePin, workspace: Path
) -> list[OutsideWheel]:
    """Choose a version of each package and of all that these need outside the distribution.

    Args:
        names: bare names that are not in the distribution.
        workspace: an empty folder for pip to work in.

    Raises:
        ToolError: when a package is unknown, has no wheel that the browser can run, or wants
            something else than the distribution's version of a package.
    """
    resolver = _Resolver(distribution, pin, workspace)
    asked = list(names)
    while True:
        chosen = resolver.ask_pip(asked)
        found, missing = _browser_closure(names, chosen, distribution, pin, resolver.played)
        if not missing:
            return found
        again = [requirement for requirement in missing if requirement in asked]
        if again:
            raise ToolError(
                f"{again[0]} cannot be met beside the rest of packages: "
                f"remove one of {_listed(names)} from packages in {CONFIG}"
            )
        asked += missing


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


@dataclass(frozen=True)
class _Chosen:
    """A wheel in pip's report."""

    version: str
    url: str
    sha256: str
    requirements: tuple[str, ...]
    python: str

    @cached_property
    def file_name(self) -> str:
        return unquote(PurePosixPath(urlsplit(self.url).path).name)


class _Resolver:
    """pip, for the browser's Python and platform, beside the distribution's packages."""

    def __init__(self, distribution: Distribution, pin: PyodidePin, workspace: Path) -> None:
        self._distribution = distribution
        self._pin = pin
        self._workspace = workspace
        self._stubs = workspace / "stubs"
        self._constraints = workspace / "constraints.txt"
        self._platforms = distribution.platforms or ["any"]
        # What only stands in for a package that has no wheel for the browser: see `_play`.
        self.played: set[str] = set()
        # Versions that do not run on the browser's Python: see `_exclude`.
        self._excluded: dict[str, str] = {}
        self._prepare()

    def ask_pip(self, requirements: Sequence[str]) -> dict[str, _Chosen]:
        """What pip would install for some requirements, by canonical name."""
        report = self._workspace / "report.json"
        while True:
            report.unlink(missing_ok=True)
            try:
                done = run_pip(*self._options(report), *requirements)
            except SourceError as trouble:
                raise ToolError(
                    f"{_listed(requirements)} cannot be looked up ({trouble}): "
                    "install pip or uv, then run `pyscript lock` again"
                ) from trouble
            if done.returncode == 0 and report.is_file():
                chosen = _chosen(json.loads(report.read_text(encoding="utf-8")))
                if self._exclude(chosen):
                    continue
                return chosen
            output = f"{done.stdout}\n{done.stderr}"
            if not self._play(output, requirements):
                raise self._refusal(output, done.stderr, requirements)

    def _prepare(self) -> None:
        from packaging.version import InvalidVersion, Version

        self._stubs.mkdir()
        lines = []
        for name, entry in self._distribution.packages.items():
            if entry.package.package_type == "shared_library" or name.endswith("-tests"):
                continue
            try:
                Version(entry.package.version)
            except InvalidVersion:
                continue
            self._write_stub(name, entry.package.version)
            lines.append(f"{name}=={entry.package.version}\n")
        self._constraints.write_text("".join(lines), encoding="utf-8")

    def _options(self, report: Path) -> list[str]:
        return [
            "install",
            "--dry-run",
            "--ignore-installed",
            "--no-user",
            # pip would ask this machine's Python, not the browser's: `_exclude` asks that.
            "--ignore-requires-python",
            f"--report={report}",
            "--only-binary=:all:",
            "--implementation=cp",
            f"--python-version={self._pin.python}",
            *(f"--platform={platform}" for platform in self._platforms),
            f"--target={self._workspace / 'target'}",
            f"--constraint={self._constraints}",
            f"--find-links={self._stubs}",
        ]

    def _write_stub(self, name: str, version: str) -> None:
        stem = f"{name.replace('-', '_')}-{version}"
        # The first choice of the browser's platform and a high build number put it before a wheel
        # of the same version on the index, whose requirements are not the distribution's.
        major, minor, *_ = self._pin.python.split(".")
        tag = f"cp{major}{minor}-cp{major}{minor}-{self._platforms[0]}"
        files = {
            "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            "WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\nBuild: {_BUILD}\n",
            "RECORD": "",
        }
        with zipfile.ZipFile(self._stubs / f"{stem}-{_BUILD}-{tag}.whl", "w") as wheel:
            for file, text in files.items():
                # Not the time of day, which an archive cannot hold where the clock says 1970.
                wheel.writestr(zipfile.ZipInfo(f"{stem}.dist-info/{file}"), text)

    def _exclude(self, chosen: dict[str, _Chosen]) -> bool:
        """Rule out chosen versions that are not for the browser's Python; tell if any were."""
        unfit = {
            name: wheel.version
            for name, wheel in chosen.items()
            if name not in self._distribution.packages
            and not _runs_on(wheel.python, self._pin.python)
        }
        with self._constraints.open("a", encoding="utf-8") as constraints:
            constraints.writelines(f"{name}!={version}\n" for name, version in unfit.items())
        self._excluded.update(unfit)
        return bool(unfit)

    def _play(self, output: str, requirements: Sequence[str]) -> bool:
        """Let an empty wheel stand in for a package without one for the browser.

        pip asks for what this machine's markers want, also where the browser needs none of it. If
        the browser does, the closure comes upon the stand-in and says so.
        """
        from packaging.requirements import InvalidRequirement, Requirement

        match = _UNSATISFIED.search(output)
        if match is None:
            return False
        try:
            requirement = Requirement(match[1])
        except InvalidRequirement:
            return False
        name = canonical_name(requirement.name)
        direct = {canonical_name(Requirement(text).name) for text in requirements}
        version = _version_for(requirement)
        known = name in direct or name in self.played or name in self._distribution.packages
        if known or version is None:
            return False
        self._write_stub(name, version)
        self.played.add(name)
        return True

    def _refusal(self, output: str, errors: str, requirements: Sequence[str]) -> ToolError:
        unfit = next((name for name in self._excluded if re.search(rf"\b{name}!=", output)), None)
        if unfit is not None:
            return ToolError(
                f"{unfit} has no version for Python {self._pin.python} that fits the rest (the "
                f"oldest seen is {self._excluded[unfit]}): remove one of {_listed(requirements)} "
                f"from packages in {CONFIG}, or choose another release of Pyodide"
            )
        conflict = self._conflict(output)
        if conflict:
            return ToolError(
                f"{conflict}: remove one of {_listed(requirements)} from packages in {CONFIG}, "
                "or choose a release of Pyodide that fits"
            )
        match = _UNSATISFIED.search(output)
        reason = failure(errors)
        if reason == OUT_OF_REACH or match is None:
            return ToolError(
                f"{_listed(requirements)} cannot be looked up through pip ({reason}): "
                "see that pip works here and reaches the network, then run `pyscript lock` again"
            )
        if not _is_requirement(match[1]):
            return ToolError(
                f"{match[1]!r} is no requirement that can be read: remove what asks for it, one "
                f"of {_listed(requirements)}, from packages in {CONFIG}"
            )
        return _no_wheel(match[1])

    def _conflict(self, output: str) -> str:
        _, found, causes = output.partition("The conflict is caused by:")
        if not found:
            return ""
        from packaging.requirements import InvalidRequirement, Requirement

        lines = _CAUSE.findall(causes)
        for line in lines:
            match = _DEPENDS.fullmatch(line)
            if match is None:
                continue
            try:
                name = canonical_name(Requirement(match["requirement"]).name)
            except InvalidRequirement:
                continue
            entry = self._distribution.packages.get(name)
            if entry is not None:
                return self._against(match["parent"], match["requirement"], name)
        sides = [line for line in lines if "depends on" in line or "user requested" in line]
        return ", but ".join(
            side.replace("The user requested", "packages asks for") for side in sides
        )

    def _against(self, parent: str, requirement: str, name: str) -> str:
        return _against_distribution(parent, requirement, name, self._distribution, self._pin)


def _is_requirement(text: str) -> bool:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        Requirement(text)
    except InvalidRequirement:
        return False
    return True


def _runs_on(pythons: str, python: str) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(pythons).contains(python, prereleases=True)
    except InvalidSpecifier:  # Old releases have some, such as `>=3.6.*`; they tell of no limit.
        return True


def _browser_closure(
    names: Iterable[str],
    chosen: dict[str, _Chosen],
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
                raise _no_wheel(other, parent)
            elif other not in chosen or not _meets(requirement, chosen[other].version):
                missing.append(_bare(requirement))
            elif other not in extras or not requirement.extras <= extras[other]:
                extras[other] = extras.get(other, set()) | requirement.extras
                pending.append(other)
    wheels = [_wheel(name, chosen[name], depends[name]) for name in sorted(depends)]
    return wheels, sorted(set(missing))


def _wheel(name: str, chosen: _Chosen, depends: Iterable[str]) -> OutsideWheel:
    file_name, sha256 = chosen.file_name, chosen.sha256
    if not is_wheel(file_name, sha256):
        raise ToolError(
            f"the package index gives {name} {chosen.version} as {file_name!r} with the sha256 "
            f"{sha256!r}, which cannot be locked: remove {name} from packages in {CONFIG}, "
            "or have pip use another index"
        )
    return OutsideWheel(name, chosen.version, file_name, sha256, tuple(sorted(depends)))


def _active(
    name: str, wheel: _Chosen, extras: set[str], environment: dict[str, str]
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
    if not _meets(requirement, distribution.packages[name].package.version):
        conflict = _against_distribution(parent, _bare(requirement), name, distribution, pin)
        raise ToolError(
            f"{conflict}: remove what needs it from packages in {CONFIG}, "
            "or choose a release of Pyodide that fits"
        )


def _against_distribution(
    parent: str, requirement: str, name: str, distribution: Distribution, pin: PyodidePin
) -> str:
    version = distribution.packages[name].package.version
    return f"{parent} needs {requirement}, but Pyodide {pin.version} brings {name} {version}"


def _no_wheel(wanted: str, parent: str = "") -> ToolError:
    from packaging.requirements import Requirement

    name = Requirement(wanted).name
    needed = f", which {parent} needs," if parent else ""
    # Without the browser's platform and with sdists, so that it finds whatever is there.
    listed = run_pip("index", "versions", "--pre", "--ignore-requires-python", name)
    if listed.returncode == 0:
        return ToolError(
            f"{wanted}{needed} has no wheel that runs in the browser, only others or its source: "
            f"remove it from packages in {CONFIG}, or build a wheel of it for Pyodide"
        )
    return ToolError(
        f"{wanted}{needed} is neither in the Pyodide distribution nor on the package index: "
        f"see how it is spelled in packages in {CONFIG}"
    )


def _chosen(report: dict[str, Any]) -> dict[str, _Chosen]:
    found = {}
    for item in report["install"]:
        archive = item["download_info"].get("archive_info", {})
        sha256 = archive.get("hashes", {}).get("sha256", "")
        metadata = item["metadata"]
        found[canonical_name(metadata["name"])] = _Chosen(
            metadata["version"],
            item["download_info"]["url"],
            sha256 or archive.get("hash", "").removeprefix("sha256="),
            tuple(metadata.get("requires_dist", ())),
            metadata.get("requires_python", ""),
        )
    return found


def _meets(requirement: Requirement, version: str) -> bool:
    return requirement.specifier.contains(version, prereleases=True)


def _bare(requirement: Requirement) -> str:
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return f"{requirement.name}{extras}{requirement.specifier}"


def _version_for(requirement: Requirement) -> str | None:
    named = [specifier.version.removesuffix(".*") for specifier in requirement.specifier]
    candidates = [*named, *(f"{version}.post1" for version in named), "0", "9999"]
    return next((version for version in candidates if _meets(requirement, version)), None)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
