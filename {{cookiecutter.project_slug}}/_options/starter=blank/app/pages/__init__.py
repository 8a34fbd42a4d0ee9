"""The table of pages: each line is one module beside this file, in the order of the navigation.

The first page is the one that an address without a route shows.
"""

from typing import NamedTuple


class Page(NamedTuple):
    """What the app knows of a page before it is opened.

    ``route`` is the name of its module, ``title`` what it is called in links. The packages of
    the runtime that a page imports are loaded before it; ``packages`` names others. A page that is
    ``styled`` has a style sheet beside it, <route>.css, which holds as long as the page is shown.
    A built site shows it before Python is there, as it was then, unless ``prerender`` is False.
    """

    route: str
    title: str
    summary: str
    packages: tuple[str, ...] = ()
    styled: bool = False
    prerender: bool = True


PAGES: list[Page] = [
    Page("home", "Home", "The first page, waiting for yours."),
]
