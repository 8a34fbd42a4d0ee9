"""Generated projects pass their own tests, in a real browser, by the commands of their README."""

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import BakedProject, generate
from environment import install
from questions import CHOICES, TEMPLATE, combinations, readable

pytestmark = pytest.mark.slow

Announce = Callable[[str], None]
VenvFor = Callable[[BakedProject, str], Path]


@pytest.fixture(scope="session")
def announce(request: pytest.FixtureRequest) -> Announce:
    """Return a function that says on the terminal what takes long."""
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")

    def write(sentence: str) -> None:
        if reporter:
            reporter.ensure_newline()
            reporter.write_line(sentence)

    return write


@pytest.fixture(scope="session")
def venv_for(tmp_path_factory: pytest.TempPathFactory, announce: Announce) -> VenvFor:
    """Return a function that gives the virtual environment in which a project is installed.

    Projects with the same pin share one: what they install beside themselves is the same.
    """
    venvs: dict[str, Path] = {}

    def venv(project: BakedProject, pyodide_version: str) -> Path:
        folder = venvs.get(pyodide_version)
        if folder is None:
            announce(f"Installing what a project with Pyodide {pyodide_version} needs …")
            folder = tmp_path_factory.mktemp("venv")
            gallery = generate(tmp_path_factory.mktemp("gallery"), pyodide_version=pyodide_version)
            install(folder, ["--editable", str(gallery)])
            install(folder, ["hatchling", "editables"])
            venvs[pyodide_version] = folder
        install(folder, ["--no-deps", "--no-build-isolation", "--editable", str(project.path)])
        return folder

    return venv


# Beside the default project, which runs all it has by its README's commands, every choice runs all
# end-to-end tests with some other; the remaining pairs run those that a pin or a runtime can break.
WHOLE = (
    {"pyodide_version": "0.28.3", "starter": "gallery", "runtime": "cdn"},
    {"pyodide_version": "314.0.3", "starter": "blank", "runtime": "cdn"},
    {"pyodide_version": "0.28.3", "starter": "blank", "runtime": "self-hosted"},
)
SMOKE = "-k 'start or names_itself or wheel or density'"
OTHERS = [
    answers
    for answers in combinations("pyodide_version", "starter", "runtime")
    if any(answer != CHOICES[question][0] for question, answer in answers.items())
]


@pytest.mark.parametrize("answers", OTHERS, ids=readable)
def test_a_project_passes_its_own_tests(
    tmp_path: Path, venv_for: VenvFor, announce: Announce, answers: dict[str, str]
) -> None:
    project = BakedProject(generate(tmp_path, **answers), "")
    venv = venv_for(project, answers["pyodide_version"])
    announce(f"Vendoring and testing {readable(answers)} …")
    run(project, "pyscript vendor", venv)
    runtime = project.path / "app" / "runtime"
    assert runtime.exists() == (answers["runtime"] == "self-hosted")
    run(project, "mypy", venv)
    assert passed(run(project, "pytest -q tests/unit", venv)) > 0
    selection = "" if answers in WHOLE else SMOKE
    assert passed(run(project, f"pytest -q tests/e2e {selection}", venv)) > 0


def gallery_pages() -> list[str]:
    """Return the routes of the gallery's pages, in their order."""
    table = TEMPLATE / "_options" / "starter=gallery" / "app" / "pages" / "__init__.py"
    return re.findall(r'^    Page\("(\w+)"', table.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("route", gallery_pages())
def test_a_page_is_removed_by_deleting_its_file_its_test_and_one_line(
    tmp_path: Path, venv_for: VenvFor, announce: Announce, route: str
) -> None:
    project = BakedProject(generate(tmp_path), "")
    venv = venv_for(project, CHOICES["pyodide_version"][0])
    announce(f"Removing the page {route} …")
    (project.path / "app" / "pages" / f"{route}.py").unlink()
    (project.path / "tests" / "e2e" / f"test_{route}.py").unlink()
    table = project.path / "app" / "pages" / "__init__.py"
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(f'    Page("{route}",')]
    assert len(kept) == len(lines) - 1
    table.write_text("".join(kept), encoding="utf-8")

    run(project, "ruff check && ruff format --check", venv)
    run(project, "pytest -q tests/unit --ignore tests/unit/tools", venv)
    run(project, "pyscript vendor", venv)
    output = run(project, "pytest -q tests/e2e/test_pages.py -k names_itself", venv)
    assert passed(output) == len(gallery_pages()) - 1


def test_the_default_project_passes_by_the_commands_of_its_readme(
    tmp_path: Path, announce: Announce
) -> None:
    project = BakedProject(generate(tmp_path), "")
    announce("Following the README of the default project from its first command …")
    blocks = re.findall(r"^```sh\n(.*?)^```", project.read("README.md"), re.MULTILINE | re.DOTALL)
    start, serve, browser, checks = blocks
    assert serve.split() == ["pyscript", "run", "app"]  # the end-to-end tests start it themselves
    assert browser.split() == ["playwright", "install", "chromium"]  # done by `make test`

    script = start.replace("python3 -m venv", f"{sys.executable} -m venv") + checks
    output = run(project, script)

    unit, e2e = re.findall(r"(\d+) passed", output)
    assert int(unit) > 0
    assert int(e2e) > 0
    assert (project.path / "app" / "runtime" / "pyodide" / "pyodide.mjs").is_file()


def run(project: BakedProject, script: str, venv: Path | None = None) -> str:
    """Run a script in the project as a reader would type it, and return its output."""
    bash = shutil.which("bash")
    assert bash
    result = project.run(bash, "-euo", "pipefail", "-c", script, venv=venv)
    assert result.returncode == 0, f"`{script}` failed:\n{result.stdout}"
    return result.stdout


def passed(output: str) -> int:
    """Return how many tests pytest says have passed."""
    found = re.search(r"(\d+) passed", output)
    return int(found[1]) if found else 0
