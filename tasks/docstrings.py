"""Reads the public names of modules, with what they say of themselves, as Markdown.

Nothing is imported: patterns need a browser.
"""

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from baking import OPTIONS, TEMPLATE
from environment import REPOSITORY

PACKAGE = REPOSITORY / "kit" / "src" / "pyscript_kit"
TESTING = PACKAGE / "testing"
# The patterns that no project begins with.
KIT_ALONE = REPOSITORY / "kit" / "patterns" / "app"


class UnreadableError(Exception):
    """Code is not written in the way that the reference reads it; the text says what and where."""


# The pages of the patterns' reference, by what their modules are for.
PATTERNS = {
    "Elements, events and pages": ("dom", "events", "route", "style", "source", "report"),
    "Controls and results": ("live", "controls", "clock", "results", "numbers"),
    "Figures": ("canvas", "raster", "plot", "pyplot", "charts", "sketch"),
    "Data and files": ("fetch", "files", "storage", "table", "picture"),
    "Scripts and workers": ("worker", "output", "ask", "repl", "editor"),
    "Packages and JavaScript": ("packages", "install", "interop", "upstream"),
}
# Parts of other patterns, which no page needs to import.
INNER = ("beside", "chartspec", "fitting", "recorder", "repl_worker", "replay", "worker_host")
# The pages of the tests' reference, with their modules.
MODULES_FOR_TESTS = ("fixtures", "driver", "checks", "sourcechecks")


def patterns() -> str:
    """Return tables of the modules of app/patterns/, and an index of their pages."""
    known = pattern_modules()
    listed = [name for names in (*PATTERNS.values(), INNER) for name in names]
    if sorted(listed) != sorted(known):
        raise UnreadableError(
            f"{', '.join(sorted({*listed} ^ {*known}))}: each pattern has its place in PATTERNS or "
            "INNER of tasks/docstrings.py, once"
        )
    lines: list[str] = []
    for title, names in PATTERNS.items():
        rows = (_row(f"patterns/{name}.md", f"patterns.{name}", known[name]) for name in names)
        lines += [f"## {title}", "", *_TABLE, *rows, ""]
    rows = (f"| `patterns.{name}` | {_summary(known[name])} |" for name in INNER)
    lines += ["## Parts of these", "", *_TABLE, *rows, ""]
    listed = [name for names in PATTERNS.values() for name in names]
    return "\n".join([*lines, *_index(f"patterns/{name}" for name in listed)])


def testing() -> str:
    """Return a table of the modules that tests use, and an index of their pages."""
    rows = (_row(f"testing/{name}.md", name, TESTING / f"{name}.py") for name in MODULES_FOR_TESTS)
    table = (_TABLE[0].replace("module", "module of `pyscript_kit.testing`"), _TABLE[1])
    return "\n".join([*table, *rows, "", *_index(f"testing/{name}" for name in MODULES_FOR_TESTS)])


@cache
def pages() -> dict[str, str]:
    """Return the pages of the reference that are all made of code, by their paths in its folder."""
    known = pattern_modules()
    found = {
        f"patterns/{name}.md": _page(known[name], f"patterns.{name}")
        for names in PATTERNS.values()
        for name in names
    }
    for name in MODULES_FOR_TESTS:
        lines = _page(TESTING / f"{name}.py", f"pyscript_kit.testing.{name}")
        found[f"testing/{name}.md"] = lines
    return found


def pattern_modules() -> dict[str, Path]:
    """Return the modules of patterns by their names: of projects, whatever answer brings them, and
    of the kit alone."""
    projects = [TEMPLATE, *sorted((TEMPLATE / OPTIONS).iterdir())]
    return {
        path.stem: path
        for folder in (*(each / "app" / "patterns" for each in projects), KIT_ALONE)
        for path in folder.glob("*.py")
        if path.stem != "__init__"
    }


_TABLE = ("| module | what it does |", "| --- | --- |")


def _row(link: str, name: str, path: Path) -> str:
    return f"| [`{name}`]({link}) | {_summary(path)} |"


def _index(documents: Iterable[str]) -> Iterator[str]:
    yield from ("```{toctree}", ":hidden:", "", *documents, "```", "")


def _summary(path: Path) -> str:
    """Return the first sentence of a module's docstring."""
    words = " ".join(_docstring(path).strip().split("\n\n")[0].split())
    sentence = re.split(r"(?<=[.])\s(?=[A-Z])", words)[0]
    return escaped(f"{sentence.rstrip(':.')}.")


def _docstring(path: Path) -> str:
    # Not cleaned: in some modules all but the first line is an example, which is indented.
    words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")), clean=False)
    if words is None:
        raise UnreadableError(f"{path.name} has no docstring")
    return words


def _fixtures(path: Path) -> Iterator[str]:
    found: dict[str, list[str]] = {scope: [] for scope in _SCOPES.values()}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        scope = _scope(node)
        if isinstance(node, ast.FunctionDef) and _is_public(node) and scope:
            words = " ".join((ast.get_docstring(node) or "").split())
            found[scope].append(f"- `{node.name}`, `{_given(node)}`: {escaped(words)}")
    for scope, items in found.items():
        if items:
            yield from (f"## {scope}", "", *items, "")


# By how a fixture is decorated, how long its value lasts.
_SCOPES = {
    "pytest.fixture": "For one test",
    "pytest.fixture(scope='session')": "For all tests of a run",
}


def _scope(node: ast.stmt) -> str:
    """Return how long a fixture's value lasts, in words; "" for anything else."""
    decorators = map(ast.unparse, getattr(node, "decorator_list", ()))
    return next((_SCOPES[each] for each in decorators if each in _SCOPES), "")


def _given(node: ast.FunctionDef) -> str:
    """Return what a function returns or, where it is a generator, yields."""
    match node.returns:
        case ast.Subscript(value=ast.Name(id="Iterator"), slice=given) | (ast.expr() as given):
            return ast.unparse(given)
    raise UnreadableError(f"line {node.lineno}: {node.name} does not say what it returns")


def _how_to_get(path: Path) -> Iterator[str]:
    """Say how a project that began without a pattern gets it."""
    if OPTIONS in path.parts or path.parent == KIT_ALONE:
        yield from (f"`pyscript add pattern {path.stem}` brings it into a project.", "")


def _page(path: Path, name: str) -> str:
    """Return a module's page: its first words and its example, then the rest of its words, then its
    public names."""
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    tree = ast.parse(source)
    words = example_first(prose(_docstring(path)))
    shown = [f"# `{name}`", "", words, "", *_how_to_get(path)]
    if fixtures := [*_fixtures(path)]:
        return "\n".join([*shown, *fixtures])
    for node in tree.body:
        if not _is_public(node):
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            shown += _function(node, lines, "##")
        elif isinstance(node, ast.ClassDef):
            shown += _class(node, lines)
    return "\n".join(shown)


def example_first(text: str) -> str:
    """Return Markdown with its first example, and the words that lead to it, below what it begins
    with."""
    parts = [part.strip("\n") for part in _CODE.split(text) if part.strip()]
    example = next((place for place, part in enumerate(parts) if part.startswith("```")), None)
    if example is None:
        return text
    before = "\n\n".join(parts[:example]).split("\n\n")
    leads = 1 if len(before) > 1 and before[-1].endswith(":") else 0
    first, rest, lead = before[:1], before[1 : len(before) - leads], before[len(before) - leads :]
    return "\n\n".join([*first, *lead, parts[example], *rest, *parts[example + 1 :], ""])


def _is_public(node: ast.stmt) -> bool:
    return not str(getattr(node, "name", "_")).startswith("_")


def _class(node: ast.ClassDef, lines: list[str]) -> Iterator[str]:
    fields = [each for each in node.body if isinstance(each, ast.AnnAssign)]
    shown = [*_header(node, lines), *(_source(each, lines) for each in fields if _is_shown(each))]
    yield from (f"## `{node.name}`", "", *_code(shown), "")
    yield from (prose(ast.get_docstring(node)), "")
    for each in node.body:
        if not isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if each.name == "__init__" and (each.args.args[1:] or each.args.kwonlyargs):
            yield from (*_code(_header(each, lines)), "", prose(ast.get_docstring(each)), "")
        elif _is_public(each):
            yield from _function(each, lines, "###", f"{node.name}.")


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


_CODE = re.compile(r"^(```.*?^```)$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"^((?: {4}.*\n|\n(?= {4}))+)", re.MULTILINE)


def _dedented(text: str) -> list[str]:
    return textwrap.dedent(text).strip().splitlines()


def escaped(text: str) -> str:
    """Return text in which tags, and names such as __init__, are not markup."""
    return re.sub(r"(`+[^`]*`+)|<|__", lambda match: match[1] or _ESCAPED[match[0]], text)


_ESCAPED = {"<": "&lt;", "__": r"\_\_"}


def _code(lines: list[str]) -> list[str]:
    return ["```python", *lines, "```"]
