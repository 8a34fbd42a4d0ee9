"""Pyodide's tools for source code."""

from collections.abc import Callable
from typing import Any, TypeVar

_Result = TypeVar("_Result")

class CodeRunner:
    def __init__(
        self,
        source: str,
        *,
        return_mode: str = ...,
        mode: str = ...,
        quiet_trailing_semicolon: bool = ...,
        filename: str = ...,
        flags: int = ...,
        dont_inherit: bool = ...,
        optimize: int = ...,
    ) -> None: ...
    def compile(self) -> CodeRunner: ...
    def run(
        self, globals: dict[str, Any] | None = ..., locals: dict[str, Any] | None = ...
    ) -> Any: ...
    async def run_async(
        self, globals: dict[str, Any] | None = ..., locals: dict[str, Any] | None = ...
    ) -> Any: ...

def eval_code(
    source: str,
    globals: dict[str, Any] | None = ...,
    locals: dict[str, Any] | None = ...,
    **options: object,
) -> Any: ...
async def eval_code_async(
    source: str,
    globals: dict[str, Any] | None = ...,
    locals: dict[str, Any] | None = ...,
    **options: object,
) -> Any: ...
def find_imports(source: str) -> list[str]: ...
def relaxed_call(func: Callable[..., _Result], *args: Any, **kwargs: Any) -> _Result: ...
def relaxed_wrap(func: Callable[..., _Result]) -> Callable[..., _Result]: ...
def run_js(code: str, /) -> Any: ...
def should_quiet(source: str, /) -> bool: ...
