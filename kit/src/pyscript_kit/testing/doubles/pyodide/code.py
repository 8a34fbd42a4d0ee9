"""Compiles code as Pyodide does: with top-level ``await``, and a value for the last expression."""

import ast
import inspect
from typing import Any

_RESULT = "__result__"


class CodeRunner:
    """Code that is ready to run, in any names."""

    def __init__(self, source: str, *, filename: str = "<exec>", flags: int = 0) -> None:
        self._filename = filename
        self._flags = flags
        self._tree = ast.parse(source, filename)

    def compile(self) -> "CodeRunner":
        match self._tree.body:
            case [*_, ast.Expr(value) as last]:
                assignment = ast.Assign([ast.Name(_RESULT, ast.Store())], value)
                self._tree.body[-1] = ast.copy_location(assignment, last)
        ast.fix_missing_locations(self._tree)
        self._code = compile(self._tree, self._filename, "exec", self._flags)
        return self

    async def run_async(self, names: dict[str, Any]) -> Any:
        coroutine = eval(self._code, names)  # noqa: S307 - the code is the test's own
        if inspect.iscoroutine(coroutine):
            await coroutine
        return names.pop(_RESULT, None)


def find_imports(source: str) -> list[str]:
    nodes = ast.walk(ast.parse(source))
    return [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
