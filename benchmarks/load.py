"""Loads a page in a browser of its own, as a visitor would, and notes when what was on screen."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

from playwright.sync_api import BrowserContext, Page, Playwright
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from benchmarks.candidates import FIGURE_SIZE, Candidate
from benchmarks.host import Host
from environment import QUIET, system_browser

WINDOW = {"width": 1280, "height": 800}
PROBE = (Path(__file__).parent / "probe.js").read_text(encoding="utf-8")
ARGUMENTS = [
    *QUIET,
    *(["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []),
]

Result = TypeVar("Result")
# What to wait for, as probe.js calls it.
Wanted = Literal["live", "python"]

# Smaller pictures, in CSS pixels, do not count as figures.
SMALLEST_FIGURE = 300
LONGEST_LOAD = 120
# Resolves once a page that has a service worker could start without a network. A page registers
# its own a while after it stands.
KEPT = "navigator.serviceWorker.ready.then(() => undefined)"
MOST_CRASHES = 3
# A browser that has just been started loads its own window first, and slows the page meanwhile.
SECONDS_TO_SETTLE = 2
SECONDS_OF_IDLENESS = 1
LONGEST_WAIT_FOR_IDLENESS = 60


class Network(NamedTuple):
    """A connection: bits per second both ways, and milliseconds that each request waits."""

    megabits: float
    latency: float


PROFILES: dict[str, Network | None] = {
    "unthrottled": None,
    "50mbit": Network(50, 20),
    "10mbit": Network(10, 40),
}


class Visits(NamedTuple):
    """What the first and the repeat visit of one visitor measured."""

    first: dict[str, float]
    second: dict[str, float]


def visit_twice(
    playwright: Playwright, host: Host, candidate: Candidate, network: Network | None
) -> Visits:
    """Load a candidate's two pages, each twice, each in a new browser with empty caches.

    Returns:
        Milliseconds by `paint_ms`, `largest_ms`, `first_figure_ms`, `python_ms`, `ready_ms` and
        `live_figure_ms`, bytes that came over the network by `bytes_to_figure` and `bytes`, and
        `shift`, for both visits. `python_ms` is of the page without packages, everything else of
        the one with the figure.

    Raises:
        SystemExit: a page shows nothing, or another figure.
    """
    return after_crashes(candidate.name, lambda: _visit_twice(playwright, host, candidate, network))


def after_crashes(name: str, visit: Callable[[], Result]) -> Result:
    """Visit, and begin again where the browser crashes, as they do now and then; say so.

    Raises:
        SystemExit: it crashes again and again.
    """
    for _ in range(MOST_CRASHES):
        try:
            return visit()
        except PlaywrightError as error:
            if "crashed" not in str(error):
                raise
            print(f"The browser crashed at {name}: once more.", flush=True)
    sys.exit(f"The browser crashed {MOST_CRASHES} times at {name}.")


def _visit_twice(
    playwright: Playwright, host: Host, candidate: Candidate, network: Network | None
) -> Visits:
    with new_browser(playwright, candidate) as context:
        url = f"{host.origin}/{candidate.figure}"
        figures = list(_load_twice(context, host, url, "live", network, candidate))
    with new_browser(playwright, candidate) as context:
        url = f"{host.origin}/{candidate.element}"
        elements = list(_load_twice(context, host, url, "python", network, candidate))
    first, second = (
        {**figure, "python_ms": element["python_ms"]}
        for figure, element in zip(figures, elements, strict=True)
    )
    return Visits(first, second)


def browser_version(playwright: Playwright) -> str:
    """Return the name and the version of the browser that is used."""
    browser = playwright.chromium.launch(executable_path=executable(playwright), args=ARGUMENTS)
    try:
        return f"Chromium {browser.version}"
    finally:
        browser.close()


def executable(playwright: Playwright) -> str | None:
    """Return the path of the system's browser, None where Playwright has its own."""
    own = Path(playwright.chromium.executable_path).exists()
    return None if own else system_browser()


@contextmanager
def new_browser(playwright: Playwright, candidate: Candidate) -> Iterator[BrowserContext]:
    """Start a browser with a profile of its own.

    Not a private window: that one keeps large files in no cache, and its repeat visits would be
    nobody's.
    """
    with (
        tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as profile,
        start_browser(playwright, candidate, profile) as context,
    ):
        yield context


@contextmanager
def start_browser(
    playwright: Playwright, candidate: Candidate, profile: str
) -> Iterator[BrowserContext]:
    """Start a browser with the profile in a folder, as somebody who comes back does, and give it
    time to settle."""
    context = playwright.chromium.launch_persistent_context(
        profile,
        executable_path=executable(playwright),
        args=ARGUMENTS,
        viewport=WINDOW,  # type: ignore[arg-type]
        color_scheme="light",
    )
    wanted = {
        "ready": candidate.ready,
        "element": candidate.selector,
        "smallest": SMALLEST_FIGURE,
    }
    context.pages[0].wait_for_timeout(SECONDS_TO_SETTLE * 1000)
    context.add_init_script(f"({PROBE.strip().rstrip(';')})({json.dumps(wanted)});")
    try:
        yield context
    finally:
        context.close()


def _load_twice(
    context: BrowserContext,
    host: Host,
    url: str,
    wanted: Wanted,
    network: Network | None,
    candidate: Candidate,
) -> Iterator[dict[str, float]]:
    for _ in range(2):
        yield _load(context, host, url, wanted, network, candidate)
        if candidate.keeps:
            context.pages[0].evaluate(KEPT)


def _load(
    context: BrowserContext,
    host: Host,
    url: str,
    wanted: Wanted,
    network: Network | None,
    candidate: Candidate,
) -> dict[str, float]:
    page = context.pages[0]
    page.goto("about:blank")
    sent_before = host.sent
    traffic = _Traffic()
    session = context.new_cdp_session(page)
    traffic.listen(session)
    if network:
        emulate(session, network)
    open_page(page, host, url, wanted, candidate)
    traffic.wait_until_idle(page)
    seen = page.evaluate("window.__seen")
    session.detach()
    if wanted == "python":
        return {"python_ms": seen["python"]}
    return {
        **times_of(seen),
        "shift": seen["shift"],
        "bytes_to_figure": traffic.received_until(seen["live"] / 1000),
        "bytes": traffic.received,
        # Bodies that the host has sent: DevTools does not see those of workers.
        "bytes_sent": host.sent - sent_before,
    }


def times_of(seen: dict[str, Any]) -> dict[str, float]:
    """Return what `probe.js` has noted of a page with a figure, in milliseconds."""
    return {
        "paint_ms": seen.get("paint", seen["first"]),
        "largest_ms": seen.get("largest", seen["first"]),
        "first_figure_ms": seen["first"],
        "ready_ms": seen.get("ready", seen["live"]),
        "live_figure_ms": seen["live"],
    }


def emulate(session: Any, network: Network) -> None:
    """Have a tab's connection be one of `PROFILES`."""
    rate = network.megabits * 1e6 / 8
    conditions = {"downloadThroughput": rate, "uploadThroughput": rate}
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": network.latency, **conditions},
    )


def open_page(page: Page, host: Host, url: str, wanted: Wanted, candidate: Candidate) -> None:
    """Open an address, and wait for what is wanted there; `probe.js` then has seen it.

    Args:
        page: a tab of a browser that `start_browser` has started.
        host: what serves the address.
        url: the address.
        wanted: a figure that Python draws there, or an element from Python.
        candidate: whose page it is.

    Raises:
        SystemExit: it shows nothing, or another figure, or is not what its row claims.
    """
    page.goto(url, wait_until="commit")
    try:
        # Rarely, since it takes the page's time.
        page.wait_for_function(
            "name => window.__seen?.[name]", arg=wanted, polling=500, timeout=LONGEST_LOAD * 1000
        )
    except PlaywrightTimeoutError:
        sys.exit(f"{url} shows no {wanted} within {LONGEST_LOAD} s; missing: {host.missing}")
    if wanted == "python":
        return
    booted = page.evaluate("document.documentElement.dataset.preboot ?? ''")
    if booted not in candidate.boots:
        by = " or ".join(map(repr, candidate.boots))
        sys.exit(f"{url} says that it booted by {booted!r}, not by {by}")
    sizes = page.evaluate("window.__seen.sizes")
    if candidate.prerendered is not None and candidate.prerendered != ("kept" in sizes):
        shows = "a figure that was" if "kept" in sizes else "no figure that was"
        sys.exit(f"{url} shows {shows} kept when it was built: it is not {candidate.name}.")
    for kind, (width, height) in sizes.items():
        _check_size(f"{url} ({kind})", width, height)


def _check_size(page: str, width: float, height: float) -> None:
    if abs(width - FIGURE_SIZE[0]) > 2 or abs(height - FIGURE_SIZE[1]) > 2:
        sys.exit(
            f"{page} shows a figure of {width:.0f} by {height:.0f} CSS pixels, the others one of "
            f"{FIGURE_SIZE[0]} by {FIGURE_SIZE[1]}: correct FIGURE_SIZE in candidates.py."
        )


@dataclass
class _Traffic:
    """What DevTools says of a page's requests."""

    started: float | None = None
    arrivals: list[tuple[float, float]] = field(default_factory=list)
    # Addresses by the number of the request.
    _open: dict[str, str] = field(default_factory=dict)
    _last_event: float = 0

    @property
    def received(self) -> float:
        """Bytes that came over the network, headers included, as they were compressed."""
        return sum(size for _, size in self.arrivals)

    def received_until(self, seconds: float) -> float:
        """Bytes of what was complete so many seconds after the navigation's start."""
        end = (self.started or 0) + seconds
        return sum(size for moment, size in self.arrivals if moment <= end)

    def listen(self, session: Any) -> None:
        session.on("Network.requestWillBeSent", self._on_request)
        session.on("Network.loadingFinished", self._on_finished)
        session.on("Network.loadingFailed", self._on_end)
        session.send("Network.enable")

    def wait_until_idle(self, page: Page) -> None:
        """Return once nothing has been asked for or come for a second."""
        deadline = time.monotonic() + LONGEST_WAIT_FOR_IDLENESS
        while time.monotonic() < deadline:
            page.wait_for_timeout(100)
            # Of a worker's script, DevTools tells a page the beginning alone.
            scripts = {worker.url for worker in page.workers}
            if (
                scripts.issuperset(self._open.values())
                and time.monotonic() - self._last_event > SECONDS_OF_IDLENESS
            ):
                return

    def _on_request(self, event: dict[str, Any]) -> None:
        if self.started is None:
            self.started = event["timestamp"]
        if event["request"]["url"].startswith("http"):
            self._open[event["requestId"]] = event["request"]["url"]
            self._last_event = time.monotonic()

    def _on_finished(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self._open:
            self.arrivals.append((event["timestamp"], event["encodedDataLength"]))
        self._on_end(event)

    def _on_end(self, event: dict[str, Any]) -> None:
        self._open.pop(event["requestId"], None)
        self._last_event = time.monotonic()
