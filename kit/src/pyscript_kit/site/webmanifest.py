"""The manifest of a web app: what it is called, and how it looks, when a visitor installs it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pyscript_kit.site.colours import ICON, colour
from pyscript_kit.site.folder import Site
from pyscript_kit.site.icons import FOLDER
from pyscript_kit.site.identity import Identity


def write_web_manifest(site: Site, identity: Identity, colours: Mapping[str, str]) -> None:
    """Say what the app is called when a visitor installs it, unless the app says so itself."""
    name = "manifest.webmanifest"
    if (site.folder / name).exists():
        return
    content = {
        "name": identity.title,
        "short_name": identity.title,
        "description": identity.description,
        "start_url": "./",
        "scope": "./",
        "display": "standalone",
        "background_color": colour("--paper", colours),
        "theme_color": colour("--accent", colours),
        "icons": _icons(site),
    }
    said = {key: value for key, value in content.items() if value is not None}
    site.write(name, (json.dumps(said, ensure_ascii=False, indent=2) + "\n").encode())


def _icons(site: Site) -> list[dict[str, Any]]:
    drawn = [
        {
            "src": f"./{FOLDER}/{path.name}",
            "type": "image/png",
            "sizes": _sizes(path.stem),
            **({"purpose": "maskable"} if "maskable" in path.stem else {}),
        }
        for path in sorted((site.folder / FOLDER).glob("icon-*.png"))
    ]
    if (site.folder / ICON).exists():
        drawn.append({"src": f"./{ICON}", "type": "image/svg+xml", "sizes": "any"})
    return drawn


def _sizes(stem: str) -> str:
    size = re.search(r"\d+", stem)
    return f"{size[0]}x{size[0]}" if size else "any"
