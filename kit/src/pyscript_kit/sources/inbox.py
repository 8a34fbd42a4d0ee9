"""Takes what the sources bring: verifies each file while it arrives, puts the right ones into the
cache, and remembers what went wrong where."""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from pyscript_kit.errors import StoppedError, writing
from pyscript_kit.sources.cache import Cache
from pyscript_kit.sources.wanted import Wanted
from pyscript_kit.terminal import warn

# How the page begins that a network's portal, or a proxy, sends in place of a file.
_WEB_PAGE = re.compile(rb"\s*<(!doctype html|html)\b", re.IGNORECASE)
A_WEB_PAGE = "a web page instead of the file"


def is_web_page(beginning: bytes) -> bool:
    """Whether what came in place of a file begins like a page."""
    return _WEB_PAGE.match(beginning) is not None


class SourceError(Exception):
    """A source cannot bring something; the text says why, and the next source is tried."""


class Inbox:
    """What one run receives; usable from several threads.

    Args:
        workspace: a folder on the cache's file system, for files that are not verified yet.
        advance: is told the number of bytes that have arrived, or that turned out to be wrong.
        stop: once it is set, every source lets go.
    """

    def __init__(
        self,
        cache: Cache,
        workspace: Path,
        advance: Callable[[int], None],
        stop: threading.Event | None = None,
    ) -> None:
        self.workspace = workspace
        self.received: Counter[str] = Counter()
        self.stop = stop or threading.Event()
        self._cache = cache
        self._advance = advance
        self._arrived: set[Wanted] = set()
        self._troubles: dict[str, list[Wanted | None]] = {}
        self._guard = threading.Lock()

    def lacks(self, wanted: Wanted) -> bool:
        """Whether a file has not arrived yet."""
        with self._guard:
            return wanted not in self._arrived

    def accept(self, wanted: Wanted, chunks: Iterable[bytes], source: str) -> bool:
        """Take a file from a source; False, with a warning that names the source, if it is wrong.

        Raises:
            SourceError: when `chunks` does; what had arrived is forgotten.
            ToolError: when the file cannot be written.
        """
        temporary = self.workspace / secrets.token_hex(8)
        size = 0
        digest = hashlib.sha256()
        beginning = b""
        kept = False
        try:
            with writing(f"the cache {self._cache.folder}"), temporary.open("wb") as file:
                for chunk in chunks:
                    if self.stop.is_set():
                        raise StoppedError
                    file.write(chunk)
                    beginning = beginning or chunk
                    digest.update(chunk)
                    size += len(chunk)
                    self._advance(len(chunk))
                    if wanted.size is not None and size > wanted.size:
                        break
            problem = _difference(wanted, size, digest.hexdigest())
            if problem:
                if is_web_page(beginning):
                    problem = A_WEB_PAGE
                self.note(source, problem, wanted)
                warn(f"{source}: wrong bytes for {wanted.path}: {problem}")
                return False
            self._cache.adopt(wanted, temporary)
            kept = True
        finally:
            if not kept:
                temporary.unlink(missing_ok=True)
                self._advance(-size)
        with self._guard:
            self._arrived.add(wanted)
            self.received[source] += 1
        return True

    def note(self, source: str, problem: str, *wanted: Wanted) -> None:
        """Remember why a source did not bring some files, or, without any, why it brings none."""
        with self._guard:
            about = self._troubles.setdefault(f"{source}: {problem}", [])
            about.extend(wanted or (None,))

    def troubles(self, wanted: Wanted) -> list[str]:
        """What went wrong on the way to a file, in the order of the attempts."""
        with self._guard:
            return [
                text for text, about in self._troubles.items() if wanted in about or None in about
            ]


def _difference(wanted: Wanted, size: int, sha256: str) -> str:
    if wanted.size is not None and size > wanted.size:
        return f"more than {wanted.size} bytes"
    if wanted.size is not None and size < wanted.size:
        return f"{size} bytes instead of {wanted.size}"
    if sha256 != wanted.sha256:
        return f"sha256 {sha256[:12]}… instead of {wanted.sha256[:12]}…"
    return ""
