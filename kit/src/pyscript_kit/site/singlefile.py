"""Lays an app out as one HTML document: its Python, styles and data inside, the runtime at exact
versions on the CDN or inside as well."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from pyscript_kit.browser import OFFLINE
from pyscript_kit.errors import ToolError
from pyscript_kit.lock.lockfile import RuntimeLock
from pyscript_kit.project.reading import decoded, read_bytes, read_text
from pyscript_kit.project.settings import CONFIG, read_config
from pyscript_kit.runtime.shell import ENTRY
from pyscript_kit.site.addresses import address_of, path_of
from pyscript_kit.site.app import (
    files_beside_modules,
    python_of,
    scripts_and_sheets,
    served_files,
)
from pyscript_kit.site.archive import archive_of
from pyscript_kit.site.cdn import cdn_folders, hashes_on_cdn
from pyscript_kit.site.config import config_text
from pyscript_kit.site.document import ENDS_SCRIPT, INDEX, Changes, rewrite
from pyscript_kit.site.elements import as_json, integrity_of, meta, script
from pyscript_kit.site.embedding import EMBEDDED, data_url, modules_of
from pyscript_kit.site.head import policy
from pyscript_kit.site.kept import Kept
from pyscript_kit.site.parts import Parts
from pyscript_kit.site.scripts import inline_hashes
from pyscript_kit.site.served import as_served
from pyscript_kit.site.settings import Settings, names_settings
from pyscript_kit.site.shell import document_of, shell_script
from pyscript_kit.site.shipping import settings_of_document
from pyscript_kit.site.styles import complete_sheet, held_for_page, page_styled_by

_LOCAL = "./runtime/"
_SCRIPTS = (".js", ".mjs")
# Elements that show a file, or play it, and the attribute with its address.
_SHOWN = {
    "a": "href",
    "audio": "src",
    "img": "src",
    "link": "href",
    "source": "src",
    "track": "src",
    "video": "src",
}
_RELATIVE = re.compile(r"""(\b(?:from|import)\s*\(?\s*["'`])\./([\w.-]+\.m?js)(["'`])""")


def single_file(
    parts: Parts,
    runtime: Path | None = None,
    licenses: str = "",
    prerender: Callable[[str], Kept | None] = lambda _: None,
) -> str:
    """Return the app as one document.

    Args:
        parts: what it is made from.
        runtime: the folder of the runtime to put into it; without, the browser fetches the
            runtime from the CDN.
        licenses: the licence texts of that runtime, for the document to hold.
        prerender: opens the pages of the document, and gives what is kept of them, if anything is.

    Raises:
        ToolError: when the app has something that cannot be in one document.
    """
    bases = cdn_folders(parts.lock)
    document = document_of(parts)
    for part, base in bases.items():
        document = document.replace(f'"{base}', f'"{_LOCAL}{part}/')
    if runtime is None:
        _refuse_outsiders(parts.lock)
        changes_for = partial(_on_cdn, parts, bases)
    else:
        changes_for = partial(_embedded, parts, runtime, licenses)
    text = rewrite(document, changes_for(None))
    kept = prerender(text)
    return rewrite(document, changes_for(kept)) if kept else text


def _on_cdn(parts: Parts, bases: Mapping[str, str], kept: Kept | None) -> Changes:
    hashes = hashes_on_cdn(parts.lock)
    own = _Own(parts, kept)
    maps = as_json({"integrity": hashes, **({"imports": own.modules} if own.modules else {})})
    sources = [*bases.values(), *(("data:",) if own.modules or own.later_scripts else ())]
    return Changes(
        own.addresses | {f"{_LOCAL}{part}/": base for part, base in bases.items()},
        hashes,
        head_first=_head(own, maps, sources, parts.settings.origins),
        head_last=own.sheets + (kept.head if kept else ""),
        body_first=own.held(),
        settings=own.settings(f"{bases['pyodide']}pyodide.mjs"),
        sources=partial(python_of, parts.project),
        scripts=own.scripts,
        styles=own.styles,
        dropped=(f"{_LOCAL}preboot/",),
        **_of_kept(kept),
    )


def _embedded(parts: Parts, runtime: Path, licenses: str, kept: Kept | None) -> Changes:
    files = {
        file.path: as_served(Path(file.path).name, (runtime / file.path).read_bytes())
        for file in parts.lock.files
        if not file.path.endswith(".map")
    }
    modules = {
        f"{EMBEDDED}runtime/{path}": _data_url(_rooted(path, content))
        for path, content in files.items()
        if path.endswith(_SCRIPTS)
    }
    own = _Own(parts, kept)
    maps = as_json({"imports": modules | own.modules})
    core = f"{EMBEDDED}runtime/pyscript/core.js"
    start = f'import "{core}";'
    own.inline.append(integrity_of(start.encode()))
    for path, content in files.items():
        if not path.endswith((*_SCRIPTS, "core.css")):
            own.others[f"runtime/{path}"] = content
    sheet = files["pyscript/core.css"].decode("utf-8")
    return Changes(
        own.addresses,
        head_first=_head(own, maps, ["data:"], parts.settings.origins),
        head_last=own.sheets + (kept.head if kept else ""),
        body_first=own.held() + _readable(licenses),
        settings=own.settings(f"{EMBEDDED}runtime/pyodide/pyodide.mjs"),
        sources=partial(python_of, parts.project),
        scripts=own.scripts,
        styles={**own.styles, f"{_LOCAL}pyscript/core.css": sheet},
        replaced={
            f"{_LOCAL}pyscript/core.js": f'<script type="module" data-pyscript="{core}">{start}'
        },
        dropped=(_LOCAL,),
        **_of_kept(kept),
    )


def _of_kept(kept: Kept | None) -> dict[str, Any]:
    """What is kept of pages, among the changes of a document."""
    if not kept:
        return {}
    content = {"title": kept.title, "copies": kept.copies, "body_last": kept.body}
    return {"before_sheets": kept.start, **content}


def _readable(licenses: str) -> str:
    """An element with a text that nobody sees on the page, for readers of its source."""
    text = re.sub(r"<(?=/script|!--)", "< ", licenses, flags=re.IGNORECASE)
    return "\n" + script(f"\n{text}", type="text/plain", data_licenses="")


class _Own:
    """What of the app itself goes into the document, and how."""

    def __init__(self, parts: Parts, kept: Kept | None) -> None:
        self._parts = parts
        index = read_text(parts.project.app / "index.html", INDEX)
        self.scripts: dict[str, str] = {}
        self.styles: dict[str, str] = {}
        self.sheets = ""
        self.others: dict[str, bytes] = {}
        # Of files that elements show, addresses that hold them; of js_modules, an import map.
        self.addresses: dict[str, str] = {}
        files = served_files(parts.project)
        self.modules = self._js_modules(files)
        for element in parts.named.elements:
            path = path_of(element.get(_SHOWN.get(element.name, "")))
            is_shown = (
                "icon" in element.get("rel")
                if element.name == "link"
                else element.name != "a" or "download" in element.attributes
            )
            if path in files and path and is_shown:
                self.addresses[address_of(path)] = data_url(path, files[path])
        in_document = scripts_and_sheets(parts.named.elements)
        for path in sorted(parts.named.sources):
            self.others[path] = read_bytes(parts.project.app / path, f"app/{path}")
        for name, content in files.items():
            named = name in in_document
            if named and name.endswith(_SCRIPTS):
                self.scripts[address_of(name)] = _in_script(content, name)
            elif named and name.endswith(".css"):
                self.styles[address_of(name)] = complete_sheet(name, files)
            elif page := page_styled_by(name):
                self.sheets += held_for_page(page, complete_sheet(name, files))
            elif not name.startswith("_"):  # rules for a host
                self.others[name] = content
        self.scripts[ENTRY] = shell_script()
        self.shim = (OFFLINE / "embedded.js").read_text(encoding="utf-8")
        texts = (self.shim, *self.scripts.values())
        self.inline = [*inline_hashes(index), *(integrity_of(text.encode()) for text in texts)]
        self.inline += kept.inline if kept else ()

    def _js_modules(self, files: Mapping[str, bytes]) -> dict[str, str]:
        """An import map of the modules that the settings bring to the page; style sheets among
        them are in the head."""
        table = Settings(read_config(self._parts.project.root), CONFIG).modules.get("main", ())
        paths = [path for address in table if (path := path_of(address)) and path in files]
        for path in paths:
            if path.endswith(".css"):
                self.sheets += f"\n<style>\n{complete_sheet(path, files)}</style>"
        return modules_of([path for path in paths if not path.endswith(".css")], files)

    def settings(self, interpreter: str) -> Callable[[str], str | None]:
        """Gives what is in the document for settings, whatever names them there."""
        main = self._main(interpreter)
        files = {each.path: each for each in self._parts.named.settings if each.path}

        def settings_of(text: str) -> str | None:
            known = files.get(path_of(text) or "") if names_settings(text) else None
            if known:
                return config_text(known.for_site(lambda _: interpreter))
            return settings_of_document(main, lambda _: interpreter, text)

        return settings_of

    def _main(self, interpreter: str) -> dict[str, Any]:
        """The settings of the page, with the app's modules in them."""
        archive = archive_of({**self._parts.modules, **self._parts.bytecode})
        # Told by its ending that it is an archive.
        address = f"data:application/zip;base64,{base64.b64encode(archive).decode()}#app.zip"
        settings = read_config(self._parts.project.root)
        modules = settings.get("js_modules")
        if isinstance(modules, dict) and isinstance(main := modules.get("main"), dict):
            in_head = [address for address in main if (path_of(address) or "").endswith(".css")]
            settings["js_modules"] = {
                "main": {
                    self._module(address): name
                    for address, name in main.items()
                    if address not in in_head
                }
            }
        return {
            **settings,
            "interpreter": interpreter,
            "files": {address: "./*", **files_beside_modules(self._parts.project)},
        }

    def _module(self, address: str) -> str:
        place = EMBEDDED + (path_of(address) or "")
        return place if place in self.modules else address

    @property
    def later_scripts(self) -> bool:
        """Whether there are scripts that the app may run later: by addresses that hold them."""
        return any(name.endswith(_SCRIPTS) for name in self.others)

    def held(self) -> str:
        """Elements with the files that the app asks for while it runs."""
        return "".join(self._elements())

    def _elements(self) -> Iterator[str]:
        for name, content in sorted(self.others.items()):
            text = base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()
            yield "\n" + script(text, type="text/plain", data_embedded=name)


def _head(
    own: _Own, import_map: str, sources: Iterable[str], origins: Mapping[str, Iterable[str]]
) -> str:
    inline = [*own.inline, integrity_of(import_map.encode())]
    return "\n    ".join(
        (
            "",
            meta(http_equiv="Content-Security-Policy", content=policy(sources, inline, origins)),
            script(own.shim),
            script(import_map, type="importmap"),
        )
    )


def _refuse_outsiders(lock: RuntimeLock) -> None:
    for name, package in lock.packages.items():
        if package.source != "pyodide":
            raise ToolError(
                f"{name} is outside the Pyodide distribution, so the CDN does not have it: "
                "add --embed, or remove it from packages"
            )


def _rooted(path: str, content: bytes) -> str:
    """A module of the runtime, its addresses complete: in a data URL nothing is relative."""
    folder = f"{EMBEDDED}runtime/{path.rsplit('/', 1)[0]}/"
    text = content.decode("utf-8")
    text = _RELATIVE.sub(lambda found: f"{found[1]}{folder}{found[2]}{found[3]}", text)
    address = json.dumps(f"{EMBEDDED}runtime/{path}")
    text = text.replace("import.meta.url", address)
    return re.sub(r"\bimport\.meta\b", f"({{url:{address}}})", text)


def _data_url(text: str) -> str:
    return "data:text/javascript;base64," + base64.b64encode(text.encode()).decode()


def _in_script(content: bytes, name: str) -> str:
    text = decoded(content, f"app/{name}")
    if ENDS_SCRIPT.search(text):
        raise ToolError(
            f"app/{name} holds `</script` or `<!--`, which would end it inside a document: "
            "write them in two pieces"
        )
    return text
