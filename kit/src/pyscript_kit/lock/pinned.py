"""Whether a project agrees with its `runtime.lock.json`, which all versions follow from. One that
does not is tested and checked for another Python, and other packages, than its visitors get."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from pyscript_kit.lock.lockfile import RuntimeLock, minor_python, wanted_by
from pyscript_kit.lock.pythons import (
    beyond,
    held_packages,
    is_pinned,
    required_python,
    requirements_of,
)
from pyscript_kit.project.asked import is_address
from pyscript_kit.project.pyproject import PYPROJECT, read_pyproject, table_in
from pyscript_kit.project.reading import read_bytes, read_text
from pyscript_kit.project.settings import (
    CDN_INTERPRETER,
    CONFIG,
    LOCK_NAME,
    Project,
    canonical_name,
)
from pyscript_kit.project.table import not_there
from pyscript_kit.sources.wanted import CDN, Publisher

_INDEX = "app/index.html"
# Where PyScript and Pyodide are in a project, and on the CDN at some version.
_PYSCRIPT = re.compile(r"""["']([^"']*)/core\.(?:js|css)["']""")
_PYODIDE = re.compile(rf"""["']({re.escape(CDN)}/pyodide/v[^/"']*)/[^"']*["']""")


def disagreements(project: Project, lock: RuntimeLock) -> list[str]:
    """What in a project does not agree with its lock, a sentence for each: what it is, and the way
    out. Empty when all does.

    Raises:
        ToolError: when a file of the project cannot be read.
    """
    return [
        *other_packages(project, lock),
        *other_wheels(project, lock),
        *other_interpreter(project, lock),
        *_missing_files(project),
        *_addresses_in_document(project, lock),
        *_required_versions(project.root, lock),
        *_python_of_tests(project.root, lock),
        *_python_of_types(project.root, lock),
    ]


def other_packages(project: Project, lock: RuntimeLock) -> Iterator[str]:
    """Says that the lock is not for the packages of the app."""
    asked = {_compared(each.text) for each in project.asked}
    locked = set(map(_compared, lock.requested))
    if asked != locked:
        differing = ", ".join(sorted(asked ^ locked))
        yield (
            f"{CONFIG} and {LOCK_NAME} ask for different packages ({differing}): "
            "run `pyscript lock`, then `pyscript vendor`"
        )


def _compared(text: str) -> str:
    """What is asked for, where spelling does not matter."""
    return text if text.endswith(".whl") else canonical_name(text)


def other_wheels(project: Project, lock: RuntimeLock) -> Iterator[str]:
    """Says which wheels in the project are not those of the lock."""
    for wanted in wanted_by(lock):
        if wanted.publisher is not Publisher.AUTHOR or is_address(wanted.origin):
            continue
        content = read_bytes(project.root / wanted.origin, wanted.origin)
        if hashlib.sha256(content).hexdigest() != wanted.sha256:
            yield (
                f"{wanted.origin} is not the file that {LOCK_NAME} has: run `pyscript lock`, "
                "or restore the file from version control"
            )


def other_interpreter(project: Project, lock: RuntimeLock) -> Iterator[str]:
    """Says that the app runs another release of Pyodide than the locked one."""
    pinned = CDN_INTERPRETER.format(version=lock.pin.pyodide.version)
    if project.mode == "cdn" and project.interpreter != pinned:
        yield (
            f"{CONFIG}: interpreter is {project.interpreter!r} and {LOCK_NAME} pins Pyodide "
            f"{lock.pin.pyodide.version}: write {pinned!r}"
        )


def _missing_files(project: Project) -> Iterator[str]:
    """Says which files PyScript would ask for in vain, and then start nothing."""
    for address in not_there(project.files, project.app):
        yield (
            f"{CONFIG} lists {address!r} under [files], and there is no such file in app/: "
            "remove that line, or restore the file"
        )


def _addresses_in_document(project: Project, lock: RuntimeLock) -> Iterator[str]:
    """Says that the document still names PyScript or Pyodide, and not those of the lock."""
    on_cdn = project.mode == "cdn"
    version = lock.pin.pyscript
    pyscript = f"{CDN}/npm/@pyscript/core@{version}/dist" if on_cdn else "./runtime/pyscript"
    pyodide = f"{CDN}/pyodide/v{lock.pin.pyodide.version}"
    document = read_text(project.root / _INDEX, _INDEX)
    for base in dict.fromkeys(_PYSCRIPT.findall(document)):
        if base != pyscript:
            yield _named(base, f"PyScript {version} from {pyscript}")
    for base in dict.fromkeys(_PYODIDE.findall(document)):
        if not on_cdn or base != pyodide:
            yield _named(base, f"Pyodide {lock.pin.pyodide.version} from {project.interpreter}")


def _named(base: str, right: str) -> str:
    return (
        f"{_INDEX} names {base}, but the app runs {right}: remove that tag, as boot.js loads both"
    )


def _required_versions(root: Path, lock: RuntimeLock) -> Iterator[str]:
    """Says what is installed on CPython, for the unit tests, at another version than the browser's.

    Only what is held at one version counts: who allows several wants to try them.
    """
    for file, requirement in requirements_of(root):
        package = lock.packages.get(canonical_name(requirement.name))
        if package is None or not is_pinned(requirement):
            continue
        if not requirement.specifier.contains(package.version, prereleases=True):
            yield (
                f"{file} has {requirement}, and {LOCK_NAME} has {requirement.name} "
                f"{package.version}: write {requirement.name}=={package.version}, then run "
                "`python -m pip install -r requirements.txt`, or `uv sync`"
            )


def _python_of_tests(root: Path, lock: RuntimeLock) -> Iterator[str]:
    """Says that the project names a Python which what it holds cannot be installed on."""
    required = required_python(root)
    for name, package in held_packages(root, lock).items():
        pythons = beyond(package, required) if required else None
        if pythons is not None:
            yield (
                f"{PYPROJECT} has requires-python {required!r}, and {name} {package.version}, "
                f"which the project holds for its tests, can be installed on Python "
                f"{pythons.words}: run `pyscript lock`, or write "
                f'requires-python = "{pythons.specifier}" and install it all there'
            )


def _python_of_types(root: Path, lock: RuntimeLock) -> Iterator[str]:
    """Says that types are checked for another Python than the browser's."""
    python = minor_python(lock)
    found = table_in(read_pyproject(root), "tool", "mypy").get("python_version", python)
    if found != python:
        yield (
            f"{PYPROJECT} has mypy check for Python {found}, and the browser's is {python}: "
            f'write python_version = "{python}" below [tool.mypy]'
        )
