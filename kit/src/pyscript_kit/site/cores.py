"""Python, Pyodide, PyScript and what is linked into these, as components.

The files that they publish for browsers carry no licences, so the texts are kept in
`site/licenses/`, each with where it was taken from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pyscript_kit.lock.lockfile import RuntimeLock, wanted_by
from pyscript_kit.site.components import Component
from pyscript_kit.site.license import License, Text, license_of
from pyscript_kit.sources.wanted import Publisher, cdn_url

_KEPT = Path(__file__).parent / "licenses"
_RULE = "=" * 72


@dataclass(frozen=True)
class _Kept:
    """A section of a file in `site/licenses/`: its fields, and the text below them."""

    fields: Mapping[str, str]
    text: str

    @property
    def names(self) -> list[str]:
        return self.fields["Name"].split(", ")

    @property
    def license(self) -> License:
        return license_of(self.fields.get("License", ""))

    @property
    def texts(self) -> tuple[Text, ...]:
        """None where none was found."""
        origin = self.fields.get("Origin")
        return (Text(origin, self.text),) if origin else ()

    def is_in(self, python: str) -> bool:
        """Whether a release with that version of Python has it."""
        since = self.fields.get("Since", "0")
        return _numbers(python) >= _numbers(since)


def cores_of(lock: RuntimeLock, changes: Mapping[str, str]) -> tuple[list[Component], list[str]]:
    """Pyodide, CPython and PyScript, and those of them that nobody has looked into.

    Args:
        changes: what the app has changed in a file of theirs, by its path.
    """
    pyodide, python = lock.pin.pyodide.version, lock.pin.pyodide.python
    of_pyodide = [each for each in _kept("pyodide") if each.is_in(python)]
    of_pyscript = list(_kept("pyscript"))
    unknown = [
        f"{name} {version}"
        for name, version, kept in (
            ("pyodide", pyodide, of_pyodide),
            ("@pyscript/core", lock.pin.pyscript, of_pyscript),
        )
        if version not in kept[0].fields["Releases"].split(", ")
    ]
    cpython = next(each for each in of_pyodide if each.names == ["cpython"])
    of_cpython = [each for each in of_pyodide if each.fields.get("Within") == "cpython"]
    linked = [each for each in of_pyodide[1:] if each is not cpython and each not in of_cpython]
    version = quote(python, safe="")
    interpreter = Component(
        "platform",
        "cpython",
        f"pkg:generic/cpython@{version}",
        python,
        cpython.license,
        cpython.texts,
        cpe=f"cpe:2.3:a:python:python:{python}:*:*:*:*:*:*:*",
        home="https://github.com/python/cpython",
        parts=tuple(_parts(of_cpython, "pkg:generic/")),
    )
    first = Component(
        "platform",
        "pyodide",
        f"pkg:npm/pyodide@{quote(pyodide, safe='')}",
        pyodide,
        of_pyodide[0].license,
        of_pyodide[0].texts,
        home=f"https://github.com/pyodide/pyodide/tree/{quote(pyodide, safe='')}",
        parts=(*_files(lock, "pyodide", changes), *_parts(linked, "pkg:generic/")),
        depends=(interpreter.reference,),
    )
    last = Component(
        "framework",
        "@pyscript/core",
        f"pkg:npm/%40pyscript/core@{quote(lock.pin.pyscript, safe='')}",
        lock.pin.pyscript,
        of_pyscript[0].license,
        of_pyscript[0].texts,
        home="https://github.com/pyscript/pyscript",
        parts=(*_files(lock, "pyscript", changes), *_parts(of_pyscript[1:], "pkg:npm/")),
        depends=(first.reference,),
    )
    return [first, interpreter, last], unknown


def _parts(kept: list[_Kept], prefix: str) -> Iterator[Component]:
    """What is inside a core. Its releases do not say which version it is of."""
    for each in kept:
        for name in each.names:
            reference = prefix + quote(name, safe="/")
            home = each.fields.get("Home", "")
            yield Component("library", name, reference, "", each.license, each.texts, home=home)


def _files(lock: RuntimeLock, package: str, changes: Mapping[str, str]) -> Iterator[Component]:
    """The files of a core, which have no package of their own to hash."""
    sources = {
        wanted.path: cdn_url(wanted, lock.pin) or ""
        for wanted in wanted_by(lock)
        if wanted.publisher in (Publisher.PYODIDE, Publisher.PYSCRIPT)
    }
    for file in lock.files:
        if file.package == package:
            yield Component(
                "file",
                file.path,
                f"runtime/{file.path}",
                sha256=file.sha256,
                source=sources.get(file.path, ""),
                changes=changes.get(file.path, ""),
            )


def _kept(name: str) -> Iterator[_Kept]:
    """The sections of a file, the first of them that of the core itself."""
    text = (_KEPT / f"{name}.txt").read_text(encoding="utf-8")
    for section in text.split(f"{_RULE}\n")[1:]:
        head, _, body = section.partition("\n\n")
        fields = dict(line.split(":", 1) for line in head.splitlines())
        yield _Kept({key: value.strip() for key, value in fields.items()}, body.strip("\n"))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(each) for each in re.findall(r"\d+", version)[:2])
