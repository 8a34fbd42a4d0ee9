"""The page of normal densities."""

import re

import pytest
from playwright.sync_api import Locator, expect
from pyscript_kit.testing import App


@pytest.fixture
def figure(app: App) -> Locator:
    """The figure, with the standard normal density that the page starts with."""
    app.open("plot")
    figure = app.page.get_by_role("img", name=re.compile("^Normal density"))
    expect(figure).to_be_visible(timeout=60_000)
    return figure


def type_in(app: App, mu: str, sigma: str) -> None:
    app.page.get_by_role("spinbutton", name="Mean, mu").fill(mu)
    app.page.get_by_role("spinbutton", name="Standard deviation, sigma").fill(sigma)


def test_the_page_starts_with_the_standard_normal_density(figure: Locator) -> None:
    expect(figure).to_have_attribute(
        "aria-label", re.compile(r"mu = 0, sigma = 1: highest with 0\.3989 at 0\.$")
    )


def test_a_density_that_is_kept_stays_beside_the_next(app: App, figure: Locator) -> None:
    app.page.get_by_role("button", name="Keep this curve").click()
    type_in(app, "-2", "0.5")
    both = re.compile(r"sigma = 1: .*mu = -2, sigma = 0\.5: highest with 0\.7979 at -2\.$")
    expect(figure).to_have_attribute("aria-label", both)

    app.page.get_by_role("button", name="Clear").click()

    expect(figure).not_to_have_attribute("aria-label", re.compile("sigma = 1:"))


@pytest.mark.parametrize(
    ("sigma", "reason"),
    [("0", "Sigma must be greater than 0."), ("", "Type a number."), ("1e-20", "is too small")],
)
def test_an_invalid_sigma_is_refused_at_it(
    app: App, figure: Locator, sigma: str, reason: str
) -> None:
    type_in(app, "1", sigma)

    field = app.page.get_by_role("spinbutton", name="Standard deviation, sigma")
    expect(field).to_have_accessible_description(re.compile(re.escape(reason)))
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(figure).to_have_attribute("aria-label", re.compile("sigma = 1:"))

    type_in(app, "1", "2")
    expect(field).not_to_have_attribute("aria-invalid", "true")
    expect(figure).to_have_attribute("aria-label", re.compile("sigma = 2:"))


def test_the_figure_has_room_for_twelve_densities(app: App, figure: Locator) -> None:
    keep = app.page.get_by_role("button", name="Keep this curve")
    for number in range(2, 14):
        keep.click()
        type_in(app, "0", str(number))
    refusal = app.page.get_by_text("The limit is 12 curves; clear the figure first.")
    expect(refusal).to_be_visible()
    expect(figure).to_have_attribute("aria-label", re.compile("sigma = 12:"))
