"""Finds wheels for packages that the Pyodide distribution does not have. pip resolves them, with
the distribution's packages played by empty wheels and held at their versions; then the markers that
pip judged by this machine are judged again by the browser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pyscript_kit.errors import ToolError
from pyscript_kit.lock.closure import OutsideWheel, browser_closure
from pyscript_kit.lock.distribution import Distribution
from pyscript_kit.lock.pip import Resolver, listed
from pyscript_kit.project.pins import PyodidePin
from pyscript_kit.project.settings import CONFIG


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
    resolver = Resolver(distribution, pin, workspace)
    asked = list(names)
    while True:
        chosen = resolver.ask_pip(asked)
        found, missing = browser_closure(names, chosen, distribution, pin, resolver.played)
        if not missing:
            return found
        again = [requirement for requirement in missing if requirement in asked]
        if again:
            raise ToolError(
                f"{again[0]} cannot be met beside the rest of packages: "
                f"remove one of {listed(names)} from packages in {CONFIG}"
            )
        asked += missing
