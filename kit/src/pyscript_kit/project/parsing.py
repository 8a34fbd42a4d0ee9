"""Reads Python into syntax trees, one text at a time.

CPython 3.11 counts for all threads at once how deep a tree is, and raises SystemError where two of
them read at the same time; `pyscript dev` does.
"""

from __future__ import annotations

import ast
import threading

_one_at_a_time = threading.Lock()


def tree_of(source: str | bytes, file: str = "<app>", flags: int = 0) -> ast.Module:
    """The syntax tree of a text.

    Raises:
        SyntaxError, ValueError: when it is not Python.
        RecursionError, MemoryError: when it is nested too deeply.
    """
    with _one_at_a_time:
        tree: ast.Module = compile(
            source, file, "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True
        )
    return tree
