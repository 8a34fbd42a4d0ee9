"""Which packages a page needs, as the kit reads it in what it imports."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyscript_kit.lock.reader import read_lock
from pyscript_kit.project.needed import needed_names, packages_of_pages
from pyscript_kit.project.settings import Project, read_project
from pyscript_kit.runtime.shell import PACKAGES, elements
from pyscript_kit.runtime.telling import tell_app

if TYPE_CHECKING:
    from madeup import TestedProject

OWNERS = {
    "numpy": "numpy",
    "scipy": "scipy",
    "PIL": "pillow",
    "yaml": "PyYAML",
    "mpl_toolkits": "matplotlib",
    "matplotlib": "matplotlib",
}


def found(app: Path, *, packages: str = "()", **sources: str) -> tuple[str, ...]:
    """What the page `home` needs in an app with these modules, two underscores for a slash."""
    table = f'PAGES = [Page("home", "Home", "", {packages})]'
    for name, source in {"pages__init": table, **sources}.items():
        path = app / f"{name.replace('__', '/').replace('init', '__init__')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return packages_of_pages(Project(app.parent, (), ""), OWNERS)["home"]


@pytest.mark.parametrize(
    ("source", "packages"),
    [
        ("import numpy", ("numpy",)),
        ("import scipy.optimize, os", ("scipy",)),
        ("from scipy import optimize as o", ("scipy",)),
        ("from PIL.Image import Image", ("pillow",)),
        ("from mpl_toolkits.mplot3d import Axes3D", ("matplotlib",)),
        ("import yaml as y", ("pyyaml",)),
        ("def mount(root, handlers):\n    import numpy", ("numpy",)),
        ("class A:\n    import numpy", ("numpy",)),
        ("try:\n    import numpy\nexcept ValueError: ...", ("numpy",)),
        ("try:\n    import numpy\nfinally: ...", ("numpy",)),
        ("with open('x'):\n    import numpy", ("numpy",)),
        ("from typing import TYPE_CHECKING\nif not TYPE_CHECKING:\n    import numpy", ("numpy",)),
        ("import numpy\nimport unknown", ("numpy",)),
    ],
)
def test_what_a_page_imports_it_needs(
    tmp_path: Path, source: str, packages: tuple[str, ...]
) -> None:
    assert found(tmp_path / "app", pages__home=source) == packages


@pytest.mark.parametrize(
    "source",
    [
        "text = 'import numpy'",
        '"""\nimport numpy\n"""',
        "# import numpy",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import numpy",
        "import typing\nif typing.TYPE_CHECKING:\n    from numpy.typing import NDArray",
        "try:\n    import numpy\nexcept ImportError:\n    numpy = None",
        "try:\n    import numpy\nexcept (ValueError, ModuleNotFoundError):\n    import scipy",
        "try:\n    import numpy as np\nexcept Exception: ...",
        "try:\n    import numpy\nexcept: ...",
        "import contextlib\nwith contextlib.suppress(ImportError):\n    import numpy",
        "import importlib\nnumpy = importlib.import_module('numpy')",
        "async def act():\n    await load_packages('numpy')\n    import numpy",
        "from patterns import packages\nasync def a():\n"
        "    await packages.load_packages('PyYAML')\n    import pyyaml",
        "import numpy as",
    ],
)
def test_what_it_can_do_without_does_not_count(tmp_path: Path, source: str) -> None:
    assert found(tmp_path / "app", pages__home=source) == ()


@pytest.mark.parametrize(
    "source",
    [
        "import model.deep.solve",
        "from model.deep import solve",
        "from model.deep.solve import root",
        "from ..model.deep import solve",
        "from model import deep",
        "from . import other",
        "from .other import act",
        "import pages.other",
        "from lib import beside",
    ],
)
def test_modules_of_the_app_bring_what_they_need(tmp_path: Path, source: str) -> None:
    needed = found(
        tmp_path / "app",
        pages__home=source,
        pages__other="from model.deep import solve",
        model__init="",
        model__deep__init="from .solve import root",
        model__deep__solve="import scipy\nfrom . import shapes",
        model__deep__shapes="from ...model.deep import solve\nimport numpy",
        lib__init="from lib.beside import act",
        lib__beside="def act():\n    from pages import other",
    )

    assert needed == ("numpy", "scipy")


def test_an_explicit_list_comes_first_and_adds(tmp_path: Path) -> None:
    needed = found(
        tmp_path / "app", packages='("tzdata", "SciPy")', pages__home="import numpy, scipy"
    )

    assert needed == ("tzdata", "scipy", "numpy")


def test_an_apps_own_module_is_no_package(tmp_path: Path) -> None:
    assert found(tmp_path / "app", pages__home="import numpy", numpy="import scipy") == ("scipy",)


def test_a_module_counts_where_python_finds_it(project: TestedProject) -> None:
    for name, source in {
        "pages/__init__.py": 'PAGES = [Page("home", "Home", "")]',
        "pages/home.py": "import sums\n",
        "lib/sums.py": "import alpha\n",
    }.items():
        path = project.app / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(source, encoding="utf-8")
    with (project.app / "pyscript.toml").open("a", encoding="utf-8") as config:
        config.write('[files]\n"./lib/sums.py" = "./"\n')
    lock = read_lock(project.lock_path)

    assert packages_of_pages(read_project(project.root), lock.modules)["home"] == ("alpha",)


def test_the_first_page_is_that_of_no_route_too(tmp_path: Path) -> None:
    app = tmp_path / "app"
    found(app, pages__home="import numpy")

    assert packages_of_pages(Project(tmp_path, (), ""), OWNERS)[""] == ("numpy",)


def test_dots_beyond_the_app_lead_to_its_top() -> None:
    tree = ast.parse("from . import x\nfrom .. import y")

    assert {*needed_names(tree, "main.py")} == {"x", "y"}


def test_a_runtime_in_place_is_told_what_pages_import(project: TestedProject, cdn: object) -> None:
    pages = project.app / "pages"
    pages.mkdir()
    (pages / "__init__.py").write_text('PAGES = [Page("home", "", "")]', encoding="utf-8")
    (pages / "home.py").write_text("", encoding="utf-8")
    assert project.run("vendor").exit_code == 0
    (pages / "home.py").write_text("import beta", encoding="utf-8")
    lock = read_lock(project.lock_path)

    tell_app(read_project(project.root), lock)

    told = [each for name, each in elements(read_project(project.root), lock) if name == "meta"]
    assert told == [{"name": PACKAGES, "content": '{"home": ["beta"]}'}]
    assert '{\\"home\\": [\\"beta\\"]}' in (project.runtime / "boot" / "parts.mjs").read_text()
    # And is no other runtime for it.
    assert "is up to date" in project.run("vendor").output
