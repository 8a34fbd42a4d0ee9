"""Reads the modules of an app without running them: whether they are Python, where they are not,
and which of the app's other modules they import."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pyscript_kit.project.needed import files_of_import, imported_names, needed_names
from pyscript_kit.project.parsing import tree_of

# PyScript runs main.py like this, and other scripts that a page may name.
_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
# By a file's name Python would look for the line of an error in the current folder.
_NO_FILE = "<app>"
# The address of a module, such as one that a worker runs.
_MODULE = re.compile(r"(?:\./)?(?:[\w-]+/)*[\w-]+\.py")
_TOO_DEEP = "Too deeply nested for Python"


@dataclass(frozen=True)
class Problem:
    """What keeps the app from being loaded again, for the person who writes it.

    Attributes:
        title: what kind of problem it is.
        message: what is wrong.
        file: where, from the project's folder on; empty when it is about no one file.
        line: the number of the line, from 1.
        column: the column in it, from 1; None where it is not known.
        text: the line itself.
        stops: whether the app stays as it was; without, it is loaded again all the same.
    """

    title: str
    message: str
    file: str = ""
    line: int | None = None
    column: int | None = None
    text: str = ""
    stops: bool = True

    def __str__(self) -> str:
        places = [self.file, f"line {self.line}" if self.line else ""]
        places.append(f"column {self.column}" if self.column else "")
        where = ", ".join(filter(None, places))
        return f"{where}: {self.message}" if where else self.message


@dataclass(frozen=True)
class Module:
    """What a module's source says: the problem with it, or what it imports, by dotted names. Some
    of those may be names out of a module instead.

    Attributes:
        texts: those of its texts that could name a module, or its path, as a worker's is named.
        needed: those of its imports that it does not go on without.
    """

    problem: Problem | None
    imports: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    needed: frozenset[str] = frozenset()


def read_module(app: Path, path: str) -> Module:
    """Read a module of an app.

    Args:
        path: relative to `app`, with slashes.
    """
    name = f"app/{path}"
    try:
        source = (app / path).read_bytes()
    except OSError as error:
        return Module(Problem("Unreadable file", str(error.strerror), name))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # Some errors, such as a return outside a function, a tree alone does not show; and
            # a tree cannot be compiled where it is nearly as deep as Python can go.
            compile(source, _NO_FILE, "exec", _FLAGS, dont_inherit=True)
            tree = tree_of(source, _NO_FILE, _FLAGS)
    except SyntaxError as error:
        return Module(_syntax_problem(error, name, source))
    except ValueError as error:
        return Module(Problem("Syntax error", str(error), name))
    except (RecursionError, MemoryError):
        return Module(Problem(_TOO_DEEP, "Split its longest expression, or chain of elif.", name))
    return Module(
        None,
        frozenset(imported_names(tree, path)),
        frozenset(_dotted(tree)),
        frozenset(needed_names(tree, path)),
    )


def needed_at_start(modules: Mapping[str, Module]) -> list[str]:
    """The files that Python must have before `main.py` and the pages can be imported: what these
    import, and what that imports. Pages themselves are fetched when they are opened, modules of
    workers when a worker starts; what the latter import is needed, too, as a worker is sent what
    the page has.

    Args:
        modules: all modules of the app by their paths.
    """
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [path for path in modules if path == "main.py" or path.startswith("pages/")]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        module = modules[path]
        imported = {file for name in module.imports for file in files_of_import(name, modules)}
        named = [name for name in module.texts if f"{name.replace('.', '/')}.py" in modules]
        workers = {f"{name.replace('.', '/')}.py" for name in named}
        found |= (
            imported | {file for name in named for file in files_of_import(name, modules)} - workers
        )
        waiting += imported | workers
    return sorted(found)


def in_use(modules: Mapping[str, Module], begun: Iterable[str]) -> set[str]:
    """The modules of an app that something of it leads to: its script, its pages, and what these
    import or have a worker run. A module that nobody uses yet is not among them.

    Args:
        modules: all modules of the app by their paths.
        begun: paths of others that begin something, with or without `./`.
    """
    found: set[str] = set()
    starts = {path for path in modules if path == "main.py" or path.startswith("pages/")}
    waiting = [*starts, *(path.removeprefix("./") for path in begun)]
    while waiting:
        path = waiting.pop()
        if path in found or path not in modules:
            continue
        found.add(path)
        for name in modules[path].imports | modules[path].texts:
            waiting += files_of_import(name, modules)
        waiting += (text.removeprefix("./") for text in modules[path].texts)
    return found


def _syntax_problem(error: SyntaxError, name: str, source: bytes) -> Problem:
    line = error.lineno or None
    text = error.text or ""
    if line and not text:
        lines = source.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
        text = lines[line - 1] if line <= len(lines) else ""
    column = error.offset if error.offset and error.offset > 0 else None
    return Problem("Syntax error", error.msg, name, line, column, text.rstrip())


def _dotted(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        value = node.value if isinstance(node, ast.Constant) else None
        if not isinstance(value, str):
            continue
        if all(part.isidentifier() for part in value.split(".")) or _MODULE.fullmatch(value):
            yield value
