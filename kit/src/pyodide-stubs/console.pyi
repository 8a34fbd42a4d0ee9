"""Pyodide's interactive console."""

from collections.abc import Callable
from typing import Any

from pyodide.code import CodeRunner

class Console:
    stdout_callback: Callable[[str], object] | None
    stderr_callback: Callable[[str], object] | None

    def __init__(
        self,
        globals: dict[str, Any] | None = ...,
        *,
        stdin_callback: Callable[[int], str] | None = ...,
    ) -> None: ...
    async def runcode(self, source: str, code: CodeRunner) -> Any: ...
    def complete(self, source: str) -> tuple[list[str], int]: ...

def repr_shorten(value: object, limit: int = ...) -> str: ...
