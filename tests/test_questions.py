"""What cookiecutter asks, and how the template's files are laid out for it."""

import fnmatch
import re

import pytest

from questions import CHOICES, COOKIECUTTER, QUESTIONS, TEMPLATE

RENDERED = {
    *("README.md", "LICENSE", "pyproject.toml", "requirements.txt"),
    *("app/index.html", "app/pyscript.toml"),
}


def test_there_are_nine_questions_each_with_a_prompt() -> None:
    assert len(QUESTIONS) == 9
    assert set(COOKIECUTTER["__prompts__"]) == set(QUESTIONS)


@pytest.mark.parametrize("question", CHOICES)
def test_every_choice_is_worded(question: str) -> None:
    wording = COOKIECUTTER["__prompts__"][question]
    assert list(wording) == ["__prompt__", *CHOICES[question]]


def test_every_offered_pyodide_version_has_a_lock_for_each_starter() -> None:
    assert COOKIECUTTER["_locked_pyodide_versions"] == CHOICES["pyodide_version"]
    for version in CHOICES["pyodide_version"]:
        for starter in CHOICES["starter"]:
            overlay = f"pyodide_version={version},starter={starter}"
            assert (TEMPLATE / "_options" / overlay / "runtime.lock.json").is_file()


def test_every_overlay_belongs_to_an_answer_that_can_be_given() -> None:
    for overlay in (TEMPLATE / "_options").iterdir():
        for condition in overlay.name.split(","):
            question, _, answer = condition.partition("=")
            assert answer in CHOICES[question], overlay.name


def test_jinja_stands_in_the_few_files_that_need_it_only() -> None:
    verbatim = COOKIECUTTER["_copy_without_render"]
    for path in TEMPLATE.rglob("*"):
        inner = path.relative_to(TEMPLATE).as_posix()
        if not path.is_file() or "__pycache__" in path.parts or path.suffix in {".png", ".whl"}:
            continue
        name = re.sub(r"^_options/[^/]*/", "", inner)
        rendered = not any(fnmatch.fnmatch(path.name, pattern) for pattern in verbatim)
        text = path.read_bytes()
        marked = b"{{ cookiecutter" in text or b"{%" in text
        assert not (marked and not rendered), f"{inner} is copied as it is, Jinja and all"
        assert not marked or name in RENDERED, f"{inner} should be literal source"


def test_no_path_holds_a_jinja_condition() -> None:
    inner = (path.relative_to(TEMPLATE).as_posix() for path in TEMPLATE.rglob("*"))
    assert not [path for path in inner if "{" in path]
