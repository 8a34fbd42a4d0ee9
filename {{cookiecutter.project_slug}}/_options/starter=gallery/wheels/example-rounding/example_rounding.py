"""Rounds measured values: no more digits than the error allows."""

from decimal import ROUND_HALF_EVEN, Decimal


def round_to_error(value: float, error: float) -> str:
    """Return a value and its standard error as text, such as "1.235 ± 0.079".

    The error keeps two significant digits, and the value the same decimal places. Raises
    ValueError unless the error is greater than 0. Source: JCGM 100:2008 (GUM), 7.2.6.
    """
    if not error > 0:
        raise ValueError(f"The error must be greater than 0, not {error:g}.")
    place = Decimal(repr(error)).adjusted() - 1
    unit = Decimal(1).scaleb(min(place, 0))
    rounded = [Decimal(repr(number)).quantize(unit, ROUND_HALF_EVEN) for number in (value, error)]
    return "{:f} \N{PLUS-MINUS SIGN} {:f}".format(*rounded)
