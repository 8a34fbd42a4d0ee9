"""Pyodide's own package."""

__version__: str
