"""The runtime in a site: copied into folders that are named by their content, with the loader told
where all lies."""

from __future__ import annotations

import hashlib
import itertools
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from pyscript_kit.browser import AHEAD, LOADER, LOADER_ENTRIES, texts_of
from pyscript_kit.browser.joining import joined
from pyscript_kit.project.reading import read_bytes
from pyscript_kit.project.walking import files_of_app, is_made_by_a_tool
from pyscript_kit.site.archive import Archive
from pyscript_kit.site.engine import ENGINE
from pyscript_kit.site.folder import Site
from pyscript_kit.site.names import FOR_EVER, HASH_DIGITS, PACKS
from pyscript_kit.site.parts import Parts
from pyscript_kit.site.served import CHANGED, as_served
from pyscript_kit.snapshot.manifest import (
    FOLDER,
    MANIFEST,
    Manifest,
    for_visitors,
    manifest_text,
    read_manifest,
)

# The two kinds of engines that browser/loader/layout.mjs tells apart.
_LAYOUTS = ("same-functions", "new-functions")
# What each visit fetches of Pyodide; releases differ in the names.
_CORE = re.compile(r"pyodide(-lock)?(\.asm)?\.(mjs|js|wasm|json)")
_MODULE = re.compile(r"(core|deprecations-manager|donkey|error|py-[a-z]+|toml)(-[^/]*)?\.js")
# What is fetched of PyScript later: CodeMirror, of which `index` is part, by the editor, and what
# depends on what, as soon as a worker or the start has packages.
_ON_DEMAND = re.compile(r"(codemirror(_[a-z-]+)?|index|pyodide_graph)(-[^/]*)?\.js")


# What a terminal fetches of it, beside its own plugin.
_TERMINAL = re.compile(r"(py-[A-Z0-9_][^/]*|xterm([-_][^/]*)?)\.js|xterm\.css")
# How Python makes one: by an attribute of an element.
_MADE = re.compile(rb"""\bterminal=|["']terminal["']""")


def copy_runtime(parts: Parts, archive: Archive, site: Site) -> dict[str, str]:
    """Copy the runtime into folders named by their content, and return their new addresses."""
    project, lock, runtime = parts.project, parts.lock, parts.project.runtime
    folders = {}
    for part in ("pyodide", "pyscript"):
        folders[part] = _copied_folder(
            site, runtime / part, f"{FOR_EVER}/{part}", lambda path: path.suffix != ".map"
        )
    has_terminal = _has_terminal(parts)
    for file in lock.files:
        part, _, name = file.path.partition("/")
        pattern = _CORE if part == "pyodide" else _MODULE
        if pattern.fullmatch(name) or name == "core.css":
            path = f"{folders[part]}/{name}"
            site.keep(path)
            if name != "pyodide-lock.json":
                site.at_start.append(f"./{path}")
            if name == ENGINE and project.preboots:
                site.engine = f"./{path}"
        elif part == "pyscript" and (
            _ON_DEMAND.fullmatch(name) or (has_terminal and _TERMINAL.fullmatch(name))
        ):
            site.keep(f"{folders[part]}/{name}")
    addresses = {f"./runtime/{part}/": f"./{folder}/" for part, folder in folders.items()}
    manifest: Manifest | None = None
    if project.preboots:
        manifest = read_manifest(runtime / FOLDER / MANIFEST)
        addresses["./runtime/preboot/"] = _copy_loader(
            runtime / FOLDER, (manifest, archive.for_loader), folders, site
        )
    if manifest is None:  # a plain boot takes the standard library and packages as archives
        for each in sorted((runtime / "pyodide").iterdir()):
            if each.suffix in (".whl", ".zip"):
                site.keep(f"{folders['pyodide']}/{each.name}")
    return addresses


def _has_terminal(parts: Parts) -> bool:
    """Whether the document has a terminal, or Python may make one."""
    if any("terminal" in each.attributes for each in parts.named.elements):
        return True
    app = parts.project.app
    modules = [name for name in files_of_app(app, is_made_by_a_tool) if name.endswith(".py")]
    return any(_MADE.search(read_bytes(app / name, f"app/{name}")) for name in modules)


def _copied_folder(site: Site, source: Path, name: str, wanted: Callable[[Path], bool]) -> str:
    """Copy a folder under a name with the hash of all that it holds, and return that name."""
    paths = [path for path in sorted(source.rglob("*")) if path.is_file() and wanted(path)]
    changed = {
        path: as_served(path.name, path.read_bytes()) for path in paths if path.name in CHANGED
    }
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(source).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(changed.get(path) or path.read_bytes()).digest())
    folder = f"{name}-{digest.hexdigest()[:HASH_DIGITS]}"
    for path in paths:
        place = site.folder / folder / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        if path in changed:
            place.write_bytes(changed[path])
        else:
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
    packs = f"{FOR_EVER}/{PACKS}"
    for path in sorted(loader.iterdir()):
        if path.suffix != ".mjs":
            site.write(f"{packs}/{path.name}", path.read_bytes())
    pyodide = PurePosixPath(folders["pyodide"]).name
    texts = {
        name: text.replace("../pyodide/", f"../{pyodide}/")
        for name, text in texts_of(LOADER).items()
    }
    # What begins something, as one module each with what that imports; the page begins with one of
    # them sooner than with the other, which waits for it.
    contents = {name: joined(texts, name, apart=(AHEAD,)) for name in LOADER_ENTRIES}
    changed: Manifest | None = None
    if manifest is not None:
        # The document fetches the app's own files and PyScript's, with the first of its bytes.
        changed = {**for_visitors(manifest), "files": [], "pages": {}, "modules": []}
    contents[MANIFEST] = manifest_text(changed, app)
    digest = hashlib.sha256("\0".join(contents[name] for name in sorted(contents)).encode())
    folder = f"{FOR_EVER}/{FOLDER}-{digest.hexdigest()[:HASH_DIGITS]}"
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
    # What no snapshot holds is read when it is first imported: without a network, that is too late.
    for piece in (*manifest["stdlib"]["common"], *manifest["stdlib"]["rest"]):
        site.offline[f"./{packs}/{piece['file']}"] = piece["sha256"]
    # And packages look for files of theirs: matplotlib for the fonts of a formula or of a
    # logarithmic scale.
    for name in sorted({*_needed(manifest), *_held(manifest)}):
        package = manifest["packages"][name]
        for piece in (*package["code"], *package["source"]):
            site.offline[f"./{packs}/{piece['file']}"] = piece["sha256"]
    site.holds_packages = bool(_held(manifest))
    for layout in _LAYOUTS:
        snapshot = manifest["snapshots"].get(layout)
        if snapshot is None:
            blobs, kept = [manifest["stdlib"]["start"]], site.without_snapshot
        else:
            blobs = [snapshot[part]["image"] for part in ("base", "packages") if part in snapshot]
            kept = site.by_layout
        kept[layout] = {
            f"./{packs}/{piece['file']}": piece["sha256"] for blob in blobs for piece in blob
        }


def _held(manifest: Manifest) -> set[str]:
    """The packages that a snapshot holds."""
    return {
        name
        for snapshot in manifest["snapshots"].values()
        for name in snapshot.get("packages", {}).get("names", ())
    }


def _needed(manifest: Manifest) -> list[str]:
    """The packages that the app and its pages name, and what these need."""
    needed: dict[str, None] = {}
    waiting = [*manifest["start"], *itertools.chain(*manifest["routes"].values())]
    while waiting:
        name = waiting.pop(0)
        if name in manifest["packages"] and name not in needed:
            needed[name] = None
            waiting.extend(manifest["packages"][name]["depends"])
    return list(needed)
