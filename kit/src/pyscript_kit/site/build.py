"""`pyscript build`: writes `dist/`, a site for any static host."""

import dataclasses
import importlib.util
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyscript_kit.errors import ToolError, writing
from pyscript_kit.lock.lockfile import RuntimeLock, index_of, wanted_by
from pyscript_kit.lock.reader import read_lock
from pyscript_kit.project.settings import Project, read_project
from pyscript_kit.project.swap import Place, alone, replace
from pyscript_kit.runtime.vendoring import vendored
from pyscript_kit.site.app import read_modules, served_files
from pyscript_kit.site.components import Shipment, shipped
from pyscript_kit.site.compression import Size, compress_site
from pyscript_kit.site.folder import Site
from pyscript_kit.site.layout import lay_out
from pyscript_kit.site.notices import LICENSES, notices, without_text
from pyscript_kit.site.offline import SERVICE_WORKER
from pyscript_kit.site.parts import Parts
from pyscript_kit.site.sbom import SBOM, sbom
from pyscript_kit.site.singlefile import single_file as single_document
from pyscript_kit.snapshot.bytecode import compile_modules
from pyscript_kit.sources.cache import CACHE_VARIABLE, Cache
from pyscript_kit.sources.wanted import INDEX_PATH
from pyscript_kit.terminal import counted, megabytes, say

# What tells whether pin, lock and packages agree; a project may have removed it.
_PIN_TESTS = "tests/unit/test_pin.py"
_SETTINGS = "[tool.pyscript-build]"


def build_site(root: Path) -> None:
    """Write the site of the project at `root`, and say what it weighs.

    Raises:
        ToolError: one sentence; `dist/` is then as it was.
    """
    started = time.monotonic()
    made: list[tuple[Site, dict[str, Size]]] = []
    with _prepared(root) as (parts, runtime, dist):
        shipment = _shipment(
            parts, runtime, on_cdn=parts.project.mode == "cdn", written=(SERVICE_WORKER,)
        )

        def fill(folder: Path) -> None:
            site = lay_out(parts, folder)
            # After it, so that no visitor fetches ahead what few ask for.
            _write_notices(shipment, folder)
            say("Compressing what has changed (all of it takes a minute) …")
            made.append((site, compress_site(folder, Cache.of_user())))

        replace(dist, fill)
    ((site, sizes),) = made
    for line in table(site, sizes):
        say(line)
    say(_noticed(shipment))
    say(f"dist/ holds {counted(len(sizes), 'file')}, in {time.monotonic() - started:.1f} s")


def lay_out_site(root: Path, folder: Path) -> None:
    """Write the site of the project at `root` into an empty folder, with the runtime that is there,
    and without compressed copies, which take their time: for tests.

    Raises:
        ToolError: one sentence; what is in the folder is then of no use.
    """
    project = read_project(root)
    lock = read_lock(project.lock_path)
    with _runtime(project, lock) as runtime:
        lay_out(_parts(project, lock, runtime), folder)


def build_single_file(root: Path, *, embed: bool) -> None:
    """Write the project at `root` as one document, `dist/index.html`, and say what it weighs.

    Raises:
        ToolError: one sentence; `dist/` is then as it was.
    """
    started = time.monotonic()
    with _prepared(root) as (parts, runtime, dist):
        shipment = _shipment(parts, runtime, on_cdn=not embed)
        # A document with the runtime in it travels alone, and takes the licences with it.
        document = (
            single_document(parts, runtime, notices(shipment)) if embed else single_document(parts)
        ).encode()

        def fill(folder: Path) -> None:
            (folder / "index.html").write_bytes(document)
            _write_notices(shipment, folder)

        replace(dist, fill)
    source = "the runtime in it" if embed else "the runtime from the CDN"
    seconds = time.monotonic() - started
    say(_noticed(shipment))
    say(f"dist/index.html is the app: {megabytes(len(document))}, {source}, in {seconds:.1f} s")


def table(site: Site, sizes: dict[str, Size]) -> list[str]:
    """Lines that say what a site weighs, by its parts and by visit."""
    images = set().union(*site.by_layout.values()) if site.by_layout else set()
    at_start = {*site.at_start, "./index.html"}
    groups: dict[str, list[Size]] = {}
    for address, size in sizes.items():
        groups.setdefault(_group(address, address in at_start or address in images), []).append(
            size
        )
    rows = [("", "files", "raw", "sent")]
    for name in _GROUPS:
        if group := groups.get(name):
            rows.append(_row(name, group))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return [*lines, *_visits(site, sizes)]


_GROUPS = (
    "the app",
    "Pyodide, to start",
    "PyScript, to start",
    "memory, to start",
    "the rest of the runtime, on demand",
    "licences and SBOM, on request",
)


# What is the app's own below runtime/, too.
_OWN = ("./runtime/packs/app-", "./runtime/app-", "./runtime/offline-")


def _group(address: str, to_start: bool) -> str:
    if address in (f"./{LICENSES}", f"./{SBOM}"):
        return "licences and SBOM, on request"
    if not address.startswith("./runtime/") or address.startswith(_OWN):
        return "the app"
    if not to_start:
        return "the rest of the runtime, on demand"
    if address.startswith("./runtime/pyodide"):
        return "Pyodide, to start"
    return "PyScript, to start" if address.startswith("./runtime/pyscript") else "memory, to start"


def _row(name: str, sizes: list[Size]) -> tuple[str, str, str, str]:
    plain = sum(size.plain for size in sizes)
    sent = sum(size.sent for size in sizes)
    return name, str(len(sizes)), megabytes(plain), megabytes(sent)


def _visits(site: Site, sizes: dict[str, Size]) -> Iterator[str]:
    """What a first and a second visit fetch: engines of one layout fetch the images of that one."""
    always = sum(sizes[address].sent for address in {*site.at_start, "./index.html"})
    layouts = site.by_layout.values()
    images = max((sum(sizes[address].sent for address in names) for names in layouts), default=0)
    most = max(map(len, layouts), default=0)
    again = sizes["./index.html"].sent
    requests = len({*site.at_start, "./index.html"}) + most
    yield (
        f"A first visit to a page that draws fetches {megabytes(always + images)} "
        f"in {requests} requests; "
        f"a second one the document again, {again / 1e3:.1f} kB, or nothing without a network."
    )


def _shipment(
    parts: Parts, runtime: Path, *, on_cdn: bool, written: tuple[str, ...] = ()
) -> Shipment:
    """What the app ships, once its own files leave room for what the build writes."""
    files = served_files(parts.project)
    if taken := next((name for name in (LICENSES, SBOM, *written) if name in files), None):
        raise ToolError(f"app/{taken} has the name of what the build writes there: rename it")
    return dataclasses.replace(shipped(parts.project, parts.lock, runtime, files), on_cdn=on_cdn)


def _write_notices(shipment: Shipment, folder: Path) -> None:
    (folder / LICENSES).write_text(notices(shipment), encoding="utf-8")
    (folder / SBOM).write_bytes(sbom(shipment))


def _noticed(shipment: Shipment) -> str:
    """One line about licences and SBOM, with what is left to look up."""
    count = counted(1 + len(shipment.components), "component")
    line = f"{LICENSES} has the licences of {count}, {SBOM} lists them"
    lacking = [*(f"the inside of {name}" for name in shipment.unknown), *without_text(shipment)]
    return f"{line}; not found: {', '.join(lacking)}" if lacking else line


def _test_pin(root: Path) -> None:
    """Refuse to build what does not agree with its lock."""
    if not (root / _PIN_TESTS).is_file():
        return
    if importlib.util.find_spec("pytest") is None:
        raise ToolError(
            "pytest is not installed, with which a build tests the lock: "
            "run `python -m pip install -e .` in the project"
        )
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider"]
    result = subprocess.run(
        [*command, _PIN_TESTS], cwd=root, capture_output=True, text=True, check=False
    )
    if result.returncode:
        failed = re.search(r"^(?:FAILED|ERROR) (.+)", result.stdout, re.MULTILINE)
        reason = failed[1] if failed else (result.stdout or result.stderr).strip()[-300:]
        raise ToolError(
            f"the tests of the lock fail, first {reason}: "
            f"run `pytest {_PIN_TESTS}` and mend what it names"
        )


def _connect(root: Path) -> tuple[str, ...]:
    """The origins that the app may ask for data, from the project's settings."""
    path = root / "pyproject.toml"
    try:
        settings: Any = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ToolError(f"pyproject.toml cannot be read ({error}): mend it") from error
    for key, default in (("tool", {}), ("pyscript-build", {}), ("connect", [])):
        settings = settings.get(key, default) if isinstance(settings, dict) else None
    if isinstance(settings, list) and all(_is_source(each) for each in settings):
        return tuple(settings)
    raise ToolError(
        f"pyproject.toml: connect of {_SETTINGS} is no list of origins: write "
        '["https://api.example.org"], for example'
    )


def _is_source(value: object) -> bool:
    """Whether something may stand in a Content-Security-Policy as a source."""
    return isinstance(value, str) and bool(value) and not set(value) & set(" ;,'\"\n\t")


@contextmanager
def _prepared(root: Path) -> Iterator[tuple[Parts, Path, Place]]:
    """All that a site is made from, the folder of its runtime, and the place for the site."""
    dist = Place(root / "dist", "dist")
    with alone(dist):
        _test_pin(root)
        with vendored(root) as (project, lock), _runtime(project, lock) as runtime:
            yield _parts(project, lock, runtime), runtime, dist


def _parts(project: Project, lock: RuntimeLock, runtime: Path) -> Parts:
    connect = _connect(project.root)
    modules = read_modules(project)
    bytecode = compile_modules(modules, runtime, lock, Cache.of_user())
    return Parts(project, lock, modules, bytecode, connect)


@contextmanager
def _runtime(project: Project, lock: RuntimeLock) -> Iterator[Path]:
    """The folder of the runtime; one for the time being where the app has it from the CDN."""
    if project.mode == "self-hosted":
        yield project.runtime
        return
    cache = Cache.of_user()
    with cache.workspace() as folder:
        with writing(cache.label):
            for wanted in wanted_by(lock):
                place = folder / wanted.path
                place.parent.mkdir(exist_ok=True)
                if not cache.copy(wanted, place):
                    raise ToolError(
                        f"{wanted.path} left the cache {cache.folder} as soon as it was there: "
                        f"name another folder in {CACHE_VARIABLE}"
                    )
            (folder / INDEX_PATH).write_bytes(index_of(lock))
        yield folder
