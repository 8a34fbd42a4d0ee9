"""Campaigns of minutes, by `make test-long`: properties with many examples, and fuzzers that grow
their inputs by coverage. `CAMPAIGN_SECONDS` says how long each fuzzer runs."""

import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from baking import generate
from conftest import BakedProject
from environment import install, install_project
from questions import REPOSITORY

# Also slow, so that whoever leaves out what is slow leaves these out.
pytestmark = [pytest.mark.long, pytest.mark.slow]

CAMPAIGNS = REPOSITORY / "tests" / "campaigns"
SECONDS = int(os.environ.get("CAMPAIGN_SECONDS", "60"))
READERS = ("lock", "lock_value", "distribution", "tarball", "wheel", "kept", "route")
PROPERTIES = "properties"


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[BakedProject, Path]:
    """A default project, and the virtual environment that it and Atheris are installed in."""
    folder = tmp_path_factory.mktemp("campaigns")
    baked = BakedProject(generate(folder), "")
    install_project(folder / "venv", baked.path)
    return baked, folder / "venv"


@pytest.mark.parametrize("tests", [f"kit/tests/unit -k {PROPERTIES}", "tests/test_answers.py"])
def test_the_properties_hold_for_many_examples(tests: str) -> None:
    command = [sys.executable, "-m", "pytest", "-q", *tests.split(), "--hypothesis-profile=long"]
    result = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_refuses_whatever_a_fuzzer_thinks_of(
    project: tuple[BakedProject, Path], tmp_path: Path, reader: str
) -> None:
    baked, venv = project
    if subprocess.run([venv / "bin" / "python", "-c", "import atheris"], check=False).returncode:
        try:
            install(venv, ["atheris"])
        except SystemExit:
            pytest.skip("Atheris, which has wheels for Linux and some Pythons, is not to be had")
    shutil.copy(baked.path / "runtime.lock.json", tmp_path)
    options = [
        f"-max_total_time={SECONDS}",
        "-max_len=20000",
        f"-artifact_prefix={tmp_path}/found-",
    ]
    script = str(CAMPAIGNS / "fuzz_readers.py")

    result = baked.run(
        "python", script, reader, *options, "-print_final_stats=1", str(tmp_path), venv=venv
    )

    assert result.returncode == 0, result.stdout[-4000:]
    executions = re.search(r"number_of_executed_units: (\d+)", result.stdout)
    assert executions
    print(f"{reader}: {executions[1]} executions in {SECONDS} s")


def test_the_loader_refuses_whatever_a_fuzzer_thinks_of() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("the loader is driven by Node, which is missing")
    loader = REPOSITORY / "kit" / "src" / "pyscript_kit" / "browser" / "loader"
    seed = str(random.randrange(1, 2**31))  # noqa: S311
    command = [node, str(CAMPAIGNS / "fuzz_blobs.mjs"), str(loader), str(SECONDS), seed]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    print(f"loader: {result.stdout}")
