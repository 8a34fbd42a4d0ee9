import re
import textwrap
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from pyscript_kit.testing import App


@pytest.fixture
def figure(app: App) -> Locator:
    """The figure, with the standard normal density that the page starts with."""
    app.open("plot")
    figure = app.page.get_by_role("img", name="Normal density")
    expect(figure).to_be_visible(timeout=60_000)
    return figure


def plot(app: App, mu: str, sigma: str) -> None:
    app.page.get_by_label("Mean, mu").fill(mu)
    app.page.get_by_label("Standard deviation, sigma").fill(sigma)
    app.page.get_by_role("button", name="Plot", exact=True).click()


def source(figure: Locator) -> str:
    """The SVG that the page shows."""
    return str(figure.evaluate("async (image) => (await fetch(image.src)).text()"))


def test_the_page_starts_with_the_standard_normal_density(figure: Locator) -> None:
    expect(figure).to_have_attribute(
        "alt",
        "Normal density: density over x. "
        "mu = 0, sigma = 1: from -3 to 3, highest with 0.3989 at 0.",
    )
    svg = source(figure)
    for words in ("Normal density", "x", "density", "mu = 0, sigma = 1"):
        assert f"<!-- {words} -->" in svg
    assert figure.evaluate("async (image) => (await image.decode(), image.naturalWidth)") > 0


def test_plotting_adds_a_curve_to_the_same_figure(app: App, figure: Locator) -> None:
    plot(app, "-2", "0.5")

    expect(app.page.get_by_role("status")).to_have_text(
        "Added mu = -2, sigma = 0.5: highest with 0.7979 at -2."
    )
    expect(figure).to_have_attribute("alt", re.compile("mu = 0, sigma = 1: .*mu = -2, sigma = 0.5"))
    svg = source(figure)
    assert "<!-- mu = 0, sigma = 1 -->" in svg
    assert "<!-- mu = -2, sigma = 0.5 -->" in svg


def test_clearing_starts_over(app: App, figure: Locator) -> None:
    app.page.get_by_role("button", name="Clear").click()
    expect(figure).to_have_attribute("alt", re.compile("no curve yet"))

    plot(app, "3", "2")

    expect(figure).to_have_attribute("alt", re.compile("mu = 3, sigma = 2"))
    assert "sigma = 1" not in source(figure)


@pytest.mark.parametrize(
    ("sigma", "reason"),
    [
        ("0", "Sigma must be greater than 0."),
        ("-1", "Sigma must be greater than 0."),
        ("", "Type a number."),
        ("wide", "Type a number, such as 0.5 or -2."),
    ],
)
def test_an_invalid_sigma_is_refused_in_the_form(
    app: App, figure: Locator, sigma: str, reason: str
) -> None:
    plot(app, "0", sigma)

    field = app.page.get_by_label("Standard deviation, sigma")
    expect(field).to_have_accessible_description(reason)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    expect(app.page.get_by_text(reason)).to_be_visible()

    plot(app, "0", "2")
    expect(field).not_to_have_attribute("aria-invalid", "true")
    expect(figure).to_have_attribute("alt", re.compile("sigma = 1: .*sigma = 2"))


def test_a_sigma_that_floats_cannot_tell_from_nothing_is_refused(app: App, figure: Locator) -> None:
    plot(app, "1e9", "1e-9")
    expect(app.page.get_by_label("Standard deviation, sigma")).to_have_accessible_description(
        "sigma = 1e-09 is too small beside mu = 1e+09 to compute with."
    )


def test_the_figure_has_room_for_twelve_curves(app: App, figure: Locator) -> None:
    for number in range(2, 13):
        plot(app, "0", str(number))
        expect(figure).to_have_attribute("alt", re.compile(f"sigma = {number}:"))
    plot(app, "0", "13")
    expect(app.page.get_by_role("status")).to_have_text(
        "12 curves are the most; clear the figure first."
    )


def test_the_figure_follows_light_and_dark(app: App, figure: Locator) -> None:
    light = figure.get_attribute("src")
    assert "#191f26" not in source(figure)

    app.page.emulate_media(color_scheme="dark")
    expect(figure).not_to_have_attribute("src", str(light))
    assert "#191f26" in source(figure)
    # The memory of the former drawing is given back.
    gone = app.page.evaluate("url => fetch(url).then(() => false, () => true)", light)
    assert gone
    app.expect_errors("ERR_FILE_NOT_FOUND|Failed to load")


def test_the_figure_is_as_wide_as_its_place(app: App, figure: Locator) -> None:
    wide = figure.get_attribute("src")
    app.page.set_viewport_size({"width": 390, "height": 800})

    expect(figure).not_to_have_attribute("src", str(wide))
    app.page.wait_for_function(
        "image => image.complete && Math.abs(image.naturalWidth - image.clientWidth) <= 1",
        arg=figure.element_handle(),
    )


def test_a_figure_that_is_left_before_the_browser_has_read_it_is_no_error(
    app: App, figure: Locator
) -> None:
    shown = """
        from patterns.dom import element, release_image, show_image
        image = element("img")
        show_image(image, content, "image/svg+xml", "a figure")
        release_image(image)
    """
    app.python(f"content = {source(figure).encode()!r}\n{textwrap.dedent(shown)}")

    app.page.wait_for_timeout(200)  # for the error, which the fixture would report
    assert app.python("str(image.src)") == ""


def test_the_figure_can_be_saved_as_svg(app: App, figure: Locator, tmp_path: Path) -> None:
    with app.page.expect_download() as saving:
        app.page.get_by_role("button", name="Save as SVG").click()

    assert saving.value.suggested_filename == "normal-density.svg"
    file = tmp_path / "figure.svg"
    saving.value.save_as(file)
    assert ET.parse(file).getroot().tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314


def test_the_figure_can_be_saved_as_a_sharp_png(app: App, figure: Locator, tmp_path: Path) -> None:
    with app.page.expect_download() as saving:
        app.page.get_by_role("button", name="Save as PNG").click()

    assert saving.value.suggested_filename == "normal-density.png"
    file = tmp_path / "figure.png"
    saving.value.save_as(file)
    png = file.read_bytes()
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    shown = figure.evaluate("image => image.clientWidth")
    assert abs(int.from_bytes(png[16:20]) - 2 * shown) <= 2
