"""Which projects meet a browser: the default, each other choice once, and what a tool for pairwise
testing adds so that every pair of choices meets. Types are checked with them."""

import itertools
from pathlib import Path

import pytest
from allpairspy import AllPairs

from baking import generate
from questions import CHOICES, combinations
from test_bake import digest
from test_projects import OTHERS

# What changes the app that a browser runs. A license changes no code, and a way to deploy only adds
# files for the host's own eyes.
QUESTIONS = ("pyodide_version", "starter", "runtime")

DEFAULT = tuple(CHOICES[question][0] for question in QUESTIONS)
# Each choice that is not the default one, by itself.
SINGLE = [
    (*DEFAULT[:place], choice, *DEFAULT[place + 1 :])
    for place, question in enumerate(QUESTIONS)
    for choice in CHOICES[question][1:]
]
# What is missing then.
PAIRS = [
    tuple(row)
    for row in AllPairs(
        [CHOICES[question] for question in QUESTIONS],
        previously_tested=[list(answers) for answers in (DEFAULT, *SINGLE)],
    )
]


def pairs(answers: tuple[str, ...]) -> set[tuple[tuple[str, str], ...]]:
    """The pairs of choices, each with its question, that a project brings together."""
    return set(itertools.combinations(zip(QUESTIONS, answers, strict=True), 2))


def test_the_tool_adds_what_brings_every_pair_of_choices_together() -> None:
    wanted = {pair for each in combinations(*QUESTIONS) for pair in pairs(tuple(each.values()))}
    assert set().union(*map(pairs, (DEFAULT, *SINGLE))) < wanted
    assert set().union(*map(pairs, (DEFAULT, *SINGLE, *PAIRS))) == wanted


def test_a_browser_meets_each_choice_and_each_pair() -> None:
    assert set(OTHERS) == {*SINGLE, *PAIRS}
    assert all("pytest" in checks and expression for checks, expression in OTHERS.values())


@pytest.mark.parametrize("question", [name for name in CHOICES if name not in QUESTIONS])
def test_no_other_choice_changes_what_a_browser_runs(tmp_path: Path, question: str) -> None:
    # Beside the default one, as combinations of files that do not change cannot change either.
    assert len({app(tmp_path, **{question: choice}) for choice in CHOICES[question]}) == 1


@pytest.mark.parametrize("question", [name for name in CHOICES if name != "pyodide_version"])
def test_types_are_checked_wherever_a_choice_changes_them(tmp_path: Path, question: str) -> None:
    default = CHOICES[question][0]
    changing = {
        choice
        for choice in CHOICES[question][1:]
        if types(tmp_path, **{question: choice}) != types(tmp_path, **{question: default})
    }
    assert changing == (set(CHOICES[question][1:]) if question == "starter" else set())


def test_types_are_checked_for_every_pin_and_starter() -> None:
    # The README of the default project has them checked there.
    checked = {answers[:2] for answers, (checks, _) in OTHERS.items() if "mypy" in checks}
    product = itertools.product(CHOICES["pyodide_version"], CHOICES["starter"])
    assert {*checked, DEFAULT[:2]} == set(product)


def app(folder: Path, **answers: str) -> str:
    """One hash over all that a page loads of a project, without what only a host reads."""
    project = generate(folder / "-".join(answers.values()), **answers)
    files = {path for path in (project / "app").rglob("*") if path.is_file()}
    return digest(project, files - {project / "app" / "_headers"})


def types(folder: Path, **answers: str) -> str:
    """One hash over all that mypy reads of a project."""
    target = folder / "types" / "-".join(answers.values())
    project = target / "my-pyscript-app" if target.exists() else generate(target, **answers)
    settings = (project / "pyproject.toml").read_text(encoding="utf-8").partition("[tool.mypy]")[2]
    sources = {path for path in project.rglob("*") if path.suffix in {".py", ".pyi"}}
    return digest(project, sources) + settings
