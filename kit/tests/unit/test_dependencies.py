"""pyscript-cli holds `requests` at a version with known vulnerabilities. They do not matter while
what stands here is so: nobody gives `requests` an address, a session or a path of their own."""

from __future__ import annotations

import ast
from importlib.metadata import distribution
from pathlib import Path

TOOLS = Path(__file__).parents[3] / "tools"


def imports_requests(tree: ast.AST) -> bool:
    """Whether a module imports it, under whatever name."""
    names = [
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
        )
    ]
    return "requests" in {name.split(".")[0] for name in names}


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_no_command_of_the_project_uses_requests() -> None:
    assert not [path.name for path in TOOLS.rglob("*.py") if imports_requests(parsed(path))]


def test_pyscript_cli_asks_github_for_one_fixed_address_alone() -> None:
    cli = distribution("pyscript-cli")
    sources = {
        str(file): parsed(Path(str(cli.locate_file(file))))
        for file in cli.files or []
        if file.suffix == ".py"
    }
    using = {name: tree for name, tree in sources.items() if imports_requests(tree)}
    assert list(using) == ["pyscript/_generator.py"]
    (tree,) = using.values()

    uses = [
        ast.unparse(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and "requests" in ast.unparse(node.func)
    ]
    assert uses == ["requests.get(url)"]
    addresses = [
        ast.literal_eval(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "url"
    ]
    assert addresses == ["https://api.github.com/repos/pyscript/pyscript/releases/latest"]
