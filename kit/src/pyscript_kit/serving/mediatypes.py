"""The media type that a file is served with: by its name alone, so that it is the same on every
machine. What the system's own table says is often wrong for scripts and WebAssembly."""

from __future__ import annotations

import mimetypes
from pathlib import PurePosixPath

_TYPES = {
    ".aac": "audio/aac",
    ".br": "application/octet-stream",
    ".css": "text/css",
    ".csv": "text/csv",
    ".flac": "audio/flac",
    ".gz": "application/gzip",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".m4a": "audio/mp4",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".mkv": "video/x-matroska",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".ogv": "video/ogg",
    ".py": "text/x-python",
    ".svg": "image/svg+xml",
    ".tar": "application/x-tar",
    ".toml": "application/toml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".weba": "audio/webm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".whl": "application/zip",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
    ".zip": "application/zip",
}
# An object of one's own knows what Python knows, and nothing of the system.
_OTHERS = mimetypes.MimeTypes()


def media_type(name: str) -> str:
    """The media type for a file's name, without a charset."""
    known = _TYPES.get(PurePosixPath(name).suffix.lower())
    return known or _OTHERS.guess_type(name)[0] or "application/octet-stream"
