"""Pyodide's console, as far as it can be without a browser."""

import contextlib
import io
import rlcompleter
from collections.abc import Callable
from typing import Any

from pyodide.code import CodeRunner


class Console:
    """Runs code in names of its own, and hands on what is printed."""

    def __init__(
        self,
        names: dict[str, Any],
        *,
        stdin_callback: Callable[[int], str] | None = None,
    ) -> None:
        self._names = names
        self._completer = rlcompleter.Completer(names)
        self.stdout_callback: Callable[[str], object] = print
        self.stderr_callback: Callable[[str], object] = print

    async def runcode(self, source: str, code: CodeRunner) -> Any:
        with (
            contextlib.redirect_stdout(_Stream(self.stdout_callback)),
            contextlib.redirect_stderr(_Stream(self.stderr_callback)),
        ):
            return await code.run_async(self._names)

    def complete(self, source: str) -> tuple[list[str], int]:
        start = max(map(source.rfind, " ()[]{}=,")) + 1
        word = source[start:]
        matches = self._completer.attr_matches if "." in word else self._completer.global_matches
        return matches(word), start


class _Stream(io.TextIOBase):
    def __init__(self, write: Callable[[str], object]) -> None:
        self._hand_on = write

    def write(self, text: str) -> int:
        self._hand_on(text)
        return len(text)


def repr_shorten(value: object, limit: int = 1000) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit // 2]}...{text[-limit // 2 :]}"
