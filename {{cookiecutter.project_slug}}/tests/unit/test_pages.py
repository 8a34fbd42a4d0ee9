import ast
from pathlib import Path

import pytest

import pages
from pages import PAGES, Page

FOLDER = Path(pages.__file__).parent
BROWSER = {"js", "pyodide", "pyodide_js", "pyscript"}


def test_routes_are_unique() -> None:
    routes = [page.route for page in PAGES]
    assert sorted(set(routes)) == sorted(routes)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.route)
def test_a_line_of_the_table_has_its_module_with_a_mount_function(page: Page) -> None:
    assert page.route.isidentifier()
    assert page.title
    assert page.summary
    module = ast.parse((FOLDER / f"{page.route}.py").read_text(encoding="utf-8"))
    arguments = [
        len(node.args.args)
        for node in module.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == "mount"
    ]
    assert arguments == [2]


def test_every_module_has_its_line_in_the_table() -> None:
    modules = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    assert modules == {page.route for page in PAGES}


@pytest.mark.parametrize("module", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_pages_reach_the_browser_through_patterns_only(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    names = {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    names |= {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    assert not {name.partition(".")[0] for name in names} & BROWSER
