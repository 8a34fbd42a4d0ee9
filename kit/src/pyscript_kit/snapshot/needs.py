"""What an app needs of its lock, read from its source: which packages a visit needs at once, which
of their modules the app imports, and which files of its own it fetches. A snapshot holds those
modules already, and the loader begins with what the address calls for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pyscript_kit.lock.lockfile import RuntimeLock
from pyscript_kit.project.clashes import own_modules
from pyscript_kit.project.imports import imported_modules
from pyscript_kit.project.needed import packages_of_pages, read_needed, standard_of_pages
from pyscript_kit.project.pages import read_pages
from pyscript_kit.project.settings import Project, canonical_name


@dataclass(frozen=True)
class Needs:
    """What an app needs.

    Attributes:
        files: addresses, relative to the page, of what PyScript fetches of the app itself.
        pages: by the route of a page, the address of its module.
        styled: by the same, the name that a page's style sheet has in `pages/`, if it has one.
        own: names that the app itself makes importable, before any package.
        start: names of packages that PyScript loads before the first page.
        routes: names of packages by the route of the page that needs them.
        standard: modules of Python's standard library that the app imports, by the route of the
            page, and under `/` before any page.
        modules: modules of packages that the app imports, by the name of the package, sorted. Some
            may be names out of a module instead: only importing them tells.
    """

    files: list[str]
    pages: dict[str, str]
    styled: dict[str, str]
    own: list[str]
    start: list[str]
    routes: dict[str, list[str]]
    standard: dict[str, list[str]]
    modules: dict[str, list[str]]

    @classmethod
    def none(cls) -> Self:
        """Those of no app."""
        return cls([], {}, {}, [], [], {}, {}, {})

    def for_loader(self) -> dict[str, Any]:
        """What a manifest says of them, for the loader to begin with."""
        return {
            "files": self.files,
            "pages": self.pages,
            "styled": self.styled,
            "own": self.own,
            "start": self.start,
            "routes": self.routes,
            "standard": self.standard,
        }


def read_needs(project: Project, lock: RuntimeLock) -> Needs:
    """Read what the app of a project needs of the packages of its lock.

    Nothing depends on it but how soon things are there: a page loads what it needs in any case, and
    Python imports what is not there yet. So what cannot be read is passed over.
    """
    pages = read_pages(project.app)
    start = [canonical_name(name) for name in project.packages_at_start]
    needed_by = read_needed(project.app)
    routes = packages_of_pages(project, lock.modules, needed_by)
    addresses = {route: page.module for route, page in pages.items()}
    styled = {route: page.route for route, page in pages.items() if page.styled}
    own = [*own_modules(project)]
    modules = _modules(project.app, lock, own)
    needed = {route: [*packages] for route, packages in routes.items() if packages}
    standard = {route: [*names] for route, names in standard_of_pages(project, needed_by).items()}
    return Needs([*project.files], addresses, styled, own, start, needed, standard, modules)


def _modules(app: Path, lock: RuntimeLock, own: Collection[str]) -> dict[str, list[str]]:
    owners = {module: name for module, name in lock.modules.items() if module not in own}
    found: dict[str, list[str]] = {}
    for module in sorted(imported_modules(app)):
        owner = owners.get(module.split(".")[0])
        if owner:
            found.setdefault(owner, []).append(module)
    return {name: found[name] for name in sorted(found)}
