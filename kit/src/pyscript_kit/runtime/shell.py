"""The page's shell as it is in `app/runtime/boot/`: the kit's own scripts, and what these insert
into the document for PyScript."""

from __future__ import annotations

import json
import re
from collections.abc import Collection

from pyscript_kit.browser import BOOT, LOADER, LOADER_ENTRIES, files_of
from pyscript_kit.lock.lockfile import RuntimeLock
from pyscript_kit.project.needed import packages_of_pages
from pyscript_kit.project.settings import Project
from pyscript_kit.snapshot.manifest import FOLDER as LOADER_FOLDER
from pyscript_kit.snapshot.manifest import MANIFEST
from pyscript_kit.sources.wanted import Publisher, Wanted, cdn_url

FOLDER = "boot"
# What the document names of it; nothing else of the kit is there.
ENTRY = f"./runtime/{FOLDER}/boot.js"
# Where patterns/packages.py reads which packages each page needs.
PACKAGES = "pyscript:packages"
# What the other scripts read of a project and its lock.
PARTS = "parts.mjs"

_GLUE = re.compile(r"pyodide/pyodide\.asm\.m?js")

# An element of the document: its name, and its attributes.
Element = tuple[str, dict[str, str]]


def shell_files(project: Project, lock: RuntimeLock) -> dict[str, bytes]:
    """What `app/runtime/boot/` holds, by name."""
    files = {path.name: path.read_bytes() for path in files_of(BOOT)}
    return {**files, PARTS: parts_text(elements(project, lock)).encode()}


def parts_text(inserted: Collection[Element]) -> str:
    """The module that tells the others what to insert into the document."""
    lines = "".join(f"  {json.dumps(element)},\n" for element in inserted)
    return (
        "/** What the document lacks that its author wrote, made by `pyscript vendor`. */\n"
        "/** @type {[name: string, attributes: Record<string, string>][]} */\n"
        f"export const parts = [\n{lines}];\n"
    )


def elements(
    project: Project, lock: RuntimeLock, modules: Collection[str] | None = None
) -> list[Element]:
    """What the document needs beside what its author wrote, in the order in which it is needed.

    `boot.js` inserts it where an app is served as it lies, and `pyscript build` writes it into the
    document.

    Args:
        modules: names of the loader's modules, beside those that begin something; as a rule all.
    """
    packages = packages_of_pages(project, lock.modules)
    packages.pop("", None)
    core, style = (_of_pyscript(name, project, lock) for name in ("core.js", "core.css"))
    return [
        *([("meta", {"name": PACKAGES, "content": json.dumps(packages)})] if packages else ()),
        *(_loader(lock, modules) if project.preboots else ()),
        ("script", {"type": "module", "src": core, "data-pyscript": ""}),
        # For no medium of a screen, so that it holds up nothing; boot.js applies it later.
        ("link", {"rel": "stylesheet", "href": style, "media": "print", "id": "pyscript-style"}),
    ]


def _of_pyscript(name: str, project: Project, lock: RuntimeLock) -> str:
    """The address of a file of PyScript."""
    path = f"pyscript/{name}"
    if project.mode == "self-hosted":
        return f"./runtime/{path}"
    return str(cdn_url(Wanted(path, "", None, Publisher.PYSCRIPT), lock.pin))


def _loader(lock: RuntimeLock, modules: Collection[str] | None) -> list[Element]:
    """What has Python boot while PyScript is still coming."""
    if modules is None:
        modules = {path.name for path in files_of(LOADER)} - {*LOADER_ENTRIES} | {MANIFEST}
    folder = f"./runtime/{LOADER_FOLDER}"
    glue = [file.path for file in lock.files if _GLUE.fullmatch(file.path)]
    preloaded = [
        *(f"{folder}/{name}" for name in sorted(modules)),
        *(f"./runtime/{path}" for path in ("pyodide/pyodide.mjs", *glue)),
    ]
    return [
        ("script", {"type": "module", "async": "", "src": f"{folder}/ahead.mjs"}),
        *(("link", {"rel": "modulepreload", "href": address}) for address in preloaded),
        ("script", {"type": "module", "src": f"{folder}/preboot.mjs", "data-preboot": ""}),
    ]
