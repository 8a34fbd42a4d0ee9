"""Compiles the app's modules with the Python that will run them: the pinned Pyodide, in a browser.
What was compiled once is kept in the user's cache."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from pyscript_kit.errors import ToolError
from pyscript_kit.lock.lockfile import RuntimeLock
from pyscript_kit.snapshot.engines import engine_errors, engines
from pyscript_kit.snapshot.workshop import Workshop, opened
from pyscript_kit.sources.cache import Cache
from pyscript_kit.terminal import warn

_PAGES = Path(__file__).parent / "compiler"
_PATIENCE = 120.0  # seconds without a word from the browser


def compile_modules(
    sources: Mapping[str, bytes], runtime: Path, lock: RuntimeLock, cache: Cache
) -> dict[str, bytes]:
    """Compile modules.

    Args:
        sources: by the path of the module from the folder that Python runs in.
        runtime: a folder with `pyodide/` in it.
        lock: the lock of that runtime.
        cache: where bytecode is kept and looked for.

    Returns:
        The content of each `.pyc` by its path; empty, after a warning, where no browser can be
        started.

    Raises:
        ToolError: when a module is not Python; it names file, line and reason.
    """
    places = {path: _place(path, content, lock, cache) for path, content in sources.items()}
    found = {path: kept for path, place in places.items() if (kept := _kept(place))}
    missing = {path: content for path, content in sources.items() if path not in found}
    if missing:
        made = _made(missing, runtime)
        for path, (name, code) in made.items():
            _keep(places[path], name, code, cache)
        found |= made
    return dict(found.values())


def _made(sources: Mapping[str, bytes], runtime: Path) -> dict[str, tuple[str, bytes]]:
    available = engines()
    if not available:
        warn(
            "no browser was found to compile the app with, so it starts from source, a little "
            "later: run `playwright install chromium`, then build again"
        )
        return {}
    texts = {path: _text(path, content) for path, content in sources.items()}
    workshop = Workshop(runtime, (_PAGES,), {"sources": texts})
    engine = available[0]
    reason = f"it did not respond for {_PATIENCE:.0f} s"
    try:
        with opened(workshop), engine.open(workshop.address + "compiler.html"):
            if said := workshop.wait(_PATIENCE):
                kind, text = said
                if kind == "result":
                    names: dict[str, str] = json.loads(text)
                    return {path: (name, workshop.blobs[path]) for path, name in names.items()}
                if kind == "refused":
                    raise ToolError(f"{text}: fix that line, then build again")
                reason = text.strip().splitlines()[-1]
    except (engine_errors(), OSError) as error:
        reason = str(error).strip().splitlines()[0]
    warn(f"the app was not compiled, and starts from source: {engine.name} reported {reason}")
    return {}


def _text(path: str, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ToolError(f"app/{path} is not UTF-8 ({error.reason}): save it as UTF-8") from error


def _place(path: str, content: bytes, lock: RuntimeLock, cache: Cache) -> Path:
    digest = hashlib.sha256(f"{lock.pin.pyodide.version}\n{path}\n".encode())
    for file in lock.files:
        if file.package == "pyodide":
            digest.update(f"{file.path} {file.sha256}\n".encode())
    digest.update(content)
    key = digest.hexdigest()
    return cache.folder / "bytecode" / key[:2] / key


def _kept(place: Path) -> tuple[str, bytes] | None:
    """The path and the content of a `.pyc` out of the cache, if it is there and whole."""
    try:
        head, _, code = place.read_bytes().partition(b"\n")
        name, digest = json.loads(head)
        return (name, code) if _digest(name, code) == digest else None
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return None


def _keep(place: Path, name: str, code: bytes, cache: Cache) -> None:
    head = json.dumps([name, _digest(name, code)]).encode()
    cache.keep(place, head + b"\n" + code)


def _digest(name: str, code: bytes) -> str:
    """Of the name as well: under another one it would be another module's."""
    return hashlib.sha256(name.encode() + b"\0" + code).hexdigest()
