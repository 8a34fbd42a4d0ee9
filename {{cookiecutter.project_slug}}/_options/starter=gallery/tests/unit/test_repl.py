import asyncio

import pytest

from patterns import install, packages
from patterns.repl import History, Interpreter, Outcome


@pytest.fixture(autouse=True)
def runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    """A runtime without packages, instead of the one that Pyodide's lock names."""
    for module in (install, packages):
        monkeypatch.setattr(module, "runtime_packages", dict)


def run(*sources: str) -> tuple[list[Outcome], list[tuple[str, str]]]:
    """Return how each source ended, run after run in the same names, and what was printed."""
    said: list[tuple[str, str]] = []

    async def scenario() -> list[Outcome]:
        interpreter = Interpreter()
        return [
            await interpreter.run(source, f"run {number}", lambda *piece: said.append(piece))
            for number, source in enumerate(sources, 1)
        ]

    return asyncio.run(scenario()), said


def test_names_persist_and_the_last_expression_is_the_value() -> None:
    outcomes, said = run("x = 20\nprint('set')", "x + 1", "_ * 2")

    assert [outcome.value for outcome in outcomes] == [None, "21", "42"]
    assert "".join(text for _, text in said) == "set\n"


def test_a_traceback_shows_the_own_lines_only() -> None:
    (outcome,), _ = run("import json\njson.loads('{')")

    lines = str(outcome.error).splitlines()
    assert [line.strip() for line in lines if line.startswith("  File")] == [
        'File "run 1", line 2, in <module>'
    ]
    assert lines[-1].startswith("json.decoder.JSONDecodeError: Expecting property name")


def test_history_goes_back_and_forth_to_the_draft() -> None:
    history = History()
    for source in ("a", "b"):
        history.add(source)

    assert [history.older("draft"), history.older("b"), history.older("a")] == ["b", "a", None]
    assert [history.newer(), history.newer(), history.newer()] == ["b", "draft", None]
