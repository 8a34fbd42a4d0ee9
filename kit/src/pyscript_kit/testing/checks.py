"""Checks that every page of an app has to pass, each a function of the app and a page. A project's
tests apply them to its table of pages:

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.route)
    @pytest.mark.parametrize("check", checks.EACH_PAGE)
    def test_a_page(checked_app: App, page: Page, check: checks.Check) -> None:
        check(checked_app, page)

They apply those of `PROJECT` to its source. A project's own checks are functions like these.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Literal

import pytest
from playwright.sync_api import expect

from pyscript_kit.project.settings import canonical_name
from pyscript_kit.runtime.shell import PACKAGES
from pyscript_kit.testing.driver import App
from pyscript_kit.testing.sourcechecks import PROJECT, Page, ProjectCheck

__all__ = [
    "EACH_PAGE",
    "PROJECT",
    "Check",
    "Page",
    "ProjectCheck",
    "every_control_is_reached_by_keyboard",
    "fits_every_width",
    "fixture_for",
    "has_no_axe_violation",
    "names_itself",
    "starts_from_its_snapshot",
    "works_built_and_offline",
]

# A test that fails shows its own lines.
__tracebackhide__ = True

# Takes the app and one line of its table; raises AssertionError.
Check = Callable[[App, Page], None]

_WIDTHS = (320, 390, 1280, 1920)
_HEIGHT = 800
_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

_WIDEST = """() => {
  const width = document.documentElement.clientWidth;
  const wide = [...document.querySelectorAll("body *")].filter(
    (each) => each.getBoundingClientRect().right > width + 0.5
  );
  const inner = wide.find((each) => !wide.some((other) => each !== other && each.contains(other)));
  return inner ? inner.outerHTML.slice(0, 200) : "nothing that can be told";
}"""

_CONTROLS = (
    "#page :is(a[href], button, input, select, textarea, summary):visible:not(:disabled)"
    ":not([tabindex='-1']):not([type='radio'])"
)
_FOCUSED = """() => {
  const here = document.activeElement;
  if (!here.closest("#page")) return -1;
  return [...document.querySelectorAll("#page *")].indexOf(here);
}"""


def names_itself(app: App, page: Page) -> None:
    """It is in the document's title, its link and its one heading, which has the focus."""
    app.open(page.route)

    name = app.page.locator("#app-name").text_content()
    expect(app.page).to_have_title(f"{page.title} \N{MIDDLE DOT} {name}")
    current = app.page.get_by_role("navigation").locator("[aria-current]")
    expect(current, "the link of the page is the current one").to_have_text([page.title])
    expect(current).to_have_attribute("aria-current", "page")
    heading = app.page.get_by_role("heading", level=1)
    expect(heading, "a page has one heading of the first level").to_have_count(1)
    expect(heading, "the heading has the focus").to_be_focused()


def fits_every_width(app: App, page: Page) -> None:
    """No page scrolls sideways, on a phone or on a wide screen."""
    app.page.set_viewport_size({"width": _WIDTHS[0], "height": _HEIGHT})
    app.open(page.route)

    for width in _WIDTHS:
        app.page.set_viewport_size({"width": width, "height": _HEIGHT})
        needed = app.page.evaluate("document.documentElement.scrollWidth")
        assert needed <= width, (
            f"the page {page.route!r} is {needed} px wide in a window of {width} px, "
            f"because of {app.page.evaluate(_WIDEST)}"
        )


def has_no_axe_violation(app: App, page: Page) -> None:
    """axe finds no accessibility fault, in light or in dark colours."""
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

    for scheme in _SCHEMES:
        app.page.emulate_media(color_scheme=scheme)
        app.open(page.route)
        results = Axe().run(app.page)
        assert not results.violations_count, f"in {scheme} colours: {results.generate_report()}"


def every_control_is_reached_by_keyboard(app: App, page: Page) -> None:
    """The Tab key leads through every control of the page, and out of it."""
    app.open(page.route)
    wanted = app.page.locator(_CONTROLS).count()
    app.page.get_by_role("heading", level=1).focus()

    reached: set[int] = set()
    place = 0
    for _ in range(4 * wanted + 20):
        app.page.keyboard.press("Tab")
        if app.page.evaluate("document.activeElement.closest('.cm-editor') !== null"):
            app.page.keyboard.press("Escape")
        place = app.page.evaluate(_FOCUSED)
        if place < 0:
            break
        reached.add(place)
    assert place < 0, f"the keyboard cannot leave the page {page.route!r}"
    assert len(reached) >= wanted, (
        f"the keyboard reaches {len(reached)} of the {wanted} controls of the page {page.route!r}"
    )


def starts_from_its_snapshot(app: App, page: Page) -> None:
    """Opened directly at its address, it boots from the snapshot that holds what it needs."""
    app.boot(page.route)
    app.wait_for_page(page.route)

    kind = app.booted_from
    if kind is None:
        pytest.skip("the runtime is on the CDN, which has no snapshots")
    if kind == "off":
        pytest.skip("the runtime was vendored without snapshots")
    if kind == "bytecode":
        pytest.skip("no snapshot suits this browser")
    assert app.said_by_loader() == []
    wanted = _kind_for(_packages_of(app, page), app.manifest())
    assert kind == wanted, (
        f"the page {page.route!r} boots from the snapshot {kind!r}, and needs {wanted!r}: "
        "run `pyscript vendor`, which reads what it imports"
    )


def works_built_and_offline(app: App, page: Page) -> None:
    """In the site that `pyscript build` makes, it opens without a network."""
    if _packages_of(app, page):
        # Directly at its address, with what the service worker has: nothing was fetched for it.
        app.boot_anew(page.route)
        app.wait_for_page(page.route)
    else:
        app.open(page.route)

    expect(app.page).to_have_title(re.compile(f"^{re.escape(page.title)} "))
    expect(app.page.get_by_role("heading", level=1)).to_be_visible()


EACH_PAGE: tuple[Check, ...] = (
    names_itself,
    fits_every_width,
    has_no_axe_violation,
    every_control_is_reached_by_keyboard,
    starts_from_its_snapshot,
    works_built_and_offline,
)

# What opens the app as a check wants it, where that is not the running one.
_FIXTURES: dict[Check, str] = {
    starts_from_its_snapshot: "fresh_app",
    works_built_and_offline: "built_app",
}


def fixture_for(check: Check) -> str:
    """The name of the fixture that opens the app as a check wants it."""
    return _FIXTURES.get(check, "app")


def _packages_of(app: App, page: Page) -> set[str]:
    """What a page needs: what its line names, and what it imports, as the document has it."""
    told = app.page.locator(f"meta[name='{PACKAGES}']")
    read = json.loads(told.get_attribute("content") or "{}") if told.count() else {}
    return {canonical_name(name) for name in (*page.packages, *read.get(page.route, ()))}


def _kind_for(packages: set[str], manifest: Any) -> str:
    """Which snapshot has what is needed at once where a page is the first to be opened."""
    needed = {*map(canonical_name, manifest["start"]), *packages}
    held = {
        name
        for layout in manifest["snapshots"].values()
        for name in (layout.get("packages") or {}).get("names", ())
    }
    return "packages" if needed & held else "base"
