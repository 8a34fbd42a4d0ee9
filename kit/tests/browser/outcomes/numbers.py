# mypy: ignore-errors
"""Numbers of the standard library: exact ones, floats to the last bit, and what is refused."""

import cmath
import decimal
import fractions
import math
import operator
import statistics
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from outcomes import Cases, attempt, refusal

FLOATS = (0.0, -0.0, 1.0, -1.5, 0.1, 1e-308, 5e-324, 1.7e308, math.pi, math.inf, math.nan)
DECIMALS = tuple(map(Decimal, ("0", "-0", "1", "2.50", "-7.3e-12", "1e999", "NaN", "Infinity")))
PAIRS = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")
OF_ONE = ("sqrt", "exp", "expm1", "log", "log1p", "log2", "sin", "tan", "atan", "sinh", "asinh")
OF_ONE += ("erf", "erfc", "gamma", "lgamma", "cbrt", "frexp", "modf", "ulp", "floor", "degrees")


def cases() -> Cases:
    """Yield what numbers give."""
    for name in OF_ONE:
        yield f"math.{name}", lambda name=name: _each(getattr(math, name), FLOATS)
    for name in ("sqrt", "exp", "log", "asin", "atanh", "polar", "phase"):
        grid = [complex(x, y) for x in FLOATS[:7] for y in FLOATS[:7]]
        yield f"cmath.{name}", lambda name=name, grid=grid: _each(getattr(cmath, name), grid)
    for name in PAIRS:
        yield f"floats, {name}", lambda name=name: _pairs(name, FLOATS)
        yield f"decimals, {name}", lambda name=name: _pairs(name, DECIMALS)
        yield (
            f"fractions, {name}",
            lambda name=name: _pairs(name, (Fraction(1, 3), Fraction(-7, 2), Fraction(0))),
        )
        yield f"integers, {name}", lambda name=name: _pairs(name, (0, 1, -7, 2**200 + 1, True))

    for name in ("sqrt", "exp", "ln", "log10", "next_plus", "to_integral_value", "normalize"):
        yield (
            f"Decimal.{name}",
            lambda name=name: _each(lambda number: getattr(number, name)(), DECIMALS),
        )
    yield "decimal, 60 digits", lambda: _precisely(lambda: Decimal(2).sqrt(), 60)
    yield "decimal, a third in 5 digits", lambda: _precisely(lambda: Decimal(1) / 3, 5)
    yield "decimal, context", decimal.getcontext
    yield "decimal, traps", lambda: refusal(lambda: Decimal("one"))
    yield "decimal, implementation", lambda: (decimal.__version__, decimal.MAX_PREC)
    yield "decimal, rounding", lambda: [Decimal("2.5").quantize(1, way) for way in _ROUNDINGS]
    yield "fraction of a float", lambda: Fraction(0.1).limit_denominator(1000)
    yield "fractions, module", lambda: fractions.Fraction("3/7") ** -2

    yield "large powers", lambda: pow(3, 10**5) % 10**60
    yield "digits of an integer", lambda: str(7**4000)
    yield "too many digits", lambda: refusal(lambda: int("9" * 5000))
    yield "text of floats", lambda: [format(x, ".17g") + x.hex() for x in FLOATS]
    yield "exact sum", lambda: math.fsum([0.1] * 10 + [1e100, 1.0, -1e100])
    yield "whole numbers", lambda: (math.comb(200, 100), math.isqrt(10**41), math.lcm(12, 18, 27))
    yield "statistics", lambda: _each(_statistic, ("mean", "median", "stdev", "quantiles"))
    yield "normal distribution", lambda: statistics.NormalDist(1, 2).inv_cdf(0.975)
    yield "overflow", lambda: refusal(lambda: 2.0**5000)
    yield "shift by a negative", lambda: refusal(lambda: 1 << -1)


_ROUNDINGS = (decimal.ROUND_HALF_EVEN, decimal.ROUND_HALF_UP, decimal.ROUND_FLOOR)


def _each(function: Callable[..., object], values: object) -> object:
    return [attempt(lambda value=value: function(value)) for value in values]


def _pairs(name: str, values: tuple[object, ...]) -> object:
    function = getattr(operator, name)
    # A power of large integers is no longer a number that anybody waits for.
    second = tuple(value for value in values if not isinstance(value, int) or value < 2**64)
    return [attempt(lambda a=a, b=b: function(a, b)) for a in values for b in second]


def _precisely(function: Callable[[], object], digits: int) -> object:
    with decimal.localcontext() as context:
        context.prec = digits
        return function(), sorted(flag.__name__ for flag, up in context.flags.items() if up)


def _statistic(name: str) -> object:
    return getattr(statistics, name)([1.5, 2.25, 2.25, 3.0, 1e6])
