"""A static host on this machine that serves every candidate alike, as good hosts do.

What compresses is compressed beforehand, so that no candidate pays for it while it is measured:
brotli where the browser takes it, else gzip, for text and WebAssembly; archives and blobs go as
they are. A brotli copy that a build has made is sent as it is, to every candidate that has
the same file; all else is compressed as hosts do while they send. Every answer may be kept for ten
minutes and carries an ETag, as on GitHub Pages.
"""

import gzip
import hashlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

import brotli

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".py": "text/x-python; charset=utf-8",
    ".svg": "image/svg+xml",
    ".toml": "application/toml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webp": "image/webp",
    ".zip": "application/zip",
}
COMPRESSED = frozenset(MEDIA_TYPES) - {".webp", ".zip"}
BROTLI_QUALITY = 5
GZIP_LEVEL = 6
CACHE_CONTROL = "max-age=600"


@dataclass(frozen=True)
class Resource:
    """A file as it is sent: its media type, its hash, and its bytes by content encoding."""

    media_type: str
    digest: str
    modified: str
    bodies: dict[str, bytes]


@dataclass
class Host:
    """A running host: where it listens, and how many bytes of bodies it has sent so far."""

    origin: str
    sent: int = 0
    missing: list[str] = field(default_factory=list)


@contextmanager
def serve(folders: Mapping[str, Path]) -> Iterator[Host]:
    """Serve each folder below its name, on a free port of this machine."""
    resources = {
        f"/{name}/{path.relative_to(folder).as_posix()}": path
        for name, folder in folders.items()
        for path in _files(folder)
    }
    copies = {
        _digest(path.read_bytes()): copy.read_bytes()
        for path in resources.values()
        if (copy := path.with_name(f"{path.name}.br")).exists()
    }
    made: dict[tuple[str, str], Resource] = {}
    server = _Server(("127.0.0.1", 0), _Answer)
    server.resources = {url: _resource(path, made, copies) for url, path in resources.items()}
    server.host = Host(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    resources: dict[str, Resource]
    host: Host

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report what went wrong, but for a browser that was closed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if path.endswith("/"):
            path += "index.html"
        resource = self.server.resources.get(path)
        if resource is None:
            self.server.host.missing.append(path)
            self._send(HTTPStatus.NOT_FOUND, {"Content-Type": "text/plain"}, b"not found")
            return
        encoding = self._encoding(resource)
        headers = {
            "Cache-Control": CACHE_CONTROL,
            "Content-Type": resource.media_type,
            "ETag": f'"{resource.digest}-{encoding}"',
            "Last-Modified": resource.modified,
            "Vary": "Accept-Encoding",
        }
        if self.headers.get("If-None-Match") == headers["ETag"]:
            self._send(HTTPStatus.NOT_MODIFIED, headers)
            return
        if encoding != "identity":
            headers["Content-Encoding"] = encoding
        self._send(HTTPStatus.OK, headers, resource.bodies[encoding])

    def _encoding(self, resource: Resource) -> str:
        accepted = self.headers.get("Accept-Encoding", "")
        offered = {part.partition(";")[0].strip() for part in accepted.split(",")}
        return next((name for name in resource.bodies if name in offered), "identity")

    def _send(
        self, status: HTTPStatus, headers: Mapping[str, str], body: bytes | None = None
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if body is not None:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if body:
            self.wfile.write(body)
            self.server.host.sent += len(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: only the measurements go to the terminal."""


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        # Folders that several candidates share are linked, and rglob passes links over.
        if path.is_dir():
            yield from _files(path)
        else:
            yield path


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _resource(
    path: Path, made: dict[tuple[str, str], Resource], copies: Mapping[str, bytes]
) -> Resource:
    content = path.read_bytes()
    digest = _digest(content)
    key = (digest, path.suffix)
    if key not in made:
        bodies = {}
        if path.suffix in COMPRESSED and content:
            copy = copies.get(digest)
            bodies["br"] = copy or brotli.compress(content, quality=BROTLI_QUALITY)
            bodies["gzip"] = gzip.compress(content, GZIP_LEVEL, mtime=0)
        made[key] = Resource(
            MEDIA_TYPES.get(path.suffix, "application/octet-stream"),
            digest,
            formatdate(path.stat().st_mtime, usegmt=True),
            {**bodies, "identity": content},
        )
    return made[key]
