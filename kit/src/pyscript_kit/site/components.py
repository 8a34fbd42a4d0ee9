"""What a built app brings to its visitors, part by part: packages, Python, Pyodide, PyScript and
what is linked into these, each with its licence and the texts of it that there are.

A wheel carries its own. The files that Pyodide and PyScript publish for browsers carry none, so
their texts are kept in `site/licenses/`, each with where it was taken from.
"""

from __future__ import annotations

import hashlib
import io
import re
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import Message
from pathlib import Path, PurePosixPath
from typing import Any, Literal
from urllib.parse import quote

from pyscript_kit.errors import ToolError
from pyscript_kit.lock.lockfile import LockedFile, LockedPackage, RuntimeLock, wanted_by
from pyscript_kit.project.settings import CONFIG, Project, canonical_name
from pyscript_kit.sources.archives import ZIP_ERRORS
from pyscript_kit.sources.wanted import Publisher, cdn_url

Kind = Literal["application", "file", "framework", "library", "platform"]

_KEPT = Path(__file__).parent / "licenses"
_RULE = "=" * 72
# What licence texts are called in wheels; code of that name is none.
_TEXT = re.compile(r"([\w-]*_)?(licen[cs]es?|copying|copyright|notice|authors)([._-].*)?", re.I)
_CODE = (".c", ".h", ".json", ".py", ".pyc", ".pyi", ".so")
# Classifiers that stand for one licence exactly. Others, such as "BSD License", stay names.
_EXACT = {
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
# What a project calls its home, best first.
_HOMES = ("source", "source code", "repository", "code", "homepage", "home", "documentation")
_LONGEST_NAME = 80  # of a licence; what is longer is a text


@dataclass(frozen=True)
class License:
    """What something says of its own licence: an SPDX expression, or else names in plain words."""

    expression: str = ""
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.expression or ", ".join(self.names) or "not declared"


@dataclass(frozen=True)
class Text:
    """A licence text, and where it was found."""

    origin: str
    content: str


@dataclass(frozen=True)
class Component:
    """Something that visitors get.

    Attributes:
        reference: what tells it from all others here; its package URL where it has one.
        home: the address of the project that makes it.
        source: the address that its file comes from, where a CDN has it.
        parts: what is inside it, as far as that is known.
        depends: references of what it needs.
    """

    kind: Kind
    name: str
    reference: str
    version: str = ""
    license: License = License()
    texts: tuple[Text, ...] = ()
    sha256: str = ""
    cpe: str = ""
    home: str = ""
    source: str = ""
    parts: tuple[Component, ...] = ()
    depends: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shipment:
    """An app and all that comes with it.

    Attributes:
        unknown: cores of the runtime whose release is another than those that `site/licenses/`
            was made from, so that there may be more in them.
        compiled: references of packages with native code, whose wheels need not name all that is
            linked into it.
        on_cdn: whether the browser has the runtime from the CDN, and nothing but the app from the
            site.
    """

    app: Component
    components: tuple[Component, ...]
    unknown: tuple[str, ...] = ()
    compiled: frozenset[str] = frozenset()
    on_cdn: bool = False


def shipped(
    project: Project, lock: RuntimeLock, runtime: Path, files: Mapping[str, bytes]
) -> Shipment:
    """All that a built app ships.

    Args:
        runtime: a folder with every file of the lock.
        files: what is served of the app as it is, by path in `app/`; wheels among it count.
    """
    cores, unknown = _cores(lock)
    wheels = {file.package: file for file in lock.files if file.package in lock.packages}
    references = {name: _reference(name, lock, file) for name, file in wheels.items()}
    sources = {wanted.path: cdn_url(wanted, lock.pin) or "" for wanted in wanted_by(lock)}
    packages = []
    for name, package in lock.packages.items():
        file = wheels[name]
        made = _package(name, package, file, (runtime / file.path).read_bytes())
        packages.append(
            replace(
                made,
                reference=references[name],
                source=sources[file.path],
                depends=tuple(references[other] for other in package.depends),
            )
        )
    own = [_own_wheel(path, content) for path, content in sorted(files.items()) if _is_wheel(path)]
    asked = [references[canonical_name(name)] for name in lock.requested]
    needed = [core.reference for core in cores] + asked + [each.reference for each in own]
    app = replace(_app(project), depends=tuple(needed))
    compiled = {references[name] for name, file in wheels.items() if _is_compiled(file.path)}
    return Shipment(app, (*cores, *packages, *own), tuple(unknown), frozenset(compiled))


# ------------------------------------------------------------------ the app


def _app(project: Project) -> Component:
    """The app itself, by its `pyproject.toml`; by `app/pyscript.toml` where it has none."""
    path = project.root / "pyproject.toml"
    metadata: dict[str, Any] = _toml(path).get("project", {}) if path.is_file() else {}
    name = metadata.get("name") or _toml(project.root / CONFIG).get("name") or project.root.name
    text = metadata.get("license")
    texts = [
        Text(place.name, _decoded(place.read_bytes()))
        for place in sorted(project.root.iterdir())
        if place.is_file() and _is_text(place.name)
    ]
    return Component(
        "application",
        str(name),
        "app",
        str(metadata.get("version") or ""),
        _expression(text) if isinstance(text, str) else License(),
        tuple(texts),
    )


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ToolError(f"{path.name} cannot be read ({error}): mend it") from error


# ------------------------------------------------------------------ packages


def _package(name: str, package: LockedPackage, file: LockedFile, content: bytes) -> Component:
    metadata, texts = read_wheel(content)
    return Component(
        "library",
        name,
        file.path,
        package.version,
        declared(metadata),
        tuple(texts),
        file.sha256,
        home=_home(metadata),
    )


def _own_wheel(path: str, content: bytes) -> Component:
    """A wheel among the app's own files, which no lock names."""
    metadata, texts = read_wheel(content)
    return Component(
        "library",
        metadata.get("Name") or PurePosixPath(path).name.split("-")[0],
        f"app/{path}",
        metadata.get("Version") or "",
        declared(metadata),
        tuple(texts),
        hashlib.sha256(content).hexdigest(),
        home=_home(metadata),
    )


def read_wheel(content: bytes) -> tuple[Message, list[Text]]:
    """The metadata of a wheel and the licence texts in it, its own first, each once.

    What is no wheel, such as an archive of a shared library, has neither.
    """
    metadata = Message()
    found: dict[str, Text] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
            for name in sorted(names, key=lambda name: (".dist-info/" not in name, name)):
                parts = PurePosixPath(name).parts
                if len(parts) == 2 and parts[0].endswith(".dist-info") and parts[1] == "METADATA":
                    metadata = message_from_bytes(archive.read(name))
                elif _is_text(name):
                    text = _decoded(archive.read(name))
                    found.setdefault(text, Text(name, text))
    except ZIP_ERRORS:
        return metadata, []
    return metadata, list(found.values())


def declared(metadata: Message) -> License:
    """What a wheel's metadata say of its licence, as an SPDX expression if they can be read so."""
    for key in ("License-Expression", "License"):
        if (found := _expression(_field(metadata, key))).expression:
            return found
    ends = [
        text.rpartition(" :: ")[2]
        for text in metadata.get_all("Classifier", [])
        if text.startswith("License :: ")
    ]
    names = [name for name in ends if name != "OSI Approved"]
    if len(names) == 1 and names[0] in _EXACT:
        return License(_EXACT[names[0]])
    if names:
        return License(names=tuple(names))
    name = _field(metadata, "License")
    is_name = name and "\n" not in name and len(name) <= _LONGEST_NAME
    return License(names=(name,)) if is_name else License()


def _expression(text: str) -> License:
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    try:
        return License(canonicalize_license_expression(text))
    except InvalidLicenseExpression:
        return License(names=(text,)) if text else License()


def _field(metadata: Message, key: str) -> str:
    text = str(metadata.get(key) or "").strip()
    return "" if text == "UNKNOWN" else text  # what old tools wrote where nothing was said


def _home(metadata: Message) -> str:
    """The address of the project, as its metadata give it."""
    found: dict[str, str] = {}
    for text in metadata.get_all("Project-URL", []):
        label, _, address = str(text).partition(",")
        found.setdefault(label.strip().lower(), address.strip())
    addresses = [found.get(label, "") for label in _HOMES]
    addresses.insert(0 if not addresses[0] else 1, _field(metadata, "Home-page"))
    return next((each for each in addresses if each.startswith(("https://", "http://"))), "")


def _reference(name: str, lock: RuntimeLock, file: LockedFile) -> str:
    """The package URL of a wheel. Its file is named, for Pyodide builds packages of its own."""
    version = quote(lock.packages[name].version, safe="")
    file_name = quote(PurePosixPath(file.path).name, safe="")
    if lock.packages[name].package_type == "shared_library":
        return f"pkg:generic/{name}@{version}?file_name={file_name}"
    return f"pkg:pypi/{name}@{version}?file_name={file_name}"


def _is_wheel(path: str) -> bool:
    return path.endswith(".whl")


def _is_compiled(path: str) -> bool:
    return not path.endswith("-none-any.whl")


def _is_text(name: str) -> bool:
    path = PurePosixPath(name)
    named = ".dist-info/licenses/" in name or _TEXT.fullmatch(path.name) is not None
    return named and path.suffix not in _CODE


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return "\n".join(line.rstrip() for line in text.replace("\f", "").splitlines()).strip("\n")


# ------------------------------------------------------------------ the cores of the runtime


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
        return _expression(self.fields.get("License", ""))

    @property
    def texts(self) -> tuple[Text, ...]:
        """None where none was found."""
        origin = self.fields.get("Origin")
        return (Text(origin, self.text),) if origin else ()

    def is_in(self, python: str) -> bool:
        """Whether a release with that version of Python has it."""
        since = self.fields.get("Since", "0")
        return _numbers(python) >= _numbers(since)


def _cores(lock: RuntimeLock) -> tuple[list[Component], list[str]]:
    """Pyodide, CPython and PyScript, and those of them that nobody has looked into."""
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
        parts=(*_files(lock, "pyodide"), *_parts(linked, "pkg:generic/")),
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
        parts=(*_files(lock, "pyscript"), *_parts(of_pyscript[1:], "pkg:npm/")),
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


def _files(lock: RuntimeLock, package: str) -> Iterator[Component]:
    """The files of a core, which have no package of their own to hash."""
    sources = {
        wanted.path: cdn_url(wanted, lock.pin) or ""
        for wanted in wanted_by(lock)
        if wanted.publisher in (Publisher.PYODIDE, Publisher.PYSCRIPT)
    }
    for file in lock.files:
        if file.package == package:
            source = sources.get(file.path, "")
            yield Component(
                "file", file.path, f"runtime/{file.path}", sha256=file.sha256, source=source
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
