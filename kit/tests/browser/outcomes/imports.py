# mypy: ignore-errors
# ruff: noqa: F401
"""Modules as they are found: their source, help and files, and those that are not there."""

import importlib
import importlib.metadata
import importlib.resources
import importlib.util
import inspect
import pkgutil
import pydoc
import sys

from outcomes import Cases, attempt, refusal

DOCUMENTED = "argparse.ArgumentParser collections.Counter functools.lru_cache json.dumps math.hypot"
DOCUMENTED += " pathlib.Path random.gauss statistics.fmean textwrap.dedent datetime.timedelta"


def cases() -> Cases:
    """Yield what imports give."""
    yield "a module that nobody has", lambda: refusal(lambda: importlib.import_module("unheard_of"))
    yield "a name that it lacks", lambda: refusal(_import_unknown_name)
    for name in DOCUMENTED.split():
        yield f"source of {name}", lambda name=name: attempt(lambda: _source(name))
        yield f"help for {name}", lambda name=name: pydoc.plain(pydoc.render_doc(name))
        yield f"signature of {name}", lambda name=name: attempt(lambda: _signature(name))
    yield "file of a module", lambda: sys.modules["textwrap"].__file__
    yield (
        "finding a module",
        lambda: [
            (spec.name, spec.origin)
            for spec in map(importlib.util.find_spec, ("smtplib", "unittest.mock", "_json", "sys"))
            if spec is not None
        ],
    )
    yield "no spec", lambda: importlib.util.find_spec("unheard_of")
    yield "modules found", lambda: sorted(module.name for module in pkgutil.iter_modules())
    yield (
        "modules in packages",
        lambda: sorted(
            module.name
            for name in ("asyncio", "email", "xml", "unittest", "pyodide")
            for module in pkgutil.walk_packages(importlib.import_module(name).__path__, f"{name}.")
            if not module.ispkg
        ),
    )
    yield (
        "resources",
        lambda: attempt(
            lambda: (
                {entry.name for entry in importlib.resources.files("email").iterdir()}
                - {"__pycache__"}
            )
        ),
    )
    yield (
        "text of a resource",
        lambda: len(importlib.resources.files("email").joinpath("errors.py").read_text()),
    )
    yield (
        "a resource that is not there",
        lambda: type(
            refusal(lambda: importlib.resources.files("email").joinpath("none.rst").read_text())
        ),
    )
    yield (
        "distributions",
        lambda: sorted(
            f"{distribution.name} {distribution.version}"
            for distribution in importlib.metadata.distributions()
        ),
    )
    yield (
        "a distribution that nobody has",
        lambda: refusal(lambda: importlib.metadata.version("unheard-of")),
    )
    yield "reload", lambda: importlib.reload(importlib.import_module("colorsys")).__name__
    yield "imported again", _imported_again


def _import_unknown_name() -> None:
    from textwrap import unheard_of


def _found(name: str) -> object:
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


def _source(name: str) -> object:
    found = _found(name)
    return inspect.getsource(found), inspect.getsourcelines(found)[1]


def _signature(name: str) -> str:
    return str(inspect.signature(_found(name)))


def _imported_again() -> object:
    first = importlib.import_module("colorsys")
    del sys.modules["colorsys"]
    second = importlib.import_module("colorsys")
    return first is second, first.__file__ == second.__file__, second.rgb_to_hsv(0.25, 0.5, 0.75)
