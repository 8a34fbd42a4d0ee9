"""Each check of a page sees its fault, and a test fails on what an app should never do.

The pages are made up here: one that has no fault, and one for each fault.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from pages import PAGES
from playwright.sync_api import expect

from manifests import LAYOUT, base_image, with_manifest
from needing import packages_of
from pyscript_kit.testing import App, checks
from pyscript_kit.testing.fixtures import close


class Page(NamedTuple):
    """A line of a table."""

    route: str
    title: str
    summary: str = "."
    packages: tuple[str, ...] = ()


TABLE = """
from typing import NamedTuple

class Page(NamedTuple):
    route: str
    title: str
    summary: str = "."
    packages: tuple[str, ...] = ()
    styled: bool = False

PAGES = tuple(Page(route, route.capitalize()) for route in {routes})
"""

MODULES = {
    "right": """
    root.append(element("h1", "Right"), element("button", "Press", type="button"))
""",
    "nameless": """
    root.append(element("h2", "Nameless"))
""",
    "twofold": """
    root.append(element("h1", "One"), element("h1", "Two"))
""",
    "mistitled": """
    root.append(element("h1", "Mistitled"))
    document.title = "Something else"
""",
    "unfocused": """
    heading = element("h1", "Unfocused")
    root.append(heading)
    handlers.on(heading, "focus", lambda: heading.blur())
""",
    "wide": """
    root.append(element("h1", "Wide"), element("p", "far out", style="width: 1000px"))
""",
    "pale": """
    root.append(element("h1", "Pale"), element("p", "hardly", style="color: #ddd"))
""",
    "dim": """
    root.append(element("h1", "Dim"), element("p", "hardly", style="color: #333"))
""",
    "closed": """
    button = element("button", "Press", type="button")
    root.append(element("h1", "Closed"), button)
    handlers.on(button, "keydown", lambda event: event.preventDefault())
""",
    "skipped": """
    button = element("button", "Press", type="button")
    root.append(element("h1", "Skipped"), button)
    handlers.on(button, "focus", lambda: button.blur())
""",
}


def line(route: str) -> Page:
    return Page(route, route.capitalize())


@pytest.fixture(scope="module")
def booted(launch: Callable[[], App]) -> App:
    app = launch()
    app.serve("pages/__init__.py", TABLE.format(routes=[*MODULES]))
    for route, body in MODULES.items():
        head = "from pyscript import document\nfrom patterns.dom import element\n"
        app.serve(f"pages/{route}.py", f"{head}\ndef mount(root, handlers):{body}")
    app.boot()
    return app


@pytest.fixture
def site(booted: App) -> Iterator[App]:
    """The app with made-up pages, and little patience with what does not come."""
    booted.page.emulate_media(color_scheme="light")
    expect.set_options(timeout=1_000)
    yield booted
    expect.set_options(timeout=30_000)
    booted.settle_problems()


RUNNING = [check for check in checks.EACH_PAGE if checks.fixture_for(check) == "app"]


@pytest.mark.parametrize("check", RUNNING)
def test_a_page_without_fault_passes(site: App, check: checks.Check) -> None:
    check(site, line("right"))


FAULTS = [
    (checks.names_itself, "nameless", "has one heading of the first level"),
    (checks.names_itself, "twofold", "has one heading of the first level"),
    (checks.names_itself, "mistitled", "Something else"),
    (checks.names_itself, "unfocused", "the heading has the focus"),
    (checks.names_itself, "nowhere", "No such page"),
    (checks.fits_every_width, "wide", "in a window of 320 px, because of <p .*far out"),
    (checks.has_no_axe_violation, "pale", "(?s)in light colours.*color-contrast"),
    (checks.has_no_axe_violation, "dim", "(?s)in dark colours.*color-contrast"),
    (checks.every_control_is_reached_by_keyboard, "closed", "cannot leave the page"),
    (checks.every_control_is_reached_by_keyboard, "skipped", "reaches 0 of the 2 controls"),
]


@pytest.mark.parametrize(
    ("check", "route", "reason"), FAULTS, ids=[route for _, route, _ in FAULTS]
)
def test_a_fault_is_found(site: App, check: checks.Check, route: str, reason: str) -> None:
    with pytest.raises(AssertionError, match=reason):
        check(site, line(route))


needs_packages = pytest.mark.skipif(
    not any("numpy" in packages_of(page) for page in PAGES), reason="no page needs numpy"
)


@pytest.mark.usefixtures("snapshots")
@needs_packages
def test_a_page_that_starts_from_too_little_is_found(fresh_app: App) -> None:
    # As where its packages cannot be read out of the table.
    with_manifest(fresh_app, lambda manifest: manifest.update(routes={}))
    page = next(page for page in PAGES if "numpy" in packages_of(page))

    with pytest.raises(
        AssertionError, match="boots from the snapshot 'base', and needs 'packages'"
    ):
        checks.starts_from_its_snapshot(fresh_app, page)


@pytest.mark.usefixtures("snapshots")
def test_a_snapshot_that_cannot_be_used_is_found(fresh_app: App) -> None:
    fresh_app.expect_errors("404")
    fresh_app.lose(base_image(fresh_app))

    with pytest.raises(AssertionError, match="answered 404"):
        checks.starts_from_its_snapshot(fresh_app, PAGES[0])


@pytest.mark.usefixtures("snapshots")
def test_a_browser_that_no_snapshot_suits_is_passed_over(fresh_app: App) -> None:
    with_manifest(fresh_app, lambda manifest: manifest["snapshots"].pop(LAYOUT))

    with pytest.raises(pytest.skip.Exception, match="no snapshot suits this browser"):
        checks.starts_from_its_snapshot(fresh_app, PAGES[0])


def test_a_page_that_is_not_in_the_built_site_is_found(built_app: App) -> None:
    expect.set_options(timeout=1_000)
    try:
        with pytest.raises(AssertionError, match="No such page"):
            checks.works_built_and_offline(built_app, line("nowhere"))
    finally:
        expect.set_options(timeout=30_000)


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("console.error('scales not found')", "console: scales not found"),
        ("setTimeout(() => { throw new Error('scales not found'); })", "uncaught: "),
        ("fetch('./nothing.json')", r"console: .*404.*nothing\.json"),
        ("fetch('https://example.org/').catch(() => {})", "request to another origin: https://ex"),
    ],
)
def test_what_an_app_should_never_do_fails_its_test(
    app: App, tmp_path: Path, script: str, problem: str
) -> None:
    app.page.evaluate(f"() => {{ {script}; }}")
    app.page.wait_for_timeout(500)

    with pytest.raises(AssertionError, match=f"what the test did not announce(?s:.*){problem}"):
        close(app, str(tmp_path), failed=False)

    assert (tmp_path / "page.png").stat().st_size > 0
    assert (tmp_path / "console.txt").is_file()


def test_what_a_test_announces_may_happen_and_has_to(app: App, tmp_path: Path) -> None:
    app.expect_errors("scales not found")
    app.page.evaluate("console.error('scales not found')")
    close(app, str(tmp_path), failed=False)
    assert not [*tmp_path.iterdir()]

    app.expect_errors("scales not found")
    with pytest.raises(AssertionError, match="expected, but did not occur: scales not found"):
        close(app, str(tmp_path), failed=False)
