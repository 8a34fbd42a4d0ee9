"""What a site serves beside the app's archive: Python and settings that the document, settings and
calls name, with the addresses that they have in a site."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from pyscript_kit.project.reading import read_bytes
from pyscript_kit.site.addresses import is_elsewhere, path_of, within
from pyscript_kit.site.config import config_text
from pyscript_kit.site.folder import Site
from pyscript_kit.site.parts import Parts
from pyscript_kit.site.settings import MAIN, names_settings, read_settings, toml_of


def ship(parts: Parts, site: Site, main: Mapping[str, Any], renamed: Callable[[str], str]) -> None:
    """Write the Python and the settings that the app names.

    Args:
        main: the settings of the page, as a site has them.
        renamed: gives the new address of a part of the runtime.
    """
    for path in sorted(parts.named.sources):
        if path == MAIN:
            site.write(path, toml_of(main).encode())
        else:
            site.write(path, read_bytes(parts.project.app / path, f"app/{path}"))
    for settings in parts.named.settings:
        if not settings.path:
            continue
        values = settings.for_site(renamed)
        if values != settings.values:
            is_json = settings.path.endswith(".json")
            text = json.dumps(values, ensure_ascii=False) if is_json else toml_of(values)
            site.write(settings.path, text.encode())


def settings_of_document(
    main: Mapping[str, Any], renamed: Callable[[str], str], text: str
) -> str | None:
    """What stands for settings in a document, in that of a site; None leaves them.

    Args:
        main: the settings of the page, as a site has them.
        renamed: gives the new address of a part of the runtime.
        text: the address of settings, or these themselves.
    """
    if names_settings(text):
        if path_of(text) == MAIN:
            return config_text(main)
        return None if is_elsewhere(text) else within(text.strip())
    settings = read_settings(text, "app/index.html")
    values = settings.for_site(renamed)
    return None if values == settings.values else config_text(values)
