"""Compressed copies beside the files of a site, for hosts that send them as they lie there. Each is
made once for its content, and kept in the user's cache."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
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
# The best of brotli takes a minute for ten megabytes.
_LARGE = 1 << 20
_QUALITY, _QUALITY_OF_LARGE = 11, 9
_WINDOW = 24


@dataclass(frozen=True)
class Size:
    """Bytes of a file as it is, and as the smallest of its copies."""

    plain: int
    sent: int


def compress_site(folder: Path, cache: Cache) -> dict[str, Size]:
    """Write `.br` and `.gz` beside every file of a folder that gets smaller by it.

    A `.gz` that is there already stays: the loader knows its hash.

    Returns:
        Sizes by address relative to the folder, such as "./index.html".
    """
    paths = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in (".br", ".gz")
    ]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        sizes = pool.map(lambda path: _compress(path, cache), paths)
        return {
            address_of(path.relative_to(folder).as_posix()): size
            for path, size in zip(paths, sizes, strict=True)
        }


def _compress(path: Path, cache: Cache) -> Size:
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
        copy = _copy(content, ending, cache)
        if len(copy) < _WORTH * len(content):
            place.write_bytes(copy)
            sent = min(sent, len(copy))
    return Size(len(content), sent)


def _is_compressed(name: str) -> bool:
    ending = PurePosixPath(name).suffix.lower()
    return ending in _PICTURES | _ARCHIVES or media_type(name).startswith(_MEDIA)


def _copy(content: bytes, ending: str, cache: Cache) -> bytes:
    quality = _QUALITY_OF_LARGE if len(content) > _LARGE else _QUALITY
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
