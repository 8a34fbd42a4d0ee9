"""What works while an app is written but will not on its host: what the policy of a site refuses,
needs headers that few hosts send, or is not visible in the app's files. Each is a sentence with
the place, for the build to say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pyscript_kit.project.reading import read_text
from pyscript_kit.project.settings import read_config
from pyscript_kit.site.addresses import is_elsewhere, path_of
from pyscript_kit.site.app import served_files
from pyscript_kit.site.markup import Element
from pyscript_kit.site.named import INDEX_NAME, Named
from pyscript_kit.site.parts import Parts
from pyscript_kit.site.settings import MAIN, Settings, names_settings, read_settings

_TABLE = "[tool.pyscript-build] of pyproject.toml"
# The attribute with an address, and the setting that lets another site's in.
_OUTSIDE = {
    "audio": ("src", "media"),
    "embed": ("src", "frames"),
    "iframe": ("src", "frames"),
    "img": ("src", "images"),
    "script": ("src", "scripts"),
    "source": ("src", "media"),
    "track": ("src", "media"),
    "video": ("src", "media"),
}
_IN_SHEETS = re.compile(
    r"""(@import\s+)?url\(\s*["']?((?:https?:)?//[^"')\s]+)|@import\s+["']((?:https?:)?//[^"']+)"""
)
_FONT = re.compile(r"\.(woff2?|ttf|otf|eot)\b", re.IGNORECASE)
# Names that PyScript gives to a worker by way of the page, for which it has to wait.
_BY_THE_PAGE = re.compile(
    r"^\s*(?:from\s+pyscript(?:\.(?:web|context|display|media))?\s+import\s+[^\n#]*?"
    r"\b(document|window|display|js_import|page|when)\b|import\s+pyscript\.(web)\b"
    r"|from\s+pyscript\s+import\s+[^\n#]*?\b(web)\b)",
    re.MULTILINE,
)


def concerns(parts: Parts) -> list[str]:
    """What will not work on a host as it does while the app is written."""
    return [
        *parts.named.notes,
        *_outside(parts),
        *_interpreters(parts),
        *_isolation(parts),
        *_other_documents(parts),
    ]


def concerns_of_one_document(parts: Parts) -> list[str]:
    """What an app that is one document cannot do, or has not in it."""
    return [*concerns(parts), *_workers(parts), *_left_out(parts)]


def _workers(parts: Parts) -> Iterator[str]:
    for element in parts.named.elements:
        if element.is_worker or element.is_editor:
            what = "an editor" if element.is_editor else "a worker"
            yield (
                f"app/{INDEX_NAME}, line {element.line}: {what} does not work in a single-file "
                f"app: publish it as a site"
            )


def _left_out(parts: Parts) -> Iterator[str]:
    """What the document names of the app's files, and cannot hold."""
    files = served_files(parts.project)
    for element in parts.named.elements:
        attribute = {"a": "href", "embed": "src", "iframe": "src", "object": "data"}.get(
            element.name
        )
        path = path_of(element.get(attribute)) if attribute else None
        if path in files and not (element.name == "a" and "download" in element.attributes):
            yield (
                f"app/{INDEX_NAME}, line {element.line}: app/{path} is not in the document, where "
                f"<{element.name}> cannot show it: give a link the attribute download, or leave it "
                "out"
            )


def _outside(parts: Parts) -> Iterator[str]:
    """What another site has, and the project's settings do not let in."""
    for where, what, setting, address in _outsiders(parts):
        if not _is_let_in(address, parts.settings.origins.get(setting, ())):
            yield (
                f"{where}: {what} comes from {address}, which the policy of the site refuses: put "
                f'it into app/, or write {setting} = ["{_origin(address)}"] in {_TABLE}'
            )


def _outsiders(parts: Parts) -> Iterator[tuple[str, str, str, str]]:
    for element in parts.named.elements:
        where = f"app/{INDEX_NAME}, line {element.line}"
        attribute, setting = _OUTSIDE.get(element.name, ("", ""))
        address = element.get(attribute) if attribute else ""
        if element.name == "link" and "stylesheet" in element.get("rel").lower().split():
            address, setting = element.get("href"), "styles"
        if is_elsewhere(address) and not _is_of_the_kit(address, parts):
            yield where, f"<{element.name}>", setting, _whole(address)
        if element.name == "style":
            yield from _in_sheet(where, element.text)
    for path, content in served_files(parts.project).items():
        if path.endswith(".css"):
            yield from _in_sheet(f"app/{path}", content.decode("utf-8", "replace"))
    for settings in _all_settings(parts):
        for addresses in settings.modules.values():
            for address in filter(is_elsewhere, addresses):
                setting = "styles" if address.split("?")[0].endswith(".css") else "scripts"
                yield settings.where, "a module of js_modules", setting, _whole(address)
        for address in filter(is_elsewhere, settings.files):
            yield settings.where, "a file of files", "connect", _whole(address)


def _in_sheet(where: str, text: str) -> Iterator[tuple[str, str, str, str]]:
    for found in _IN_SHEETS.finditer(text):
        address = _whole(found[2] or found[3])
        if found[1] or found[3]:
            yield where, "a style sheet", "styles", address
        elif _FONT.search(address):
            yield where, "a font", "fonts", address
        else:
            yield where, "a picture", "images", address


def _all_settings(parts: Parts) -> list[Settings]:
    main = Settings(read_config(parts.project.root), f"app/{MAIN}", path=MAIN)
    return [main, *parts.named.settings]


def _interpreters(parts: Parts) -> Iterator[str]:
    """What PyScript would start with a Python from its own CDN, which no lock knows."""
    if parts.project.mode == "cdn":
        return
    for element in parts.named.elements:
        where = f"app/{INDEX_NAME}, line {element.line}"
        if element.get("type") in ("mpy", "mpy-editor"):
            yield f"{where}: MicroPython is not in the runtime, and the policy blocks the CDN's"
        elif element.is_editor and not _has_interpreter(element, parts.named):
            yield (
                f"{where}: this editor names no interpreter, so PyScript would fetch one from its "
                'CDN, which the policy refuses: give it config="./pyscript.toml"'
            )
    for call in parts.named.calls:
        if call.name == "PyWorker" and not {"version", "**"} & call.options:
            yield (
                f"app/{call.file}, line {call.line}: PyWorker takes its Python from PyScript's "
                "CDN, which the policy refuses: give it version=, the whole address of "
                'pyscript.config["interpreter"]'
            )


def _has_interpreter(editor: Element, named: Named) -> bool:
    """Whether an editor, or the first one of its environment, says which Python it is for."""
    env = editor.get("env")
    beside = [each for each in named.elements if each.is_editor and env and each.get("env") == env]
    for each in (editor, *beside):
        text = each.get("config")
        if not text:
            continue
        if names_settings(text):
            path = path_of(text)
            known = [settings for settings in named.settings if settings.path == path]
            return path == MAIN or any("interpreter" in settings.values for settings in known)
        return "interpreter" in read_settings(text, "").values
    return False


def _isolation(parts: Parts) -> Iterator[str]:
    """What needs SharedArrayBuffer, which a page has only where its host isolates it."""
    for settings in _all_settings(parts):
        if settings.modules.get("worker"):
            yield _needs(f"{settings.where}: what js_modules.worker brings")
    for element in parts.named.elements:
        if not element.is_worker:
            continue
        where = f"app/{INDEX_NAME}, line {element.line}"
        if "terminal" in element.attributes:
            yield _needs(f"{where}: a terminal in a worker")
        elif not element.get("src") and (found := _BY_THE_PAGE.search(element.text)):
            yield _needs(f"{where}: {_name(found)} in a worker")
    for path in dict.fromkeys(parts.named.workers):
        file = parts.project.app / path
        if file.is_file() and (found := _BY_THE_PAGE.search(read_text(file, f"app/{path}"))):
            yield _needs(f"app/{path}: {_name(found)} in a worker")


def _name(found: re.Match[str]) -> str:
    return next(name for name in found.groups() if name)


def _needs(what: str) -> str:
    return (
        f"{what} works only where the host isolates the page from other origins, by two headers "
        "that few send; `pyscript preview --isolation` is like such a host"
    )


def _other_documents(parts: Parts) -> Iterator[str]:
    for path, content in served_files(parts.project).items():
        if path.endswith(".html") and re.search(
            rb"""["'/]runtime/(pyscript|pyodide|boot)/""", content
        ):
            yield (
                f"app/{path} starts Python from addresses in runtime/, which change in a site: "
                f"the build rewrites them in app/{INDEX_NAME} only"
            )


def _is_of_the_kit(address: str, parts: Parts) -> bool:
    """Whether it is the runtime on the CDN, which the build lets in."""
    return parts.project.mode == "cdn" and address.startswith(
        ("https://cdn.jsdelivr.net/pyodide/", "https://cdn.jsdelivr.net/npm/@pyscript/core")
    )


def _whole(address: str) -> str:
    return f"https:{address}" if address.startswith("//") else address


def _origin(address: str) -> str:
    return "/".join(address.split("/")[:3])


def _is_let_in(address: str, sources: tuple[str, ...]) -> bool:
    """Whether a list of a policy has something for an address."""
    scheme, _, rest = address.partition("://")
    host, _, path = rest.partition("/")
    for source in sources:
        if source in ("*", f"{scheme}:"):
            return True
        its_scheme, _, its_rest = source.rpartition("://")
        its_host, _, its_path = its_rest.partition("/")
        if its_scheme not in ("", scheme):
            continue
        wild = its_host.startswith("*.") and host.endswith(its_host[1:])
        inside = (
            path.startswith(its_path)
            if its_path.endswith("/") or not its_path
            else path.split("?")[0] == its_path
        )
        if (wild or its_host == host) and inside:
            return True
    return False
