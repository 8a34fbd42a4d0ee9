"""Names in `packages` that are no names of packages: what `pyscript lock` says of each, and that it
asks no index for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from madeup import LOCAL, PACKAGES, PLATFORM, Release, wheel
from pyscript_kit.lock.reader import read_lock

if TYPE_CHECKING:
    from madeup import LocalCdn, TestedProject

ON_CDN = "https://cdn.jsdelivr.net/pyodide/v1.2.3/full/pyodide.mjs"


@pytest.fixture
def release() -> Release:
    """A release with packages that are imported under other names, and with a part of the standard
    library as a package of its own."""
    packages = PACKAGES | {
        "scikit-tide": ("0.4", ["beta"], "py3-none-any"),
        "sqlite3": ("1.0", [], f"cp314-cp314-{PLATFORM}"),
    }
    imports = {"scikit-tide": ["sktide"], "beta": ["BETA", "_beta"], "sqlite3": ["sqlite3"]}
    return Release(packages=packages, imports=imports)


@pytest.fixture
def asked(cdn: LocalCdn, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What an index is asked for."""
    calls: list[tuple[str, ...]] = []

    def pip(*arguments: str) -> None:
        calls.append(arguments)
        raise AssertionError("an index knows another package by that name, or none")

    monkeypatch.setattr("pyscript_kit.lock.pip.run_pip", pip)
    return calls


@pytest.mark.parametrize("interpreter", [LOCAL, ON_CDN], ids=["self-hosted", "CDN"])
@pytest.mark.parametrize("name", ["sktide", "SKTide"])
def test_a_module_of_a_package_is_answered_with_the_packages_name(
    project: TestedProject, asked: list[tuple[str, ...]], name: str, interpreter: str
) -> None:
    project.ask_for(name, interpreter=interpreter)
    before = project.lock_path.read_bytes()

    sentence = project.run("lock").sentence

    assert f"packages holds {name!r}, which is a module of the package scikit-tide" in sentence
    assert sentence.endswith('write "scikit-tide"')
    assert project.lock_path.read_bytes() == before
    assert asked == []


def test_a_package_that_is_called_like_its_module_is_locked(
    project: TestedProject, asked: list[tuple[str, ...]]
) -> None:
    project.ask_for("BETA")

    assert project.run("lock").exit_code == 0

    assert set(read_lock(project.lock_path).packages) == {"beta"}


@pytest.mark.parametrize("name", ["ssl", "json", "math", "sys", "Ssl"])
def test_what_is_part_of_python_needs_no_package(
    project: TestedProject, asked: list[tuple[str, ...]], name: str
) -> None:
    project.ask_for("alpha", name)

    sentence = project.run("lock").sentence

    assert f"packages holds {name!r}, which is part of Python in Pyodide 1.2.3" in sentence
    assert "needs no package: remove it from packages in app/pyscript.toml" in sentence
    assert asked == []


def test_a_part_of_python_that_the_release_has_apart_is_locked(
    project: TestedProject, asked: list[tuple[str, ...]]
) -> None:
    project.ask_for("sqlite3")

    assert project.run("lock").exit_code == 0

    assert set(read_lock(project.lock_path).packages) == {"sqlite3"}


def test_where_another_release_has_it_in_python_a_move_says_so(
    project: TestedProject, cdn: LocalCdn, asked: list[tuple[str, ...]]
) -> None:
    project.ask_for("ssl")
    apart = PACKAGES | {"ssl": ("1.0", [], f"cp313-cp313-{PLATFORM}")}
    cdn.publish(Release("1.2.2", "3.13.0", apart))

    assert project.run("lock", "--pyodide", "1.2.2").exit_code == 0
    assert "part of Python in Pyodide 1.2.3" in project.run("lock", "--pyodide", "1.2.3").sentence


@pytest.mark.parametrize("name", ["tkinter", "turtle"])
def test_what_the_browsers_python_lacks_of_the_library_is_named(
    project: TestedProject, asked: list[tuple[str, ...]], name: str
) -> None:
    project.ask_for(name)

    sentence = project.run("lock").sentence

    assert (
        f"{name!r}, which is a module of Python's standard library that Pyodide 1.2.3 does not"
        in sentence
    )
    assert asked == []


@pytest.mark.parametrize("name", ["pyodide", "pyscript", "js", "pyodide_js", "polyscript"])
def test_what_every_page_has_is_asked_of_no_index(
    project: TestedProject, asked: list[tuple[str, ...]], name: str
) -> None:
    project.ask_for(name)

    sentence = project.run("lock").sentence

    assert f"packages holds {name!r}, which is part of every page: remove it" in sentence
    assert asked == []


def test_a_name_that_only_a_dependency_has_is_its_own_business(
    project: TestedProject, index: Callable[..., None]
) -> None:
    index(wheel("seaside", "1.0", requires=["sktide>=1"]), wheel("sktide", "1.0"))
    project.ask_for("seaside")

    assert project.run("lock").exit_code == 0

    assert set(read_lock(project.lock_path).packages) == {"seaside", "sktide"}
