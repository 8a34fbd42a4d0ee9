"""How far the pages of a built site jump while they load and Python takes over.

That is what the browser counts itself, its cumulative layout shift: each page in a browser of its
own with an empty cache, on a wide screen and on a narrow one.
"""

from collections.abc import Collection, Iterator
from functools import partial

from playwright.sync_api import Playwright

from benchmarks.candidates import Candidate
from benchmarks.host import Host
from benchmarks.load import LONGEST_LOAD, Network, after_crashes, emulate, new_browser

# In CSS pixels.
SCREENS = {1280: 800, 390: 844}
LIMIT = 0.02
# Python's page is the one that is seen, and nothing that was kept is left.
TAKEN_OVER = (
    "window.__seen?.ready && document.documentElement.dataset.app === 'ready' "
    "&& !document.querySelector('[data-prerendered]')"
)
# In which what comes late may still push the rest about.
SECONDS_AFTER = 2

# By width and by the route of the page.
Shifts = dict[int, dict[str, float]]


def measure(
    playwright: Playwright,
    host: Host,
    candidate: Candidate,
    routes: Collection[str],
    network: Network | None,
) -> Shifts:
    """Load each page once on each screen, and return how far it has jumped."""
    found: Shifts = {width: {} for width in SCREENS}
    for route in routes:
        for width, height in SCREENS.items():
            url = f"{host.origin}/{candidate.element}#/{route}"
            load = partial(_load, playwright, candidate, url, (width, height), network)
            found[width][route] = after_crashes(f"{candidate.name}, {route}", load)
    return found


def _load(
    playwright: Playwright,
    candidate: Candidate,
    url: str,
    size: tuple[int, int],
    network: Network | None,
) -> float:
    with new_browser(playwright, candidate) as context:
        page = context.pages[0]
        page.set_viewport_size({"width": size[0], "height": size[1]})
        if network:
            emulate(context.new_cdp_session(page), network)
        page.goto(url, wait_until="commit")
        page.wait_for_function(TAKEN_OVER, polling=500, timeout=LONGEST_LOAD * 1000)
        page.wait_for_timeout(SECONDS_AFTER * 1000)
        shift: float = page.evaluate("window.__seen.shift")
        print(f"{url.partition('#')[2]} at {size[0]} pixels: layout shift {shift:.4f}", flush=True)
        return shift


def told(shifts: Shifts) -> str:
    """Return in words how far pages jump at most, and which of them farther than they may."""
    most = " and ".join(f"{max(of.values()):.4f} at {width} pixels" for width, of in shifts.items())
    missed = "".join(f"\n- {line}" for line in _too_far(shifts))
    count = len(next(iter(shifts.values())))
    text = f"at most {most}, of {count} pages loaded once each; the target is less than {LIMIT}."
    return f"{text} Missed:\n{missed}" if missed else text


def _too_far(shifts: Shifts) -> Iterator[str]:
    for width, pages in shifts.items():
        for route, shift in pages.items():
            if shift >= LIMIT:
                yield f"`{route}` at {width} pixels: {shift:.3f}"
