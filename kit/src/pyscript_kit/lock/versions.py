"""Versions that stand in other files of a project than `runtime.lock.json` and follow from its pin,
and how these files read for another lock."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyscript_kit.errors import ToolError
from pyscript_kit.lock.lockfile import RuntimeLock, minor_python
from pyscript_kit.project.settings import CDN_INTERPRETER, CONFIG, canonical_name

_OLDEST_CPYTHON = 11
# The newest CPython 3 that a series has wheels for; of what is not listed, every one has some.
_NEWEST_CPYTHON = {
    ("matplotlib", "3.8"): 12,
    ("matplotlib", "3.9"): 13,
    ("numpy", "1.26"): 12,
    ("numpy", "2.0"): 12,
    ("numpy", "2.1"): 13,
    ("numpy", "2.2"): 13,
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
_REQUIRED_PYTHON = re.compile(
    rf"""(?m)^(requires-python\s*=\s*)(["'])>=3\.{_OLDEST_CPYTHON}(?:,<3\.\d+)?\2"""
)
_TYPES_PYTHON = re.compile(
    r"""(?m)^(\[tool\.mypy\]\s*\n(?:(?!\[).*\n)*?python_version\s*=\s*)(["'])[\d.]+\2"""
)
_IN_README = re.compile(r"(?<=\[Pyodide\]\(https://pyodide\.org\) )\S+ \(Python [\d.]+\)")
_REQUIRED_BY_README = re.compile(
    rf"(?<=With Python 3\.{_OLDEST_CPYTHON} )(?:or later|or 3\.\d+|to 3\.\d+)"
)
_ANSWER = re.compile(r'(?<="pyodide_version": )"[^"]*"')


def texts_for(lock: RuntimeLock, root: Path) -> dict[Path, str]:
    """How the files that carry versions read with a lock, as far as a project has these files.

    What an author has worded anew stays as it is.

    Args:
        root: folder of the project.

    Raises:
        ToolError: when a file cannot be read, or carries a version in an unknown form.
    """
    found = {}
    for name, with_lock in _readers().items():
        path = root / name
        if path.is_file():
            found[path] = with_lock(_read(path, name), lock)
    return found


def carriers_of_versions(root: Path) -> list[Path]:
    """The files that `texts_for` is about, whether the project has them or not."""
    return [root / name for name in _readers()]


def required_python(lock: RuntimeLock) -> str:
    """Which CPython the lock's packages can be installed on, as in `requires-python`."""
    newest = _newest_cpython(lock)
    return f">=3.{_OLDEST_CPYTHON}" + (f",<3.{newest + 1}" if newest else "")


def _readers() -> dict[str, Callable[[str, RuntimeLock], str]]:
    return {
        ".cruft.json": _answers,
        "README.md": _readme,
        "app/index.html": _page,
        CONFIG: _config,
        "pyproject.toml": _tooling,
        "requirements.txt": _requirements,
    }


def _newest_cpython(lock: RuntimeLock) -> int | None:
    # Only what the unit tests may need beside the browser counts.
    series = {
        (name, ".".join(package.version.split(".")[:2])) for name, package in lock.packages.items()
    }
    return min((_NEWEST_CPYTHON[each] for each in series & _NEWEST_CPYTHON.keys()), default=None)


def _answers(text: str, lock: RuntimeLock) -> str:
    """The answers that cruft renders the template with; it has locks for some versions only."""
    version = lock.pin.pyodide.version
    try:
        known = json.loads(text)["context"]["cookiecutter"]["_locked_pyodide_versions"]
        return _ANSWER.sub(json.dumps(version), text, count=1) if version in known else text
    except (ValueError, KeyError, TypeError):
        return text


def _readme(text: str, lock: RuntimeLock) -> str:
    text = _IN_README.sub(f"{lock.pin.pyodide.version} (Python {minor_python(lock)})", text)
    newest = _newest_cpython(lock)
    if newest is None:
        span = "or later"
    else:
        span = f"{'or' if newest == _OLDEST_CPYTHON + 1 else 'to'} 3.{newest}"
    return _REQUIRED_BY_README.sub(span, text)


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
    return _OF_PIP.sub(lambda match: _at_the_locks_version(match, lock), text)


def _tooling(text: str, lock: RuntimeLock) -> str:
    text = _IN_TOML.sub(lambda match: _at_the_locks_version(match, lock), text)
    text = _REQUIRED_PYTHON.sub(rf"\g<1>\g<2>{required_python(lock)}\g<2>", text)
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
        raise ToolError(f"pyproject.toml is not valid TOML ({error}): mend that place") from error
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
        raise ToolError(f"{name} is not UTF-8 ({error}): save it as that") from error
    except OSError as error:
        raise ToolError(f"{name} cannot be read ({error.strerror}): make it readable") from error
