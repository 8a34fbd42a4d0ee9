"""The pytest plugin of a project's tests. Its pyproject.toml asks for it:

    [tool.pytest.ini_options]
    addopts = "-p pyscript_kit.testing.plugin"

It lets tests import what is in `app/`, puts doubles in place of the modules that only a
browser has, and brings the fixtures that open the app in one (pyscript_kit.testing.fixtures).
"""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pyscript_kit.errors import ToolError
from pyscript_kit.project.settings import find_root

# The commands come in a package called `pyscript`, too: the doubles have to come first, and
# before anything has imported the other.
_DOUBLES = str(Path(__file__).with_name("doubles"))
if _DOUBLES not in sys.path:
    sys.path.insert(0, _DOUBLES)

ROOT_KEY = pytest.StashKey[Path | None]()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Let the project's own conftest.py import what is in `app/`, too."""
    root = _find_project(early_config)
    early_config.stash[ROOT_KEY] = root
    if root is not None:
        sys.path.insert(sys.path.index(_DOUBLES) + 1, str(root / "app"))


def _find_project(config: pytest.Config) -> Path | None:
    for start in (config.rootpath, config.invocation_params.dir):
        try:
            return find_root(start)
        except ToolError:
            continue
    return None


def pytest_configure(config: pytest.Config) -> None:
    """Add the fixtures, after those of pytest-playwright: of two of one name, the later counts."""
    from pyscript_kit.testing import fixtures

    config.pluginmanager.register(fixtures, fixtures.__name__)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put unit tests first: they take seconds."""
    items.sort(key=_in_browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Let fixtures of unit tests run coroutines after a test in a browser, too."""
    with _own_loop(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Let a unit test run coroutines after a test in a browser, as happens in several processes."""
    with _own_loop(item):
        return (yield)


@contextmanager
def _own_loop(item: pytest.Item) -> Iterator[None]:
    # Playwright's synchronous API leaves its event loop running in the thread, from its first test
    # to the last.
    loop = None if _in_browser(item) else asyncio._get_running_loop()
    if loop:
        asyncio._set_running_loop(None)
    try:
        yield
    finally:
        if loop:
            asyncio._set_running_loop(loop)


def _in_browser(item: pytest.Item) -> bool:
    if not isinstance(item, pytest.Function):
        return False
    # One that asks for fixtures as it goes on may ask for a browser.
    asks_later = "request" in inspect.signature(item.function).parameters
    return asks_later or "playwright" in item.fixturenames
