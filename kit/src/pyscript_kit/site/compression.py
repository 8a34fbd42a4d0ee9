"""Compressed copies beside the files of a site, for hosts that send them as they are there. Each is
made once for its content, and kept in the user's cache."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pyscript_kit.serving.mediatypes import media_type
from pyscript_kit.site.addresses import address_of
from pyscript_kit.sources.cache import Cache

# Pictures and archives that are compressed already.
_PICTURES = frozenset((".avif", ".gif", ".heic", ".jpg", ".jpeg", ".jxl", ".png", ".webp"))
_ARCHIVES = frozenset(
    (".7z", ".br", ".bz2", ".gz", ".tgz", ".whl", ".woff", ".woff2", ".xz", ".zip", ".zst")
)
# Sound and video as well, and players ask for parts of them, which a compressed copy has not.
_MEDIA = ("audio/", "video/")
# Below this, a file goes in one packet anyway.
_SMALLEST = 256  # bytes
# A copy counts when it saves that much.
_WORTH = 0.95
# The best of brotli makes snapshots an eighth smaller than 9 does, at five seconds a megabyte:
# of large files, it is for those alone that first visits wait for.
_LARGE = 1 << 20
_BEST, _GOOD, _QUICK = 11, 9, 5
_WINDOW = 24


@dataclass(frozen=True)
class Size:
    """Bytes of a file as it is, and as the smallest of its copies."""

    plain: int
    sent: int


def compress_site(
    folder: Path, cache: Cache, awaited: Set[str] = frozenset(), *, quick: bool = False
) -> dict[str, Size]:
    """Write `.br` and `.gz` beside every file of a folder that gets smaller by it.

    A `.gz` that is there already stays: the loader knows its hash.

    Args:
        folder: the site.
        cache: where copies are kept for the next build.
        awaited: addresses of what first visits wait for, such as "./index.html"; their copies are
            the smallest that brotli makes, however large they are.
        quick: whether to spend less time, and more bytes, on all.

    Returns:
        Sizes by address relative to the folder, such as "./index.html".
    """
    paths = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in (".br", ".gz")
    ]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        addresses = [address_of(path.relative_to(folder).as_posix()) for path in paths]
        qualities = [
            _quality(path, is_awaited=address in awaited, quick=quick)
            for path, address in zip(paths, addresses, strict=True)
        ]
        # The longest first, so that no core is left with one of them at the end.
        order = sorted(range(len(paths)), key=lambda place: -paths[place].stat().st_size)
        tasks = {
            place: pool.submit(_compress, paths[place], qualities[place], cache) for place in order
        }
        return {address: tasks[place].result() for place, address in enumerate(addresses)}


def _quality(path: Path, *, is_awaited: bool, quick: bool) -> int:
    if quick:
        return _QUICK
    return _BEST if is_awaited or path.stat().st_size <= _LARGE else _GOOD


def _compress(path: Path, quality: int, cache: Cache) -> Size:
    content = path.read_bytes()
    sent = len(content)
    hidden = path.name.startswith("_")  # rules for the host, which it does not send
    if _is_compressed(path.name) or len(content) < _SMALLEST or hidden:
        return Size(len(content), sent)
    for ending in ("br", "gz"):
        place = path.with_name(f"{path.name}.{ending}")
        if place.exists():
            sent = min(sent, place.stat().st_size)
            continue
        copy = _copy(content, ending, quality, cache)
        if len(copy) < _WORTH * len(content):
            place.write_bytes(copy)
            sent = min(sent, len(copy))
    return Size(len(content), sent)


def _is_compressed(name: str) -> bool:
    ending = PurePosixPath(name).suffix.lower()
    return ending in _PICTURES | _ARCHIVES or media_type(name).startswith(_MEDIA)


def _copy(content: bytes, ending: str, quality: int, cache: Cache) -> bytes:
    key = hashlib.sha256(content).hexdigest()
    kept = cache.folder / "compressed" / key[:2] / f"{key}-{quality}.{ending}"
    try:
        copy = kept.read_bytes()
        if copy and _expanded_hash(copy, ending) == key:
            return copy
    except OSError:
        pass
    copy = _brotli(content, quality) if ending == "br" else gzip.compress(content, 9, mtime=0)
    cache.keep(kept, copy)
    return copy


def _brotli(content: bytes, quality: int) -> bytes:
    import brotli

    copy: bytes = brotli.compress(content, quality=quality, lgwin=_WINDOW)
    return copy


def _expanded_hash(copy: bytes, ending: str) -> str:
    """The hash of what a copy from the cache expands to; empty when it does not."""
    import brotli

    try:
        content = brotli.decompress(copy) if ending == "br" else gzip.decompress(copy)
    except (brotli.error, zlib.error, OSError, EOFError):
        return ""
    return hashlib.sha256(content).hexdigest()
