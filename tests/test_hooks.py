"""The hooks, rendered as cookiecutter renders them and imported."""

import importlib.util
import json
import re
import tomllib
from importlib.metadata import distributions
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cookiecutter.utils import create_env_with_context
from packaging.requirements import Requirement

from conftest import VenvFor
from questions import COOKIECUTTER, REPOSITORY, TEMPLATE

ANSWERS: dict[str, Any] = {
    **{
        name: value[0] if isinstance(value, list) else value for name, value in COOKIECUTTER.items()
    },
    "project_slug": "my-app",
    "_locked_pyodide_versions": COOKIECUTTER["_locked_pyodide_versions"],
}


@pytest.fixture
def load_hook(tmp_path: Path) -> Any:
    """Return a function that renders a hook with some answers and imports it."""

    def load(name: str, **answers: str) -> ModuleType:
        context = {"cookiecutter": {**ANSWERS, **answers}}
        source = (REPOSITORY / "hooks" / f"{name}.py").read_text(encoding="utf-8")
        rendered = create_env_with_context(context).from_string(source).render(**context)
        file = tmp_path / f"{name}.py"
        file.write_text(rendered, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(name, file)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('say "hello"', id="double quotes"),
        pytest.param('it\'s """quoted"""', id="triple quotes"),
        pytest.param("back\\slash \\n \\", id="backslashes"),
        pytest.param("<script>alert(1)</script> & co", id="markup"),
        pytest.param(
            "\N{MICROSCOPE} \N{FLEXED BICEPS}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}", id="emoji"
        ),
        pytest.param("تطبيق البيانات", id="right-to-left"),
        pytest.param("x" * 200, id="200 characters"),
        pytest.param("__init__ $HOME `id` %s __VERSION__", id="other languages' marks"),
    ],
)
def test_a_text_answer_reaches_the_hooks_unchanged_and_is_accepted(
    load_hook: Any, text: str
) -> None:
    hook = load_hook("pre_gen_project", project_name=text, description=text, author=text)
    assert hook.ANSWERS["project_name"] == text
    assert hook.problems(hook.ANSWERS) == []


@pytest.mark.parametrize("question", ["project_name", "description", "author"])
@pytest.mark.parametrize(
    ("text", "cause"),
    [
        pytest.param("", "empty", id="empty"),
        pytest.param("   ", "empty", id="blank"),
        pytest.param("one\ntwo", "line break", id="newline"),
        pytest.param("bell \a", "control character", id="control character"),
        pytest.param("one\u2028two", "line break", id="line separator"),
        pytest.param("half \ud83d", "control character", id="surrogate"),
        pytest.param("x" * 201, "201 characters", id="201 characters"),
        pytest.param("{" + "{ 7 * 7 }}", "brace", id="Jinja expression"),
        pytest.param("{" + "% raw %}", "brace", id="Jinja statement"),
        pytest.param("{" + "# note #}", "brace", id="Jinja comment"),
        pytest.param("numpy __NUMPY_VERSION__", "a version", id="mark of the pin"),
    ],
)
def test_a_text_answer_that_no_file_can_carry_is_refused(
    load_hook: Any, question: str, text: str, cause: str
) -> None:
    hook = load_hook("pre_gen_project")
    (sentence,) = hook.problems({**hook.ANSWERS, question: text})
    assert sentence.startswith(f"{question} ")
    assert cause in sentence
    assert ": type " in sentence


UNUSABLE_SLUGS = ["", ".hidden", "-app", "app-", "a--b", "My-App", "a b", "a/b", "..", "a\\b"]
UNUSABLE_SLUGS += ["ünïcode", "a_b", "a\n", "x" * 65, "con", "nul", "com1", "lpt9"]
UNUSABLE_SLUGS += ["numpy", "pyscript-cli", "pyscript-kit", "idna"]


@pytest.mark.parametrize("slug", UNUSABLE_SLUGS)
def test_a_slug_that_is_not_usable_everywhere_is_refused(load_hook: Any, slug: str) -> None:
    hook = load_hook("pre_gen_project")
    (sentence,) = hook.problems({**hook.ANSWERS, "project_slug": slug})
    assert sentence.startswith("project_slug ")
    assert ": type " in sentence


@pytest.mark.parametrize("slug", ["a", "app", "my-app-2", "2048", "console", "x" * 64])
def test_a_plain_slug_is_accepted(load_hook: Any, slug: str) -> None:
    hook = load_hook("pre_gen_project")
    assert hook.problems({**hook.ANSWERS, "project_slug": slug}) == []


def test_a_slug_may_not_name_any_of_the_projects_own_dependencies(load_hook: Any) -> None:
    kit = tomllib.loads((REPOSITORY / "kit" / "pyproject.toml").read_text(encoding="utf-8"))
    needed = [*kit["project"]["dependencies"], *kit["project"]["optional-dependencies"]["test"]]
    project = (TEMPLATE / "pyproject.toml").read_text(encoding="utf-8")
    group = project[project.index("dev = [") :].partition("\n]")[0]
    needed += re.findall(r'^ +"([\w-]+)', group, re.MULTILINE)
    names = {Requirement(each).name for each in needed}

    assert {"pyscript-cli", "pytest", "pyscript-kit", "numpy"} <= names
    assert names <= load_hook("pre_gen_project").DEPENDENCY_NAMES


@pytest.mark.parametrize("pyodide_version", COOKIECUTTER["pyodide_version"])
def test_a_slug_may_not_name_anything_that_comes_with_a_project(
    load_hook: Any, venv_for: VenvFor, pyodide_version: str
) -> None:
    site_packages = next(venv_for(pyodide_version).glob("lib/python*/site-packages"))
    installed = list(distributions(path=[str(site_packages)]))
    # A new virtual environment of Python 3.11 has setuptools; no project needs it.
    names = {found.metadata["Name"] for found in installed} - {"setuptools"}
    # Here, and what Windows has in addition.
    for each in (each for found in installed for each in map(Requirement, found.requires or [])):
        windows = {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"}
        if each.marker is None or each.marker.evaluate({**windows, "extra": ""}):
            names.add(each.name)
    names = {re.sub(r"[-_.]+", "-", name).lower() for name in names}

    hook = load_hook("pre_gen_project")

    assert {"colorama", "httpx", "idna"} <= names
    assert names <= hook.DEPENDENCY_NAMES | hook.BROUGHT_ALONG_NAMES


def test_a_pyodide_version_without_a_lock_is_refused_with_those_that_have_one(
    load_hook: Any,
) -> None:
    hook = load_hook("pre_gen_project")
    (sentence,) = hook.problems({**hook.ANSWERS, "pyodide_version": "0.1.0"})
    assert "'0.1.0'" in sentence
    assert all(version in sentence for version in COOKIECUTTER["pyodide_version"])


def test_all_that_is_wrong_is_said_at_once(load_hook: Any) -> None:
    hook = load_hook("pre_gen_project")
    wrong = {"project_name": "", "project_slug": "CON", "author": "a\nb", "pyodide_version": "9"}
    said = [sentence.split()[0] for sentence in hook.problems({**hook.ANSWERS, **wrong})]
    assert said == ["project_name", "project_slug", "author", "pyodide_version"]


def test_an_overlay_is_kept_when_all_its_conditions_hold(load_hook: Any, tmp_path: Path) -> None:
    hook = load_hook("post_gen_project")
    project = tmp_path / "project"
    for name in ("starter=gallery", "starter=blank", "runtime=cdn,starter=gallery"):
        overlay = project / "_options" / name / "app"
        overlay.mkdir(parents=True)
        (overlay / f"{name}.txt").write_text(name)
    (project / "app").mkdir()
    (project / "app" / "kept.txt").touch()

    hook.keep_chosen_overlays(project, {"starter": "gallery", "runtime": "self-hosted"})

    assert {path.name for path in project.iterdir()} == {"app"}
    assert {path.name for path in (project / "app").iterdir()} == {
        "kept.txt",
        "starter=gallery.txt",
    }


def test_the_pin_is_taken_from_the_lock(load_hook: Any, tmp_path: Path) -> None:
    hook = load_hook("post_gen_project")
    (tmp_path / "app").mkdir()
    marks = 'p = "__PYODIDE_VERSION__ __PYSCRIPT_VERSION__ __PYTHON_VERSION__ __NUMPY_VERSION__"\n'
    for name in hook.PINNED_FILES:
        (tmp_path / name).write_text(marks)
    lock = {
        "pyodide": {"version": "1.2.3", "python": "3.99.1"},
        "pyscript": {"version": "4.5.6"},
        "packages": {"numpy": {"version": "7.8.9"}},
    }
    (tmp_path / "runtime.lock.json").write_text(json.dumps(lock))

    hook.pin_runtime(tmp_path)

    for name in hook.PINNED_FILES:
        pinned = (tmp_path / name).read_text()
        assert tomllib.loads(pinned)["p"] == "1.2.3 4.5.6 3.99 7.8.9"


def test_the_hook_ends_with_three_commands(load_hook: Any) -> None:
    said = load_hook("post_gen_project").next_steps(ANSWERS).splitlines()
    assert said[1].startswith("Done. Now run, in my-app")
    assert [line.strip() for line in said if line.startswith("  ")] == [
        "uv run pyscript dev",
        "python -m pip install -r requirements.txt",
        "pyscript dev",
    ]
