"""What stands in for micropip where the lock has none, as PyScript asks it for packages."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from pyscript_kit.browser import LOADER, texts_of

LOCK = {"packages": {"numpy": {"version": "2.0"}, "ruamel-yaml": {"version": "1.0"}}}


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What Pyodide is asked to load, by the module that stands in."""
    asked: list[Any] = []

    async def load(names: list[str]) -> None:
        asked.extend(names)

    def proxied(value: Any) -> Any:
        return SimpleNamespace(to_py=lambda: value, packages=SimpleNamespace())

    pyodide: Any = ModuleType("pyodide_js")
    pyodide.loadPackage, pyodide.lockfile = load, proxied(LOCK)
    pyodide.lockfile.packages = proxied(LOCK["packages"])
    ffi: Any = ModuleType("pyodide.ffi")
    ffi.to_js = list
    monkeypatch.setitem(sys.modules, "pyodide_js", pyodide)
    monkeypatch.setitem(sys.modules, "pyodide.ffi", ffi)
    monkeypatch.delitem(sys.modules, "micropip", raising=False)
    found = re.search(r"STAND_IN = `(.*?)`;", texts_of(LOADER)["micropip.mjs"], re.DOTALL)
    assert found
    exec(found[1].replace("\\\\", "\\"), {})  # noqa: S102
    monkeypatch.setitem(sys.modules, "micropip", sys.modules["micropip"])
    return asked


def test_packages_of_the_runtime_are_loaded_by_their_names(loaded: list[Any]) -> None:
    import micropip

    wheel = "https://example.org/own-1.0-py3-none-any.whl"
    asyncio.run(micropip.install(["numpy>=2", "Ruamel.YAML", wheel], keep_going=True))

    assert loaded == ["numpy", "Ruamel.YAML", wheel]


def test_what_the_runtime_lacks_is_named_with_the_way_out(loaded: list[Any]) -> None:
    import micropip

    with pytest.raises(ValueError, match=r"no package 'pandas': add it to packages_on_demand"):
        asyncio.run(micropip.install(["numpy", "pandas"]))
    assert loaded == []


def test_what_pyscript_keeps_for_the_next_visit_is_the_lock(loaded: list[Any]) -> None:
    import micropip

    assert json.loads(micropip.freeze()) == LOCK
