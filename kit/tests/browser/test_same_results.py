"""Python and its packages compute the same on a plain boot and on a boot from a snapshot.

A snapshot with packages is what the page of figures boots from; who comes to it from another page
has them loaded into a boot from the base snapshot.
"""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pages import PAGES
from playwright.sync_api import Browser

from comparison import (
    STANDARD_LIBRARY,
    assert_same,
    boot,
    booted_from,
    call,
    differences,
    modules,
    outcomes,
    run,
    visit,
)
from needing import packages_of
from pyscript_kit.testing import App

FIGURES = next((page.route for page in PAGES if "matplotlib" in packages_of(page)), "")
pytestmark = [
    pytest.mark.usefixtures("snapshots"),
    pytest.mark.skipif(not FIGURES, reason="no page needs matplotlib"),
]

LOADED = "import json, pyodide_js; json.dumps([*pyodide_js.loadedPackages.to_py()])"
LOAD = """import json, pyodide_js
from pyodide.ffi import to_js

await pyodide_js.loadPackage(to_js(json.loads(argument)))
"""
OF_PACKAGES = ("extensions", "arrays", "arraykinds", "algebra", "images")

Tab = Callable[..., App]


@pytest.fixture(scope="module")
def tab(browser: Browser, origin: str, cdn: dict[str, Path]) -> Iterator[Tab]:
    """A function that boots the app in a tab of its own and opens the page of figures."""
    apps: list[App] = []

    def new_tab(*, route: str = FIGURES, plainly: bool = False) -> App:
        app = visit(browser, origin, cdn)
        apps.append(app)
        boot(app, route, plainly=plainly)
        app.follow(FIGURES)
        return app

    yield new_tab
    for app in apps:
        app.context.close()


@pytest.fixture(scope="module")
def plain(tab: Tab, snapshot: App) -> App:
    """The app, booted plainly, with the packages that the snapshot has."""
    app = tab(plainly=True)
    run(app, LOAD, run(snapshot, LOADED))
    return app


@pytest.fixture(scope="module")
def snapshot(tab: Tab) -> App:
    """The app, booted from the snapshot with packages."""
    return tab()


@pytest.fixture(scope="module")
def second_visit(tab: Tab) -> App:
    """The app, booted from the snapshot with packages once more."""
    return tab()


@pytest.fixture(scope="module")
def told(plain: App) -> Callable[[str], dict[str, str]]:
    """A function that returns a module's outcomes on the plain boot, once collected."""
    known: dict[str, dict[str, str]] = {}

    def tell(module: str) -> dict[str, str]:
        if module not in known:
            known[module] = outcomes(plain, module)
        return known[module]

    return tell


Told = Callable[[str], dict[str, str]]


def test_each_tab_was_booted_its_own_way(plain: App, snapshot: App) -> None:
    assert booted_from(plain) == "off"
    assert booted_from(snapshot) == "packages"


def test_what_a_plain_boot_has_imported_is_imported(plain: App, snapshot: App) -> None:
    assert not modules(plain) - modules(snapshot)


@pytest.mark.parametrize("module", ["chance", "algebra"])
def test_what_nobody_seeded_differs_between_visits(
    snapshot: App, second_visit: App, module: str
) -> None:
    first, second = (call(app, module, "drawn") for app in (snapshot, second_visit))
    assert first.keys() == second.keys()
    assert not [name for name in first if first[name] == second[name]]


# What neither packages nor memory change is compared with the base snapshot, beside.
FAR_OFF = {"numbers", "texts", "stored", "dates", "tasks", "tracebacks"}


@pytest.mark.parametrize(
    "module",
    [
        pytest.param(module, marks=pytest.mark.long if module in FAR_OFF else ())
        for module in (*STANDARD_LIBRARY, *OF_PACKAGES)
    ],
)
def test_outcomes_are_the_same(told: Told, snapshot: App, module: str) -> None:
    assert_same(told(module), outcomes(snapshot, module))


def test_figures_are_the_same_pixel_for_pixel(
    told: Told, plain: App, snapshot: App, output_path: str
) -> None:
    expected, found = told("figures"), outcomes(snapshot, "figures")
    keep_pictures(differences(expected, found), Path(output_path), plain=plain, snapshot=snapshot)
    assert_same(expected, found)


def test_packages_loaded_after_a_base_boot_give_the_same(
    told: Told, tab: Tab, snapshot: App
) -> None:
    app = tab(route=PAGES[0].route)
    assert booted_from(app) == "base"
    run(app, LOAD, run(snapshot, LOADED))
    for module in ("extensions", "arrays", "figures"):
        assert_same(told(module), outcomes(app, module))


def keep_pictures(names: list[str], folder: Path, **apps: App) -> None:
    """Write the drawings of those names as each of the apps draws them, for a person to look at."""
    for boot_name, app in apps.items():
        drawings = run(app, "from outcomes import figures; [*figures.DRAWINGS]")
        for name in set(names) & set(drawings):
            folder.mkdir(parents=True, exist_ok=True)
            content = run(app, "from outcomes import figures; figures.png(argument)", name)
            (folder / f"{name} {boot_name}.png").write_bytes(base64.b64decode(content))
