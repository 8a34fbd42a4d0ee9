"""Pyodide's JavaScript API, as Python sees it."""

from typing import Any

def __getattr__(name: str) -> Any: ...
