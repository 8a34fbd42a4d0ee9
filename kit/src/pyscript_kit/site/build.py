"""`pyscript build`: writes `dist/`, a site for any static host."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pyscript_kit.errors import ToolError, writing
from pyscript_kit.lock.lockfile import RuntimeLock, index_of, wanted_by
from pyscript_kit.lock.pinned import disagreements
from pyscript_kit.lock.reader import read_lock
from pyscript_kit.project.clashes import clashes
from pyscript_kit.project.pyproject import build_settings
from pyscript_kit.project.reading import read_text
from pyscript_kit.project.settings import Project, read_project
from pyscript_kit.project.swap import Place, alone, replace
from pyscript_kit.runtime.vendoring import vendored
from pyscript_kit.serving.packages import missing_imports
from pyscript_kit.site.app import all_files, read_modules, served_files
from pyscript_kit.site.components import Shipment
from pyscript_kit.site.compression import Size, compress_site
from pyscript_kit.site.concerns import concerns, concerns_of_one_document
from pyscript_kit.site.document import INDEX
from pyscript_kit.site.folder import Site
from pyscript_kit.site.kept import Kept
from pyscript_kit.site.layout import lay_out
from pyscript_kit.site.named import named_by
from pyscript_kit.site.notices import LICENSES, notices, without_text
from pyscript_kit.site.offline import SERVICE_WORKER
from pyscript_kit.site.parts import Parts
from pyscript_kit.site.prerender import prerendered_document, prerendered_site
from pyscript_kit.site.sbom import SBOM, sbom
from pyscript_kit.site.shipment import shipped
from pyscript_kit.site.singlefile import single_file as single_document
from pyscript_kit.site.weight import awaited_by_first_visits, large_files, on_disk, table
from pyscript_kit.snapshot.bytecode import compile_modules
from pyscript_kit.sources.cache import CACHE_VARIABLE, Cache
from pyscript_kit.sources.wanted import INDEX_PATH, cdn_url, official_index
from pyscript_kit.terminal import counted, megabytes, say, warn


def _nothing(_: object) -> None:
    """Keeps nothing of any page."""


def build_site(root: Path, *, prerender: bool, quick: bool = False) -> None:
    """Write the site of the project at `root`, and say what it weighs.

    Args:
        root: the folder of the project.
        prerender: whether its pages show what Python made of them before Python is there.
        quick: whether to spend less time, and more bytes, on compression.

    Raises:
        ToolError: one sentence; `dist/` is then as it was.
    """
    started = time.monotonic()
    made: list[tuple[Site, dict[str, Size]]] = []
    told: list[str] = []
    with _prepared(root) as (parts, runtime, dist):
        shipment = _shipment(
            parts, runtime, on_cdn=parts.project.mode == "cdn", written=(SERVICE_WORKER,)
        )
        on_cdn = _on_cdn(parts, runtime) if parts.project.mode == "cdn" else {}

        def prerendering(site: Site) -> Kept | None:
            return prerendered_site(
                parts.project,
                Cache.of_user(),
                site,
                on_cdn,
                picture=bool(parts.settings.address),
            )

        def fill(folder: Path) -> None:
            site = lay_out(parts, folder, prerendering if prerender else _nothing)
            # After it, so that no visitor fetches ahead what few ask for.
            _write_notices(shipment, folder)
            say("Compressing what has changed (all of it takes two minutes; --quick: seconds) …")
            awaited = awaited_by_first_visits(site)
            made.append((site, compress_site(folder, Cache.of_user(), awaited, quick=quick)))
            told.extend((*large_files(folder), on_disk(folder)))

        replace(dist, fill)
    ((site, sizes),) = made
    *large, extent = told
    for concern in large:
        warn(concern)
    for line in table(site, sizes):
        say(line)
    say(_noticed(shipment))
    seconds = time.monotonic() - started
    say(f"dist/ holds {counted(len(sizes), 'file')}, {extent}, in {seconds:.1f} s")


def lay_out_site(
    root: Path, folder: Path, prerender: Callable[[Site], Kept | None] = _nothing
) -> None:
    """Write the site of the project at `root` into an empty folder, with the runtime that is there,
    and without compressed copies, which take their time: for tests.

    Args:
        root: the folder of the project.
        folder: where the site goes.
        prerender: opens pages of the site, and gives what is kept of them.

    Raises:
        ToolError: one sentence; what is in the folder is then of no use.
    """
    project = read_project(root)
    lock = read_lock(project.lock_path)
    with _runtime(project, lock) as runtime:
        lay_out(_parts(project, lock, runtime), folder, prerender)


def build_single_file(root: Path, *, embed: bool, prerender: bool) -> None:
    """Write the project at `root` as one document, `dist/index.html`, and say what it weighs.

    Args:
        root: the folder of the project.
        embed: whether the runtime is in it.
        prerender: whether its pages show what Python made of them before Python is there.

    Raises:
        ToolError: one sentence; `dist/` is then as it was.
    """
    started = time.monotonic()
    with _prepared(root, concerns_of_one_document) as (parts, runtime, dist):
        shipment = _shipment(parts, runtime, on_cdn=not embed)
        # A document with the runtime in it travels alone, and takes the licences with it.
        on_cdn = {} if embed else _on_cdn(parts, runtime)

        def prerendering(document: str) -> Kept | None:
            return prerendered_document(parts.project, Cache.of_user(), document, on_cdn)

        document = single_document(
            parts,
            runtime if embed else None,
            notices(shipment) if embed else "",
            prerendering if prerender else _nothing,
        ).encode()

        def fill(folder: Path) -> None:
            (folder / "index.html").write_bytes(document)
            _write_notices(shipment, folder)

        replace(dist, fill)
    source = "with the runtime" if embed else "with the runtime on the CDN"
    seconds = time.monotonic() - started
    say(_noticed(shipment))
    say(f"dist/index.html is the app: {megabytes(len(document))}, {source}, in {seconds:.1f} s")


def _on_cdn(parts: Parts, runtime: Path) -> dict[str, Path]:
    """Files of the runtime by the address where the public CDN has them; the app's own index of
    packages among them, which holds what the app can ask for."""
    return {
        url: runtime / wanted.path
        for wanted in (*wanted_by(parts.lock), official_index(parts.lock.pin))
        if (url := cdn_url(wanted, parts.lock.pin))
    }


@contextmanager
def _prepared(
    root: Path, concerns_of: Callable[[Parts], list[str]] = concerns
) -> Iterator[tuple[Parts, Path, Place]]:
    """All that a site is made from, the folder of its runtime, and the place for the site."""
    dist = Place(root / "dist", "dist")
    with alone(dist):
        _check(root)
        with vendored(root) as (project, lock), _runtime(project, lock) as runtime:
            parts = _parts(project, lock, runtime)
            for concern in (*clashes(project, lock.modules), *concerns_of(parts)):
                warn(concern)
            for problem in missing_imports(project, lock):
                warn(str(problem))
            yield parts, runtime, dist


def _parts(project: Project, lock: RuntimeLock, runtime: Path) -> Parts:
    modules = read_modules(project)
    bytecode = compile_modules(modules, runtime, lock, Cache.of_user())
    settings = build_settings(project.root)
    index = read_text(project.app / "index.html", INDEX)
    named = named_by(index, all_files(project), settings.ship)
    return Parts(project, lock, modules, bytecode, settings, named)


def _check(root: Path) -> None:
    """Refuse to build what does not agree with its lock."""
    project = read_project(root)
    if found := disagreements(project, read_lock(project.lock_path)):
        raise ToolError("; ".join(found))


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
                        f"{wanted.path} disappeared from the cache {cache.folder}: "
                        f"name another folder in {CACHE_VARIABLE}"
                    )
            (folder / INDEX_PATH).write_bytes(index_of(lock))
        yield folder


def _shipment(
    parts: Parts, runtime: Path, *, on_cdn: bool, written: tuple[str, ...] = ()
) -> Shipment:
    """What the app ships, once its own files leave room for what the build writes."""
    files = served_files(parts.project)
    if taken := next((name for name in (LICENSES, SBOM, *written) if name in files), None):
        raise ToolError(
            f"app/{taken} has the name of a file that the build writes there: rename it"
        )
    return shipped(parts.project, parts.lock, runtime, files, on_cdn=on_cdn)


def _write_notices(shipment: Shipment, folder: Path) -> None:
    (folder / LICENSES).write_text(notices(shipment), encoding="utf-8")
    (folder / SBOM).write_bytes(sbom(shipment))


def _noticed(shipment: Shipment) -> str:
    """One line about licences and SBOM, with what is left to look up."""
    count = counted(1 + len(shipment.components), "component")
    line = f"{LICENSES} has the licences of {count}, {SBOM} lists them"
    lacking = [*(f"the inside of {name}" for name in shipment.unknown), *without_text(shipment)]
    return f"{line}; not found: {', '.join(lacking)}" if lacking else line
