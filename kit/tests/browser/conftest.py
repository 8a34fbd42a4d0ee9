"""The kit's tests in a real browser: on one project that is baked and vendored for all of them, the
default one unless the command line says otherwise (--pyodide, --starter, --runtime)."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import Browser

import frugal
from baking import TEMPLATE, generate
from hosts import Visit
from pyscript_kit.snapshot.manifest import FOLDER, MANIFEST
from pyscript_kit.testing import App, plugin
from pyscript_kit.testing.fixtures import VIEWPORT, close

# Option, question of cookiecutter.json.
_ANSWERS = {
    "--pyodide": "pyodide_version",
    "--starter": "starter",
    "--runtime": "runtime",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the command line choose another project."""
    for option, question in _ANSWERS.items():
        parser.addoption(option, help=f"the answer to {question}, for the project that is tested")


def pytest_configure(config: pytest.Config) -> None:
    """Have what a project's own tests have: the plugin, and its modules to import; and a browser
    that is sparing of the processor."""
    config.pluginmanager.register(plugin, plugin.__name__)
    config.pluginmanager.register(frugal, frugal.__name__)
    starter = _answers(config).get("starter", "gallery")
    for app in (TEMPLATE / "app", TEMPLATE / "_options" / f"starter={starter}" / "app"):
        sys.path.insert(1, str(app))


def _answers(config: pytest.Config) -> dict[str, str]:
    given = {
        question: config.getoption(option, default=None) for option, question in _ANSWERS.items()
    }
    return {question: answer for question, answer in given.items() if answer}


@pytest.fixture(scope="session")
def project_root(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, its runtime in place; all processes share it, so no test may change it."""
    temporary = tmp_path_factory.getbasetemp()
    folder = (temporary.parent if "PYTEST_XDIST_WORKER" in os.environ else temporary) / "project"
    made = folder / "made.txt"
    folder.mkdir(exist_ok=True)
    with FileLock(folder / "lock"):
        if not made.exists():
            root = _bake(folder, _answers(pytestconfig))
            made.write_text(str(root), encoding="utf-8")
    return Path(made.read_text(encoding="utf-8"))


def _bake(folder: Path, answers: dict[str, str]) -> Path:
    settings = folder / "cookiecutter.yaml"
    settings.write_text(f"replay_dir: {folder / 'replay'}\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COOKIECUTTER_CONFIG", str(settings))
        root = generate(folder, **answers)
    command = [sys.executable, "-m", "pyscript", "vendor", "--project", str(root)]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return root


@pytest.fixture(scope="session")
def snapshots(project_root: Path) -> None:
    """Skips the tests that ask for it where the app does not boot from a snapshot."""
    manifest = project_root / "app" / "runtime" / FOLDER / MANIFEST
    if not manifest.is_file() or "null" in manifest.read_text(encoding="utf-8")[:20]:
        pytest.skip("the runtime was vendored without a snapshot")


@pytest.fixture
def visit(browser: Browser, cdn: dict[str, Path], output_path: str) -> Visit:
    """Visitors with empty caches, one for each `with`; what goes wrong fails the test.

    It takes the address of the app, and files that stand for a CDN where they are not the usual.
    """

    @contextmanager
    def come(address: str, files: dict[str, Path] = cdn) -> Iterator[App]:
        context = browser.new_context(viewport=VIEWPORT, color_scheme="light")  # type: ignore[arg-type]
        visitor = App(context, address, files)
        failed = True
        try:
            yield visitor
            failed = False
        finally:
            # Before its host ends, from which it may be fetching something ahead.
            try:
                close(visitor, output_path, failed=failed)
            finally:
                context.close()

    return come
