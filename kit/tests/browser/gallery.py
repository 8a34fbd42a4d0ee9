"""Steps of the gallery's own tests, for the tests of what its pages do beyond them."""

import importlib.util
from types import ModuleType

import pytest
from pages import PAGES

from baking import TEMPLATE

_TESTS = TEMPLATE / "_options" / "starter=gallery" / "tests" / "e2e" / "pages"


def steps(page: str) -> ModuleType:
    """Return the module with the gallery's own tests of a page.

    Raises:
        pytest.skip.Exception: the project that is tested has no such page.
    """
    if page not in [each.route for each in PAGES]:
        pytest.skip(f"the app has no page {page}", allow_module_level=True)
    spec = importlib.util.spec_from_file_location(f"gallery_{page}", _TESTS / f"test_{page}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
