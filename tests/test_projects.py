"""Generated projects pass their own tests, in a real browser, by the commands of their README."""

import json
import re
import sys
from pathlib import Path

import pytest

from conftest import Announce, BakedProject, VenvFor, generate, run
from questions import CHOICES, TEMPLATE, combinations, readable

pytestmark = pytest.mark.slow


def test_the_default_project_passes_by_the_commands_of_its_readme(
    tmp_path: Path, announce: Announce
) -> None:
    project = BakedProject(generate(tmp_path), "")
    announce("Following the README of the default project from its first command …")
    blocks = re.findall(r"^```sh\n(.*?)^```", project.read("README.md"), re.MULTILINE | re.DOTALL)
    start, serve, browser, checks = blocks
    assert serve.split() == ["pyscript", "dev"]  # the end-to-end tests start it themselves
    assert browser.split() == ["playwright", "install", "chromium"]  # done by `make test`

    script = start.replace("python3 -m venv", f"{sys.executable} -m venv") + checks
    elsewhere = " ".join(
        f"--ignore-glob '*{name}*'"
        for name in ("same_results", "preboot", "test_build", "test_dev")
    )
    output = run(project, f'export PYTEST_ADDOPTS="$PYTEST_ADDOPTS {elsewhere}"\n{script}')

    unit, e2e = re.findall(r"(\d+) passed", output)
    assert int(unit) > 0
    assert int(e2e) > 0
    assert (project.path / "app" / "runtime" / "pyodide" / "pyodide.mjs").is_file()


# The default project runs what it has by its README's commands, but for what compares and breaks
# snapshots, which others run. Which these are, and that they bring every pair of choices together,
# tests/test_pairs.py says; by `make test-long` every project runs all that it has.
UNIT = "pytest -q tests/unit --ignore tests/unit/tools"  # no answer changes a tool
PIN = "pytest -q tests/unit/test_pin.py"
E2E = "pytest -q tests/e2e -k"
OTHERS = {
    ("0.28.3", "gallery", "self-hosted"): (
        f"mypy && {UNIT} && {E2E} 'names_itself or density or preboot_packages or figures_are_the'"
    ),
    ("314.0.3", "blank", "self-hosted"): f"mypy && {UNIT} && {E2E} 'test_start or test_preboot'",
    ("314.0.3", "gallery", "cdn"): f"{PIN} && {E2E} 'first or density or changed_wheel'",
    ("0.28.3", "blank", "cdn"): f"mypy && {PIN} && {E2E} 'first'",
}


@pytest.mark.parametrize(("answers", "checks"), OTHERS.items(), ids=[" ".join(o) for o in OTHERS])
def test_a_project_passes_its_own_tests(
    tmp_path: Path,
    venv_for: VenvFor,
    announce: Announce,
    answers: tuple[str, str, str],
    checks: str,
) -> None:
    pyodide_version, starter, runtime = answers
    venv = venv_for(pyodide_version)
    announce(f"Vendoring and testing {' '.join(answers)} …")
    project = BakedProject(
        generate(tmp_path, pyodide_version=pyodide_version, starter=starter, runtime=runtime), ""
    )
    run(project, "pyscript vendor", venv)
    assert (project.path / "app" / "runtime").exists() == (runtime == "self-hosted")
    output = run(project, checks, venv)
    assert len(re.findall(r"= \d+ passed", output)) == 2


@pytest.mark.long
@pytest.mark.parametrize(
    "answers", combinations("pyodide_version", "starter", "runtime"), ids=readable
)
def test_a_project_passes_all_of_its_tests(
    tmp_path: Path, venv_for: VenvFor, announce: Announce, answers: dict[str, str]
) -> None:
    venv = venv_for(answers["pyodide_version"])
    announce(f"Running every test of {' '.join(answers.values())} …")
    project = BakedProject(generate(tmp_path, **answers), "")
    run(project, "pyscript vendor && mypy && pytest -q", venv)


@pytest.mark.slow(place=3)  # while the README is followed, its snapshots being there by then
def test_the_default_project_is_served_live_and_built(
    tmp_path: Path, venv_for: VenvFor, announce: Announce
) -> None:
    venv = venv_for(CHOICES["pyodide_version"][0])
    announce("Editing the default project while it is served, and building it …")
    project = BakedProject(generate(tmp_path), "")
    run(project, "pyscript vendor", venv)
    output = run(project, "pytest -q tests/e2e/test_build.py tests/e2e/test_dev.py", venv)
    assert len(re.findall(r"= \d+ passed", output)) == 1


BILL = """
from pathlib import Path

from tools.components import shipped
from tools.lockreader import read_lock
from tools.project import read_project
from tools.sbom import sbom
from tools.site import served_files

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
    run(project, UNIT, venv)
    run(project, "pyscript vendor --no-snapshot", venv)
    output = run(project, "pytest -q tests/e2e/test_pages.py -k names_itself", venv)
    assert f"= {1 + len(OTHER_PAGES) - len(routes)} passed" in output


@pytest.mark.parametrize("route", gallery_pages())
def test_a_page_is_removed_by_deleting_its_file_its_test_and_one_line(
    tmp_path: Path, venv_for: VenvFor, route: str
) -> None:
    project = gallery_without([route], tmp_path)
    venv = venv_for(CHOICES["pyodide_version"][0])
    run(project, "ruff check && ruff format --check", venv)
    run(project, "pytest -q tests/unit/test_pages.py tests/unit/test_pin.py", venv)


def gallery_without(routes: list[str], folder: Path) -> BakedProject:
    """Generate the default project and take pages out of it, as its README says."""
    project = BakedProject(generate(folder), "")
    table = project.path / "app" / "pages" / "__init__.py"
    for route in routes:
        (project.path / "app" / "pages" / f"{route}.py").unlink()
        (project.path / "tests" / "e2e" / "pages" / f"test_{route}.py").unlink()
        lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(f'    Page("{route}",')]
        assert len(kept) == len(lines) - 1
        table.write_text("".join(kept), encoding="utf-8")
    return project
