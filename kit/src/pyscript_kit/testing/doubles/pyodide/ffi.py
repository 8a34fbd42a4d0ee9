"""JavaScript's errors, and callbacks."""

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
