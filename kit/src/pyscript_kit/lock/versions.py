"""Versions that are in other files of a project than `runtime.lock.json` and follow from its pin,
and how these files read for another lock."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pyscript_kit.errors import ToolError
from pyscript_kit.lock.lockfile import RuntimeLock, minor_python
from pyscript_kit.lock.pythons import Needs, in_pyproject, in_readme, needs_of, on_host
from pyscript_kit.project.pyproject import PYPROJECT
from pyscript_kit.project.settings import CDN_INTERPRETER, CONFIG, canonical_name

_README = "README.md"
_STATING_PYTHONS = {
    ".devcontainer/devcontainer.json": on_host,
    ".github/workflows/pages.yml": on_host,
    ".github/workflows/pyodide.yml": on_host,
    ".python-version": on_host,
    _README: in_readme,
    "netlify.toml": on_host,
    PYPROJECT: in_pyproject,
}
_ON_CDN = re.compile(
    re.escape(CDN_INTERPRETER).replace(re.escape("{version}"), r"[0-9][0-9A-Za-z.]*")
)
_GLUE = re.compile(r"(?<=\./runtime/pyodide/pyodide\.asm)\.m?js\b")
# A package that is held at one version: its name and all up to the version, then that.
_PINNED = r"""(([\w.-]+)(?:[ \t]*\[[^\]\n]*\])?[ \t]*===?[ \t]*)([^\s;,#"'*]+)"""
# What may follow: a marker, or the end of the text or the line.
_IN_TOML = re.compile(rf"""(?<=["']){_PINNED}(?=[ \t]*[;"'])""")
_OF_PIP = re.compile(rf"(?m)^{_PINNED}(?=[ \t]*(?:[;#]|$))")
_TYPES_PYTHON = re.compile(
    r"""(?m)^(\[tool\.mypy\]\s*\n(?:(?!\[).*\n)*?python_version\s*=\s*)(["'])[\d.]+\2"""
)
_IN_README = re.compile(r"(?<=\[Pyodide\]\(https://pyodide\.org\)\s)\S+ \(Python [\d.]+\)")
_ANSWER = re.compile(r'(?<="pyodide_version": )"[^"]*"')


def texts_for(lock: RuntimeLock, root: Path, former: RuntimeLock | None = None) -> dict[Path, str]:
    """How the files that carry versions read with a lock of another release, as far as a project
    has these files.

    What an author has reworded stays as it is.

    Args:
        root: folder of the project.
        former: the lock so far, if that can be read.

    Raises:
        ToolError: when a file cannot be read, or carries a version in an unknown form.
    """
    found = {
        root / name: with_lock(_read(root / name, name), lock)
        for name, with_lock in _readers().items()
        if (root / name).is_file()
    }
    needs = needs_of(lock, root, former, moved=True)
    return found | _with_pythons(found, root, needs)


def texts_for_tests(lock: RuntimeLock, root: Path) -> dict[Path, str]:
    """How the files read that say on which Pythons a project's tests can run, with another lock of
    the same release.

    Args:
        root: folder of the project.

    Raises:
        ToolError: when a file cannot be read.
    """
    return _with_pythons({}, root, needs_of(lock, root, None, moved=False))


def held_at(lock: RuntimeLock, text: str, *, toml: bool) -> str:
    """How `pyproject.toml`, or `requirements.txt`, reads with what it holds at one version at that
    of a lock."""
    pinned = _IN_TOML if toml else _OF_PIP
    return pinned.sub(lambda match: _at_the_locks_version(match, lock), text)


def carriers_of_versions(root: Path) -> list[Path]:
    """The files that `texts_for` is about, whether the project has them or not."""
    return [root / name for name in {**_readers(), **_STATING_PYTHONS}]


def _readers() -> dict[str, Callable[[str, RuntimeLock], str]]:
    return {
        ".cruft.json": _answers,
        _README: _readme,
        "app/index.html": _page,
        CONFIG: _config,
        PYPROJECT: _tooling,
        "requirements.txt": _requirements,
    }


def _with_pythons(texts: Mapping[Path, str], root: Path, needs: Needs) -> dict[Path, str]:
    """How the files read that state Pythons; `texts` are those that have changed already."""
    return {
        root / name: with_pythons(texts.get(root / name) or _read(root / name, name), needs)
        for name, with_pythons in _STATING_PYTHONS.items()
        if (root / name).is_file()
    }


def _answers(text: str, lock: RuntimeLock) -> str:
    """The answers that cruft renders the template with; it has locks for some versions only."""
    version = lock.pin.pyodide.version
    try:
        known = json.loads(text)["context"]["cookiecutter"]["_locked_pyodide_versions"]
        return _ANSWER.sub(json.dumps(version), text, count=1) if version in known else text
    except (ValueError, KeyError, TypeError):
        return text


def _readme(text: str, lock: RuntimeLock) -> str:
    return _IN_README.sub(f"{lock.pin.pyodide.version} (Python {minor_python(lock)})", text)


def _page(text: str, lock: RuntimeLock) -> str:
    glue = next(
        (f for f in lock.files if re.fullmatch(r"pyodide/pyodide\.asm\.m?js", f.path)), None
    )
    if glue is not None:
        text = _GLUE.sub(Path(glue.path).suffix, text)
    return _ON_CDN.sub(_interpreter(lock), text)


def _config(text: str, lock: RuntimeLock) -> str:
    return _ON_CDN.sub(_interpreter(lock), text)


def _requirements(text: str, lock: RuntimeLock) -> str:
    return held_at(lock, text, toml=False)


def _tooling(text: str, lock: RuntimeLock) -> str:
    text = held_at(lock, text, toml=True)
    text = _TYPES_PYTHON.sub(rf"\g<1>\g<2>{minor_python(lock)}\g<2>", text)
    _check_tooling(text, lock)
    return text


def _at_the_locks_version(match: re.Match[str], lock: RuntimeLock) -> str:
    package = lock.packages.get(canonical_name(match[2]))
    return f"{match[1]}{package.version}" if package else match[0]


def _check_tooling(text: str, lock: RuntimeLock) -> None:
    try:
        tooling: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ToolError(f"pyproject.toml is not valid TOML ({error}): fix it there") from error
    mypy = tooling.get("tool", {}).get("mypy", {})
    if mypy.get("python_version", minor_python(lock)) != minor_python(lock):
        raise ToolError(
            "pyproject.toml has python_version of mypy in a form that is not known here: "
            f'write python_version = "{minor_python(lock)}" below [tool.mypy]'
        )


def _interpreter(lock: RuntimeLock) -> str:
    return CDN_INTERPRETER.format(version=lock.pin.pyodide.version)


def _read(path: Path, name: str) -> str:
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise ToolError(f"{name} is not UTF-8 ({error}): save it as UTF-8") from error
    except OSError as error:
        raise ToolError(f"{name} cannot be read ({error.strerror}): make it readable") from error
