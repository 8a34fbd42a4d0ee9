"""What a project's own tests leave out of its patterns: properties, tried on many examples."""

import os
import subprocess
import sys

import pytest

from conftest import Bake
from questions import REPOSITORY

PROPERTIES = REPOSITORY / "tests" / "campaigns" / "properties"


@pytest.mark.parametrize("profile", ["few", pytest.param("long", marks=pytest.mark.long)])
def test_the_properties_of_patterns_hold(bake: Bake, profile: str) -> None:
    project = bake(starter="blank").path
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(PROPERTIES)]
    command += [
        f"--config-file={project / 'pyproject.toml'}",
        f"--rootdir={project}",
        f"--confcutdir={PROPERTIES}",
    ]
    result = subprocess.run(
        [*command, f"--hypothesis-profile={profile}"],
        cwd=project,
        env={name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
