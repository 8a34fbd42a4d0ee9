"""What is installed, from where, and in which words it fails."""

import asyncio
import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from zipfile import BadZipFile

import js
import pyodide_js
import pytest
from patterns.install import (
    IncompatibleWheelError,
    imported_packages,
    install,
    installed_packages,
    missing_for,
)
from patterns.packages import (
    Package,
    PackageError,
    UnknownPackageError,
    UnreachablePackageError,
    load_packages,
    runtime_packages,
)
from pyodide.ffi import JsException

LOCKED = {
    "six": {"imports": ["six"], "depends": [], "file_name": "six.whl"},
    "python-dateutil": {"imports": ["dateutil"], "depends": ["six"], "file_name": "dateutil.whl"},
    "micropip": {"imports": ["micropip"], "depends": [], "file_name": "micropip.whl"},
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


def test_modules_lead_to_packages_that_are_not_loaded() -> None:
    known = {
        "pillow": Package("Pillow", "1", imports=("PIL",)),
        "numpy": Package("numpy", "1", imports=("numpy",)),
    }
    assert imported_packages(["PIL", "numpy", "json"], known, {"numpy"}) == ["pillow"]


def test_what_is_loaded_is_not_missing() -> None:
    assert missing_for("import dateutil, json") == ["python-dateutil"]

    asyncio.run(load_packages("python-dateutil"))

    assert missing_for("import dateutil, json") == []
    assert installed_packages() == []


@pytest.fixture
def micropip(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A micropip that raises ``failure``, and a net where ``status`` answers, or nothing."""
    net = SimpleNamespace(failure=None, status=None, asked=[])

    async def install_or_fail(requirement: str) -> None:
        if net.failure:
            raise net.failure
        pyodide_js.loadedPackages.content[requirement] = "pypi"

    async def fetch(url: str, options: dict[str, str]) -> SimpleNamespace:
        net.asked.append(url)
        if net.status is None:
            raise JsException("TypeError", "Failed to fetch")
        return SimpleNamespace(status=net.status, text=lambda: asyncio.sleep(0, ""))

    module = ModuleType("micropip")
    module.install = install_or_fail  # type: ignore[attr-defined]
    index = ModuleType("micropip.package_index")
    index.DEFAULT_INDEX_URLS = ["https://index.invalid/simple"]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "micropip", module)
    monkeypatch.setitem(sys.modules, "micropip.package_index", index)
    monkeypatch.setattr(js, "fetch", fetch, raising=False)
    return net


def test_installing_says_what_is_new(micropip: SimpleNamespace) -> None:
    assert asyncio.run(install("attrs")) == ["attrs"]


def test_what_the_runtime_has_is_taken_from_there(micropip: SimpleNamespace) -> None:
    micropip.failure = AssertionError("micropip is not needed for it")
    assert asyncio.run(install("Python_dateutil")) == ["python-dateutil", "six"]


class InvalidRequirement(ValueError):  # noqa: N818 - its name there
    """What micropip raises for what is no name."""


@pytest.mark.parametrize(
    ("failure", "status", "error", "words"),
    [
        (
            ValueError("Can't fetch metadata for 'nosuch'. Please make sure ..."),
            404,
            UnknownPackageError,
            "The package index has no package 'nosuch'.",
        ),
        (
            ValueError("Can't fetch metadata for 'nosuch'. Please make sure ..."),
            None,
            UnreachablePackageError,
            "The package index, asked for 'nosuch', could not be reached",
        ),
        (
            ValueError("Can't find a pure Python 3 wheel for 'torch>=2'.\nSee: https://..."),
            None,
            IncompatibleWheelError,
            "torch>=2 has no wheel that runs in a browser",
        ),
        (
            ValueError("Wheel platform 'win_amd64' is not compatible with ..."),
            None,
            IncompatibleWheelError,
            "thing was not made for a browser. Wheel platform 'win_amd64'",
        ),
        (BadZipFile("File is not a zip file"), 200, IncompatibleWheelError, "is not a wheel"),
        (BadZipFile("File is not a zip file"), 404, UnreachablePackageError, "answered 404"),
        (BadZipFile("File is not a zip file"), None, UnreachablePackageError, "not be reached"),
        (OSError("Failed to fetch"), None, UnreachablePackageError, "could not be reached"),
        (
            ValueError("Can't fetch wheel from 'https://x.invalid/x.whl'. One common reason ..."),
            None,
            UnreachablePackageError,
            "could not be reached",
        ),
        (
            InvalidRequirement("Expected end or semicolon"),
            None,
            UnknownPackageError,
            "'thing' is not the name of a package.",
        ),
        (
            ValueError("Requested 'six==9', but six==1.0 is already installed. If you want ..."),
            None,
            PackageError,
            "Requested 'six==9', but six==1.0 is already installed.",
        ),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_each_failure_has_a_type_and_words(
    micropip: SimpleNamespace,
    failure: Exception,
    status: int | None,
    error: type[PackageError],
    words: str,
) -> None:
    micropip.failure, micropip.status = failure, status

    with pytest.raises(PackageError) as caught:
        asyncio.run(install("thing"))

    assert type(caught.value) is error
    assert words in str(caught.value)
    assert str(caught.value).endswith(".")


def test_without_micropip_the_error_says_how_to_add_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runtime_packages.cache_clear()
    monkeypatch.setattr(pyodide_js.lockfile.packages, "to_py", dict)

    with pytest.raises(UnknownPackageError, match=r"no package 'micropip': .* `pyscript lock`"):
        asyncio.run(install("attrs"))
