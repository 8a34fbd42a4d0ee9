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


_WATCH_MEMORY = """{
  const { instantiateStreaming } = WebAssembly;
  const { mark } = performance;
  let memory;
  WebAssembly.instantiateStreaming = async (source, imports) => {
    const made = await instantiateStreaming.call(WebAssembly, source, imports);
    memory ??= imports?.env?.memory ?? made.instance.exports.memory;
    return made;
  };
  const hash = async (bytes) => {
    let end = bytes.length;
    while (end && !bytes[end - 1]) end--;
    const digest = await crypto.subtle.digest("SHA-256", bytes.subarray(0, end));
    const hex = (byte) => byte.toString(16).padStart(2, "0");
    return Array.from(new Uint8Array(digest), hex).join("");
  };
  window.laid = {};
  performance.mark = (name, ...more) => {
    const [, part] = name.match(/^preboot:(.*)-laid$/) ?? [];
    if (part) window.laid[part] = hash(new Uint8Array(memory.buffer).slice());
    return mark.call(performance, name, ...more);
  };
}"""


def watch_memory(app: App) -> None:
    """Have the page take a hash of Python's whole memory whenever an image was laid over it."""
    app.page.add_init_script(_WATCH_MEMORY)


def assert_memory_is_that_of_the_snapshot(app: App, *parts: str) -> None:
    """Assert that all of these parts were laid, and that every byte was right when they were."""
    made = app.manifest()["snapshots"][LAYOUT]
    laid = app.page.evaluate(
        "async () => Object.fromEntries(await Promise.all("
        "Object.entries(laid).map(async ([part, hash]) => [part, await hash])))"
    )
    assert laid == {part: made[part]["memory"] for part in parts}


def fetched(app: App) -> list[str]:
    """The addresses of all that the page has fetched, but for the icon: an app that is not built
    reads it, beside the browser, to have it in the app's colours."""
    addresses: list[str] = app.page.evaluate(
        "performance.getEntriesByType('resource').map(({ name }) => name)"
    )
    return [address for address in addresses if not address.endswith("/icon.svg")]
