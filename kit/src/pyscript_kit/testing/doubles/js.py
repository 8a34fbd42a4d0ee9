"""JavaScript's global scope."""

from pyscript import document, window

__all__ = ["document", "window"]
