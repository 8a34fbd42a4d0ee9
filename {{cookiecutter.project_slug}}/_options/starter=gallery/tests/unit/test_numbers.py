"""Numbers are read as visitors type them."""

import pytest

from patterns.numbers import read


@pytest.mark.parametrize(
    ("text", "number"),
    [("0.5", 0.5), ("0,5", 0.5), (" -2 ", -2.0), ("\N{MINUS SIGN}1e-3", -0.001), ("1e3", 1000.0)],
)
def test_a_number_may_have_a_point_a_comma_or_a_typographic_minus(text: str, number: float) -> None:
    assert read(text) == number


@pytest.mark.parametrize("text", ["", " ", "one", "1,000,000", "1.000,5", "nan", "inf", "1 2"])
def test_what_is_no_number_is_refused_with_what_to_type(text: str) -> None:
    with pytest.raises(ValueError, match=r"^Type a number"):
        read(text)
