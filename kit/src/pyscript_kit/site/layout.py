"""Lays an app and its runtime out as a site: names with hashes for what may be cached forever,
one archive of the app's modules, one document, and what makes it work without a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from pyscript_kit.project.settings import read_config
from pyscript_kit.runtime.shell import elements
from pyscript_kit.site.app import copy_app, files_beside_modules, python_of, served_files
from pyscript_kit.site.archive import Archive, packed_archive, zipped_archive
from pyscript_kit.site.cdn import cdn_folders, hashes_on_cdn
from pyscript_kit.site.colours import colour, colours_of
from pyscript_kit.site.document import Changes, rewrite
from pyscript_kit.site.firstpaint import late_addresses, sheets_within
from pyscript_kit.site.folder import Site
from pyscript_kit.site.head import (
    fetched_ahead,
    head_first,
    head_last,
    integrity_of_modules,
    integrity_of_styles,
    link_preview,
)
from pyscript_kit.site.icons import write_icons
from pyscript_kit.site.identity import identity_of
from pyscript_kit.site.kept import Kept
from pyscript_kit.site.names import renamed
from pyscript_kit.site.offline import SERVICE_WORKER, write_offline_module, write_service_worker
from pyscript_kit.site.parts import Parts
from pyscript_kit.site.runtime import copy_runtime
from pyscript_kit.site.scripts import has_shell, inline_hashes
from pyscript_kit.site.shell import copy_shell, document_of
from pyscript_kit.site.shipping import settings_of_document, ship
from pyscript_kit.site.webmanifest import write_web_manifest
from pyscript_kit.snapshot.manifest import MANIFEST
from pyscript_kit.sources.cache import Cache

# Of the loader, that alone is a module of its own still.
LOADED_AHEAD = (MANIFEST,)
# Opens the pages of a site that is laid out, and gives what is kept of them, if anything is.
Prerender = Callable[[Site], Kept | None]


def lay_out(parts: Parts, folder: Path, prerender: Prerender = lambda _: None) -> Site:
    """Write a whole site into an empty folder, but for compressed copies of its files.

    Args:
        prerender: what keeps of its pages what they show.

    Raises:
        ToolError: when the app lacks something that a site needs.
    """
    site = Site(folder)
    document = document_of(parts, LOADED_AHEAD)
    addresses = copy_app(parts.project, site, parts.named.elements) | copy_shell(site)
    integrity: dict[str, str] = {}
    cdn: tuple[str, ...] = ()
    files = {**parts.modules, **parts.bytecode}
    # The loader hands the modules to Python as they are; PyScript would unpack an archive of them.
    archive = packed_archive(site, files) if parts.project.preboots else zipped_archive(site, files)
    if parts.project.mode == "self-hosted":
        addresses |= copy_runtime(parts, archive, site)
        interpreter = renamed(parts.project.interpreter, addresses)
    else:
        integrity = hashes_on_cdn(parts.lock)
        cdn = tuple(cdn_folders(parts.lock).values())
        interpreter = parts.project.interpreter
    config = _config(parts, interpreter, archive)
    new_address = partial(renamed, addresses=addresses)
    ship(parts, site, config, new_address)
    offline = write_offline_module(site, preboots=parts.project.preboots)
    write_icons(site, Cache.of_user())
    colours = colours_of(served_files(parts.project))
    identity = identity_of(parts.project)
    write_web_manifest(site, identity, colours)
    modules = integrity_of_modules(site, integrity)
    inline = inline_hashes(document)

    def first(scripts: list[str]) -> str:
        return head_first(modules, scripts, cdn, parts.settings.origins)

    def last(picture: str = "") -> str:
        head = head_last(site, colour("--accent", colours), has_shell=has_shell(document))
        # An author who writes some of these elements writes all of them.
        own = 'property="og:' in document
        return head if own else head + link_preview(identity, parts.settings.address, picture)

    ahead = fetched_ahead(site, archive, addresses, offline)
    changes = Changes(
        addresses,
        {**integrity_of_styles(site), **modules},
        head_first=first(inline),
        head_last=last() + ahead,
        settings=partial(settings_of_document, config, new_address),
        is_there=lambda path: (folder / path).is_file(),
        sources=partial(python_of, parts.project),
    )
    _complete(site, document, changes, parts)
    if kept := prerender(site):
        within = sheets_within(site, addresses)
        changes = replace(
            changes,
            head_first=first([*inline, *kept.inline]),
            before_sheets=kept.start,
            head_last=last(kept.picture) + kept.head,
            title=kept.title,
            copies=kept.copies,
            body_last=kept.body,
            waits_not=kept.shell,
            styles=within,
            late=late_addresses(elements(parts.project, parts.lock, LOADED_AHEAD)),
            late_last=ahead,
        )
        for address in within:
            site.drop(addresses[address])
        _complete(site, document, changes, parts)
    return site


def _complete(site: Site, document: str, changes: Changes, parts: Parts) -> None:
    """Write the document, and the service worker, which knows all that there is."""
    (site.folder / SERVICE_WORKER).unlink(missing_ok=True)
    site.write("index.html", rewrite(document, changes).encode())
    write_service_worker(site, parts.project)


def _config(parts: Parts, interpreter: str, archive: Archive) -> dict[str, Any]:
    """What `app/pyscript.toml` says, with the archive in place of the modules."""
    files = {**archive.files, **files_beside_modules(parts.project)}
    return {**read_config(parts.project.root), "interpreter": interpreter, "files": files}
