"""Conversions that change nothing, and proxies that know whether they were freed."""

from collections.abc import Callable
from typing import Any


class Proxy:
    """A function as JavaScript holds it: of no use any more once it is destroyed."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.destroyed = False

    def __call__(self, *arguments: Any) -> Any:
        if self.destroyed:
            raise RuntimeError("This proxy was destroyed.")
        return self._function(*arguments)

    def destroy(self) -> None:
        self.destroyed = True


create_proxy = Proxy


def to_js(value: Any) -> Any:
    return value


def is_none(value: object) -> bool:
    return value is None
