"""Shows the page that the address names: "#/plot" is the page whose route is "plot".

Routes live in the fragment, so that any static host will do, and back, forward and bookmarks work.
A page is a module of the package ``pages`` with a function ``mount(root, handlers)``, sync or
async, that fills the Element ``root``. It is fetched and imported when it is first opened, and so
is its style sheet, beside it, where its line in the table says that there is one.

    import pages

    Router(pages, outlet=find("#page"), navigation=find("#navigation")).start()
"""

import asyncio
import importlib.util
import inspect
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Protocol
from urllib.parse import unquote

from pyscript import document, window

from patterns.dom import Element, clear, element, find_all, update
from patterns.events import Handlers
from patterns.fetch import get_text
from patterns.packages import (
    import_with_packages,
    load_packages,
    packages_of_pages,
    prefetch_packages,
)
from patterns.report import (
    report_error,
    report_mended,
    report_opening,
    report_progress,
    report_ready,
)
from patterns.source import source_view
from patterns.style import load_style, use_style


class Page(Protocol):
    """One line of the table ``PAGES``: a module's name, what it is called, and what it needs."""

    @property
    def route(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def packages(self) -> tuple[str, ...]: ...
    @property
    def styled(self) -> bool: ...


def parse_route(fragment: str) -> str | None:
    """Return the route in a fragment: "plot" for "#/plot", "" for "" and "#/".

    None for fragments that are not routes, such as "#page", which lead to an element.
    """
    if fragment in {"", "#"}:
        return ""
    if not fragment.startswith("#/"):
        return None
    return unquote(fragment.removeprefix("#/").partition("?")[0]).strip("/")


def find_page(pages: Sequence[Page], route: str) -> Page | None:
    """Return the page of a route, the first one for "", None for an unknown route."""
    if not route:
        return pages[0]
    return next((page for page in pages if page.route == route), None)


async def load_page(package: ModuleType, route: str) -> ModuleType:
    """Import a page's module, with the packages that it imports; fetch its source first where
    Python does not have it yet.

    Raises patterns.fetch.FetchError, or what the module raises.
    """
    name = f"{package.__name__}.{route}"
    if importlib.util.find_spec(name) is None:
        source = await get_text(f"./{package.__name__}/{route}.py", timeout=30)
        Path(package.__path__[0], f"{route}.py").write_text(source, encoding="utf-8")
        importlib.invalidate_caches()
    return await import_with_packages(name, report_progress, packages_of_pages().get(route))


def _needed(page: Page) -> list[str]:
    """Return the packages that a page's line names, and those that the page is known to import."""
    return [*page.packages, *packages_of_pages().get(page.route, ())]


def mount_unknown(root: Element, _handlers: Handlers) -> None:
    """Fill the page of an address that names none."""
    address = element("code", str(window.location.hash), dir="auto")
    root.append(
        element("h1", "No such page"),
        element("p", "Nothing in this app has the address ", address, ".", class_="lead"),
        element("p", "Go to ", element("a", "the first page", href="#/"), ", or choose one above."),
    )


class Router:
    """Keeps one page in the ``outlet`` element, and the links to all in ``navigation``."""

    def __init__(self, package: ModuleType, *, outlet: Element, navigation: Element) -> None:
        self._package = package
        self._pages: Sequence[Page] = package.PAGES
        self._outlet = outlet
        self._navigation = navigation
        self._app_name = str(document.title)
        self._own = Handlers()
        self._view = Handlers()
        self._route: str | None = None
        self._opening: asyncio.Task[None] | None = None
        self._started = False

    def start(self) -> None:
        """Show the page of the present address, and from now on that of each new one."""
        report_opening()
        links = (element("a", page.title, href=f"#/{page.route}") for page in self._pages)
        self._navigation.append(element("ul", [element("li", link) for link in links]))
        self._own.on(window, "hashchange", self._follow)
        self._follow()

    def _follow(self) -> None:
        route = parse_route(str(window.location.hash))
        if route is None:
            route = "" if self._route is None else self._route
        if route != self._route:
            self._route = route
            self._open()

    def _open(self) -> None:
        # A page that is still being fetched or mounted must not turn up in the next one's place.
        if self._opening is not None:
            self._opening.cancel()
        self._opening = self._own.start(self._show(self._route or ""))

    async def _show(self, route: str) -> None:
        page = find_page(self._pages, route)
        title = page.title if page else "No such page"
        failure = f'The page "{title}" could not be shown'
        update(self._outlet, aria_busy=True, data_leaving=True)
        try:
            module = await self._load(page) if page else None
            root = self._enter(title, page)
            mounting = (module.mount if module else mount_unknown)(root, self._view)
            if inspect.isawaitable(mounting):
                await mounting
            if module:
                root.append(source_view(module, self._view))
        except Exception as error:
            report_error(error, failure, fatal=not self._started)
            self._mount_failed(self._enter(title, page), title)
        else:
            report_mended(failure)
            self._greet()
        report_progress("")
        update(self._outlet, aria_busy=False, data_route=route or self._pages[0].route)

    async def _load(self, page: Page) -> ModuleType:
        """Return a page's module, with all that the page needs fetched at the same time."""
        module, _ = await asyncio.gather(self._load_module(page), self._load_style(page))
        return module

    async def _load_module(self, page: Page) -> ModuleType:
        await load_packages(*_needed(page), on_progress=report_progress)
        return await load_page(self._package, page.route)

    async def _load_style(self, page: Page) -> None:
        # Older tables of pages have no style sheets.
        if getattr(page, "styled", False):
            await load_style(page.route, f"./{self._package.__name__}/{page.route}.css")

    def _enter(self, title: str, page: Page | None) -> Element:
        """Leave the former page, mark the new one in title and links, and return its empty root."""
        self._view.close()
        self._view = Handlers()
        document.title = f"{title} · {self._app_name}"
        for link in find_all("a", self._navigation):
            here = page is not None and link.getAttribute("href") == f"#/{page.route}"
            update(link, aria_current="page" if here else None)
        root = element("div", class_="page")
        use_style(page.route if page else "")
        clear(self._outlet)
        self._outlet.append(root)
        # Where plt.show() draws, so that its figures go with the page.
        document.pyodideMplTarget = root._dom_element
        update(self._outlet, data_leaving=None)
        return root

    def _greet(self) -> None:
        """Bring a new page to the visitor's notice; the first one comes with the document."""
        if not self._started:
            self._started = True
            report_ready()
            prefetch_packages(name for page in self._pages for name in _needed(page))
            return
        window.scrollTo(0, 0)
        for heading in find_all("h1", self._outlet)[:1]:
            update(heading, tabindex=-1)
            heading.focus()

    def _mount_failed(self, root: Element, title: str) -> None:
        again = element("button", "Try again", type="button")
        self._view.on(again, "click", self._open)
        root.append(
            element("h1", title),
            element("p", "This page could not be shown.", class_="lead"),
            element("p", again),
        )
