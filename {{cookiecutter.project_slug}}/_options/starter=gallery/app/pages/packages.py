"""Shows patterns.packages and patterns.install: what the runtime has, what can be installed, and
what can go wrong.
"""

import importlib
import inspect
from collections.abc import Awaitable, Callable, Iterable

from patterns.dom import Element, element, field, find_all, update
from patterns.events import Handlers
from patterns.install import install, install_wheel, installed_packages
from patterns.packages import (
    PackageError,
    canonical_name,
    load_packages,
    loaded_names,
    runtime_packages,
)

WHEEL = "./data/example_rounding-1.0-py3-none-any.whl"

# Wheels, good and bad. The last host cannot exist (RFC 6761).
WHEELS = {
    "Beside this page: pure Python": WHEEL,
    "Compiled for another system": "./data/example_rounding-1.0-cp313-cp313-win_amd64.whl",
    "Missing: no such file": "./data/missing-1.0-py3-none-any.whl",
    "Unreachable: no such host": "https://unreachable.invalid/example-1.0-py3-none-any.whl",
}


def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page."""
    inventory = Inventory(handlers)
    root.append(
        element("h1", "Packages"),
        element(
            "p",
            "The packages of this app come with it, each at the version that its lock names. More "
            "can be installed while it runs.",
            class_="lead",
        ),
        load_example(handlers, inventory),
        wheel_example(handlers, inventory),
        name_example(handlers, inventory),
        for_good(),
    )


class Inventory:
    """The table of packages: the runtime's, and what was installed beside them."""

    def __init__(self, handlers: Handlers) -> None:
        self._rows = element("tbody")
        self._count = element("p", class_="inventory-count", role="status")
        self._filter = element("input", id="inventory-filter", type="search", autocomplete="off")
        head = element(
            "tr", [element("th", name, scope="col") for name in ("Package", "Version", "State")]
        )
        table = element("table", element("thead", head), self._rows)
        self.block = element(
            "div",
            field("Show names with", self._filter),
            self._count,
            element(
                "div",
                table,
                class_="scroll inventory",
                tabindex=0,
                role="region",
                aria_label="Packages",
            ),
        )
        handlers.on(self._filter, "input", self.show)
        self.show()

    def show(self) -> None:
        """Write the table again, as things are now."""
        term = str(self._filter.value).strip().lower()
        loaded = loaded_names()
        known = [*runtime_packages().values(), *installed_packages()]
        fitting = [package for package in known if term in package.name.lower()]
        update(self._rows, text="")
        self._rows.append(
            *(
                row(package.name, package.version, state(package.name, package.source, loaded))
                for package in fitting
            )
        )
        words = f"{len(known)} packages, {len(loaded)} of them loaded."
        update(self._count, text=f"{words} {len(fitting)} shown." if term else words)


def row(*cells: str) -> Element:
    """Return a row of the table, named by its first cell."""
    first, *others = cells
    return element(
        "tr", element("th", first, scope="row"), [element("td", cell) for cell in others]
    )


def state(name: str, source: str, loaded: Iterable[str]) -> str:
    """Say what became of a package so far."""
    if source != "runtime":
        return "installed"
    return "loaded" if canonical_name(name) in loaded else "not loaded"


def load_example(handlers: Handlers, inventory: Inventory) -> Element:
    """Return the table, and a form that loads one of its packages."""
    names = [element("option", value=package.name) for package in runtime_packages().values()]
    form = element(
        "form",
        field(
            "Package of the runtime",
            element("input", id="load-name", name="name", required=True, autocomplete="off"),
        ),
        element("datalist", names, id="load-names"),
        element("button", "Load", class_="primary"),
        class_="row",
    )
    update(find_all("input", form)[0], list="load-names")
    attempt = Attempt("load", handlers, inventory)

    async def load(name: str) -> list[str]:
        return await load_packages(name, on_progress=attempt.tell)

    handlers.on_submit(form, lambda values: attempt.start(load, values["name"].strip()))
    return element(
        "section",
        element("h2", "What the runtime has"),
        inventory.block,
        form,
        attempt.block,
        class_="example",
    )


def wheel_example(handlers: Handlers, inventory: Inventory) -> Element:
    """Return a form that installs a wheel from its address, and uses it."""
    options = [element("option", name, value=url) for name, url in WHEELS.items()]
    form = element(
        "form",
        field("Wheel", element("select", options, id="wheel", name="url")),
        element("button", "Install the wheel", class_="primary"),
        class_="row",
    )
    proof = element("div", id="wheel-proof")
    attempt = Attempt("wheel", handlers, inventory)

    async def install_and_use(url: str) -> list[str]:
        new = await install_wheel(url)
        update(proof, text="")
        proof.append(*use_of_wheel())
        return new

    handlers.on_submit(form, lambda values: attempt.start(install_and_use, values["url"]))
    return element(
        "section",
        element("h2", "A wheel from a file"),
        element(
            "p",
            "A wheel beside the page needs no package index, so it also works offline. This one "
            "is made from ",
            element("code", "wheels/example-rounding"),
            " by ",
            element("code", "pip wheel"),
            ".",
        ),
        form,
        attempt.block,
        proof,
        class_="example",
    )


def use_of_wheel() -> list[Element]:
    """Return a call of what the wheel holds, and its source."""
    example_rounding = importlib.import_module("example_rounding")
    rounded = example_rounding.round_to_error(1.23456, 0.0789)
    source = element("pre", inspect.getsource(example_rounding), class_="scroll", tabindex=0)
    update(source, role="region", aria_label="Source of example_rounding")
    return [
        element("p", element("code", "round_to_error(1.23456, 0.0789)"), f" returns {rounded}."),
        source,
    ]


def name_example(handlers: Handlers, inventory: Inventory) -> Element:
    """Return a form that installs a package from the package index."""
    form = element(
        "form",
        field(
            "Package of the index",
            element("input", id="index-name", name="name", required=True, autocomplete="off"),
        ),
        element("button", "Install by name", class_="primary"),
        class_="row",
    )
    attempt = Attempt("index", handlers, inventory)
    handlers.on_submit(form, lambda values: attempt.start(install, values["name"].strip()))
    return element(
        "section",
        element("h2", "A package by name"),
        element(
            "p",
            "Where there is a network, micropip finds a package in the Python package index, if "
            "it has a wheel of pure Python, or one that was made for this Pyodide. What "
            "it needs is installed too; the version is whatever is newest on that day.",
        ),
        form,
        attempt.block,
        class_="example",
    )


class Attempt:
    """One installation at a time, with what became of it."""

    def __init__(self, name: str, handlers: Handlers, inventory: Inventory) -> None:
        self._handlers = handlers
        self._inventory = inventory
        self._busy = False
        self._message = element("p", "Nothing asked for yet.", id=f"{name}-message", role="status")
        self.block = element("div", self._message)

    def start(self, load: Callable[[str], Awaitable[list[str]]], name: str) -> None:
        """Load or install something by ``name``, unless something is on its way already."""
        if not self._busy:
            self._busy = True
            self.tell(f"Looking for {name} ...")
            self._handlers.start(self._finish(load, name))

    def tell(self, words: str) -> None:
        """Show how it goes on."""
        update(self._message, text=words, class_=None)

    async def _finish(self, load: Callable[[str], Awaitable[list[str]]], name: str) -> None:
        try:
            new = await load(name)
        except PackageError as error:
            update(self._message, text=f"{type(error).__name__}: {error}", class_="bad")
        else:
            self.tell(f"New: {', '.join(new)}." if new else f"{name} was there already.")
        finally:
            self._busy = False
        self._inventory.show()


def for_good() -> Element:
    """Return how an author adds a package to the app itself."""
    steps = (
        ("Keep ", "pyscript dev", " running, which fetches it once, for all visitors."),
        ("Write ", "import", " in the page that needs it; it is locked by every file's hash."),
        ("Where Pyodide does not have it, run ", "pyscript add", " and its name first."),
    )
    return element(
        "section",
        element("h2", "A package for good"),
        element(
            "p",
            "A package installed here is gone when the page is reloaded, and you cannot choose "
            "its version. The packages that your app needs belong in its lock:",
        ),
        element("ol", [element("li", a, element("code", b), c) for a, b, c in steps]),
        class_="example",
    )
