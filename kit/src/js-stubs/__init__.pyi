"""JavaScript's global scope: what is there depends on the browser, so nothing narrower holds."""

from typing import Any

def __getattr__(name: str) -> Any: ...
