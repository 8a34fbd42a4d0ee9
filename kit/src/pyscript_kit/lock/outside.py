"""Finds wheels for packages that the Pyodide distribution does not have. pip resolves them, with
the distribution's packages played by empty wheels and held at their versions; then the markers that
pip judged by this machine are judged again by the browser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pyscript_kit.errors import ToolError
from pyscript_kit.lock.closure import Browser, OutsideWheel, browser_closure
from pyscript_kit.lock.distribution import Distribution
from pyscript_kit.lock.metadata import Metadata
from pyscript_kit.lock.pip import Resolver
from pyscript_kit.lock.refusals import listed
from pyscript_kit.project.pins import PyodidePin
from pyscript_kit.project.settings import CONFIG
from pyscript_kit.terminal import warn


def resolve_outside(
    names: Sequence[str],
    distribution: Distribution,
    metadata_of: Callable[[str], Metadata],
    pin: PyodidePin,
    workspace: Path,
) -> list[OutsideWheel]:
    """Choose a version of each package and of all that these need outside the distribution.

    Args:
        names: bare names that are not in the distribution.
        metadata_of: what the distribution's own wheel of a package says of itself.
        workspace: an empty folder for pip to work in.

    Raises:
        ToolError: when a package is unknown, has no wheel that the browser can run, or wants
            something else than the distribution's version of a package.
    """
    resolver = Resolver(distribution, pin, workspace)
    browser = Browser(distribution, metadata_of, pin)
    asked = list(names)
    while True:
        chosen = resolver.ask_pip(asked)
        found, missing, lost = browser_closure(names, chosen, browser, resolver.played)
        if not missing:
            for line in lost:
                warn(line)
            return found
        again = [requirement for requirement in missing if requirement in asked]
        if again:
            raise ToolError(
                f"{again[0]} cannot be met beside the rest of packages: "
                f"remove one of {listed(names)} from packages in {CONFIG}"
            )
        asked += missing
