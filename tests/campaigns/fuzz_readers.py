"""Feeds what reads locks, archives and kept files with bytes that Atheris grows by coverage.

    python fuzz_readers.py READER [options of libFuzzer]

Run in a generated project, with its kit and Atheris. Any exception but a refusal is a crash.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import atheris

sys.path[:0] = [str(Path(find_spec("pyscript_kit").origin).parent / "testing" / "doubles"), "app"]
with atheris.instrument_imports(include=["pyscript_kit", "patterns", "tarfile", "zipfile"]):
    from patterns.route import parse_route

    from pyscript_kit.errors import ToolError
    from pyscript_kit.lock.distribution import read_distribution
    from pyscript_kit.lock.lockfile import RuntimeLock, lock_text
    from pyscript_kit.lock.reader import read_lock, read_pin
    from pyscript_kit.project.settings import LOCK_NAME
    from pyscript_kit.snapshot import bytecode
    from pyscript_kit.snapshot.manifest import files_of_manifest, read_manifest
    from pyscript_kit.sources.archives import tarball_files, wheel_files
    from pyscript_kit.sources.inbox import SourceError

FOLDER = Path(tempfile.mkdtemp())
LOCK = Path("runtime.lock.json").read_bytes()


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where each value stands in a document."""
    yield place
    if isinstance(value, dict | list):
        inside = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in inside:
            yield from places(item, (*place, key))


PLACES = list(places(json.loads(LOCK)))[1:]


def lock(content: bytes) -> None:
    """A lock of these bytes: refused, or the same when it is written and read again."""
    path = FOLDER / LOCK_NAME
    path.write_bytes(content)
    try:
        read_pin(path)
        found: RuntimeLock = read_lock(path)
    except ToolError as refusal:
        str(refusal).encode()
        return
    path.write_bytes(lock_text(found).encode())
    assert read_lock(path) == found
    assert not any(".." in file.path or "\\" in file.path for file in found.files)


def lock_value(content: bytes) -> None:
    """The project's lock with one value altered, to get past the form of JSON."""
    provider = atheris.FuzzedDataProvider(content)
    *parents, last = PLACES[provider.ConsumeIntInRange(0, len(PLACES) - 1)]
    document = json.loads(LOCK)
    holder = document
    for parent in parents:
        holder = holder[parent]
    text = provider.ConsumeUnicode(64)
    try:
        holder[last] = json.loads(text)
    except (ValueError, RecursionError):
        holder[last] = text
    lock(json.dumps(document).encode())


def distribution(content: bytes) -> None:
    """An official index of these bytes."""
    try:
        read_distribution(content, "1.2.3").closure([])
    except ToolError as refusal:
        str(refusal).encode()


def tarball(content: bytes) -> None:
    """A tarball of these bytes."""
    path = FOLDER / "package.tgz"
    path.write_bytes(content)
    with suppress(SourceError):
        list(tarball_files(path))


def wheel(content: bytes) -> None:
    """A wheel of these bytes."""
    path = FOLDER / "package.whl"
    path.write_bytes(content)
    with suppress(SourceError):
        wheel_files(path)


def kept(content: bytes) -> None:
    """A kept manifest and kept bytecode of these bytes."""
    path = FOLDER / "manifest.mjs"
    path.write_bytes(content)
    assert bytecode._kept(path) is None or b"\n" in content
    try:
        manifest = read_manifest(path)
        files = files_of_manifest(manifest or {})
    except (ValueError, KeyError, TypeError):
        return
    assert all("/" not in name and "\\" not in name for name, _, _ in files)


def route(content: bytes) -> None:
    """An address of these bytes."""
    found = parse_route(atheris.FuzzedDataProvider(content).ConsumeUnicode(len(content)))
    assert found is None or found == found.strip("/")


READERS: dict[str, Callable[[bytes], None]] = {
    reader.__name__: reader
    for reader in (lock, lock_value, distribution, tarball, wheel, kept, route)
}

if __name__ == "__main__":
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, READERS[name])
    atheris.Fuzz()
