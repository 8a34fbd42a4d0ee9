"""What a site weighs, by its parts and by visit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pyscript_kit.site.compression import Size
from pyscript_kit.site.folder import Site, files_below
from pyscript_kit.site.notices import LICENSES
from pyscript_kit.site.sbom import SBOM
from pyscript_kit.terminal import megabytes

_GROUPS = (
    "the app",
    "Pyodide, to start",
    "PyScript, to start",
    "memory, to start",
    "the rest of the runtime, on demand",
    "licences and SBOM, on request",
)
# Bytes of the largest file that a host takes.
_MOST = {"Cloudflare Pages (25 MiB)": 25 * 2**20, "GitHub Pages (100 MiB)": 100 * 2**20}
# What is the app's own below runtime/, too.
_OWN = ("./runtime/packs/app-", "./runtime/app-", "./runtime/boot-", "./runtime/offline-")


def awaited_by_first_visits(site: Site) -> set[str]:
    """Addresses of what first visits fetch before Python is there, whatever the browser."""
    return {"./index.html", *site.at_start}.union(*site.by_layout.values())


def table(site: Site, sizes: dict[str, Size]) -> list[str]:
    """Lines that say what a site weighs, by its parts and by visit."""
    awaited = awaited_by_first_visits(site)
    groups: dict[str, list[Size]] = {}
    for address, size in sizes.items():
        groups.setdefault(_group(address, address in awaited), []).append(size)
    rows = [("", "files", "raw", "sent")]
    for name in _GROUPS:
        if group := groups.get(name):
            rows.append(_row(name, group))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return [*lines, *_visits(site, sizes)]


def _group(address: str, to_start: bool) -> str:
    if address in (f"./{LICENSES}", f"./{SBOM}"):
        return "licences and SBOM, on request"
    if not address.startswith("./runtime/") or address.startswith(_OWN):
        return "the app"
    if not to_start:
        return "the rest of the runtime, on demand"
    if address.startswith("./runtime/pyodide"):
        return "Pyodide, to start"
    return "PyScript, to start" if address.startswith("./runtime/pyscript") else "memory, to start"


def _row(name: str, sizes: list[Size]) -> tuple[str, str, str, str]:
    plain = sum(size.plain for size in sizes)
    sent = sum(size.sent for size in sizes)
    return name, str(len(sizes)), megabytes(plain), megabytes(sent)


def _visits(site: Site, sizes: dict[str, Size]) -> Iterator[str]:
    """What a first and a repeat visit fetch: engines of one layout fetch the images of that one."""
    always = sum(sizes[address].sent for address in {*site.at_start, "./index.html"})
    layouts = site.by_layout.values()
    images = max((sum(sizes[address].sent for address in names) for names in layouts), default=0)
    most = max(map(len, layouts), default=0)
    again = sizes["./index.html"].sent
    requests = len({*site.at_start, "./index.html"}) + most
    # Engines fetch the image of the packages only for a page that needs them.
    to_pages = " to a page with packages" if site.holds_packages else ""
    yield (
        f"A first visit{to_pages} fetches {megabytes(always + images)} in {requests} requests; "
        f"a second one the document again, {again / 1e3:.1f} kB, or nothing without a network."
    )


def on_disk(folder: Path) -> str:
    """What a folder takes on disk, with compressed copies."""
    sizes = [(path.suffix in (".br", ".gz"), path.stat().st_size) for path in files_below(folder)]
    copies = sum(size for is_copy, size in sizes if is_copy)
    return (
        f"{megabytes(sum(size for _, size in sizes))} on disk, "
        f"{megabytes(copies)} of it compressed copies"
    )


def large_files(folder: Path) -> list[str]:
    """Sentences on files that some hosts refuse."""
    found = []
    for path in files_below(folder):
        size = path.stat().st_size
        if hosts := [host for host, most in _MOST.items() if size > most]:
            found.append(
                f"dist/{path.relative_to(folder).as_posix()} has {size / 2**20:.1f} MiB, more "
                f"than the limit for one file of {' and '.join(hosts)}: use another host"
            )
    return found
