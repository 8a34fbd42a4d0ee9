"""What packages there are, how they are loaded, and what pages and modules lead to them."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import js
import pyodide_js
import pytest
from patterns.packages import (
    Package,
    UnknownPackageError,
    UnreachablePackageError,
    canonical_name,
    import_with_packages,
    load_packages,
    loaded_names,
    package_of,
    packages_of_pages,
    runtime_packages,
    with_dependencies,
)

LOCKED = {
    "six": {"imports": ["six"], "depends": [], "file_name": "six.whl"},
    "python-dateutil": {"imports": ["dateutil"], "depends": ["six"], "file_name": "dateutil.whl"},
    "numpy": {"imports": ["numpy"], "depends": [], "file_name": "numpy.whl"},
}


@pytest.fixture(autouse=True)
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A runtime of three packages; what is loaded, and from where."""
    entries = {name: {"name": name, "version": "1.0", **entry} for name, entry in LOCKED.items()}
    loaded: dict[str, str] = {}
    monkeypatch.setattr(pyodide_js.lockfile.packages, "to_py", lambda: entries)
    monkeypatch.setattr(pyodide_js.loadedPackages, "to_py", lambda: dict(loaded))
    monkeypatch.setattr(pyodide_js.loadedPackages, "content", loaded)
    runtime_packages.cache_clear()
    yield loaded
    runtime_packages.cache_clear()


@pytest.mark.parametrize("name", ["Ruamel_YAML", "ruamel.yaml", "RUAMEL--yaml"])
def test_names_are_compared_as_indexes_do(name: str) -> None:
    assert canonical_name(name) == "ruamel-yaml"


def test_dependencies_come_along() -> None:
    known = {
        "a": Package("a", "1", depends=("b", "c")),
        "b": Package("b", "1", depends=("c",)),
        "c": Package("c", "1", depends=("a",)),
        "d": Package("d", "1"),
    }
    assert with_dependencies(["A"], known) == ["a", "b", "c"]


def test_a_dependency_that_is_not_there_is_named() -> None:
    known = {"a": Package("a", "1", depends=("lost",))}
    with pytest.raises(UnknownPackageError, match="no package 'lost': add it") as caught:
        with_dependencies(["a"], known)
    assert caught.value.package == "lost"


def test_what_the_runtime_has_is_listed_loaded_or_not() -> None:
    assert list(runtime_packages()) == ["numpy", "python-dateutil", "six"]
    assert loaded_names() == set()


def test_loading_brings_dependencies_and_says_so_once() -> None:
    said: list[str] = []

    first = asyncio.run(load_packages("python-dateutil", on_progress=said.append))
    second = asyncio.run(load_packages("python-dateutil", on_progress=said.append))

    assert first == ["python-dateutil", "six"]
    assert second == []
    assert said == ["Loading python-dateutil, six ..."]
    assert loaded_names() == {"python-dateutil", "six"}


def test_what_does_not_come_is_an_error_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(names: list[str], options: dict[str, Any]) -> None:
        options["errorCallback"]("Failed to fetch")

    monkeypatch.setattr(pyodide_js, "loadPackage", fail)

    with pytest.raises(UnreachablePackageError, match=r"six could not be loaded \(Failed to fetch"):
        asyncio.run(load_packages("six"))


def test_a_module_leads_to_its_package() -> None:
    assert package_of("dateutil.tz", runtime_packages()) == "python-dateutil"
    assert package_of("pandas", runtime_packages()) is None


def test_the_name_of_a_module_is_answered_with_the_packages() -> None:
    with pytest.raises(UnknownPackageError, match="a module of the package 'python-dateutil'"):
        asyncio.run(load_packages("dateutil"))


def test_what_needs_no_package_is_said_to_need_none() -> None:
    with pytest.raises(UnknownPackageError, match=r"needs no loading: remove it"):
        asyncio.run(load_packages("json"))


def test_a_module_is_imported_with_packages_that_nobody_named(
    runtime: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "trial_page.py").write_text(
        "import trial_helper\ndef draw():\n    import numpy\n", encoding="utf-8"
    )
    # It fails as it would without its package.
    (tmp_path / "trial_helper.py").write_text(
        "import pyodide_js\n"
        "if 'python-dateutil' not in pyodide_js.loadedPackages.to_py():\n"
        "    raise ModuleNotFoundError(name='dateutil')\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)

    module = asyncio.run(import_with_packages("trial_page"))

    assert module.__name__ == "trial_page"
    assert set(runtime) == {"numpy", "python-dateutil", "six"}


def test_a_module_that_lacks_something_else_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "trial_failing.py").write_text("import not_there\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="not_there"):
        asyncio.run(import_with_packages("trial_failing"))


def test_what_is_known_of_a_module_need_not_be_read(
    runtime: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "def draw():\n    import numpy\n"
    (tmp_path / "trial_known.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    asyncio.run(import_with_packages("trial_known", packages=["six"]))

    assert set(runtime) == {"six"}


@pytest.mark.parametrize(
    ("told", "known"),
    [(SimpleNamespace(content='{"plot": ["numpy"]}'), {"plot": ["numpy"]}), (None, {})],
)
def test_the_document_tells_what_pages_import(
    told: object, known: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    document = SimpleNamespace(querySelector=lambda _: told)
    monkeypatch.setattr(js, "document", document)
    packages_of_pages.cache_clear()

    assert packages_of_pages() == known

    packages_of_pages.cache_clear()
