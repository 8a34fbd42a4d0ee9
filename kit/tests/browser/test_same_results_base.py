"""Python computes the same, whether it was booted plainly or from the snapshot without packages."""

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
    modules,
    outcomes,
    visit,
)
from manifests import fetched
from pyscript_kit.testing import App

pytestmark = pytest.mark.usefixtures("snapshots")
FIRST = PAGES[0].route

Tab = Callable[..., App]


@pytest.fixture(scope="module")
def tab(browser: Browser, origin: str, cdn: dict[str, Path]) -> Iterator[Tab]:
    """A function that boots the app in a tab of its own."""
    apps: list[App] = []

    def new_tab(*, plainly: bool = False) -> App:
        app = visit(browser, origin, cdn)
        apps.append(app)
        boot(app, FIRST, plainly=plainly)
        return app

    yield new_tab
    for app in apps:
        app.context.close()


@pytest.fixture(scope="module")
def plain(tab: Tab) -> App:
    """The app, booted plainly."""
    return tab(plainly=True)


@pytest.fixture(scope="module")
def snapshot(tab: Tab) -> App:
    """The app, booted from the base snapshot."""
    return tab()


def test_each_tab_was_booted_its_own_way(plain: App, snapshot: App) -> None:
    assert booted_from(plain) == "off"
    assert plain.said_by_loader() == ["info: preboot: off. Booting plainly."]
    assert "python_stdlib.zip" in [address.split("/")[-1] for address in fetched(plain)]
    assert booted_from(snapshot) == "base"


def test_what_a_plain_boot_has_imported_is_imported(plain: App, snapshot: App) -> None:
    assert not modules(plain) - modules(snapshot)


def test_what_nobody_seeded_differs_between_visits(tab: Tab, snapshot: App) -> None:
    first, second = (call(app, "chance", "drawn") for app in (snapshot, tab()))
    assert first.keys() == second.keys()
    assert not [name for name in first if first[name] == second[name]]


# First what is imported late, while nothing else has imported it.
@pytest.mark.parametrize("module", ["late", *STANDARD_LIBRARY])
def test_outcomes_are_the_same(plain: App, snapshot: App, module: str) -> None:
    assert_same(outcomes(plain, module), outcomes(snapshot, module))
