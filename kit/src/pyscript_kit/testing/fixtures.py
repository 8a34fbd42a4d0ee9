"""The app as it is served by `pyscript run app`, in a real browser."""

import functools
import os
import socket
import subprocess
import sys
import threading
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserType, expect
from tests.e2e.driver import App
from tools.browsers import launch_options

ROOT = Path(__file__).parents[2]
RUNTIME = ROOT / "app" / "runtime"
VIEWPORT = {"width": 1280, "height": 800}

# A test that passes waits no longer for it; a machine with much else to do gets the time it needs.
expect.set_options(timeout=30_000)

_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put unit tests first: Playwright keeps the thread's event loop from its first test on."""
    items.sort(key=lambda item: Path(__file__).parent in item.path.parents)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember for the fixtures whether the test failed."""
    report = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], browser_type: BrowserType
) -> dict[str, Any]:
    """Playwright's own browser where it is installed, else the system's."""
    chosen = {"channel", "executable_path"} & set(browser_type_launch_args)
    if chosen or Path(browser_type.executable_path).exists():
        return browser_type_launch_args
    headless = browser_type_launch_args.get("headless", True)
    options = launch_options(browser_type, headless=headless)
    if options is None:
        pytest.exit(
            f"No {browser_type.name} was found: run `playwright install {browser_type.name}`.", 2
        )
    arguments = [*browser_type_launch_args.get("args", []), *options.get("args", [])]
    return {**browser_type_launch_args, **options, "args": arguments}


@pytest.fixture(scope="session")
def cdn() -> dict[str, Path]:
    """Files that stand for a public CDN, by URL: none where the app brings its own runtime."""
    config = tomllib.loads((ROOT / "app" / "pyscript.toml").read_text(encoding="utf-8"))
    if config["interpreter"].startswith("https:"):
        from tools.errors import ToolError
        from tools.vendor import cached_files

        try:
            return cached_files(ROOT)
        except ToolError as error:
            pytest.exit(f"The runtime is not there ({error}): run `pyscript vendor` first.", 2)
    if not RUNTIME.is_dir():
        pytest.exit("app/runtime is missing: run `pyscript vendor` first.", 2)
    return {}


@pytest.fixture(scope="session")
def origin(cdn: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where `pyscript run app` serves the app, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "log.txt"
    command = [sys.executable, "-m", "pyscript", "run", "app", "--no-view", "--port", str(port)]
    with log.open("w") as output:
        server = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_served(address, server, log)
        yield address
    finally:
        server.terminate()
        server.wait()


def wait_until_served(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Return once ``address`` answers; fail with the server's output if it does not."""
    for _ in range(200):
        try:
            urllib.request.urlopen(f"{address}/index.html", timeout=5).close()  # noqa: S310
        except urllib.error.URLError:
            try:
                server.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
            break
        return
    pytest.fail(f"`pyscript run app` does not serve the app:\n{log.read_text()}")


@pytest.fixture(scope="session")
def plain_origin(cdn: dict[str, Path]) -> Iterator[str]:
    """Where the app is served as any static host does, without special headers."""
    handler = functools.partial(QuietHandler, directory=str(ROOT / "app"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def launch(browser: Browser, origin: str, cdn: dict[str, Path]) -> Iterator[Callable[..., App]]:
    """A function that returns the app in a new tab, with empty caches, not loaded yet.

    It takes another host's address, if it is not to be the usual one.
    """
    apps: list[App] = []

    def launch_app(host: str = origin) -> App:
        context = browser.new_context(viewport=VIEWPORT, color_scheme="light")  # type: ignore[arg-type]
        apps.append(App(context, host, cdn))
        return apps[-1]

    yield launch_app
    for app in apps:
        app.context.close()


@pytest.fixture(scope="session")
def running_app(launch: Callable[..., App]) -> App:
    """The app, booted once for all tests that need no start of their own."""
    app = launch()
    app.boot()
    return app


@pytest.fixture(scope="session")
def running_plain_app(launch: Callable[..., App], plain_origin: str) -> App:
    """The app, booted once from a host that does not isolate it."""
    app = launch(plain_origin)
    app.boot()
    return app


@pytest.fixture
def app(running_app: App, request: pytest.FixtureRequest, output_path: str) -> Iterator[App]:
    """The running app, its pages to be opened; the test fails on what it did not announce."""
    yield from lend(running_app, request, output_path)


@pytest.fixture
def plain_app(
    running_plain_app: App, request: pytest.FixtureRequest, output_path: str
) -> Iterator[App]:
    """The running app from a host that sends no headers for cross-origin isolation."""
    yield from lend(running_plain_app, request, output_path)


@pytest.fixture
def fresh_app(
    launch: Callable[..., App], request: pytest.FixtureRequest, output_path: str
) -> Iterator[App]:
    """The app in a new tab, for the test to prepare and boot; checked in the same way."""
    app = launch()
    yield app
    close(app, output_path, failed=has_failed(request))
    app.context.close()


def lend(app: App, request: pytest.FixtureRequest, output_path: str) -> Iterator[App]:
    """Give a test a running app as every test finds it, and take it back in that state."""
    app.page.set_viewport_size(VIEWPORT)  # type: ignore[arg-type]
    app.page.emulate_media(color_scheme="light")
    yield app
    try:
        close(app, output_path, failed=has_failed(request))
    finally:
        app.page.unroute_all()
        for button in app.page.locator("#error-dismiss:visible").all():
            button.click()


def has_failed(request: pytest.FixtureRequest) -> bool:
    """Whether the test of a fixture has failed by now."""
    return bool(request.node.stash.get(_FAILED, False))


def close(app: App, output_path: str, *, failed: bool) -> None:
    """Fail on what was not announced; keep a screenshot and the console of a failed test."""
    problems = app.settle_problems()
    if problems or failed:
        folder = Path(output_path)
        folder.mkdir(parents=True, exist_ok=True)
        app.page.screenshot(path=folder / "page.png", full_page=True)
        (folder / "console.txt").write_text("\n".join(app.console), encoding="utf-8")
    app.console.clear()
    assert not problems, "The app did what the test did not announce:\n" + "\n".join(problems)
