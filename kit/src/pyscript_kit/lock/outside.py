"""Finds wheels for packages that the Pyodide distribution does not have. pip resolves them, with
the distribution's packages played by empty wheels and held at their versions; then the markers that
pip judged by this machine are judged again by the browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pyscript_kit.errors import ToolError
from pyscript_kit.lock.advice import leave_out
from pyscript_kit.lock.closure import Browser, Closure, browser_closure
from pyscript_kit.lock.distribution import Distribution
from pyscript_kit.lock.metadata import Metadata
from pyscript_kit.lock.pip import Resolver
from pyscript_kit.lock.refusals import listed
from pyscript_kit.project.asked import Asked
from pyscript_kit.project.pins import PyodidePin
from pyscript_kit.terminal import warn


def resolve_outside(
    asked: Sequence[Asked],
    own: Mapping[str, Path],
    distribution: Distribution,
    metadata_of: Callable[[str], Metadata],
    pin: PyodidePin,
    workspace: Path,
) -> Closure:
    """Choose a version of each package and of all that these need outside the distribution.

    Args:
        asked: what the app asks for.
        own: the files of the wheels that it asks for by path or address, by name.
        metadata_of: what the distribution's own wheel of a package says of itself.
        workspace: an empty folder for pip to work in.

    Raises:
        ToolError: when a package is unknown, has no wheel that the browser can run, or wants
            something else than the distribution's version of a package.
    """
    resolver = Resolver(distribution, pin, workspace)
    browser = Browser(distribution, metadata_of, pin)
    outside = [each for each in asked if each.name not in distribution.packages]
    wanted = [f"{name} @ {file.as_uri()}" for name, file in own.items()]
    wanted += [each.text for each in outside if not each.wheel]
    while True:
        chosen = resolver.ask_pip(wanted) if wanted else {}
        closure = browser_closure(asked, chosen, browser, resolver.played)
        if not closure.missing:
            for line in closure.lost:
                warn(line)
            return closure
        again = [requirement for requirement in closure.missing if requirement in wanted]
        if again:
            raise ToolError(
                f"{again[0]} conflicts with the other packages: "
                f"{leave_out(f'one of {listed(wanted)}')}"
            )
        wanted += closure.missing
