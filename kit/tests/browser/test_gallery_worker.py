"""What the gallery's page of workers does at the edges of a computation."""

import pytest
from playwright.sync_api import expect

from gallery import steps
from pyscript_kit.testing import App

_steps = steps("worker")
site = _steps.site
status = _steps.status
press = _steps.press
compute = _steps.compute
wait_for_progress = _steps.wait_for_progress


# For what cannot differ between hosts, the poorer one will do.
on_a_plain_host = pytest.mark.parametrize("site", ["plain"], indirect=True)


def test_the_page_says_whether_it_is_isolated(site: App) -> None:
    isolated = site.page.evaluate("crossOriginIsolated")

    words = "is cross-origin isolated" if isolated else "is not cross-origin isolated"
    expect(site.page.locator("#isolation")).to_contain_text(words)


def test_what_is_cancelled_before_the_worker_has_begun_does_not_begin(site: App) -> None:
    compute(site)
    site.page.get_by_label("Iterations").fill("10000000")

    site.page.evaluate(
        """() => {
          const buttons = [...document.querySelectorAll("button")];
          const named = (name) => buttons.find(({ textContent }) => textContent === name);
          const [start, cancel] = [named("Compute in the worker"), named("Cancel")];
          new MutationObserver((_, observer) => {
            observer.disconnect();
            cancel.click();
          }).observe(cancel, { attributes: true, attributeFilter: ["disabled"] });
          start.click();
        }"""
    )

    expect(status(site)).to_contain_text("Cancelled")
    site.page.get_by_label("Iterations").fill("3000")
    compute(site)


def test_an_error_in_the_worker_is_shown_in_the_page(site: App) -> None:
    site.expect_errors("The worker stopped with an error")

    press(site, "Fail in the worker")

    expect(status(site)).to_have_text(
        "ValueError: An orbit needs at least one iteration, not 0.", timeout=60_000
    )
    expect(site.page.get_by_role("alert")).to_contain_text("The worker stopped with an error")
    traceback = site.page.locator("#error-traceback")
    expect(traceback).to_contain_text("In the worker:")
    expect(traceback).to_contain_text("workers/bifurcation.py")
    site.page.locator("#error-dismiss").click()
    compute(site)


@on_a_plain_host
def test_the_diagram_follows_the_colour_scheme(site: App) -> None:
    compute(site)
    light = site.page.locator("#diagram").get_attribute("src") or ""

    site.page.emulate_media(color_scheme="dark")

    expect(site.page.locator("#diagram")).not_to_have_attribute("src", light)
    site.page.emulate_media(color_scheme="light")


def test_leaving_the_page_ends_the_computation(site: App) -> None:
    compute(site)
    site.page.get_by_label("Iterations").fill("10000000")
    press(site, "Compute in the worker")
    wait_for_progress(site)

    if site.page.evaluate("crossOriginIsolated"):
        site.follow("dom")
        # The worker is there for the next one.
        site.open("worker")
        site.page.get_by_label("Iterations").fill("3000")
        compute(site)
    else:
        # The loader has threads for its downloads.
        *_, worker = (each for each in site.page.workers if "/preboot/" not in each.url)
        with worker.expect_event("close"):
            site.follow("dom")
