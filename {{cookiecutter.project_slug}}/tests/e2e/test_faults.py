"""A file of the runtime that fails ends a start in the app or in the error panel, never in between.

A sample: the faults that differ most in what the page sees of them, each at a file of another kind.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.comparison import needs_snapshot
from tests.e2e.conftest import ROOT
from tests.e2e.driver import App
from tests.e2e.faults import FaultyHost, faulty_host

pytestmark = needs_snapshot

APP = ROOT / "app"


@pytest.fixture(scope="module")
def host() -> Iterator[FaultyHost]:
    """Where the app is served."""
    with faulty_host(APP) as host:
        yield host


def give_up_after(seconds: int, host: FaultyHost) -> None:
    """Have the page wait for less long than it would before it says that nothing comes."""
    index = (APP / "index.html").read_text(encoding="utf-8")
    index = re.sub(r'data-stalled-after="\d+"', 'data-stalled-after="1"', index)
    index = re.sub(r'data-failed-after="\d+"', f'data-failed-after="{seconds}"', index)
    host.changed["index.html"] = index.encode()


@pytest.fixture
def visitor(browser: Browser, host: FaultyHost) -> Iterator[App]:
    """A tab with empty caches."""
    app = App(browser.new_context(), host.address, {})
    yield app
    app.context.close()
    host.mend()
    host.changed.clear()


def test_the_app_starts_without_a_part_of_its_snapshot(host: FaultyHost, visitor: App) -> None:
    host.fail(only_file("runtime/preboot/standard-library-tree-*.wasm"), "replaced")

    visitor.boot()

    expect(visitor.page.locator("html")).to_have_attribute("data-preboot", "failed")
    expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("runtime/pyodide/pyodide.asm.*js", "silent"),
        ("runtime/preboot/standard-library-tree-*.wasm", "stalled"),
    ],
)
def test_the_panel_tells_of_a_file_that_does_not_arrive(
    host: FaultyHost, visitor: App, pattern: str, fault: str
) -> None:
    give_up_after(2, host)
    host.fail(only_file(pattern), fault)

    visitor.boot(state="failed")

    expect_panel(visitor, "Nothing has arrived for a long time")


@pytest.mark.parametrize(
    ("pattern", "fault", "reason"),
    [
        ("runtime/pyscript/core-*.js", "truncated", "SyntaxError|could not be loaded"),
        ("runtime/pyodide/pyodide.asm.wasm", "overwritten", "Python could not be loaded"),
        ("runtime/pyodide/pyodide-lock.json", "replaced", "Python could not be loaded"),
    ],
)
def test_the_panel_tells_of_a_file_without_which_nothing_goes(
    host: FaultyHost, visitor: App, pattern: str, fault: str, reason: str
) -> None:
    host.fail(only_file(pattern), fault)

    visitor.boot(state="failed")

    expect_panel(visitor, reason)


def test_a_style_sheet_that_never_comes_holds_up_nothing(host: FaultyHost, visitor: App) -> None:
    host.fail("runtime/pyscript/core.css", "silent")

    visitor.boot()

    expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()


def expect_panel(app: App, reason: str) -> None:
    """Insist on the panel, with a reason that a pattern fits, and a way out."""
    panel = app.page.get_by_role("alert")
    expect(panel).to_be_visible()
    expect(panel).to_contain_text(re.compile(reason))
    expect(panel.get_by_role("button", name="Reload")).to_be_visible()


def only_file(pattern: str) -> str:
    """The one file of the app that a pattern fits."""
    (file,) = APP.glob(pattern)
    return file.relative_to(APP).as_posix()
