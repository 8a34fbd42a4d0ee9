"""What unit tests share: how many examples a property is tried on, and the errors that would have
reached the visitor."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from pyscript import window

# The same few examples in every run. `pytest --hypothesis-profile=long` draws many others.
_ANY_MACHINE = settings(deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile("few", _ANY_MACHINE, max_examples=25, derandomize=True)
settings.register_profile("long", _ANY_MACHINE, max_examples=400)
settings.load_profile("few")


@pytest.fixture
def reported() -> Iterator[list[Any]]:
    """The details of every ``app:error`` that the test brings about."""
    details: list[Any] = []

    def note(event: Any) -> None:
        details.append(event.detail)

    window.addEventListener("app:error", note)
    yield details
    window.removeEventListener("app:error", note)
