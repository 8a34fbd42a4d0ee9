"""Calls a function of a module in a worker, by name and with the packages that it imports.

`patterns.live` does so where it is told ``worker=True``; `patterns.worker` has all that workers do.
"""

import functools
import inspect
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from patterns.packages import package_of, runtime_packages
from patterns.worker import WorkerError, named_worker, own_imports


def in_worker(function: Callable[..., object]) -> Callable[..., Awaitable[object]]:
    """Return what calls ``function`` in a worker, with arguments by name.

    A ValueError that it raises is one here, too. Raises TypeError where a worker could not import
    it: it is in a page, or is made in another function.
    """
    name, module = function.__name__, function.__module__
    if module.startswith("pages.") or getattr(sys.modules[module], name, None) is not function:
        raise TypeError(
            f"No worker can import {name}() from where it is: move it into a module that imports "
            f"nothing of the browser, such as app/workers/{name}.py, and write "
            f"`from workers.{name} import {name}` here."
        )
    worker = named_worker(f"live {module}", module, packages_of(module))
    parameters = list(inspect.signature(function).parameters.values())

    @functools.wraps(function)
    async def call(**values: Any) -> object:
        # The worker itself adds a `progress`, as the last.
        given = [values.get(each.name, each.default) for each in parameters]
        if parameters and parameters[-1].name == "progress":
            given.pop()
        try:
            return await worker.call(name, *given)
        except WorkerError as error:
            kind, _, reason = str(error).partition(": ")
            if kind == "ValueError":
                raise ValueError(reason) from error
            raise

    return call


def packages_of(module: str) -> set[str]:
    """Return the packages of the runtime that a module of the app imports, and its own imports."""
    known = runtime_packages()
    found: set[str] = set()
    waiting = [module]
    for name in waiting:
        path = Path(*name.split(".")).with_suffix(".py")
        if path.is_file():
            imported = own_imports(path.read_text(encoding="utf-8"), path)
            waiting += [each for each in imported if each not in waiting]
        elif package := package_of(name, known):
            found.add(package)
    return found
