"""What a visitor types, a server answers or a file holds must never become markup or code. Nothing
in the app hands such data to the browser's parsers: only what stands in the source as a literal."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = [path for path in sorted((ROOT / "app").rglob("*.py")) if "runtime" not in path.parts]
JAVASCRIPT = [
    path
    for folder in ("app", "tools")
    for path in sorted((ROOT / folder).rglob("*.*js"))
    if "runtime" not in path.parts
]

# Attributes that take markup, and functions that take markup or code.
ATTRIBUTES = {"innerHTML", "outerHTML", "srcdoc"}
FUNCTIONS = {
    "Function",
    "HTML",
    "createContextualFragment",
    "eval",
    "exec",
    "insertAdjacentHTML",
    "insert_markup",
    "parseFromString",
    "run_js",
    "setHTMLUnsafe",
    "write",
    "writeln",
}
# On anything but the document and the window these are something else.
DOCUMENT_ONLY = {"write", "writeln"}
# Where the one way to insert markup is defined: those who call it are held to the same.
DEFINED = {("app/patterns/dom.py", "insertAdjacentHTML")}

IN_JAVASCRIPT = re.compile(
    r"""\b(?:innerHTML|outerHTML|insertAdjacentHTML|srcdoc|setHTMLUnsafe|createContextualFragment|
        parseFromString)\b
      | \bdocument\s*\.\s*write(?:ln)?\b
      | (?<![.\w])eval\s*\(
      | \b(?:window|globalThis|self)\s*\.\s*eval\b
      | (?<![.\w])Function\s*\(
      | \bset(?:Timeout|Interval)\s*\(\s*["'`]""",
    re.VERBOSE,
)
COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", re.DOTALL)


def in_python(source: str) -> list[str]:
    """What in a module takes markup or code that is no literal of that module."""
    tree = ast.parse(source)
    constants = _constants(tree)
    return [
        name
        for name, values in _taking(tree)
        if not all(_is_literal(value, constants) for value in values)
    ]


def in_javascript(source: str) -> list[str]:
    """What in a script takes markup or code, whatever it is."""
    return [match[0] for match in IN_JAVASCRIPT.finditer(COMMENT.sub("", source))]


def _taking(tree: ast.AST) -> Iterator[tuple[str, list[ast.expr]]]:
    """Each use of something that takes markup or code, with what it is given."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and node.value:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Attribute) and target.attr in ATTRIBUTES:
                    yield target.attr, [node.value]
        elif isinstance(node, ast.Call):
            yield from _called(node)


def _called(call: ast.Call) -> Iterator[tuple[str, list[ast.expr]]]:
    for keyword in call.keywords:
        if keyword.arg in ATTRIBUTES:
            yield keyword.arg, [keyword.value]
    for index, value in enumerate(call.args):
        # setattr(element, "innerHTML", text), element.setAttribute("srcdoc", text)
        if isinstance(value, ast.Constant) and value.value in ATTRIBUTES:
            yield str(value.value), call.args[index + 1 :]
    name = _name(call.func)
    of_document = isinstance(call.func, ast.Attribute) and _name(call.func.value) == "document"
    if name in FUNCTIONS and (of_document or name not in DOCUMENT_ONLY):
        # The element before the markup is none, nor is the place in insertAdjacentHTML.
        yield name, call.args[-1:] + [keyword.value for keyword in call.keywords]
    if ast.unparse(call.func).endswith("Function.new"):
        yield "Function", call.args


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_literal(value: ast.expr, constants: set[str]) -> bool:
    if isinstance(value, ast.Name):
        return value.id in constants
    return isinstance(value, ast.Constant)


def _constants(tree: ast.AST) -> set[str]:
    """The names that nothing but literals is ever bound to, wherever in a module."""
    values: dict[int, ast.expr | None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            values |= {id(target): node.value for target in targets}
    bound: dict[str, bool] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            bound[node.arg] = False
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            # Loops, `with`, `:=`, `+=` and unpacking bind what is no literal.
            literal = isinstance(values.get(id(node)), ast.Constant)
            bound[node.id] = bound.get(node.id, True) and literal
    return {name for name, always in bound.items() if always}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", PYTHON, ids=relative)
def test_python_makes_no_markup_and_no_code_of_data(path: Path) -> None:
    found = {(relative(path), name) for name in in_python(path.read_text(encoding="utf-8"))}

    assert found <= DEFINED


@pytest.mark.parametrize("path", JAVASCRIPT, ids=relative)
def test_scripts_make_no_markup_and_no_code(path: Path) -> None:
    assert in_javascript(path.read_text(encoding="utf-8")) == []


def test_the_document_has_no_script_in_its_attributes() -> None:
    index = (ROOT / "app" / "index.html").read_text(encoding="utf-8")

    assert not re.search(r"""<[^>]*\s(on[a-z]+\s*=|(href|src)\s*=\s*["']?\s*javascript:)""", index)


@pytest.mark.parametrize(
    "source",
    [
        "element.innerHTML = text",
        "element.outerHTML += '<b>'+text",
        "setattr(element, 'innerHTML', text)",
        "element.setAttribute('srcdoc', text)",
        "update(frame, srcdoc=text)",
        "element.insertAdjacentHTML('beforeend', text)",
        "insert_markup(element, text)",
        "insert_markup(element, f'<b>{name}</b>')",
        "insert_markup(element, markup='<b>%s</b>' % name)",
        "document.write(text)",
        "js.document.writeln(text)",
        "eval(text)",
        "window.eval(text)",
        "exec(text, names)",
        "run_js(text)",
        "js.Function.new(text)",
        "display(HTML(text))",
        "range.createContextualFragment(text)",
        "TEXT = '<b>'\nTEXT = typed()\ninsert_markup(element, TEXT)",
        "TEXT = '<b>'\nTEXT += typed()\ninsert_markup(element, TEXT)",
        "TEXT = '<b>'\nfor TEXT in typed: insert_markup(element, TEXT)",
        "def show(text='<b>'): insert_markup(element, text)",
    ],
)
def test_data_that_becomes_markup_or_code_is_found_in_python(source: str) -> None:
    assert in_python(source)


@pytest.mark.parametrize(
    "source",
    [
        "update(element, text=name)",
        "file.write(text)",
        "TEXT = '<b>bold</b>'\ninsert_markup(element, TEXT)",
        "eval('1 + 1')",
    ],
)
def test_literals_and_what_only_looks_alike_may_be(source: str) -> None:
    assert not in_python(source)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("element.innerHTML = text;", 1),
        ("element.insertAdjacentHTML('beforeend', text);", 1),
        ("document.write(text);", 1),
        ("eval(text); globalThis.eval(text);", 2),
        ("new Function(text); setTimeout('text()', 1);", 2),
        ("// innerHTML\n/* eval(text) */ element.textContent = text;", 0),
        ("setTimeout(text, 1); stream.write(text); http://x/ element.append(text);", 0),
        ("fetch('https://example.org'); eval(text);", 1),
    ],
)
def test_markup_and_code_are_found_in_scripts(source: str, expected: int) -> None:
    assert len(in_javascript(source)) == expected
