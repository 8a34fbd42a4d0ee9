"""Opens the pages of a built site in a browser, as visitors would, and keeps what Python has made
of each: its content, and its figures as files."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from pyscript_kit.errors import ToolError
from pyscript_kit.serving.server import answering
from pyscript_kit.serving.site import site_app
from pyscript_kit.site.views import NARROW, WIDE, Capture, View, difference, view_of
from pyscript_kit.snapshot.engines import engine_errors, launch_options

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, FloatRect, Page, Playwright, Route

_SCRIPT = Path(__file__).with_name("capture.js")

# In CSS pixels.
_HEIGHT = 800
# Pixels in one of CSS, as most screens have them today.
_DENSITY = 2
# What services show beside a link, in CSS pixels.
_PREVIEW = (1200, 630)
_SCHEMES = ("light", "dark")
# Pages that are open at a time.
_AT_ONCE = 2
# What another visitor may have: a page whose content depends on it is named.
_ELSEWHERE = {"timezone_id": "Asia/Tokyo"}


@dataclass(frozen=True)
class Patience:
    """How long to wait for a page, in milliseconds.

    Attributes:
        start: for Python; it takes a second or two, and ten on a machine that has much to do.
        settling: until nothing changes any more.
        quiet: how long nothing changes then.
    """

    start: int = 60_000
    settling: int = 30_000
    quiet: int = 350


def capture(
    site: Path,
    routes: Collection[str],
    elsewhere: Mapping[str, Path],
    picture_of: str | None = None,
    patience: Patience = Patience(),
) -> dict[str, Capture]:
    """Open pages of a site, each twice.

    Args:
        site: the folder of the site.
        routes: of the pages; the empty one is that of an address without any.
        elsewhere: files by the address of a CDN that the site has them from.
        picture_of: the page to take a picture of, for links to it.
        patience: with each page; what takes longer is left out.

    Raises:
        ToolError: when there is no browser, or it does not start.
    """
    # Playwright's synchronous interface, which tests use, keeps a thread for itself.
    with ThreadPoolExecutor(1) as beside:
        try:
            visiting = _capture(site, routes, elsewhere, picture_of, patience)
            return beside.submit(asyncio.run, visiting).result()
        except engine_errors() as error:
            raise ToolError(f"the browser failed: {str(error).strip().splitlines()[0]}") from error


async def _capture(
    site: Path,
    routes: Collection[str],
    elsewhere: Mapping[str, Path],
    picture_of: str | None,
    patience: Patience,
) -> dict[str, Capture]:
    from playwright.async_api import async_playwright

    with answering(site_app(site)) as address:
        async with async_playwright() as playwright:
            browser = await _launch(playwright)
            try:
                empty = _empty_in((site / "index.html").read_text("utf-8"))
                visits = _Visits(browser, address, empty, elsewhere, picture_of, patience)
                captures = await asyncio.gather(*map(visits.capture, routes))
            finally:
                await browser.close()
    return dict(zip(routes, captures, strict=True))


async def _launch(playwright: Playwright) -> Browser:
    options = launch_options(playwright.chromium)  # type: ignore[arg-type]
    if options is None:
        raise ToolError("there is no Chromium: run `playwright install chromium`")
    return await playwright.chromium.launch(**options)


class _UnsettledError(Exception):
    """A page cannot be kept, for this reason."""


class _Visits:
    """Visits of one site, some at a time."""

    def __init__(
        self,
        browser: Browser,
        address: str,
        empty: list[str],
        elsewhere: Mapping[str, Path],
        picture_of: str | None,
        patience: Patience,
    ) -> None:
        self._browser = browser
        self._address = address
        self._empty = empty
        self._elsewhere = elsewhere
        self._picture_of = picture_of
        self._pictures: dict[str, bytes] = {}
        self._patience = patience
        self._script = _SCRIPT.read_text(encoding="utf-8")
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def capture(self, route: str) -> Capture:
        """Open a page as two visitors, the second one from another country."""
        async with self._turn:
            try:
                views = await self._visit(route, _SCHEMES, (WIDE, NARROW), {})
                (again,) = (await self._visit(route, _SCHEMES[:1], (WIDE,), _ELSEWHERE)).values()
            except _UnsettledError as reason:
                return Capture({}, str(reason))
        differs = difference(views[_SCHEMES[0], WIDE], again)
        return Capture(views, differs=differs, picture=self._pictures.get(route, b""))

    async def _visit(
        self,
        route: str,
        schemes: Collection[str],
        widths: Collection[int],
        visitor: Mapping[str, str],
    ) -> dict[tuple[str, int], View]:
        context = await self._browser.new_context(
            device_scale_factor=_DENSITY,
            # A page that moves by itself stands still, where it cares for those who want that.
            reduced_motion="reduce",
            service_workers="block",
            **visitor,  # type: ignore[arg-type]
        )
        try:
            await context.add_init_script(self._script)
            await self._answer_for_cdn(context)
            page = await context.new_page()
            views: dict[tuple[str, int], View] = {}
            for scheme in schemes:
                for width in widths:
                    await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                    await page.set_viewport_size({"width": width, "height": _HEIGHT})
                    if not views:
                        await self._start(page, route)
                    views[scheme, width] = await self._view(page)
                    if route == self._picture_of and route not in self._pictures:
                        self._pictures[route] = await _picture(page)
            return views
        finally:
            await context.close()

    async def _answer_for_cdn(self, context: BrowserContext) -> None:
        async def answer(asked: Route) -> None:
            headers = {"Access-Control-Allow-Origin": "*"}
            await asked.fulfill(path=self._elsewhere[asked.request.url], headers=headers)

        for address in self._elsewhere:
            await context.route(address, answer)

    async def _start(self, page: Page, route: str) -> None:
        address = f"{self._address}/{f'#/{quote(route)}' if route else ''}"
        # All the rest, which may take long on a machine that has much to do, is waited for there.
        await page.goto(address, wait_until="commit", timeout=self._patience.start)
        if reason := await page.evaluate(f"prerendering.started({self._patience.start})"):
            raise _UnsettledError(reason)

    async def _view(self, page: Page) -> View:
        quiet, longest = self._patience.quiet, self._patience.settling
        if reason := await page.evaluate(f"prerendering.settled({quiet}, {longest})"):
            raise _UnsettledError(reason)
        view = view_of(await page.evaluate("(empty) => prerendering.capture(empty)", self._empty))
        if view.main not in view.parts:
            raise _UnsettledError("its document has no <main> with an id that Python fills")
        return view


async def _picture(page: Page) -> bytes:
    """The first figure of a page, or, without one, how it begins, as PNG."""
    figure = await page.evaluate_handle("prerendering.firstFigure()")
    if element := figure.as_element():
        return await element.screenshot(scale="css")
    width, height = _PREVIEW
    clip: FloatRect = {"x": 0, "y": 0, "width": width, "height": height}
    return await page.screenshot(clip=clip, scale="css")


def _empty_in(document: str) -> list[str]:
    """The ids of elements of a document that have no others in them."""
    reader = _Empty()
    reader.feed(document)
    reader.close()
    return sorted(reader.empty)


class _Empty(HTMLParser):
    """Finds elements without others in them."""

    def __init__(self) -> None:
        super().__init__()
        self.empty: set[str] = set()
        # The element that is open, by its id, as long as it has none in it.
        self._last = ""

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self._last = dict(attrs).get("id") or ""

    def handle_endtag(self, tag: str) -> None:
        if self._last:
            self.empty.add(self._last)
        self._last = ""
