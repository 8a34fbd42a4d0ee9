"""Take screenshots of the demo: the ones of README.md, and every page in every guise to look at."""

import os
import socket
from pathlib import Path

from demo import prepare, serve
from environment import REPOSITORY, system_browser
from playwright.sync_api import Browser, Page, sync_playwright

README_PICTURES = REPOSITORY / "docs" / "pictures"
ALL_PICTURES = REPOSITORY / "build" / "pictures"
WIDTHS = {390: 844, 1280: 800}
SCHEMES = ("light", "dark")
SANDBOX_OFF = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []


def main() -> None:
    """Write docs/pictures/plot-*.png and build/pictures/*.png."""
    prepare()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with serve(port) as server, sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path).exists()
        browser = playwright.chromium.launch(
            executable_path=None if own else system_browser(), args=SANDBOX_OFF
        )
        try:
            for scheme in SCHEMES:
                for width, height in WIDTHS.items():
                    _take_all(browser, f"http://localhost:{port}/", scheme, width, height)
        finally:
            browser.close()
            server.terminate()


def _take_all(browser: Browser, url: str, scheme: str, width: int, height: int) -> None:
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=2,
    )
    page.goto(url, wait_until="commit")
    _wait(page, "booting")
    _save(page, ALL_PICTURES / f"loading-{width}-{scheme}.png")
    _wait(page, "ready")
    for route in page.locator("nav a").evaluate_all("links => links.map(a => a.hash)"):
        page.goto(url + route)
        page.locator("main h1").wait_for()
        page.locator('#page[aria-busy="false"]').wait_for()
        if route.endswith("/plot"):
            _add_curves(page)
            if width == max(WIDTHS):
                _save(page, README_PICTURES / f"plot-{scheme}.png", full_page=True)
        name = route.strip("#/") or "home"
        _save(page, ALL_PICTURES / f"{name}-{width}-{scheme}.png", full_page=True)
    page.close()


def _add_curves(page: Page) -> None:
    for sigma in ("0.7", "1.6"):
        page.get_by_label("sigma").fill(sigma)
        page.get_by_role("button", name="Plot", exact=True).click()
        page.get_by_text(f"sigma = {sigma}: highest").wait_for()


def _wait(page: Page, state: str) -> None:
    page.wait_for_function("state => document.documentElement?.dataset.app === state", arg=state)


def _save(page: Page, path: Path, *, full_page: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, full_page=full_page)
    print(f"Wrote {path.relative_to(REPOSITORY)}", flush=True)


if __name__ == "__main__":
    main()
