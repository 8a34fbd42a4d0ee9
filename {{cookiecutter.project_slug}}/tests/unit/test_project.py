"""What holds for the source of the app, whatever it does."""

from pathlib import Path

import pytest
from pyscript_kit.testing import checks


@pytest.mark.parametrize("check", checks.PROJECT)
def test_the_project(project_root: Path, check: checks.ProjectCheck) -> None:
    check(project_root)
