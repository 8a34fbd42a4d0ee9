"""The runtime on the CDN: where it is there, and what its files have to be."""

from __future__ import annotations

from pyscript_kit.lock.lockfile import RuntimeLock, wanted_by
from pyscript_kit.site.elements import integrity_of_hash
from pyscript_kit.sources.wanted import cdn_url


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
