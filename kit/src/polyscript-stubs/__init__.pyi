"""Polyscript, which runs PyScript's scripts and workers."""

from typing import Any

# In a worker alone.
xworker: Any

def __getattr__(name: str) -> Any: ...
