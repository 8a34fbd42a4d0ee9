"""A file of the runtime that fails ends a start in the app or in the error panel, never in between.

A sample: the faults that differ most in what the page sees of them, each at a file of another kind.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from faults import FaultyHost, faulty_host
from pyscript_kit.testing import App

pytestmark = pytest.mark.usefixtures("snapshots")


@pytest.fixture(scope="module")
def host(project_root: Path) -> Iterator[FaultyHost]:
    """Where the app is served."""
    with faulty_host(project_root / "app") as host:
        yield host


def give_up_after(seconds: int, host: FaultyHost) -> None:
    """Have the page wait for less long than it would before it says that nothing comes."""
    index = (host.folder / "index.html").read_text(encoding="utf-8")
    index = re.sub(r'data-stalled-after="\d+"', 'data-stalled-after="1"', index)
    index = re.sub(r'data-(failed|missing)-after="\d+"', rf'data-\1-after="{seconds}"', index)
    host.changed["index.html"] = index.encode()


def say_what_is_missing_after(seconds: int, host: FaultyHost) -> None:
    """Have the page wait for a file of its own for less long, and for Python as long as ever."""
    index = (host.folder / "index.html").read_text(encoding="utf-8")
    index = re.sub(r'data-missing-after="\d+"', f'data-missing-after="{seconds}"', index)
    host.changed["index.html"] = index.encode()


@pytest.fixture
def visitor(browser: Browser, host: FaultyHost) -> Iterator[App]:
    """A tab with empty caches."""
    app = App(browser.new_context(), host.address, {})
    yield app
    app.context.close()
    host.mend()
    host.changed.clear()


def once_each(files: list[str], faults: list[str]) -> list[Any]:
    """Each file with each fault, of which `make test` takes every one of both once."""
    return [
        pytest.param(file, fault, marks=() if place == other else pytest.mark.long)
        for place, file in enumerate(files)
        for other, fault in enumerate(faults)
    ]


def test_the_app_starts_without_a_part_of_its_snapshot(host: FaultyHost, visitor: App) -> None:
    host.fail(only_file(host, "runtime/preboot/standard-library-tree-*.wasm"), "replaced")

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
    host.fail(only_file(host, pattern), fault)

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
    host.fail(only_file(host, pattern), fault)

    visitor.boot(state="failed")

    expect_panel(visitor, reason)


def test_a_style_sheet_that_never_comes_holds_up_nothing(host: FaultyHost, visitor: App) -> None:
    host.fail("runtime/pyscript/core.css", "silent")

    visitor.boot()

    expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize(
    ("name", "fault"),
    once_each(["boot.js", "panel.mjs", "parts.mjs"], ["missing", "silent", "truncated"]),
)
def test_a_page_without_its_own_script_says_so(
    host: FaultyHost, visitor: App, name: str, fault: str
) -> None:
    give_up_after(2, host)
    host.fail(f"runtime/boot/{name}", fault)

    visitor.boot(state="failed")

    expect_note(visitor)


@pytest.mark.parametrize(
    ("sheet", "fault"), once_each(["style.css", "dark.css"], ["missing", "silent"])
)
def test_the_app_starts_without_a_style_sheet_and_says_so(
    host: FaultyHost, visitor: App, sheet: str, fault: str
) -> None:
    say_what_is_missing_after(2, host)
    host.fail(sheet, fault)
    visitor.page.emulate_media(color_scheme="dark")

    visitor.boot()

    expect_note(visitor)
    expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()


def test_a_script_that_comes_after_all_takes_back_that_it_is_missing(
    host: FaultyHost, visitor: App
) -> None:
    give_up_after(1, host)
    held = visitor.hold("runtime/boot/boot.js")
    visitor.go()
    expect_note(visitor)
    assert visitor.state == "failed"

    held.release()

    visitor.wait_until("document.documentElement.dataset.app === 'ready'")
    expect(visitor.page.get_by_role("alert")).to_be_hidden()


def expect_note(app: App) -> None:
    """Insist on the words for what the panel cannot tell of, and on a way out."""
    note = app.page.get_by_role("alert")
    expect(note).to_contain_text("A part of this page did not arrive")
    expect(note.get_by_role("button", name="Reload")).to_be_visible()


def expect_panel(app: App, reason: str) -> None:
    """Insist on the panel, with a reason that a pattern fits, and a way out."""
    panel = app.page.get_by_role("alert")
    expect(panel).to_be_visible()
    expect(panel).to_contain_text(re.compile(reason))
    expect(panel.get_by_role("button", name="Reload")).to_be_visible()


def only_file(host: FaultyHost, pattern: str) -> str:
    """The one file of the app that a pattern fits."""
    (file,) = host.folder.glob(pattern)
    return file.relative_to(host.folder).as_posix()
