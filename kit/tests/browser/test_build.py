"""`pyscript build`: the site starts from static hosts as they are, and without a network."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from pages import PAGES
from playwright.sync_api import Browser, expect
from tests.e2e.conftest import ROOT, RUNTIME, VIEWPORT, close
from tests.e2e.driver import App
from tests.e2e.hosts import Host, has_nginx, nginx_host, plain_host
from tools.lockfile import INDEX_PATH
from tools.lockreader import read_lock
from tools.wanted import cdn_url, wanted_by

FIRST, LAST = PAGES[0], PAGES[-1]
DRAWN = next((page for page in PAGES if "matplotlib" in page.packages), None)
EDITED = next((page for page in PAGES if page.route == "repl"), None)

# The service worker has all that the app starts from.
_KEPT = "navigator.serviceWorker.ready.then(({ active }) => Boolean(active))"
_CONTROLLED = "Boolean(navigator.serviceWorker.controller)"


# Takes what App does, and gives one.
Visit = Callable[..., AbstractContextManager[App]]


def build(project: Path, *options: str) -> str:
    """Run `pyscript build` and return what it says."""
    command = [sys.executable, "-m", "pyscript", "build", "--project", str(project), *options]
    result = subprocess.run(
        command,
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="session")
def project(cdn: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this project, with the same runtime."""
    folder = tmp_path_factory.mktemp("build") / "project"
    shutil.copytree(
        ROOT / "app", folder / "app", ignore=shutil.ignore_patterns("runtime", ".*", "__pycache__")
    )
    for name in ("pyproject.toml", "runtime.lock.json"):
        shutil.copyfile(ROOT / name, folder / name)
    runtime = ROOT / "app" / "runtime"
    if runtime.is_dir():
        (folder / "app" / "runtime").symlink_to(runtime, target_is_directory=True)
    return folder


@pytest.fixture(scope="session")
def site(project: Path) -> Path:
    """The site of this project."""
    said = build(project)
    assert re.search(r"^the app +\d+ +\d+\.\d MB +\d+\.\d MB$", said, re.MULTILINE), said
    assert re.search(r"A first visit .* fetches \d+\.\d MB", said), said
    # Other tests build the copy again.
    kept = project.with_name("site")
    shutil.copytree(project / "dist", kept)
    return kept


@pytest.fixture(
    params=[
        "python",
        pytest.param(
            "nginx", marks=pytest.mark.skipif(not has_nginx(), reason="nginx is not installed")
        ),
    ]
)
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Host:
    """Every static host of this machine in turn."""
    return plain_host if request.param == "python" else nginx_host(tmp_path)


@pytest.fixture
def visit(browser: Browser, cdn: dict[str, Path], output_path: str) -> Visit:
    """Visitors with empty caches, one for each `with`; what goes wrong fails the test.

    It takes the address of the app, and files that stand for a CDN where they are not the usual.
    """

    @contextmanager
    def come(address: str, files: dict[str, Path] = cdn) -> Iterator[App]:
        context = browser.new_context(viewport=VIEWPORT, color_scheme="light")  # type: ignore[arg-type]
        visitor = App(context, address, files)
        failed = True
        try:
            yield visitor
            failed = False
        finally:
            # Before its host ends, from which it may be fetching something ahead.
            try:
                close(visitor, output_path, failed=failed)
            finally:
                context.close()

    return come


def on_cdn() -> dict[str, Path]:
    """The files of this project's runtime by the addresses that the CDN has them at."""
    lock = read_lock(ROOT / "runtime.lock.json")
    addresses = {wanted.path: cdn_url(wanted, lock.pin) for wanted in wanted_by(lock)}
    core = addresses["pyodide/pyodide.mjs"]
    assert core
    addresses[INDEX_PATH] = core.replace("pyodide.mjs", "pyodide-lock.json")
    return {url: RUNTIME / path for path, url in addresses.items() if url}


def wait_until_kept(app: App) -> None:
    """Wait until the app can start without a network."""
    assert app.page.evaluate(_KEPT)
    app.wait_until(_CONTROLLED)


def use_caches(app: App) -> None:
    """Have the browser use its caches, past which it asks for everything where there are routes."""
    if not app._cdn:
        app.context.unroute_all()


def reload(app: App, route: str = "") -> None:
    """Load the document anew at a route, as a link from elsewhere would."""
    app.page.goto("about:blank")
    app.boot(route)


@pytest.mark.parametrize("prefix", ["", "/any/path"])
def test_it_starts_at_the_root_and_below_any_path(
    site: Path, host: Host, visit: Visit, prefix: str
) -> None:
    with host(site, prefix) as address, visit(address) as app:
        app.boot()
        for page in PAGES:
            app.follow(page.route)
            expect(app.page.get_by_role("heading", level=1)).to_be_visible()

        assert app.page.locator("html").get_attribute("data-preboot") in ("base", None)


def test_it_starts_from_python_that_html_would_cut_off(
    project: Path, visit: Visit, tmp_path: Path
) -> None:
    start = project / "app" / "main.py"
    source = start.read_text(encoding="utf-8")
    try:
        start.write_text(f"{source}\nTAGS = '</script> <!-- é'\n", encoding="utf-8")
        build(project)
        served = tmp_path / "site"
        shutil.copytree(project / "dist", served)
        build(project, "--single-file", "--embed")
    finally:
        start.write_text(source, encoding="utf-8")
    document = project / "dist" / "index.html"

    with plain_host(served, "") as address, visit(address) as app:
        app.boot()
        assert app.python("import __main__; __main__.TAGS") == "</script> <!-- é"
    with visit(document.parent.as_uri()) as app:
        app.page.goto(document.as_uri())
        app.wait_for_start()
        assert app.python("import __main__; __main__.TAGS") == "</script> <!-- é"


def test_the_progress_ends_where_it_said(site: Path, visit: Visit) -> None:
    with plain_host(site, "") as address, visit(address) as app:
        app.page.add_init_script(
            "addEventListener('preboot:progress', ({ detail }) => { window.progress = detail; });"
        )

        app.boot()

        progress = app.page.evaluate("window.progress")
        if app.page.locator("html").get_attribute("data-preboot"):
            assert 0.9 * progress["total"] < progress["received"] <= progress["total"]
        else:
            assert progress is None


def test_a_page_that_is_not_isolated_asks_for_no_shared_memory(site: Path, visit: Visit) -> None:
    with plain_host(site, "") as address, visit(address) as app:
        app.page.add_init_script(
            """
            const { Memory } = WebAssembly;
            WebAssembly.Memory = function (descriptor) {
              if (descriptor.shared) window.shared = true;
              return new Memory(descriptor);
            };
            """
        )

        app.boot()

        if app.page.locator("html").get_attribute("data-preboot") is None:
            pytest.skip("without the loader, nothing keeps Pyodide from it")
        assert app.page.evaluate("window.shared") is None


def test_everything_comes_from_the_sites_own_origin(site: Path, visit: Visit) -> None:
    with plain_host(site, "") as address, visit(address) as app:
        asked: list[str] = []
        app.page.on("request", lambda request: asked.append(request.url))

        app.boot()
        wait_until_kept(app)

        hosts = {url.split("/")[2] for url in asked if url.startswith("http")}
        own = {address.split("/")[2]}
        assert hosts == own if not app._cdn else hosts <= {*own, "cdn.jsdelivr.net"}


def test_a_second_visit_needs_no_network(site: Path, host: Host, visit: Visit) -> None:
    with host(site, "/any/path") as address, visit(address) as app:
        use_caches(app)
        app.boot()
        wait_until_kept(app)
        app.page.wait_for_load_state("networkidle")

        app.context.set_offline(True)
        reload(app)
        fetched = app.page.evaluate("performance.getEntriesByType('resource').map((e) => e.name)")
        assert not [name for name in fetched if "/memory-" in name], "read past the service worker"
        for page in filter(None, (DRAWN, LAST)):
            # A deep link, and nothing of its page was ever fetched for it.
            reload(app, page.route)
            app.wait_for_page(page.route)
            expect(app.page.get_by_role("heading", level=1)).to_be_visible()
        if DRAWN:
            reload(app, DRAWN.route)
            figure = app.page.locator("#page :is(img, canvas)").first
            expect(figure).to_be_visible()
        if EDITED:
            reload(app, EDITED.route)
            app.page.get_by_label("Run in a worker").check()
            app.page.get_by_role("textbox", name="Python code").press("ControlOrMeta+a")
            app.page.keyboard.insert_text("6 * 7")
            app.page.keyboard.press("Control+Enter")
            expect(app.page.get_by_role("log", name="Output")).to_contain_text("42")


def test_a_second_visit_needs_no_network_where_the_host_does_not_compress(
    site: Path, visit: Visit
) -> None:
    with plain_host(site, "") as address:
        # On this machine itself, the loader asks for nothing that is compressed.
        address = address.replace("127.0.0.1", "app.localhost")
        with visit(address) as app:
            use_caches(app)
            app.boot()
            whole = app.page.locator("html").get_attribute("data-preboot")
            wait_until_kept(app)
            app.page.wait_for_load_state("networkidle")

            app.context.set_offline(True)
            reload(app)
            assert app.page.locator("html").get_attribute("data-preboot") == whole


def test_an_engine_that_no_snapshot_suits_needs_no_network_either(
    project: Path, visit: Visit
) -> None:
    runtime = project / "app" / "runtime"
    manifest = runtime / "preboot" / "manifest.mjs"
    if not manifest.is_file() or '"same-functions"' not in manifest.read_text(encoding="utf-8"):
        pytest.skip("this app does not boot from a snapshot")
    kept = runtime.readlink()
    runtime.unlink()
    try:
        shutil.copytree(kept, runtime)
        text = manifest.read_text(encoding="utf-8")
        manifest.write_text(text.replace('"same-functions"', '"other"'), encoding="utf-8")
        build(project)
    finally:
        shutil.rmtree(runtime)
        runtime.symlink_to(kept, target_is_directory=True)
    with plain_host(project / "dist", "") as address, visit(address) as app:
        use_caches(app)
        app.boot()
        wait_until_kept(app)
        app.page.wait_for_load_state("networkidle")

        app.context.set_offline(True)
        reload(app)
        assert app.page.locator("html").get_attribute("data-preboot") == "bytecode"
        if DRAWN:
            # pyparsing looks for its own source, and does without.
            app.expect_errors("pyparsing-source", "ERR_INTERNET_DISCONNECTED")
            reload(app, DRAWN.route)
            app.wait_for_page(DRAWN.route)
            expect(app.page.locator("#page :is(img, canvas)").first).to_be_visible()


@pytest.fixture
def new(project: Path, tmp_path: Path) -> Path:
    """A new version of the site, in which `VERSION_CODE` gives 2."""
    page = project / "app" / "pages" / f"{FIRST.route}.py"
    source = page.read_text(encoding="utf-8")
    try:
        page.write_text(source + "\nVERSION = 2\n", encoding="utf-8")
        build(project)
        shutil.copytree(project / "dist", tmp_path / "new")
    finally:
        page.write_text(source, encoding="utf-8")
    return tmp_path / "new"


VERSION_CODE = f"import pages.{FIRST.route} as page; getattr(page, 'VERSION', 1)"


class Deployed:
    """A site that a host serves, until another one is deployed in its place."""

    def __init__(self, site: Path, folder: Path) -> None:
        self.folder = folder
        folder.symlink_to(site, target_is_directory=True)

    def replace(self, site: Path) -> None:
        """Deploy another site."""
        self.folder.unlink()
        self.folder.symlink_to(site, target_is_directory=True)


def test_a_page_that_is_the_new_version_already_says_nothing_of_it(
    site: Path, new: Path, visit: Visit, tmp_path: Path
) -> None:
    deployed = Deployed(site, tmp_path / "served")
    with plain_host(deployed.folder, "") as address, visit(address) as app:
        app.boot()
        wait_until_kept(app)
        app.page.wait_for_load_state("networkidle")
        deployed.replace(new)
        app.page.add_init_script(
            """
            navigator.serviceWorker?.addEventListener("controllerchange", () => {
              window.updated = true;
            });
            new MutationObserver(() => {
              window.offered ||= Boolean(document.querySelector(".offer"));
            }).observe(document, { childList: true, subtree: true });
            """
        )

        reload(app)

        assert app.python(VERSION_CODE) == 2
        app.wait_until("window.updated || window.offered")
        assert app.page.evaluate("window.offered") is False
        app.context.set_offline(True)
        reload(app)
        assert app.python(VERSION_CODE) == 2


def test_a_new_version_is_offered_and_takes_over_as_a_whole(
    site: Path, new: Path, host: Host, visit: Visit, tmp_path: Path
) -> None:
    deployed = Deployed(site, tmp_path / "served")
    with host(deployed.folder, "") as address, visit(address) as app:
        app.boot()
        wait_until_kept(app)
        assert app.python(VERSION_CODE) == 1

        deployed.replace(new)
        app.page.evaluate("navigator.serviceWorker.getRegistration().then(r => r.update())")

        # The page goes on as it was until its visitor wants the new one.
        offer = app.page.get_by_role("status").filter(has_text="A new version")
        expect(offer).to_be_visible()
        assert app.python(VERSION_CODE) == 1
        offer.get_by_role("button", name="Use it").click()
        app.wait_until("!document.querySelector('.offer')")
        app.wait_for_start()
        assert app.python(VERSION_CODE) == 2

        app.page.wait_for_load_state("networkidle")
        app.context.set_offline(True)
        reload(app)
        assert app.python(VERSION_CODE) == 2


def test_a_spoilt_cache_is_noticed_and_mended(site: Path, visit: Visit) -> None:
    with plain_host(site, "") as address, visit(address) as app:
        use_caches(app)
        app.boot()
        wait_until_kept(app)
        spoil = """async (pattern) => {
          for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const request of await cache.keys()) {
              if (!request.url.includes(pattern)) continue;
              const { headers } = await cache.match(request);
              await cache.put(request, new Response("spoilt", { headers }));
              return request.url;
            }
          }
        }"""
        whole = app.page.locator("html").get_attribute("data-preboot")
        names = [
            pattern
            for pattern in ("/app-", "/core-", "/memory-same-functions", "/pyodide.asm.wasm")
            if any(pattern in f"/{file.name}" for file in (site / "runtime").rglob("*"))
        ]
        assert "/app-" in names
        for name in names:
            assert app.page.evaluate(spoil, name), f"{name} is not in the cache"
            reload(app)
            assert app.page.locator("html").get_attribute("data-preboot") == whole, name


def test_a_file_that_the_host_has_lost_costs_speed_alone(
    site: Path, visit: Visit, tmp_path: Path
) -> None:
    lacking = tmp_path / "site"
    shutil.copytree(site, lacking)
    images = [*lacking.glob("runtime/packs/memory-same-functions*")]
    if not images:
        pytest.skip("this app does not boot from a snapshot")
    for image in images:
        image.unlink()
    with plain_host(lacking, "") as address, visit(address) as app:
        app.expect_errors("404")

        app.boot()

        assert app.page.locator("html").get_attribute("data-preboot") == "failed"


@pytest.mark.parametrize(("pattern", "state"), [("boot-*.js", "failed"), ("style-*.css", "ready")])
def test_a_page_whose_own_file_was_altered_says_so(
    site: Path, visit: Visit, tmp_path: Path, pattern: str, state: str
) -> None:
    altered = tmp_path / "site"
    shutil.copytree(site, altered)
    for file in altered.glob(pattern):
        file.write_bytes(file.read_bytes() + b"\n")
    with plain_host(altered, "") as address, visit(address) as app:
        app.expect_errors("integrity")

        app.boot(state=state)

        alert = app.page.get_by_role("alert")
        expect(alert).to_contain_text("A part of this page did not arrive")


def test_without_room_for_a_copy_it_works_all_the_same(site: Path, visit: Visit) -> None:
    with plain_host(site, "") as address, visit(address) as app:
        session = app.context.new_cdp_session(app.page)
        quota = {"origin": address, "quotaSize": 1_000_000}
        session.send("Storage.overrideQuotaForOrigin", quota)

        # It tries, and gives up.
        with app.context.expect_event("serviceworker", timeout=60_000):
            app.boot()
        app.wait_until(
            "navigator.serviceWorker.getRegistration().then(r => !r?.active && !r?.installing)"
        )
        reload(app, LAST.route)
        app.wait_for_page(LAST.route)


def test_a_single_file_takes_its_runtime_from_the_cdn(
    project: Path, cdn: dict[str, Path], visit: Visit
) -> None:
    build(project, "--single-file")
    document = project / "dist" / "index.html"
    with visit(document.parent.as_uri(), cdn or on_cdn()) as app:
        app.page.goto(document.as_uri())
        app.wait_for_start()

        expect(app.page.get_by_role("heading", level=1)).to_be_visible()
        for page in filter(None, (DRAWN,)):
            app.follow(page.route)
            expect(app.page.locator("#page :is(img, canvas)").first).to_be_visible()
        if EDITED:
            app.follow(EDITED.route)
            expect(app.page.get_by_role("textbox", name="Python code")).to_be_visible()


def test_a_single_file_is_the_whole_app(project: Path, visit: Visit) -> None:
    said = build(project, "--single-file", "--embed")
    document = project / "dist" / "index.html"
    names = sorted(path.name for path in document.parent.iterdir())
    assert names == ["index.html", "licenses.txt", "sbom.cdx.json"]
    assert "the runtime in it" in said
    with visit(document.parent.as_uri()) as app:
        app.page.goto(document.as_uri())
        app.wait_for_start()

        expect(app.page.get_by_role("heading", level=1)).to_be_visible()
        assert app.python("import sys; sys.version_info[0]") == 3
        for page in filter(None, (DRAWN,)):
            app.follow(page.route)
            expect(app.page.locator("#page :is(img, canvas)").first).to_be_visible()
        if EDITED:
            app.follow(EDITED.route)
            app.page.get_by_role("textbox", name="Python code").click()
            app.page.keyboard.press("Control+Enter")
            expect(app.page.get_by_role("heading", name="A heading made from")).to_be_visible()
