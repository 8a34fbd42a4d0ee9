"""What a browser is told to make snapshots of: which packages, what is imported and used of them
beforehand, and what has to come out of it."""

from __future__ import annotations

from typing import Any

from pyscript_kit.lock.lockfile import RuntimeLock
from pyscript_kit.snapshot.needs import Needs

# What PyScript, the loader and the patterns import before the first page. Most of it Pyodide has
# imported by then, but not every release all of it.
_STANDARD_IMPORTS = (
    *("ast", "asyncio", "base64", "collections.abc", "dataclasses", "functools", "html"),
    *("importlib.metadata", "importlib.util", "inspect", "io", "json", "keyword", "locale"),
    *("pathlib", "platform", "random", "re", "tokenize", "traceback", "types", "typing"),
    *("unicodedata", "urllib.parse"),
)
# What apps commonly import besides: one fetch brings it, once the page stands.
_COMMON_IMPORTS = (
    *("ast", "asyncio", "base64", "bisect", "calendar", "codeop", "collections.abc"),
    *("concurrent.futures", "contextlib", "copy", "csv", "dataclasses", "datetime", "decimal"),
    *("email.message", "email.parser", "enum", "fractions", "functools", "gzip", "hashlib"),
    *("heapq", "html.parser", "http", "importlib.metadata", "importlib.resources", "inspect"),
    *("io", "itertools", "json", "keyword", "linecache", "locale", "logging", "math"),
    *("mimetypes", "numbers", "operator", "pathlib", "pickle", "pkgutil", "platform", "pprint"),
    *("queue", "random", "re", "secrets", "shutil", "signal", "socket", "statistics", "string"),
    *("struct", "subprocess", "sysconfig", "tempfile", "textwrap", "threading", "timeit"),
    *("tokenize", "traceback", "types", "typing", "unicodedata", "urllib.request", "uuid"),
    *("warnings", "weakref", "xml.etree.ElementTree", "zipfile", "zlib", "zoneinfo"),
    *("pyodide.code", "pyodide.console", "pyodide.ffi.wrappers", "pyodide.http"),
)
# What pages with packages commonly import besides, such as tables of results.
_BESIDE_PACKAGES = ("csv", "statistics")
# What some wheels bring along beside their package, and no app imports.
_COMPANIONS = {
    *("benchmark", "benchmarks", "conftest", "doc", "docs", "example", "examples", "script"),
    *("scripts", "setup", "test", "tests", "testing"),
}
# A first use of a package beyond its import, after which its caches are warm.
_FIRST_USE = {
    "matplotlib": """
import io
import matplotlib.backends.backend_svg
import matplotlib.pyplot
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
figure = Figure(figsize=(4, 3), layout="constrained")
canvas = FigureCanvasAgg(figure)
axes = figure.add_subplot()
axes.plot([0, 1, 2], [1, 3, 2], label="a")
axes.set(title="Title", xlabel="x in m", ylabel="y")
axes.grid(True)
axes.legend()
canvas.draw()
figure.savefig(io.BytesIO(), format="png")
figure.savefig(io.StringIO(), format="svg", metadata={"Date": None})
""",
}
# What a snapshot and a plain boot have to agree on before a snapshot is let out.
_CHECK = """
import hashlib, importlib, io, math
found = {}
for name in NAMES:
    try:
        found[name] = getattr(importlib.import_module(name), "__version__", "")
    except BaseException as error:
        found[name] = type(error).__name__
tops = {name.partition(".")[0] for name in NAMES}
if "numpy" in tops:
    import numpy as np
    found["solve"] = np.linalg.solve(np.eye(4) + np.ones((4, 4)), np.arange(4.0)).tobytes().hex()
if "matplotlib" in tops:
    from matplotlib.figure import Figure
    figure = Figure(figsize=(5, 4))
    figure.add_subplot(title="$x^2$").plot([math.sin(x) for x in range(30)])
    image = io.BytesIO()
    figure.savefig(image, format="png")
    found["figure"] = hashlib.sha256(image.getvalue()).hexdigest()
outcome = repr(found)
"""


def job_for(lock: RuntimeLock, needs: Needs) -> dict[str, Any]:
    """The job for a lock and what the app needs of it, as the maker's page reads it."""
    return {
        "standard_imports": _STANDARD_IMPORTS,
        "common_imports": _COMMON_IMPORTS,
        "beside_packages": _BESIDE_PACKAGES,
        "packages": [
            {
                "name": name,
                "modules": _modules(lock, needs, name),
                "use": _FIRST_USE.get(name, ""),
            }
            for name in in_order(lock)
        ],
        "check": _CHECK,
    }


def compared(job: dict[str, Any], left_out: list[dict[str, str]]) -> list[str]:
    """The modules that a snapshot and a plain boot are compared in: all but those left out."""
    out = {(each["package"], each.get("module")) for each in left_out}
    return [
        module
        for package in job["packages"]
        for module in package["modules"]
        if not {(package["name"], None), (package["name"], module)} & out
    ]


def in_order(lock: RuntimeLock) -> list[str]:
    """The packages of a lock, each after those that it depends on."""
    found: dict[str, None] = {}

    def add(name: str, above: tuple[str, ...] = ()) -> None:
        if name in found or name in above:
            return
        for other in lock.packages[name].depends:
            add(other, (*above, name))
        found[name] = None

    for name in sorted(lock.packages):
        add(name)
    return list(found)


def _modules(lock: RuntimeLock, needs: Needs, name: str) -> list[str]:
    """Of a package what the app imports, or all of it; nothing of one that nobody asks for."""
    if imported := needs.modules.get(name):
        return imported
    if name not in _requested(lock):
        return []
    modules = [module for module in lock.packages[name].imports if module not in needs.own]
    return [module for module in modules if module not in _COMPANIONS] or modules


def _requested(lock: RuntimeLock) -> list[str]:
    """The packages that are asked for, whatever spelling they are asked for in."""
    return [*lock.roots]
