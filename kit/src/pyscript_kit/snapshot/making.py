"""Has browsers make snapshots, one after the other; none comes out that does not pass its check."""

from __future__ import annotations

import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pyscript_kit.browser import LOADER, WATCHED
from pyscript_kit.errors import StoppedError
from pyscript_kit.lock.lockfile import RuntimeLock
from pyscript_kit.snapshot.engines import Engine, engine_errors, engines
from pyscript_kit.snapshot.job import compared, in_order, job_for
from pyscript_kit.snapshot.keeping import MAKER, key_of
from pyscript_kit.snapshot.manifest import (
    FOLDER,
    Failure,
    Manifest,
    failures,
    files_of_manifest,
    put_manifest,
)
from pyscript_kit.snapshot.needs import Needs
from pyscript_kit.snapshot.packs import write_blob
from pyscript_kit.snapshot.workshop import Workshop, opened
from pyscript_kit.terminal import say, warn

# The large files of Pyodide itself that every boot fetches; releases differ in the second's name.
_CORE = ("pyodide.asm.wasm", "pyodide.asm.mjs", "pyodide.asm.js")
# The parts of PyScript that it imports one after the other at every start.
_MODULES = re.compile(r"(core|deprecations-manager|donkey|error|py-[a-z]+|toml)-[^/]*\.js")
_PATIENCE = 240.0  # seconds without a word from the browser
# Seconds for a Ctrl+C, of which the browser hears as well, to arrive here too.
_SECONDS_TO_HEAR = 1.0
# In how many runs an engine is tried for one set: whatever went wrong may be over by the next, and
# what it cannot do at all is not to cost minutes in each.
TRIES = 2


def made_by_engines(
    runtime: Path,
    lock: RuntimeLock,
    needs: Needs,
    former: Manifest | None,
    stop: threading.Event | None = None,
) -> Manifest | None:
    """What all engines make; of a former run's, what is still to be tried.

    Raises:
        StoppedError: when `stop` is set before all are done.
    """
    available = engines_to_ask(former)
    if former is None and not available:
        warn(
            "no browser was found to make snapshots with, so Python boots without one: "
            "run `playwright install chromium`, then `pyscript vendor`"
        )
        return None
    manifest, failed = former, failures(former or {})
    for engine in available:
        started = time.monotonic()
        say(f"Making memory snapshots in {engine.name} (once per lock, about a minute) …")
        try:
            manifest = _make_in(engine, runtime, lock, needs, manifest, stop)
        except _NotMadeError as error:
            warn(f"{engine.name} made no usable snapshot: {error}")
            runs = failed[engine.name].runs if engine.name in failed else 0
            failed[engine.name] = Failure(runs + 1, str(error))
            manifest = error.manifest
        else:
            failed.pop(engine.name, None)
            say(f"{engine.name} took {time.monotonic() - started:.0f} s")
    if manifest is None or not available:
        return manifest
    return {**manifest, "failed": {name: [*failure] for name, failure in failed.items()}}


def engines_to_ask(former: Manifest | None) -> list[Engine]:
    """The engines of this machine; of a former run's, those that have failed, and not too often."""
    if former is None:
        return list(engines())
    failed = failures(former)
    if not failed:  # looking for browsers takes a while
        return []
    again = {name for name, failure in failed.items() if failure.runs < TRIES}
    return [engine for engine in engines() if engine.name in again]


class _NotMadeError(Exception):
    """A browser has made nothing, or nothing that is right; in one line, why.

    Attributes:
        manifest: of what there is without it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.manifest: Manifest | None = None


def _make_in(
    engine: Engine,
    runtime: Path,
    lock: RuntimeLock,
    needs: Needs,
    former: Manifest | None,
    stop: threading.Event | None,
) -> Manifest:
    """What an engine makes, joined to what a former one has made.

    Raises:
        _NotMadeError: it makes nothing that is right.
    """
    job = job_for(lock, needs)
    if former:
        job["made"] = {key: former[key] for key in ("stdlib", "packages", "trees", "first")}
    workshop = Workshop(runtime, (MAKER, LOADER, WATCHED.parent), job, stop)
    try:
        result = _run(engine, workshop, "maker.html")
    except _NotMadeError as error:
        error.manifest = former
        raise
    if former and result["layout"] in former["snapshots"]:
        return former
    folder = runtime / FOLDER
    # Visitors' browsers ask for the last piece of the base when the others are on their way.
    pieces = {result["base"]["image"]: 2} if result.get("base") else {}
    with ThreadPoolExecutor() as pool:
        written = pool.map(
            lambda name: write_blob(folder, name, workshop.blobs[name], pieces.get(name, 1)),
            workshop.blobs,
        )
        blobs = dict(zip(workshop.blobs, written, strict=True))
    manifest = former or _contents(lock, needs, result, blobs)
    snapshot = _snapshot(lock, result, blobs)
    joined = {**manifest, "snapshots": dict(manifest["snapshots"])}
    if snapshot:
        joined["snapshots"][result["layout"]] = snapshot
    if result["left_out"]:
        joined["left_out"] = result["left_out"]
    put_manifest(folder, {**joined, **Needs.none().for_loader()})
    workshop.job["kind"] = (
        "packages" if "packages" in snapshot else "base" if snapshot else "bytecode"
    )
    workshop.job["compared"] = compared(job, result["left_out"])
    try:
        _run(engine, workshop, "check.html")
    except _NotMadeError as error:
        for file, _, _ in files_of_manifest(snapshot):
            (folder / file).unlink()
        error.manifest = manifest
        raise
    return joined


def _run(engine: Engine, workshop: Workshop, page: str) -> Any:
    """Open a page and wait for its result.

    Raises:
        StoppedError: nobody wants it any more.
        _NotMadeError: there is none.
    """
    reason = f"it did not respond for {_PATIENCE:.0f} s"
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
        if workshop.is_given_up(_SECONDS_TO_HEAR):
            raise StoppedError from error
        reason = str(error).strip().splitlines()[0]
    raise _NotMadeError(reason)


def _contents(lock: RuntimeLock, needs: Needs, result: Any, blobs: dict[str, Any]) -> Manifest:
    return {
        "key": key_of(lock, needs),
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
        image = blobs[held["image"]]
        snapshot["packages"] = {**held, "names": in_order(lock), "image": image}
    return snapshot
