"""Reads what a file says to people: Markdown without its code, docstrings, comments and messages.

It comes in passages: a paragraph, an item of a list, a cell of a table, a message. Code in a
passage becomes `CODE`, which counts as a word and is none that a rule knows.
"""

import ast
import inspect
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments.lexers import get_lexer_for_filename
from pygments.token import Comment, String

CODE = "`_`"


class Passage(NamedTuple):
    """A text, the number of the line of its file in which it begins, and whether it is for users:
    a document or a message rather than a docstring or a comment."""

    line: int
    text: str
    shown: bool = False


def passages(path: Path) -> list[Passage]:
    """Return what a file says, in its order; nothing for a file of a kind that has no reader.

    Raises:
        OSError: the file cannot be read.
        SyntaxError: the file has Python in it that cannot be parsed.
    """
    reader = READERS.get(path.suffix)
    if reader is None:
        return []
    found = reader(path.read_text(encoding="utf-8"), path.name)
    return sorted(each for each in found if re.search(r"[a-z]{2}", each.text))


# ---------------------------------------------------------------- Markdown

_MARKDOWN = MarkdownIt("commonmark").enable("table")
# Of the template's own files, which cookiecutter renders.
_JINJA = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_JINJA_VALUE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_FRONT_MATTER = re.compile(r"\A---\n.*?^---\n", re.DOTALL | re.MULTILINE)


def _markdown(text: str, _: str) -> Iterator[Passage]:
    text = _FRONT_MATTER.sub(_only_breaks, _JINJA.sub(_only_breaks, text))
    for token in _MARKDOWN.parse(_JINJA_VALUE.sub(CODE, text)):
        if token.type == "inline" and token.map:
            yield Passage(token.map[0] + 1, "".join(map(_inline, token.children or ())), True)


def _only_breaks(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def _inline(token: Token) -> str:
    match token.type:
        case "text" | "image":
            return token.content
        case "softbreak" | "hardbreak":
            return "\n"
        case "code_inline":
            return CODE
    return ""


# ---------------------------------------------------------------- Python


def _python(text: str, name: str) -> Iterator[Passage]:
    nodes = [*ast.walk(ast.parse(text, name))]
    docstrings: set[ast.AST] = set()
    for node in nodes:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            match node.body:
                case [ast.Expr(value=ast.Constant(value=str(words)) as first), *_]:
                    docstrings.add(first)
                    yield from docstring(words, first.lineno)
    yield from _messages(nodes, docstrings)
    yield from _comments(_python_comments(text))


# The title of a list in a docstring, each item of which has a name.
_TITLE = re.compile(r"(?:Args|Raises|Returns|Yields|Attributes|Source|Example)s?:$")
_ITEM = re.compile(r"[*\w., ]+: ")
_INLINE_CODE = re.compile(r"(`+)[^`]+\1")


def docstring(text: str, line: int) -> Iterator[Passage]:
    """Return the paragraphs of a docstring and the items of its lists, but not its examples."""
    listed = False
    block: list[str] = []
    begin = line
    # A first line has nothing before it; what `cleandoc` takes off the others is indentation.
    for number, row in enumerate([*inspect.cleandoc(text).split("\n"), ""], line):
        indented = row.startswith("    ")
        words = row.strip()
        starts = (listed and re.match(r" {4}\S", row) and _ITEM.match(words)) or re.match(
            r"(?:[-*]|\d\.) ", words
        )
        if block and (not words or starts or _TITLE.match(words)):
            yield Passage(begin, _without_code("\n".join(block)))
            block = []
        if not words:
            continue
        if _TITLE.match(words):
            listed = True
            continue
        if not indented:
            listed = False
        elif not listed and not block:
            continue
        if not block:
            begin = number
            if starts:
                words = _ITEM.sub("", words) if listed else words
        block.append(words)


def _without_code(text: str) -> str:
    return _INLINE_CODE.sub(lambda match: CODE + "\n" * match[0].count("\n"), text)


_WORDS = re.compile(r"[^\W\d_][\w'-]*")
# What is in code, in markup and in patterns, and in no sentence.
_NO_SENTENCE = re.compile(r"[{}<>=;\\|\n]|\w\(|^[a-z-]+: ")


_FIELD = re.compile(r"\{[\w!:.]*\}")


def is_sentence(text: str) -> bool:
    """Say whether a string of a program is for people: at least five words, and no sign of code."""
    return not _NO_SENTENCE.search(text) and len(_WORDS.findall(text)) > 4


def _messages(nodes: Iterable[ast.AST], passed_by: set[ast.AST]) -> Iterator[Passage]:
    for node in nodes:
        if not isinstance(node, ast.JoinedStr | ast.Constant) or node in passed_by:
            continue
        if isinstance(node, ast.JoinedStr):
            # Its parts come after it.
            passed_by.update(node.values)
        if " " in _written(node):
            text = _FIELD.sub(CODE, _written(node))
            if is_sentence(text):
                yield Passage(node.lineno, _without_code(text), True)


def _written(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_written, node.values))
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return CODE


def _python_comments(text: str) -> Iterator["_Row"]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            alone = not token.line[: token.start[1]].strip()
            words = token.string.lstrip("#! ").rstrip()
            yield _Row(token.start[0], words, alone, bool(_ENTRY.search(words)))


# ---------------------------------------------------------------- comments


class _Row(NamedTuple):
    """A line of a comment: whether it has its line to itself, and begins something of its own."""

    line: int
    text: str
    alone: bool
    begins: bool


# A line of a table, or an item of a list.
_ENTRY = re.compile(r"\S {2,}\S|^[-*] ")
_FOR_MACHINES = re.compile(r"noqa|type: |ruff: |mypy: |pragma|!/|-{4}|={4}|eslint")


def _comments(rows: Iterable[_Row]) -> Iterator[Passage]:
    """Join the lines of each comment, as far as they follow each other and alone on theirs."""
    block: list[_Row] = []
    for row in rows:
        follows = block and row.line == block[-1].line + 1 and row.alone and block[-1].alone
        if block and (row.begins or not follows):
            yield _joined(block)
            block = []
        if not _FOR_MACHINES.match(row.text):
            block.append(row)
    if block:
        yield _joined(block)


def _joined(block: Sequence[_Row]) -> Passage:
    return Passage(block[0].line, _without_code("\n".join(row.text for row in block)))


_SIGNS = re.compile(r"^\s*(?://+|/\*+|\*/|\*|#+:?)?\s?|\s*\*/\s*$")
_TAG = re.compile(r"@\w+ ?(?:\{.*?\} )?(?:\[?[\w.]+\]?(?: |$))?")


def _lexed(text: str, name: str) -> Iterator[Passage]:
    """Read the comments of a language that Pygments knows, and its strings that are sentences."""
    rows: list[_Row] = []
    line = 1
    before = ""
    for kind, value in get_lexer_for_filename(name, stripnl=False).get_tokens(text):
        if kind in Comment and kind not in Comment.Preproc:
            for number, row in enumerate(value.rstrip("\n").split("\n"), line):
                said = _SIGNS.sub("", row)
                # Each of JSDoc's tags stands for itself.
                words = _TAG.sub("", said).strip()
                if words:
                    begins = said.startswith("@") or bool(_ENTRY.search(words))
                    rows.append(_Row(number, words, not before.strip(), begins))
        elif kind in String and is_sentence(value.strip("\"'`")):
            yield Passage(line, _without_code(value.strip("\"'`")), True)
        line += value.count("\n")
        before = value.rpartition("\n")[2] if "\n" in value else before + value
    yield from _comments(rows)


# ---------------------------------------------------------------- prompts


def _prompts(text: str, name: str) -> Iterator[Passage]:
    if name == "cookiecutter.json":
        for line, row in enumerate(text.split("\n"), 1):
            said = re.match(r'\s+"[^"]+": "([^"{]+)",?$', row)
            if said and " " in said[1]:
                yield Passage(line, said[1], True)


READERS: dict[str, Callable[[str, str], Iterator[Passage]]] = {
    ".md": _markdown,
    ".py": _python,
    ".js": _lexed,
    ".mjs": _lexed,
    ".css": _lexed,
    ".toml": _lexed,
    ".yml": _lexed,
    ".json": _prompts,
}
