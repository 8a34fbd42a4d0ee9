"""The icons of an installed app: the one drawing of it in the sizes that systems ask for, drawn by
a browser and kept in the user's cache."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Mapping

from pyscript_kit.site.colours import ICON
from pyscript_kit.site.folder import Site
from pyscript_kit.snapshot.engines import engine_errors, launch_options
from pyscript_kit.sources.cache import Cache
from pyscript_kit.terminal import warn

FOLDER = "icons"
# What Apple's home screens ask for, which read no manifest.
APPLE = f"{FOLDER}/apple-touch-icon.png"
# Pixels of each side, as the makers of browsers ask for them: web.dev, "Add a web app manifest";
# Apple, "Configuring Web Applications". Systems cut a maskable icon to a shape of their own.
_SIZES = {
    f"{FOLDER}/icon-192.png": 192,
    f"{FOLDER}/icon-512.png": 512,
    f"{FOLDER}/icon-maskable-512.png": 512,
    APPLE: 180,
}


def write_icons(site: Site, cache: Cache) -> None:
    """Write the icons that a site lacks; those that an author has put into `app/icons/` stay. Where
    no browser can be started, a warning says so, and the drawing alone is there."""
    source = site.folder / ICON
    lacking = {name: size for name, size in _SIZES.items() if not (site.folder / name).exists()}
    if not source.exists() or not lacking:
        return
    pictures = _pictures(source.read_bytes(), {*lacking.values()}, cache)
    for name, size in lacking.items():
        if size in pictures:
            site.write(name, pictures[size])


def _pictures(drawing: bytes, sizes: Collection[int], cache: Cache) -> dict[int, bytes]:
    """The drawing as PNG, by size."""
    keys = {size: hashlib.sha256(f"{size}\n".encode() + drawing).hexdigest() for size in sizes}
    places = {size: cache.folder / FOLDER / key[:2] / key for size, key in keys.items()}
    found = {}
    for size, place in places.items():
        digest, _, picture = place.read_bytes().partition(b"\n") if place.is_file() else (b"",) * 3
        if picture and digest == _digest(picture):
            found[size] = picture
    made = _drawn(drawing, [size for size in sizes if size not in found])
    for size, picture in made.items():
        cache.keep(places[size], _digest(picture) + b"\n" + picture)
    return found | dict(made)


def _drawn(drawing: bytes, sizes: Collection[int]) -> Mapping[int, bytes]:
    from playwright.sync_api import sync_playwright

    if not sizes:
        return {}
    way_out = "run `playwright install chromium`, then build again"
    address = f"data:image/svg+xml;base64,{base64.b64encode(drawing).decode()}"
    pictures = {}
    try:
        with sync_playwright() as playwright:
            options = launch_options(playwright.chromium)
            if options is None:
                warn(f"no browser was found to draw app/{ICON} in other sizes: {way_out}")
                return {}
            browser = playwright.chromium.launch(**options)
            try:
                page = browser.new_page(java_script_enabled=False)
                for size in sizes:
                    page.set_viewport_size({"width": size, "height": size})
                    style = f"display: block; width: {size}px; height: {size}px"
                    body = f'<body style="margin: 0"><img style="{style}" src="{address}">'
                    page.set_content(body)
                    pictures[size] = page.screenshot(omit_background=True)
            finally:
                browser.close()
    except (engine_errors(), OSError) as error:
        reason = str(error).strip().splitlines()[0]
        warn(
            f"app/{ICON} was not drawn in other sizes, as the browser reported {reason}: {way_out}"
        )
        return {}
    return pictures


def _digest(picture: bytes) -> bytes:
    return hashlib.sha256(picture).hexdigest().encode()
