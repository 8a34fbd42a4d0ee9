"""An app unlike the gallery, as people make theirs: one page that was renamed and needs a package
from the start, packages in packages with relative imports, a worker in a folder of a folder, data
files with odd names, a linked folder. It passes its own tests, as it is served and as it is
built."""

import shutil
import sys
from pathlib import Path

import pytest

from baking import generate
from conftest import Announce, BakedProject, VenvFor, run
from questions import CHOICES, REPOSITORY

HABITS = REPOSITORY / "tests" / "habits"
# No repository can hold them for every system.
DATA = {
    "50%.json": '{"share": 0.5}\n',
    "a#b.csv": "a,b\n",
    "what?.txt": "what\n",
    "größe %41.csv": "größe\n",
}

# As `pyscript dev` completes them, but for the last one.
FILES = """\
"./model/__init__.py" = "./model/"
"./model/units.py" = "./model/"
"./model/solve/__init__.py" = "./model/solve/"
"./model/solve/bisection.py" = "./model/solve/"
"./shared/names.py" = "./shared/"
"./constants/rate.txt" = "./constants/"
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="has no such names of files"),
]


def habitual(folder: Path) -> BakedProject:
    """Generate a blank project and make it one of habits."""
    project = generate(
        folder, starter="blank", project_name="Größen & Co. <5 µm>", project_slug="groessen"
    )
    for gone in ("app/pages/home.py", "tests/e2e/pages/test_home.py"):
        (project / gone).unlink()
    shutil.copytree(HABITS / "app", project / "app", dirs_exist_ok=True)
    shutil.copytree(HABITS / "tests", project / "tests", dirs_exist_ok=True)
    shutil.copytree(HABITS / "shared", project / "shared")
    (project / "app" / "shared").symlink_to("../shared", target_is_directory=True)
    (project / "app" / "data").mkdir()
    for name, text in DATA.items():
        (project / "app" / "data" / name).write_text(text, encoding="utf-8")
    constants = project / "app" / "constants"
    constants.mkdir()
    (constants / "rate.txt").write_text("0.2\n", encoding="utf-8")
    config = project / "app" / "pyscript.toml"
    text = config.read_text(encoding="utf-8")
    text = text.replace("packages_on_demand = []", 'packages_on_demand = ["numpy"]')
    config.write_text(text + FILES, encoding="utf-8")
    return BakedProject(project, "")


def test_an_app_of_other_habits_passes_its_own_tests(
    tmp_path: Path, venv_for: VenvFor, announce: Announce
) -> None:
    venv = venv_for(CHOICES["pyodide_version"][0])
    project = habitual(tmp_path)
    announce("Making and testing an app of other habits …")
    run(project, "pyscript add pattern worker && pyscript lock && pyscript vendor", venv)
    run(project, "ruff check && ruff format --check && mypy && pytest -q", venv)
    run(project, "pyscript build --no-prerender --quick && test -f dist/shared/table.csv", venv)
