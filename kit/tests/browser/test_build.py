"""`pyscript build`: the site starts from static hosts as they are, and without a network."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pages import PAGES
from playwright.sync_api import expect

from hosts import Host, Visit, has_nginx, nginx_host
from needing import packages_of
from pyscript_kit.lock.lockfile import wanted_by
from pyscript_kit.lock.reader import read_lock
from pyscript_kit.site.engine import prepared_engine
from pyscript_kit.site.served import glue_for_visitors
from pyscript_kit.sources.wanted import INDEX_PATH, cdn_url
from pyscript_kit.testing.servers import static_host

FIRST, LAST = PAGES[0], PAGES[-1]
DRAWN = next((page for page in PAGES if "matplotlib" in packages_of(page)), None)
# The pages whose style sheets hold now.
SHEETS_OF_PAGES = """[...document.querySelectorAll("[data-page]")]
  .filter(({ media, sheet }) => !media && sheet.cssRules.length)
  .map(({ dataset }) => dataset.page)"""
EDITED = next((page for page in PAGES if page.route == "repl"), None)
# What HTML would cut off, in the app's Python.
TAGS = "</script> <!-- é"


def build(project: Path, *options: str) -> str:
    """Run `pyscript build` and return what it says; what it prerenders, test_prerender.py sees."""
    command = [sys.executable, "-m", "pyscript", "build", "--no-prerender", *options]
    command += ["--project", str(project)]
    result = subprocess.run(
        command,
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="session")
def project(
    project_root: Path, cdn: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A copy of the project, with the same runtime, and with Python that HTML would cut off."""
    folder = tmp_path_factory.mktemp("build") / "project"
    shutil.copytree(
        project_root / "app",
        folder / "app",
        ignore=shutil.ignore_patterns("runtime", ".*", "__pycache__"),
    )
    for name in ("pyproject.toml", "runtime.lock.json"):
        shutil.copyfile(project_root / name, folder / name)
    with (folder / "app" / "main.py").open("a", encoding="utf-8") as start:
        start.write(f"\nTAGS = {TAGS!r}\n")
    runtime = project_root / "app" / "runtime"
    if runtime.is_dir():
        (folder / "app" / "runtime").symlink_to(runtime, target_is_directory=True)
    return folder


@pytest.fixture(scope="session")
def site(project: Path) -> Path:
    """The site of this project."""
    said = build(project, "--quick")
    assert re.search(r"^the app +\d+ +\d+\.\d MB +\d+\.\d MB$", said, re.MULTILINE), said
    assert re.search(r"A first visit .* fetches \d+\.\d MB", said), said
    # Other tests build the copy again.
    kept = project.with_name("site")
    shutil.copytree(project / "dist", kept)
    return kept


@pytest.fixture
def guided_host(tmp_path: Path) -> Host:
    """The host that is set up as the guide to deploying says, where it is there, else Python's."""
    return nginx_host(tmp_path) if has_nginx() else static_host


def on_cdn(project: Path) -> dict[str, Path]:
    """The files of a project's runtime by the addresses that the CDN has them at."""
    lock = read_lock(project / "runtime.lock.json")
    addresses = {wanted.path: cdn_url(wanted, lock.pin) for wanted in wanted_by(lock)}
    core = addresses["pyodide/pyodide.mjs"]
    assert core
    addresses[INDEX_PATH] = core.replace("pyodide.mjs", "pyodide-lock.json")
    return {url: project / "app" / "runtime" / path for path, url in addresses.items() if url}


@pytest.mark.parametrize(
    ("host", "prefix"),
    [
        ("python", ""),
        ("nginx", "/any/path"),
        # Each host and each kind of place has one already.
        pytest.param("python", "/any/path", marks=pytest.mark.long),
        pytest.param("nginx", "", marks=pytest.mark.long),
    ],
)
def test_it_starts_at_the_root_and_below_any_path(
    site: Path, tmp_path: Path, visit: Visit, host: str, prefix: str
) -> None:
    if host == "nginx" and not has_nginx():
        pytest.skip("nginx is not installed")
    serve = nginx_host(tmp_path) if host == "nginx" else static_host
    with serve(site, prefix) as address, visit(address) as app:
        app.boot()

        expect(app.page.get_by_role("heading", level=1)).to_be_visible()
        assert app.booted_from in ("base", None)
        assert app.python("import __main__; __main__.TAGS") == TAGS


@pytest.mark.parametrize("offers", [True, False])
def test_a_browser_that_offers_to_install_it_hears_of_the_manifest_once_it_stands(
    site: Path, visit: Visit, offers: bool
) -> None:
    with static_host(site, "") as address, visit(address) as app:
        app.page.add_init_script(
            """
            addEventListener("app:ready", () => {
              window.links = document.querySelectorAll("link[rel=manifest]").length;
            });
            """
            + ("" if offers else "delete globalThis.BeforeInstallPromptEvent;")
        )

        app.boot()

        assert app.page.evaluate("window.links") == (0 if offers else 1)
        expect(app.page.locator("link[rel=manifest]")).to_have_count(1)
        session = app.page.context.new_cdp_session(app.page)
        manifest = session.send("Page.getAppManifest")
        assert manifest["url"] == f"{address}/manifest.webmanifest"
        assert manifest["errors"] == []
        missing = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
        # A window of its own, such as tests have, is private.
        assert {error["errorId"] for error in missing} <= {"in-incognito"}


def test_a_first_visit_takes_what_it_said_and_from_the_sites_own_origin(
    site: Path, visit: Visit, cdn: dict[str, Path]
) -> None:
    with static_host(site, "") as address, visit(address) as app:
        asked: list[str] = []
        app.page.on("request", lambda request: asked.append(request.url))
        app.page.add_init_script(
            """
            addEventListener("preboot:progress", ({ detail }) => { window.progress = detail; });
            const { Memory } = WebAssembly;
            WebAssembly.Memory = function (descriptor) {
              if (descriptor.shared) window.shared = true;
              return new Memory(descriptor);
            };
            """
        )

        app.boot()

        progress = app.page.evaluate("window.progress")
        if app.booted_from:
            assert 0.9 * progress["total"] < progress["received"] <= progress["total"]
            # The page is not isolated. Without the loader, nothing keeps Pyodide from asking.
            assert app.page.evaluate("window.shared") is None
        else:
            assert progress is None
        app.wait_until_kept()
        hosts = {url.split("/")[2] for url in asked if url.startswith("http")}
        own = {address.split("/")[2]}
        assert hosts == own if not cdn else hosts <= {*own, "cdn.jsdelivr.net"}


def test_a_second_visit_needs_no_network(site: Path, guided_host: Host, visit: Visit) -> None:
    with guided_host(site, "/any/path") as address, visit(address) as app:
        app.use_caches()
        app.boot()
        app.wait_until_kept()
        app.page.wait_for_load_state("networkidle")

        app.context.set_offline(True)
        app.boot_anew()
        fetched = app.page.evaluate("performance.getEntriesByType('resource').map((e) => e.name)")
        assert not [name for name in fetched if "/memory-" in name], "read past the service worker"
        # Nobody has imported it before.
        assert app.python("import colorsys; colorsys.rgb_to_hsv(1, 0, 0)[2]") == 1
        # A deep link, and nothing of its page was ever fetched for it. That each page opens so, the
        # project's own tests say; here, that each opens below a path.
        app.boot_anew(LAST.route)
        app.wait_for_page(LAST.route)
        for page in reversed(PAGES):
            app.follow(page.route)
            expect(app.page.get_by_role("heading", level=1)).to_be_visible()
        if DRAWN:
            app.boot_anew(DRAWN.route)
            figure = app.page.locator("#page :is(img, canvas)").first
            expect(figure).to_be_visible()
        if EDITED:
            app.boot_anew(EDITED.route)
            app.page.get_by_label("Run in a worker").check()
            app.page.get_by_role("textbox", name="Python code").press("ControlOrMeta+a")
            app.page.keyboard.insert_text("6 * 7")
            app.page.keyboard.press("Control+Enter")
            expect(app.page.get_by_role("log", name="Output")).to_contain_text("42")


def test_a_second_visit_needs_no_network_where_the_host_does_not_compress(
    site: Path, visit: Visit
) -> None:
    with static_host(site, "") as address:
        # On this machine itself, the loader asks for nothing that is compressed.
        address = address.replace("127.0.0.1", "app.localhost")
        with visit(address) as app:
            app.use_caches()
            app.boot()
            whole = app.booted_from
            app.wait_until_kept()
            app.page.wait_for_load_state("networkidle")

            app.context.set_offline(True)
            app.boot_anew()
            assert app.booted_from == whole


@pytest.mark.long  # test_preboot.py has such an engine, and the tests above have no network
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
        build(project, "--quick")
    finally:
        shutil.rmtree(runtime)
        runtime.symlink_to(kept, target_is_directory=True)
    with static_host(project / "dist", "") as address, visit(address) as app:
        app.use_caches()
        app.boot()
        app.wait_until_kept()
        app.page.wait_for_load_state("networkidle")

        app.context.set_offline(True)
        app.boot_anew()
        assert app.booted_from == "bytecode"
        if DRAWN:
            app.boot_anew(DRAWN.route)
            app.wait_for_page(DRAWN.route)
            expect(app.page.locator("#page :is(img, canvas)").first).to_be_visible()


@pytest.fixture(scope="session")
def new(project: Path) -> Path:
    """A new version of the site, in which `VERSION_CODE` gives 2."""
    page = project / "app" / "pages" / f"{FIRST.route}.py"
    source = page.read_text(encoding="utf-8")
    kept = project.with_name("new")
    try:
        page.write_text(source + "\nVERSION = 2\n", encoding="utf-8")
        build(project, "--quick")
        shutil.copytree(project / "dist", kept)
    finally:
        page.write_text(source, encoding="utf-8")
    return kept


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
    with static_host(deployed.folder, "") as address, visit(address) as app:
        app.boot()
        app.wait_until_kept()
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

        app.boot_anew()

        assert app.python(VERSION_CODE) == 2
        app.wait_until("window.updated || window.offered")
        assert app.page.evaluate("window.offered") is False
        app.context.set_offline(True)
        app.boot_anew()
        assert app.python(VERSION_CODE) == 2


def test_a_new_version_is_offered_and_takes_over_as_a_whole(
    site: Path, new: Path, guided_host: Host, visit: Visit, tmp_path: Path
) -> None:
    deployed = Deployed(site, tmp_path / "served")
    with guided_host(deployed.folder, "") as address, visit(address) as app:
        app.boot()
        app.wait_until_kept()
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
        app.boot_anew()
        assert app.python(VERSION_CODE) == 2


def test_a_spoilt_cache_is_noticed_and_mended(site: Path, visit: Visit) -> None:
    with static_host(site, "") as address, visit(address) as app:
        app.use_caches()
        app.boot()
        app.wait_until_kept()
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
        whole = app.booted_from
        names = [
            pattern
            for pattern in ("/app-", "/core-", "/memory-same-functions", "/pyodide.asm.wasm")
            if any(pattern in f"/{file.name}" for file in (site / "runtime").rglob("*"))
        ]
        assert "/app-" in names
        for name in names:
            assert app.page.evaluate(spoil, name), f"{name} is not in the cache"
            app.boot_anew()
            assert app.booted_from == whole, name


@pytest.mark.parametrize(
    ("name", "change"),
    [("pyodide.asm.wasm", prepared_engine), ("pyodide.asm.mjs", glue_for_visitors)],
)
def test_pyodide_is_changed_for_visitors_and_said_to_be(
    name: str, change: Callable[[bytes], bytes], site: Path, project: Path
) -> None:
    published = project / "app" / "runtime" / "pyodide" / name
    if not published.exists():
        pytest.skip("this app has its runtime from the CDN, or its release another form")
    (served,) = site.glob(f"runtime/pyodide-*/{name}")

    assert served.read_bytes() == change(published.read_bytes())
    assert served.read_bytes() != published.read_bytes()
    assert f"pyodide/{name}: pyscript build has changed it" in (site / "licenses.txt").read_text(
        encoding="utf-8"
    )


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
    with static_host(lacking, "") as address, visit(address) as app:
        app.expect_errors("404")

        app.boot()

        assert app.booted_from == "failed"


@pytest.mark.parametrize(
    ("pattern", "state"), [("runtime/boot-*.js", "failed"), ("style-*.css", "ready")]
)
def test_a_page_whose_own_file_was_altered_says_so(
    site: Path, visit: Visit, tmp_path: Path, pattern: str, state: str
) -> None:
    altered = tmp_path / "site"
    shutil.copytree(site, altered)
    for file in altered.glob(pattern):
        file.write_bytes(file.read_bytes() + b"\n")
    with static_host(altered, "") as address, visit(address) as app:
        app.expect_errors("integrity")

        app.boot(state=state)

        alert = app.page.get_by_role("alert")
        expect(alert).to_contain_text("A part of this page did not arrive")


def test_without_room_for_a_copy_it_works_all_the_same(site: Path, visit: Visit) -> None:
    with static_host(site, "") as address, visit(address) as app:
        session = app.context.new_cdp_session(app.page)
        quota = {"origin": address, "quotaSize": 1_000_000}
        session.send("Storage.overrideQuotaForOrigin", quota)

        # It tries, and gives up.
        with app.context.expect_event("serviceworker", timeout=60_000):
            app.boot()
        app.wait_until(
            "navigator.serviceWorker.getRegistration().then(r => !r?.active && !r?.installing)"
        )
        app.boot_anew(LAST.route)
        app.wait_for_page(LAST.route)


@pytest.mark.long  # the next one is a single file, and tests/test_projects.py has an app on the CDN
def test_a_single_file_takes_its_runtime_from_the_cdn(
    project: Path, cdn: dict[str, Path], visit: Visit
) -> None:
    build(project, "--single-file")
    document = project / "dist" / "index.html"
    with visit(document.parent.as_uri(), cdn or on_cdn(project)) as app:
        app.page.goto(document.as_uri())
        app.wait_for_start()

        expect(app.page.get_by_role("heading", level=1)).to_be_visible()
        assert app.python("import __main__; __main__.TAGS") == TAGS
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
    assert "with the runtime" in said
    with visit(document.parent.as_uri()) as app:
        app.page.goto(document.as_uri())
        app.wait_for_start()

        expect(app.page.get_by_role("heading", level=1)).to_be_visible()
        assert app.python("import __main__; __main__.TAGS") == TAGS
        for page in [page for page in PAGES if page.styled][:2]:
            app.follow(page.route)
            assert app.page.evaluate(SHEETS_OF_PAGES) == [page.route]
        for page in filter(None, (DRAWN,)):
            app.follow(page.route)
            expect(app.page.locator("#page :is(img, canvas)").first).to_be_visible()
        if EDITED:
            app.follow(EDITED.route)
            app.page.get_by_role("textbox", name="Python code").click()
            app.page.keyboard.press("Control+Enter")
            expect(app.page.get_by_role("heading", name="A heading made from")).to_be_visible()
