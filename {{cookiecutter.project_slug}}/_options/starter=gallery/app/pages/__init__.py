"""The table of pages: each line is one module beside this file, in the order of the navigation.

The first page is the one that an address without a route shows.
"""

from typing import NamedTuple


class Page(NamedTuple):
    """A module's name, which is its route, what the page is called in links and cards, and the
    packages of the runtime that are loaded before it is imported.
    """

    route: str
    title: str
    summary: str
    packages: tuple[str, ...] = ()


ARRAYS = ("numpy",)
FIGURES = ("matplotlib", "numpy")

PAGES = (
    Page("home", "Home", "What this app holds, and where to start."),
    Page("dom", "DOM", "Create, find, update and remove elements of the page from Python."),
    Page("events", "Events", "Call Python functions for clicks, forms, typing and keys."),
    Page("fetch", "Fetch", "Exchange JSON with a server, and say in words what went wrong."),
    Page("plot", "Plot", "Draw normal densities with numpy and matplotlib.", FIGURES),
    Page("plots", "Plots", "Redraw figures live, by a slider or a timer, on a canvas.", FIGURES),
    Page("javascript", "JS from Python", "Call what JavaScript has; convert values.", ARRAYS),
    Page("python", "Python from JS", "Call functions, read arrays, set variables.", ARRAYS),
    Page("packages", "Packages", "See what the app brings along; install more while it runs."),
    Page("repl", "REPL", "Type Python in an editor and run it, on the page or in a worker."),
    Page("worker", "Workers", "Compute beside the page, which stays free meanwhile.", FIGURES),
    Page("files", "Files", "Keep settings; open your own tables and pictures.", ARRAYS),
)
