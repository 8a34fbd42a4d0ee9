"""The computation of the page "Workers", called as it is there."""

import numpy as np
import pytest

from patterns.plot import Theme
from workers.bifurcation import GROWTH, picture, visits

THEME = Theme("#1c2430", "#ffffff", "#ddd8cb", ("#0f5c6e", "#c2570c"))


def test_every_iteration_visits_every_column_once() -> None:
    counts = visits(250, columns=31, rows=40)

    assert counts.shape == (40, 31)
    assert (counts.sum(axis=0) == 250).all()


@pytest.mark.parametrize(
    ("growth", "places"),
    [
        # A fixed point at 1 - 1/r; two points at ((r + 1) ± root((r - 3)(r + 1))) / 2 r.
        (2.8, [0.6428571]),
        (3.2, [0.5130445, 0.7994555]),
    ],
)
def test_orbits_come_to_the_places_known_for_them(growth: float, places: list[float]) -> None:
    rows = 1000
    counts = visits(64, columns=121, rows=rows)
    column = round((growth - GROWTH[0]) / (GROWTH[1] - GROWTH[0]) * 120)

    found = (np.flatnonzero(counts[:, column]) + 0.5) / rows

    assert found == pytest.approx(places, abs=1 / rows)


def test_progress_rises_to_the_whole() -> None:
    shares: list[float] = []

    visits(1000, columns=5, rows=5, progress=shares.append)

    assert shares == sorted(shares)
    assert len(shares) > 5
    assert shares[-1] == 1


def test_no_iterations_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one iteration, not 0"):
        visits(0)


def test_the_picture_has_the_size_asked_for() -> None:
    content, alternative = picture(visits(50, columns=40, rows=30), THEME, width=300, scale=2)

    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(content[16:20], "big") == 600
    assert "logistic map" in alternative
