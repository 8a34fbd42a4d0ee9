"""What `pyscript lock` and `pyscript vendor` say where pip has found nothing: the sentence in its
long text that says why. pip is the real one, its index a server of the test."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from indexes import PASSWORD
from madeup import wheel
from pyscript_kit.errors import ToolError
from pyscript_kit.lock.distribution import read_distribution
from pyscript_kit.lock.refusals import refusal
from pyscript_kit.sources.clients import without_credentials

if TYPE_CHECKING:
    from indexes import PrivateIndex
    from madeup import Release, TestedProject


def test_a_private_index_that_knows_the_password_is_locked_from(
    project: TestedProject, private: PrivateIndex
) -> None:
    private.publish(wheel("seaside", "1.0"))
    project.ask_for("seaside")

    assert project.run("lock").exit_code == 0
    assert PASSWORD not in project.lock_path.read_text(encoding="utf-8")


@pytest.mark.parametrize("status", [401, 403])
def test_an_index_that_lets_nobody_in_is_named_and_no_password(
    project: TestedProject,
    private: PrivateIndex,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", private.address("wrong@sea"))
    private.refusing = status
    project.ask_for("seaside")

    outcome = project.run("lock")

    assert f"the index {private.host} answers HTTP {status}" in outcome.sentence
    assert "check that pip has the right name and password for that index" in outcome.sentence
    assert "neither" not in outcome.sentence
    assert "sea@" not in outcome.error + outcome.output
    assert "wrong" not in outcome.error + outcome.output


def test_an_index_that_is_out_of_order_is_no_lack(
    project: TestedProject, private: PrivateIndex
) -> None:
    private.closed, private.refusing = True, 503
    project.ask_for("seaside")

    sentence = project.run("lock").sentence

    assert f"the index {private.host} answers HTTP 503): wait some minutes" in sentence


def test_what_such_an_index_does_not_have_is_still_no_package(
    project: TestedProject, private: PrivateIndex
) -> None:
    project.ask_for("seaside")

    sentence = project.run("lock").sentence

    assert "seaside is neither in the Pyodide distribution nor on the package index" in sentence
    assert "as the name to install can differ from the name to import" in sentence


@pytest.mark.parametrize("status", [401, 403])
def test_a_dependency_that_an_index_refuses_is_named(
    project: TestedProject,
    private: PrivateIndex,
    status: int,
    index: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index(wheel("seaside", "1.0", requires=["shore>=1"]))
    monkeypatch.delenv("PIP_NO_INDEX")
    private.closed, private.refusing = True, status
    project.ask_for("seaside")

    sentence = project.run("lock").sentence

    assert "shore, which seaside 1.0 needs, cannot be looked up" in sentence
    assert f"the index {private.host} answers HTTP {status}" in sentence


@pytest.mark.parametrize("status", [401, 403])
def test_vendoring_names_the_index_that_lets_nobody_in(
    project: TestedProject, private: PrivateIndex, status: int
) -> None:
    private.publish(wheel("seaside", "1.0"))
    project.ask_for("seaside")
    project.run("lock")
    private.closed, private.refusing = True, status
    empty_the_cache()

    sentence = project.run("vendor").sentence

    assert f"pip download: the index {private.host} answers HTTP {status}" in sentence
    assert "check that pip has the right name and password for that index" in sentence
    assert PASSWORD not in sentence


def empty_the_cache() -> None:
    """Have nothing left of what a lock has fetched."""
    from pyscript_kit.sources.cache import Cache

    for file in (Cache.of_user().folder / "files").rglob("*.whl"):
        file.unlink()


def test_an_index_that_cannot_be_reached_is_no_lack(
    project: TestedProject, private: PrivateIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    project.ask_for("seaside")

    assert "its index cannot be reached" in project.run("lock").sentence


@pytest.mark.parametrize(
    "text",
    ["http://ann:pass@host/x", "http://ann:p@ss@host/x", "https://token@host/x", "//a:b@host/x"],
)
def test_no_address_keeps_its_password(text: str) -> None:
    assert without_credentials(f"cannot read {text} there") == (
        f"cannot read {text.partition('//')[0]}//host/x there"
    )


def conflict(*lines: str) -> str:
    """What pip says of one, among much else."""
    told = "".join(f"    {line}\n" for line in lines)
    return (
        f"Collecting seaside\n\nThe conflict is caused by:\n{told}\n"
        "To fix this you could try to:\n1. loosen the range of package versions\n"
        "    self._add_to_criteria(self.state.criteria, r, parent=None)\n"
    )


@pytest.fixture
def refused(release: Release) -> Callable[[str], ToolError]:
    """Call it with what pip said for what is raised then."""
    distribution = read_distribution(release.index, release.version)

    def refuse(output: str) -> ToolError:
        return refusal(output, "", ["seaside", "west"], distribution, release.pin.pyodide)

    return refuse


def test_many_versions_that_all_need_the_same_say_so_once(
    refused: Callable[[str], ToolError], index: Callable[..., None]
) -> None:
    index(wheel("seaside-native", "20.0", tag="cp311-cp311-manylinux_2_17_x86_64"))
    lines = [f"seaside {n}.0 depends on seaside-native=={n}.0" for n in range(20, 0, -1)]

    sentence = str(refused(conflict(*lines)))

    assert sentence.startswith("seaside-native==20.0, which seaside 20.0 needs, ")
    assert "remove what needs it from packages in app/pyscript.toml" in sentence
    assert len(sentence) < 250


def test_of_each_side_of_a_conflict_the_newest_version_is_told(
    refused: Callable[[str], ToolError],
) -> None:
    east = [f"east {n}.0 depends on shore<2" for n in range(20, 0, -1)]
    west = [f"west {n}.0 depends on shore>=2" for n in range(9, 0, -1)]

    sentence = str(refused(conflict(*east, *west)))

    assert sentence.startswith(
        "east 20.0 depends on shore<2, but west 9.0 depends on shore>=2: remove one of"
    )


def test_a_conflict_of_many_packages_stays_one_that_can_be_read(
    refused: Callable[[str], ToolError],
) -> None:
    sides = [f"side{n} 1.0 depends on shore=={n}" for n in range(9)]

    sentence = str(refused(conflict("The user requested shore", *sides)))

    assert sentence.startswith("packages asks for shore, but side0 1.0 depends on shore==0, but ")
    assert "and so on for 7 more: remove one of seaside, west" in sentence


def test_what_settings_of_pip_allow_is_no_side_of_a_conflict(
    refused: Callable[[str], ToolError], index: Callable[..., None]
) -> None:
    index(wheel("seaside", "1.0", tag="cp311-cp311-manylinux_2_17_x86_64"))
    lines = ("The user requested seaside", "The user requested (constraint) seaside<=2")

    sentence = str(refused(conflict(*lines)))

    assert sentence.startswith("seaside has no wheel that runs in the browser")
