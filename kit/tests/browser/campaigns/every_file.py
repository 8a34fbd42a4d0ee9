"""Every file of the runtime that a start fetches, failing in turn, in every way of FAULTS.

However a file fails, the start has to end: in a working app or in the error panel, and within the
watchdog's time. tests/test_campaigns.py runs this, by `make test-long`.
"""

import json
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from faults import FAULTS, FaultyHost, faulty_host
from pyscript_kit.testing import App

# What is opened. A file that several of them fetch fails in the first one.
STARTS = {
    "the first page": "#/",
    "a page with packages": "#/plot",
    "without the snapshot": "?preboot=off#/plot",
}

# Seconds without progress, instead of the page's own 15 and 180.
STALLED_AFTER, FAILED_AFTER = 1, 5
# Beside those, what a start may take on a machine with much else to do.
LONGEST_START = 90


@pytest.fixture(scope="module")
def host(project_root: Path) -> Iterator[FaultyHost]:
    """The app, with little patience."""
    app = project_root / "app"
    with faulty_host(app) as host:
        index = (app / "index.html").read_text(encoding="utf-8")
        for name, seconds in (("stalled", STALLED_AFTER), ("failed", FAILED_AFTER)):
            index = re.sub(rf'data-{name}-after="\d+"', f'data-{name}-after="{seconds}"', index)
        host.changed["index.html"] = index.encode()
        yield host


@pytest.fixture(scope="module")
def fetched(browser: Browser, host: FaultyHost) -> dict[str, list[str]]:
    """The files of the runtime that each start fetches, without those of a start before it."""
    known: set[str] = set()
    found = {}
    for start, address in STARTS.items():
        app = App(browser.new_context(), host.address, {})
        app.page.goto(f"{host.address}/{address}", wait_until="commit")
        app.wait_for_start()
        files = {path for path in host.asked if path.startswith("runtime/")}
        found[start] = sorted(files - known)
        known |= files
        app.context.close()
        host.mend()
    return found


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("start", STARTS)
def test_a_start_ends_whatever_file_fails(
    browser: Browser, host: FaultyHost, fetched: dict[str, list[str]], start: str, fault: str
) -> None:
    assert fetched[start], "this start fetches nothing that the ones before do not"
    ends = {}
    for path in fetched[start]:
        host.fail(path, fault)
        ends[path] = end_of_start(browser, host.address, STARTS[start])
        host.mend()

    report(start, fault, ends)
    endless = [path for path, end in ends.items() if end.startswith("endless")]
    assert not endless, f"{fault} in {start}: {endless}"
    if fault == "slow":
        assert {end for end in ends.values() if end.startswith("panel")} == set()


def test_the_page_gives_up_in_its_own_time(browser: Browser, host: FaultyHost) -> None:
    """Without a shortened watch: once, as a visitor would have it."""
    own = host.changed.pop("index.html")
    host.fail("runtime/pyodide/pyodide.asm.wasm", "silent")
    app = App(browser.new_context(), host.address, {})
    began = time.monotonic()
    app.go()

    expect(app.page.get_by_text("Nothing has arrived for a while")).to_be_visible(timeout=60_000)
    assert time.monotonic() - began > 14
    app.page.locator("html[data-app=failed]").wait_for(state="attached", timeout=240_000)
    assert time.monotonic() - began > 179
    expect(app.page.get_by_role("alert")).to_contain_text("Nothing has arrived for a long time")
    app.context.close()
    host.mend()
    host.changed["index.html"] = own


def end_of_start(browser: Browser, origin: str, address: str) -> str:
    """Open an address with empty caches; return what became of that, as a visitor sees it."""
    app = App(browser.new_context(), origin, {})
    page = app.page
    try:
        page.goto(f"{origin}/{address}", wait_until="commit")
        ended = page.locator("html[data-app=ready], html[data-app=failed]")
        try:
            ended.wait_for(state="attached", timeout=1000 * (FAILED_AFTER + LONGEST_START))
        except PlaywrightTimeoutError:
            return f"endless: {' | '.join(app.console)}"
        if app.state == "failed":
            panel = page.get_by_role("alert")
            expect(panel).to_be_visible()
            expect(panel.get_by_role("button", name="Reload")).to_be_visible()
            message = page.locator("#error-message").text_content() or ""
            assert message, "a panel without a reason"
            return f"panel: {message}"
        expect(page.locator("#page").get_by_role("heading", level=1)).to_be_visible()
        assert app.python("import sys; sys.version_info[0]") == 3
        return f"app: {page.locator('html').get_attribute('data-preboot')}"
    finally:
        app.context.close()


def report(start: str, fault: str, ends: dict[str, str]) -> None:
    """Print how the starts ended, and add it to the file that FAULTS_REPORT names, if it does."""
    counts = Counter(end.partition(":")[0] for end in ends.values())
    print(f"{start}, {fault}: {dict(counts)}", flush=True)
    if place := os.environ.get("FAULTS_REPORT"):
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"start": start, "fault": fault, "ends": ends}) + "\n")
