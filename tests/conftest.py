"""Fixtures that bake projects: `bake(**answers)` gives a `BakedProject`."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from baking import REPOSITORY, TEMPLATE, generate
from environment import install_project

# The same few examples in every run; `make test-long` draws many others.
_ANY_MACHINE = settings(deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile("few", _ANY_MACHINE, max_examples=25, derandomize=True)
settings.register_profile("long", _ANY_MACHINE, max_examples=400)
settings.load_profile("few")


@dataclass(frozen=True)
class BakedProject:
    """A generated project and what the hooks printed while it was made."""

    path: Path
    output: str

    def read(self, name: str) -> str:
        """Return the text of one of the project's files."""
        return (self.path / name).read_text(encoding="utf-8")

    def files(self) -> set[str]:
        """Return the paths of all files, relative to the project, with forward slashes."""
        return {
            path.relative_to(self.path).as_posix()
            for path in self.path.rglob("*")
            if path.is_file()
        }

    def run(
        self,
        *command: str,
        venv: Path | None = None,
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the project's folder.

        Args:
            command: the program and its arguments.
            venv: a virtual environment whose programs come first.
            variables: what the environment has besides.

        Returns:
            The finished process, its output and errors in `stdout`.
        """
        environment = {**os.environ, **variables}
        if venv:
            environment["PATH"] = f"{venv / 'bin'}{os.pathsep}{environment['PATH']}"
            environment["VIRTUAL_ENV"] = str(venv)
        return subprocess.run(
            command,
            cwd=self.path,
            env=environment,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


# Files of projects, which bring tests of their own.
collect_ignore = ["habits"]

# For a project's own pytest: a test that has no end is to be known by its name, and the browser is
# to take no more of the processor than it has to.
FOR_PYTEST = {
    "PYTEST_ADDOPTS": "-vv -p frugal",
    "PYTHONPATH": str(REPOSITORY / "tests" / "plugins"),
}
# In each process of its own, a project's tests start a browser and the app; several projects are
# tested at once already.
ONE_PROCESS = FOR_PYTEST | {"PYTEST_ADDOPTS": f"{FOR_PYTEST['PYTEST_ADDOPTS']} -n 0"}

Bake = Callable[..., BakedProject]
Announce = Callable[[str], None]
VenvFor = Callable[[str], Path]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have every process begin with the longest tests, and leave the short ones to the end.

    The slow ones stand in their module with the longest first, or say at which place they go. Each
    process is given one stretch of the list, so that is how they are dealt out.
    """
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    for item in list(items):
        marker = item.get_closest_marker("slow")
        if marker and "place" in marker.kwargs:
            items.remove(item)
            items.insert(marker.kwargs["place"], item)
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    items[:] = [item for first in range(processes) for item in items[first::processes]]


@pytest.fixture(autouse=True, scope="session")
def cookiecutter_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the user's own cookiecutter settings and replays out of the tests, and untouched."""
    home = tmp_path_factory.mktemp("home")
    settings = home / "config.yaml"
    settings.write_text(f"replay_dir: {home / 'replay'}\ncookiecutters_dir: {home / 'cache'}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COOKIECUTTER_CONFIG", str(settings))
        yield


@pytest.fixture(autouse=True, scope="session")
def types_of_packages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Have mypy read what all projects have installed once, and not for each of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MYPY_CACHE_DIR", str(tmp_path_factory.mktemp("mypy")))
        yield


@pytest.fixture
def bake(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Bake:
    """Return a function that generates a project from the given answers, defaults elsewhere."""

    def bake_project(**answers: Any) -> BakedProject:
        project = generate(tmp_path, **answers)
        return BakedProject(project, capfd.readouterr().out)

    return bake_project


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
    """Return a function that gives the virtual environment for projects with a pin.

    All of them, and all processes that run these tests, share it: no project is itself installed.
    """
    temporary = tmp_path_factory.getbasetemp()
    shared = temporary.parent if "PYTEST_XDIST_WORKER" in os.environ else temporary

    def venv(pyodide_version: str) -> Path:
        folder = shared / f"venv-{pyodide_version}"
        ready = folder / "ready"
        with Path(f"{folder}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not ready.exists():
                announce(f"Installing what a project with Pyodide {pyodide_version} needs …")
                gallery = generate(Path(f"{folder}-project"), pyodide_version=pyodide_version)
                install_project(folder, gallery)
                ready.touch()
        return folder

    return venv


def copy_of_kit(folder: Path) -> Path:
    """Copy the source of the kit, beside what its wheel takes along of the template, and return its
    own folder."""
    for name in ("app/patterns", "_options/starter=gallery"):
        shutil.copytree(TEMPLATE / name, folder / TEMPLATE.name / name)
    ignored = shutil.ignore_patterns("tests", "__pycache__")
    return shutil.copytree(REPOSITORY / "kit", folder / "kit", ignore=ignored)


def run(project: BakedProject, script: str, venv: Path | None = None) -> str:
    """Run a script in the project as a reader would type it, and return its output."""
    bash = shutil.which("bash")
    assert bash
    command = (bash, "-euo", "pipefail", "-c", script)
    result = project.run(*command, venv=venv, variables=ONE_PROCESS)
    assert result.returncode == 0, f"`{script}` failed:\n{result.stdout}"
    return result.stdout


def run_kit_tests(
    folder: Path,
    answers: tuple[str, str, str],
    *options: str,
    tests: str = "kit/tests/browser",
) -> str:
    """Run the kit's browser tests on a project with some answers, and return what they said.

    Args:
        folder: where the project is made.
        answers: pin, starter and source of the runtime.
        options: what pytest is told.
        tests: which of them.
    """
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests, *options]
    command.append(f"--basetemp={folder / 'kit'}")
    for option, answer in zip(("--pyodide", "--starter", "--runtime"), answers, strict=True):
        command += [option, answer]
    # What the pytest of these tests has told its own processes is not for that one.
    mine = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    result = subprocess.run(
        command,
        cwd=REPOSITORY,
        env=mine | {"PYTEST_ADDOPTS": "-vv"},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert result.returncode == 0, result.stdout
    return result.stdout
