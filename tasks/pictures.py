"""Take screenshots of the demo: the ones of README.md and of the guide to patterns, and every page
in every guise to look at."""

import argparse
import io
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, Route, sync_playwright
from playwright.sync_api import Error as PlaywrightError

import examples
from demo import DEMO, environment_of_demo, prepare, serve
from environment import REPOSITORY, system_browser

README_PICTURES = REPOSITORY / "docs" / "pictures"
PATTERN_PICTURES = README_PICTURES / "patterns"
ALL_PICTURES = REPOSITORY / "build" / "pictures"
WIDTHS = {390: 844, 1280: 800}
SCHEMES = ("light", "dark")
# As wide as the pages that show it, so that its words can be read there.
README_VIEWPORT = {"width": 900, "height": 620}
# What the pictures of the guide to patterns are taken in: few colours, and so many bytes at most.
GUIDE_VIEWPORT = {"width": 600, "height": 700}
COLOURS = 48
# Of the page, what its example has put there.
ALONE = "#page { padding: 0; } #page > .page { padding: 1.2rem; } .source { display: none; }"
AT_MOST = 40_000
# Where the colour of each scheme stands, and what it is before and after.
ACCENTS = {
    "light": ("style.css", "#0f5c6e", "#8a3ffc"),
    "dark": ("dark.css", "#7fcbd9", "#be95ff"),
}
SANDBOX_OFF = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []


def main() -> None:
    """Write docs/pictures/**/*.png and build/pictures/*.png."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--guide", action="store_true", help="those of docs/patterns.md alone")
    guide_alone = parser.parse_args().guide
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
                _take_examples(browser, f"http://localhost:{port}", scheme)
                if guide_alone:
                    continue
                _take_app(browser, f"http://localhost:{port}/", scheme)
                for width, height in WIDTHS.items():
                    _take_all(browser, f"http://localhost:{port}/", scheme, width, height)
        finally:
            server.terminate()
            server.wait()
        if not guide_alone:
            for scheme in SCHEMES:
                _take_loop(browser, port, scheme)
        browser.close()


def _take_examples(browser: Browser, origin: str, scheme: str) -> None:
    """Show each example of the guide to patterns, used as its test does."""
    page = browser.new_page(
        viewport=GUIDE_VIEWPORT,  # type: ignore[arg-type]
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=2,
        reduced_motion="reduce",
    )
    files = examples.examples()
    pages = examples.routes(files)
    for path, text in {**files, examples.TABLE: examples.table_of(pages)}.items():
        _serve(page, f"{origin}/{path}", text)
    _go_when_served(page, origin)
    _wait(page, "ready")
    page.add_style_tag(content=ALONE)
    for route in pages:
        page.goto(f"{origin}/#/{route}")
        page.locator(f'#page[data-route="{route}"][aria-busy="false"]').wait_for()
        examples.use(route, page)
        page.mouse.move(0, 0)
        page.evaluate("document.activeElement.blur()")
        _save_small(page, PATTERN_PICTURES / f"{route}-{scheme}.png")
    page.close()


def _serve(page: Page, url: str, text: str) -> None:
    def answer(route: Route) -> None:
        route.fulfill(body=text)

    page.route(url, answer)


def _save_small(page: Page, path: Path) -> None:
    taken = Image.open(io.BytesIO(page.locator("#page > .page").screenshot())).convert("RGB")
    path.parent.mkdir(parents=True, exist_ok=True)
    taken.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    if size > AT_MOST:
        sys.exit(f"{path.relative_to(REPOSITORY)} has {size} bytes, and {AT_MOST} are the most.")
    print(f"Wrote {path.relative_to(REPOSITORY)}, {size} bytes", flush=True)


def _take_app(browser: Browser, url: str, scheme: str) -> None:
    """Show a page of the app, whole."""
    page = browser.new_page(
        viewport=README_VIEWPORT,  # type: ignore[arg-type]
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=1.5,
    )
    page.goto(f"{url}#/decay")
    _wait(page, "ready")
    page.locator("canvas[aria-label]").wait_for()
    _save(page, README_PICTURES / f"decay-{scheme}.png", full_page=True)
    page.close()


def _take_loop(browser: Browser, port: int, scheme: str) -> None:
    """Show what `pyscript dev` does: the app, a slip in its source, and a change of its styles."""
    name, before, after = ACCENTS[scheme]
    module, sheet = DEMO / "app" / "pages" / "home.py", DEMO / "app" / name
    source, styles = module.read_text(encoding="utf-8"), sheet.read_text(encoding="utf-8")
    command = ["pyscript", "dev", "--no-open", "--port", str(port)]
    page = browser.new_page(
        viewport=README_VIEWPORT,  # type: ignore[arg-type]
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=1.5,
    )
    with subprocess.Popen(command, cwd=DEMO, env=environment_of_demo()) as server:
        try:
            _go_when_served(page, f"http://127.0.0.1:{port}/")
            _wait(page, "ready")
            _save(page, README_PICTURES / f"dev-1-{scheme}.png")
            module.write_text(source.replace("def mount(", "def mount(:", 1), encoding="utf-8")
            page.get_by_role("alert").get_by_text("home.py").first.wait_for()
            _save(page, README_PICTURES / f"dev-2-{scheme}.png")
            module.write_text(source, encoding="utf-8")
            sheet.write_text(styles.replace(before, after, 1), encoding="utf-8")
            page.get_by_role("alert").get_by_text("home.py").first.wait_for(state="hidden")
            _wait(page, "ready")
            page.wait_for_function(
                "colour => getComputedStyle(document.documentElement)"
                ".getPropertyValue('--accent').trim() === colour",
                arg=after,
            )
            _save(page, README_PICTURES / f"dev-3-{scheme}.png")
        finally:
            server.send_signal(signal.SIGINT)
            module.write_text(source, encoding="utf-8")
            sheet.write_text(styles, encoding="utf-8")
    page.close()


def _go_when_served(page: Page, url: str) -> None:
    for _ in range(200):
        try:
            page.goto(url, wait_until="commit")
        except PlaywrightError:
            page.wait_for_timeout(100)
        else:
            return
    sys.exit("`pyscript dev` does not serve the demo.")


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
        if route.endswith("/decay"):
            page.locator("canvas[aria-label]").wait_for()
        name = route.strip("#/") or "home"
        _save(page, ALL_PICTURES / f"{name}-{width}-{scheme}.png", full_page=True)
    page.close()


def _add_curves(page: Page) -> None:
    for sigma in ("0.7", "1.6"):
        page.get_by_role("button", name="Keep this curve").click()
        page.get_by_role("spinbutton", name="sigma").fill(sigma)
        page.locator(f'canvas[aria-label*="sigma = {sigma}: highest"]').wait_for()


def _wait(page: Page, state: str) -> None:
    page.wait_for_function("state => document.documentElement?.dataset.app === state", arg=state)


def _save(page: Page, path: Path, *, full_page: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, full_page=full_page)
    print(f"Wrote {path.relative_to(REPOSITORY)}", flush=True)


if __name__ == "__main__":
    main()
