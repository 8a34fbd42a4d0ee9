"""Calls functions for events of the page, and of one's own."""

from collections.abc import Callable
from typing import Any, TypeVar

_Function = TypeVar("_Function", bound=Callable[..., object])

class Event:
    def trigger(self, result: object) -> None: ...
    def add_listener(self, listener: Callable[[Any], object]) -> None: ...
    def remove_listener(self, *listener: Callable[[Any], object]) -> None: ...

def when(
    event_type: str | Event | list[Event], selector: object = ..., **options: object
) -> Callable[[_Function], _Function]: ...
