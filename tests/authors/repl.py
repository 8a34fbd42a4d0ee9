"""What the interpreter of the REPL makes of all that is typed, on the page and in a worker."""

import asyncio
import pickle
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import js
import pytest
from patterns import install, packages, worker
from patterns.packages import Package
from patterns.repl import (
    NOTE,
    Backlog,
    Completions,
    History,
    Interpreter,
    Outcome,
    Pace,
    WorkerInterpreter,
    format_error,
)


class Transcript:
    """What runs said."""

    def __init__(self) -> None:
        self.pieces: list[tuple[str, str]] = []

    def write(self, kind: str, text: str) -> None:
        self.pieces.append((kind, text))

    def text(self, kind: str) -> str:
        return "".join(text for k, text in self.pieces if k == kind)


@pytest.fixture
def transcript() -> Transcript:
    return Transcript()


@pytest.fixture(autouse=True)
def runtime(monkeypatch: pytest.MonkeyPatch) -> dict[str, Package]:
    """The packages of a runtime, instead of those that Pyodide's lock names."""
    known: dict[str, Package] = {}
    for module in (install, packages):
        monkeypatch.setattr(module, "runtime_packages", lambda: known)
    return known


def run_all(interpreter: Interpreter, *sources: str, transcript: Transcript) -> list[Outcome]:
    async def scenario() -> list[Outcome]:
        return [
            await interpreter.run(source, f"run {number}", transcript.write)
            for number, source in enumerate(sources, 1)
        ]

    return asyncio.run(scenario())


def run(source: str, transcript: Transcript) -> Outcome:
    (outcome,) = run_all(Interpreter(), source, transcript=transcript)
    return outcome


def test_the_last_expression_is_the_value(transcript: Transcript) -> None:
    outcome = run("x = 6\nx * 7", transcript)

    assert (outcome.value, outcome.error) == ("42", None)
    assert outcome.seconds > 0


def test_none_is_no_value(transcript: Transcript) -> None:
    assert run("x = 1", transcript).value is None
    assert run("None", transcript).value is None


def test_names_persist_and_the_last_value_is_called_underscore(transcript: Transcript) -> None:
    outcomes = run_all(Interpreter(), "x = 20", "x + 1", "_ * 2", transcript=transcript)

    assert [outcome.value for outcome in outcomes] == [None, "21", "42"]


def test_await_needs_no_function_around_it(transcript: Transcript) -> None:
    assert run("import asyncio\nawait asyncio.sleep(0, 'slept')", transcript).value == "'slept'"


def test_what_is_printed_is_handed_on_by_kind(transcript: Transcript) -> None:
    run("import sys\nprint('out')\nprint('err', file=sys.stderr)", transcript)

    assert transcript.text("stdout") == "out\n"
    assert transcript.text("stderr") == "err\n"


def test_a_traceback_shows_the_own_lines_only(transcript: Transcript) -> None:
    source = "import json\ndef read(text):\n    return json.loads(text)\n"
    _, outcome = run_all(Interpreter(), source, "read('{')", transcript=transcript)

    assert outcome.error is not None
    lines = outcome.error.splitlines()
    places = [line.strip() for line in lines if line.startswith("  File")]
    assert lines[0] == "Traceback (most recent call last):"
    assert places == [
        'File "run 2", line 1, in <module>',
        'File "run 1", line 3, in read',
    ]
    assert lines[-1].startswith("json.decoder.JSONDecodeError: Expecting property name")


def test_the_cause_of_an_error_is_trimmed_too() -> None:
    def fail() -> None:
        try:
            int("three")
        except ValueError as error:
            raise LookupError("No such count.") from error

    with pytest.raises(LookupError) as caught:
        fail()

    text = format_error(caught.value, {"run 1"})
    assert "File" not in text
    assert "Traceback" not in text
    assert text.startswith("ValueError: invalid literal")
    assert text.endswith("LookupError: No such count.")


def test_a_syntax_error_points_at_its_place(transcript: Transcript) -> None:
    error = str(run("x +", transcript).error)

    assert error.startswith('File "run 1", line 1\n    x +\n')
    assert error.endswith("SyntaxError: invalid syntax")


def test_leaving_python_is_no_more_than_an_error(transcript: Transcript) -> None:
    assert "SystemExit: 3" in str(run("import sys\nsys.exit(3)", transcript).error)


def test_stopping_ends_what_awaits_and_keeps_the_names(transcript: Transcript) -> None:
    async def scenario() -> tuple[Outcome, Outcome]:
        interpreter = Interpreter()
        source = "x = 1\nimport asyncio\nawait asyncio.Event().wait()"
        running = asyncio.ensure_future(interpreter.run(source, "run 1", transcript.write))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        interpreter.stop()
        return await running, await interpreter.run("x", "run 2", transcript.write)

    stopped, after = asyncio.run(scenario())

    assert stopped.stopped
    assert stopped.error is None
    assert after.value == "1"


def test_an_interrupt_stops_a_run(transcript: Transcript) -> None:
    assert run("raise KeyboardInterrupt", transcript).stopped


def test_who_waits_for_a_run_can_be_cancelled(transcript: Transcript) -> None:
    async def scenario() -> None:
        interpreter = Interpreter()
        source = "import asyncio\nawait asyncio.Event().wait()"
        running = asyncio.ensure_future(interpreter.run(source, "run 1", transcript.write))
        await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not interpreter.busy

    asyncio.run(scenario())


def test_one_run_at_a_time(transcript: Transcript) -> None:
    async def scenario() -> None:
        interpreter = Interpreter()
        first = asyncio.ensure_future(interpreter.run("1", "run 1", transcript.write))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="Another run is under way"):
            await interpreter.run("2", "run 2", transcript.write)
        await first

    asyncio.run(scenario())


def test_imported_packages_are_loaded_first_with_a_note(
    transcript: Transcript, runtime: dict[str, Package]
) -> None:
    runtime["fractions-kit"] = Package("fractions-kit", "1.0", imports=("fractions",))

    outcome = run("import fractions\nfractions.Fraction(1, 2)", transcript)

    assert transcript.text(NOTE) == "Loading fractions-kit ...\n"
    assert outcome.value == "Fraction(1, 2)"


def completions(before: str, transcript: Transcript) -> Completions:
    async def scenario() -> Completions:
        interpreter = Interpreter()
        await interpreter.run("import math\nradius = 1", "run 1", transcript.write)
        return await interpreter.complete(before)

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    ("before", "name", "replaced"),
    [("radi", "radius", 4), ("x = math.sq", "sqrt", 2), ("print(rad", "radius", 3)],
)
def test_names_are_completed(transcript: Transcript, before: str, name: str, replaced: int) -> None:
    found = completions(before, transcript)

    assert name in found.names
    assert found.replaced == replaced


def test_what_has_no_names_completes_to_nothing(transcript: Transcript) -> None:
    assert completions("nowhere.x", transcript) == Completions((), 1)


def test_history_goes_back_and_forth_to_the_draft() -> None:
    history = History()
    for source in ("a", "b"):
        history.add(source)

    assert history.older("draft") == "b"
    assert history.older("b") == "a"
    assert history.older("a") is None
    assert history.newer() == "b"
    assert history.newer() == "draft"
    assert history.newer() is None


def test_history_skips_what_stands_in_the_editor_already() -> None:
    history = History()
    history.add("a")
    history.add("b")

    assert history.older("b") == "a"


def test_history_notes_nothing_twice_in_a_row_and_no_blanks() -> None:
    history = History()
    for source in ("a", "a", "  \n"):
        history.add(source)

    assert history.older("") == "a"
    assert history.older("a") is None


def test_text_is_joined_by_kind() -> None:
    backlog = Backlog()
    for kind, text in (("stdout", "a"), ("stdout", "b"), ("stderr", "c"), ("stdout", "d")):
        backlog.add(kind, text)

    assert backlog.take() == [("stdout", "ab"), ("stderr", "c"), ("stdout", "d")]
    assert backlog.take() == []


def test_of_too_much_text_the_latest_stays() -> None:
    backlog = Backlog(most=5)
    for text in ("abc", "def", "gh"):
        backlog.add("stdout", text)

    assert backlog.take() == [
        (NOTE, "3 characters are left out here.\n"),
        ("stdout", "defgh"),
    ]


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_pace_allows_a_burst_then_one_at_a_time() -> None:
    clock = Clock()
    pace = Pace(burst=3, seconds=0.5, clock=clock)

    assert [pace.allows() for _ in range(4)] == [True, True, True, False]
    clock.now = 0.5
    assert [pace.allows() for _ in range(2)] == [True, False]
    clock.now = 100
    assert [pace.allows() for _ in range(4)] == [True, True, True, False]


def test_outcomes_are_what_they_were_after_a_journey(transcript: Transcript) -> None:
    outcome = run("1 + 1", transcript)
    assert pickle.loads(pickle.dumps(outcome)) == outcome  # noqa: S301


class Pieces(list[tuple[str, str]]):
    """What a channel brings, as JavaScript holds it."""

    def to_py(self) -> list[tuple[str, str]]:
        return list(self)


class LateChannel:
    """A BroadcastChannel of a browser that opens it a moment after it was asked to."""

    all: "list[LateChannel]"

    def __init__(self, name: str) -> None:
        self.name = name
        self.opened = asyncio.Event()
        self._listener: Callable[[Any], object] = lambda _: None
        self.all.append(self)
        asyncio.get_running_loop().call_later(0.02, self.opened.set)

    @classmethod
    def new(cls, name: str) -> "LateChannel":
        return cls(name)

    def addEventListener(self, _: str, listener: Callable[[Any], object]) -> None:  # noqa: N802
        self._listener = listener

    def postMessage(self, data: object) -> None:  # noqa: N802
        asyncio.ensure_future(self._send(data))  # noqa: RUF006

    def close(self) -> None:
        """Nothing comes any more; what was sent arrives."""
        self._listener = lambda _: None

    async def _send(self, data: object) -> None:
        await self.opened.wait()
        for other in {*self.all} - {self}:
            if other.name == self.name and other.opened.is_set():
                other._listener(SimpleNamespace(data=data))


class PromptWorker:
    """A worker that prints at once, through a channel that it has had for long."""

    state = "idle"

    async def call(self, _function: str, *arguments: str) -> tuple[Outcome, int]:
        channel = LateChannel.new(arguments[-1])
        channel.opened.set()
        for number in range(3):
            channel.postMessage(Pieces([("stdout", f"{number} ")]))
        return Outcome(value="3"), 3


def test_nothing_that_a_worker_prints_at_once_is_lost(
    transcript: Transcript, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LateChannel, "all", [], raising=False)
    monkeypatch.setattr(js, "BroadcastChannel", LateChannel, raising=False)
    ids = SimpleNamespace(randomUUID=lambda: "a channel of its own")
    monkeypatch.setattr(js, "crypto", ids, raising=False)
    monkeypatch.setattr(worker, "named_worker", lambda *_: PromptWorker())

    async def scenario() -> Outcome:
        running = WorkerInterpreter().run("print(...)", "run 1", transcript.write)
        return await asyncio.wait_for(running, 5)

    assert asyncio.run(scenario()).value == "3"
    assert transcript.text("stdout") == "0 1 2 "
