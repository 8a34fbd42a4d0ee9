"""A thousand loads of the app, in turn plainly and from a snapshot, to find out how often a tab
crashes. tests/test_campaigns.py runs this, by `make test-long`; CAMPAIGN_LOADS asks for another
number of loads.

Each load has empty caches and a process of its own. Where one ends in anything but a running app,
its line in the report says what was seen, and how much memory the machine had left: a tab that the
system has ended for want of memory is no fault of a snapshot.
"""

import functools
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Error as PlaywrightError

from pyscript_kit.testing import App
from pyscript_kit.testing.servers import QuietHandler

LOADS = int(os.environ.get("CAMPAIGN_LOADS", "1000"))
# What is opened in turn, and what the loader has to say of it.
STARTS = {
    "?preboot=off#/plot": "off",
    "#/plot": "packages",
    "?preboot=off#/": "off",
    "#/": "base",
}
# Milliseconds that a load may take on a machine with much else to do.
LONGEST = 120_000


@pytest.fixture
def host(project_root: Path) -> Iterator[str]:
    """Where the app is served, many requests at a time, as by most hosts."""
    handler = functools.partial(QuietHandler, directory=str(project_root / "app"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.timeout(6 * 3600)
@pytest.mark.usefixtures("snapshots")
def test_no_tab_crashes(browser: Browser, host: str) -> None:
    starts = [*STARTS]
    ends: Counter[tuple[str, str]] = Counter()
    for number in range(LOADS):
        address = starts[number % len(starts)]
        end = end_of_load(browser, host, address)
        ends[address, end] += 1
        if end != "ready":
            report(f"load {number}, {address}: {end}; {available()} of memory left")
        elif number % 20 == 19:
            report(f"{number + 1} loads")
    for (address, end), count in sorted(ends.items()):
        report(f"{count} of {address}: {end}")

    assert {end for _, end in ends} == {"ready"}


def end_of_load(browser: Browser, origin: str, address: str) -> str:
    """Open an address with empty caches; return "ready", or what was seen instead."""
    assert browser.is_connected(), "the browser itself has ended"
    crashed: list[float] = []
    began = time.monotonic()
    context = browser.new_context()
    try:
        app = App(context, origin, {})
        app.page.on("crash", lambda _: crashed.append(time.monotonic() - began))
        app.page.goto(f"{origin}/{address}", wait_until="commit")
        ended = app.page.locator("html[data-app=ready], html[data-app=failed]")
        ended.wait_for(state="attached", timeout=LONGEST)
        html = app.page.locator("html")
        state, preboot = (html.get_attribute(f"data-{name}") for name in ("app", "preboot"))
        if (state, preboot) != ("ready", STARTS[address]):
            return f"{state}, {preboot}: {' | '.join(app.console)}"
        # Not only its start: garbage is collected, memory grows.
        value = app.python("import gc; gc.collect(); block = bytes(64 * 2**20); len(block)")
        return "ready" if value == 64 * 2**20 else f"computes {value}"
    except PlaywrightError as error:
        said = error.message.strip().splitlines()[0]
        return f"crashed after {crashed[0]:.1f} s: {said}" if crashed else said
    finally:
        context.close()


def available() -> str:
    """How much memory the machine has left, as it says itself."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return "an unknown amount"
    return next(line.split(":")[1].strip() for line in lines if line.startswith("MemAvailable"))


def report(line: str) -> None:
    """Print a line, and add it to the file that LOADS_REPORT names, if it does."""
    print(line, flush=True)
    if place := os.environ.get("LOADS_REPORT"):
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(json.dumps([time.strftime("%H:%M:%S"), line]) + "\n")
