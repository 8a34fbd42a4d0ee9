"""What the kit's types say of the modules that only a browser has is true of them."""

import ast
import json
from pathlib import Path

import pytest

import pyscript_kit
from comparison import run
from pyscript_kit.lock.reader import read_lock
from pyscript_kit.project.settings import LOCK_NAME
from pyscript_kit.testing import App

SOURCES = Path(pyscript_kit.__file__).parents[1]
STUBS = sorted(SOURCES.glob("*-stubs/**/*.pyi"))
# What is there in workers alone.
ELSEWHERE = {"xworker"}

LOOK = """
import importlib, json
module = importlib.import_module({name!r})
json.dumps([name for name in {names!r} if not hasattr(module, name)])
"""
LOOK_INSIDE = """
import importlib, json
module = importlib.import_module({name!r})
json.dumps([
    f"{{owner}}.{{name}}"
    for owner, names in {members!r}.items()
    for name in names
    if not hasattr(getattr(module, owner), name)
])
"""


def module_of(path: Path) -> str:
    parts = path.relative_to(SOURCES).with_suffix("").parts
    named = [parts[0].removesuffix("-stubs"), *parts[1:]]
    return ".".join(part for part in named if part != "__init__")


def names_in(body: list[ast.stmt]) -> set[str]:
    """The public names that a stub gives to a module."""
    names = set()
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.asname for alias in node.names if alias.asname}
    return {name for name in names if not name.startswith("_")} - ELSEWHERE


@pytest.fixture
def with_micropip(app: App, project_root: Path) -> App:
    """The app, with the one package that has stubs of its own where the app has it."""
    if "micropip" in read_lock(project_root / LOCK_NAME).packages:
        run(app, "import pyodide_js; await pyodide_js.loadPackage('micropip')")
    return app


@pytest.mark.parametrize("path", STUBS, ids=module_of)
def test_what_a_stub_names_is_there(with_micropip: App, path: Path) -> None:
    app, name = with_micropip, module_of(path)
    package = name.partition(".")[0]
    if not app.python(f"import importlib.util as u; u.find_spec({package!r}) is not None"):
        pytest.skip(f"the app has no {package}")
    body = ast.parse(path.read_text(encoding="utf-8")).body

    assert json.loads(app.python(LOOK.format(name=name, names=sorted(names_in(body))))) == []

    # Attributes are seen in instances alone, and those of JavaScript's objects in no class.
    members = {
        node.name: [
            each.name
            for each in node.body
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
            and not each.name.startswith("__")
        ]
        for node in body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    }
    assert json.loads(app.python(LOOK_INSIDE.format(name=name, members=members))) == []
