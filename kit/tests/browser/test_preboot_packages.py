"""Pages that need packages boot from a snapshot that holds them, or plainly, and compute alike."""

import functools
import threading
import time
from collections.abc import Callable, Iterator
from http.server import HTTPServer
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from pages import PAGES
from playwright.sync_api import expect

from manifests import (
    LAYOUT,
    answered_with,
    assert_memory_is_that_of_the_snapshot,
    call_itself_iphone,
    fetched,
    flipped,
    watch_memory,
    with_manifest,
)
from needing import packages_of
from pyscript_kit.testing import App
from pyscript_kit.testing.servers import QuietHandler

pytestmark = [
    pytest.mark.usefixtures("snapshots"),
    pytest.mark.skipif(
        not any("numpy" in packages_of(page) for page in PAGES), reason="no page needs numpy"
    ),
]

ROUTE = min(
    ((len(packages_of(page)), page.route) for page in PAGES if "numpy" in packages_of(page)),
    default=(0, ""),
)[1]


# What is compiled of bytes, if it begins as libraries do.
COUNT_COMPILING = """
globalThis.compiledOf = [];
for (const way of ["compile", "instantiate"]) {
  const own = WebAssembly[way];
  WebAssembly[way] = (source, ...more) => {
    const head = source.byteLength ? new TextDecoder().decode(source.slice(0, 32)) : "";
    if (head.includes("dylink")) compiledOf.push(way);
    return own.call(WebAssembly, source, ...more);
  };
}
"""


def snapshot(app: App) -> Any:
    """What the manifest says of the snapshot with packages."""
    return app.manifest()["snapshots"][LAYOUT]["packages"]


@pytest.fixture(scope="module")
def booted(launch: Callable[[], App]) -> tuple[App, list[str]]:
    """The app, booted once for all that only look at how that went, and what it had fetched."""
    app = launch()
    watch_memory(app)
    app.page.add_init_script(COUNT_COMPILING)
    app.boot(ROUTE)
    addresses = fetched(app)
    assert app.settle_problems() == []
    return app, addresses


def test_packages_are_there_without_their_files(booted: tuple[App, list[str]]) -> None:
    app, addresses = booted

    assert_memory_is_that_of_the_snapshot(app, "base", "packages")
    assert app.booted_from == "packages"
    assert app.said_by_loader() == []
    assert app.python("import sys; 'numpy' in sys.modules") is True
    assert app.python("import numpy as np; float(np.linalg.norm([3, 4]))") == 5
    assert not any(address.endswith(".whl") for address in addresses)
    twice = {each.split("/")[-1] for each in addresses if addresses.count(each) > 1}
    # The thread of downloads has modules of its own.
    assert twice <= {"digest.mjs", "patience.mjs", "pieces.mjs"}


def test_libraries_are_compiled_once(booted: tuple[App, list[str]]) -> None:
    app, _ = booted

    libraries = snapshot(app)["libraries"]
    assert app.page.evaluate("compiledOf") == ["compile"] * len(libraries)


def test_what_no_snapshot_holds_is_fetched_when_it_is_read(booted: tuple[App, list[str]]) -> None:
    app, _ = booted

    names = app.python(
        """
import sys
assert "numpy.ma.mrecords" not in sys.modules
from numpy.ma import mrecords
mrecords.fromarrays([[1, 2], [3, 4]], names="a,b").dtype.names
"""
    )

    assert list(names) == ["a", "b"]
    assert app.settle_problems() == []


def test_sources_are_there_for_tracebacks(booted: tuple[App, list[str]]) -> None:
    app, _ = booted

    source = app.python("import inspect, numpy as np; inspect.getsource(np.average)")

    assert "def average(a, axis=None" in source
    assert app.settle_problems() == []


def test_an_iphone_has_them_from_the_same_snapshot(fresh_app: App) -> None:
    call_itself_iphone(fresh_app)
    watch_memory(fresh_app)

    fresh_app.boot(ROUTE)

    assert_memory_is_that_of_the_snapshot(fresh_app, "base", "packages")
    assert fresh_app.said_by_loader() == []
    assert fresh_app.booted_from == "packages"
    assert fresh_app.python("import numpy as np; float(np.linalg.norm([3, 4]))") == 5


class SlowHandler(QuietHandler):
    """Sends the code of packages so slowly that it is under way for a while."""

    under_way = 0

    def copyfile(self, source: BinaryIO, outputfile: BinaryIO) -> None:  # type: ignore[override]
        if "-code-" not in self.path:
            super().copyfile(source, outputfile)
            return
        type(self).under_way += 1
        try:
            while part := source.read(1 << 18):
                outputfile.write(part)
                time.sleep(0.01)
        except ConnectionError:
            pass  # The browser has given it up.
        finally:
            type(self).under_way -= 1


@pytest.fixture
def slow_host(project_root: Path) -> Iterator[str]:
    """Where the app is served, one request after the other, as `pyscript run` does."""
    SlowHandler.under_way = 0
    handler = functools.partial(SlowHandler, directory=str(project_root / "app"))
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_what_is_read_while_the_server_is_busy_is_there_all_the_same(
    launch: Callable[..., App], slow_host: str
) -> None:
    app = launch(slow_host)
    app.boot()
    code = """
import asyncio, csv, js, pyodide_js
from pathlib import Path

def read():
    source = Path(csv.__file__).read_text()
    js.document.documentElement.dataset.read = "class DictReader" in source

loading = asyncio.ensure_future(pyodide_js.loadPackage("matplotlib"))
loading.add_done_callback(lambda _: js.document.documentElement.setAttribute("data-loaded", ""))
"""
    app.python(code)
    deadline = time.monotonic() + 30
    while not SlowHandler.under_way and time.monotonic() < deadline:
        app.page.wait_for_timeout(5)
    assert SlowHandler.under_way

    app.python("asyncio.get_running_loop().call_later(0.01, read)")

    html = app.page.locator("html")
    expect(html).to_have_attribute("data-read", "true")
    expect(html).to_have_attribute("data-loaded", "")
    assert app.python("import numpy as np; float(np.arange(4.0).sum())") == 6
    assert app.settle_problems() == []
    app.context.close()


def test_packages_come_without_a_thread_for_downloads(fresh_app: App) -> None:
    fresh_app.lose("aside.mjs")
    fresh_app.expect_errors("aside.mjs")
    fresh_app.boot()

    fresh_app.open(ROUTE)

    assert fresh_app.said_by_loader() == []
    assert fresh_app.python("import numpy as np; float(np.arange(4.0).sum())") == 6
    assert not any(address.endswith(".whl") for address in fetched(fresh_app))


def test_packages_that_stop_arriving_are_said_to_and_may_be_tried_again(fresh_app: App) -> None:
    # Seconds are counted here, then, and they pass sooner.
    fresh_app.lose("aside.mjs")
    fresh_app.page.add_init_script(
        """{
          const { setInterval: own } = window;
          window.setInterval = (action, time) => own(action, time === 1000 ? 20 : time);
        }"""
    )
    fresh_app.expect_errors("aside.mjs", "could not be shown")
    fresh_app.hold(fresh_app.manifest()["packages"]["numpy"]["code"][0]["file"])
    fresh_app.boot()

    fresh_app.page.evaluate("route => { location.hash = `#/${route}`; }", ROUTE)

    panel = fresh_app.page.get_by_role("alert")
    expect(panel).to_contain_text("numpy could not be loaded")
    expect(panel).to_contain_text("nothing has arrived for 30 s")
    panel.get_by_role("button", name="Dismiss").click()
    fresh_app.page.unroute_all(behavior="ignoreErrors")
    fresh_app.page.get_by_role("button", name="Try again").click()
    fresh_app.wait_for_page(ROUTE)
    # What is fetched ahead, now without a thread of its own, would hold up this server.
    fresh_app.wait_for_quiet()
    assert fresh_app.python("import numpy as np; float(np.arange(4.0).sum())") == 6


def test_a_module_whose_file_does_not_come_is_an_error_and_may_come_later(fresh_app: App) -> None:
    fresh_app.boot(ROUTE)
    fresh_app.expect_errors("could not be fetched", "404")
    fresh_app.lose("numpy-*.wasm")  # its bytecode, and its sources, which would do as well
    code = """
try:
    from numpy.f2py import symbolic
    outcome = "imported"
except Exception as error:
    outcome = type(error).__name__
outcome
"""

    assert fresh_app.python(code) == "OSError"

    fresh_app.page.unroute_all()
    assert fresh_app.python(code) == "imported"


def no_growth(app: App) -> None:
    """Let the browser refuse to make a memory larger for as long as the loader tries."""
    app.page.add_init_script(
        """{
          const { grow } = WebAssembly.Memory.prototype;
          WebAssembly.Memory.prototype.grow = function (pages) {
            if (document.documentElement.dataset.preboot === "packages") {
              throw new RangeError("no room for more memory");
            }
            return grow.call(this, pages);
          };
        }"""
    )


def elsewhere(app: App) -> None:
    """Let the libraries lie elsewhere than in the snapshot."""

    def change(changed: Any) -> None:
        for library in changed["snapshots"][LAYOUT]["packages"]["libraries"]:
            library[1] += 3

    with_manifest(app, change)


# That files are missing, or things lie elsewhere, test_preboot.py tries of the base.
@pytest.mark.parametrize(
    ("spoil", "reason", "errors"),
    [
        pytest.param(
            lambda app: app.lose(snapshot(app)["image"][-1]["file"]),
            "404",
            ["404"],
            id="image missing",
            marks=pytest.mark.long,
        ),
        pytest.param(
            lambda app: answered_with(app, snapshot(app)["image"][0]["file"], flipped),
            "not the bytes",
            [],
            id="image altered",
        ),
        pytest.param(
            lambda app: app.lose(app.manifest()["first"]["blob"][0]["file"]),
            "404",
            ["404"],
            id="files missing",
            marks=pytest.mark.long,
        ),
        pytest.param(
            elsewhere,
            "is not where the snapshot has it",
            [],
            id="libraries elsewhere",
            marks=pytest.mark.long,
        ),
        pytest.param(no_growth, "memory", [], id="too little memory"),
    ],
)
def test_it_boots_plainly_and_says_why(
    fresh_app: App, spoil: Callable[[App], None], reason: str, errors: list[str]
) -> None:
    spoil(fresh_app)
    fresh_app.expect_errors(*errors)

    fresh_app.boot(ROUTE)
    fresh_app.wait_for_page(ROUTE)

    assert fresh_app.booted_from == "failed"
    (line,) = fresh_app.said_by_loader()
    assert reason in line
    assert fresh_app.python("import numpy as np; float(np.arange(4.0).sum())") == 6
