"""The app's own files in a site: its modules, and what is served as it is in `app/`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from pyscript_kit.project.reading import read_bytes, read_text
from pyscript_kit.project.settings import Project, files_of, filled_files, read_config
from pyscript_kit.project.walking import files_of_app, is_made_by_a_tool
from pyscript_kit.site.addresses import address_of, path_of
from pyscript_kit.site.colours import with_icon
from pyscript_kit.site.folder import Site
from pyscript_kit.site.markup import Element
from pyscript_kit.site.names import hashed

# Files of the app that are not served as they are: read by the build, or part of the archive.
_READ = ("index.html", "pyscript.toml")
_NOT_SERVED = (".py", ".pyi", ".pyc")
# Files that may name others.
_NAMING = (".css", ".html", ".js", ".json", ".mjs", ".toml")


def read_modules(project: Project) -> dict[str, bytes]:
    """The app's modules, by their path in the folder that Python runs in: where `[files]` puts
    them, or where they are in `app/`. What starts the app is none of them."""
    targets = {
        PurePosixPath(source).as_posix(): _target(source, target)
        for source, target in _files_of(project).items()
    }
    return {
        targets.get(name, name): read_bytes(project.app / name, f"app/{name}")
        for name in module_names(project)
        if name != "main.py" or name in targets
    }


def files_beside_modules(project: Project) -> dict[str, str]:
    """What of `[files]` is not among the app's modules, so that PyScript has to fetch it."""
    modules = set(module_names(project))
    return {
        source: target
        for source, target in _files_of(project).items()
        if PurePosixPath(source).as_posix() not in modules
    }


def served_files(project: Project) -> dict[str, bytes]:
    """The files of the app that are served as they are, by their path in `app/`; the icon among
    them in the app's colours."""
    files = {
        name: read_bytes(project.app / name, f"app/{name}")
        for name in files_of_app(project.app, is_made_by_a_tool)
        if PurePosixPath(name).suffix not in _NOT_SERVED and name not in _READ
    }
    return with_icon(files)


def python_of(project: Project, address: str) -> str | None:
    """The Python at an address that the document names; None where that is another site's."""
    name = path_of(address)
    return None if name is None else read_text(project.app / name, f"app/{name}")


def all_files(project: Project) -> dict[str, bytes]:
    """All files of the app, by their path in `app/`, those among them that no site serves."""
    names = ("pyscript.toml", *module_names(project))
    return served_files(project) | {
        name: read_bytes(project.app / name, f"app/{name}") for name in names
    }


def scripts_and_sheets(elements: Iterable[Element]) -> set[str | None]:
    """The paths in the app of the scripts and style sheets that a document names."""
    attributes = {"link": "href", "script": "src"}
    return {path_of(each.get(attributes.get(each.name, ""))) for each in elements}


def copy_app(project: Project, site: Site, elements: Iterable[Element]) -> dict[str, str]:
    """Copy what is served of the app, and return the new addresses of what got another name:
    style sheets and scripts that the document names, and nothing else does."""
    in_document = scripts_and_sheets(elements)
    addresses = {}
    files = served_files(project)
    texts = {name: content for name, content in files.items() if name.endswith(_NAMING)}
    for name in ("pyscript.toml", *module_names(project)):
        texts[name] = read_bytes(project.app / name, f"app/{name}")
    for name, content in files.items():
        path = PurePosixPath(name)
        if path.suffix not in (".css", ".js", ".mjs") or name not in in_document:
            site.write(name, content)
        elif _is_named(path, texts):
            site.at_start.append(site.write(name, content))
        else:
            # Beside where it was, so that what it names relative to itself is found.
            new = str(path.with_name(hashed(path.name, content)))
            addresses[address_of(name)] = site.write(new, content)
            site.keep(new)
            site.at_start.append(address_of(new))
    return addresses


def module_names(project: Project) -> list[str]:
    """The paths in `app/` of all Python files."""
    return [name for name in files_of_app(project.app, is_made_by_a_tool) if name.endswith(".py")]


def _files_of(project: Project) -> dict[str, str]:
    return filled_files(files_of(read_config(project.root)))


def _target(source: str, target: str) -> str:
    """Where PyScript puts a file: in a folder that ends with a slash, else under that name."""
    name = PurePosixPath(source).name
    path = PurePosixPath(target or name)
    return (path / name if target.endswith("/") else path).as_posix()


def _is_named(path: PurePosixPath, texts: Mapping[str, bytes]) -> bool:
    """Whether a file's name is in another one the way that addresses do."""
    names = {
        re.escape(each.encode()) for each in (path.name, PurePosixPath(address_of(path.name)).name)
    }
    name = re.compile(rb"[\"'(/](" + b"|".join(sorted(names)) + rb")[\"')?#]")
    return any(name.search(text) for other, text in texts.items() if other != str(path))
