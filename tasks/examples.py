"""Reads the examples of docs/patterns.md: pages and workers, each below a line with its path.

A test opens each of them as a visitor would, and `make pictures` takes its picture.
"""

import re
from collections.abc import Callable, Iterable

from playwright.sync_api import FilePayload, Page, expect

from environment import REPOSITORY

GUIDE = REPOSITORY / "docs" / "patterns.md"
_EXAMPLE = re.compile(r"^`app/([\w./]+)`\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PAGE = re.compile(r"pages/(\w+)\.py")
_TABLE = """
from typing import NamedTuple

class Page(NamedTuple):
    route: str
    title: str
    summary: str = "."
    packages: tuple[str, ...] = ()
    styled: bool = False
    prerender: bool = True

PAGES = [{lines}]
"""
TABLE = "pages/__init__.py"


def examples() -> dict[str, str]:
    """Return the text of each example by its path below app/."""
    return dict(_EXAMPLE.findall(GUIDE.read_text(encoding="utf-8")))


def routes(paths: Iterable[str]) -> list[str]:
    """Return the routes of those examples that are pages."""
    return [match[1] for path in paths if (match := _PAGE.fullmatch(path))]


def table_of(pages: Iterable[str]) -> str:
    """Return a table of pages, for app/pages/__init__.py, by their routes."""
    # Nobody has read what these import: they are not there while the runtime is made.
    packages = ("matplotlib", "numpy")
    lines = (f"Page({route!r}, {route.title()!r}, packages={packages})," for route in pages)
    return _TABLE.format(lines="".join(lines))


def use(route: str, page: Page) -> None:
    """Do what the example is for, on its open page, and insist on what is then seen.

    Raises KeyError where nobody has said what that is.
    """
    _USES[route](page)


def _samples(page: Page) -> None:
    page.get_by_label("New sample").fill("Ni & Co")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("#page li")).to_have_text(["Fe < 3 %", "Ni & Co"])


def _decay(page: Page) -> None:
    figure = page.get_by_role("img", name="Draw what is left of a sample.")
    expect(figure).to_have_accessible_name(re.compile("Half-life in s.* 10"))
    page.get_by_label("Half-life in s", exact=True).fill("20")
    expect(figure).to_have_accessible_name(re.compile("Half-life in s.* 20"))


def _metals(page: Page) -> None:
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_label("At least", exact=True).fill("5")
    expect(page.locator("tbody tr")).to_have_count(3)


def _planets(page: Page) -> None:
    expect(page.locator("tbody tr").first).to_contain_text("Mercury")


def _lines(page: Page) -> None:
    log = FilePayload(name="furnace.txt", mimeType="text/plain", buffer=b"300 K\n310 K\n320 K\n")
    page.get_by_label("Open a log").set_input_files(log)
    expect(page.locator("#page").get_by_role("status")).to_have_text("furnace.txt has 3 lines.")


def _pi(page: Page) -> None:
    page.get_by_role("button", name="Estimate pi").click()
    expect(page.locator("#page output")).to_have_text(re.compile(r"3\.1\d\d\d"), timeout=60_000)
    expect(page.get_by_role("progressbar")).to_have_js_property("value", 1)


def _squares(page: Page) -> None:
    page.get_by_role("button", name="Run").click()
    page.get_by_label("Name?").fill("Ada")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Hello Ada")).to_be_visible()
    expect(page.locator("#page img")).to_be_visible()


def _date(page: Page) -> None:
    expect(page.locator("#page p")).to_have_text("Samstag, 31. Januar 2026")


def _console(page: Page) -> None:
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#page pre")).to_have_text(str(2**100))


def _upstream(page: Page) -> None:
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#shown")).to_have_text("Fe < 3 %")


_USES: dict[str, Callable[[Page], None]] = {
    "samples": _samples,
    "decay": _decay,
    "metals": _metals,
    "planets": _planets,
    "lines": _lines,
    "pi": _pi,
    "squares": _squares,
    "date": _date,
    "console": _console,
    "upstream": _upstream,
}
