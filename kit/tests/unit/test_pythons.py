"""Which CPython a project's tests need for the versions of its lock: `pyscript lock` says it where
it prints such a version, and what states the project's Pythons follows once it is held."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import pytest

from madeup import PACKAGES, Release
from pyscript_kit.lock.lockfile import LockedPackage
from pyscript_kit.lock.pinned import disagreements
from pyscript_kit.lock.pythons import beyond
from pyscript_kit.lock.reader import read_lock
from pyscript_kit.project.settings import read_project

if TYPE_CHECKING:
    from madeup import LocalCdn, TestedProject

README = "# Mine\n\nWith Python 3.11 or later, on Linux or macOS.\n"
PYPROJECT = """[project]
name = "mine"
requires-python = ">=3.11"

[dependency-groups]
dev = [
    "pytest>=8",
]
"""
HELD = PYPROJECT.replace('    "pytest>=8",\n', '    "pytest>=8",\n    "delta==1.18.0",\n')


@pytest.fixture
def release() -> Release:
    """A release with a package of its newest CPythons, one of those in between, and one of any."""
    packages = PACKAGES | {
        "delta": ("1.18.0", ["alpha"], "py3-none-any"),
        "middle": ("2.0", [], "py3-none-any"),
    }
    pythons = {"delta": ">=3.12", "middle": "<3.14,>=3.9", "alpha": ">=3.8"}
    return Release(packages=packages, pythons=pythons)


@pytest.fixture
def mine(project: TestedProject, cdn: LocalCdn, monkeypatch: pytest.MonkeyPatch) -> TestedProject:
    """A project for Python 3.11 and later, as the template makes them."""
    monkeypatch.setattr(platform, "python_version", lambda: "3.11.4")
    (project.root / "README.md").write_text(README, encoding="utf-8")
    (project.root / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (project.root / "requirements.txt").write_text("pytest>=8\n", encoding="utf-8")
    return project


def read(project: TestedProject, name: str) -> str:
    return (project.root / name).read_text(encoding="utf-8")


def disagreeing(project: TestedProject) -> list[str]:
    return disagreements(read_project(project.root), read_lock(project.lock_path))


def test_holding_the_version_that_lock_prints_leads_to_a_python_that_has_it(
    mine: TestedProject,
) -> None:
    (mine.app / "index.html").write_text("<!doctype html>", encoding="utf-8")
    mine.ask_for("delta")

    printed = mine.run("lock").output

    assert "added    delta 1.18.0 (1 kB; on CPython it needs Python 3.12 or later)" in printed
    assert "alpha" not in printed  # it was there, and runs on any
    assert read(mine, "pyproject.toml") == PYPROJECT  # nothing is held yet
    assert disagreeing(mine) == []

    (mine.root / "pyproject.toml").write_text(HELD, encoding="utf-8")
    (mine.root / "requirements.txt").write_text("pytest>=8\ndelta==1.18.0\n", encoding="utf-8")
    (sentence,) = disagreeing(mine)
    assert sentence.startswith(
        "pyproject.toml has requires-python '>=3.11', and delta 1.18.0, which the project holds "
        "for its tests, can be installed on Python 3.12 or later: run `pyscript lock`"
    )

    said = mine.run("lock").output

    assert read(mine, "pyproject.toml") == HELD.replace(">=3.11", ">=3.12")
    assert read(mine, "README.md") == README.replace("3.11 or later", "3.12 or later")
    assert "requires-python of pyproject.toml is now >=3.12" in said
    assert "in a virtual environment with Python >=3.12; this one has 3.11.4" in said
    assert disagreeing(mine) == []
    assert "is up to date" in mine.run("lock").output


HOSTS = {
    ".devcontainer/devcontainer.json": '{{\n  "image": "of.it/devcontainers/python:{}",\n}}\n',
    ".github/workflows/pyodide.yml": 'with:\n  python-version: "{}"\n',
    ".github/workflows/pages.yml": 'with:\n  python-version: "{}"\n',
    ".python-version": "{}\n",
    "netlify.toml": '[build.environment]\nPYTHON_VERSION = "{}"\n',
}


@pytest.mark.parametrize(
    ("asked", "before", "after"),
    [
        (["delta"], "3.11", "3.12"),
        (["delta"], "3.13", "3.13"),
        (["middle"], "3.14", "3.13"),
        (["alpha"], "3.11", "3.11"),
    ],
)
def test_hosts_test_and_build_with_a_python_that_has_it(
    mine: TestedProject, asked: list[str], before: str, after: str
) -> None:
    mine.ask_for(*asked)
    held = {"delta": "delta==1.18.0", "middle": "middle==2.0", "alpha": "alpha==1.0"}
    text = "".join(f"{held[name]}\n" for name in asked)
    (mine.root / "requirements.txt").write_text(text, encoding="utf-8")
    for name, host in HOSTS.items():
        (mine.root / name).parent.mkdir(parents=True, exist_ok=True)
        (mine.root / name).write_text(host.format(before), encoding="utf-8")

    assert mine.run("lock").exit_code == 0

    assert {name: read(mine, name) for name in HOSTS} == {
        name: host.format(after) for name, host in HOSTS.items()
    }


def test_a_package_with_a_newest_python_gives_both_ends(mine: TestedProject) -> None:
    mine.ask_for("delta", "middle")
    text = HELD.replace('"delta==1.18.0"', '"middle == 2.0", "delta===1.18.0"')
    (mine.root / "pyproject.toml").write_text(text, encoding="utf-8")

    mine.run("lock")

    assert 'requires-python = ">=3.12,<3.14"' in read(mine, "pyproject.toml")
    assert "With Python 3.12 or 3.13, on" in read(mine, "README.md")
    assert disagreeing_but_the_document(mine) == []


def disagreeing_but_the_document(project: TestedProject) -> list[str]:
    (project.app / "index.html").write_text("<!doctype html>", encoding="utf-8")
    return disagreeing(project)


@pytest.mark.parametrize(
    "line",
    ['requires-python = ">=3.13"', "requires-python = '>=3.12,<3.14'", 'requires-python="~=3.12"'],
)
def test_an_author_who_asks_for_more_is_left_alone(mine: TestedProject, line: str) -> None:
    text = HELD.replace('requires-python = ">=3.11"', line)
    mine.ask_for("delta")
    (mine.root / "pyproject.toml").write_text(text, encoding="utf-8")

    mine.run("lock")

    assert read(mine, "pyproject.toml") == text
    assert disagreeing_but_the_document(mine) == []


def test_another_release_that_needs_less_asks_for_less(mine: TestedProject, cdn: LocalCdn) -> None:
    mine.ask_for("delta")
    (mine.root / "pyproject.toml").write_text(HELD, encoding="utf-8")
    older = PACKAGES | {"delta": ("1.14.0", [], "py3-none-any")}
    cdn.publish(Release("1.2.2", "3.13.0", older, pythons={"delta": ">=3.10"}))
    mine.run("lock")
    assert ">=3.12" in read(mine, "pyproject.toml")

    assert mine.run("lock", "--pyodide", "1.2.2").exit_code == 0

    assert read(mine, "pyproject.toml") == HELD.replace("1.18.0", "1.14.0")
    assert read(mine, "README.md") == README

    assert mine.run("lock", "--pyodide", "1.2.3").exit_code == 0
    assert ">=3.12" in read(mine, "pyproject.toml")
    assert "With Python 3.12 or later, on" in read(mine, "README.md")


def test_a_lock_of_an_older_kit_learns_it_from_the_wheels(
    mine: TestedProject, release: Release
) -> None:
    mine.ask_for("delta")
    mine.run("lock")

    def forget(lock: dict[str, dict[str, dict[str, str]]]) -> None:
        for package in lock["packages"].values():
            del package["python"]

    mine.edit_lock(forget)
    assert read_lock(mine.lock_path).packages["delta"].python is None
    assert disagreeing_but_the_document(mine) == []

    assert mine.run("lock").exit_code == 0

    assert read_lock(mine.lock_path) == release.lock("delta")


@pytest.mark.parametrize(
    ("package", "required", "said"),
    [
        (">=3.12", ">=3.11", "3.12 or later"),
        (">=3.12", "", "3.12 or later"),
        (">=3.12", ">=3.12,<3.14", None),
        (">=3.9,<3.14", ">=3.11", "3.11 to 3.13"),
        (">=3.9,<3.13", ">=3.11", "3.11 or 3.12"),
        ("==3.12.*", ">=3.11", "3.12"),
        (">=3.11.4", ">=3.11", None),
        ("", ">=3.11", None),
        (None, ">=3.11", None),
        ("<3.11", ">=3.11", None),
        (">=3.12", "three", None),
    ],
)
def test_what_a_package_needs_is_told_where_the_project_names_more(
    package: str | None, required: str, said: str | None
) -> None:
    found = beyond(LockedPackage("1.0", "index", (), (), python=package), required)

    assert (found.words if found else None) == said
