"""What `pyscript vendor`, `lock` and `build` do when the world fails them: a source, a disk, a
kill, another run, the clock, the home folder, a checkout that cannot be written, an odd path.

Each ends well, or with one sentence and what was there before as it was.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from baking import TEMPLATE
from madeup import INDEX as PAGE
from madeup import Release, TestedProject, files_below, wheel
from pyscript_kit.lock.lockfile import lock_text
from pyscript_kit.lock.versions import carriers_of_versions
from pyscript_kit.project.swap import Place
from pyscript_kit.sources import cdn as cdn_module
from pyscript_kit.sources import clients
from pyscript_kit.sources import host as host_module
from pyscript_kit.sources.cache import Cache

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

    from madeup import Answer, LocalCdn

ALPHA = "pyodide/alpha-1.0-py3-none-any.whl"
INDEX = "pyodide/pyodide-lock.json"
WASM = "pyodide/pyodide.asm.wasm"
CDN_PYSCRIPT = "https://cdn.jsdelivr.net/npm/@pyscript/core@0.9.9/dist/"
CDN_INTERPRETER = "https://cdn.jsdelivr.net/pyodide/v1.2.3/full/pyodide.mjs"

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX")
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mounts as on Linux")


# ------------------------------------------------------------------ a source that fails


def begin(request: BaseHTTPRequestHandler, body: bytes, length: int | None = None) -> None:
    """Send the head of a right answer."""
    request.send_response(200)
    request.send_header("Content-Length", str(len(body) if length is None else length))
    request.end_headers()


def send(request: BaseHTTPRequestHandler, body: bytes) -> None:
    """Send a whole answer."""
    begin(request, body)
    request.wfile.write(body)


def reset(request: BaseHTTPRequestHandler) -> None:
    """End a connection as a router does that has forgotten it: with a reset, not a farewell."""
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    socket.close(request.connection.detach())


def stalling(cdn: LocalCdn, *, sends: int) -> Answer:
    """Send so many bytes, and then no more."""

    def answer(request: BaseHTTPRequestHandler, body: bytes) -> None:
        if sends:
            begin(request, body)
            request.wfile.write(body[:sends])
        cdn.closing.wait()

    return answer


def dripping(cdn: LocalCdn) -> Answer:
    """Send a byte now and then, so that no wait for one is long."""

    def answer(request: BaseHTTPRequestHandler, body: bytes) -> None:
        begin(request, body)
        for position in range(len(body)):
            request.wfile.write(body[position : position + 1])
            if cdn.closing.wait(0.02):
                return

    return answer


def dripping_headers(cdn: LocalCdn) -> Answer:
    """Send a byte of the head now and then, so that no wait for one is long."""

    def answer(request: BaseHTTPRequestHandler, _: bytes) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Padding: ")
        while not cdn.closing.wait(0.02):
            request.wfile.write(b"x")

    return answer


def resetting(_: LocalCdn, *, half_way: bool) -> Answer:
    """Break off before the answer, or in the middle of it."""

    def answer(request: BaseHTTPRequestHandler, body: bytes) -> None:
        if half_way:
            begin(request, body)
            request.wfile.write(body[: len(body) // 2])
        reset(request)

    return answer


def status(_: LocalCdn, code: int, **headers: str) -> Answer:
    """Answer with a status and no file."""

    def answer(request: BaseHTTPRequestHandler, _: bytes) -> None:
        request.send_response(code)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


def changing(_: LocalCdn, change: Callable[[bytes], bytes]) -> Answer:
    """Send other bytes, and say nothing of it."""
    return lambda request, body: send(request, change(body))


def announcing_more(_: LocalCdn) -> Answer:
    """Announce more bytes than come."""

    def answer(request: BaseHTTPRequestHandler, body: bytes) -> None:
        begin(request, body, len(body) + 100)
        request.wfile.write(body)

    return answer


PORTAL = b"\n<!DOCTYPE html><title>Welcome to our network</title>" + b" " * 500
LATER = "wait some minutes"
RESTORE = "restore runtime.lock.json from version control"

# How a source fails, what is said of it, and what to do.
FAILING: dict[str, tuple[Callable[[LocalCdn], Answer], str, str]] = {
    "stalls before its answer": (
        lambda cdn: stalling(cdn, sends=0),
        "the download stood still for 0.2 s",
        "find a better connection",
    ),
    "stalls half-way": (
        lambda cdn: stalling(cdn, sends=100),
        "the download stood still for 0.2 s",
        "find a better connection",
    ),
    "drips": (dripping, "the download stood still for 0.2 s", "find a better connection"),
    "drips its headers": (
        dripping_headers,
        "the download stood still for 0.2 s",
        "find a better connection",
    ),
    "resets at once": (
        lambda cdn: resetting(cdn, half_way=False),
        "the download broke off",
        "find a better connection",
    ),
    "resets half-way": (
        lambda cdn: resetting(cdn, half_way=True),
        "the download broke off",
        "find a better connection",
    ),
    "404": (lambda cdn: status(cdn, 404), "HTTP 404", "names a complete mirror of the CDN"),
    "429": (lambda cdn: status(cdn, 429), "HTTP 429", LATER),
    "429 for an hour": (
        lambda cdn: status(cdn, 429, Retry_After="3600"),
        "HTTP 429, which asks for a retry in 3600 s",
        LATER,
    ),
    "500": (lambda cdn: status(cdn, 500), "HTTP 500", LATER),
    "a web page": (
        lambda cdn: changing(cdn, lambda _: PORTAL),
        "a web page instead of the file",
        "sign in to the network",
    ),
    "too short": (lambda cdn: changing(cdn, lambda body: body[:-7]), " bytes instead of", RESTORE),
    "too long": (lambda cdn: changing(cdn, lambda body: body * 2), "more than ", RESTORE),
    "shorter than announced": (
        announcing_more,
        "the download broke off",
        "find a better connection",
    ),
    "wrong bytes": (
        lambda cdn: changing(cdn, lambda body: bytes(reversed(body))),
        "sha256 ",
        RESTORE,
    ),
}


@pytest.fixture
def impatient(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fifth of a second stands for the half minute without a byte, where that is the fault:
    a busy machine keeps other downloads waiting for as long."""
    fault = request.node.callspec.params["fault"] if hasattr(request.node, "callspec") else ""
    if not fault or "stood still" in FAILING[fault][1]:
        monkeypatch.setattr(host_module, "_READ_SECONDS", 0.2)


def assert_cache_is_clean(folder: Path) -> None:
    """No run left anything in the cache that nobody will use."""
    assert sorted(path.name for path in (folder / "runs").iterdir()) == ["runs.lock"]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", FAILING)
def test_vendor_and_a_source_that(
    fault: str,
    project: TestedProject,
    former: dict[str, bytes],
    cdn: LocalCdn,
    cache_folder: Path,
    carrier: Callable[..., None],
    npm: Callable[..., None],
    release: Release,
) -> None:
    failing, said, way_out = FAILING[fault]
    cdn.answer(ALPHA, failing(cdn))
    host = cdn.base.removeprefix("http://")

    sentence = project.run("vendor").sentence

    assert f"cannot get {ALPHA}" in sentence
    assert f"{host}: " in sentence
    assert said in sentence
    assert way_out in sentence
    assert "run `pyscript vendor` again" in sentence
    assert project.served() == former
    assert project.leftovers() == set()
    assert_cache_is_clean(cache_folder)

    carrier()
    npm()
    outcome = project.run("vendor")

    assert outcome.exit_code == 0, outcome.error
    assert "from pip download carrier==1.0" in outcome.output
    assert project.served()[ALPHA] == release.files[ALPHA]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", ["stalls half-way", "resets at once", "404", "429", "a web page"])
def test_lock_and_a_source_that(fault: str, project: TestedProject, cdn: LocalCdn) -> None:
    failing, said, _ = FAILING[fault]
    project.ask_for("gamma")
    before = project.lock_path.read_bytes()
    cdn.answer(INDEX, failing(cdn))

    sentence = project.run("lock").sentence

    assert f"cannot get {INDEX}" in sentence
    assert said in sentence
    assert "run `pyscript lock` again" in sentence
    assert project.lock_path.read_bytes() == before


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    # Nobody has told the hashes of a release that is new; one without a file is of another shape.
    "fault",
    [name for name, (_, _, way_out) in FAILING.items() if way_out != RESTORE and name != "404"],
)
def test_a_move_and_a_source_that(
    fault: str, project: TestedProject, cdn: LocalCdn, cache_folder: Path
) -> None:
    failing, said, way_out = FAILING[fault]
    other = Release("2.0.0")
    cdn.publish(other)
    cdn.instead[other.url_path(WASM)] = failing(cdn)
    before = files_below(project.root)

    sentence = project.run("lock", "--pyodide", "2.0.0").sentence

    assert "Pyodide 2.0.0 is not available" in sentence
    assert f"{cdn.base.removeprefix('http://')}: {said}" in sentence
    assert way_out in sentence
    assert files_below(project.root) == before
    assert files_below(cache_folder) == {}


@pytest.mark.parametrize("name", ["pyodide.asm.wasm", "python_stdlib.zip"])
def test_a_move_and_a_file_of_another_kind(
    name: str, project: TestedProject, cdn: LocalCdn
) -> None:
    other = Release("2.0.0")
    cdn.publish(other)
    cdn.answers[other.url_path(f"pyodide/{name}")] = b"not found, and no status that says so"
    before = files_below(project.root)

    sentence = project.run("lock", "--pyodide", "2.0.0").sentence

    assert f"{name} has unexpected contents" in sentence
    assert "names a complete mirror of the CDN" in sentence
    assert files_below(project.root) == before


def test_a_move_and_a_file_without_end(
    project: TestedProject, cdn: LocalCdn, monkeypatch: pytest.MonkeyPatch
) -> None:
    cdn.publish(Release("2.0.0"))
    monkeypatch.setattr(host_module, "_LARGEST", 10_000)
    before = files_below(project.root)

    sentence = project.run("lock", "--pyodide", "2.0.0").sentence

    assert "the download did not end within 10000 bytes" in sentence
    assert files_below(project.root) == before


@pytest.mark.parametrize("command", [("vendor",), ("lock", "--pyodide", "2.0.0")], ids=" ".join)
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:9", "the proxy or certificate settings cannot be used"),
        ("SSL_CERT_FILE", "/nowhere", "the proxy or certificate settings cannot be used"),
        (
            "PYSCRIPT_RUNTIME_CDN",
            "mirror",
            "the CDN: its address in PYSCRIPT_RUNTIME_CDN is not",
        ),
        ("PYSCRIPT_RUNTIME_CDN", "http://[::1", "its address in PYSCRIPT_RUNTIME_CDN is not"),
        ("PYSCRIPT_RUNTIME_CDN", "http://a..b/", "a..b: its address in PYSCRIPT_RUNTIME_CDN is"),
        (
            "PYSCRIPT_RUNTIME_CDN",
            "http://h:port",
            "its address in PYSCRIPT_RUNTIME_CDN is not",
        ),
    ],
)
def test_settings_that_cannot_be_used_are_one_sentence(
    command: tuple[str, ...],
    name: str,
    value: str,
    said: str,
    project: TestedProject,
    cdn: LocalCdn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = project.lock_path.read_bytes()
    monkeypatch.setenv(name, value)

    sentence = project.run(*command).sentence

    assert said in sentence
    assert (
        "write a complete address there" if "CDN" in name else "fix the environment variables"
    ) in sentence
    assert project.lock_path.read_bytes() == before
    assert project.served() == {}


@pytest.mark.parametrize("command", [("vendor",), ("lock", "--pyodide", "2.0.0")], ids=" ".join)
def test_a_password_in_an_address_is_not_shown(
    command: tuple[str, ...],
    project: TestedProject,
    cdn: LocalCdn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    host = cdn.base.removeprefix("http://")
    monkeypatch.setenv("PYSCRIPT_RUNTIME_CDN", f"http://someone:secret@{host}")
    cdn.publish(Release("2.0.0"))

    good = project.run(*command)
    cdn.close()
    project.ask_for("gamma")
    project.lock_for("gamma")
    bad = project.run(*command)

    assert f"from {host}" in good.output
    assert f"{host}: cannot be reached" in bad.sentence
    assert not re.search("someone|secret", good.output + good.error + bad.output + bad.error)


@pytest.mark.parametrize("fault", ["resets half-way", "500", "wrong bytes"])
def test_build_and_a_source_that(
    fault: str, app: TestedProject, cdn: LocalCdn, cache_folder: Path
) -> None:
    app.run("build")
    site, runtime = app.built(), app.served()
    shutil.rmtree(cache_folder / "files")
    app.ask_for("gamma")
    app.lock_for("gamma")
    failing, said, _ = FAILING[fault]
    cdn.answer(WASM, failing(cdn))

    sentence = app.run("build").sentence

    assert f"pyscript build: cannot get {WASM}" in sentence
    assert said in sentence
    assert app.built() == site
    assert app.served() == runtime


def test_a_slow_source_is_waited_for(
    project: TestedProject, cdn: LocalCdn, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Longer in all than anything may stand still, and never still for so long.
    monkeypatch.setattr(host_module, "_READ_SECONDS", 1.0)

    def slowly(request: BaseHTTPRequestHandler, body: bytes) -> None:
        begin(request, body)
        step = len(body) // 12
        for start in range(0, len(body), step):
            request.wfile.write(body[start : start + step])
            cdn.closing.wait(0.1)

    cdn.answer(WASM, slowly)

    outcome = project.run("vendor")

    assert outcome.exit_code == 0, outcome.error
    assert cdn.asked_for(WASM) == 1
    assert project.served()[WASM] == release.files[WASM]


@pytest.mark.usefixtures("impatient")
def test_a_host_that_stalls_with_everything_is_given_up(
    project: TestedProject, former: dict[str, bytes], cdn: LocalCdn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_module, "_STALLS", 6)
    for path in cdn.answers:
        cdn.instead[path] = stalling(cdn, sends=0)

    sentence = project.run("vendor").sentence

    assert "and 9 other files" in sentence
    assert "stood still" in sentence
    # Three attempts for each would be 27.
    assert len(cdn.asked) < 18
    assert project.served() == former


def test_a_host_that_wants_no_more_requests_gets_no_more(
    project: TestedProject, former: dict[str, bytes], cdn: LocalCdn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cdn_module, "_AT_ONCE", 1)
    for path in cdn.answers:
        cdn.instead[path] = status(cdn, 429)

    assert "HTTP 429" in project.run("vendor").sentence

    assert len(cdn.asked) == 3
    assert project.served() == former


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry_After": "1"},
        # By the host's own clock, which is far from this machine's.
        {
            "Date": "Sat, 01 Jan 2000 00:00:00 GMT",
            "Retry_After": "Sat, 01 Jan 2000 00:00:01 GMT",
        },
    ],
    ids=["seconds", "date"],
)
def test_the_pause_that_a_host_asks_for_is_kept(
    headers: dict[str, str], project: TestedProject, cdn: LocalCdn
) -> None:
    asked: list[float] = []

    def at_first(request: BaseHTTPRequestHandler, body: bytes) -> None:
        asked.append(time.monotonic())
        if len(asked) > 1:
            send(request, body)
            return
        request.send_response_only(429)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", "0")
        request.end_headers()

    cdn.answer(ALPHA, at_first)

    outcome = project.run("vendor")

    assert outcome.exit_code == 0, outcome.error
    first, second = asked
    assert second - first >= 1


@posix_only
def test_a_client_that_never_ends_is_given_up(
    project: TestedProject,
    former: dict[str, bytes],
    cdn: LocalCdn,
    without_clients: Path,
    carrier: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clients, "_PATIENCE", 0.5)
    script = without_clients / "npm"
    script.write_text(f"#!{sys.executable}\nimport signal\nsignal.pause()\n", encoding="utf-8")
    script.chmod(0o755)
    cdn.close()

    sentence = project.run("vendor").sentence

    assert "npm pack pyodide@1.2.3: it did not finish in 0.5 s" in sentence
    assert project.served() == former


@posix_only
def test_a_client_whose_disk_is_full_is_told_as_that(
    project: TestedProject, former: dict[str, bytes], cdn: LocalCdn, without_clients: Path
) -> None:
    script = without_clients / "npm"
    script.write_text(
        f"#!{sys.executable}\nimport sys\n"
        "sys.exit('npm error code ENOSPC\\nnpm error nospc ENOSPC: no space left on device, write')"
        "\n",
        encoding="utf-8",
    )
    script.chmod(0o755)
    cdn.close()

    sentence = project.run("vendor").sentence

    assert "ENOSPC: no space left on device" in sentence
    assert "free some space" in sentence
    assert project.served() == former


def test_a_certificate_that_is_not_accepted_is_told_as_that(
    project: TestedProject, former: dict[str, bytes], cdn: LocalCdn, monkeypatch: pytest.MonkeyPatch
) -> None:
    import httpx

    def refuse(*_: object, **__: object) -> None:
        reason = "certificate verify failed: certificate is not yet valid"
        error = ssl.SSLCertVerificationError(1, f"[SSL: CERTIFICATE_VERIFY_FAILED] {reason}")
        raise httpx.ConnectError(f"{error} (_ssl.c:1006)")

    monkeypatch.setattr(httpx.Client, "send", refuse)

    sentence = project.run("vendor").sentence

    assert "its certificate is not accepted: certificate is not yet valid" in sentence
    assert "check that this machine's clock is right" in sentence
    assert project.served() == former


# ------------------------------------------------------------------ a full disk


@contextmanager
def a_small_disk(folder: Path, left: int = 8192) -> Iterator[Path]:
    """Have a folder, with what is in it, be a disk of two megabytes for a while.

    Yields:
        A file that takes all the space but `left` bytes.
    """
    kept = folder.with_name(f"{folder.name}-kept")
    folder.mkdir(exist_ok=True)
    shutil.copytree(folder, kept, symlinks=True)
    _mount("-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder))
    try:
        shutil.copytree(kept, folder, symlinks=True, dirs_exist_ok=True)
        ballast = folder / "ballast"
        disk = os.statvfs(folder)
        ballast.write_bytes(bytes(disk.f_bavail * disk.f_frsize - left))
        yield ballast
    finally:
        _unmount(folder)


def _mount(*arguments: str) -> None:
    program = shutil.which("mount", path="/usr/sbin:/usr/bin:/sbin:/bin")
    done = program and subprocess.run([program, *arguments], capture_output=True, check=False)
    if not done or done.returncode:
        pytest.skip("only root may mount")


def _unmount(folder: Path) -> None:
    program = shutil.which("umount", path="/usr/sbin:/usr/bin:/sbin:/bin")
    assert program
    subprocess.run([program, "--lazy", str(folder)], check=True)


@linux_only
@pytest.mark.parametrize("disk", ["project", "cache"])
def test_vendor_on_a_full_disk(
    disk: str,
    project: TestedProject,
    former: dict[str, bytes],
    cdn: LocalCdn,
    cache_folder: Path,
    release: Release,
) -> None:
    with a_small_disk(project.root if disk == "project" else cache_folder) as ballast:
        sentence = project.run("vendor").sentence

        place = "app/runtime" if disk == "project" else f"the cache {cache_folder}"
        assert f"cannot write {place} (No space left on device): free some space" in sentence
        assert project.served() == former
        assert project.leftovers() == set()
        assert_cache_is_clean(cache_folder)

        ballast.unlink()
        assert project.run("vendor").exit_code == 0
        assert project.served()[ALPHA] == release.files[ALPHA]


@linux_only
def test_lock_on_a_full_disk(project: TestedProject, cdn: LocalCdn, release: Release) -> None:
    before = project.lock_path.read_bytes()
    project.ask_for("gamma")
    with a_small_disk(project.root, left=0) as ballast:
        sentence = project.run("lock").sentence

        assert "cannot write runtime.lock.json (No space left on device): free" in sentence
        assert project.lock_path.read_bytes() == before

        ballast.unlink()
        assert project.run("lock").exit_code == 0
        assert b"gamma" in project.lock_path.read_bytes()


@linux_only
@pytest.mark.parametrize("disk", ["project", "cache"])
def test_build_on_a_full_disk(disk: str, app: TestedProject, cache_folder: Path) -> None:
    app.run("build")
    site = app.built()
    (app.app / "style.css").write_text("p { color: blue }\n" * 40, encoding="utf-8")
    (app.app / "noise.bin").write_bytes(os.urandom(60_000))
    (app.app / "words.txt").write_text(os.urandom(20_000).hex(), encoding="utf-8")
    with a_small_disk(app.root if disk == "project" else cache_folder) as ballast:
        sentence = app.run("build").sentence

        place = "dist" if disk == "project" else f"the cache {cache_folder}"
        assert f"cannot write {place}" in sentence
        assert "(No space left on device): free some space" in sentence
        assert app.built() == site
        assert not (app.root / ".dist-new").exists()
        assert_cache_is_clean(cache_folder)

        ballast.unlink()
        assert app.run("build").exit_code == 0
        assert "words.txt" in app.built()


SMALL_FILES = """
import resource, pyscript_kit.site.prerender, pyscript_kit.snapshot.bytecode
pyscript_kit.snapshot.bytecode.engines = lambda: ()
pyscript_kit.site.prerender.capture = lambda *_: {}
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
"""


@posix_only
def test_build_where_files_may_not_be_large(app: TestedProject) -> None:
    app.run("build")
    site = app.built()

    sentence = app.run_apart("build", before=SMALL_FILES).sentence

    assert "cannot write dist (File too large): allow larger files" in sentence
    assert app.built() == site


# ------------------------------------------------------------------ kill -9


# Runs commands in forks of itself, which has imported all they need, and kills them: before the
# step of a number, where a step is whatever changes a folder or opens a file to write.
FORKS = """
import functools, json, os, signal, sys, traceback
import filelock, httpx
from pyscript_kit.snapshot import bytecode, making
from pyscript_kit.sources import cdn
from pathlib import Path
from pyscript_kit.site import compression
from pyscript_kit.site.build import build_site
from pyscript_kit.lock.locking import lock_project
from pyscript_kit.runtime import vendoring
from pyscript_kit.runtime.vendoring import vendor_runtime

bytecode.engines = making.engines = lambda: ()
# One thing after the other, so that a number means the same step each time.
cdn._AT_ONCE = vendoring._COPIES_AT_ONCE = 1
os.cpu_count = lambda: 1
compression._BEST = 3  # as for the fixture `app`
# Certificates, which the CDN here has none of, take longer to read than all the rest.
httpx.Client = functools.partial(httpx.Client, verify=False)
commands = {
    "build": functools.partial(build_site, prerender=False),
    "lock": lock_project,
    "move": lambda root: lock_project(root, "2.0.0"),
    "vendor": vendor_runtime,
}
changes = ("os.mkdir", "os.remove", "os.rename", "os.rmdir")

def run(command, root, last, told):
    steps = []
    def count(event, arguments):
        writes = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if writes or event in changes:
            steps.append(f"{event} {arguments[0]}")
            if len(steps) == last:
                os.kill(os.getpid(), signal.SIGKILL)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.addaudithook(count)
    try:
        commands[command](Path(root))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os.write(told, json.dumps(steps).encode())
    os._exit(0)

for line in sys.stdin:
    listens, told = os.pipe()
    child = os.fork()
    if child == 0:
        run(*json.loads(line), told)
    os.close(told)
    with os.fdopen(listens) as pipe:
        steps = json.loads(pipe.read() or "[]")
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(json.dumps([code, steps]), flush=True)
"""


class Kills:
    """Runs of a command from one state, each killed at another step."""

    def __init__(self, project: TestedProject, cache_folder: Path, tmp_path: Path) -> None:
        self._folders = (project.root, cache_folder)
        self._project = project
        self._kept = tmp_path / "kept"
        self._errors = tmp_path / "errors"
        self._process: subprocess.Popen[str] | None = None

    def of(self, command: str, every: int) -> Iterator[tuple[str, dict[str, bytes]]]:
        """The step before which a run was killed, and every file of the project and of the cache
        then; the command is then run again, and has to leave what an undisturbed run leaves.

        Args:
            every: how many steps lie between two kills at most; no kind of step is left out, where
                a kind is what is done in which folder.
        """
        for folder in self._folders:
            if folder.exists():
                shutil.copytree(folder, self._kept / folder.name, symlinks=True)
        steps = self._run(command)
        undisturbed = self.state()
        kinds = set()
        for number, step in enumerate(steps, 1):
            kind = re.sub(r"[0-9a-f]{16,}|[^/]*$", "", step)
            swaps = step.startswith(f"os.rename {self._project.root}")
            if kind in kinds and number % every and not swaps:
                continue
            kinds.add(kind)
            self._restore()
            self._run(command, kill_before=number)
            yield step, self.state()
            self._run(command)
            assert self.state() == undisturbed, f"killed before step {number}: {step}"

    def state(self) -> dict[str, bytes]:
        """Every file, but for those that only say that a run goes on."""
        found = {
            f"{folder.name}/{name}": content
            for folder in self._folders
            for name, content in files_below(folder).items()
        }
        return {name: content for name, content in found.items() if not name.endswith(".lock")}

    def end(self) -> None:
        """Let the process go that all runs are forks of."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def _run(self, command: str, kill_before: int = 0) -> list[str]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-c", FORKS],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors.open("w"),
                text=True,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps([command, str(self._project.root), kill_before]), file=self._process.stdin)
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, self._errors.read_text()
        code, steps = json.loads(answer)
        assert code == (-9 if kill_before else 0), self._errors.read_text()
        return list(steps)

    def _restore(self) -> None:
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)
            if (self._kept / folder.name).exists():
                shutil.copytree(self._kept / folder.name, folder, symlinks=True)


@pytest.fixture
def kills(project: TestedProject, cache_folder: Path, tmp_path: Path) -> Iterator[Kills]:
    made = Kills(project, cache_folder, tmp_path)
    yield made
    made.end()


def whole(state: dict[str, bytes], folder: str) -> dict[str, bytes]:
    """What is served of a folder, or, where a kill left none, what the next run puts back."""
    parent, _, name = folder.rpartition("/")
    for place in (f"{folder}/", f"{parent}/.{name}-former/"):
        found = {
            path.removeprefix(place): body for path, body in state.items() if path.startswith(place)
        }
        if found:
            return found
    return {}


@posix_only
def test_vendor_killed_at_each_stage(
    project: TestedProject,
    former: dict[str, bytes],
    cdn: LocalCdn,
    kills: Kills,
    release: Release,
) -> None:
    config = project.app / "pyscript.toml"
    with_loader = config.read_text(encoding="utf-8").replace(
        "pyodide/pyodide.mjs", "preboot/preboot.mjs"
    )
    config.write_text(with_loader, encoding="utf-8")
    stages = set()
    for step, state in kills.of("vendor", every=20):
        served = whole(state, "project/app/runtime")
        assert served == former or served[ALPHA] == release.files[ALPHA]
        assert "preboot/manifest.mjs" in served or served == former
        stages.add(step.split(" ")[0])
    assert {"open", "os.mkdir", "os.rename"} <= stages


@posix_only
def test_build_killed_at_each_stage(app: TestedProject, kills: Kills) -> None:
    app.run("build")
    site = app.built()
    (app.app / "style.css").write_text("p { color: blue }\n" * 40, encoding="utf-8")
    renames = 0
    for step, state in kills.of("build", every=50):
        built = whole(state, "project/dist")
        assert built == site or (len(built) == len(site) and built.keys() != site.keys())
        renames += step.startswith("os.rename")
    assert renames >= 2


def test_a_build_killed_between_the_two_renames_gives_the_former_site_back(
    app: TestedProject,
) -> None:
    app.run("build")
    site = app.built()
    # What the kill leaves; nor can the next run finish.
    (app.root / "dist").rename(app.root / ".dist-former")
    (app.root / ".dist-new").mkdir()
    (app.app / "index.html").unlink()

    assert "app/index.html is missing" in app.run("build").sentence

    assert app.built() == site
    assert not list(app.root.glob(".dist-*"))


def test_what_a_client_wrote_after_its_run_was_killed_is_cleared(
    project: TestedProject, cdn: LocalCdn, cache_folder: Path
) -> None:
    late = cache_folder / "runs" / "0123456789abcdef"
    late.mkdir(parents=True)
    (late / "half.whl").write_bytes(b"half a wheel")

    assert project.run("vendor").exit_code == 0

    assert_cache_is_clean(cache_folder)


def test_a_build_for_the_cdn_whose_cache_loses_a_file_is_one_sentence(
    app: TestedProject, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.ask_for("alpha", interpreter=CDN_INTERPRETER)
    page = PAGE.replace("./runtime/pyscript/", CDN_PYSCRIPT)
    (app.app / "index.html").write_text(page, encoding="utf-8")
    assert app.run("build").exit_code == 0
    site = app.built()
    assert_cache_is_clean(cache_folder)
    monkeypatch.setattr(Cache, "copy", lambda *_: False)

    assert "disappeared from the cache" in app.run("build").sentence

    assert app.built() == site
    assert_cache_is_clean(cache_folder)


@posix_only
def test_lock_killed_at_each_stage(
    project: TestedProject, cdn: LocalCdn, kills: Kills, release: Release
) -> None:
    before = project.lock_path.read_bytes()
    project.ask_for("gamma")
    found = set()
    for _, state in kills.of("lock", every=20):
        lock = state["project/runtime.lock.json"]
        assert lock == before or b'"gamma"' in lock
        found.add(lock)
    assert before in found


@posix_only
def test_a_move_killed_at_each_stage(project: TestedProject, cdn: LocalCdn, kills: Kills) -> None:
    cdn.publish(Release("2.0.0", "3.15.1", glue="pyodide.asm.js"))
    (project.root / "README.md").write_text("[Pyodide](https://pyodide.org) 1.2.3 (Python 3.14)\n")
    (project.app / "index.html").write_text('<link href="./runtime/pyodide/pyodide.asm.mjs">\n')
    carriers = ("project/README.md", "project/app/index.html", "project/runtime.lock.json")
    before = [kills.state()[name] for name in carriers]
    kept = set()
    for _, state in kills.of("move", every=20):
        as_before = [state[name] == old for name, old in zip(carriers, before, strict=True)]
        # In this order, and the lock never before the others.
        assert as_before == sorted(as_before)
        kept.add(sum(as_before))
    assert kept == {0, 1, 2, 3}
    assert not {name for name in kills.state() if name.endswith(("-new", "-former"))}


@posix_only
def test_git_ignores_what_a_killed_run_leaves(tmp_path: Path) -> None:
    git, ignored = shutil.which("git"), TEMPLATE / ".gitignore"
    if git is None or not ignored.is_file():
        pytest.skip("no git here, or no .gitignore any more")
    subprocess.run([git, "init", "--quiet", tmp_path], check=True)
    shutil.copy(ignored, tmp_path)
    made = ["runtime.lock.json", "app/runtime", "dist"]
    places = [Place(tmp_path / name, name) for name in made]
    files = [Place(path, path.name) for path in carriers_of_versions(tmp_path)]
    left = [path for place in [*places, *files] for path in (place.new, place.former)]
    left += [place.lock for place in places]

    said = subprocess.run(
        [git, "check-ignore", *left], cwd=tmp_path, stdout=subprocess.PIPE, text=True, check=False
    )

    assert said.stdout.splitlines() == [str(path) for path in left]


# ------------------------------------------------------------------ two at once


HELD = """
import pathlib, pyscript_kit.site.build, pyscript_kit.snapshot.bytecode
pyscript_kit.site.compression._BEST = 3  # as for the fixture `app`
pyscript_kit.snapshot.bytecode.engines = lambda: ()
pyscript_kit.site.prerender.capture = lambda *_: {{}}
compress = pyscript_kit.site.build.compress_site
def held(*arguments, **options):
    pathlib.Path({gate!r}).read_text()
    return compress(*arguments, **options)
pyscript_kit.site.build.compress_site = held
"""
HELD_IN_WRITING = """
import os, pathlib
os.fsync = lambda _: pathlib.Path({gate!r}).read_text()
"""
WITHOUT_BROWSER = """
from pyscript_kit.site import compression, prerender
compression._BEST = 3
from pyscript_kit.snapshot import bytecode
bytecode.engines = lambda: ()
prerender.capture = lambda *_: {}
"""


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A pipe: who reads from it waits until somebody writes to it, and the other way round."""
    path = tmp_path / "gate"
    os.mkfifo(path)
    return path


def ended(*processes: subprocess.Popen[str]) -> list[str]:
    """What processes said, each of which has to end well."""
    outputs = []
    for process in processes:
        output, error = process.communicate(timeout=60)
        assert process.returncode == 0, error
        outputs.append(output)
    return outputs


@posix_only
def test_vendor_while_a_build_reads_the_runtime(
    app: TestedProject, release: Release, gate: Path
) -> None:
    app.run("build")
    site, runtime = app.built(), app.served()
    build = app.start("build", before=HELD.format(gate=str(gate)))
    with gate.open("w"):
        app.ask_for("gamma")
        app.lock_for("gamma")
        vendor = app.start("vendor")
        assert vendor.stdout is not None
        assert "another command is working on app/runtime: waiting" in vendor.stdout.readline()
        assert app.served() == runtime

    ended(build, vendor)

    assert app.built() == site
    assert release.path_of("gamma") in app.served()
    assert app.leftovers() <= {path.name for path in app.app.iterdir() if path.name[0] != "."} | {
        ".secret"
    }


@posix_only
def test_build_while_vendor_makes_the_runtime(app: TestedProject, cdn: LocalCdn) -> None:
    app.run("build")
    site = app.built()
    shutil.rmtree(app.root / "dist")
    shutil.rmtree(app.runtime)
    shutil.rmtree(os.environ["PYSCRIPT_RUNTIME_CACHE"])
    hold = cdn.hold(ALPHA)
    vendor = app.start("vendor")
    assert hold.asked.wait(60)
    build = app.start("build", before=WITHOUT_BROWSER)
    assert build.stdout is not None
    assert "another command is working on app/runtime: waiting" in build.stdout.readline()
    hold.released.set()

    ended(vendor, build)

    assert cdn.asked_for(ALPHA) == 2
    assert app.built() == site


@posix_only
def test_two_builds_at_once(app: TestedProject, gate: Path) -> None:
    app.run("build")
    site = app.built()
    (app.app / "words.txt").write_text("new")
    first = app.start("build", before=HELD.format(gate=str(gate)))
    with gate.open("w"):
        second = app.start("build", before=WITHOUT_BROWSER)
        assert second.stdout is not None
        assert ": waiting for it" in second.stdout.readline()
        assert app.built() == site

    ended(first, second)

    assert app.built()["words.txt"] == b"new"
    assert {path.name for path in app.root.iterdir()} == {
        *("app", "dist", "runtime.lock.json", ".dist.lock", ".runtime.lock.json.lock"),
    }


@posix_only
def test_two_locks_at_once(
    project: TestedProject, cdn: LocalCdn, release: Release, gate: Path
) -> None:
    before = project.lock_path.read_bytes()
    project.ask_for("gamma")
    first = project.start("lock", before=HELD_IN_WRITING.format(gate=str(gate)))
    with gate.open("w"):
        second = project.start("lock")
        assert second.stdout is not None
        waits = "another command is working on runtime.lock.json: waiting for it\n"
        assert waits in iter(second.stdout.readline, "")
        assert project.lock_path.read_bytes() == before

    ended(first, second)

    assert project.lock_path.read_bytes() == lock_text(release.lock("gamma")).encode()


# ------------------------------------------------------------------ the clock


def test_a_clock_set_back_behind_the_files(app: TestedProject, cdn: LocalCdn) -> None:
    app.run("build")
    site = app.built()
    for folder in (app.root, Path(os.environ["PYSCRIPT_RUNTIME_CACHE"])):
        for path in folder.rglob("*"):
            os.utime(path, (4e9, 4e9))

    vendor, lock, build = app.run("vendor"), app.run("lock"), app.run("build")

    assert "app/runtime/ is up to date" in vendor.output
    assert "runtime.lock.json is up to date" in lock.output
    assert build.exit_code == 0, build.error
    assert app.built() == site


def test_a_clock_that_begins_in_1970(app: TestedProject, monkeypatch: pytest.MonkeyPatch) -> None:
    app.run("build")
    site = app.built()
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() % 86400)
    monkeypatch.setattr(time, "localtime", lambda _=None: time.gmtime(now() % 86400))
    shutil.rmtree(app.root / "dist")
    shutil.rmtree(app.runtime)

    outcome = app.run("build")

    assert outcome.exit_code == 0, outcome.error
    assert app.built() == site
    # Archives that hold the time are made before pip is missed.
    app.ask_for("alpha", "outside")
    assert "neither pip nor uv is installed" in app.run("lock").sentence


# ------------------------------------------------------------------ no home folder


@pytest.fixture
def homeless(tmp_path: Path, cdn: LocalCdn, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user that the system knows nothing of, in a folder of its own."""
    for name in ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "PYSCRIPT_RUNTIME_CACHE"):
        monkeypatch.delenv(name, raising=False)

    def unknown(user: int) -> None:
        raise KeyError(user)

    monkeypatch.setattr("pwd.getpwuid", unknown)
    monkeypatch.chdir(tmp_path)


@posix_only
@pytest.mark.parametrize("command", ["vendor", "lock", "build"])
@pytest.mark.parametrize("home", ["unset", "not to be written", "somebody else's"])
def test_without_a_home_folder(
    home: str, command: str, app: TestedProject, homeless: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.ask_for("gamma") if command == "lock" else None
    before = files_below(app.root)
    if home == "not to be written":
        monkeypatch.setenv("HOME", os.devnull)
    elif home == "somebody else's":
        monkeypatch.setenv("PYSCRIPT_RUNTIME_CACHE", "~nobody-of-that-name/cache")

    sentence = app.run(command).sentence

    said = {
        "unset": "this user has no home folder to keep a cache in",
        "not to be written": f"cannot write the cache {os.devnull}/",
        "somebody else's": "'~nobody-of-that-name/cache', and that user has no known home folder",
    }
    assert said[home] in sentence
    assert "PYSCRIPT_RUNTIME_CACHE" in sentence
    after = files_below(app.root)
    assert {name: after[name] for name in after if not name.endswith(".lock")} == {
        name: before[name] for name in before if not name.endswith(".lock")
    }
    assert not Path("~").exists()


@posix_only
def test_a_runtime_that_is_right_needs_no_home_folder(
    project: TestedProject,
    cache_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    request.getfixturevalue("cdn")
    assert project.run("vendor").exit_code == 0
    request.getfixturevalue("homeless")

    assert "app/runtime/ is up to date" in project.run("vendor").output


# ------------------------------------------------------------------ a checkout to read only


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nobody write below a folder, root included, for a while."""
    _mount("--bind", str(folder), str(folder))
    try:
        _mount("-o", "remount,bind,ro", str(folder))
        yield
    finally:
        _unmount(folder)


@linux_only
@pytest.mark.parametrize(
    ("command", "place"),
    [("vendor", "app/runtime"), ("lock", "runtime.lock.json"), ("build", "dist")],
)
def test_a_checkout_that_is_read_only(command: str, place: str, app: TestedProject) -> None:
    app.run("build")
    if command == "lock":
        app.ask_for("gamma")
    elif command == "vendor":
        (app.runtime / ALPHA).unlink()
    before = files_below(app.root)
    with read_only(app.root):
        sentence = app.run(command).sentence

    assert f"pyscript {command}: cannot write {place} (Read-only file system)" in sentence
    assert "make it writable" in sentence
    assert files_below(app.root) == before


@linux_only
def test_what_is_right_already_may_be_read_only(app: TestedProject) -> None:
    app.run("vendor")
    with read_only(app.root):
        assert "is up to date" in app.run("vendor").output
        assert "is up to date" in app.run("lock").output


@linux_only
def test_a_runtime_comes_out_of_a_cache_that_is_read_only(
    project: TestedProject, cdn: LocalCdn, cache_folder: Path, release: Release
) -> None:
    project.run("vendor")
    shutil.rmtree(project.runtime)
    with read_only(cache_folder):
        assert project.run("vendor").exit_code == 0

    assert project.served()[ALPHA] == release.files[ALPHA]


@posix_only
def test_a_file_of_the_app_that_cannot_be_read_is_named(
    app: TestedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.run("build")
    site = app.built()
    # Root reads what it likes, so that another error has to stand for the missing permission.
    (app.app / "data" / "table.csv").unlink()
    (app.app / "data" / "table.csv").symlink_to("/proc/self/mem")

    sentence = app.run("build").sentence

    assert "app/data/table.csv cannot be read (" in sentence
    assert app.built() == site


# ------------------------------------------------------------------ an odd path


ODD = "a b \u2019 'q' %41 #x & $HOME `c` \u00fcn\u00ef \u6f22"
ODDER = ODD if sys.platform == "win32" else ODD + ' "d" \\e ?f *'


@pytest.fixture
def odd(tmp_path: Path, release: Release) -> TestedProject:
    made = TestedProject(tmp_path / ODDER / "project", release)
    made.ask_for("alpha")
    made.lock_for("alpha")
    return made


def test_a_path_with_spaces_quotes_and_letters_of_all_kinds(
    odd: TestedProject,
    app: TestedProject,
    index: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app.run("build")
    shutil.copytree(app.app, odd.app, dirs_exist_ok=True)
    monkeypatch.setenv("PYSCRIPT_RUNTIME_CACHE", str(tmp_path / ODDER / "cache"))

    assert odd.run("vendor").exit_code == 0
    outcome = odd.run("build")
    assert outcome.exit_code == 0, outcome.error
    assert odd.built() == app.built()

    index(wheel("outside", "1.0"))
    odd.ask_for("alpha", "outside")
    for command in ("lock", "vendor"):
        outcome = odd.run(command)
        assert outcome.exit_code == 0, outcome.error
    assert "pyodide/outside-1.0-py3-none-any.whl" in odd.served()


def test_a_name_that_the_terminal_has_no_letters_for_ends_no_command(
    project: TestedProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "\u6f22").write_text("in the way")
    monkeypatch.setenv("PYSCRIPT_RUNTIME_CACHE", str(tmp_path / "\u6f22" / "cache"))
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    say_it = (
        "import pyscript_kit.runtime.vendoring as v, pyscript_kit.terminal as t\nread = v._read\n"
        "v._read = lambda root: (t.say(chr(0x6f22)), read(root))[1]"
    )

    outcome = project.run_apart("vendor", before=say_it)

    assert "\\u6f22" in outcome.output
    assert "\\u6f22" in outcome.sentence
