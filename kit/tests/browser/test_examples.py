"""The examples of the guide to patterns, opened and used as a visitor would."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

import examples
from pyscript_kit.testing import App
from pyscript_kit.testing.checks import names_itself
from pyscript_kit.testing.fixtures import close, has_failed

FILES = examples.examples()
ROUTES = examples.routes(FILES)


@pytest.fixture(scope="module")
def booted(launch: Callable[[], App], pytestconfig: pytest.Config) -> App:
    if pytestconfig.getoption("--starter") == "blank":
        pytest.skip("a blank app does not have the patterns of the examples")
    app = launch()
    app.serve(examples.TABLE, examples.table_of(ROUTES))
    for path, text in FILES.items():
        app.serve(path, text)
    app.boot()
    return app


@pytest.fixture
def guide(booted: App, request: pytest.FixtureRequest, output_path: str) -> Iterator[App]:
    """The app, with the examples for its pages."""
    yield booted
    close(booted, output_path, failed=has_failed(request))


@pytest.mark.parametrize("route", ROUTES)
def test_an_example_does_what_the_guide_says(guide: App, route: str) -> None:
    names_itself(guide, SimpleNamespace(route=route, title=route.title()))

    examples.use(route, guide.page)
