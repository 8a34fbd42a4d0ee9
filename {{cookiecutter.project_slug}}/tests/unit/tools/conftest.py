"""A made-up release of Pyodide and PyScript, a CDN on this machine that serves it, and projects
that use it: all the commands need, and no network."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import stat
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from tools import clients
from tools.build import build as build_command
from tools.distribution import read_distribution
from tools.lock import lock as lock_command
from tools.lockfile import (
    Fingerprint,
    LockedFile,
    Pin,
    PyodidePin,
    RuntimeLock,
    complete_lock,
    write_lock,
)
from tools.vendor import vendor as vendor_command

ROOT = Path(__file__).parents[3]
LOCAL = "./runtime/pyodide/pyodide.mjs"
PLATFORM = "pyemscripten_2026_0_wasm32"

INDEX = """<!doctype html>
<html lang="en">
  <head>
    <title>Made up</title>
    <link rel="stylesheet" href="./style.css">
    <script type="module" src="./boot.js"></script>
    <script type="module" src="./runtime/pyscript/core.js" data-pyscript></script>
  </head>
  <body>
    <script type="py" src="./main.py" config="./pyscript.toml"></script>
  </body>
</html>
"""

# Name: version, what it depends on, the tag of its wheel.
PACKAGES = {
    "alpha": ("1.0", ["beta"], "py3-none-any"),
    "beta": ("2.1", [], f"cp314-cp314-{PLATFORM}"),
    "gamma": ("0.3", [], "py3-none-any"),
}
CORES = {
    "pyodide/pyodide.mjs": b"export const version = '1.2.3';\n",
    "pyodide/pyodide.asm.mjs": b"// glue\n" * 50,
    "pyodide/pyodide.asm.wasm": b"\0asm" * 5000,
    "pyodide/python_stdlib.zip": b"PK\3\4" * 1500,
    "pyscript/core.js": b"import './core-Cd.js';\n",
    "pyscript/core-Cd.js": b"// the core\n" * 100,
    "pyscript/core.css": b"py-script { display: none }\n",
}


def wheel(
    name: str,
    version: str,
    tag: str = "py3-none-any",
    requires: Sequence[str] = (),
    python: str = "",
    files: dict[str, str] | None = None,
) -> tuple[str, bytes]:
    """File name and content of a wheel, the same bytes each time."""
    stem = f"{name.replace('-', '_')}-{version}"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
    metadata += [f"Requires-Dist: {requirement}" for requirement in requires]
    metadata += [f"Requires-Python: {python}"] if python else []
    members = files or {f"{name.replace('-', '_')}/__init__.py": f"# {name} {version}\n" * 40}
    members |= {
        f"{stem}.dist-info/METADATA": "\n".join(metadata) + "\n",
        f"{stem}.dist-info/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
        f"{stem}.dist-info/RECORD": "",
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for member, text in members.items():
            archive.writestr(zipfile.ZipInfo(member), text)
    return f"{stem}-{tag}.whl", content.getvalue()


class Release:
    """The made-up release: Pyodide 1.2.3 with three packages, and PyScript 0.9.9.

    Args:
        version: of Pyodide.
        python: of its Python.
        packages: what its distribution has instead of the usual.
        glue: how the module beside its WebAssembly is called.
    """

    def __init__(
        self,
        version: str = "1.2.3",
        python: str = "3.14.0",
        packages: dict[str, tuple[str, list[str], str]] = PACKAGES,
        glue: str = "pyodide.asm.mjs",
    ) -> None:
        self.version = version
        self.packages = packages
        self.cores = {path.replace("pyodide.asm.mjs", glue): body for path, body in CORES.items()}
        self.cores["pyodide/pyodide.mjs"] = f"export const version = '{version}';\n".encode()
        self.files = dict(self.cores)
        entries = {}
        for name, (number, depends, tag) in packages.items():
            file_name, content = wheel(name, number, tag)
            self.files[f"pyodide/{file_name}"] = content
            entries[name] = {
                "name": name,
                "version": number,
                "file_name": file_name,
                "install_dir": "site",
                "package_type": "package",
                "sha256": _sha256(content),
                "imports": [name],
                "depends": depends,
                "unvendored_tests": False,
            }
        info = {
            "abi_version": "2026_0",
            "arch": "wasm32",
            "platform": "emscripten_5_0_3",
            "python": python,
        }
        self.index = json.dumps({"info": info, "packages": entries}).encode()
        self.pin = Pin(
            PyodidePin(
                version,
                info["python"],
                info["platform"],
                info["arch"],
                info["abi_version"],
                Fingerprint(len(self.index), _sha256(self.index)),
            ),
            "0.9.9",
        )

    def path_of(self, name: str) -> str:
        """The path of a package's wheel below `app/runtime/`."""
        version, _, tag = self.packages[name]
        return f"pyodide/{name}-{version}-{tag}.whl"

    def lock(self, *packages: str) -> RuntimeLock:
        """The right lock for some packages."""
        closure = read_distribution(self.index, self.version).closure(packages)
        paths = [*self.cores, *(self.path_of(name) for name in closure)]
        owners = {self.path_of(name): name for name in closure}
        files = [
            LockedFile(
                path,
                len(self.files[path]),
                _sha256(self.files[path]),
                owners.get(path, path.split("/", maxsplit=1)[0]),
            )
            for path in paths
        ]
        entries = {name: entry.package for name, entry in closure.items()}
        return complete_lock(self.pin, packages, entries, files)

    def url_path(self, path: str) -> str:
        """Where the CDN has a file, without the host."""
        folder, name = path.split("/", 1)
        if folder == "pyscript":
            return f"/npm/@pyscript/core@0.9.9/dist/{name}"
        return f"/pyodide/v{self.version}/full/{name}"


@dataclass
class Hold:
    """A file that the CDN begins to answer with and then keeps back."""

    asked: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)


# What a CDN does instead of sending a file: it has the request and the right bytes.
Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


class LocalCdn:
    """A CDN on this machine whose answers a test can spoil."""

    def __init__(self, release: Release) -> None:
        self.answers: dict[str, bytes] = {}
        self.publish(release)
        self.asked: list[str] = []
        self.truncated: set[str] = set()
        self.failing: dict[str, int] = {}
        self.held: dict[str, Hold] = {}
        self.instead: dict[str, Answer] = {}
        self.closing = threading.Event()
        self._release = release
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self._runs = True

    def publish(self, release: Release) -> None:
        """Have another release, too."""
        self.answers |= {release.url_path(path): body for path, body in release.files.items()}
        self.answers[release.url_path("pyodide/pyodide-lock.json")] = release.index

    def spoil(self, path: str) -> None:
        """Answer with other bytes of the same length."""
        body = self.answers[self._release.url_path(path)]
        self.answers[self._release.url_path(path)] = body[:-1] + bytes([body[-1] ^ 1])

    def truncate(self, path: str) -> None:
        """Break the connection off half-way."""
        self.truncated.add(self._release.url_path(path))

    def fail(self, path: str, times: int) -> None:
        """Answer with a server's error a number of times."""
        self.failing[self._release.url_path(path)] = times

    def hold(self, path: str) -> Hold:
        """Keep a file back until released."""
        return self.held.setdefault(self._release.url_path(path), Hold())

    def answer(self, path: str, how: Answer) -> None:
        """Answer in some other way than with the file."""
        self.instead[self._release.url_path(path)] = how

    def asked_for(self, path: str) -> int:
        """How often a file was asked for."""
        return self.asked.count(self._release.url_path(path))

    def close(self) -> None:
        """Be out of reach from now on."""
        if self._runs:
            self.closing.set()
            for hold in self.held.values():
                hold.released.set()
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._runs = False

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        cdn = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                cdn.asked.append(self.path)
                body = cdn.answers.get(self.path)
                if cdn.failing.get(self.path, 0) > 0:
                    cdn.failing[self.path] -= 1
                    self.send_error(503)
                    return
                if body is None:
                    self.send_error(404)
                    return
                if how := cdn.instead.get(self.path):
                    self.close_connection = True
                    # The one who asked may have gone.
                    with suppress(OSError):
                        how(self, body)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                half = len(body) // 2
                self.wfile.write(body[:half])
                self.wfile.flush()
                if self.path in cdn.truncated:
                    self.close_connection = True
                    return
                if hold := cdn.held.get(self.path):
                    hold.asked.set()
                    hold.released.wait()
                # The one who asked may have been killed while it waited.
                try:
                    self.wfile.write(body[half:])
                except OSError:
                    self.close_connection = True

            def log_message(self, format: str, *arguments: object) -> None:
                """Keep the test's output to itself."""

        return Handler


@dataclass(frozen=True)
class Outcome:
    """What a command that ran to its end left behind for the user to read."""

    exit_code: int
    output: str
    error: str

    @property
    def sentence(self) -> str:
        """The one sentence of a command that failed on the user's account."""
        assert self.exit_code == 2, (self.exit_code, self.output, self.error)
        assert "Traceback" not in self.output + self.error
        sentences = [line for line in self.error.splitlines() if line.startswith("pyscript ")]
        assert len(sentences) == 1, self.error
        return sentences[0]


class TestedProject:
    """A project on disk, and the commands run on it."""

    __test__ = False

    def __init__(self, root: Path, release: Release) -> None:
        self.root = root
        self.app = root / "app"
        self.runtime = self.app / "runtime"
        self.lock_path = root / "runtime.lock.json"
        self._release = release
        self._started: list[subprocess.Popen[str]] = []
        self.app.mkdir(parents=True)

    def ask_for(self, *packages: str, interpreter: str = LOCAL) -> None:
        """Write `app/pyscript.toml`."""
        text = f"interpreter = {json.dumps(interpreter)}\npackages = {json.dumps(packages)}\n"
        (self.app / "pyscript.toml").write_text(text, encoding="utf-8")

    def lock_for(self, *packages: str) -> None:
        """Write the right `runtime.lock.json`."""
        write_lock(self._release.lock(*packages), self.lock_path)

    def edit_lock(self, edit: Callable[[dict[str, Any]], object]) -> None:
        """Change the lock as by hand."""
        document = json.loads(self.lock_path.read_text(encoding="utf-8"))
        edit(document)
        self.lock_path.write_text(json.dumps(document), encoding="utf-8")

    def run(self, command: str, *options: str) -> Outcome:
        """Run `pyscript lock`, `vendor` or `build` in this process."""
        app = typer.Typer()
        app.command("build")(build_command)
        app.command("lock")(lock_command)
        app.command("vendor")(vendor_command)
        arguments = [command, "--project", str(self.root), *options]
        result = CliRunner(mix_stderr=False).invoke(app, arguments, catch_exceptions=False)
        return Outcome(result.exit_code, result.stdout, result.stderr)

    def start(self, command: str, before: str = "") -> subprocess.Popen[str]:
        """Start a command in a process of its own.

        Args:
            before: Python that runs ahead of it there.
        """
        program = f"{before}\nimport typer, tools.{command} as module\ntyper.run(module.{command})"
        process = subprocess.Popen(
            [sys.executable, "-c", program, "--project", str(self.root)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._started.append(process)
        return process

    def end_all(self) -> None:
        """Kill what a failed test left running."""
        for process in self._started:
            if process.poll() is None:
                process.kill()
                process.communicate()

    def run_apart(self, command: str, before: str = "") -> Outcome:
        """Run a command in a process of its own, to its end."""
        process = self.start(command, before)
        output, error = process.communicate(timeout=60)
        return Outcome(process.returncode, output, error)

    def served(self) -> dict[str, bytes]:
        """Every file below `app/runtime/`."""
        return files_below(self.runtime)

    def built(self) -> dict[str, bytes]:
        """Every file below `dist/`."""
        return files_below(self.root / "dist")

    def leftovers(self) -> set[str]:
        """What a run left in `app/` beside the runtime."""
        usual = {"pyscript.toml", "runtime", ".runtime.lock"}
        return {path.name for path in self.app.iterdir()} - usual


@pytest.fixture
def release() -> Release:
    return Release()


@pytest.fixture
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache of this test alone."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("PYSCRIPT_RUNTIME_CACHE", str(folder))
    return folder


@pytest.fixture
def without_clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Neither npm nor pip nor uv; the folder is all that is on the PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(clients, "find_pip", lambda: None)
    return folder


@pytest.fixture
def cdn(
    release: Release, cache_folder: Path, without_clients: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LocalCdn]:
    """The only source there is."""
    server = LocalCdn(release)
    monkeypatch.setenv("PYSCRIPT_RUNTIME_CDN", server.base)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("tools.cdn._PAUSE", 0.0)
    yield server
    server.close()


@pytest.fixture
def project(tmp_path: Path, release: Release) -> Iterator[TestedProject]:
    """A project that needs alpha, and so beta; it has no runtime yet."""
    made = TestedProject(tmp_path / "project", release)
    made.ask_for("alpha")
    made.lock_for("alpha")
    yield made
    made.end_all()


@pytest.fixture
def app(project: TestedProject, cdn: LocalCdn, monkeypatch: pytest.MonkeyPatch) -> TestedProject:
    """A project with an app, and no browser on this machine to compile it with."""
    files = {
        "index.html": INDEX,
        "style.css": "p { color: red }\n" * 40,
        "boot.js": "// starts\n" * 40,
        "main.py": "import pages\n",
        "pages/__init__.py": "PAGES = ()\n",
        "pages/home.py": "def mount(root, handlers): ...\n",
        "data/table.csv": "a,b\n1,2\n",
        "data/report-20240101.csv": "named by a day, and written anew\n",
        ".secret": "not for anybody",
        "pages/__pycache__/home.pyc": "old",
    }
    for name, text in files.items():
        path = project.app / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.setattr("tools.bytecode.engines", lambda: ())
    return project


@pytest.fixture
def former(project: TestedProject, cdn: LocalCdn, cache_folder: Path) -> dict[str, bytes]:
    """The runtime that the project has had so far, for gamma; the cache is empty again."""
    project.ask_for("gamma")
    project.lock_for("gamma")
    assert project.run("vendor").exit_code == 0
    served = project.served()
    project.ask_for("alpha")
    project.lock_for("alpha")
    shutil.rmtree(cache_folder)
    cdn.asked.clear()
    return served


@pytest.fixture
def carrier(
    tmp_path: Path, release: Release, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """Call it to have a pip that brings a wheel with the release's files in it."""

    def make(**spoilt: bytes) -> None:
        content = tmp_path / "carrier-1.0-py3-none-any.whl"
        with zipfile.ZipFile(content, "w") as archive:
            for path, body in release.files.items():
                if path.startswith("pyodide/"):
                    name = path.removeprefix("pyodide/")
                    body = spoilt.get(name.split("-", maxsplit=1)[0], body)
                    archive.writestr(f"carrier/frontend/pyodide/{name}", body)
        script = tmp_path / "pip.py"
        script.write_text(
            "import shutil, sys\n"
            "assert 'download' in sys.argv and 'carrier==1.0' in sys.argv\n"
            "target = next(a for a in sys.argv if a.startswith('--dest='))\n"
            f"shutil.copy({str(content)!r}, target.removeprefix('--dest='))\n",
            encoding="utf-8",
        )
        monkeypatch.setattr(clients, "CARRIERS", {"1.2.3": "carrier==1.0"})
        monkeypatch.setattr(clients, "find_pip", lambda: (sys.executable, str(script)))

    return make


@pytest.fixture
def npm(without_clients: Path, release: Release, tmp_path: Path) -> Callable[..., None]:
    """Call it to have an npm that packs the two cores."""

    def make(version: str = "1.2.3", packed_release: Release = release) -> None:
        cores = packed_release.cores
        pyodide = {n: b for n, b in cores.items() if "pyodide/" in n}
        pyodide["pyodide/pyodide-lock.json"] = packed_release.index
        pyodide["pyodide/pyodide.d.ts"] = b"not for the page"
        pyscript = {n: b for n, b in release.files.items() if n.startswith("pyscript/")}
        pyscript["pyscript/core.js.map"] = b"not for the page"
        packed = {
            f"pyodide@{version}": _tarball(tmp_path / "pyodide.tgz", pyodide, "package"),
            "@pyscript/core@0.9.9": _tarball(tmp_path / "core.tgz", pyscript, "package/dist"),
        }
        script = without_clients / "npm"
        script.write_text(
            f"#!{sys.executable}\n"
            "import shutil, sys\n"
            f"packed = {packed!r}\n"
            "wanted = sys.argv[2]\n"
            "if wanted not in packed:\n"
            "    sys.exit(f'npm error code E404\\nnpm error 404 Not Found: {wanted}')\n"
            "target = next(a for a in sys.argv if a.startswith('--pack-destination='))\n"
            "shutil.copy(packed[wanted], target.removeprefix('--pack-destination='))\n",
            encoding="utf-8",
        )
        script.chmod(script.stat().st_mode | stat.S_IXUSR)

    return make


@pytest.fixture
def index(tmp_path: Path, cdn: LocalCdn, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Call it with wheels to have the real pip find these, and nothing else in the world."""
    pytest.importorskip("pip")
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setattr(clients, "find_pip", lambda: (sys.executable, "-m", "pip"))

    def publish(*files: tuple[str, bytes]) -> None:
        for name, content in files:
            (folder / name).write_bytes(content)

    return publish


def files_below(folder: Path) -> dict[str, bytes]:
    """The content of every file below a folder, by its path there."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _tarball(path: Path, files: dict[str, bytes], folder: str) -> str:
    with tarfile.open(path, "w:gz") as archive:
        for name, body in files.items():
            member = tarfile.TarInfo(f"{folder}/{name.split('/', 1)[1]}")
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return str(path)
