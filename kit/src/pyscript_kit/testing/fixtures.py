"""Fixtures: the app of a project in a real browser, as `pyscript run app` serves it, and built.

    def test_the_built_app_works_offline(built_app: App) -> None:
        built_app.open("home")
        expect(built_app.page.get_by_role("heading", level=1)).to_be_visible()

A test fails on every console error, failed request and request to another origin that it did not
announce (`App.expect_errors`); a screenshot and the console of a failed test are kept below
`test-results/`.
"""

import shutil
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, BrowserType, expect

from pyscript_kit.errors import ToolError
from pyscript_kit.lock.reader import read_lock
from pyscript_kit.project.settings import Project, read_project
from pyscript_kit.runtime.telling import tell_app
from pyscript_kit.runtime.vendoring import cached_files
from pyscript_kit.site.build import lay_out_site
from pyscript_kit.snapshot.engines import launch_options
from pyscript_kit.testing import checks
from pyscript_kit.testing.driver import App
from pyscript_kit.testing.plugin import ROOT_KEY
from pyscript_kit.testing.servers import run_app, static_host

# A test that fails shows its own lines.
__tracebackhide__ = True

VIEWPORT = {"width": 1280, "height": 800}

# A passing test waits no longer for it; a busy machine gets the time it needs.
expect.set_options(timeout=30_000)

_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember for the fixtures whether the test failed."""
    report = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def project_root(pytestconfig: pytest.Config) -> Path:
    """The folder of the project whose app is tested."""
    root = pytestconfig.stash.get(ROOT_KEY, None)
    if root is None:
        pytest.exit("These tests need a project's app: run pytest in the project.", 2)
    return root


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], browser_type: BrowserType
) -> dict[str, Any]:
    """Playwright's own browser where it is installed, else the system's, with a camera and a
    microphone that it plays itself."""
    if browser_type.name == "chromium":
        arguments = [
            *browser_type_launch_args.get("args", []),
            "--use-fake-device-for-media-stream",
            # A headless browser has nobody to ask, and refuses.
            "--use-fake-ui-for-media-stream",
        ]
        browser_type_launch_args = {**browser_type_launch_args, "args": arguments}
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
def cdn(project_root: Path) -> dict[str, Path]:
    """Files that stand for a public CDN, by URL: none where the app brings its own runtime."""
    try:
        project = read_project(project_root)
        files = cached_files(project_root) if project.mode == "cdn" else {}
    except ToolError as error:
        pytest.exit(f"The runtime is missing ({error}): run `pyscript vendor` first.", 2)
    if project.mode == "self-hosted" and not project.runtime.is_dir():
        pytest.exit("app/runtime is missing: run `pyscript vendor` first.", 2)
    _tell_app(project)
    return files


def _tell_app(project: Project) -> None:
    """Have it begin with the pages that it has now, as `pyscript dev` does."""
    # The tests report what is wrong with a lock or a runtime.
    with suppress(ToolError, OSError, ValueError):
        tell_app(project, read_lock(project.lock_path))


@pytest.fixture(scope="session")
def origin(
    project_root: Path, cdn: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where `pyscript run app` serves the app, on a free port."""
    with run_app(project_root, tmp_path_factory.mktemp("server") / "log.txt") as address:
        yield address


@pytest.fixture(scope="session")
def plain_origin(project_root: Path, cdn: dict[str, Path]) -> Iterator[str]:
    """Where the app is served as any static host does, without special headers."""
    with static_host(project_root / "app") as address:
        yield address


@pytest.fixture(scope="session")
def launch(browser: Browser, origin: str, cdn: dict[str, Path]) -> Iterator[Callable[..., App]]:
    """A function that returns the app in a new tab, with empty caches, not loaded yet.

    It takes another host's address instead of the usual one.
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


@pytest.fixture(scope="session")
def built_site(
    project_root: Path,
    cdn: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
    pytestconfig: pytest.Config,
) -> Path:
    """The site that `pyscript build` makes of the app, but for compressed copies of its files.

    All processes share it, so no test may change it.
    """
    temporary = tmp_path_factory.getbasetemp()
    # The environment of a run within another one would name a worker of that.
    if hasattr(pytestconfig, "workerinput"):
        temporary = temporary.parent
    folder, made = temporary / "built", temporary / "built.done"
    with FileLock(temporary / "built.lock"):
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)  # what a build that failed has left
            folder.mkdir()
            # Python is compiled in a browser of its own, and Playwright keeps this thread for the
            # tests'.
            with ThreadPoolExecutor(1) as beside:
                try:
                    beside.submit(lay_out_site, project_root, folder).result()
                except ToolError as error:
                    pytest.fail(f"The site cannot be built: {error}")
            made.touch()
    return folder


@pytest.fixture(scope="session")
def offline_app(launch: Callable[..., App], built_site: Path) -> Iterator[App]:
    """The built app on a repeat visit, without a network."""
    with static_host(built_site) as address:
        app = launch(address)
        app.use_caches()
        app.boot()
        app.wait_until_kept()
        app.page.wait_for_load_state("networkidle")
        app.context.set_offline(True)
        app.boot_anew()
        yield app


@pytest.fixture
def lend(request: pytest.FixtureRequest, output_path: str) -> Iterator[Callable[[App], App]]:
    """A function that lends a test an app that other tests use, too, and tidies it up afterwards;
    the test fails on what it did not announce."""
    lent: list[App] = []

    def lend_app(app: App) -> App:
        app.page.set_viewport_size(VIEWPORT)  # type: ignore[arg-type]
        app.page.emulate_media(color_scheme="light")
        lent.append(app)
        return app

    yield lend_app
    problems: list[str] = []
    for app in lent:
        problems += settle(app, output_path, failed=has_failed(request))
        app.tidy()
    assert not problems, told(problems)


@pytest.fixture
def app(running_app: App, lend: Callable[[App], App]) -> App:
    """The running app, its pages to be opened; the test fails on what it did not announce."""
    return lend(running_app)


@pytest.fixture
def plain_app(running_plain_app: App, lend: Callable[[App], App]) -> App:
    """The running app from a host that sends no headers for cross-origin isolation."""
    return lend(running_plain_app)


@pytest.fixture
def built_app(offline_app: App, lend: Callable[[App], App]) -> App:
    """The built app, running without a network from what the service worker has kept."""
    return lend(offline_app)


@pytest.fixture
def fresh_app(
    launch: Callable[..., App], request: pytest.FixtureRequest, output_path: str
) -> Iterator[App]:
    """The app in a new tab, for the test to prepare and boot; checked in the same way."""
    app = launch()
    yield app
    close(app, output_path, failed=has_failed(request))
    app.context.close()


@pytest.fixture
def checked_app(browser: Browser, check: checks.Check, request: pytest.FixtureRequest) -> App:
    """The app as the check that a test is parametrized with wants it: running, fresh, or built."""
    app: App = request.getfixturevalue(checks.fixture_for(check))
    return app


@pytest.fixture
def reported() -> Iterator[list[Any]]:
    """The details of every ``app:error`` that a unit test brings about."""
    from pyscript import window

    details: list[Any] = []

    def note(event: Any) -> None:
        details.append(event.detail)

    window.addEventListener("app:error", note)
    yield details
    window.removeEventListener("app:error", note)


def has_failed(request: pytest.FixtureRequest) -> bool:
    """Whether the test of a fixture has failed by now."""
    return bool(request.node.stash.get(_FAILED, False))


def close(app: App, output_path: str, *, failed: bool) -> None:
    """Fail on what was not announced; keep a screenshot and the console of a failed test."""
    problems = settle(app, output_path, failed=failed)
    assert not problems, told(problems)


def settle(app: App, output_path: str, *, failed: bool) -> list[str]:
    """Return what was not announced; keep a screenshot and the console of a failed test."""
    problems = app.settle_problems()
    if problems or failed:
        folder = Path(output_path)
        folder.mkdir(parents=True, exist_ok=True)
        app.page.screenshot(path=folder / "page.png", full_page=True)
        (folder / "console.txt").write_text("\n".join(app.console), encoding="utf-8")
    app.console.clear()
    return problems


def told(problems: list[str]) -> str:
    """Name the problems that were not announced."""
    return "The app did what the test did not announce:\n" + "\n".join(problems)
