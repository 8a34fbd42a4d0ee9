"""The app's modules in one file, so that a visit asks for them once."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyscript_kit.site.addresses import address_of
from pyscript_kit.site.folder import Site
from pyscript_kit.site.names import FOR_EVER, PACKS, hashed
from pyscript_kit.snapshot.packs import write_blob

# Where Python runs.
_HOME = "/home/pyodide"
_STAMP = (1980, 1, 1, 0, 0, 0)  # the earliest that an archive can hold


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


def zipped_archive(site: Site, files: Mapping[str, bytes]) -> Archive:
    """Write the modules as an archive that PyScript fetches and unpacks."""
    content = archive_of(files)
    name = f"{FOR_EVER}/{hashed('app.zip', content)}"
    site.write(name, content)
    site.keep(name)
    address = address_of(name)
    site.at_start.append(address)
    return Archive((address,), {address: "./*"})


def packed_archive(site: Site, files: Mapping[str, bytes]) -> Archive:
    """Write the modules as a pack that the loader hands to Python as it is."""
    folder = site.folder / FOR_EVER / PACKS
    folder.mkdir(parents=True, exist_ok=True)
    names = sorted(files)
    blob = write_blob(folder, "app", b"".join(files[name] for name in names))
    addresses = tuple(f"./{FOR_EVER}/{PACKS}/{piece['file']}" for piece in blob)
    for piece, address in zip(blob, addresses, strict=True):
        site.offline[address] = piece["sha256"]
        site.at_start.append(address)
    tree = [[f"{_HOME}/{name}", len(files[name])] for name in names]
    return Archive(addresses, {}, {"packs": f"../{PACKS}/", "blob": blob, "tree": tree})


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
