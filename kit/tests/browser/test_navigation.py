"""Getting from page to page: links, history, unknown addresses, pages that are slow or broken.

The pages are made up here, so that deleting one of the app's changes nothing.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from pyscript_kit.testing import App
from pyscript_kit.testing.fixtures import close, has_failed

TABLE = """
from typing import NamedTuple

class Page(NamedTuple):
    route: str
    title: str
    summary: str = "."
    packages: tuple[str, ...] = ()
    styled: bool = False

PAGES = tuple(
    Page(route, route.capitalize())
    for route in ("first", "second", "slow", "patient", "attached", "broken", "absent")
)
"""

PLAIN = """
from patterns.dom import element

def mount(root, handlers):
    root.append(element("h1", {title!r}), element("p", "Content of {title}"))
"""

PATIENT = """
import asyncio
from patterns.dom import element

arrived = asyncio.Event()

async def mount(root, handlers):
    root.append(element("h1", "Patient"))
    await arrived.wait()
    root.append(element("p", "Content of Patient"))
"""

ATTACHED = """
import asyncio
from patterns.dom import element, window

steps = []

def mount(root, handlers):
    button = element("button", "Press", type="button")
    root.append(element("h1", "Attached"), button)
    handlers.on(button, "click", lambda: steps.append("click"))
    handlers.on(window, "resize", lambda: steps.append("resize"))
    handlers.on_shortcut("mod+enter", lambda: steps.append("key"))
    handlers.start(work())
    handlers.on_close(lambda: steps.append("closed"))

async def work():
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        steps.append("cancelled")
        raise
"""

BROKEN = """
from patterns.dom import element

def mount(root, handlers):
    root.append(element("p", "Half of Broken"))
    raise LookupError("no such sample")
"""

# Keeps the Python functions that listen to anything, to look whether they were freed.
KEEP_LISTENERS = """
window.pythonListeners = [];
const add = EventTarget.prototype.addEventListener;
EventTarget.prototype.addEventListener = function (name, listener, ...options) {
  if (listener?.destroy) window.pythonListeners.push(listener);
  return add.call(this, name, listener, ...options);
};
"""

COUNT_LIVE_LISTENERS = """() => pythonListeners.filter((listener) => {
  try {
    return listener.type && true;
  } catch (error) {
    if (!/destroyed/.test(error.message)) throw error;
    return false;
  }
}).length"""


@pytest.fixture(scope="module")
def booted(launch: Callable[[], App]) -> App:
    app = launch()
    app.page.add_init_script(KEEP_LISTENERS)
    app.serve("pages/__init__.py", TABLE)
    for title in ("First", "Second", "Slow"):
        app.serve(f"pages/{title.lower()}.py", PLAIN.format(title=title))
    app.serve("pages/patient.py", PATIENT)
    app.serve("pages/attached.py", ATTACHED)
    app.serve("pages/broken.py", BROKEN)
    app.boot()
    return app


@pytest.fixture
def site(booted: App, request: pytest.FixtureRequest, output_path: str) -> Iterator[App]:
    """The app with made-up pages, at its first one."""
    booted.follow("first")
    yield booted
    try:
        close(booted, output_path, failed=has_failed(request))
    finally:
        for button in booted.page.locator("#error-dismiss:visible").all():
            button.click()


def test_links_lead_to_pages(site: App) -> None:
    site.page.get_by_role("link", name="Second").click()

    expect(site.page.get_by_role("main")).to_contain_text("Content of Second")
    expect(site.page.get_by_role("heading", name="Second")).to_be_focused()
    assert site.page.url.endswith("#/second")


def test_back_and_forward_work(site: App) -> None:
    site.follow("second")

    site.page.go_back()
    expect(site.page.get_by_role("heading", level=1)).to_have_text("First")
    site.page.go_forward()
    expect(site.page.get_by_role("heading", level=1)).to_have_text("Second")


def test_the_name_of_the_app_leads_to_the_first_page(site: App) -> None:
    site.follow("second")

    site.page.get_by_role("banner").get_by_role("link").first.click()

    expect(site.page.get_by_role("heading", level=1)).to_have_text("First")


def test_the_skip_link_leads_into_the_page_and_is_no_route(site: App) -> None:
    site.follow("second")
    skip = site.page.get_by_role("link", name="Skip to the content")
    skip.focus()
    expect(skip).to_be_in_viewport()

    site.page.keyboard.press("Enter")

    expect(site.page.get_by_role("main")).to_be_focused()
    expect(site.page.get_by_role("heading", level=1)).to_have_text("Second")
    # What a reload, a bookmark or a shared link would open.
    assert site.page.url.endswith("#/second")


def test_an_unknown_address_has_a_page_of_its_own(site: App) -> None:
    site.follow("nowhere")

    main = site.page.get_by_role("main")
    expect(main.get_by_role("heading", name="No such page")).to_be_focused()
    expect(main).to_contain_text("#/nowhere")
    expect(site.page.get_by_role("navigation").locator("[aria-current]")).to_have_count(0)
    main.get_by_role("link", name="the first page").click()
    expect(site.page.get_by_role("heading", level=1)).to_have_text("First")


def test_an_address_is_shown_as_text(site: App) -> None:
    site.page.evaluate("location.hash = '#/<img src=x onerror=alert(1)>'")

    expect(site.page.get_by_role("heading", level=1)).to_have_text("No such page")
    expect(site.page.get_by_role("main").locator("img")).to_have_count(0)


def test_a_page_is_fetched_once_and_only_when_it_is_opened(site: App) -> None:
    requests: list[str] = []
    site.page.on("request", lambda request: requests.append(request.url))

    # Whichever test opened it first, Python now has it.
    site.follow("second")
    site.follow("first")
    asked_before = len(requests)
    site.follow("second")

    assert len(requests) == asked_before
    assert f"{site.origin}/pages/slow.py" not in requests


def test_a_page_that_is_still_on_its_way_does_not_turn_up_in_the_next_ones_place(site: App) -> None:
    held = site.hold("pages/slow.py")
    # The page gives up its request when it is left.
    site.expect_errors(r"request failed: .*pages/slow\.py")

    with site.page.expect_request("**/pages/slow.py"):
        site.page.get_by_role("link", name="Slow").click()
    expect(site.page.get_by_role("main")).to_have_attribute("aria-busy", "true")
    expect(site.page.get_by_role("heading", level=1)).to_have_text("First")
    with site.page.expect_event("requestfailed"):
        site.page.get_by_role("link", name="Second").click()
    site.wait_for_page("second")

    assert len(held) == 1
    expect(site.page.get_by_role("heading", level=1)).to_have_text(["Second"])


def test_quick_clicks_end_at_the_last_page(site: App) -> None:
    site.page.evaluate(
        "for (const r of ['second', 'nowhere', 'patient', 'second']) location.hash = `#/${r}`"
    )
    site.wait_for_page("second")

    expect(site.page.get_by_role("heading", level=1)).to_have_text(["Second"])
    expect(site.page.get_by_role("main")).not_to_contain_text("Patient")


def test_a_page_left_while_it_mounts_adds_nothing_to_the_next(site: App) -> None:
    site.page.get_by_role("link", name="Patient").click()
    expect(site.page.get_by_role("heading", level=1)).to_have_text("Patient")

    site.follow("second")
    site.python("import pages.patient; pages.patient.arrived.set()")
    site.follow("first")
    site.follow("second")

    expect(site.page.get_by_role("heading", level=1)).to_have_text(["Second"])
    expect(site.page.get_by_role("main")).not_to_contain_text("Patient")


def test_leaving_a_page_removes_its_handlers_and_frees_their_proxies(site: App) -> None:
    before = site.page.evaluate(COUNT_LIVE_LISTENERS)
    site.follow("attached")
    assert site.page.evaluate(COUNT_LIVE_LISTENERS) == before + 3
    button = site.page.get_by_role("button", name="Press")
    button.click()
    kept = button.element_handle()

    site.follow("second")
    kept.evaluate("button => button.click()")
    site.page.evaluate("dispatchEvent(new Event('resize'))")
    site.page.keyboard.press("Control+Enter")
    # Tasks end a turn of the event loop later than they are cancelled.
    site.follow("first")

    assert site.page.evaluate(COUNT_LIVE_LISTENERS) == before
    steps = site.python("import pages.attached; pages.attached.steps")
    assert steps == ["click", "closed", "cancelled"]


def test_a_page_that_raises_is_reported_and_the_app_goes_on(site: App) -> None:
    site.expect_errors("LookupError: no such sample")
    site.page.get_by_role("link", name="Broken").click()

    panel = site.page.get_by_role("alert")
    expect(panel).to_be_focused()
    expect(panel).to_contain_text('The page "Broken" could not be shown')
    expect(panel).to_contain_text("LookupError: no such sample")
    expect(site.page.get_by_role("main")).not_to_contain_text("Half of Broken")
    assert site.state == "ready"
    panel.get_by_role("button", name="Dismiss").click()
    expect(panel).to_be_hidden()
    site.page.get_by_role("link", name="Second").click()
    expect(site.page.get_by_role("heading", level=1)).to_have_text("Second")


def test_a_page_that_cannot_be_fetched_can_be_tried_again(site: App) -> None:
    site.expect_errors(r"404 .*pages/absent\.py", "answered 404")
    site.lose("pages/absent.py")
    site.page.get_by_role("link", name="Absent").click()
    expect(site.page.get_by_role("alert")).to_contain_text("./pages/absent.py answered 404")

    site.serve("pages/absent.py", PLAIN.format(title="Absent"))
    site.page.get_by_role("button", name="Try again").click()

    expect(site.page.get_by_role("main")).to_contain_text("Content of Absent")
    expect(site.page.get_by_role("alert")).to_be_hidden()


def test_a_page_that_can_be_shown_leaves_other_errors_standing(site: App) -> None:
    site.expect_errors("scales not found")
    site.page.evaluate("() => { Promise.reject(new Error('scales not found')); }")

    site.follow("second")

    expect(site.page.get_by_role("alert")).to_contain_text("scales not found")
