"""Fetches the style sheets of pages, and applies that of one page at a time.

A sheet applies from the moment its page is shown, so that nobody sees the page without it, or
another page with it. Once fetched, it stays in the document for the next time.

    await load_style("plot", "./pages/plot.css")
    use_style("plot")
    ...
    use_style("")  # that of no page
"""

import asyncio
from typing import Any

from pyscript import document

from patterns.dom import Element, element, find_all, remove, update
from patterns.events import Handlers
from patterns.fetch import FetchError, FetchTimeoutError, get_text


class StyleError(FetchError):
    """``url`` did not answer with a style sheet, or it imports one that did not arrive."""

    def __init__(self, url: str) -> None:
        super().__init__(url, f"{url} is not a style sheet, or imports one that did not arrive.")


async def load_style(page: str, url: str, *, timeout: float = 30) -> None:
    """Fetch the style sheet of a page, for `use_style`, unless it is there already.

    Gives up after ``timeout`` seconds. Raises a FetchError.
    """
    if any(sheet.getAttribute("data-page") == page for sheet in _sheets()):
        return
    # For print, a browser fetches it and shows nothing of it.
    link = element("link", rel="stylesheet", media="print", href=url)
    listening = Handlers()
    heard = asyncio.get_running_loop().create_future()

    def settle(event: Any) -> None:
        if not heard.done():
            heard.set_result(str(event.type))

    for event in ("load", "error"):
        listening.on(link, event, settle)
    document.head.append(link._dom_element)
    came = False
    try:
        came = await asyncio.wait_for(heard, timeout) == "load"
    except TimeoutError as error:
        raise FetchTimeoutError(url, timeout) from error
    finally:
        listening.close()
        if not came:
            remove(link)
    if not came:
        # Browsers do not say why. Requested as text, a missing sheet gives the reason itself.
        await get_text(url, timeout=timeout)
        raise StyleError(url)
    update(link, data_page=page)


def use_style(page: str) -> None:
    """Apply the style sheet of a page, if it has one, and disable those of all others."""
    for sheet in _sheets():
        update(sheet, media=None if sheet.getAttribute("data-page") == page else "not all")


def _sheets() -> list[Element]:
    """Return what holds style sheets of pages: links that are loaded, or what is in the document
    where it is all of the app."""
    return find_all(":is(link, style)[data-page]")
