"""Newton's law of cooling, for a worker."""

from pathlib import Path

import numpy as np

from model.units import SECOND
from shared.names import AROUND

from ..constants import START


def temperatures(count: int) -> list[float]:
    """Return ``count`` temperatures in °C, a second apart, from the start on."""
    rate = float(Path("constants/rate.txt").read_text(encoding="utf-8"))
    times = SECOND * np.arange(count)
    return [float(each) for each in AROUND + (START - AROUND) * np.exp(-rate * times)]
