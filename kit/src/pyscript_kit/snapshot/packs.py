"""Payloads as files that any host takes, and compresses as it does WebAssembly."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path
from typing import Any

# The largest payload of one file, in bytes: free hosts take no file of more than 25 MiB.
_PIECE = 8 << 20


def write_blob(folder: Path, name: str, payload: bytes, least: int = 1) -> list[dict[str, Any]]:
    """Write a payload in pieces that hosts compress and take, each named by its content, and return
    what a manifest says of them.

    Args:
        least: in how many pieces at least, each as large as the others.
    """
    piece = min(_PIECE, -(-len(payload) // least)) or _PIECE
    starts = range(0, len(payload), piece) or [0]
    return [_write_piece(folder, name, payload[start : start + piece]) for start in starts]


def _write_piece(folder: Path, name: str, payload: bytes) -> dict[str, Any]:
    """Write bytes as a WebAssembly module of one custom section, plain and compressed."""
    section = b"\4pack" + payload
    size = bytes(
        (len(section) >> (7 * place) & 0x7F) | (0x80 if place < 4 else 0) for place in range(5)
    )
    content = b"\0asm\1\0\0\0" + b"\0" + size + section
    digest = hashlib.sha256(content).hexdigest()
    file = f"{name}-{digest[:8]}.wasm"
    compressed = gzip.compress(content, 6, mtime=0)
    (folder / file).write_bytes(content)
    (folder / f"{file}.gz").write_bytes(compressed)
    return {
        "file": file,
        "size": len(content),
        "sha256": digest,
        "gzip": {"size": len(compressed), "sha256": hashlib.sha256(compressed).hexdigest()},
    }
