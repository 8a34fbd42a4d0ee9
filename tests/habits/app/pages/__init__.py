"""The table of pages: one, with a name of its own, which needs a package from the start."""

from typing import NamedTuple


class Page(NamedTuple):
    """What the app knows of a page before it is opened."""

    route: str
    title: str
    summary: str
    packages: tuple[str, ...] = ()
    styled: bool = False


PAGES = (Page("größen", "Größen", "Cools in a worker, plots here.", packages=("numpy",)),)
