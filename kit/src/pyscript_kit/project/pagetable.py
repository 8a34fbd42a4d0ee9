"""Writes lines of the table of pages, `PAGES` in `app/pages/__init__.py`, and takes lines out. The
file is the author's: whatever its layout, nothing else in it changes."""

from __future__ import annotations

import ast
import io
import json
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass

from pyscript_kit.errors import ToolError
from pyscript_kit.project.parsing import tree_of

TABLE = "app/pages/__init__.py"
_WIDTH = 100
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the table: where it is in the file's text, and what it says."""

    start: int
    end: int
    said: str
    route: str | None


@dataclass(frozen=True, slots=True)
class _Table:
    """The table in a file: its brackets and entries, by their places in the text."""

    text: str
    opening: int
    closing: int
    entries: tuple[_Entry, ...]


def line_of(route: str, title: str, summary: str) -> str:
    """How a page is in the table."""
    return f"Page({', '.join(_quoted(text) for text in (route, title, summary))})"


def with_page(text: str, line: str) -> str:
    """The file with one more line at the end of the table.

    Raises:
        ToolError: when there is no table in it that could be written to.
    """
    table = _table(text, f"add {line} there yourself")
    new = _added(table, line)
    said = [each.said for each in table.entries]
    expected = [*said, ast.dump(ast.parse(line, mode="eval").body)]
    return _checked(new, expected, f"add {line} there yourself")


def without_page(text: str, route: str) -> str:
    """The file without the lines of a page.

    Raises:
        ToolError: when there is no table in it that could be written to.
    """
    way_out = f"remove the line of {route!r} there yourself"
    table = _table(text, way_out)
    kept = [each.said for each in table.entries if each.route != route]
    new = text
    for entry in reversed(table.entries):
        if entry.route == route:
            new = _removed(new, entry, table)
    return _checked(new, kept, way_out)


def said_of(text: str, route: str) -> str:
    """What the table says of a page, whatever its layout; empty where it has no such line.

    Raises:
        ToolError: when there is no table in it.
    """
    entries = _table(text, "write one like the template's").entries
    return "\n".join(each.said for each in entries if each.route == route)


def routes_in(text: str) -> list[str]:
    """The routes in the table, in its order.

    Raises:
        ToolError: when there is no table in it.
    """
    entries = _table(text, "write one like the template's").entries
    return [each.route for each in entries if each.route is not None]


def _table(text: str, way_out: str) -> _Table:
    problem = ToolError(f"{TABLE} has no table PAGES with its lines in brackets: {way_out}")
    try:
        tree = tree_of(text)
    except (SyntaxError, ValueError) as error:
        raise ToolError(f"{TABLE} is not valid Python ({error}): fix it there") from error
    value = next(filter(None, map(_pages_in, tree.body)), None)
    if not isinstance(value, ast.List | ast.Tuple):
        raise problem
    place = _Places(text)
    start, end = place.start(value), place.end(value)
    if text[start] not in "[(" or any(isinstance(each, ast.Starred) for each in value.elts):
        raise problem
    entries = (
        _Entry(place.start(each), place.end(each), ast.dump(each), _route(each))
        for each in value.elts
    )
    return _Table(text, start, end - 1, tuple(entries))


def _pages_in(node: ast.stmt) -> ast.expr | None:
    """What a statement makes of the name `PAGES`, if it does."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.AnnAssign):
        targets = [node.target]
    elif isinstance(node, ast.Assign):
        targets = node.targets
    else:
        return None
    named = any(isinstance(each, ast.Name) and each.id == "PAGES" for each in targets)
    return node.value if named else None


class _Places:
    """Where nodes are in a text: Python counts lines, and bytes in them."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    def start(self, node: ast.expr) -> int:
        return self._place(node.lineno, node.col_offset)

    def end(self, node: ast.expr) -> int:
        return self._place(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def _place(self, line: int, column: int) -> int:
        before = self._lines[line - 1].encode()[:column].decode()
        return self._starts[line - 1] + len(before)


def _route(entry: ast.expr) -> str | None:
    if not isinstance(entry, ast.Call):
        return None
    named = (each.value for each in entry.keywords if each.arg == "route")
    value = next(iter([*entry.args, *named]), None)
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return value.value
    return None


def _added(table: _Table, line: str) -> str:
    text, newline = table.text, _newline(table.text)
    last = table.entries[-1].end if table.entries else table.opening + 1
    own_lines = "\n" in text[last : table.closing]
    if table.entries and own_lines:
        first = text.rfind("\n", 0, table.entries[-1].start) + 1
        before = text[first : table.entries[-1].start]
        indent = before if not before.strip() else _INDENT
        comma = _comma(text, last, table.closing)
        after = text.index("\n", comma if comma else last) + 1
        # A comment behind the last line stays behind it.
        mark = "" if comma else ","
        wrapped = _wrapped(line, indent, newline)
        return f"{text[:last]}{mark}{text[last:after]}{wrapped}{text[after:]}"
    written = [text[each.start : each.end] for each in table.entries]
    begin = text.rfind("\n", 0, table.opening) + 1
    one_line = (
        f"{text[begin : table.opening + 1]}{', '.join([*written, line])}{text[table.closing]}"
    )
    if "\n" not in one_line and len(one_line) <= _WIDTH and not own_lines and table.entries:
        return f"{text[:begin]}{one_line}{text[table.closing + 1 :]}"
    lines = "".join(f"{_INDENT}{each},{newline}" for each in written)
    wrapped = _wrapped(line, _INDENT, newline)
    return f"{text[: table.opening + 1]}{newline}{lines}{wrapped}{text[table.closing :]}"


def _removed(text: str, entry: _Entry, table: _Table) -> str:
    comma = _comma(text, entry.end, len(text))
    if comma is not None and comma > table.closing:
        comma = None
    end = entry.end if comma is None else comma + 1
    begin = text.rfind("\n", 0, entry.start) + 1
    rest = text[end : text.find("\n", end)] if "\n" in text[end:] else text[end:]
    alone = not text[begin : entry.start].strip() and rest.strip()[:1] in ("", "#")
    if alone:
        return text[:begin] + text[text.index("\n", end) + 1 :]
    if comma is not None:
        return text[: entry.start] + text[end:].lstrip(" ")
    before = text.rindex(",", 0, entry.start)
    # A tuple of one needs the comma that stands between two.
    kept = 1 if text[table.opening] == "(" and len(table.entries) == 2 else 0
    return text[: before + kept] + text[end:]


def _comma(text: str, start: int, end: int) -> int | None:
    """The place of the next comma that is code, or None where something else comes first."""
    lines = text[start:end].splitlines(keepends=True)
    place = start
    for line in lines:
        code = line.partition("#")[0]
        if "," in code and not code.partition(",")[0].strip():
            return place + code.index(",")
        if code.strip():
            return None
        place += len(line)
    return None


def _wrapped(line: str, indent: str, newline: str) -> str:
    """A new line of the table, in several where it is too long, as formatters write it."""
    if len(indent) + len(line) < _WIDTH:
        return f"{indent}{line},{newline}"
    strings = (node for node in ast.walk(ast.parse(line)) if isinstance(node, ast.Constant))
    inner = "".join(f"{indent}{_INDENT}{_quoted(str(each.value))},{newline}" for each in strings)
    return f"{indent}Page({newline}{inner}{indent}),{newline}"


def _checked(new: str, expected: Sequence[str], way_out: str) -> str:
    """A new text, if it says what it should.

    Raises:
        ToolError: when it does not.
    """
    try:
        [*tokenize.generate_tokens(io.StringIO(new).readline)]
        said = [each.said for each in _table(new, way_out).entries]
    except (ToolError, tokenize.TokenError, SyntaxError):
        said = []
    if said != list(expected):
        raise ToolError(f"{TABLE} has a layout that this command cannot edit: {way_out}")
    return new


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
