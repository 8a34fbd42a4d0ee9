"""The page where visitors run Python of their own."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect
from pyscript_kit.testing import App


@pytest.fixture
def repl(app: App) -> Iterator[App]:
    """The page, running code on itself, with nothing shown yet."""
    app.open("repl")
    app.page.get_by_label("Run in a worker").uncheck()
    yield app
    app.page.get_by_label("Run in a worker").uncheck()


@pytest.fixture
def worker_repl(repl: App) -> App:
    """The page, running code in the worker, which is given time to notice that it should stop."""
    repl.python("import patterns.worker; patterns.worker.SECONDS_TO_STOP = 60")
    repl.page.get_by_label("Run in a worker").check()
    return repl


def editor(app: App) -> Locator:
    return app.page.get_by_role("textbox", name="Python code")


def output(app: App) -> Locator:
    return app.page.get_by_role("log", name="Output")


def last_output(app: App) -> Locator:
    return output(app).locator("pre").last


def status(app: App) -> Locator:
    return app.page.locator("#repl-status")


def write(app: App, source: str) -> None:
    """Put ``source`` in place of what is in the editor."""
    editor(app).focus()
    app.page.keyboard.press("ControlOrMeta+a")
    app.page.keyboard.press("Delete")
    app.page.keyboard.insert_text(source)


def start(app: App, source: str) -> None:
    """Run ``source``, and go on once it runs."""
    write(app, source)
    runs = output(app).locator("pre").count()
    app.page.keyboard.press("Control+Enter")
    # What it prints at once may be there, too.
    expect(output(app).locator("pre").nth(runs)).to_be_attached()


def run(app: App, source: str, said: str = "Done") -> None:
    """Run ``source`` to its end."""
    start(app, source)
    expect(status(app)).to_have_text(re.compile(rf"^{said} after [\d.]+ s\.$"))


def stop(app: App) -> None:
    app.page.get_by_role("button", name="Stop").click()
    expect(status(app)).to_have_text(re.compile(r"^Stopped after"))


def test_the_last_expression_is_shown_below_what_was_printed(repl: App) -> None:
    run(repl, "print('one')\nprint('two', end='')\n'three' * 2")
    expect(last_output(repl)).to_have_text("one\ntwo\n'threethree'")
    expect(last_output(repl).locator(".value")).to_have_text("'threethree'", use_inner_text=True)


def test_names_persist_between_runs_and_visits(repl: App) -> None:
    run(repl, "mass = 5.97e24")
    repl.follow("dom")
    repl.follow("repl")
    expect(editor(repl)).to_have_text("mass = 5.97e24")

    run(repl, "mass / 2")

    expect(last_output(repl)).to_have_text("2.985e+24")


def test_a_traceback_shows_the_visitors_own_lines_only(repl: App) -> None:
    run(repl, "import json\njson.loads('{')", said="Ended by an error")

    error = last_output(repl).locator(".error-text")
    expect(error).to_contain_text("json.loads('{')")
    expect(error).to_contain_text("JSONDecodeError: Expecting property name")
    assert re.findall(r'File "(.*)", line (\d+)', str(error.text_content())) == [
        (str(output(repl).locator(".run-title").last.text_content()).lower(), "2")
    ]


def test_an_endless_loop_in_the_worker_is_interrupted(worker_repl: App) -> None:
    start(worker_repl, "rounds = 7\nprint('looping')\nwhile True:\n    pass")
    # Printed text arrives while the loop runs.
    expect(last_output(worker_repl)).to_contain_text("looping\n")

    stop(worker_repl)

    expect(last_output(worker_repl)).to_contain_text("Stopped.")
    expect(last_output(worker_repl)).not_to_contain_text("names are lost")
    run(worker_repl, "rounds")
    expect(last_output(worker_repl)).to_have_text("7")


def test_pyplot_shows_its_figures_and_keeps_none(repl: App) -> None:
    source = (
        "import matplotlib.pyplot as plt\n"
        "for number in range({}):\n"
        "    plt.plot([number, 2])\n"
        "    plt.title(f'Figure {{number}}')\n"
        "    plt.show()\n"
    )
    kept = """
import gc, pyodide_js
gc.collect()
figures = sum(type(each).__name__ == "Figure" for each in gc.get_objects())
[figures, pyodide_js._module.HEAPU8.length]
"""
    run(repl, source.format(20), said="Done")
    figures, size = repl.python(kept)
    run(repl, source.format(20), said="Done")

    expect(output(repl).get_by_role("img")).to_have_count(40)
    # The memory may take one more of its steps, of a fifth; the pixels of 20 figures are more.
    assert repl.python(kept)[0] == figures
    assert repl.python(kept)[1] <= 1.25 * size


def test_input_asks_among_the_output(repl: App) -> None:
    start(repl, "input('Mass? ')")
    repl.page.get_by_label("Mass?").fill("2.5")
    repl.page.get_by_label("Mass?").press("Enter")

    expect(output(repl).locator(".value")).to_have_text("'2.5'")
