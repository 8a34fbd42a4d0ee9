"""What unit tests of patterns share: the errors that would have reached the visitor."""

from collections.abc import Iterator
from typing import Any

import pytest
from pyscript import window


@pytest.fixture
def reported() -> Iterator[list[Any]]:
    """The details of every ``app:error`` that the test brings about."""
    details: list[Any] = []

    def note(event: Any) -> None:
        details.append(event.detail)

    window.addEventListener("app:error", note)
    yield details
    window.removeEventListener("app:error", note)
