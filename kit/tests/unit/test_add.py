"""`pyscript add pattern`: what comes into a project, and what stays as it is."""

from __future__ import annotations

import importlib.util
import tomllib
from typing import TYPE_CHECKING

import pytest

from pyscript_kit.project.patterns import known_patterns

if TYPE_CHECKING:
    from madeup import TestedProject


def files(project: TestedProject) -> dict[str, str]:
    """The patterns and tests of a project, and its configuration."""
    return {
        path.relative_to(project.root).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(project.root.rglob("*"))
        if path.suffix in (".py", ".css", ".toml")
    }


def test_a_pattern_brings_what_it_builds_on_and_their_tests(project: TestedProject) -> None:
    outcome = project.run("add", "pattern", "storage")

    assert outcome.exit_code == 0, outcome.error
    # Settings are kept by calls of JavaScript.
    assert files(project).keys() == {
        "app/patterns/interop.py",
        "app/patterns/storage.py",
        "app/pyscript.toml",
        "tests/unit/test_interop.py",
        "tests/unit/test_storage.py",
    }
    known = known_patterns()
    text = files(project)["app/patterns/storage.py"]
    assert text == known["storage"].module.read_text(encoding="utf-8")
    assert "Added app/patterns/storage.py\n" in outcome.output
    assert "Added tests/unit/test_interop.py\n" in outcome.output


def test_a_pattern_brings_what_runs_beside_it_in_a_worker(project: TestedProject) -> None:
    project.run("add", "pattern", "repl")

    made = files(project)
    assert {"app/patterns/repl_worker.py", "app/patterns/worker_host.py"} <= made.keys()
    table = tomllib.loads(made["app/pyscript.toml"])["files"]
    assert "./patterns/worker.py" in table
    # Workers fetch these by themselves.
    assert not {"./patterns/repl_worker.py", "./patterns/worker_host.py"} & table.keys()


def test_a_pattern_brings_its_style_sheet(project: TestedProject) -> None:
    outcome = project.run("add", "pattern", "sketch")

    assert "app/patterns/sketch.css" in files(project)
    assert '@import "../patterns/sketch.css";' in outcome.output


def test_what_the_project_has_stays_as_it_is_and_a_missing_test_comes(
    project: TestedProject,
) -> None:
    mine = {"app/patterns/interop.py": "# mine\n", "app/patterns/storage.py": "# mine, too\n"}
    (project.app / "patterns").mkdir()
    for name, text in mine.items():
        (project.root / name).write_text(text, encoding="utf-8")

    project.run("add", "pattern", "storage")

    made = files(project)
    assert {name: made[name] for name in mine} == mine
    # Asked for by name; the other only comes along where its pattern does.
    assert "tests/unit/test_storage.py" in made
    assert "tests/unit/test_interop.py" not in made
    assert "Nothing to add" in project.run("add", "pattern", "storage").output


def test_an_unknown_name_is_answered_with_those_that_there_are(project: TestedProject) -> None:
    before = files(project)

    outcome = project.run("add", "pattern", "worker", "wroker", "../main")

    assert outcome.exit_code == 2
    assert "there is no pattern 'wroker' or '../main': choose from ask, beside" in outcome.sentence
    assert files(project) == before


def test_a_table_that_cannot_be_changed_leaves_everything_as_it_was(
    project: TestedProject,
) -> None:
    config = project.app / "pyscript.toml"
    text = config.read_text(encoding="utf-8") + 'files = { "./main.py" = "./" }\n'
    config.write_text(text, encoding="utf-8")
    before = files(project)

    outcome = project.run("add", "pattern", "storage")

    assert outcome.exit_code == 2
    assert "add ./patterns/interop.py, ./patterns/storage.py yourself" in outcome.sentence
    assert files(project) == before


def test_a_file_that_cannot_be_written_leaves_everything_as_it_was(project: TestedProject) -> None:
    (project.root / "tests").write_text("no folder", encoding="utf-8")
    before = files(project)

    outcome = project.run("add", "pattern", "storage")

    assert outcome.exit_code == 2
    assert "cannot write tests/unit" in outcome.sentence
    assert files(project) == before


def test_a_test_that_cannot_run_here_is_left_out_until_it_can(
    project: TestedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    there: dict[str, object] = {"pytest": "installed"}
    monkeypatch.setattr(importlib.util, "find_spec", there.get)

    first = project.run("add", "pattern", "picture")

    assert "app/patterns/picture.py" in files(project)
    assert "tests/unit/test_picture.py" not in files(project)
    assert "Left out tests/unit/test_picture.py, which needs numpy" in first.output
    assert "In the browser they use numpy" in first.output

    there |= {"numpy": "installed"}
    project.run("add", "pattern", "picture")

    assert "tests/unit/test_picture.py" in files(project)


def test_packages_that_the_app_asks_for_are_not_asked_for_again(project: TestedProject) -> None:
    project.ask_for("matplotlib", "Numpy")

    assert "In the browser" not in project.run("add", "pattern", "raster").output


def test_every_pattern_says_what_it_builds_on() -> None:
    known = known_patterns()

    assert "__init__" not in known
    for pattern in known.values():
        assert pattern.imports <= known.keys()
        assert pattern.starts <= known.keys()
