"""Modules of an app that are named like one of Python, of PyScript or of a package. What imports
that name gets the app's, as with a script on any other system; or the other one, where Python has
that already."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from pyscript_kit.project.settings import Project
from pyscript_kit.project.walking import files_of_app, is_made_by_a_tool

# Those of a browser's Python that this program's own may be too old for.
_NEWER = ("annotationlib", "compression")
_OF_THE_PAGE = ("js", "polyscript", "pyodide", "pyodide_js", "pyscript")


def own_modules(project: Project) -> dict[str, str]:
    """The names that an app makes importable where Python runs, each with its file in `app/`.

    A folder counts where it is a package: without `__init__.py`, any other one goes before it.

    Raises:
        ToolError: when the app cannot be read.
    """
    found = dict(_placed(project))
    placed = set(found.values())
    for path in files_of_app(project.app, is_made_by_a_tool):
        if path != "main.py" and path not in placed and (name := _name_of(PurePosixPath(path))):
            found.setdefault(name, path)
    return dict(sorted(found.items()))


def clashes(project: Project, owners: Mapping[str, str]) -> list[str]:
    """A sentence for each module of an app that has the name of another one.

    Args:
        owners: packages of the app's runtime by the modules that they have.

    Raises:
        ToolError: when the app cannot be read.
    """
    return [
        f"app/{path} has the same name as {owner}: every import of {name}, also in packages and "
        f"in Python, gets one of the two, and the app may start later, without a snapshot: "
        f"rename it"
        for name, path in own_modules(project).items()
        if (owner := _owner(name, owners))
    ]


def _owner(name: str, owners: Mapping[str, str]) -> str:
    if name in sys.stdlib_module_names or name in _NEWER:
        return f"the module {name} of Python"
    if name in _OF_THE_PAGE:
        return f"the module {name} of every page"
    return f"a module of the package {owners[name]}" if name in owners else ""


def _placed(project: Project) -> Iterator[tuple[str, str]]:
    """The names that files get where PyScript puts them, and the files."""
    for source, target in zip(project.files, project.places, strict=False):
        file = PurePosixPath(source)
        place = PurePosixPath(target or file.name)
        name = _name_of(place / file.name if target.endswith("/") else place)
        if name:
            yield name, file.as_posix()


def _name_of(path: PurePosixPath) -> str:
    """What a file is imported as; empty where it is part of something else."""
    if path.suffix != ".py":
        return ""
    if len(path.parts) == 1:
        return path.stem
    return path.parts[0] if path.parts[1:] == ("__init__.py",) else ""
