"""Writes numbers as the visitor's language does, and reads what a visitor types.

    update(status, text=f"Mean: {written(mean, digits=4)}")
    mean = read("0,5")  # or "0.5", or a typographic minus

Text that is not a number raises ValueError, with words for the visitor.
"""

import math

from pyscript import window
from pyscript.ffi import to_js


def written(value: float, *, digits: int | None = None, decimals: int | None = None) -> str:
    """Return ``value`` in the visitor's locale, such as "1.234,5" in German.

    ``digits`` is how many significant digits there are at most, ``decimals`` how many stand behind
    the point, always; with neither, the locale's own custom holds. What is not finite is written
    as Python does.
    """
    if not math.isfinite(value):
        return str(value)
    options: dict[str, int | str] = {}
    if digits is not None:
        options["maximumSignificantDigits"] = digits
        if value and not 1e-4 <= abs(value) < 1e15:
            options["notation"] = "scientific"
    if decimals is not None:
        options["minimumFractionDigits"] = options["maximumFractionDigits"] = decimals
    return str(window.Intl.NumberFormat.new(to_js([]), to_js(options)).format(float(value)))


def read(text: str) -> float:
    """Read a finite number as visitors type it: with a decimal point or comma, and any minus.

    Raises ValueError that says what to type.
    """
    plain = text.strip().replace("\N{MINUS SIGN}", "-")
    # One comma and no point: a decimal comma, in languages that have one.
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        number = float(plain)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError("Type a number, such as 0.5 or -2." if plain else "Type a number.")
    return number
