"""nginx as a static host on this machine, set up as the guide to deploying says."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from pyscript_kit.testing import App

# Serves a folder below a path, such as "" or "/any/path", and gives the address of the app in it.
Host = Callable[[Path, str], AbstractContextManager[str]]
# A visitor of an app at an address, where the files of the second stand for a CDN.
Visit = Callable[..., AbstractContextManager[App]]

_NGINX = """
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
daemon off;
events {{ worker_connections 256; }}
http {{
  access_log off;
  types {{
    text/html html;
    text/css css;
    text/javascript js mjs;
    application/json json;
    application/manifest+json webmanifest;
    application/wasm wasm;
    application/zip zip;
    image/png png;
    image/svg+xml svg;
    text/plain txt;
  }}
  default_type application/octet-stream;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  map $uri $keep {{
    default "no-cache";
    "~^{path}/runtime/" "public, max-age=31536000, immutable";
  }}
  server {{
    listen 127.0.0.1:{port};
    gzip_static on;
    gzip_vary on;
    add_header Cache-Control $keep;
    location {path}/ {{
      alias {site}/;
    }}
  }}
}}
"""


def has_nginx() -> bool:
    """Whether this machine has nginx."""
    return shutil.which("nginx") is not None


def nginx_host(workspace: Path) -> Host:
    """A host that runs nginx with its files in a workspace."""

    @contextmanager
    def serve(site: Path, prefix: str) -> Iterator[str]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        # Its workers would read a test's files as nobody.
        user = "user root;" if os.geteuid() == 0 else ""
        text = _NGINX.format(user=user, folder=workspace, port=port, path=prefix, site=site)
        config = workspace / "nginx.conf"
        config.write_text(text, encoding="utf-8")
        server = subprocess.Popen(["nginx", "-c", str(config), "-p", str(workspace)])
        try:
            _wait(port, server, workspace)
            yield f"http://127.0.0.1:{port}{prefix}"
        finally:
            server.terminate()
            server.wait()

    return serve


def _wait(port: int, server: subprocess.Popen[bytes], workspace: Path) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert server.poll() is None, (workspace / "error.log").read_text(encoding="utf-8")
            time.sleep(0.05)
        else:
            return
    raise AssertionError("nginx does not answer")
