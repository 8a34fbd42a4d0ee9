"""The page that shows what the runtime has, and installs more."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Route, expect
from pyscript_kit.testing import App

ROOT = Path(__file__).parents[3]
WHEEL = ROOT / "app" / "data" / "example_rounding-1.0-py3-none-any.whl"

# How a package index answers (PEP 691).
INDEX_TYPE = "application/vnd.pypi.simple.v1+json"
OPEN = {"access-control-allow-origin": "*"}


def locked() -> dict[str, dict[str, str]]:
    """The packages of the lock, by name."""
    lock = json.loads((ROOT / "runtime.lock.json").read_text(encoding="utf-8"))
    packages: dict[str, dict[str, str]] = lock["packages"]
    return packages


@pytest.fixture
def packages(app: App) -> App:
    app.open("packages")
    return app


@pytest.fixture(scope="module")
def booted(launch: Callable[..., App]) -> App:
    app = launch()
    app.boot("packages")
    return app


@pytest.fixture
def bare(booted: App, lend: Callable[[App], App]) -> App:
    """The page in an app of its own, where nothing has loaded a package but the tests here."""
    return lend(booted)


def row(app: App, name: str) -> Locator:
    header = app.page.get_by_role("rowheader", name=name, exact=True)
    return app.page.get_by_role("row").filter(has=header)


def load(app: App, name: str) -> Locator:
    app.page.get_by_label("Package of the runtime").fill(name)
    app.page.get_by_role("button", name="Load", exact=True).click()
    return app.page.locator("#load-message")


def install_wheel(app: App, option: str) -> Locator:
    app.page.get_by_label("Wheel", exact=True).select_option(label=option)
    app.page.get_by_role("button", name="Install the wheel").click()
    return app.page.locator("#wheel-message")


def install(app: App, name: str) -> Locator:
    app.page.get_by_label("Package of the index").fill(name)
    app.page.get_by_role("button", name="Install by name").click()
    return app.page.locator("#index-message")


def answer_outside(app: App, answer: Callable[[Route], None]) -> None:
    """Play the net beyond the app's own origin, and beyond where its runtime comes from."""
    own = (app.origin, "https://cdn.jsdelivr.net/")
    app.page.route(lambda url: not url.startswith(own), answer)


def project(name: str, *file_names: str) -> str:
    """What an index says of a package with these files."""
    files = [
        {"filename": file, "url": f"https://files.invalid/{file}", "hashes": {}}
        for file in file_names
    ]
    return json.dumps({"name": name, "files": files, "versions": ["1.0"], "meta": {}})


def test_the_runtimes_packages_are_listed_with_the_locked_versions(packages: App) -> None:
    for package in locked().values():
        cells = packages.page.get_by_role("cell", name=package["version"], exact=True)
        expect(cells.first).to_be_attached()
    expect(row(packages, "numpy")).to_contain_text(locked()["numpy"]["version"])


def test_the_list_is_filtered_by_name(packages: App) -> None:
    packages.page.get_by_label("Show names with").fill("nump")
    expect(row(packages, "numpy")).to_be_visible()
    expect(row(packages, "matplotlib")).to_have_count(0)


def test_a_package_of_the_runtime_is_loaded_with_what_it_needs(bare: App) -> None:
    expect(row(bare, "python-dateutil")).to_contain_text("not loaded")

    message = load(bare, "python_dateutil")

    expect(message).to_have_text("New: python-dateutil, six.")
    six = locked()["six"]["version"]
    expect(row(bare, "six")).to_have_text(f"six{six}loaded")
    expect(load(bare, "six")).to_have_text("six was there already.")
    assert bare.python("import dateutil.parser as p; p.parse('2 May 2025').month") == 5


def test_an_unknown_name_is_said_to_be_unknown(packages: App) -> None:
    expect(load(packages, "no-such-package")).to_have_text(
        "UnknownPackageError: The runtime of this app has no package 'no-such-package': "
        "add it to `packages_on_demand` in app/pyscript.toml, then run `pyscript lock`."
    )


def test_a_wheel_beside_the_page_is_installed_and_used(packages: App) -> None:
    message = install_wheel(packages, "Beside this page: pure Python")

    expect(message).to_have_text("New: example-rounding.")
    proof = packages.page.locator("#wheel-proof")
    expect(proof).to_contain_text("returns 1.235 \N{PLUS-MINUS SIGN} 0.079.")
    source = packages.page.get_by_role("region", name="Source of example_rounding")
    expect(source).to_contain_text("def round_to_error(value: float, error: float) -> str:")
    expect(row(packages, "example-rounding")).to_contain_text("installed")

    again = install_wheel(packages, "Beside this page: pure Python")
    expect(again).to_have_text("./data/example_rounding-1.0-py3-none-any.whl was there already.")


def test_a_package_of_the_index_is_installed_by_name(bare: App) -> None:
    def answer(route: Route) -> None:
        if route.request.url.endswith(".whl"):
            route.fulfill(path=WHEEL, headers=OPEN)
        else:
            body = project("example-rounding", WHEEL.name)
            route.fulfill(body=body, content_type=INDEX_TYPE, headers=OPEN)

    answer_outside(bare, answer)

    message = install(bare, "example-rounding")

    expect(message).to_have_text("New: example-rounding.")
    expect(row(bare, "example-rounding")).to_contain_text("1.0installed")


def test_what_is_no_name_is_refused(packages: App) -> None:
    expect(install(packages, "not a name")).to_have_text(
        "UnknownPackageError: 'not a name' is not the name of a package."
    )


def test_the_page_says_how_to_add_a_package_for_good(packages: App) -> None:
    steps = packages.page.locator("ol > li")
    words = ["pyscript dev", "import", "pyscript add"]
    expect(steps).to_contain_text(words)
