"""The table of pages: each line is one module beside this file, in the order of the navigation.

The first page is the one that an address without a route shows.
"""

from typing import NamedTuple


class Page(NamedTuple):
    """What the app knows of a page before it is opened.

    ``route`` is the name of its module, ``title`` what it is called in links and cards. The
    packages of the runtime that a page imports are loaded before it; ``packages`` names others. A
    page that is ``styled`` has a style sheet beside it, <route>.css, which holds as long as the
    page is shown.
    A built site shows it before Python is there, as it was then, unless ``prerender`` is False.
    """

    route: str
    title: str
    summary: str
    packages: tuple[str, ...] = ()
    styled: bool = False
    prerender: bool = True


PAGES: list[Page] = [
    Page("home", "Home", "The pages of this app, and where to start.", styled=True),
    Page("dom", "DOM", "Create, find, update and remove elements from Python.", styled=True),
    Page("events", "Events", "Call Python for clicks, forms, typing and keys.", styled=True),
    Page("fetch", "Fetch", "Exchange JSON with a server, and show what went wrong."),
    Page("decay", "Decay", "Have sliders drive a figure."),
    Page("plot", "Plot", "Draw normal densities with numpy and matplotlib."),
    Page("plots", "Plots", "Redraw figures live, by a slider or a timer.", styled=True),
    Page("script", "Scripts", "Ask, print, wait and plot, as in a terminal.", styled=True),
    Page("javascript", "JS from Python", "Call JavaScript; convert values.", styled=True),
    Page("python", "Python from JS", "Call functions, read arrays, set variables."),
    Page("packages", "Packages", "See what the app brings along; install more.", styled=True),
    Page("repl", "REPL", "Type Python and run it, on the page or in a worker.", styled=True),
    Page("worker", "Workers", "Compute in a worker, while the page stays responsive.", styled=True),
    Page("files", "Files", "Keep settings; open tables and pictures.", styled=True),
    Page("pyscript", "PyScript", "Use PyScript's own @when and display."),
    Page("camera", "Camera", "Take a picture, as an array.", styled=True),
    Page("folder", "Folder", "Read and write a folder of your machine."),
    Page("socket", "WebSocket", "Keep a line open to a server."),
]
