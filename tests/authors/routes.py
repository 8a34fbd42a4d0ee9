"""Which page an address leads to."""

import asyncio
import sys
from pathlib import Path
from types import ModuleType

import pytest
from pages import PAGES
from patterns import route
from patterns.fetch import StatusError
from patterns.route import find_page, load_page, parse_route


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("", ""),
        ("#", ""),
        ("#/", ""),
        ("#/plot", "plot"),
        ("#/plot/", "plot"),
        ("#/plot?sigma=2", "plot"),
        ("#/a%20b", "a b"),
        ("#/caf%C3%A9", "caf\N{LATIN SMALL LETTER E WITH ACUTE}"),
        ("#page", None),
        ("#plot", None),
    ],
)
def test_a_fragment_names_a_route(fragment: str, expected: str | None) -> None:
    assert parse_route(fragment) == expected


def test_no_route_is_the_first_page() -> None:
    assert find_page(PAGES, "") is PAGES[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.route)
def test_every_page_is_found_by_its_route(page: route.Page) -> None:
    assert find_page(PAGES, page.route) is page


@pytest.mark.parametrize("unknown", ["nowhere", "../main", "__init__", "HOME"])
def test_an_unknown_route_has_no_page(unknown: str) -> None:
    assert find_page(PAGES, unknown) is None


class Site:
    """A package of pages on disk, and the sources that a server would send."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sources: dict[str, str] = {}
        self.asked: list[str] = []
        self.package = ModuleType("trial_pages")
        self.package.__path__ = [str(folder)]

    async def get_text(self, url: str, timeout: float) -> str:
        self.asked.append(url)
        if url not in self.sources:
            raise StatusError(url, 404)
        return self.sources[url]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    site = Site(tmp_path)
    monkeypatch.setattr(route, "get_text", site.get_text)
    monkeypatch.setitem(sys.modules, "trial_pages", site.package)
    for name in ("here", "afar"):
        monkeypatch.delitem(sys.modules, f"trial_pages.{name}", raising=False)
    return site


def test_a_page_that_python_has_is_not_fetched(site: Site) -> None:
    (site.folder / "here.py").write_text("ORIGIN = 'disk'\n")

    module = asyncio.run(load_page(site.package, "here"))

    assert module.ORIGIN == "disk"
    assert not site.asked


def test_a_page_is_fetched_once_when_it_is_first_opened(site: Site) -> None:
    site.sources["./trial_pages/afar.py"] = "ORIGIN = 'server'\n"

    first = asyncio.run(load_page(site.package, "afar"))
    second = asyncio.run(load_page(site.package, "afar"))

    assert first.ORIGIN == "server"
    assert second is first
    assert site.asked == ["./trial_pages/afar.py"]


def test_a_page_that_the_server_lacks_is_an_error(site: Site) -> None:
    with pytest.raises(StatusError, match="answered 404"):
        asyncio.run(load_page(site.package, "afar"))
