"""Modules of an app that are named like one of Python's standard library: the app's own ones are
found, as beside a script on any other system, however Python is booted."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hosts import Visit
from pyscript_kit.site.build import lay_out_site
from pyscript_kit.testing.servers import static_host

# `email` is in the snapshot of the standard library, and Python itself does without all of them at
# its start.
MODULES = {
    "statistics.py": 'WHOSE = "of the app"\n',
    "email/__init__.py": 'WHOSE = "of the app"\n',
    "wave.py": 'WHOSE = "of the app"\n',
}
LINES = '"./statistics.py" = "./"\n"./email/__init__.py" = "./email/"\n"./wave.py" = "./"\n'
FOUND = "import email, statistics, wave; [each.WHOSE for each in (email, statistics, wave)]"


@pytest.fixture(scope="module")
def project(
    project_root: Path, cdn: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A copy of the project with such modules, vendored."""
    root = tmp_path_factory.mktemp("clashes") / "project"
    shutil.copytree(
        project_root / "app",
        root / "app",
        copy_function=os.link if hasattr(os, "link") else shutil.copyfile,
        ignore=shutil.ignore_patterns("__pycache__", ".runtime*"),
    )
    for name in ("pyproject.toml", "runtime.lock.json"):
        shutil.copyfile(project_root / name, root / name)
    for name, source in MODULES.items():
        place = root / "app" / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(source, encoding="utf-8")
    config = root / "app" / "pyscript.toml"
    text = config.read_text(encoding="utf-8")
    config.unlink()  # it is a link to the former project's
    config.write_text(text.replace("[files]\n", f"[files]\n{LINES}"), encoding="utf-8")
    command = [sys.executable, "-m", "pyscript", "vendor", "--project", str(root)]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return root


@pytest.fixture(scope="module")
def served(project: Path) -> Iterator[str]:
    """Where its app is served as it lies."""
    with static_host(project / "app") as address:
        yield address


@pytest.fixture(scope="module")
def built(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where its site is served."""
    folder = tmp_path_factory.mktemp("site")
    # Python is compiled in a browser of its own, and Playwright keeps this thread for the tests'.
    with ThreadPoolExecutor(1) as beside:
        beside.submit(lay_out_site, project, folder).result()
    with static_host(folder) as address:
        yield address


@pytest.mark.usefixtures("snapshots")
@pytest.mark.parametrize(
    ("how", "query"),
    [("served", ""), ("served", "?preboot=off"), ("built", "")],
    ids=["as usual", "plainly", "built"],
)
def test_the_apps_own_modules_are_found_on_every_boot(
    request: pytest.FixtureRequest, visit: Visit, how: str, query: str
) -> None:
    with visit(request.getfixturevalue(how)) as app:
        app.page.goto(f"{app.origin}/{query}", wait_until="commit")
        app.wait_for_start()

        assert app.python(FOUND) == ["of the app"] * len(MODULES)
        if not query:
            assert app.booted_from == "bytecode"
            (said,) = app.said_by_loader()
            assert "the app has a module email of its own, and so has the snapshot" in said
