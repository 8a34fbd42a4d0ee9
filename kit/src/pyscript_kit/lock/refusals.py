"""Says in a sentence why pip has found nothing that the browser can run, out of all it tells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pyscript_kit.errors import ToolError
from pyscript_kit.lock.advice import again, fix_spelling, leave_out
from pyscript_kit.lock.distribution import Distribution
from pyscript_kit.project.pins import PyodidePin
from pyscript_kit.project.settings import canonical_name
from pyscript_kit.sources.clients import OUT_OF_REACH, failure
from pyscript_kit.sources.fetching import way_out_of
from pyscript_kit.sources.pip import refused_by_index, run_pip

if TYPE_CHECKING:
    from packaging.requirements import Requirement

UNSATISFIED = re.compile(r"Could not find a version that satisfies the requirement (.+?) \(from")

_CAUSE = re.compile(r"^ {4}(\S.*\S)\s*$", re.MULTILINE)
_DEPENDS = re.compile(r"(?P<parent>\S+) (?P<version>\S+) depends on (?P<requirement>.+)")
_ASKED = "The user requested"
_CONSTRAINT = "(constraint)"
# Sides of a conflict that one can still read.
_SIDES = 3


class _Side(NamedTuple):
    """One side of a conflict: a version of a package, and what it asks for."""

    parent: str
    version: str
    requirement: str

    @property
    def release(self) -> str:
        return f"{self.parent} {self.version}"


def refusal(
    output: str,
    errors: str,
    requirements: Sequence[str],
    distribution: Distribution,
    pin: PyodidePin,
) -> ToolError:
    """What to raise where pip found nothing that meets all requirements.

    Args:
        output: all that it said.
        errors: what of it went to standard error.
    """
    _, conflicting, causes = output.partition("The conflict is caused by:")
    if conflicting:
        # What else it says, verbosely, is below an empty line.
        causes = causes.strip("\n").partition("\n\n")[0]
        return _conflict(_CAUSE.findall(causes), requirements, distribution, pin)
    match = UNSATISFIED.search(output)
    reason = failure(errors)
    if reason == OUT_OF_REACH or match is None:
        return _out_of_reach(listed(requirements), reason)
    if not _is_requirement(match[1]):
        return ToolError(
            f"{match[1]!r} is not a valid requirement: "
            f"{leave_out(f'what requires it, one of {listed(requirements)},')}"
        )
    return no_wheel(match[1])


def no_wheel(wanted: str, parent: str = "") -> ToolError:
    """What to raise for a requirement that no wheel for the browser meets.

    Args:
        parent: the package that has it, with its version; none for what the app asks for itself.
    """
    from packaging.requirements import Requirement

    name = Requirement(wanted).name
    needed = f", which {parent} needs," if parent else ""
    which = "what needs it" if parent else "it"
    # Without the browser's platform and with sdists, so that it finds whatever is there.
    found = run_pip("index", "versions", "-vv", "--pre", "--ignore-requires-python", name)
    if found.returncode == 0:
        return ToolError(
            f"{wanted}{needed} has no wheel that runs in the browser, only other wheels or its "
            f"source: "
            f"{leave_out(which)}, or build a wheel of it for Pyodide"
        )
    if answer := refused_by_index(found.stdout, name):
        return ToolError(
            f"{wanted}{needed} cannot be looked up ({answer}): {way_out_of([answer])}, {again()}"
        )
    if failure(found.stderr) == OUT_OF_REACH:
        return _out_of_reach(f"{wanted}{needed}", OUT_OF_REACH)
    way_out = leave_out("what needs it") if parent else fix_spelling()
    return ToolError(
        f"{wanted}{needed} is neither in the Pyodide distribution nor on the package index: "
        f"{way_out}"
    )


def against_distribution(
    parent: str, requirement: str, name: str, distribution: Distribution, pin: PyodidePin
) -> str:
    """Says that a requirement is for another version than the distribution's."""
    version = distribution.packages[name].package.version
    return f"{parent} needs {requirement}, but Pyodide {pin.version} has {name} {version}"


def meets(requirement: Requirement, version: str) -> bool:
    """Whether a version is one that a requirement takes."""
    return requirement.specifier.contains(version, prereleases=True)


def listed(names: Iterable[str]) -> str:
    """Names, or what is asked of pip for them, as a sentence holds them."""
    return ", ".join(name.partition(" @ ")[0] for name in names)


def _conflict(
    lines: Sequence[str],
    requirements: Sequence[str],
    distribution: Distribution,
    pin: PyodidePin,
) -> ToolError:
    sides = [_Side(*match.groups()) for line in lines if (match := _DEPENDS.fullmatch(line))]
    # What somebody's own settings of pip allow does not come from the app.
    asked = [line for line in lines if line.startswith(_ASKED) and _CONSTRAINT not in line]
    if len(asked) == 1 and not sides:
        return no_wheel(asked[0].removeprefix(_ASKED).strip())
    for side in sides:
        name = _name_in(side.requirement)
        if name in distribution.packages:
            return _remove_one(
                against_distribution(side.release, side.requirement, name, distribution, pin),
                requirements,
            )
    # It names every version that it has tried, the newest first.
    newest: dict[str, _Side] = {}
    for side in sides:
        newest.setdefault(side.parent, side)
    if len(newest) == 1 and not asked and _is_requirement(sides[0].requirement):
        return no_wheel(sides[0].requirement, sides[0].release)
    told = [*(line.replace(_ASKED, "packages asks for") for line in asked)]
    told += [f"{side.release} depends on {side.requirement}" for side in newest.values()]
    others = len(told) - _SIDES
    rest = f", and so on for {others} more" if others > 0 else ""
    return _remove_one(", but ".join(told[:_SIDES]) + rest, requirements)


def _remove_one(conflict: str, requirements: Sequence[str]) -> ToolError:
    return ToolError(
        f"{conflict}: {leave_out(f'one of {listed(requirements)}')}, "
        "or choose a Pyodide release that fits"
    )


def _out_of_reach(what: str, reason: str) -> ToolError:
    return ToolError(
        f"{what} cannot be looked up through pip ({reason}): check that pip works here and has "
        f"network access, {again()}"
    )


def _name_in(requirement: str) -> str:
    """The canonical name in a requirement; empty where that is none."""
    from packaging.requirements import Requirement

    return canonical_name(Requirement(requirement).name) if _is_requirement(requirement) else ""


def _is_requirement(text: str) -> bool:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        Requirement(text)
    except InvalidRequirement:
        return False
    return True
