"""What tests of the loader share: its manifest, served as it is or changed, and what it fetched."""

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Route

from pyscript_kit.testing import App

LAYOUT = "same-functions"  # Chromium's and Firefox's


def base_image(app: App) -> str:
    """The name of the first piece of the memory that every boot begins from."""
    name: str = app.manifest()["snapshots"][LAYOUT]["base"]["image"][0]["file"]
    return name


def with_manifest(app: App, change: Callable[[Any], None]) -> None:
    """Serve another manifest than the one that was made."""
    changed = app.manifest()
    change(changed)
    body = f"export default {json.dumps(changed)};"
    app.page.route(
        "**/preboot/manifest.mjs",
        lambda route: route.fulfill(body=body, content_type="text/javascript"),
    )


def answered_with(app: App, file: str, change: Callable[[bytes], bytes]) -> None:
    """Answer requests for a file with other bytes than it has."""

    def answer(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=change(response.body()))

    app.page.route(f"**/{file}", answer)


def call_itself_iphone(app: App) -> None:
    """Have the browser do so: there, Pyodide lacks the function that makes Python's calls fast."""
    app.page.add_init_script(
        "Object.defineProperty(navigator, 'userAgent', { get: () => 'Mozilla/5.0 (iPhone)' });"
    )


def flipped(content: bytes) -> bytes:
    """The same but for one bit in the middle."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def fetched(app: App) -> list[str]:
    """The addresses of all that the page has fetched."""
    addresses: list[str] = app.page.evaluate(
        "performance.getEntriesByType('resource').map(({ name }) => name)"
    )
    return addresses
