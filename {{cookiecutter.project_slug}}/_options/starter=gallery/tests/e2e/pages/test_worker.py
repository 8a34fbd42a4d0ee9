"""The page of workers, on a host that isolates the page, and on one that does not."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Worker, expect
from pyscript_kit.testing import App


@pytest.fixture(params=["isolated", "plain"])
def site(request: pytest.FixtureRequest, app: App, plain_app: App) -> Iterator[App]:
    """The page on either kind of host, its computation made short, and time to notice a stop."""
    site = app if request.param == "isolated" else plain_app
    site.open("worker")
    site.page.get_by_label("Iterations").fill("3000")
    site.python("import patterns.worker; patterns.worker.SECONDS_TO_STOP = 60")
    yield site
    warnings = [line for line in site.console if line.startswith("warning")]
    assert not warnings, "\n".join(warnings)


# For what cannot differ between hosts, the poorer one will do.
on_a_plain_host = pytest.mark.parametrize("site", ["plain"], indirect=True)


def status(app: App) -> Locator:
    return app.page.locator("#worker-status")


def press(app: App, name: str) -> None:
    app.page.get_by_role("button", name=name).press("Enter")


def compute(app: App, where: str = "worker") -> None:
    # What the computation before has said must not count.
    status(app).evaluate("status => { status.textContent = ''; }")
    press(app, f"Compute in the {where}")
    expect(status(app)).to_have_text(re.compile(f"{where.title()}: done"), timeout=60_000)
    expect(app.page.get_by_role("button", name=f"Compute in the {where}")).to_be_enabled()


def wait_for_progress(app: App) -> None:
    """Wait until the computation runs: the one before has ended at 1."""
    app.page.wait_for_function(
        """() => {
          const { value } = document.querySelector("#worker-progress");
          return value > 0 && value < 1;
        }"""
    )


def record(app: App, where: str) -> tuple[float, int, float]:
    """Return the seconds, the frames and the longest pause of the last computation."""
    cells = app.page.get_by_role("row", name=where).get_by_role("cell").all_inner_texts()
    return float(cells[0]), int(cells[1]), float(cells[2].removesuffix(" s"))


def test_a_worker_computes_and_draws_a_figure(site: App) -> None:
    compute(site)

    diagram = site.page.locator("#diagram")
    expect(diagram).to_be_visible()
    expect(diagram).to_have_attribute("alt", re.compile("logistic map"))
    assert diagram.evaluate("async (image) => (await image.decode(), image.naturalWidth)") > 300
    expect(site.page.locator("#worker-progress")).to_have_js_property("value", 1)


@on_a_plain_host
def test_the_page_goes_on_while_a_worker_computes_and_stops_while_it_does_so_itself(
    site: App,
) -> None:
    compute(site)
    site.page.get_by_label("Iterations").fill("30000")
    press(site, "Compute in the worker")

    # Progress comes, and between two reports of it the page shows frames.
    seen = site.page.wait_for_function(
        """() => {
          const { value } = document.querySelector("#worker-progress");
          const frames = Number(document.querySelector("#dot").dataset.frames ?? 0);
          globalThis.seen ??= [];
          const fresh = value > 0 && value < 1 && seen.at(-1)?.[0] !== value;
          if (fresh) seen.push([value, frames]);
          return seen.length > 4 && seen;
        }"""
    ).json_value()
    site.page.evaluate("delete globalThis.seen")
    expect(status(site)).to_have_text(re.compile("Worker: done"))
    assert seen == sorted(seen)
    assert seen[-1][1] > seen[0][1]
    seconds, frames, pause = record(site, "worker")
    assert frames > 5 * seconds
    assert pause < seconds / 2

    compute(site, "page")
    seconds, _, pause = record(site, "page")
    assert pause > 0.7 * seconds


def test_a_cancelled_computation_ends_and_the_next_one_works(site: App) -> None:
    compute(site)
    started: list[Worker] = []

    def note(worker: Worker) -> None:
        started.append(worker)

    site.page.on("worker", note)
    site.page.get_by_label("Iterations").fill("10000000")
    press(site, "Compute in the worker")
    expect(status(site)).to_contain_text("Computing in the worker")
    wait_for_progress(site)

    press(site, "Cancel")

    expect(status(site)).to_contain_text("Cancelled")
    site.page.get_by_label("Iterations").fill("3000")
    compute(site)
    site.page.remove_listener("worker", note)
    assert len(started) == (0 if site.page.evaluate("crossOriginIsolated") else 1)
