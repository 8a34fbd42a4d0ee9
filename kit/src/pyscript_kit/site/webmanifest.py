"""The manifest of a web app: what it is called, and how it looks, when a visitor installs it."""

from __future__ import annotations

import json
import re

from pyscript_kit.project.settings import Project, read_config
from pyscript_kit.site.folder import Site


def write_web_manifest(project: Project, site: Site) -> None:
    """Say what the app is called when a visitor installs it, unless the app says so itself."""
    name = "manifest.webmanifest"
    if (site.folder / name).exists():
        return
    config = read_config(project.root)
    title = str(config.get("name") or project.root.name)
    icons = [
        {
            "src": f"./icons/{path.name}",
            "type": "image/png",
            "sizes": _sizes(path.stem),
            **({"purpose": "maskable"} if "maskable" in path.stem else {}),
        }
        for path in sorted((site.folder / "icons").glob("icon-*.png"))
    ]
    content = {
        "name": title,
        "short_name": title,
        "description": str(config.get("description") or ""),
        "start_url": "./",
        "scope": "./",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0f5c6e",
        "icons": icons,
    }
    site.write(name, (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode())


def _sizes(stem: str) -> str:
    size = re.search(r"\d+", stem)
    return f"{size[0]}x{size[0]}" if size else "any"
