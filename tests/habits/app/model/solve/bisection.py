"""Bisection."""

import numpy as np

from ..units import SECOND


def root_of(share: float) -> float:
    """Return after how many seconds exp(-t) is ``share``, a number between 0 and 1."""
    low, high = 0.0, 100.0 * SECOND
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if np.exp(-middle) > share else (low, middle)
    return low
