"""A pytest plugin: a browser that compiles WebAssembly a second time, for speed, only where it runs
for long. Else that takes a fifth of the processor's time of a start, and most tests are over before
it is done."""

from typing import Any

import pytest

# A function has a budget of 13 million otherwise.
OPTION = "--js-flags=--wasm-tiering-budget=200000000"


class Frugal:
    """Its fixture."""

    @pytest.fixture(scope="session")
    def browser_type_launch_args(self, browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
        """As the plugin before this one has them, with one more."""
        return {
            **browser_type_launch_args,
            "args": [*browser_type_launch_args.get("args", []), OPTION],
        }


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Come after the kit's plugin, which adds its own fixtures here."""
    config.pluginmanager.register(Frugal(), "frugal browser")
