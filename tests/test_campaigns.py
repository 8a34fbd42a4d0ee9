"""Campaigns in a generated project: what takes too long for every run, by `make test-long`.

Their modules stand in campaigns/ and run in a project among its own end-to-end tests.
"""

import shutil
from pathlib import Path

import pytest

from conftest import Announce, BakedProject, VenvFor, generate, run
from questions import CHOICES

CAMPAIGNS = Path(__file__).with_name("campaigns")

# Slow too, so that who leaves those out does not get these.
pytestmark = [pytest.mark.long, pytest.mark.slow]


@pytest.mark.parametrize("pyodide_version", CHOICES["pyodide_version"])
def test_a_start_ends_in_the_app_or_in_the_panel_whatever_file_fails(
    tmp_path: Path, venv_for: VenvFor, announce: Announce, pyodide_version: str
) -> None:
    announce(f"Failing at every file of Pyodide {pyodide_version} in turn (most of an hour) …")
    campaign(tmp_path, venv_for, pyodide_version, "faults")


@pytest.mark.parametrize("pyodide_version", CHOICES["pyodide_version"])
def test_an_app_keeps_nothing_of_what_is_over(
    tmp_path: Path, venv_for: VenvFor, announce: Announce, pyodide_version: str
) -> None:
    announce(f"Loading an app with Pyodide {pyodide_version} (half an hour) …")
    campaign(tmp_path, venv_for, pyodide_version, "load")


def campaign(folder: Path, venv_for: VenvFor, pyodide_version: str, name: str) -> None:
    """Run one of the campaigns in a new project, and print its figures."""
    project = BakedProject(generate(folder, pyodide_version=pyodide_version), "")
    shutil.copyfile(
        CAMPAIGNS / f"{name}.py", project.path / "tests" / "e2e" / f"test_campaign_{name}.py"
    )
    venv = venv_for(pyodide_version)
    run(project, "ruff check && ruff format --check && mypy", venv)
    run(project, "pyscript vendor", venv)
    print(run(project, f"pytest -q -s tests/e2e/test_campaign_{name}.py", venv))
