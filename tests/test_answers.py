"""Whatever is answered, it is refused in one sentence or stands in the project as it was typed."""

import html
import tomllib
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cookiecutter.generate import generate_context
from cookiecutter.prompt import prompt_for_config
from cookiecutter.utils import create_env_with_context
from hypothesis import example, given
from hypothesis import strategies as st

from questions import CHOICES, REPOSITORY, TEMPLATE
from test_bake import parse_html

RENDERED = (
    *("README.md", "pyproject.toml", "requirements.txt"),
    *("app/index.html", "app/pyscript.toml"),
)
LICENSE = "_options/license=MIT/LICENSE"

Answers = dict[str, Any]
Render = Callable[[str, Answers], str]

FRAGMENTS = st.sampled_from(
    [
        *(
            '"',
            '"""',
            "'",
            "'''",
            "\\",
            "\\\\",
            "\\n",
            "\\u0041",
            "`",
            "$(id)",
            "${HOME}",
            "%PATH%",
        ),
        *("{", "}", "{{", "}}", "{%", "%}", "{#", "#}", "{{ cookiecutter }}", "{% raw %}", "{"),
        *("__NUMPY_VERSION__", "__PYODIDE_VERSION__", "__init__", "cookiecutter.project_slug"),
        *("<script>", "</title>", "-->", "<!--", "&amp;", "&#0;", "]]>", "= 'x'", "[table]", "# "),
        *(
            "\n",
            "\r",
            "\t",
            "\0",
            "\x1b[31m",
            "\x7f",
            "\x85",
            "\u2028",
            "\ud800",
            "\ufffe",
            "\ufeff",
        ),
        *("\N{TEST TUBE}", "\u202e", "مختبر", "e\u0301", "\xa0", " ", "x" * 199, "---", ": "),
    ]
)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=30)
TEXTS = st.lists(FRAGMENTS | ANY_TEXT, min_size=1, max_size=4).map("".join)


@pytest.fixture(scope="module")
def answers() -> Answers:
    """The answers of one who types nothing, with all that follows from them."""
    context = generate_context(context_file=str(REPOSITORY / "cookiecutter.json"))
    return dict(prompt_for_config(context, no_input=True))


@pytest.fixture(scope="module")
def render(answers: Answers) -> Render:
    """A function that renders a file of the repository as cookiecutter does, without its folder."""
    environment = create_env_with_context({"cookiecutter": answers})
    templates = {
        path: environment.from_string(path.read_text(encoding="utf-8"))
        for path in (
            *(TEMPLATE / name for name in (*RENDERED, LICENSE)),
            *(REPOSITORY / "hooks").glob("*.py"),
        )
    }

    def rendered(name: str, given: Answers) -> str:
        path = REPOSITORY / name if name.startswith("hooks/") else TEMPLATE / name
        # cookiecutter keeps the newline at a file's end.
        return str(templates[path].render(cookiecutter=given))

    return rendered


def hook(render: Render, name: str, given: Answers) -> Any:
    """A hook as it runs for some answers."""
    module = types.ModuleType(name)
    exec(render(f"hooks/{name}.py", given), module.__dict__)  # noqa: S102
    return module


@given(TEXTS, TEXTS, TEXTS, st.sampled_from(CHOICES["starter"]))
@example("a", "__NUMPY_VERSION__", "b", "gallery")
@example('"""', "\\", "}}", "blank")
@example("\ud800", "\0", "{{ 7 * 7 }}", "blank")
def test_a_text_is_refused_or_stands_in_every_file_as_it_was_typed(
    answers: Answers,
    render: Render,
    tmp_path: Path,
    name: str,
    description: str,
    author: str,
    starter: str,
) -> None:
    texts = {"project_name": name, "description": description, "author": author}
    given = {**answers, **texts, "starter": starter}

    before = hook(render, "pre_gen_project", given)
    assert given.items() >= {question: before.ANSWERS[question] for question in texts}.items()
    refusals = before.problems(before.ANSWERS)

    for sentence in refusals:
        assert_is_one_sentence(sentence)
        assert sentence.split()[0] in texts
    refused = {sentence.split()[0] for sentence in refusals}
    # What is refused is left out, so that the others are looked at all the same.
    accepted = {**given, **dict.fromkeys(refused, "plain")}
    assert_stands_as_typed(render, accepted, tmp_path)


def assert_is_one_sentence(sentence: str) -> None:
    """Assert that a refusal is one line that any terminal shows."""
    assert sentence.endswith(".")
    assert sentence.isprintable()
    assert ": " in sentence


def assert_stands_as_typed(render: Render, given: Answers, folder: Path) -> None:
    """Assert that the files of a project parse, and carry the answers."""
    (folder / "app").mkdir(exist_ok=True)
    for file in RENDERED:
        (folder / file).write_text(render(file, given), encoding="utf-8")
    overlay = f"pyodide_version={given['pyodide_version']},starter={given['starter']}"
    lock = (TEMPLATE / "_options" / overlay / "runtime.lock.json").read_bytes()
    (folder / "runtime.lock.json").write_bytes(lock)
    hook(render, "post_gen_project", given).pin_runtime(folder)

    name, description, author = (given[q] for q in ("project_name", "description", "author"))
    metadata = tomllib.loads(read(folder, "pyproject.toml"))["project"]
    assert metadata["description"] == description
    assert metadata["authors"] == [{"name": author}]
    tomllib.loads(read(folder, "app/pyscript.toml"))
    page = parse_html(read(folder, "app/index.html"))
    assert (page.title, page.description) == (name, description)
    assert page.scripts == 3
    readme = read(folder, "README.md")
    assert "<script" not in readme
    title, _, start, *_ = readme.split("\n")
    assert html.unescape(title) == f"# {name}"
    assert html.unescape(start) == description
    assert f"Copyright (c) {author}\n" in render(LICENSE, given)


def read(folder: Path, name: str) -> str:
    """The text of a file, with the ends of lines that it has."""
    return (folder / name).read_bytes().decode()


@given(TEXTS | st.text("abcxyz-_.09AZ", max_size=70))
@example("con")
@example("numpy")
@example("a\n")
@example("\N{FULLWIDTH LATIN SMALL LETTER A}")
def test_a_folder_is_refused_or_is_one_on_every_system(
    answers: Answers, render: Render, slug: str
) -> None:
    before = hook(render, "pre_gen_project", {**answers, "project_slug": slug})

    refusals = before.problems(before.ANSWERS)

    if refusals:
        (sentence,) = refusals
        assert_is_one_sentence(sentence)
        assert sentence.startswith("project_slug ")
    else:
        assert slug.isascii()
        assert slug == slug.lower()
        assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert 0 < len(slug) <= 64
        assert slug.upper() not in {"CON", "PRN", "AUX", "NUL"}
        assert slug[0] != "-" != slug[-1]
