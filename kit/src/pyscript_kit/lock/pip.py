"""Has pip choose wheels of the package index for the browser's Python and platform."""

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
from pyscript_kit.lock.advice import again, leave_out
from pyscript_kit.lock.distribution import Distribution
from pyscript_kit.lock.metadata import readable_pythons
from pyscript_kit.lock.refusals import UNSATISFIED, listed, meets, refusal
from pyscript_kit.lock.standins import StandIns
from pyscript_kit.project.pins import PyodidePin
from pyscript_kit.project.settings import canonical_name
from pyscript_kit.sources.inbox import SourceError
from pyscript_kit.sources.pip import run_pip

if TYPE_CHECKING:
    from packaging.requirements import Requirement


@dataclass(frozen=True)
class Chosen:
    """A wheel in pip's report."""

    version: str
    url: str
    sha256: str
    requirements: tuple[str, ...]
    python: str
    extras: frozenset[str] = frozenset()

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
                    f"install pip or uv, {again()}"
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
            "-vv",  # else it does not tell an index that refuses from one that lacks
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

        match = UNSATISFIED.search(output)
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
        if unfit is None:
            return refusal(output, errors, requirements, self._distribution, self._pin)
        return ToolError(
            f"{unfit} has no version for Python {self._pin.python} that fits the rest (the "
            f"oldest seen is {self._excluded[unfit]}): "
            f"{leave_out(f'one of {listed(requirements)}')}, or choose another Pyodide release"
        )


def _runs_on(pythons: str, python: str) -> bool:
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(readable_pythons(pythons)).contains(python, prereleases=True)


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
            frozenset(map(canonical_name, metadata.get("provides_extra", ()))),
        )
    return found


def _version_for(requirement: Requirement) -> str | None:
    named = [specifier.version.removesuffix(".*") for specifier in requirement.specifier]
    candidates = [*named, *(f"{version}.post1" for version in named), "0", "9999"]
    return next((version for version in candidates if meets(requirement, version)), None)
