"""The app boots from its snapshot, and plainly whenever anything about the snapshot is amiss."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from pages import PAGES
from playwright.sync_api import expect

from manifests import (
    LAYOUT,
    answered_with,
    assert_memory_is_that_of_the_snapshot,
    base_image,
    call_itself_iphone,
    fetched,
    flipped,
    watch_memory,
    with_manifest,
)
from pyscript_kit.testing import App

pytestmark = pytest.mark.usefixtures("snapshots")

FIRST = PAGES[0]
# A page that imports what no snapshot holds, where the starter has one.
REPL = next((page for page in PAGES if page.route == "repl"), None)
WAITED = """performance.getEntriesByType("resource")
    .filter(({ initiatorType }) => initiatorType === "xmlhttprequest").length"""


@dataclass(frozen=True)
class Visit:
    """A boot that nothing disturbs, and what it had fetched by its end."""

    app: App
    addresses: list[str]
    waiting: int


@pytest.fixture(scope="module")
def booted(launch: Callable[[], App]) -> Visit:
    """The app, booted once for all that only look at how that went."""
    app = launch()
    watch_memory(app)
    app.boot()
    visit = Visit(app, fetched(app), app.page.evaluate(WAITED))
    assert app.settle_problems() == []
    return visit


def test_a_page_without_packages_boots_from_the_standard_library_alone(booted: Visit) -> None:
    assert booted.app.booted_from == "base"
    assert booted.app.said_by_loader() == []
    expect(booted.app.page.get_by_role("heading", level=1)).to_be_visible()
    files = [address.split("/")[-1] for address in booted.addresses]
    assert base_image(booted.app) in files
    assert "python_stdlib.zip" not in files
    assert not any(file.startswith("memory-packages") for file in files)


def test_what_is_laid_is_the_snapshots_memory_byte_for_byte(booted: Visit) -> None:
    assert_memory_is_that_of_the_snapshot(booted.app, "base")


COMPILED_AHEAD = """
from _pyodide import _base
find = _base._parse_and_compile_gen
names = find.__code__.co_freevars
known = dict(zip(names, (cell.cell_contents for cell in find.__closure__)))["known"]
[text for text, *_ in known]
"""


def test_what_each_visit_runs_first_is_compiled_already(booted: Visit) -> None:
    # All has been asked for but what is for engines that cannot wait for a promise.
    (left,) = booted.app.python(COMPILED_AHEAD)
    assert "run_sync as mistaken" in left


def test_who_runs_the_same_later_has_it_compiled(booted: Visit) -> None:
    assert booted.app.python("from pyodide.code import eval_code; eval_code('{}')") == {}
    tree = booted.app.python(
        "from pyodide.code import CodeRunner; type(CodeRunner('{}').ast).__name__"
    )
    assert tree == "Module"


def test_the_modules_of_pyscript_have_their_sources(booted: Visit) -> None:
    source = booted.app.python("import inspect, pyscript; inspect.getsource(pyscript.display)")
    assert source.startswith("def display(")


def test_nothing_is_fetched_twice_nor_while_python_waits(booted: Visit) -> None:
    addresses = booted.addresses
    twice = {each for each in addresses if addresses.count(each) > 1}
    # The thread of downloads has modules of its own.
    assert {each.split("/")[-1] for each in twice} <= {"digest.mjs", "patience.mjs", "pieces.mjs"}
    assert booted.waiting == 0


def test_what_apps_commonly_import_comes_once_the_page_stands(booted: Visit) -> None:
    app = booted.app
    common = app.manifest()["stdlib"]["common"][0]["file"]
    assert common not in [address.split("/")[-1] for address in booted.addresses]
    app.wait_for_quiet()

    assert app.python("import csv, statistics; statistics.fmean([1, 2])") == 1.5
    assert app.page.evaluate(WAITED) == 0


@pytest.mark.skipif(REPL is None, reason="the starter has no such page")
def test_what_a_page_imports_of_the_standard_library_comes_before_python_reads_it(
    fresh_app: App,
) -> None:
    fresh_app.boot(REPL.route if REPL else "")

    assert fresh_app.booted_from in {"base", "packages"}
    assert fresh_app.python("import sys; {'getpass', 'pyodide.console'} <= sys.modules.keys()")
    names = {address.split("/")[-1] for address in fetched(fresh_app)}
    for part in ("common", "rest"):
        assert fresh_app.manifest()["stdlib"][part][0]["file"] in names
    assert fresh_app.page.evaluate(WAITED) == 0


def test_the_machine_code_of_python_can_be_kept_for_the_next_visit(booted: Visit) -> None:
    # Browsers keep none of what `<link rel="preload">` has brought.
    asked = booted.app.page.evaluate(
        """performance.getEntriesByType("resource")
            .filter(({ name }) => name.endsWith("/pyodide.asm.wasm"))
            .map(({ initiatorType }) => initiatorType)"""
    )
    assert asked == ["fetch"]


def test_sources_of_the_standard_library_are_there_for_tracebacks(booted: Visit) -> None:
    trace = booted.app.python(
        """
import json, traceback
try:
    json.loads("{")
except ValueError:
    trace = traceback.format_exc()
trace
"""
    )

    assert "return _default_decoder.decode(s)" in trace


def test_an_iphone_boots_from_the_same_snapshot(fresh_app: App) -> None:
    call_itself_iphone(fresh_app)
    watch_memory(fresh_app)

    fresh_app.boot()

    assert_memory_is_that_of_the_snapshot(fresh_app, "base")
    assert fresh_app.said_by_loader() == []
    assert fresh_app.booted_from == "base"
    assert fresh_app.python("sorted([3, 1, 2], key=lambda number: -number)") == [3, 2, 1]


def test_from_a_host_that_does_not_compress_it_takes_compressed_files(
    launch: Callable[..., App], origin: str, fresh_app: App
) -> None:
    image = base_image(fresh_app)
    # On this machine itself, where compression gains nothing, it would not.
    app = launch(origin.replace("127.0.0.1", "app.localhost"))

    app.boot()

    assert app.booted_from == "base"
    assert f"{image}.gz" in [address.split("/")[-1] for address in fetched(app)]
    assert app.settle_problems() == []
    app.context.close()


def no_memory(app: App) -> None:
    """Let the browser have no room for the first memory that it is asked for."""
    app.page.add_init_script(
        """{
          const { Memory } = WebAssembly;
          WebAssembly.Memory = function () {
            WebAssembly.Memory = Memory;
            throw new RangeError("no room for memory");
          };
        }"""
    )


def otherwise_laid(app: App) -> None:
    def change(changed: Any) -> None:
        changed["snapshots"][LAYOUT]["base"]["table"] += 7

    with_manifest(app, change)


def from_another_build(app: App) -> None:
    """Serve a snapshot that another build of Pyodide has made."""

    def change(changed: Any) -> None:
        base = changed["snapshots"][LAYOUT]["base"]
        head = bytearray(base64.b64decode(base["head"]))
        # Magic number, offset of the memory, length of the description, each of four bytes, and,
        # at a multiple of sixteen, the build's id.
        head[16] ^= 1
        base["head"] = base64.b64encode(head).decode()

    with_manifest(app, change)


def of_another_length(app: App) -> None:
    def change(changed: Any) -> None:
        changed["snapshots"][LAYOUT]["base"]["length"] += 8

    with_manifest(app, change)


# Under Node, test_loader_properties.py alters any file and any part of the manifest. What comes to
# the same on the page is left to `make test-long`.
@pytest.mark.parametrize(
    ("spoil", "reason", "errors"),
    [
        pytest.param(
            lambda app: app.lose(base_image(app)),
            "answered 404",
            ["404"],
            id="missing",
            marks=pytest.mark.long,
        ),
        pytest.param(
            lambda app: answered_with(app, base_image(app), lambda content: content[:-100]),
            "bytes",
            [],
            id="truncated",
            marks=pytest.mark.long,
        ),
        pytest.param(
            lambda app: answered_with(app, base_image(app), flipped),
            "not the bytes that the manifest names",
            [],
            id="altered",
            marks=pytest.mark.long,  # as that of packages, in test_preboot_packages.py
        ),
        pytest.param(
            from_another_build, "build id mismatch", [], id="another build", marks=pytest.mark.long
        ),
        pytest.param(
            of_another_length, "another length", [], id="another length", marks=pytest.mark.long
        ),
        pytest.param(otherwise_laid, "another layout of functions", [], id="another layout"),
        pytest.param(no_memory, "no room for memory", [], id="too little memory"),
        pytest.param(
            lambda app: app.lose("pyscript-*.wasm"), "answered 404", ["404"], id="a pack missing"
        ),
    ],
)
def test_it_boots_plainly_and_says_why(
    fresh_app: App, spoil: Callable[[App], None], reason: str, errors: list[str]
) -> None:
    spoil(fresh_app)
    fresh_app.expect_errors(*errors)

    fresh_app.boot()

    assert fresh_app.booted_from == "failed"
    (line,) = fresh_app.said_by_loader()
    assert reason in line
    assert line.endswith("Booting plainly.")
    expect(fresh_app.page.get_by_role("heading", level=1)).to_be_visible()
    assert fresh_app.python("import sys; sys.version_info[0]") == 3


def test_a_plain_boot_that_takes_its_time_is_not_taken_for_a_failure(fresh_app: App) -> None:
    fresh_app.expect_errors("404")
    fresh_app.lose(base_image(fresh_app))
    held = fresh_app.hold("python_stdlib.zip")
    fresh_app.go()
    fresh_app.wait_until("document.documentElement?.dataset.preboot === 'failed'")

    fresh_app.page.locator("#boot").evaluate("boot => { boot.dataset.stalledAfter = 0.5; }")

    expect(fresh_app.page.get_by_text("Nothing has arrived for a while")).to_be_visible()
    fresh_app.wait_until("new Promise((over) => setTimeout(() => over(true), 500))")
    assert fresh_app.state == "booting"
    held.release()
    fresh_app.wait_for_start()


def test_a_browser_that_no_snapshot_suits_boots_from_bytecode(fresh_app: App) -> None:
    def change(changed: Any) -> None:
        changed["snapshots"] = {"of-another-engine": changed["snapshots"][LAYOUT]}

    with_manifest(fresh_app, change)

    fresh_app.boot()

    assert fresh_app.booted_from == "bytecode"
    assert fresh_app.said_by_loader() == [
        "info: preboot: no snapshot suits this browser. Booting from bytecode."
    ]
    cached = fresh_app.python("import json.tool; json.tool.__cached__")
    assert cached.endswith(".pyc")
    assert "python_stdlib.zip" not in [address.split("/")[-1] for address in fetched(fresh_app)]


def test_where_no_snapshot_was_made_the_console_says_so(fresh_app: App) -> None:
    with_manifest(fresh_app, lambda changed: changed["snapshots"].clear())

    fresh_app.boot()

    assert fresh_app.booted_from == "bytecode"
    assert fresh_app.said_by_loader() == [
        "info: preboot: no snapshot was made; pyscript vendor says why. Booting from bytecode."
    ]


def test_progress_is_told_in_bytes_of_bytes_known(fresh_app: App) -> None:
    held = fresh_app.hold("pyodide.asm.wasm")

    fresh_app.go()

    note = fresh_app.page.locator("#boot-bytes")
    made = fresh_app.manifest()
    total = sum(
        piece["size"]
        for blob in (
            made["snapshots"][LAYOUT]["base"]["image"],
            made["trees"]["stdlib"],
            made["pyscript"]["blob"],
        )
        for piece in blob
    ) + sum(made["pyodide"].values())
    expect(note).to_contain_text(f" of {total / 1e6:.1f} MB received")
    held.release()
    fresh_app.wait_for_start()


WAIT = """
import asyncio

def waited():
    try:
        return asyncio.run(asyncio.sleep(0))
    except RuntimeError as error:
        return str(error)

waited()
"""


def test_where_the_engine_cannot_wait_python_says_so_with_a_snapshot_too(fresh_app: App) -> None:
    fresh_app.page.add_init_script("delete WebAssembly.Suspending; delete WebAssembly.promising")
    fresh_app.boot()
    assert fresh_app.booted_from in {"base", "packages"}

    reason = "WebAssembly stack switching not supported in this JavaScript runtime"
    assert fresh_app.python(WAIT) == reason
