"""Pyodide's interactive console."""

from asyncio import Future
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Literal

from pyodide.code import CodeRunner

class ConsoleFuture(Future[Any]):
    syntax_check: Literal["incomplete", "syntax-error", "complete"]
    formatted_error: str | None

class Console:
    buffer: list[str]
    globals: dict[str, Any]
    stdin_callback: Callable[[int], str] | None
    stdout_callback: Callable[[str], object] | None
    stderr_callback: Callable[[str], object] | None

    def __init__(
        self,
        globals: dict[str, Any] | None = ...,
        *,
        stdin_callback: Callable[[int], str] | None = ...,
        stdout_callback: Callable[[str], None] | None = ...,
        stderr_callback: Callable[[str], None] | None = ...,
        persistent_stream_redirection: bool = ...,
        filename: str = ...,
        dont_inherit: bool = ...,
        optimize: int = ...,
    ) -> None: ...
    def complete(self, source: str) -> tuple[list[str], int]: ...
    def formatsyntaxerror(self, e: Exception) -> str: ...
    def formattraceback(self, e: BaseException) -> str: ...
    def persistent_redirect_streams(self) -> None: ...
    def persistent_restore_streams(self) -> None: ...
    def push(self, line: str) -> ConsoleFuture: ...
    def redirect_streams(self) -> AbstractContextManager[None]: ...
    async def runcode(self, source: str, code: CodeRunner) -> Any: ...
    def runsource(self, source: str, filename: str = ...) -> ConsoleFuture: ...

class PyodideConsole(Console): ...

def repr_shorten(value: object, limit: int = ..., split: int | None = ...) -> str: ...
