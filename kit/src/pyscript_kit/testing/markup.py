"""Finds where source makes markup or code of anything but literals: text that a visitor types, a
server answers or a file holds must not reach the browser's parsers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

# Attributes that take markup, and functions that take markup or code.
_ATTRIBUTES = {"innerHTML", "outerHTML", "srcdoc"}
_FUNCTIONS = {
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
_DOCUMENT_ONLY = {"write", "writeln"}

_IN_JAVASCRIPT = re.compile(
    r"""\b(?:innerHTML|outerHTML|insertAdjacentHTML|srcdoc|setHTMLUnsafe|createContextualFragment|
        parseFromString)\b
      | \bdocument\s*\.\s*write(?:ln)?\b
      | (?<![.\w])eval\s*\(
      | \b(?:window|globalThis|self)\s*\.\s*eval\b
      | (?<![.\w])Function\s*\(
      | \bset(?:Timeout|Interval)\s*\(\s*["'`]""",
    re.VERBOSE,
)
_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", re.DOTALL)
_IN_ATTRIBUTES = re.compile(
    r"""<[^>]*\s(on[a-z]+\s*=|(?:href|src)\s*=\s*["']?\s*javascript:)""", re.IGNORECASE
)


def in_python(source: str) -> list[str]:
    """What in a module takes markup or code that is not a literal of that module."""
    tree = ast.parse(source)
    constants = _constants(tree)
    return [
        name
        for name, values in _taking(tree)
        if not all(_is_literal(value, constants) for value in values)
    ]


def in_javascript(source: str) -> list[str]:
    """What in a script takes markup or code, whatever it is."""
    return [match[0] for match in _IN_JAVASCRIPT.finditer(_COMMENT.sub("", source))]


def in_attributes(document: str) -> list[str]:
    """What in a document's attributes is a script."""
    return [match[1] for match in _IN_ATTRIBUTES.finditer(document)]


def _taking(tree: ast.AST) -> Iterator[tuple[str, list[ast.expr]]]:
    """Each use of something that takes markup or code, with what it is given."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and node.value:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Attribute) and target.attr in _ATTRIBUTES:
                    yield target.attr, [node.value]
        elif isinstance(node, ast.Call):
            yield from _called(node)


def _called(call: ast.Call) -> Iterator[tuple[str, list[ast.expr]]]:
    for keyword in call.keywords:
        if keyword.arg in _ATTRIBUTES:
            yield keyword.arg, [keyword.value]
    for index, value in enumerate(call.args):
        # setattr(element, "innerHTML", text), element.setAttribute("srcdoc", text)
        if isinstance(value, ast.Constant) and value.value in _ATTRIBUTES:
            yield str(value.value), call.args[index + 1 :]
    name = _name(call.func)
    of_document = isinstance(call.func, ast.Attribute) and _name(call.func.value) == "document"
    if name in _FUNCTIONS and (of_document or name not in _DOCUMENT_ONLY):
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
            # Loops, `with`, `:=`, `+=` and unpacking bind what is not a literal.
            literal = isinstance(values.get(id(node)), ast.Constant)
            bound[node.id] = bound.get(node.id, True) and literal
    return {name for name, always in bound.items() if always}
