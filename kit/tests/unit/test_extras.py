"""Extras that a wheel of the index asks of one of Pyodide's own packages: what they require is
locked, or it is said that it is left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from madeup import Release, wheel
from pyscript_kit.lock.reader import read_lock

if TYPE_CHECKING:
    from madeup import TestedProject

Publish = Callable[..., None]

ALPHA = [
    "beta",
    "gamma; extra == 'waves'",
    "shore>=1; extra == 'coast'",
    "native; extra == 'coast' and sys_platform != 'emscripten'",
    "alpha[waves,coast]; extra == 'all'",
    "beta>=9; extra == 'newer'",
    "gamma; extra == 'tide_tables'",
]
EXTRAS = ("waves", "coast", "all", "newer", "Tide.Tables")


@pytest.fixture
def release() -> Release:
    """A release whose alpha has extras."""
    alpha = wheel("alpha", "1.0", requires=ALPHA, extras=EXTRAS)
    return Release(wheels={"alpha": alpha})


def locked(project: TestedProject) -> set[str]:
    return set(read_lock(project.lock_path).packages)


@pytest.mark.parametrize(
    ("extras", "brought"),
    [
        ("waves", {"gamma"}),
        ("coast", {"shore"}),
        ("all", {"gamma", "shore"}),
        ("coast,waves", {"gamma", "shore"}),
        ("tide-tables", {"gamma"}),
    ],
)
def test_what_an_extra_of_pyodides_own_package_requires_is_locked(
    project: TestedProject, index: Publish, extras: str, brought: set[str]
) -> None:
    index(wheel("seaside", "1.0", requires=[f"alpha[{extras}]"]), wheel("shore", "1.5"))
    project.ask_for("seaside")

    outcome = project.run("lock")

    assert outcome.exit_code == 0, outcome.error
    assert locked(project) == {"seaside", "alpha", "beta"} | brought
    # Whoever loads the one that asks gets what it asked for.
    assert set(read_lock(project.lock_path).packages["seaside"].depends) >= brought
    assert project.run("vendor").exit_code == 0


def test_without_the_extra_nothing_more_is_locked(project: TestedProject, index: Publish) -> None:
    index(wheel("seaside", "1.0", requires=["alpha"]), wheel("shore", "1.5"))
    project.ask_for("seaside")

    assert project.run("lock").exit_code == 0

    assert locked(project) == {"seaside", "alpha", "beta"}


def test_an_extra_that_the_package_does_not_have_is_named(
    project: TestedProject, index: Publish
) -> None:
    index(wheel("seaside", "1.0", requires=["alpha[moon]"]))
    project.ask_for("seaside")

    outcome = project.run("lock")

    assert outcome.exit_code == 0
    assert (
        "seaside 1.0 asks for alpha[moon], and alpha 1.0 has no such extra: left out"
        in outcome.error
    )
    assert locked(project) == {"seaside", "alpha", "beta"}


def test_an_extra_that_wants_another_version_names_both_sides(
    project: TestedProject, index: Publish
) -> None:
    index(wheel("seaside", "1.0", requires=["alpha[newer]"]))
    project.ask_for("seaside")

    assert "alpha 1.0 needs beta>=9, but Pyodide 1.2.3 has beta 2.1" in project.run("lock").sentence


def test_an_extra_that_cannot_be_had_is_named_with_who_needs_it(
    project: TestedProject, index: Publish
) -> None:
    index(wheel("seaside", "1.0", requires=["alpha[coast]"]))
    project.ask_for("seaside")

    assert "shore" in project.run("lock").sentence
