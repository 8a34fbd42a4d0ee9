"""What the gallery's REPL does beyond what its own tests show: long output, the editor's keys,
stopping, and workers."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect

from gallery import steps
from pyscript_kit.testing import App

_steps = steps("repl")
repl = _steps.repl
worker_repl = _steps.worker_repl
editor = _steps.editor
output = _steps.output
last_output = _steps.last_output
status = _steps.status
write = _steps.write
start = _steps.start
run = _steps.run
stop = _steps.stop


def test_the_page_starts_with_an_example_and_loads_what_is_imported(fresh_app: App) -> None:
    fresh_app.boot("repl")
    expect(editor(fresh_app)).to_contain_text('document.createElement("h2")')

    fresh_app.page.get_by_role("button", name="Run", exact=True).click()

    heading = fresh_app.page.get_by_role("heading", name="A heading made from Python")
    expect(heading).to_be_visible()
    below = fresh_app.page.locator("h2 + #editor")
    expect(below).to_be_attached()

    run(fresh_app, "import six\nsix.PY3")

    expect(last_output(fresh_app)).to_have_text("Loading six ...\nTrue")


def test_await_needs_no_function_around_it(repl: App) -> None:
    run(repl, "import asyncio\nawait asyncio.sleep(0, 'slept')")
    expect(last_output(repl)).to_have_text("'slept'")


def test_a_syntax_error_points_at_its_place(repl: App) -> None:
    run(repl, "x = (1,", said="Ended by an error")
    expect(last_output(repl)).to_contain_text("SyntaxError: '(' was never closed")


def test_output_can_be_cleared(repl: App) -> None:
    run(repl, "print('here')")
    repl.page.get_by_role("button", name="Clear output").click()
    expect(output(repl)).to_be_empty()


def test_long_output_keeps_its_end(repl: App) -> None:
    run(repl, "for number in range(60_000):\n    print(number)")

    expect(last_output(repl)).to_contain_text("characters are left out here.")
    text = str(last_output(repl).text_content())
    assert text.endswith("59998\n59999\n")
    assert len(text) < 60_000


def test_keys_run_and_go_through_what_was_run(repl: App) -> None:
    run(repl, "'first'")
    run(repl, "'second'\n# of two lines")
    write(repl, "draft")

    def press(key: str, text: str) -> None:
        repl.page.keyboard.press(key)
        expect(editor(repl)).to_have_text(text)

    press("ArrowUp", "'second'# of two lines")
    press("ArrowUp", "'first'")
    press("ArrowDown", "'second'# of two lines")
    press("ArrowDown", "draft")


def test_arrow_keys_move_inside_code_of_several_lines(repl: App) -> None:
    run(repl, "'before'")
    write(repl, "a = 1\nb = 2")

    repl.page.keyboard.press("ArrowUp")
    repl.page.keyboard.insert_text("0")

    expect(editor(repl).locator(".cm-line")).to_have_text(["a = 10", "b = 2"])


@pytest.mark.parametrize("key", ["Tab", "Control+Space"])
def test_names_are_completed(repl: App, key: str) -> None:
    run(repl, "planet_radius = 6371\nplanet_mass = 6e24")
    write(repl, "planet")

    repl.page.keyboard.press(key)
    names = repl.page.get_by_role("listbox").get_by_role("option")
    expect(names).to_have_text(["planet_mass", "planet_radius"])
    expect(names.first).to_have_attribute("aria-selected", "true")
    # A list that has just appeared takes no keys yet, so that nobody picks from it by accident.
    repl.page.keyboard.press("Shift", delay=200)
    repl.page.keyboard.press("ArrowDown")
    expect(names.last).to_have_attribute("aria-selected", "true")
    repl.page.keyboard.press("Tab")

    expect(editor(repl)).to_have_text("planet_radius")


def test_tab_indents_where_no_name_stands(repl: App) -> None:
    write(repl, "if True:")
    repl.page.keyboard.press("Enter")
    repl.page.keyboard.press("Tab")
    repl.page.keyboard.insert_text("x")
    expect(editor(repl).locator(".cm-line")).to_have_text(["if True:", "        x"])


def test_escape_then_tab_leaves_the_editor(repl: App) -> None:
    write(repl, "x")

    repl.page.keyboard.press("Escape")
    repl.page.keyboard.press("Tab")

    expect(repl.page.get_by_role("button", name="Run", exact=True)).to_be_focused()
    expect(editor(repl)).to_have_text("x")

    repl.page.keyboard.press("Shift+Tab")
    expect(editor(repl)).to_be_focused()


def test_on_the_page_stop_ends_what_awaits(repl: App) -> None:
    start(repl, "import asyncio\nstep = 1\nprint('waiting')\nawait asyncio.Event().wait()")
    expect(last_output(repl)).to_have_text("waiting\n")

    stop(repl)

    expect(last_output(repl)).to_have_text("waiting\nStopped.")
    run(repl, "step")
    expect(last_output(repl)).to_have_text("1")


def test_the_page_says_what_stop_cannot_do_there(repl: App) -> None:
    switch = repl.page.get_by_label("Run in a worker")
    expect(switch).to_have_accessible_description(
        re.compile("an endless loop holds the whole page")
    )
    switch.check()
    expect(switch).to_have_accessible_description(re.compile("Stop interrupts whatever runs"))


def test_leaving_the_page_stops_what_runs(repl: App) -> None:
    run(repl, "import asyncio\nleft = 0")
    start(repl, "try:\n    print('on')\n    await asyncio.Event().wait()\nfinally:\n    left = 1")
    expect(last_output(repl)).to_have_text("on\n")
    repl.follow("dom")
    repl.follow("repl")

    run(repl, "left")

    expect(last_output(repl)).to_have_text("1")


def test_in_the_worker_stop_ends_what_awaits(worker_repl: App) -> None:
    start(worker_repl, "import asyncio\nprint('waiting')\nawait asyncio.Event().wait()")
    expect(last_output(worker_repl)).to_contain_text("waiting\n")
    stop(worker_repl)


def test_a_flood_of_output_leaves_the_page_alive(worker_repl: App) -> None:
    start(worker_repl, "number = 0\nwhile True:\n    number += 1\n    print(number)")
    expect(last_output(worker_repl)).to_contain_text("left out here")

    stop(worker_repl)

    assert len(str(output(worker_repl).text_content())) < 200_000


def test_names_in_the_worker_are_its_own_and_completed(worker_repl: App) -> None:
    run(worker_repl, "worker_only = 1\nimport js\nhasattr(js, 'document')")

    write(worker_repl, "worker_on")
    worker_repl.page.keyboard.press("Tab")
    names = worker_repl.page.get_by_role("listbox").get_by_role("option")
    expect(names).to_have_text(["worker_only"])
    worker_repl.page.keyboard.press("Escape")

    worker_repl.page.get_by_label("Run in a worker").uncheck()
    run(worker_repl, "worker_only", said="Ended by an error")
    expect(last_output(worker_repl)).to_contain_text("NameError")


def test_the_worker_loads_what_is_imported_and_says_so(worker_repl: App) -> None:
    run(worker_repl, "import six\nsix.PY3")
    expect(last_output(worker_repl)).to_contain_text("Loading six ...")
    expect(last_output(worker_repl).locator(".value")).to_have_text("True")


def test_the_worker_has_nobody_to_ask(worker_repl: App) -> None:
    run(worker_repl, "input('name? ')", said="Ended by an error")
    expect(last_output(worker_repl)).to_contain_text("input() cannot ask from a worker")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_output_and_names_have_no_axe_violation(repl: App, scheme: str) -> None:
    repl.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    run(repl, "import sys\nprint('out')\nprint('err', file=sys.stderr)\n1")
    run(repl, "1 / 0", said="Ended by an error")
    write(repl, "async def f(x):  # why\n    return f'{x}', 1.5, None\nprin")
    repl.page.keyboard.press("Tab")
    expect(repl.page.get_by_role("listbox")).to_be_visible()

    results = Axe().run(repl.page)

    assert results.violations_count == 0, results.generate_report()


def test_without_isolation_stop_ends_the_worker_and_says_so(plain_app: App) -> None:
    plain_app.open("repl")
    assert plain_app.page.evaluate("crossOriginIsolated") is False
    switch = plain_app.page.get_by_label("Run in a worker")
    switch.check()
    expect(switch).to_have_accessible_description(re.compile("its names are lost"))
    start(plain_app, "rounds = 7\nprint('looping')\nwhile True:\n    pass")
    expect(last_output(plain_app)).to_contain_text("looping\n")

    stop(plain_app)

    expect(last_output(plain_app)).to_contain_text("its names are lost")
    run(plain_app, "rounds", said="Ended by an error")
    expect(last_output(plain_app)).to_contain_text("NameError")
    switch.uncheck()


def test_an_animation_plays_until_its_figure_goes(repl: App) -> None:
    source = (
        "import matplotlib.pyplot as plt\n"
        "from matplotlib.animation import FuncAnimation\n"
        "figure, axes = plt.subplots()\n"
        "drawn = []\n"
        "FuncAnimation(figure, lambda n: drawn.append(n), frames=10, interval=20)\n"
        "plt.show()\n"
    )
    run(repl, source, said="Done")
    run(repl, "import asyncio\nwhile len(drawn) < 15:\n    await asyncio.sleep(0.02)", said="Done")

    repl.page.get_by_role("button", name="Clear output").click()
    still = "before = -1\nwhile before < len(drawn):\n    before = len(drawn)\n"
    run(repl, f"{still}    await asyncio.sleep(0.2)", said="Done")
