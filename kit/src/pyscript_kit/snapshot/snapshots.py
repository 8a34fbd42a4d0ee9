"""Makes what the loader boots from: bytecode, and images of Python's memory. A browser makes it,
out of a runtime's plain files, once for a lock; docs/preboot.md of the template explains how.

What is made lies in `app/runtime/preboot/`, and in the user's cache under the key of all that it
was made from. No lock knows its hashes: they stand in the manifest that is made along with it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from pyscript_kit.browser import LOADER, files_of
from pyscript_kit.errors import writing
from pyscript_kit.lock.lockfile import RuntimeLock
from pyscript_kit.project.settings import canonical_name
from pyscript_kit.snapshot.engines import Engine, engine_errors, engines, has_webkit
from pyscript_kit.snapshot.needs import Needs
from pyscript_kit.snapshot.workshop import NO_FILES, Workshop, opened
from pyscript_kit.sources.cache import Cache
from pyscript_kit.terminal import counted, megabytes, say, warn

FOLDER = "preboot"
# What makes snapshots, in a browser; its pages use modules of the loader.
_MAKER = Path(__file__).parent / "maker"

_MANIFEST = "manifest.mjs"
_NO_FILES = "no-stdlib.zip"
_EXPORT = "export default "
# The large files of Pyodide itself that every boot fetches; releases differ in the second's name.
_CORE = ("pyodide.asm.wasm", "pyodide.asm.mjs", "pyodide.asm.js")
# The parts of PyScript that it imports one after the other at every start.
_MODULES = re.compile(r"(core|deprecations-manager|donkey|error|py-[a-z]+|toml)-[^/]*\.js")
_PATIENCE = 240.0  # seconds without a word from the browser
# In how many runs an engine is tried for one set: whatever went wrong may be over by the next, and
# what it cannot do at all is not to cost minutes in each.
_TRIES = 2
# Seconds that a set stays in the cache unused: it takes a hundred megabytes, and a minute to make.
_UNUSED = 30 * 24 * 3600
# What a manifest may name: files beside it.
_BLOB = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]*")
# The largest payload of one file, in bytes: free hosts take no file of more than 25 MiB.
_PIECE = 8 << 20

# What PyScript and the patterns import before the first page.
_STANDARD_IMPORTS = (
    *("ast", "asyncio", "base64", "bisect", "calendar", "codeop", "collections.abc"),
    *("concurrent.futures", "contextlib", "copy", "csv", "dataclasses", "datetime", "decimal"),
    *("email.message", "email.parser", "enum", "fractions", "functools", "gzip", "hashlib"),
    *("heapq", "html.parser", "http", "importlib.metadata", "importlib.resources", "inspect"),
    *("io", "itertools", "json", "keyword", "linecache", "locale", "logging", "math"),
    *("mimetypes", "numbers", "operator", "pathlib", "pickle", "pkgutil", "platform", "pprint"),
    *("queue", "random", "re", "secrets", "shutil", "signal", "socket", "statistics", "string"),
    *("struct", "subprocess", "sysconfig", "tempfile", "textwrap", "threading", "timeit"),
    *("tokenize", "traceback", "types", "typing", "unicodedata", "urllib.request", "uuid"),
    *("warnings", "weakref", "xml.etree.ElementTree", "zipfile", "zlib", "zoneinfo"),
    *("pyodide.code", "pyodide.console", "pyodide.ffi.wrappers", "pyodide.http"),
)

# What cannot be imported is left to the app, which says so where it is needed.
_IMPORTS = """
import importlib
for name in {names!r}:
    try:
        importlib.import_module(name)
    except ImportError:
        pass
"""

# A first use of a package beyond its import, after which its caches are warm.
_FIRST_USE = {
    "matplotlib": """
import io
import matplotlib.backends.backend_svg
import matplotlib.pyplot
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
figure = Figure(figsize=(4, 3), layout="constrained")
canvas = FigureCanvasAgg(figure)
axes = figure.add_subplot()
axes.plot([0, 1, 2], [1, 3, 2], label="a")
axes.set(title="Title", xlabel="x in m", ylabel="y")
axes.grid(True)
axes.legend()
canvas.draw()
figure.savefig(io.BytesIO(), format="png")
figure.savefig(io.StringIO(), format="svg", metadata={"Date": None})
""",
}

# What a snapshot and a plain boot have to agree on before a snapshot is let out.
_CHECK = """
import hashlib, importlib, io, math
found = {name: getattr(importlib.import_module(name), "__version__", "") for name in NAMES}
if "numpy" in found:
    import numpy as np
    found["solve"] = np.linalg.solve(np.eye(4) + np.ones((4, 4)), np.arange(4.0)).tobytes().hex()
if "matplotlib" in found:
    from matplotlib.figure import Figure
    figure = Figure(figsize=(5, 4))
    figure.add_subplot(title="$x^2$").plot([math.sin(x) for x in range(30)])
    image = io.BytesIO()
    figure.savefig(image, format="png")
    found["figure"] = hashlib.sha256(image.getvalue()).hexdigest()
outcome = repr(found)
"""

Manifest = dict[str, Any]


def is_prepared(folder: Path, lock: RuntimeLock, needs: Needs, *, wanted: bool) -> bool:
    """Whether a runtime's folder of the loader is whole and what a new one would be.

    Args:
        folder: `app/runtime/preboot`.
        lock: the runtime's lock.
        needs: what the app needs of the lock's packages.
        wanted: whether it is to hold snapshots.
    """
    try:
        manifest = read_manifest(folder / _MANIFEST)
        if manifest is None:
            made = {}
            right = not (wanted and engines())
        else:
            made = {file: sha256 for file, _, sha256 in _files(manifest)}
            right = (
                wanted
                and not _to_try_again(manifest)
                and manifest["key"] == _key(lock, needs)
                and manifest.items() >= _at_once(needs).items()
            )
        found = {path.name for path in folder.iterdir()}
        return (
            right
            and found == {*(path.name for path in files_of(LOADER)), _MANIFEST, _NO_FILES, *made}
            and all(_bytes(folder / path.name) == _bytes(path) for path in files_of(LOADER))
            and all(_sha256(folder / name) == sha256 for name, sha256 in made.items())
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def prepare(runtime: Path, lock: RuntimeLock, needs: Needs, cache: Cache, *, wanted: bool) -> None:
    """Add the loader, and what it boots from, to a runtime that has its plain files already.

    Where no browser can be started, or what it makes does not pass its check, the loader boots from
    less or plainly, and a warning says so.

    Args:
        runtime: the folder with `pyodide/` in it.
        lock: the runtime's lock.
        needs: what the app needs of the lock's packages.
        cache: where snapshots are kept and looked for.
        wanted: whether snapshots are wanted.
    """
    folder = runtime / FOLDER
    folder.mkdir()
    for path in files_of(LOADER):
        shutil.copyfile(path, folder / path.name)
    (folder / _NO_FILES).write_bytes(NO_FILES)
    _write(folder, None)
    if not wanted:
        say("No snapshot, as asked: Python boots plainly")
        return
    kept = cache.folder / "snapshots" / _key(lock, needs)
    former = _from_cache(kept, folder)
    manifest = _made(runtime, lock, needs, former)
    if manifest is None:
        return
    _write(folder, {**manifest, **_at_once(needs)})
    tell_failures(folder)
    if manifest is not former:
        _keep(kept, folder, manifest, cache, more=former is not None)


def tell_failures(folder: Path) -> None:
    """Warn of the browsers that no snapshot could be made for.

    Args:
        folder: `app/runtime/preboot`.
    """
    try:
        manifest = read_manifest(folder / _MANIFEST) or {}
        failed = _failed(manifest)
    except (OSError, ValueError):  # another run is making it anew
        return
    for name, runs in failed.items():
        again = (
            "the next run tries again"
            if runs < _TRIES
            else f"{runs} runs failed, so none tries again until you remove app/runtime/ and "
            f"snapshots/{manifest['key']} in the cache"
        )
        warn(f"the app starts later in browsers like {name}, which made no snapshot: {again}")


def tell_needs(folder: Path, needs: Needs) -> None:
    """Have a loader that is in place begin with what the app needs now.

    Args:
        folder: `app/runtime/preboot`.
        needs: what the app needs of the lock's packages.

    Raises:
        OSError: its manifest cannot be read or written.
        ValueError: it is none.
    """
    manifest = read_manifest(folder / _MANIFEST)
    if manifest is None or manifest.items() >= _at_once(needs).items():
        return
    # A page may be loading it.
    new = folder / f".{_MANIFEST}"
    new.write_text(write_manifest({**manifest, **_at_once(needs)}), encoding="utf-8")
    new.replace(folder / _MANIFEST)


def in_order(lock: RuntimeLock) -> list[str]:
    """The packages of a lock, each after those that it depends on."""
    found: dict[str, None] = {}

    def add(name: str, above: tuple[str, ...] = ()) -> None:
        if name in found or name in above:
            return
        for other in lock.packages[name].depends:
            add(other, (*above, name))
        found[name] = None

    for name in sorted(lock.packages):
        add(name)
    return list(found)


# ------------------------------------------------------------------ making


def _made(
    runtime: Path, lock: RuntimeLock, needs: Needs, former: Manifest | None
) -> Manifest | None:
    """What all engines make; of a former run's, what is still to be tried."""
    available = engines() if former is None else _to_try_again(former)
    if former is None and not available:
        warn(
            "no browser was found to make snapshots with, so Python boots plainly: "
            "run `playwright install chromium`, then `pyscript vendor`"
        )
        return None
    manifest, failed = former, _failed(former or {})
    for engine in available:
        started = time.monotonic()
        say(f"Making snapshots of Python's memory in {engine.name} (once for a lock, a minute) …")
        manifest, passed = _make_in(engine, runtime, lock, needs, manifest)
        if passed:
            failed.pop(engine.name, None)
            say(f"{engine.name} took {time.monotonic() - started:.0f} s")
        else:
            failed[engine.name] = failed.get(engine.name, 0) + 1
    if manifest is None or not available:
        return manifest
    return {**manifest, "failed": failed}


def _to_try_again(manifest: Manifest) -> list[Engine]:
    """The engines of this machine that have failed, and not too often."""
    failed = _failed(manifest)
    if not failed:  # looking for browsers takes a while
        return []
    return [engine for engine in engines() if 0 < failed.get(engine.name, 0) < _TRIES]


def _failed(manifest: Manifest) -> dict[str, int]:
    """In how many runs an engine has failed, by its name.

    Raises:
        ValueError: the manifest does not say it in that way.
    """
    failed = manifest.get("failed", {})
    if not isinstance(failed, dict) or not all(isinstance(runs, int) for runs in failed.values()):
        raise ValueError("it tells of no failures")
    return dict(failed)


def _make_in(
    engine: Engine, runtime: Path, lock: RuntimeLock, needs: Needs, former: Manifest | None
) -> tuple[Manifest | None, bool]:
    """What an engine makes, joined to what a former one has made, and whether it is right."""
    job = _job(lock, needs)
    if former:
        job["made"] = {key: former[key] for key in ("stdlib", "packages", "trees", "first")}
    workshop = Workshop(runtime, (_MAKER, LOADER), job)
    result = _run(engine, workshop, "maker.html")
    if result is None:
        return former, False
    if former and result["layout"] in former["snapshots"]:
        return former, True
    folder = runtime / FOLDER
    with ThreadPoolExecutor() as pool:
        written = pool.map(lambda item: write_blob(folder, *item), workshop.blobs.items())
        blobs = dict(zip(workshop.blobs, written, strict=True))
    manifest = former or _contents(lock, needs, result, blobs)
    snapshot = _snapshot(lock, result, blobs)
    joined = {**manifest, "snapshots": dict(manifest["snapshots"])}
    if snapshot:
        joined["snapshots"][result["layout"]] = snapshot
    _write(folder, {**joined, **_at_once(Needs([], {}, [], {}, {}))})
    workshop.job["kind"] = (
        "packages" if "packages" in snapshot else "base" if snapshot else "bytecode"
    )
    if _run(engine, workshop, "check.html") is not None:
        return joined, True
    for file, _, _ in _files(snapshot):
        (folder / file).unlink()
    return manifest, False


def _run(engine: Engine, workshop: Workshop, page: str) -> Any:
    """Open a page and wait for its result; None, after a warning, when there is none."""
    reason = f"it has said nothing for {_PATIENCE:.0f} s"
    try:
        with opened(workshop), engine.open(workshop.address + page):
            while said := workshop.wait(_PATIENCE):
                kind, text = said
                if kind == "result":
                    return json.loads(text)
                if kind == "failed":
                    reason = text.strip().splitlines()[-1]
                    break
                (warn if kind == "warning" else say)(f"  {text}")
    except (engine_errors(), OSError) as error:
        reason = str(error).strip().splitlines()[0]
    warn(f"{engine.name} made no snapshot that can be used: {reason}")
    return None


def _job(lock: RuntimeLock, needs: Needs) -> dict[str, Any]:
    modules = [module for name in _requested(lock) for module in lock.packages[name].imports]
    return {
        "standard_imports": _STANDARD_IMPORTS,
        "packages": [
            {"name": name, "warm_up": _warm_up(lock, needs, name)} for name in in_order(lock)
        ],
        "check": f"NAMES = {modules!r}\n{_CHECK}",
    }


def _warm_up(lock: RuntimeLock, needs: Needs, name: str) -> str:
    """Python that imports of a package what the app imports, or all of it, and uses it once; empty
    for one that nobody asks for."""
    modules = needs.modules.get(name) or (
        lock.packages[name].imports if name in _requested(lock) else ()
    )
    return _IMPORTS.format(names=list(modules)) + _FIRST_USE.get(name, "") if modules else ""


def _requested(lock: RuntimeLock) -> list[str]:
    """The packages that are asked for, whatever spelling they are asked for in."""
    return [canonical_name(name) for name in lock.requested]


def _at_once(needs: Needs) -> dict[str, Any]:
    return {
        "files": needs.files,
        "pages": needs.pages,
        "start": needs.start,
        "routes": needs.routes,
    }


def _contents(lock: RuntimeLock, needs: Needs, result: Any, blobs: dict[str, Any]) -> Manifest:
    return {
        "key": _key(lock, needs),
        "order": in_order(lock),
        "packages": {
            name: {
                "version": lock.packages[name].version,
                "file_name": next(
                    (file.path.split("/")[-1] for file in lock.files if file.package == name), ""
                ),
                "depends": list(lock.packages[name].depends),
                "code": blobs[parts["code"]],
                "source": blobs[parts["source"]],
            }
            for name, parts in result["packages"].items()
        },
        "stdlib": {part: blobs[name] for part, name in result["stdlib"].items()},
        "trees": {part: blobs[name] for part, name in result["trees"].items()},
        **{
            part: {"blob": blobs[result[part]["blob"]], "tree": result[part]["tree"]}
            for part in ("first", "pyscript")
        },
        "modules": [
            f"../{file.path}"
            for file in lock.files
            if _MODULES.fullmatch(file.path.removeprefix("pyscript/"))
        ],
        "pyodide": {
            file.path.removeprefix("pyodide/"): file.size
            for file in lock.files
            if file.path.removeprefix("pyodide/") in _CORE
        },
        "snapshots": {},
    }


def _snapshot(lock: RuntimeLock, result: Any, blobs: dict[str, Any]) -> dict[str, Any]:
    base, held = result.get("base"), result.get("held")
    if not base:
        return {}
    snapshot = {"base": {**base, "image": blobs[base["image"]]}}
    if held:
        snapshot["packages"] = {
            "names": in_order(lock),
            "libraries": held["libraries"],
            "image": blobs[held["image"]],
        }
    return snapshot


def write_blob(folder: Path, name: str, payload: bytes) -> list[dict[str, Any]]:
    """Write a payload in pieces that hosts compress and take, each named by its content, and return
    what a manifest says of them."""
    starts = range(0, len(payload), _PIECE) or [0]
    return [_write_piece(folder, name, payload[start : start + _PIECE]) for start in starts]


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


# ------------------------------------------------------------------ keeping


def _key(lock: RuntimeLock, needs: Needs) -> str:
    """What tells one set of snapshots from another: all that they are made from, and with."""
    digest = hashlib.sha256(json.dumps(_job(lock, needs)).encode())
    for asset in (*files_of(_MAKER), *files_of(LOADER)):
        digest.update(_bytes(asset))
    for file in lock.files:
        digest.update(f"{file.path} {file.sha256}\n".encode())
    # A WebKit that comes later adds its own snapshot.
    digest.update(b"webkit" if has_webkit() else b"")
    return digest.hexdigest()[:32]


def _from_cache(kept: Path, folder: Path) -> Manifest | None:
    started = time.monotonic()
    try:
        manifest = _parsed((kept / "manifest.json").read_text(encoding="utf-8"))
        if manifest is None:
            raise ValueError("no manifest is kept")
        files = _files(manifest)
        _failed(manifest)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        right = False
    else:
        with suppress(OSError):  # a cache that is read only keeps everything
            os.utime(kept)
        with ThreadPoolExecutor() as pool:
            right = all(pool.map(lambda file: _copied(kept, folder, *file), files))
    if not right:
        warn(f"the snapshots in the cache have changed on disk and are made anew: {kept}")
        shutil.rmtree(kept, ignore_errors=True)
        return None
    size = megabytes(sum(size for _, size, _ in files))
    seconds = time.monotonic() - started
    say(f"Snapshots: {counted(len(files), 'file')}, {size}, from the cache in {seconds:.1f} s")
    return manifest


def _copied(kept: Path, folder: Path, file: str, size: int, sha256: str) -> bool:
    try:
        content = (kept / file).read_bytes()
    except OSError:
        return False
    # That it cannot be written is no fault of what is kept.
    if len(content) != size or hashlib.sha256(content).hexdigest() != sha256:
        return False
    (folder / file).write_bytes(content)
    return True


def _keep(kept: Path, folder: Path, manifest: Manifest, cache: Cache, *, more: bool) -> None:
    """Keep a set in the cache; `more` when it is to take the place of one that lacks something."""
    with cache.workspace() as workspace, writing(f"the cache {cache.folder}"):
        made = workspace / "snapshots"
        made.mkdir()
        for file, _, _ in _files(manifest):
            shutil.copyfile(folder / file, made / file)
        (made / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        kept.parent.mkdir(parents=True, exist_ok=True)
        if more:
            with suppress(FileNotFoundError):
                kept.rename(workspace / "former")
        try:
            made.rename(kept)
        except OSError:
            if not kept.is_dir():  # another run has kept the same meanwhile
                raise
        for other in kept.parent.iterdir():
            with suppress(OSError):  # another run has removed it meanwhile
                if time.time() - other.stat().st_mtime > _UNUSED:
                    other.rename(workspace / other.name)


def _files(manifest: Manifest) -> list[tuple[str, int, str]]:
    """Name, size in bytes and sha256 of every blob of a manifest, plain and compressed.

    Raises:
        ValueError: a name would lead out of the manifest's folder.
    """
    found: dict[str, tuple[str, int, str]] = {}

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            if "sha256" in value and "file" in value:
                file, compressed = value["file"], value["gzip"]
                if not _BLOB.fullmatch(file):
                    raise ValueError(f"{file!r} is no file of a manifest")
                found[file] = (file, value["size"], value["sha256"])
                found[f"{file}.gz"] = (f"{file}.gz", compressed["size"], compressed["sha256"])
            for part in value.values():
                collect(part)
        elif isinstance(value, list):
            for part in value:
                collect(part)

    collect(manifest)
    return sorted(found.values())


def write_manifest(manifest: Manifest | None, app: dict[str, Any] | None = None) -> str:
    """The module that tells the loader what to boot from, None for a plain boot, and where it finds
    the app's own modules, if they are not files of their own."""
    texts = [
        json.dumps(part, separators=(",", ":"), ensure_ascii=False) for part in (manifest, app)
    ]
    return f"{_EXPORT}{texts[0]};\n" + (f"export const app = {texts[1]};\n" if app else "")


def _write(folder: Path, manifest: Manifest | None) -> None:
    (folder / _MANIFEST).write_text(write_manifest(manifest), encoding="utf-8")


def read_manifest(path: Path) -> Manifest | None:
    """What such a module says.

    Raises:
        OSError: it cannot be read.
        ValueError: it is none.
    """
    text = path.read_text(encoding="utf-8").partition("\n")[0]
    return _parsed(text.removeprefix(_EXPORT).rstrip().removesuffix(";"))


def _parsed(text: str) -> Manifest | None:
    try:
        manifest = json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if manifest is not None and not isinstance(manifest, dict):
        raise ValueError("it is no object")
    return manifest


def _bytes(path: Path) -> bytes:
    return path.read_bytes()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
