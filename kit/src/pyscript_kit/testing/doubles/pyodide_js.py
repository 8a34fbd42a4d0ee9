"""Pyodide's JavaScript API: packages that a test puts here."""

from types import SimpleNamespace
from typing import Any


def _converted(content: dict[str, Any]) -> SimpleNamespace:
    return SimpleNamespace(to_py=lambda: dict(content), content=content)


lockfile = SimpleNamespace(packages=_converted({}))
loadedPackages = _converted({})  # noqa: N816


async def loadPackage(names: list[str], options: dict[str, Any]) -> None:  # noqa: N802
    """Load packages at once, and have nothing to complain about."""
    for name in names:
        loadedPackages.content[name] = "default channel"
