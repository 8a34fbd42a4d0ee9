import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from patterns.plot import (
    LinePlot,
    Theme,
    normal_curve,
    normal_density,
    parse_number,
    parse_sigma,
)

LIGHT = Theme(ink="#1c2430", paper="#ffffff", grid="#dddddd", curves=("#0f5c6e", "#c2570c"))


@pytest.mark.parametrize(
    ("x", "density"),
    [
        # Ordinates of the standard normal distribution, as tables print them (for instance
        # Abramowitz and Stegun, table 26.1), to fifteen places.
        (0.0, 0.398942280401433),
        (0.5, 0.352065326764300),
        (1.0, 0.241970724519143),
        (1.5, 0.129517595665892),
        (2.0, 0.053990966513188),
        (3.0, 0.004431848411938),
    ],
)
def test_the_standard_normal_density_has_the_published_values(x: float, density: float) -> None:
    assert normal_density(x, 0, 1) == pytest.approx(density, abs=1e-15)
    assert normal_density(-x, 0, 1) == pytest.approx(density, abs=1e-15)


def test_mu_shifts_and_sigma_stretches_the_density() -> None:
    x = np.linspace(-4, 4, 33)
    assert normal_density(10 + 2.5 * x, 10, 2.5) == pytest.approx(normal_density(x, 0, 1) / 2.5)


def test_the_density_integrates_to_one() -> None:
    x = np.linspace(-10, 10, 2001)
    assert np.sum(normal_density(x, 0, 1)) * (x[1] - x[0]) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("sigma", [0, -1, float("nan")])
def test_a_sigma_that_is_not_positive_is_refused(sigma: float) -> None:
    with pytest.raises(ValueError, match="sigma must be greater than 0"):
        normal_density(0, 0, sigma)


def test_a_curve_spans_three_sigma_to_either_side() -> None:
    x, density = normal_curve(5, 2)
    assert (x[0], x[-1]) == (-1, 11)
    assert density.argmax() == len(x) // 2
    assert density.max() == pytest.approx(0.3989422804014327 / 2)


@pytest.mark.filterwarnings("error", "ignore::DeprecationWarning")
@pytest.mark.parametrize(("mu", "sigma"), [(1e9, 1e-9), (0, 1e-320), (1e308, 1e308)])
def test_a_curve_that_floats_cannot_hold_is_refused(mu: float, sigma: float) -> None:
    with pytest.raises(ValueError, match="to compute with"):
        normal_curve(mu, sigma)


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1.0), (" -2.5 ", -2.5), ("1e-3", 0.001), ("\N{MINUS SIGN}3", -3.0), (".5", 0.5)],
)
def test_a_number_is_read_as_typed(text: str, number: float) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize("text", ["", "  ", "one", "1,5", "nan", "inf", "1e999", "1 2"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Type a number"):
        parse_number(text)


@pytest.mark.parametrize("text", ["0", "-1", "-0.0"])
def test_a_sigma_must_be_positive(text: str) -> None:
    with pytest.raises(ValueError, match="greater than 0"):
        parse_sigma(text)


@pytest.fixture
def figure() -> LinePlot:
    figure = LinePlot("Normal density", "x", "density")
    figure.add(*normal_curve(0, 1), "narrow")
    figure.add(*normal_curve(1, 2), "wide")
    return figure


def test_a_figure_is_an_svg_of_the_size_and_colours_asked_for(figure: LinePlot) -> None:
    text = figure.draw("svg", LIGHT, width=640, height=400).decode()
    svg = ET.fromstring(text)  # noqa: S314 - our own

    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    assert (svg.get("width"), svg.get("height")) == ("480pt", "300pt")
    # Text is drawn as outlines, each with what it says in a comment.
    for words in ("Normal density", "x", "density", "narrow", "wide"):
        assert f"<!-- {words} -->" in text
    for colour in (*LIGHT.curves, LIGHT.ink, LIGHT.paper):
        assert colour in text


def test_a_figure_is_a_png_with_the_pixels_asked_for(figure: LinePlot) -> None:
    png = figure.draw("png", LIGHT, width=640, height=400, scale=2)

    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = int.from_bytes(png[16:20]), int.from_bytes(png[20:24])
    assert (width, height) == (1280, 800)


@pytest.mark.filterwarnings("error", "ignore::DeprecationWarning")
def test_a_long_legend_makes_the_figure_higher_and_leaves_the_curves_their_room(
    figure: LinePlot,
) -> None:
    low = height_of(figure.draw("png", LIGHT, width=280, height=280, scale=1))
    for sigma in range(3, 13):
        figure.add(*normal_curve(0, sigma), f"sigma = {sigma}")

    high = height_of(figure.draw("png", LIGHT, width=280, height=280, scale=1))

    assert high == pytest.approx(low + 10 * 19, abs=1)


def height_of(png: bytes) -> int:
    return int.from_bytes(png[20:24])


def test_the_same_figure_gives_the_same_file(figure: LinePlot) -> None:
    assert figure.draw("svg", LIGHT) == figure.draw("svg", LIGHT)


def test_a_theme_changes_the_drawing(figure: LinePlot) -> None:
    dark = replace(LIGHT, ink="#e8e5de", paper="#191f26")
    assert b"#191f26" in figure.draw("svg", dark)
    assert b"#191f26" not in figure.draw("svg", LIGHT)


def test_more_curves_than_colours_differ_by_their_line(figure: LinePlot) -> None:
    figure.add(*normal_curve(2, 3), "dashed")
    assert b"stroke-dasharray" in figure.draw("svg", LIGHT)


def test_the_text_alternative_tells_what_is_drawn(figure: LinePlot) -> None:
    assert figure.describe() == (
        "Normal density: density over x. "
        "narrow: from -3 to 3, highest with 0.3989 at 0. "
        "wide: from -5 to 7, highest with 0.1995 at 1."
    )


def test_a_cleared_figure_is_empty_and_can_be_drawn(figure: LinePlot) -> None:
    figure.clear()
    assert figure.describe().endswith("no curve yet.")
    assert b"narrow" not in figure.draw("svg", LIGHT)
