"""JavaScript's errors, callbacks, and what waits for promises, which nothing can on CPython."""

from collections.abc import Callable
from typing import Any


class JsException(Exception):  # noqa: N818 - its name there
    """A JavaScript error with the name that tells its kind."""

    def __init__(self, name: str, message: str = "") -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message


def create_once_callable(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


def can_run_sync() -> bool:
    return False


def run_sync(_awaitable: Any) -> Any:
    raise RuntimeError("Nothing can wait here.")
