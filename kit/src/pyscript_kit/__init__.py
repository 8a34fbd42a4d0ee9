"""The toolchain of apps in Python that run in the visitor's browser, on PyScript and Pyodide.

Its rooms are in the order in which things flow; each imports only from those before it: `project`,
`sources`, `lock`, `browser`, `snapshot`, `runtime`, `serving`, `site`, `testing`, `commands`.
"""

from importlib.metadata import version

__version__ = version("pyscript-kit")
