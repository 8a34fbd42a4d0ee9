"""Where a version stands beside runtime.lock.json, it is the same version."""

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = json.loads((ROOT / "runtime.lock.json").read_text(encoding="utf-8"))
CONFIG = tomllib.loads((ROOT / "app" / "pyscript.toml").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
INDEX = (ROOT / "app" / "index.html").read_text(encoding="utf-8")

PYODIDE = LOCK["pyodide"]["version"]
PYSCRIPT = LOCK["pyscript"]["version"]


def test_the_lock_is_for_the_packages_of_the_app() -> None:
    asked = {name for key in ("packages", "packages_on_demand") for name in CONFIG.get(key, [])}
    assert sorted(asked) == LOCK["requested"]


def test_the_interpreter_is_the_locked_one() -> None:
    assert CONFIG["interpreter"] in {
        "./runtime/preboot/preboot.mjs",
        "./runtime/pyodide/pyodide.mjs",
        f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE}/full/pyodide.mjs",
    }


def test_the_page_loads_the_locked_pyscript_from_where_the_interpreter_is() -> None:
    bases = set(re.findall(r'"([^"]*)/core\.(?:js|css)"', INDEX))
    if CONFIG["interpreter"].startswith("https:"):
        assert bases == {f"https://cdn.jsdelivr.net/npm/@pyscript/core@{PYSCRIPT}/dist"}
    else:
        assert bases == {"./runtime/pyscript"}


def test_every_file_that_python_gets_at_the_start_is_there() -> None:
    for source in CONFIG["files"]:
        assert (ROOT / "app" / source).is_file()


def dependencies() -> dict[str, str]:
    """Versions by name, of the project's dependencies that stand at one."""
    pairs = (requirement.split("==") for requirement in PROJECT["project"]["dependencies"])
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def test_unit_tests_use_the_browsers_versions_of_its_packages() -> None:
    for name, version in dependencies().items():
        if name in LOCK["packages"]:
            assert version == LOCK["packages"][name]["version"]


def test_types_are_checked_for_the_browsers_python() -> None:
    major, minor, *_ = LOCK["pyodide"]["python"].split(".")
    assert PROJECT["tool"]["mypy"]["python_version"] == f"{major}.{minor}"
