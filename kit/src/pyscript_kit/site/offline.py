"""What makes a site work without a network: the service worker, which knows each file of a version,
and the module that registers it."""

from __future__ import annotations

import hashlib
import re

from pyscript_kit.browser import LOADER, OFFLINE, texts_of
from pyscript_kit.browser.joining import joined
from pyscript_kit.project.settings import Project
from pyscript_kit.site.elements import as_json
from pyscript_kit.site.folder import Site, files_below
from pyscript_kit.site.head import meta_of_version
from pyscript_kit.site.names import FOR_EVER, hashed, sha256_of

SERVICE_WORKER = "sw.js"
# The module of the loader that knows the kinds of engines.
_LAYOUT = "layout.mjs"


def write_offline_module(site: Site, *, preboots: bool) -> str:
    """Write the module that registers the service worker and offers new versions, and return its
    address."""
    texts = texts_of(OFFLINE) | {_LAYOUT: (LOADER / _LAYOUT).read_text(encoding="utf-8")}
    if not preboots:  # without a loader, nothing depends on the layout
        texts[_LAYOUT] = 'export const layout = () => "";\n'
    text = joined(texts, "offline.mjs")
    name = f"{FOR_EVER}/{hashed('offline.mjs', text.encode())}"
    address = site.write(name, text.encode())
    site.keep(name)
    site.at_start.append(address)
    return address


def write_service_worker(site: Site, project: Project) -> None:
    """Write the service worker with the list of what this version consists of."""
    shell = {
        site.address(path): sha256_of(path)
        for path in files_below(site.folder)
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
        meta_of_version(), meta_of_version(digest[:16])
    )
    site.write("index.html", named.encode())
    shell["./"] = sha256_of(document)
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
