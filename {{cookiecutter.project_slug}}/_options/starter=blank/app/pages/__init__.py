"""The table of pages: each line is one module beside this file, in the order of the navigation.

The first page is the one that an address without a route shows.
"""

from typing import NamedTuple


class Page(NamedTuple):
    """A module's name, which is its route, what the page is called in links, and the packages of
    the runtime that are loaded before it is imported.
    """

    route: str
    title: str
    summary: str
    packages: tuple[str, ...] = ()


PAGES = (Page("home", "Home", "The first page, waiting for yours."),)
