import pytest
from playwright.sync_api import expect
from pyscript_kit.testing import App

# Notes all that the element ever shows.
WATCH = """output => {
  window.shown = [];
  const note = () => window.shown.push(output.textContent);
  const all = { childList: true, subtree: true, characterData: true };
  new MutationObserver(note).observe(output, all);
}"""


@pytest.fixture(autouse=True)
def begun(app: App) -> None:
    app.open("script")
    app.page.get_by_role("button", name="Run the script").click()


def test_a_script_asks_waits_prints_and_plots(app: App) -> None:
    asked = app.page.get_by_label("Name of the sample:")
    expect(asked).to_be_focused()
    printed = app.page.get_by_role("log", name="Output")
    printed.evaluate(WATCH)
    asked.fill("Tc-99m")
    asked.press("Enter")

    expect(printed).to_have_text("Name of the sample: Tc-99m\nMeasuring Tc-99m: 100 %\nDone.\n")
    figure = app.page.get_by_role("img", name="Decay of Tc-99m: counts per second over time in s")
    expect(figure).to_be_visible()
    expect(app.page.locator("#script-status")).to_have_text("Done.")
    # The page shows what the script does while it does it.
    shown = app.page.evaluate("window.shown")
    assert any(text.endswith("Tc-99m:  50 %\n") for text in shown), shown
    assert app.python("from patterns.pyplot import plt; plt.get_fignums()") == []


def test_a_question_can_be_cancelled_by_a_key(app: App) -> None:
    app.page.get_by_label("Name of the sample:").press("Escape")

    expect(app.page.locator("#script-status")).to_have_text("Cancelled.")
    expect(app.page.get_by_role("button", name="Run the script")).to_be_enabled()


def test_leaving_the_page_ends_a_script_that_waits(app: App) -> None:
    expect(app.page.get_by_label("Name of the sample:")).to_be_visible()
    app.follow("dom")

    app.python("import patterns.ask, asyncio")
    expect(app.page.locator("#asked")).to_have_count(0)
    waiting = "[repr(task.get_coro()) for task in asyncio.all_tasks()]"
    assert "asking_in" not in app.python(f"str({waiting})")


def test_a_worker_asks_on_the_page(app: App) -> None:
    app.page.get_by_label("Name of the sample:").press("Escape")
    app.python("""
import asyncio
from patterns.ask import answer_worker
from patterns.dom import find
from patterns.events import Handlers
from patterns.worker import named_worker

handlers, worker = Handlers(), named_worker("asker", "patterns.ask")
answer_worker(worker, find("#page > .page"), handlers)

async def scenario():
    find("#script-status").textContent = await worker.call("ask_page", "Mass in g?")
    handlers.close()
    worker.close()

asking = asyncio.ensure_future(scenario())
""")

    app.page.get_by_label("Mass in g?").fill("2.5 \N{MICRO SIGN}")
    app.page.get_by_role("button", name="Answer").click()

    expect(app.page.locator("#script-status")).to_have_text("2.5 \N{MICRO SIGN}")
