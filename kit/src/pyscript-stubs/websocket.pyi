"""Connections that both sides can write to."""

from collections.abc import Callable
from typing import Any

class WebSocketEvent:
    def __getattr__(self, name: str) -> Any: ...

class WebSocket:
    CONNECTING: int
    OPEN: int
    CLOSING: int
    CLOSED: int

    onclose: Callable[[WebSocketEvent], object]
    onerror: Callable[[WebSocketEvent], object]
    onmessage: Callable[[WebSocketEvent], object]
    onopen: Callable[[WebSocketEvent], object]

    def __init__(
        self, url: str, protocols: str | list[str] | None = ..., **handlers: object
    ) -> None: ...
    def __getattr__(self, name: str) -> Any: ...
    def send(self, data: str | bytes | bytearray | memoryview) -> None: ...
    def close(self, code: int | None = ..., reason: str | None = ...) -> None: ...
