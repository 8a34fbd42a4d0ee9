"""Has pip choose wheels of the package index for the browser's Python and platform, and says in a
sentence why it cannot."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from pyscript_kit.errors import ToolError
from pyscript_kit.lock.distribution import Distribution
from pyscript_kit.lock.standins import StandIns
from pyscript_kit.project.pins import PyodidePin
from pyscript_kit.project.settings import CONFIG, canonical_name
from pyscript_kit.sources.clients import OUT_OF_REACH, failure
from pyscript_kit.sources.inbox import SourceError
from pyscript_kit.sources.pip import run_pip

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_UNSATISFIED = re.compile(r"Could not find a version that satisfies the requirement (.+?) \(from")
_CAUSE = re.compile(r"^ {4}(\S.*\S)\s*$", re.MULTILINE)
_DEPENDS = re.compile(r"(?P<parent>\S+ \S+) depends on (?P<requirement>.+)")


@dataclass(frozen=True)
class Chosen:
    """A wheel in pip's report."""

    version: str
    url: str
    sha256: str
    requirements: tuple[str, ...]
    python: str

    @cached_property
    def file_name(self) -> str:
        return unquote(PurePosixPath(urlsplit(self.url).path).name)


class Resolver:
    """pip, for the browser's Python and platform, beside the distribution's packages.

    Attributes:
        played: packages that an empty wheel stands in for, as they have none for the browser.
    """

    def __init__(self, distribution: Distribution, pin: PyodidePin, workspace: Path) -> None:
        self._distribution = distribution
        self._pin = pin
        self._workspace = workspace
        self._stand_ins = StandIns(distribution, pin, workspace / "stubs")
        self._constraints = workspace / "constraints.txt"
        self.played: set[str] = set()
        # Versions that do not run on the browser's Python: see `_exclude`.
        self._excluded: dict[str, str] = {}
        constraints = self._stand_ins.play(distribution)
        self._constraints.write_text("".join(constraints), encoding="utf-8")

    def ask_pip(self, requirements: Sequence[str]) -> dict[str, Chosen]:
        """What pip would install for some requirements, by canonical name."""
        report = self._workspace / "report.json"
        while True:
            report.unlink(missing_ok=True)
            try:
                done = run_pip(*self._options(report), *requirements)
            except SourceError as trouble:
                raise ToolError(
                    f"{listed(requirements)} cannot be looked up ({trouble}): "
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
            *(f"--platform={platform}" for platform in self._stand_ins.platforms),
            f"--target={self._workspace / 'target'}",
            f"--constraint={self._constraints}",
            f"--find-links={self._stand_ins.folder}",
        ]

    def _exclude(self, chosen: dict[str, Chosen]) -> bool:
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
        self._stand_ins.write(name, version)
        self.played.add(name)
        return True

    def _refusal(self, output: str, errors: str, requirements: Sequence[str]) -> ToolError:
        unfit = next((name for name in self._excluded if re.search(rf"\b{name}!=", output)), None)
        if unfit is not None:
            return ToolError(
                f"{unfit} has no version for Python {self._pin.python} that fits the rest (the "
                f"oldest seen is {self._excluded[unfit]}): remove one of {listed(requirements)} "
                f"from packages in {CONFIG}, or choose another release of Pyodide"
            )
        conflict = self._conflict(output)
        if conflict:
            return ToolError(
                f"{conflict}: remove one of {listed(requirements)} from packages in {CONFIG}, "
                "or choose a release of Pyodide that fits"
            )
        match = _UNSATISFIED.search(output)
        reason = failure(errors)
        if reason == OUT_OF_REACH or match is None:
            return ToolError(
                f"{listed(requirements)} cannot be looked up through pip ({reason}): "
                "see that pip works here and reaches the network, then run `pyscript lock` again"
            )
        if not _is_requirement(match[1]):
            return ToolError(
                f"{match[1]!r} is no requirement that can be read: remove what asks for it, one "
                f"of {listed(requirements)}, from packages in {CONFIG}"
            )
        return no_wheel(match[1])

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
        return against_distribution(parent, requirement, name, self._distribution, self._pin)


def no_wheel(wanted: str, parent: str = "") -> ToolError:
    """What to raise for a requirement that no wheel for the browser meets."""
    from packaging.requirements import Requirement

    name = Requirement(wanted).name
    needed = f", which {parent} needs," if parent else ""
    # Without the browser's platform and with sdists, so that it finds whatever is there.
    found = run_pip("index", "versions", "--pre", "--ignore-requires-python", name)
    if found.returncode == 0:
        return ToolError(
            f"{wanted}{needed} has no wheel that runs in the browser, only others or its source: "
            f"remove it from packages in {CONFIG}, or build a wheel of it for Pyodide"
        )
    return ToolError(
        f"{wanted}{needed} is neither in the Pyodide distribution nor on the package index: "
        f"see how it is spelled in packages in {CONFIG}"
    )


def against_distribution(
    parent: str, requirement: str, name: str, distribution: Distribution, pin: PyodidePin
) -> str:
    """Says that a requirement is for another version than the distribution's."""
    version = distribution.packages[name].package.version
    return f"{parent} needs {requirement}, but Pyodide {pin.version} brings {name} {version}"


def meets(requirement: Requirement, version: str) -> bool:
    """Whether a version is one that a requirement takes."""
    return requirement.specifier.contains(version, prereleases=True)


def listed(names: Sequence[str]) -> str:
    """Names as a sentence holds them."""
    return ", ".join(names)


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


def _chosen(report: dict[str, Any]) -> dict[str, Chosen]:
    found = {}
    for item in report["install"]:
        archive = item["download_info"].get("archive_info", {})
        sha256 = archive.get("hashes", {}).get("sha256", "")
        metadata = item["metadata"]
        found[canonical_name(metadata["name"])] = Chosen(
            metadata["version"],
            item["download_info"]["url"],
            sha256 or archive.get("hash", "").removeprefix("sha256="),
            tuple(metadata.get("requires_dist", ())),
            metadata.get("requires_python", ""),
        )
    return found


def _version_for(requirement: Requirement) -> str | None:
    named = [specifier.version.removesuffix(".*") for specifier in requirement.specifier]
    candidates = [*named, *(f"{version}.post1" for version in named), "0", "9999"]
    return next((version for version in candidates if meets(requirement, version)), None)
