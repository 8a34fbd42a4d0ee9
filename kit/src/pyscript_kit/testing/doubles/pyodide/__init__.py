"""Pyodide's package, as far as ``patterns`` use it."""
