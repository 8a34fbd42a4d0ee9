"""What the error panel says of an error that Python raised and nobody caught, from the text that
Pyodide makes of it."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass

import pytest

from pyscript_kit.browser import BOOT

NODE = shutil.which("node")
FRAMES = (
    "Traceback (most recent call last):\n"
    '  File "/lib/python314.zip/_pyodide/_base.py", line 597, in eval_code_async\n'
    "    await CodeRunner(\n"
    '  File "<exec>", line 2, in <module>\n'
)
SEE = "\nSee https://pyodide.org/en/stable/usage/loading-packages.html for more details."
INSTALL = (
    '\nYou can install it by calling:\n  await micropip.install("NAME") in Python, or\n'
    '  await pyodide.loadPackage("NAME") in JavaScript'
)
PROGRAM = """
const { cured, raised, withoutAdvice } = await import(process.argv[1]);
const told = JSON.parse(process.argv[2]);
const both = (text) => ({ message: raised(text), traceback: withoutAdvice(text) });
console.log(JSON.stringify(typeof told === "string" ? both(told) : cured(told)));
"""


@dataclass(frozen=True)
class Said:
    """What the panel shows above the traceback, and the traceback."""

    message: str
    traceback: str


def said(end: str) -> Said:
    """What becomes of a traceback with such an end."""
    return Said(**run(FRAMES + end))


def reported(message: str, end: str) -> Said:
    """What becomes of an error that Python reports, with such an end of its traceback."""
    return Said(**run({"message": message, "traceback": FRAMES + end}))


def run(told: object) -> dict[str, str]:
    if NODE is None:
        pytest.skip("Node is not installed")
    address = (BOOT / "wording.mjs").as_uri()
    command = [NODE, "--input-type=module", "--eval", PROGRAM, address, json.dumps(told)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    "note",
    [
        "The module 'NAME' is included in the Pyodide distribution, but it is not installed.",
        "The module 'NAME' is unvendored from the Python standard library in the Pyodide "
        "distribution.",
    ],
    ids=["a package", "a part of Python"],
)
def test_a_package_that_is_there_and_not_loaded_is_to_be_named(note: str) -> None:
    words = "ModuleNotFoundError: No module named 'PIL'"

    found = said(words + "\n" + (note + INSTALL + SEE).replace("NAME", "pillow") + "\n")

    assert found.message.startswith(
        f'{words}. The package "pillow" is in this app\'s runtime, but is not loaded: name it '
        "in the page's line of app/pages/__init__.py"
    )
    assert found.traceback == FRAMES + words
    assert "loadPackage" not in found.message


def test_a_part_of_python_that_is_not_there_may_be_a_package() -> None:
    words = "ModuleNotFoundError: No module named 'sqlite3'"
    note = (
        "\nThe module 'sqlite3' is removed from the Python standard library in the Pyodide "
        "distribution due to browser limitations."
    )

    found = said(words + note + SEE)

    assert found.message.startswith(f"{words}. Python in the browser does not include sqlite3")
    assert "pyscript lock" in found.message
    assert found.traceback == FRAMES + words


@pytest.mark.parametrize("line", ["\\n", "\n"], ids=["as a key", "as text"])
def test_missing_time_zones_come_with_a_package(line: str) -> None:
    words = 'zoneinfo._common.ZoneInfoNotFoundError: "No time zone found with key Europe/Berlin'
    advice = (
        f". {line} On Pyodide you must do pyodide.loadPackage('tzdata') package before you use "
        'zoneinfo."'
    )

    found = said(words + advice)

    assert found.message.startswith(f"{words}\". The browser's Python has no time zones of its own")
    assert 'add "tzdata" to packages_on_demand in app/pyscript.toml' in found.message
    assert found.traceback == f'{FRAMES}{words}"'


@pytest.mark.parametrize(
    "words",
    [
        "ZeroDivisionError: division by zero",
        "ValueError: of two lines\nand this is the second",
        "    x = = 3\n        ^\nSyntaxError: invalid syntax",
    ],
)
def test_of_any_other_error_all_that_it_says_is_said(words: str) -> None:
    found = said(words + "\n")

    assert found.message == words.partition("^\n")[2] or found.message == words
    assert found.traceback == FRAMES + words + "\n"


def test_what_is_reported_has_the_way_out_as_well() -> None:
    words = "ModuleNotFoundError: No module named 'PIL'"
    note = "The module 'pillow' is included in the Pyodide distribution, but it is not installed."

    found = reported(words, f"{words}\n{note}{INSTALL}{SEE}")

    assert found.message.startswith(f'{words}. The package "pillow" is in this app\'s runtime')
    assert found.traceback == FRAMES + words


def test_a_module_that_nothing_here_has_is_a_package_or_a_file() -> None:
    words = "ModuleNotFoundError: No module named 'no_such_thing'"
    for found in (said(words), reported(words, words)):
        assert found.message.startswith(f"{words}. No package in this app's runtime provides it")
        assert found.message.endswith("for any other package, run pyscript add with its name.")
        assert found.traceback == FRAMES + words


@pytest.mark.parametrize(
    "words",
    [
        "ModuleNotFoundError: No module named 'patterns.no_such_thing'",
        "ModuleNotFoundError: No module named '__main__.part'; '__main__' is not a package",
        "ValueError: three",
    ],
)
def test_what_has_another_cause_has_no_such_way_out(words: str) -> None:
    assert reported(words, words) == Said(words, FRAMES + words)
