"""Lays the app and its runtime out as a site: names with hashes for what may be cached for ever,
one archive of the app's modules, one document, and what makes it work without a network."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import re
import shutil
import tomllib
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from pyscript_kit.browser import OFFLINE
from pyscript_kit.errors import ToolError
from pyscript_kit.lock.lockfile import RuntimeLock, wanted_by
from pyscript_kit.project.settings import CONFIG, Project
from pyscript_kit.site.document import (
    INDEX,
    Changes,
    as_json,
    inline_hashes,
    integrity_of,
    integrity_of_hash,
    link,
    meta,
    rewrite,
    script,
)
from pyscript_kit.snapshot.snapshots import (
    FOLDER,
    Manifest,
    read_manifest,
    write_blob,
    write_manifest,
)
from pyscript_kit.sources.wanted import cdn_url

SERVICE_WORKER = "sw.js"
# The two kinds of engines that browser/loader/layout.mjs tells apart.
_LAYOUTS = ("same-functions", "new-functions")

# Where in a site whatever may be cached for ever lies, and nothing else: what is below it has its
# hash in its name, or in that of a folder. Hosts and the service worker go by this.
FOR_EVER = "runtime"
_PACKS = "packs"
# Where Python runs.
_HOME = "/home/pyodide"
# Files of the app that are not served as they are: read by the build, or part of the archive.
_READ = ("index.html", "pyscript.toml")
_NOT_SERVED = (".py", ".pyi", ".pyc")
# Files that may name others.
_NAMING = (".css", ".html", ".js", ".json", ".mjs")
# What each visit fetches of Pyodide; releases differ in the names.
_CORE = re.compile(r"pyodide(-lock)?(\.asm)?\.(mjs|js|wasm|json)")
_MODULE = re.compile(r"(core|deprecations-manager|donkey|error|py-[a-z]+|toml)(-[^/]*)?\.js")
# What is fetched of PyScript later: CodeMirror, of which `index` is part, by the editor, and what
# depends on what, as soon as a worker or the start has packages.
_ON_DEMAND = re.compile(r"(codemirror(_[a-z-]+)?|index|pyodide_graph)(-[^/]*)?\.js")
_STAMP = (1980, 1, 1, 0, 0, 0)  # the earliest that an archive can hold
_HASH = 8  # digits in a name


@dataclass
class Site:
    """A site that is being laid out in a folder.

    Attributes:
        folder: where its files lie.
        at_start: addresses, relative to the document, of what a first visit fetches.
        offline: what must be there for the app to work without a network; with `at_start` in it.
            The value is the file's sha256, in hexadecimal digits.
        by_layout: what of that is for one kind of engine only.
        without_snapshot: the same, for the kinds that no snapshot suits.
    """

    folder: Path
    at_start: list[str] = field(default_factory=list)
    offline: dict[str, str] = field(default_factory=dict)
    by_layout: dict[str, dict[str, str]] = field(default_factory=dict)
    without_snapshot: dict[str, dict[str, str]] = field(default_factory=dict)

    def write(self, path: str, content: bytes) -> str:
        """Write a file, and return its address."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        return f"./{path}"

    def keep(self, *paths: str) -> None:
        """Have files be there without a network."""
        for path in paths:
            content = (self.folder / path).read_bytes()
            self.offline[f"./{path}"] = hashlib.sha256(content).hexdigest()

    def address(self, path: Path) -> str:
        """The address of a file, relative to the document."""
        return f"./{path.relative_to(self.folder).as_posix()}"

    def never_changes(self, path: Path) -> bool:
        """Whether a file, or a folder above it, is named by its content."""
        address = self.address(path)
        return address.startswith(f"./{FOR_EVER}/") or address in self.offline


@dataclass(frozen=True)
class Parts:
    """What a site is made from.

    Attributes:
        project: the project.
        lock: its lock.
        modules: the app's modules by their path in the folder that Python runs in.
        bytecode: `.pyc` files by their path there.
        connect: origins that the app's code may ask for data, beside its own.
    """

    project: Project
    lock: RuntimeLock
    modules: Mapping[str, bytes]
    bytecode: Mapping[str, bytes]
    connect: tuple[str, ...] = ()


@dataclass(frozen=True)
class Archive:
    """The app's modules in one.

    Attributes:
        addresses: where it is.
        files: what PyScript is to fetch and unpack.
        for_loader: where the loader finds it, and what is in it.
    """

    addresses: tuple[str, ...]
    files: dict[str, str]
    for_loader: dict[str, Any] | None = None


def lay_out(parts: Parts, folder: Path) -> Site:
    """Write a whole site into an empty folder, but for compressed copies of its files.

    Raises:
        ToolError: when the app lacks something that a site needs.
    """
    site = Site(folder)
    document = read_text(parts.project.app / "index.html", INDEX)
    addresses = _copy_app(parts.project, site)
    integrity: dict[str, str] = {}
    cdn: tuple[str, ...] = ()
    files = {**parts.modules, **parts.bytecode}
    # The loader hands the modules to Python as they are; PyScript would unpack an archive of them.
    archive = _pack(site, files) if parts.project.preboots else _archive(site, files)
    if parts.project.mode == "self-hosted":
        addresses |= _copy_runtime(parts, archive, site)
        interpreter = _renamed(parts.project.interpreter, addresses)
    else:
        integrity = hashes_on_cdn(parts.lock)
        cdn = tuple(cdn_folders(parts.lock).values())
        interpreter = parts.project.interpreter
    config = _config(parts, interpreter, archive)
    offline = _write_offline_module(site, addresses)
    _manifest_of_web_app(parts.project, site)
    modules = _modules(site, integrity)
    changes = Changes(
        addresses,
        {**_styles(site), **modules},
        head_first=_head_first(modules, inline_hashes(document), cdn, parts.connect),
        head_last=_head_last(site, archive, addresses, offline),
        config=config_text(config),
        sources=partial(python_of, parts.project),
    )
    site.write("index.html", rewrite(document, changes).encode())
    _write_service_worker(site, parts.project)
    return site


# ------------------------------------------------------------------ the app


def read_modules(project: Project) -> dict[str, bytes]:
    """The app's modules, by their path in the folder that Python runs in: where `[files]` puts
    them, or where they lie in `app/`. What starts the app is none of them."""
    targets = {
        PurePosixPath(source).as_posix(): _target(source, target)
        for source, target in files_of(project).items()
    }
    return {
        targets.get(name, name): _read_bytes(project.app / name, f"app/{name}")
        for name in _module_names(project)
        if name != "main.py" or name in targets
    }


def _module_names(project: Project) -> list[str]:
    paths = (path.relative_to(project.app) for path in sorted(project.app.rglob("*.py")))
    return [path.as_posix() for path in paths if not _is_hidden(path)]


def files_of(project: Project) -> dict[str, str]:
    """What `[files]` has PyScript fetch, and where to, without the templates in it.

    Raises:
        ToolError: when it is no such table.
    """
    files = config_of(project).get("files", {})
    if not isinstance(files, dict) or not all(isinstance(to, str) for to in files.values()):
        raise ToolError(
            f"{CONFIG}: files is no table of addresses and places: "
            'write "./util.py" = "./" below [files], for example'
        )
    templates: dict[str, str] = {}
    found: dict[str, str] = {}
    for source, target in files.items():
        if re.fullmatch(r"\{.+\}", source):
            templates[source] = _filled(target, templates)
        else:
            found[_filled(source, templates)] = _filled(target, templates)
    return found


def _filled(text: str, templates: Mapping[str, str]) -> str:
    return re.sub(r"\{.+?\}", lambda name: templates.get(name[0], name[0]), text)


def files_beside_modules(project: Project) -> dict[str, str]:
    """What of `[files]` is not among the app's modules, so that PyScript has to fetch it."""
    modules = set(_module_names(project))
    return {
        source: target
        for source, target in files_of(project).items()
        if PurePosixPath(source).as_posix() not in modules
    }


def _target(source: str, target: str) -> str:
    """Where PyScript puts a file: in a folder that ends with a slash, else under that name."""
    name = PurePosixPath(source).name
    path = PurePosixPath(target or name)
    return (path / name if target.endswith("/") else path).as_posix()


def _is_hidden(path: Path) -> bool:
    """Whether something below `app/` is made by a tool, or for one."""
    return path.parts[0] == FOR_EVER or any(
        (part.startswith(".") and part != ".well-known") or part == "__pycache__"
        for part in path.parts
    )


def served_files(project: Project) -> dict[str, bytes]:
    """The files of the app that are served as they are, by their path in `app/`."""
    return {
        name: _read_bytes(path, f"app/{name}")
        for path in sorted(project.app.rglob("*"))
        if (name := path.relative_to(project.app).as_posix())
        and path.is_file()
        and not _is_hidden(path.relative_to(project.app))
        and path.suffix not in _NOT_SERVED
        and name not in _READ
    }


def _copy_app(project: Project, site: Site) -> dict[str, str]:
    """Copy what is served of the app, and return the new addresses of what got another name:
    style sheets and scripts that the document names, and nothing else does."""
    document = read_text(project.app / "index.html", INDEX)
    addresses = {}
    files = served_files(project)
    texts = {name: content for name, content in files.items() if name.endswith(_NAMING)}
    for name in ("pyscript.toml", *_module_names(project)):
        texts[name] = _read_bytes(project.app / name, f"app/{name}")
    for name, content in files.items():
        path = PurePosixPath(name)
        if path.suffix not in (".css", ".js", ".mjs") or f'"./{name}"' not in document:
            site.write(name, content)
        elif _is_named(path, texts):
            site.at_start.append(site.write(name, content))
        else:
            # Beside where it was, so that what it names relative to itself is found.
            new = str(path.with_name(_hashed(path.name, content)))
            addresses[f"./{name}"] = site.write(new, content)
            site.keep(new)
            site.at_start.append(f"./{new}")
    return addresses


def _is_named(path: PurePosixPath, texts: Mapping[str, bytes]) -> bool:
    """Whether a file's name stands in another one the way that addresses do."""
    name = re.compile(rb"[\"'(/]" + re.escape(path.name.encode()) + rb"[\"')?#]")
    return any(name.search(text) for other, text in texts.items() if other != str(path))


def python_of(project: Project, address: str) -> str | None:
    """The Python at an address that the document names; None where that is another site's."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return None
    name = PurePosixPath(unquote(parts.path)).as_posix()
    return read_text(project.app / name, f"app/{name}")


def archive_of(files: Mapping[str, bytes]) -> bytes:
    """A zip archive of files by their path: the same files give the same bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    return content.getvalue()


def _archive(site: Site, files: Mapping[str, bytes]) -> Archive:
    content = archive_of(files)
    name = f"{FOR_EVER}/{_hashed('app.zip', content)}"
    site.write(name, content)
    site.keep(name)
    site.at_start.append(f"./{name}")
    return Archive((f"./{name}",), {f"./{name}": "./*"})


def _pack(site: Site, files: Mapping[str, bytes]) -> Archive:
    folder = site.folder / FOR_EVER / _PACKS
    folder.mkdir(parents=True, exist_ok=True)
    names = sorted(files)
    blob = write_blob(folder, "app", b"".join(files[name] for name in names))
    addresses = tuple(f"./{FOR_EVER}/{_PACKS}/{piece['file']}" for piece in blob)
    for piece, address in zip(blob, addresses, strict=True):
        site.offline[address] = piece["sha256"]
        site.at_start.append(address)
    tree = [[f"{_HOME}/{name}", len(files[name])] for name in names]
    return Archive(addresses, {}, {"packs": f"../{_PACKS}/", "blob": blob, "tree": tree})


def _config(parts: Parts, interpreter: str, archive: Archive) -> dict[str, Any]:
    """What `app/pyscript.toml` says, with the archive in the place of the modules."""
    files = {**archive.files, **files_beside_modules(parts.project)}
    return {**config_of(parts.project), "interpreter": interpreter, "files": files}


def config_of(project: Project) -> dict[str, Any]:
    """What `app/pyscript.toml` says."""
    return tomllib.loads(read_text(project.root / CONFIG, CONFIG))


def config_text(config: Mapping[str, Any]) -> str:
    """A configuration as JSON; dates, which that has not, are written as TOML does."""
    try:
        return json.dumps(
            config,
            ensure_ascii=False,
            allow_nan=False,
            default=lambda date: date.isoformat(),
            separators=(",", ":"),
        )
    except ValueError as error:
        raise ToolError(
            f"{CONFIG} holds nan or inf, which the JSON of a built app cannot hold: "
            "write a number, or leave it out"
        ) from error


def _manifest_of_web_app(project: Project, site: Site) -> None:
    """Say what the app is called when a visitor installs it, unless the app says so itself."""
    name = "manifest.webmanifest"
    if (site.folder / name).exists():
        return
    config = config_of(project)
    title = str(config.get("name") or project.root.name)
    icons = [
        {
            "src": f"./icons/{path.name}",
            "type": "image/png",
            "sizes": _sizes(path.stem),
            **({"purpose": "maskable"} if "maskable" in path.stem else {}),
        }
        for path in sorted((site.folder / "icons").glob("icon-*.png"))
    ]
    content = {
        "name": title,
        "short_name": title,
        "description": str(config.get("description") or ""),
        "start_url": "./",
        "scope": "./",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0f5c6e",
        "icons": icons,
    }
    site.write(name, (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode())


def _sizes(stem: str) -> str:
    size = re.search(r"\d+", stem)
    return f"{size[0]}x{size[0]}" if size else "any"


# ------------------------------------------------------------------ the runtime


def _copy_runtime(parts: Parts, archive: Archive, site: Site) -> dict[str, str]:
    """Copy the runtime into folders named by their content, and return their new addresses."""
    project, lock, runtime = parts.project, parts.lock, parts.project.runtime
    folders = {}
    for part in ("pyodide", "pyscript"):
        folders[part] = _copied_folder(
            site, runtime / part, f"{FOR_EVER}/{part}", lambda path: path.suffix != ".map"
        )
    for file in lock.files:
        part, _, name = file.path.partition("/")
        pattern = _CORE if part == "pyodide" else _MODULE
        if pattern.fullmatch(name) or name == "core.css":
            path = f"{folders[part]}/{name}"
            site.keep(path)
            if name != "pyodide-lock.json":
                site.at_start.append(f"./{path}")
        elif part == "pyscript" and _ON_DEMAND.fullmatch(name):
            site.keep(f"{folders[part]}/{name}")
    addresses = {f"./runtime/{part}/": f"./{folder}/" for part, folder in folders.items()}
    manifest: Manifest | None = None
    if project.preboots:
        manifest = read_manifest(runtime / FOLDER / "manifest.mjs")
        addresses["./runtime/preboot/"] = _copy_loader(
            runtime / FOLDER, (manifest, archive.for_loader), folders, site
        )
    if manifest is None:  # a plain boot takes the standard library and packages as archives
        for each in sorted((runtime / "pyodide").iterdir()):
            if each.suffix in (".whl", ".zip"):
                site.keep(f"{folders['pyodide']}/{each.name}")
    return addresses


def _copied_folder(site: Site, source: Path, name: str, wanted: Callable[[Path], bool]) -> str:
    """Copy a folder under a name with the hash of all that it holds, and return that name."""
    paths = [path for path in sorted(source.rglob("*")) if path.is_file() and wanted(path)]
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(source).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    folder = f"{name}-{digest.hexdigest()[:_HASH]}"
    for path in paths:
        place = site.folder / folder / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    return folder


def _copy_loader(
    loader: Path,
    told: tuple[Manifest | None, dict[str, Any] | None],
    folders: Mapping[str, str],
    site: Site,
) -> str:
    """Copy the loader, told what it boots from and where the app is, and return its new address."""
    manifest, app = told
    packs = f"{FOR_EVER}/{_PACKS}"
    for path in sorted(loader.iterdir()):
        if path.suffix != ".mjs":
            site.write(f"{packs}/{path.name}", path.read_bytes())
    pyodide = PurePosixPath(folders["pyodide"]).name
    contents = {
        path.name: path.read_text(encoding="utf-8").replace("../pyodide/", f"../{pyodide}/")
        for path in sorted(loader.glob("*.mjs"))
    }
    changed: Manifest | None = None
    if manifest is not None:
        # The document fetches the app's own files and PyScript's, with the first of its bytes.
        changed = {**manifest, "files": [], "pages": {}, "modules": []}
    contents["manifest.mjs"] = write_manifest(changed, app)
    digest = hashlib.sha256("\0".join(contents[name] for name in sorted(contents)).encode())
    folder = f"{FOR_EVER}/{FOLDER}-{digest.hexdigest()[:_HASH]}"
    for name, text in contents.items():
        site.write(f"{folder}/{name}", text.encode())
        site.keep(f"{folder}/{name}")
        site.at_start.append(f"./{folder}/{name}")
    site.keep(f"{packs}/no-stdlib.zip")
    if manifest is not None:
        _keep_packs(manifest, packs, site)
    return f"./{folder}/"


def _keep_packs(manifest: Manifest, packs: str, site: Site) -> None:
    shared = [
        manifest["trees"]["stdlib"],
        manifest["trees"]["packages"],
        manifest["first"]["blob"],
        manifest["pyscript"]["blob"],
    ]
    for piece in (piece for blob in shared for piece in blob):
        site.offline[f"./{packs}/{piece['file']}"] = piece["sha256"]
        site.at_start.append(f"./{packs}/{piece['file']}")
    for layout in _LAYOUTS:
        snapshot = manifest["snapshots"].get(layout)
        if snapshot is None:
            blobs, kept = _bytecode(manifest), site.without_snapshot
        else:
            blobs = [snapshot[part]["image"] for part in ("base", "packages") if part in snapshot]
            kept = site.by_layout
        kept[layout] = {
            f"./{packs}/{piece['file']}": piece["sha256"] for blob in blobs for piece in blob
        }


def _bytecode(manifest: Manifest) -> list[Any]:
    """What engines start the app and its pages from where no snapshot suits them."""
    needed: dict[str, None] = {}
    waiting = [*manifest["start"], *itertools.chain(*manifest["routes"].values())]
    while waiting:
        name = waiting.pop(0)
        if name in manifest["packages"] and name not in needed:
            needed[name] = None
            waiting.extend(manifest["packages"][name]["depends"])
    return [manifest["stdlib"]["code"], *(manifest["packages"][name]["code"] for name in needed)]


def cdn_folders(lock: RuntimeLock) -> dict[str, str]:
    """Where the CDN has the parts of the runtime: folders that hold nothing else."""
    return {
        wanted.path.split("/")[0]: url.removesuffix(wanted.name)
        for wanted in wanted_by(lock)
        if (url := cdn_url(wanted, lock.pin)) is not None
    }


def hashes_on_cdn(lock: RuntimeLock) -> dict[str, str]:
    """The hashes of what the document loads from the CDN, by its address."""
    found = {}
    for wanted in wanted_by(lock):
        url = cdn_url(wanted, lock.pin)
        if url is not None and url.endswith((".js", ".mjs", ".css")):
            found[url] = integrity_of_hash(wanted.sha256)
    return found


# ------------------------------------------------------------------ the document


def _modules(site: Site, on_cdn: Mapping[str, str]) -> dict[str, str]:
    """The hashes of all JavaScript modules, by address."""
    found = dict(on_cdn)
    for path in _files(site.folder):
        if path.suffix in (".js", ".mjs") and site.never_changes(path):
            found[site.address(path)] = integrity_of(path.read_bytes())
    return found


def _styles(site: Site) -> dict[str, str]:
    return {
        site.address(path): integrity_of(path.read_bytes())
        for path in _files(site.folder)
        if path.suffix == ".css"
    }


def _head_first(
    modules: Mapping[str, str], inline: Iterable[str], cdn: Iterable[str], connect: Iterable[str]
) -> str:
    import_map = as_json({"integrity": modules})
    content = policy(cdn, [*inline, integrity_of(import_map.encode())], connect)
    return (
        "\n    "
        + meta(http_equiv="Content-Security-Policy", content=content)
        + "\n    "
        + script(import_map, type="importmap")
    )


def policy(sources: Iterable[str], inline: Iterable[str], connect: Iterable[str]) -> str:
    """The Content-Security-Policy of a document: what it may load and run.

    `'wasm-unsafe-eval'` compiles WebAssembly, without `'unsafe-eval'` Pyodide does not start,
    `blob:` starts PyScript's workers, and inline styles are what PyScript and its editor write.

    Args:
        sources: where scripts, styles and the runtime come from, beside the document's own origin:
            folders, for what else is on a public CDN is anybody's.
        inline: hashes of the scripts that stand in the document.
        connect: origins that the app may ask for data.
    """
    own = ["'self'", *sources]
    hashes = [f"'{each}'" for each in inline]
    rules = {
        "default-src": ["'self'"],
        "script-src": [*own, "'wasm-unsafe-eval'", "'unsafe-eval'", *hashes],
        "worker-src": ["'self'", "blob:"],
        "style-src": [*own, "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'", "data:"],
        "connect-src": [*own, "data:", "blob:", *connect],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
    }
    return "; ".join(f"{name} {' '.join(values)}" for name, values in rules.items())


def _head_last(site: Site, archive: Archive, addresses: Mapping[str, str], offline: str) -> str:
    lines = [
        *(
            link(rel="preload", as_="fetch", href=address, crossorigin="")
            for address in archive.addresses
        ),
        link(rel="manifest", href="./manifest.webmanifest"),
        _meta_of_version(),
        meta(name="theme-color", content="#0f5c6e"),
    ]
    if (site.folder / "icons" / "apple-touch-icon.png").exists():
        lines.append(link(rel="apple-touch-icon", href="./icons/apple-touch-icon.png"))
    pyscript = addresses.get("./runtime/pyscript/")
    if pyscript:
        lines += [
            link(rel="modulepreload", href=address)
            for address in site.at_start
            if address.startswith(pyscript) and address.endswith(".js")
        ]
    lines.append(script("", type="module", src=offline))
    return "".join(f"  {line}\n  " for line in lines)


# ------------------------------------------------------------------ without a network


def _write_offline_module(site: Site, addresses: Mapping[str, str]) -> str:
    """Write the module that registers the service worker and offers new versions, and return its
    address."""
    text = (OFFLINE / "offline.mjs").read_text(encoding="utf-8")
    layout = _renamed("./runtime/preboot/layout.mjs", addresses)
    if layout == "./runtime/preboot/layout.mjs":  # no loader, so nothing depends on the layout
        text = re.sub(r"^import .*layout.*\n", 'const layout = () => "";\n', text, flags=re.M)
    else:
        text = text.replace("./layout.mjs", layout.replace(f"./{FOR_EVER}/", "./"))
    name = f"{FOR_EVER}/{_hashed('offline.mjs', text.encode())}"
    address = site.write(name, text.encode())
    site.keep(name)
    site.at_start.append(address)
    return address


def _write_service_worker(site: Site, project: Project) -> None:
    """Write the service worker with the list of what this version consists of."""
    shell = {
        site.address(path): _sha256(path)
        for path in _files(site.folder)
        if not site.never_changes(path)
        and not path.name.startswith("_")
        # Some hosts leave these out, and one file that is missing ends the installation.
        and "/." not in site.address(path)
    }
    shell["./"] = shell.pop("./index.html")
    by_layout = {**site.by_layout, **site.without_snapshot}
    digest = hashlib.sha256(as_json([shell, site.offline, by_layout]).encode()).hexdigest()
    # The document says of which version it is, once that is known.
    document = site.folder / "index.html"
    named = document.read_text(encoding="utf-8").replace(
        _meta_of_version(), _meta_of_version(digest[:16])
    )
    site.write("index.html", named.encode())
    shell["./"] = _sha256(document)
    values = {
        "VERSION": digest[:16],
        "SHELL": shell,
        "KEPT": site.offline,
        "BY_LAYOUT": by_layout,
    }
    text = (OFFLINE / SERVICE_WORKER).read_text(encoding="utf-8")
    for name, value in values.items():
        text, count = re.subn(
            rf"^const {name} = .*;$",
            lambda _, name=name, value=value: f"const {name} = {as_json(value)};",  # type: ignore[misc]
            text,
            flags=re.M,
        )
        assert count == 1, name  # noqa: S101 - a slip of ours, not of the user
    site.write(SERVICE_WORKER, text.encode())


def _meta_of_version(version: str = "") -> str:
    return meta(name="version", content=version)


# ------------------------------------------------------------------ names


def _hashed(name: str, content: bytes) -> str:
    path = PurePosixPath(name)
    return f"{path.stem}-{hashlib.sha256(content).hexdigest()[:_HASH]}{path.suffix}"


def _renamed(address: str, addresses: Mapping[str, str]) -> str:
    for folder, new in addresses.items():
        if folder.endswith("/") and address.startswith(folder):
            return new + address.removeprefix(folder)
    return addresses.get(address, address)


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_text(path: Path, label: str) -> str:
    """The text of a file of the project.

    Raises:
        ToolError: when it is missing or no text; `label` is how the user knows it.
    """
    try:
        return decoded(path.read_bytes(), label)
    except FileNotFoundError:
        raise ToolError(f"{label} is missing: restore it from version control") from None
    except OSError as error:
        raise _unreadable(label, error) from error


def decoded(content: bytes, label: str) -> str:
    """Text of the project from its bytes, as a browser reads it where it is fetched or in a
    document: without a byte-order mark, and with lines that end in one way.

    Raises:
        ToolError: when it is no text; `label` is how the user knows it.
    """
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise ToolError(f"{label} is not UTF-8 ({error.reason}): save it as UTF-8") from error


def _read_bytes(path: Path, label: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(label, error) from error


def _unreadable(label: str, error: OSError) -> ToolError:
    return ToolError(f"{label} cannot be read ({error.strerror}): make it readable")
