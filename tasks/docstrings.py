"""Reads the public names of modules, with what they say of themselves, as Markdown.

Nothing is imported: patterns need a browser.
"""

import ast
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from baking import OPTIONS, TEMPLATE
from environment import REPOSITORY

PACKAGE = REPOSITORY / "kit" / "src" / "pyscript_kit"
TESTING = PACKAGE / "testing"


class UnreadableError(Exception):
    """Code is not written in the way that the reference reads it; the text says what and where."""


_PATTERNS = "app/patterns"


def patterns() -> str:
    """Return a section for each module of app/patterns/, with its public names."""
    folders = {TEMPLATE: ""}
    folders |= {path: path.name for path in sorted((TEMPLATE / OPTIONS).iterdir())}
    modules = {
        path: overlay
        for folder, overlay in folders.items()
        for path in (folder / _PATTERNS).glob("*.py")
        if path.stem != "__init__"
    }
    return "\n".join(
        line
        for path in sorted(modules, key=lambda path: path.stem)
        for line in _module(path, f"patterns.{path.stem}", modules[path])
    )


def testing() -> str:
    """Return the fixtures of the kit's pytest plugin, then what its modules offer to tests."""
    modules = {name: TESTING / f"{name}.py" for name in ("driver", "checks", "sourcechecks")}
    return "\n".join(
        [
            *_fixtures(),
            *(
                line
                for name, path in modules.items()
                for line in _module(path, f"pyscript_kit.testing.{name}")
            ),
        ]
    )


def _fixtures() -> Iterator[str]:
    found: dict[str, list[str]] = {scope: [] for scope in _SCOPES.values()}
    for path in sorted(TESTING.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            scope = _scope(node)
            if isinstance(node, ast.FunctionDef) and _is_public(node) and scope:
                words = " ".join((ast.get_docstring(node) or "").split())
                found[scope].append(f"- `{node.name}`, `{_given(node)}`: {escaped(words)}")
    yield "## Fixtures"
    for scope, items in found.items():
        yield from ("", f"### {scope}", "", *items)
    yield ""


# By how a fixture is decorated, how long its value lasts.
_SCOPES = {
    "pytest.fixture": "For one test",
    "pytest.fixture(scope='session')": "For all tests of a run",
}


def _scope(node: ast.stmt) -> str:
    """Return how long a fixture's value lasts, in words; "" for what is no fixture."""
    decorators = map(ast.unparse, getattr(node, "decorator_list", ()))
    return next((_SCOPES[each] for each in decorators if each in _SCOPES), "")


def _given(node: ast.FunctionDef) -> str:
    """Return what a function returns or, where it is a generator, yields."""
    match node.returns:
        case ast.Subscript(value=ast.Name(id="Iterator"), slice=given) | (ast.expr() as given):
            return ast.unparse(given)
    raise UnreadableError(f"line {node.lineno}: {node.name} does not say what it returns")


def _module(path: Path, name: str, overlay: str = "") -> Iterator[str]:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    # Not cleaned: in some modules all but the first line is an example, which is indented.
    words = ast.get_docstring(tree, clean=False)
    if words is None:
        raise UnreadableError(f"{path.name} has no docstring")
    yield from (f"## `{name}`", "")
    if overlay:
        yield from (f"*In projects with `{overlay}`.*", "")
    yield from (prose(words), "")
    lines = source.splitlines()
    for node in tree.body:
        if not _is_public(node):
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _function(node, lines, "###")
        elif isinstance(node, ast.ClassDef):
            yield from _class(node, lines)


def _is_public(node: ast.stmt) -> bool:
    return not str(getattr(node, "name", "_")).startswith("_")


def _class(node: ast.ClassDef, lines: list[str]) -> Iterator[str]:
    fields = [each for each in node.body if isinstance(each, ast.AnnAssign)]
    shown = [*_header(node, lines), *(_source(each, lines) for each in fields if _is_shown(each))]
    yield from (f"### `{node.name}`", "", *_code(shown), "")
    yield from (prose(ast.get_docstring(node)), "")
    for each in node.body:
        if not isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if each.name == "__init__" and (each.args.args[1:] or each.args.kwonlyargs):
            yield from (*_code(_header(each, lines)), "", prose(ast.get_docstring(each)), "")
        elif _is_public(each):
            yield from _function(each, lines, "####", f"{node.name}.")


def _is_shown(field: ast.AnnAssign) -> bool:
    return isinstance(field.target, ast.Name) and not field.target.id.startswith("_")


def _function(
    node: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str], level: str, owner: str = ""
) -> Iterator[str]:
    yield from (f"{level} `{owner}{node.name}`", "", *_code(_header(node, lines)), "")
    yield from (prose(ast.get_docstring(node)), "")


def _header(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, lines: list[str]
) -> list[str]:
    """Return the lines of a definition down to its colon, decorators included."""
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    header = lines[first - 1 : max(node.lineno, node.body[0].lineno - 1)]
    return textwrap.dedent("\n".join(header)).rstrip().splitlines()


def _source(node: ast.AnnAssign, lines: list[str]) -> str:
    return "\n".join(lines[node.lineno - 1 : node.end_lineno])


def prose(docstring: str | None) -> str:
    """Return a docstring as Markdown: tags are text, and what is indented is an example."""
    parts = _INDENTED.split(f"{(docstring or '').strip()}\n")
    parts[::2] = map(escaped, parts[::2])
    parts[1::2] = ("\n".join(_code(_dedented(part))) for part in parts[1::2])
    return "\n".join(parts)


_INDENTED = re.compile(r"^((?: {4}.*\n|\n(?= {4}))+)", re.MULTILINE)


def _dedented(text: str) -> list[str]:
    return textwrap.dedent(text).strip().splitlines()


def escaped(text: str) -> str:
    return re.sub(r"(`+[^`]*`+)|<", lambda match: match[1] or "&lt;", text)


def _code(lines: list[str]) -> list[str]:
    return ["```python", *lines, "```"]
