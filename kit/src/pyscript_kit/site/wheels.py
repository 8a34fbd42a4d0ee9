"""Wheels as components: each carries what it is, its licence and the texts of it."""

from __future__ import annotations

import hashlib
import io
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import PurePosixPath
from urllib.parse import quote

from pyscript_kit.lock.lockfile import LockedFile, LockedPackage, RuntimeLock
from pyscript_kit.site.components import Component
from pyscript_kit.site.license import Text, declared, field, is_license_text, readable_text
from pyscript_kit.sources.archives import ZIP_ERRORS

# What a project calls its home, best first.
_HOMES = ("source", "source code", "repository", "code", "homepage", "home", "documentation")


def package_of(name: str, package: LockedPackage, file: LockedFile, content: bytes) -> Component:
    """A package of the lock, by the content of its wheel."""
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


def own_wheel(path: str, content: bytes) -> Component:
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

    An archive of a shared library, for example, is not a wheel and has neither.
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
                elif is_license_text(name):
                    text = readable_text(archive.read(name))
                    found.setdefault(text, Text(name, text))
    except ZIP_ERRORS:
        return metadata, []
    return metadata, list(found.values())


def _home(metadata: Message) -> str:
    """The address of the project, as its metadata give it."""
    found: dict[str, str] = {}
    for text in metadata.get_all("Project-URL", []):
        label, _, address = str(text).partition(",")
        found.setdefault(label.strip().lower(), address.strip())
    addresses = [found.get(label, "") for label in _HOMES]
    addresses.insert(0 if not addresses[0] else 1, field(metadata, "Home-page"))
    return next((each for each in addresses if each.startswith(("https://", "http://"))), "")


def reference_of(name: str, lock: RuntimeLock, file: LockedFile) -> str:
    """The package URL of a wheel. Its file is named, for Pyodide builds packages of its own."""
    version = quote(lock.packages[name].version, safe="")
    file_name = quote(PurePosixPath(file.path).name, safe="")
    if lock.packages[name].package_type == "shared_library":
        return f"pkg:generic/{name}@{version}?file_name={file_name}"
    return f"pkg:pypi/{name}@{version}?file_name={file_name}"
