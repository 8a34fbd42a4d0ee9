"""Tests of an app: a pytest plugin with the app in a real browser, doubles of what only a browser
has, and checks that every page has to pass."""

import pytest

# Before they are imported: their assertions say what they compared.
pytest.register_assert_rewrite(
    *(f"{__name__}.{module}" for module in ("checks", "driver", "fixtures", "sourcechecks"))
)

from pyscript_kit.testing import checks  # noqa: E402
from pyscript_kit.testing.driver import App, Held  # noqa: E402

__all__ = ["App", "Held", "checks"]
