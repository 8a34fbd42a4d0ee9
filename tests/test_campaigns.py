"""Campaigns in a browser: what takes too long for every run, by `make test-long`."""

from pathlib import Path

import pytest

from conftest import Announce, run_kit_tests
from questions import CHOICES

# Slow too, so that who leaves those out does not get these.
pytestmark = [pytest.mark.long, pytest.mark.slow]


@pytest.mark.parametrize("pyodide_version", CHOICES["pyodide_version"])
def test_a_start_ends_in_the_app_or_in_the_panel_whatever_file_fails(
    tmp_path: Path, announce: Announce, pyodide_version: str
) -> None:
    announce(f"Failing at every file of Pyodide {pyodide_version} in turn (most of an hour) …")
    campaign(tmp_path, pyodide_version, "every_file")


@pytest.mark.parametrize("pyodide_version", CHOICES["pyodide_version"])
def test_an_app_keeps_nothing_of_what_is_over(
    tmp_path: Path, announce: Announce, pyodide_version: str
) -> None:
    announce(f"Loading an app with Pyodide {pyodide_version} (half an hour) …")
    campaign(tmp_path, pyodide_version, "load")


@pytest.mark.parametrize("pyodide_version", CHOICES["pyodide_version"])
def test_no_tab_crashes_in_a_thousand_loads(
    tmp_path: Path, announce: Announce, pyodide_version: str
) -> None:
    announce(f"Loading an app with Pyodide {pyodide_version} a thousand times (an hour) …")
    campaign(tmp_path, pyodide_version, "crashes")


def campaign(folder: Path, pyodide_version: str, name: str) -> None:
    """Run one of the campaigns on a gallery, and print its figures."""
    answers = (pyodide_version, "gallery", "self-hosted")
    print(run_kit_tests(folder, answers, "-s", tests=f"kit/tests/browser/campaigns/{name}.py"))
