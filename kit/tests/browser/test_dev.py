"""`pyscript dev` from the author's side: what a save does to the page."""

import json
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from pages import PAGES
from playwright.sync_api import Locator, Page, Request, Route, expect

from pyscript_kit.lock.modules import modules_of_python, packages_by_module
from pyscript_kit.lock.reader import read_lock
from pyscript_kit.project.settings import read_project
from pyscript_kit.serving import development
from pyscript_kit.testing import App

HOME = f"pages/{PAGES[0].route}.py"
# A save is in the page within 0.3 s; a machine with much else to do may take its time.
LONGEST = 3.0
PAPER = "getComputedStyle(document.documentElement).backgroundColor"


class Server:
    """A `pyscript dev` on a copy of the project, and what it says."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.app = root / "app"
        self._lines: queue.Queue[str] = queue.Queue()
        self._said: list[str] = []
        command = [sys.executable, "-m", "pyscript", "dev", "--no-open", "--port=0"]
        self._process = subprocess.Popen(
            [*command, f"--project={root}"],
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        threading.Thread(target=self._listen, daemon=True).start()
        self.origin = self.wait_for(r"served at (http://\S+)/ ")

    def wait_for(self, pattern: str) -> str:
        """Return what a pattern's group matches in a line that it has not looked at yet."""
        while True:
            try:
                line = self._lines.get(timeout=60)
            except queue.Empty:
                pytest.fail(f"`pyscript dev` did not say {pattern}:\n" + "".join(self._said))
            self._said.append(line)
            if match := re.search(pattern, line):
                return match[match.lastindex or 0]

    def read(self, path: str) -> str:
        """Return a file of the app."""
        return (self.app / path).read_text(encoding="utf-8")

    def save(self, path: str, text: str) -> None:
        """Write a file of the app, as an editor would."""
        (self.app / path).write_text(text, encoding="utf-8")

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            self._lines.put(line)


@pytest.fixture(scope="module")
def server(
    project_root: Path, cdn: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The server; each test leaves the copy as it found it."""
    root = tmp_path_factory.mktemp("dev") / "project"
    shutil.copytree(
        project_root / "app",
        root / "app",
        copy_function=linking(project_root / "app" / "runtime"),
        ignore=shutil.ignore_patterns("__pycache__", ".runtime*"),
    )
    shutil.copyfile(project_root / "runtime.lock.json", root / "runtime.lock.json")
    server = Server(root)
    yield server
    server.stop()


def linking(runtime: Path) -> Callable[[str, str], None]:
    """Return what copies files that a test may write to, and links the runtime where it can."""

    def copy(source: str, target: str) -> None:
        if runtime in Path(source).parents:
            try:
                os.link(source, target)
            except OSError:
                pass
            else:
                return
        shutil.copyfile(source, target)

    return copy


@pytest.fixture(scope="module")
def page_app(launch: Callable[..., App], server: Server) -> App:
    """The copy in a tab of its own."""
    app: App = launch(server.origin)
    app.boot()
    return app


@pytest.fixture
def app(page_app: App, server: Server) -> Iterator[App]:
    """The running copy; the test fails on what it did not announce, and its saves are undone."""
    before = {path: server.read(path) for path in (HOME, "main.py", "style.css", "pyscript.toml")}
    page_app.page.emulate_media(color_scheme="light")
    yield page_app
    page_app.page.unroute_all()
    problems = page_app.settle_problems()
    changed = [path for path, text in before.items() if server.read(path) != text]
    for path in changed:
        server.save(path, before[path])
    if changed:
        expect(overlay(page_app)).to_be_hidden()
    assert not problems


def overlay(app: App) -> Locator:
    """The panel of the development server."""
    return app.page.locator("section.overlay")


def reloaded(app: App, save: Callable[[], object], state: str = "ready") -> float:
    """Save, wait until the page has loaded anew because of it, and return the seconds between the
    save and the request for the page."""

    def is_document(request: Request) -> bool:
        return request.is_navigation_request()

    with app.page.expect_request(is_document, timeout=60_000):
        started = time.monotonic()
        save()
    seconds = time.monotonic() - started
    app.page.wait_for_load_state("domcontentloaded")
    app.wait_for_start(state)
    return seconds


def test_a_save_reloads_the_page(app: App, server: Server) -> None:
    app.follow(PAGES[0].route)
    heading = app.page.get_by_role("heading", level=1)
    former, source = str(heading.text_content()), server.read(HOME)
    mount = (
        "\n\nfrom patterns.dom import element\n\n\ndef mount(root, handlers):\n"
        "    root.append(element('h1', 'Saved just now'))\n"
    )

    seconds = reloaded(app, lambda: server.save(HOME, source + mount))

    print(f"reloaded {1000 * seconds:.0f} ms after the save")
    assert seconds < LONGEST
    expect(heading).to_have_text("Saved just now")
    # As on most hosts: what works here works there.
    assert not app.page.evaluate("crossOriginIsolated")

    reloaded(app, lambda: server.save(HOME, source))
    expect(heading).to_have_text(former)


def test_a_style_sheet_changes_in_the_running_page(app: App, server: Server) -> None:
    page = app.page
    style = server.read("style.css")
    dark = server.read("dark.css")
    light = page.evaluate(PAPER)
    page.evaluate(
        f"""() => {{
          window.here = true;
          window.seen = new Set();
          (function look() {{
            seen.add({PAPER});
            requestAnimationFrame(look);
          }})();
        }}"""
    )

    server.save("style.css", style + "\n:root { --paper: #e0f0ff; }\n")
    page.wait_for_function(f"{PAPER} === 'rgb(224, 240, 255)'")

    # Never without a sheet, and the page is the one that it was.
    assert page.evaluate("[...seen]") == [light, "rgb(224, 240, 255)"]
    assert page.evaluate("window.here")

    # The dark one is found by its id and switched by its medium, even while the new one comes.
    held = app.hold("dark.css?saved=*")
    with page.expect_request(lambda request: "dark.css?saved=" in request.url):
        server.save("dark.css", dark + "\n:root { --paper: #102030; }\n")
    page.get_by_label("Colours").select_option("dark")
    assert page.evaluate(PAPER) == "rgb(18, 22, 27)"
    held.release()
    page.wait_for_function(f"{PAPER} === 'rgb(16, 32, 48)'")
    expect(page.locator("link[href*='dark.css']")).to_have_count(1)
    server.save("dark.css", dark)
    page.wait_for_function(f"{PAPER} === 'rgb(18, 22, 27)'")
    assert page.evaluate("document.querySelector('#dark').media") == "all"
    page.get_by_label("Colours").select_option("system")
    assert page.evaluate("window.here")


def test_the_sheet_of_a_page_changes_in_place_and_still_goes_with_the_page(
    app: App, server: Server
) -> None:
    if not (PAGES[0].styled and PAGES[1:]):
        pytest.skip("no page of this app has a style sheet of its own")
    path = f"pages/{PAGES[0].route}.css"
    sheet = server.read(path)
    heading = "getComputedStyle(document.querySelector('#page h1')).color"
    app.follow(PAGES[0].route)
    app.page.evaluate("window.here = true")

    server.save(path, sheet + "\nh1 { color: #102030; }\n")
    app.page.wait_for_function(f"{heading} === 'rgb(16, 32, 48)'")
    app.follow(PAGES[1].route)

    assert app.page.evaluate(heading) != "rgb(16, 32, 48)"
    app.follow(PAGES[0].route)
    assert app.page.evaluate(heading) == "rgb(16, 32, 48)"
    server.save(path, sheet)
    app.page.wait_for_function(f"{heading} !== 'rgb(16, 32, 48)'")
    assert app.page.evaluate("window.here")


def test_a_syntax_error_is_shown_over_the_running_app(app: App, server: Server) -> None:
    page = app.page
    source = server.read(HOME)
    page.evaluate("window.here = true")

    server.save(HOME, source + "\nfirst = (1,\nsecond = 2)) + 3\n")

    panel = page.get_by_role("alert").filter(has_text="Syntax error")
    expect(panel).to_be_visible()
    expect(panel).to_contain_text(f"app/{HOME}, line")
    expect(panel.locator("pre")).to_contain_text("second = 2)) + 3")
    expect(panel.locator("pre")).to_contain_text("^")
    assert page.evaluate("window.here")
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    server.save(HOME, source + "\nfirst = 1 +\n")
    expect(panel).to_contain_text("first = 1 +")
    panel.get_by_role("button", name="Dismiss").click()
    expect(panel).to_be_hidden()
    server.save(HOME, source + "\nfirst = 1 -\n")
    expect(panel).to_contain_text("first = 1 -")
    assert page.evaluate("window.here")

    reloaded(app, lambda: server.save(HOME, source))

    expect(panel).to_be_hidden()
    assert page.evaluate("window.here") is None


def test_a_new_module_needs_no_more_than_being_imported(app: App, server: Server) -> None:
    main, config = server.read("main.py"), server.read("pyscript.toml")

    # Both files are one change: while one is gone, the server waits for it.
    def save() -> None:
        (server.app / "main.py").unlink()
        server.save("patterns/brand_new.py", "ANSWER = 6 * 7\n")
        server.save("main.py", f"import patterns.brand_new\n{main}")

    reloaded(app, save)

    assert app.python("import patterns.brand_new as new; new.ANSWER") == 42
    assert '"./patterns/brand_new.py" = "./patterns/"\n' in server.read("pyscript.toml")
    server.wait_for(r"Added \./patterns/brand_new\.py to \[files\]")

    def remove() -> None:
        (server.app / "patterns" / "brand_new.py").unlink()
        server.save("main.py", main)

    reloaded(app, remove)

    assert server.read("pyscript.toml") == config


def test_settings_that_ask_for_another_lock_are_explained(app: App, server: Server) -> None:
    config = server.read("pyscript.toml")
    app.page.evaluate("window.here = true")

    server.save("pyscript.toml", re.sub(r"(packages\w* = \[)", r'\1"left-out", ', config, count=1))

    expect(overlay(app)).to_contain_text("ask for different packages (left-out)")
    expect(overlay(app)).to_contain_text("pyscript lock")
    server.wait_for(r"ask for different packages \(left-out\)")
    assert app.page.evaluate("window.here")

    reloaded(app, lambda: server.save("pyscript.toml", config))
    expect(overlay(app)).to_be_hidden()


def test_a_line_for_a_file_that_is_not_there_is_explained(app: App, server: Server) -> None:
    config = server.read("pyscript.toml")
    app.page.evaluate("window.here = true")

    server.save("pyscript.toml", config.rstrip() + '\n"./data/gone.csv" = "./data/"\n')

    expect(overlay(app)).to_contain_text("A file in [files] is missing")
    expect(overlay(app)).to_contain_text("'./data/gone.csv' is listed under [files]")
    server.wait_for(r"'\./data/gone\.csv' is listed under \[files\]")
    assert app.page.evaluate("window.here")

    app.expect_errors("gone.csv", "404")
    app.page.reload()
    expect(overlay(app)).to_contain_text("'./data/gone.csv' is listed under [files]")

    reloaded(app, lambda: server.save("pyscript.toml", config))
    expect(overlay(app)).to_be_hidden()


def test_what_main_imports_in_vain_is_explained(app: App, server: Server) -> None:
    main = server.read("main.py")
    app.expect_errors("numpy")

    reloaded(app, lambda: server.save("main.py", f"import numpy\n{main}"), "failed")

    panel = app.page.get_by_role("alert").filter(has_text="could not start")
    expect(panel).to_contain_text(
        "ModuleNotFoundError: No module named 'numpy'. The package \"numpy\" is in this app's "
        "runtime, but is not loaded"
    )
    expect(panel).not_to_contain_text("micropip")

    reloaded(app, lambda: server.save("main.py", main))


def test_another_lock_has_the_runtime_made_anew(app: App, server: Server) -> None:
    lost = server.app / "runtime" / "pyscript" / "core.css"
    if not lost.is_file():
        pytest.skip("the runtime is on the CDN")
    app.wait_for_quiet()  # What is being sent while its folder is replaced breaks off.
    lost.unlink()

    with app.page.expect_request(lambda request: request.is_navigation_request(), timeout=60_000):
        (server.root / "runtime.lock.json").touch()
        expect(app.page.get_by_text("Preparing the runtime")).to_be_visible()

    app.page.wait_for_load_state("domcontentloaded")
    app.wait_for_start()
    assert lost.is_file()


STILL = """<!doctype html><html lang="en" data-app="{app}"><head><title>Still</title></head>
<body><script type="module" src="/client.js" data-events="/events" data-state='{state}'></script>
</body></html>"""
STATE = {
    "version": "1",
    "styles": {},
    "problems": [],
    "preparing": False,
    "snapshot": "",
    "python": "3",
}


PROBLEM = {
    "title": "No such module",
    "message": "run `pyscript add humanize`",
    "file": "app/main.py",
    "line": 1,
    "column": 1,
    "text": "import humanize",
    "stops": True,
}


class Still:
    """A document that `pyscript dev` would serve, without Python, and what the server tells it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.loads = 0

    def open(self, app: str, **state: object) -> None:
        """Load it, with the app standing like that, in some state."""
        client = Path(development.__file__).with_name("client.js").read_text(encoding="utf-8")
        text = STILL.format(app=app, state=json.dumps(STATE | state))

        def answer(route: Route) -> None:
            if route.request.url.endswith("client.js"):
                route.fulfill(body=client, content_type="text/javascript")
            else:
                self.loads += 1
                route.fulfill(body=text, content_type="text/html")

        self.page.add_init_script(
            "window.EventSource = class { constructor() { window.events = this; } };"
        )
        self.page.route("http://localhost/**", answer)
        self.page.goto("http://localhost/")
        self.page.wait_for_function("() => Boolean(window.events?.onmessage)")

    def tell(self, **state: object) -> None:
        """Have the server tell it a state."""
        self.page.evaluate("data => events.onmessage({ data })", json.dumps(STATE | state))


@pytest.fixture
def still(page: Page) -> Still:
    return Still(page)


@pytest.mark.parametrize("app_is", ["ready", "booting", "failed"])
def test_a_snapshot_reloads_an_app_that_stands(still: Still, app_is: str) -> None:
    """Neither one that is starting, nor one that shows an error, before it stands."""
    still.open(app_is)

    still.tell(snapshot="2", problems=[PROBLEM])
    still.tell(snapshot="2", preparing=True)
    assert still.loads == 1
    if app_is != "ready":
        still.tell(snapshot="2")
        # What it would do, it would do at once.
        still.page.evaluate("new Promise(requestAnimationFrame)")
        assert still.loads == 1
    with still.page.expect_navigation():
        if app_is == "ready":
            still.tell(snapshot="2")
        else:
            still.page.evaluate("document.documentElement.dataset.app = 'ready'")
    assert still.loads == 2


def test_a_module_that_nobody_has_is_shown_over_the_app_as_it_is_now(still: Still) -> None:
    still.open("ready")

    with still.page.expect_navigation():
        still.tell(version="2", problems=[PROBLEM | {"stops": False}])

    still.page.wait_for_function("() => Boolean(window.events?.onmessage)")
    still.tell(problems=[PROBLEM | {"stops": False}])
    panel = still.page.get_by_role("alert")
    expect(panel).to_contain_text("run `pyscript add humanize`")
    expect(panel).to_contain_text("import humanize")
    expect(panel.get_by_role("button")).to_have_text(["Dismiss"])
    still.tell(problems=[PROBLEM])
    expect(panel.get_by_role("button")).to_have_text(["Dismiss", "Reload anyway"])
    assert still.loads == 2


@pytest.mark.parametrize("module", ["sqlite3", "ssl", "lzma"])
def test_a_module_of_python_is_a_package_where_the_release_has_it_apart(
    project_root: Path, module: str
) -> None:
    project = read_project(project_root)
    lock = read_lock(project.lock_path)
    apart = lock.pin.pyodide.version.startswith("0.28.")

    assert (module in modules_of_python(project, lock)) is not apart
    assert packages_by_module(lock, "pyscript dev").get(module) == (module if apart else None)
