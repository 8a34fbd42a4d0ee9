"""What the app uses of Pyodide."""

__version__: str
