"""A made-up release of Pyodide and PyScript, a CDN on this machine that serves it, and projects
that use it: all the commands need, and no network."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

from pyscript_kit.commands.add import add as add_command
from pyscript_kit.commands.build import build as build_command
from pyscript_kit.commands.lock import lock as lock_command
from pyscript_kit.commands.remove import remove as remove_command
from pyscript_kit.commands.vendor import vendor as vendor_command
from pyscript_kit.lock.distribution import read_distribution
from pyscript_kit.lock.lockfile import LockedFile, RuntimeLock, complete_lock, write_lock
from pyscript_kit.project.pins import Fingerprint, Pin, PyodidePin

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


def _standard_library() -> bytes:
    """An archive with modules, and what says which others lie in Python's program."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for member, text in {
            "_sysconfigdata_.py": "build_time_vars = {'MODBUILT_NAMES': '_ssl  math'}\n",
            "json/__init__.py": "# json\n" * 900,
            "ssl.py": "# ssl\n",
        }.items():
            archive.writestr(zipfile.ZipInfo(member), text)
    return content.getvalue()


# Name: version, what it depends on, the tag of its wheel.
PACKAGES = {
    "alpha": ("1.0", ["beta"], "py3-none-any"),
    "beta": ("2.1", [], f"cp314-cp314-{PLATFORM}"),
    "gamma": ("0.3", [], "py3-none-any"),
}
# WebAssembly with one function, which calls another one indirectly, and more that nobody reads.
_ENGINE = (
    b"\0asm\1\0\0\0\1\4\1\x60\0\0\2\1\0\3\2\1\0\4\4\1\x70\0\0"
    b"\x0a\x09\1\7\0\x41\0\x11\0\0\x0b\0\xa0\x9c\1" + b"\4some" * 4000
)
CORES = {
    "pyodide/pyodide.mjs": b"export const version = '1.2.3';\n",
    "pyodide/pyodide.asm.mjs": b"// glue\n" * 50,
    "pyodide/pyodide.asm.wasm": _ENGINE,
    "pyodide/python_stdlib.zip": _standard_library(),
    "pyscript/core.js": b"import './core-Cd.js';\n",
    "pyscript/core-Cd.js": b"// the core\n" * 100,
    "pyscript/core.css": b"py-script { display: none }\n",
    "pyscript/xterm-Ab.js": b"// a terminal\n",
}


def wheel(
    name: str,
    version: str,
    tag: str = "py3-none-any",
    requires: Sequence[str] = (),
    python: str = "",
    files: dict[str, str] | None = None,
    extras: Sequence[str] = (),
) -> tuple[str, bytes]:
    """File name and content of a wheel, the same bytes each time."""
    stem = f"{name.replace('-', '_')}-{version}"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
    metadata += [f"Requires-Dist: {requirement}" for requirement in requires]
    metadata += [f"Requires-Python: {python}"] if python else []
    metadata += [f"Provides-Extra: {extra}" for extra in extras]
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
        imports: the modules of packages that are not called as these are.
        wheels: the files of packages that have more to say of themselves.
        pythons: the CPythons that packages can be installed on, where not on any.
    """

    def __init__(
        self,
        version: str = "1.2.3",
        python: str = "3.14.0",
        packages: dict[str, tuple[str, list[str], str]] = PACKAGES,
        glue: str = "pyodide.asm.mjs",
        imports: Mapping[str, list[str]] = {},
        wheels: Mapping[str, tuple[str, bytes]] = {},
        pythons: Mapping[str, str] = {},
    ) -> None:
        self.version = version
        self.pythons = pythons
        self.packages = packages
        self.cores = {path.replace("pyodide.asm.mjs", glue): body for path, body in CORES.items()}
        self.cores["pyodide/pyodide.mjs"] = f"export const version = '{version}';\n".encode()
        self.files = dict(self.cores)
        entries = {}
        for name, (number, depends, tag) in packages.items():
            made = wheel(name, number, tag, python=self.pythons.get(name, ""))
            file_name, content = wheels.get(name, made)
            self.files[f"pyodide/{file_name}"] = content
            entries[name] = {
                "name": name,
                "version": number,
                "file_name": file_name,
                "install_dir": "site",
                "package_type": "package",
                "sha256": _sha256(content),
                "imports": imports.get(name, [name]),
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
        entries = {
            name: replace(entry.package, python=self.pythons.get(name, ""))
            for name, entry in closure.items()
        }
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
        """Run a command that comes to an end by itself, in this process."""
        app = typer.Typer()
        app.command("add")(add_command)
        app.command("build")(build_command)
        app.command("lock")(lock_command)
        app.command("remove")(remove_command)
        app.command("vendor")(vendor_command)
        arguments = [command, "--project", str(self.root), *options]
        result = CliRunner(mix_stderr=False).invoke(app, arguments, catch_exceptions=False)
        return Outcome(result.exit_code, result.stdout, result.stderr)

    def start(self, command: str, before: str = "") -> subprocess.Popen[str]:
        """Start a command in a process of its own.

        Args:
            before: Python that runs ahead of it there.
        """
        module = f"pyscript_kit.commands.{command}"
        program = f"{before}\nimport typer, {module} as module\ntyper.run(module.{command})"
        process = subprocess.Popen(
            [sys.executable, "-c", program, "--project", str(self.root)],
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


def files_below(folder: Path) -> dict[str, bytes]:
    """The content of every file below a folder, by its path there."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def tarball(path: Path, files: dict[str, bytes], folder: str) -> str:
    with tarfile.open(path, "w:gz") as archive:
        for name, body in files.items():
            member = tarfile.TarInfo(f"{folder}/{name.split('/', 1)[1]}")
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return str(path)
