"""Which browsers the kit and the tests can start on this machine, and how."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import BrowserType

# Without windows, which takes less of the processor.
_HEADLESS_NAMES = ("chromium-headless-shell",)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Where Chrome lies on systems that keep programs off the PATH.
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
)
_MINI_BROWSERS = (
    "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
    "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.0/MiniBrowser",
    "/usr/lib/aarch64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
    "/usr/lib/aarch64-linux-gnu/webkit2gtk-4.0/MiniBrowser",
)
# What a browser that is not Playwright's own would do beside its work.
_QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# For one that is asked to end, before it has to.
_SECONDS_TO_END = 5.0


@dataclass(frozen=True)
class Engine:
    """A browser that can open an address unseen.

    Attributes:
        kind: "chromium" or "webkit".
        name: as people call it.
        open: opens an address, and closes the browser at the end of the context.
    """

    kind: str
    name: str
    open: Callable[[str], AbstractContextManager[None]]


def engines() -> tuple[Engine, ...]:
    """The browsers of this machine that snapshots can be made in, one of a kind."""
    found = []
    if _chromium_options():
        found.append(Engine("chromium", "Chromium", _chromium))
    if has_webkit():
        found.append(Engine("webkit", "WebKit", _webkit))
    return tuple(found)


def engine_errors() -> type[Exception]:
    """What a browser raises that cannot be started, or loses its page."""
    from playwright.sync_api import Error

    return Error


def has_webkit() -> bool:
    """Whether there is a WebKit: Playwright's own, or that of GTK."""
    return _playwright_has("webkit") or _mini_browser() is not None


def _playwright_has(kind: str) -> bool:
    named = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    places = {"darwin": "Library/Caches", "win32": "AppData/Local"}
    try:
        caches = Path.home() / places.get(sys.platform, ".cache")
    except RuntimeError:  # a user without a home folder
        caches = Path(tempfile.gettempdir())
    folder = Path(named) if named else caches / "ms-playwright"
    return any(folder.glob(f"{kind}-*/INSTALLATION_COMPLETE"))


@cache
def _chromium_options() -> dict[str, Any] | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return launch_options(playwright.chromium)


def launch_options(browser_type: BrowserType, *, headless: bool = True) -> dict[str, Any] | None:
    """Arguments for a browser's `launch`: Playwright's own where it is installed, else the
    system's; None where there is neither. It need not have windows where it is `headless`."""
    own = browser_type.executable_path
    if Path(own).exists():
        return {"executable_path": own}
    if browser_type.name != "chromium":
        return None
    places = (place for place in _PLACES if Path(place).exists())
    names = (*_HEADLESS_NAMES, *_NAMES) if headless else _NAMES
    system_browser = next(filter(None, (*map(shutil.which, names), *places)), None)
    if system_browser is None:
        return None
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    sandbox = ("--no-sandbox",) if as_root else ()
    return {"executable_path": system_browser, "args": [*_QUIET, *sandbox]}


@contextmanager
def _chromium(address: str) -> Iterator[None]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**(_chromium_options() or {}))
        try:
            browser.new_page().goto(address)
            yield
        finally:
            browser.close()


@contextmanager
def _webkit(address: str) -> Iterator[None]:
    if not _playwright_has("webkit"):
        with _process([*(_mini_browser() or []), address]):
            yield
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.webkit.launch()
        try:
            browser.new_page().goto(address)
            yield
        finally:
            browser.close()


def _mini_browser() -> list[str] | None:
    """The command of WebKitGTK's browser, on a screen that nobody sees where there is none."""
    mini_browser = next(filter(os.path.exists, _MINI_BROWSERS), None)
    if mini_browser is None:
        return None
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return [mini_browser]
    virtual_screen = shutil.which("xvfb-run")
    return [virtual_screen, "--auto-servernum", mini_browser] if virtual_screen else None


@contextmanager
def _process(command: list[str]) -> Iterator[None]:
    # Its children may still be writing there when it has ended.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        browser = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": home, "XDG_RUNTIME_DIR": home},
            start_new_session=True,
        )
        try:
            yield
        finally:
            _end(browser)


def _end(browser: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started, whether they like it or not."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        with suppress(OSError):  # nobody is left to end
            os.killpg(browser.pid, how)
        with suppress(subprocess.TimeoutExpired):
            browser.wait(_SECONDS_TO_END)
