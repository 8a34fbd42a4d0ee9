"""Generated projects pass their own tests, in a real browser, by the commands of their README; and
the kit's browser tests hold for other answers than the default ones, too."""

import json
import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from baking import generate
from conftest import Announce, BakedProject, VenvFor, run, run_kit_tests
from pyscript_kit.testing import sourcechecks
from questions import CHOICES, TEMPLATE, combinations, readable
from test_tutorial import Reader, read_steps

pytestmark = pytest.mark.slow

UV = Path(sys.executable).with_name("uv")
QUESTIONS = ("pyodide_version", "starter", "runtime")


def test_the_default_project_passes_by_the_commands_of_its_readme(
    tmp_path: Path, announce: Announce
) -> None:
    project = BakedProject(generate(tmp_path), "")
    announce("Following the README of the default project from its first command …")
    blocks = [step.text for step in read_steps(project.read("README.md")) if step.language == "sh"]
    start, browser, checks = blocks
    *prepare, serve = start.splitlines()
    assert serve == "pyscript dev"
    assert browser.split() == ["playwright", "install", "chromium"]  # done by `make test`
    python = {"python3 -m venv": f"{shlex.quote(sys.executable)} -m venv"}
    reader = Reader(project.path, alone(), python)

    reader.run(reader.substitute("\n".join(prepare)))
    with reader.serve(serve):
        assert (project.path / "app" / "runtime" / "pyodide" / "pyodide.mjs").is_file()
    output = reader.run(checks)

    (passed,) = re.findall(r"= (\d+) passed", output)
    assert int(passed) > 0


@pytest.mark.parametrize("starter", CHOICES["starter"])
def test_uv_needs_one_command(tmp_path: Path, announce: Announce, starter: str) -> None:
    project = generate(tmp_path, starter=starter)
    announce(f"Having uv run {starter} …")
    reader = Reader(project, alone(), {})
    with reader.serve(f"{shlex.quote(str(UV))} run pyscript dev"):
        assert (project / "app" / "runtime" / "pyodide" / "pyodide.mjs").is_file()


def alone() -> dict[str, str]:
    """The variables of a reader who has a terminal of their own, where nothing opens a browser."""
    mine = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return mine | {"BROWSER": "true", "PYTHONUNBUFFERED": "1", "PYTEST_ADDOPTS": "-vv"}


# Beside the default project: what is run in each, and what of the kit's browser tests with its
# answers. That they bring every pair of choices together, tests/test_pairs.py says; by `make
# test-long` every project runs all that there is.
OTHERS = {
    ("0.28.3", "gallery", "self-hosted"): (
        "mypy && pytest -q tests/unit && pytest -q tests/e2e -k 'names_itself or density'",
        "packages_are_there_without or sources_are_there or figures_are_the",
    ),
    ("314.0.3", "blank", "self-hosted"): (
        "mypy && pytest -q",
        "first_screen or first_page_that or library_alone or syntax_error_in",
    ),
    ("314.0.3", "gallery", "cdn"): (
        "pytest -q tests/e2e -k 'names_itself or density'",
        "first_screen or first_page_waits or changed_wheel",
    ),
    ("0.28.3", "blank", "cdn"): ("mypy && pytest -q", "first_screen or first_page_that"),
}


@pytest.mark.parametrize("answers", OTHERS, ids=" ".join)
def test_a_project_passes_its_own_tests(
    tmp_path: Path, venv_for: VenvFor, announce: Announce, answers: tuple[str, str, str]
) -> None:
    pyodide_version, starter, runtime = answers
    venv = venv_for(pyodide_version)
    announce(f"Vendoring and testing {' '.join(answers)} …")
    project = BakedProject(
        generate(tmp_path, pyodide_version=pyodide_version, starter=starter, runtime=runtime), ""
    )
    run(project, "pyscript vendor", venv)
    checks, _ = OTHERS[answers]
    output = run(project, checks, venv)
    assert len(re.findall(r"= \d+ passed", output)) == checks.count("pytest")


@pytest.mark.parametrize("answers", OTHERS, ids=" ".join)
def test_the_kit_passes_its_browser_tests(
    tmp_path: Path, announce: Announce, answers: tuple[str, str, str]
) -> None:
    announce(f"Testing the kit with {' '.join(answers)} …")
    _, expression = OTHERS[answers]
    run_kit_tests(tmp_path, answers, "-k", expression)


@pytest.mark.long
@pytest.mark.parametrize("answers", combinations(*QUESTIONS), ids=readable)
def test_a_project_and_the_kit_pass_all_of_their_tests(
    tmp_path: Path, venv_for: VenvFor, announce: Announce, answers: dict[str, str]
) -> None:
    venv = venv_for(answers["pyodide_version"])
    announce(f"Running every test of {' '.join(answers.values())} …")
    project = BakedProject(generate(tmp_path / "project", **answers), "")
    run(project, "pyscript vendor && mypy && pytest -q", venv)
    run_kit_tests(tmp_path, (answers["pyodide_version"], answers["starter"], answers["runtime"]))


BILL = """
from pathlib import Path

from pyscript_kit.lock.reader import read_lock
from pyscript_kit.project.settings import read_project
from pyscript_kit.site.app import served_files
from pyscript_kit.site.sbom import sbom
from pyscript_kit.site.shipment import shipped

project = read_project(Path())
lock = read_lock(project.lock_path)
print(sbom(shipped(project, lock, project.runtime, served_files(project))).decode())
"""


def test_the_bill_of_materials_is_what_the_standard_asks_for(
    tmp_path: Path, venv_for: VenvFor
) -> None:
    # Takes a second or two, which other tests need not wait for.
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    venv = venv_for(CHOICES["pyodide_version"][0])
    project = BakedProject(generate(tmp_path), "")
    run(project, "pyscript vendor --no-snapshot", venv)
    (project.path / "bill.py").write_text(BILL, encoding="utf-8")
    bill = run(project, "python bill.py", venv)

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill) is None
    licenses = {each["name"]: each["licenses"] for each in json.loads(bill)["components"][:-1]}
    assert all(licenses.values())
    assert licenses["cpython"][0]["expression"] == "PSF-2.0"
    assert {"numpy", "matplotlib", "pyodide", "@pyscript/core"} < set(licenses)


def gallery_pages() -> list[str]:
    """Return the routes of the gallery's pages, in their order."""
    table = TEMPLATE / "_options" / "starter=gallery" / "app" / "pages" / "__init__.py"
    return re.findall(r'^    Page\("(\w+)"', table.read_text(encoding="utf-8"), re.MULTILINE)


FIRST, *OTHER_PAGES = gallery_pages()


@pytest.mark.parametrize("routes", [[FIRST], OTHER_PAGES], ids=["the first", "all but the first"])
def test_without_some_pages_the_app_shows_the_others(
    tmp_path: Path, venv_for: VenvFor, announce: Announce, routes: list[str]
) -> None:
    announce(f"Opening the gallery without {', '.join(routes)} …")
    project = gallery_without(routes, tmp_path)
    venv = venv_for(CHOICES["pyodide_version"][0])
    run(project, "pytest -q tests/unit", venv)
    run(project, "pyscript vendor --no-snapshot", venv)
    output = run(project, "pytest -q tests/e2e/test_pages.py -k names_itself", venv)
    assert f"= {1 + len(OTHER_PAGES) - len(routes)} passed" in output


@pytest.mark.parametrize("route", gallery_pages())
def test_a_page_is_removed_by_deleting_its_files_its_test_and_one_line(
    tmp_path: Path, route: str
) -> None:
    project = gallery_without([route], tmp_path)
    ruff = shlex.quote(str(UV.with_name("ruff")))
    run(project, f"{ruff} check && {ruff} format --check")
    for check in sourcechecks.PROJECT:
        check(project.path)


def gallery_without(routes: list[str], folder: Path) -> BakedProject:
    """Generate the default project and take pages out of it, as its README says."""
    project = BakedProject(generate(folder), "")
    table = project.path / "app" / "pages" / "__init__.py"
    for route in routes:
        (project.path / "app" / "pages" / f"{route}.py").unlink()
        (project.path / "app" / "pages" / f"{route}.css").unlink(missing_ok=True)
        (project.path / "tests" / "e2e" / "pages" / f"test_{route}.py").unlink()
        lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(f'    Page("{route}",')]
        assert len(kept) == len(lines) - 1
        table.write_text("".join(kept), encoding="utf-8")
    return project
