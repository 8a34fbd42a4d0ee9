"""patterns.worker and patterns.worker_host, talking to each other on CPython."""

import asyncio
import importlib
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from patterns import worker as worker_module
from patterns.worker import Worker, WorkerCancelled, WorkerError
from pyscript import window

MODULE = '''
"""What the worker of these tests computes."""

def double(number):
    return 2 * number

async def doubled_later(number):
    return 2 * number

def count(steps, progress):
    for step in range(steps):
        progress((step + 1) / steps)
    return steps

def divide(number):
    return number / 0

def unpicklable():
    return lambda: None

def interrupted(*_):
    raise KeyboardInterrupt
'''


class Bytes(bytes):
    """Bytes as JavaScript hands them back."""

    def to_bytes(self) -> bytes:
        return bytes(self)


class FakeWorker(window.EventTarget):  # type: ignore[misc]
    """Plays the browser's worker, in this very process."""

    def __init__(self, host: Any) -> None:
        super().__init__()
        self.host = host
        self.sync = SimpleNamespace(prepare=self._prepare, call=host.call)
        self.ready: Any = asyncio.get_running_loop().create_future()
        self.ready.set_result(None)
        self.ended = False
        self.onerror: Any = None

    async def _prepare(self, *arguments: Any) -> Any:
        return self.host.prepare(*arguments)

    def terminate(self) -> None:
        self.ended = True


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[FakeWorker]]:
    """The workers that the test starts; they import a module ``workers.sums``."""
    (tmp_path / "workers").mkdir()
    (tmp_path / "workers" / "sums.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(window, "crossOriginIsolated", False, raising=False)
    monkeypatch.setattr(worker_module, "to_js", _to_js)
    host = _imported_host(monkeypatch)
    workers: list[FakeWorker] = []

    def start(_packages: list[str]) -> FakeWorker:
        workers.append(FakeWorker(host))
        host.xworker.postMessage = lambda share: workers[-1].dispatchEvent(
            SimpleNamespace(type="message", data=share)
        )
        return workers[-1]

    monkeypatch.setattr(worker_module, "_new_worker", start)
    yield workers
    for name in [name for name in sys.modules if name.partition(".")[0] == "workers"]:
        del sys.modules[name]


def _to_js(value: Any) -> Any:
    return Bytes(value) if isinstance(value, bytes) else value


def _imported_host(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Import the worker's side with what only a worker has."""
    pyodide_js = SimpleNamespace(setInterruptBuffer=lambda *_: None)
    monkeypatch.setitem(sys.modules, "pyodide_js", pyodide_js)
    xworker = SimpleNamespace(postMessage=None)
    monkeypatch.setitem(sys.modules, "polyscript", SimpleNamespace(xworker=xworker))
    monkeypatch.delitem(sys.modules, "patterns.worker_host", raising=False)
    host: Any = importlib.import_module("patterns.worker_host")
    monkeypatch.setattr(host, "to_js", _to_js)
    monkeypatch.setattr(host, "PACE", 0)
    return host


def run(scenario: Callable[[Worker], Coroutine[Any, Any, Any]]) -> Any:
    async def with_worker() -> Any:
        return await asyncio.wait_for(scenario(Worker("sums", "workers.sums")), 5)

    return asyncio.run(with_worker())


async def computing(worker: Worker, started: list[FakeWorker]) -> "asyncio.Future[Any]":
    """Begin a call that is never answered, as while a worker computes."""
    await worker.start()
    started[0].sync.call = lambda *_: asyncio.get_running_loop().create_future()
    calling = asyncio.ensure_future(worker.call("double", 1))
    while worker.state != "busy":
        await asyncio.sleep(0)
    return calling


def test_a_call_returns_what_the_function_returns(started: list[FakeWorker]) -> None:
    async def scenario(worker: Worker) -> list[object]:
        return [await worker.call("double", 21), await worker.call("doubled_later", "ab")]

    assert run(scenario) == [42, "abab"]
    assert len(started) == 1


def test_calls_run_one_after_the_other(started: list[FakeWorker]) -> None:
    async def scenario(worker: Worker) -> list[int]:
        return list(await asyncio.gather(*(worker.call("double", n) for n in range(5))))

    assert run(scenario) == [0, 2, 4, 6, 8]
    assert len(started) == 1


@pytest.mark.usefixtures("started")
def test_progress_comes_from_functions_that_take_it() -> None:
    shares: list[float] = []

    async def scenario(worker: Worker) -> None:
        await worker.call("count", 4, on_progress=shares.append)
        await worker.call("double", 1, on_progress=shares.append)

    run(scenario)

    assert shares == [0.25, 0.5, 0.75, 1]


@pytest.mark.usefixtures("started")
def test_an_error_comes_with_its_traceback_from_the_function_on() -> None:
    with pytest.raises(WorkerError, match="ZeroDivisionError: division by zero") as caught:
        run(lambda worker: worker.call("divide", 1))

    assert "in divide" in caught.value.traceback
    assert "worker_host" not in caught.value.traceback


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize(
    ("function", "reason"), [("unpicklable", "pickle"), ("missing", "missing")]
)
def test_a_call_that_cannot_be_made_is_an_error_in_words(function: str, reason: str) -> None:
    with pytest.raises(WorkerError, match=reason):
        run(lambda worker: worker.call(function))


@pytest.mark.usefixtures("started")
def test_an_interrupted_computation_is_a_cancelled_one() -> None:
    with pytest.raises(WorkerCancelled):
        run(lambda worker: worker.call("interrupted"))


def test_without_shared_memory_a_cancelled_worker_is_replaced(started: list[FakeWorker]) -> None:
    async def scenario(worker: Worker) -> int:
        calling = await computing(worker, started)
        worker.cancel()
        with pytest.raises(WorkerCancelled):
            await calling
        return int(await worker.call("double", 4))

    assert run(scenario) == 8
    assert [fake.ended for fake in started] == [True, False]


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_with_shared_memory_a_cancelled_worker_is_interrupted(
    started: list[FakeWorker], monkeypatch: pytest.MonkeyPatch, lost: int
) -> None:
    shared = [0]
    monkeypatch.setattr(worker_module, "SECONDS_BETWEEN_INTERRUPTS", 0.01)
    monkeypatch.setattr(window, "crossOriginIsolated", True)
    constructor = SimpleNamespace(new=lambda _: shared)
    monkeypatch.setattr(window, "Uint8Array", constructor, raising=False)
    monkeypatch.setattr(window, "SharedArrayBuffer", constructor, raising=False)

    async def scenario(worker: Worker) -> int:
        await worker.start()
        answering = started[0].sync.call

        async def compute(*question: Any) -> Any:
            for _ in range(1 + lost):
                while not shared[0]:
                    await asyncio.sleep(0)
                # As Python does when it takes notice.
                shared[0] = 0
            return await answering("interrupted", *question[1:])

        started[0].sync.call = compute
        calling = asyncio.ensure_future(worker.call("double", 1))
        while worker.state != "busy":
            await asyncio.sleep(0)
        worker.cancel()
        with pytest.raises(WorkerCancelled):
            await calling
        started[0].sync.call = answering
        return int(await worker.call("double", 4))

    assert run(scenario) == 8
    assert [fake.ended for fake in started] == [False]


def test_a_cancelled_task_ends_its_computation(started: list[FakeWorker]) -> None:
    async def scenario(worker: Worker) -> str:
        calling = await computing(worker, started)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        return worker.state

    assert run(scenario) == "off"
    assert [fake.ended for fake in started] == [True]


def test_a_worker_whose_call_is_left_while_it_starts_goes_on_starting(
    started: list[FakeWorker], monkeypatch: pytest.MonkeyPatch
) -> None:
    start: Any = worker_module._new_worker

    def start_slowly(packages: list[str]) -> FakeWorker:
        fake: FakeWorker = start(packages)
        fake.ready = asyncio.get_running_loop().create_future()
        return fake

    monkeypatch.setattr(worker_module, "_new_worker", start_slowly)

    async def scenario(worker: Worker) -> int:
        calling = asyncio.ensure_future(worker.call("double", 1))
        while not started:
            await asyncio.sleep(0)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        assert worker.state == "starting"
        started[0].ready.set_result(None)
        return int(await worker.call("double", 4))

    assert run(scenario) == 8
    assert [fake.ended for fake in started] == [False]


def test_a_worker_that_could_not_start_says_so_and_is_tried_again(
    started: list[FakeWorker], monkeypatch: pytest.MonkeyPatch
) -> None:
    start: Any = worker_module._new_worker

    def fail_once(packages: list[str]) -> FakeWorker:
        fake: FakeWorker = start(packages)
        if len(started) == 1:
            fake.ready = asyncio.get_running_loop().create_future()
            fake.ready.set_exception(OSError("no wasm"))
        return fake

    monkeypatch.setattr(worker_module, "_new_worker", fail_once)

    async def scenario(worker: Worker) -> int:
        with pytest.raises(WorkerError, match="sums: no wasm"):
            await worker.call("double", 1)
        return int(await worker.call("double", 4))

    assert run(scenario) == 8
    assert [fake.ended for fake in started] == [True, False]


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({}, "sums: It does not load. An app that is one document"),
        ({"message": "Uncaught RangeError: too deep"}, "sums: Uncaught RangeError: too deep"),
        ({"error": SimpleNamespace(message="no wasm")}, "sums: no wasm"),
    ],
)
def test_whatever_a_browser_says_of_a_broken_worker_is_words(
    started: list[FakeWorker], event: dict[str, Any], words: str
) -> None:
    async def scenario(worker: Worker) -> None:
        calling = await computing(worker, started)
        started[0].dispatchEvent(SimpleNamespace(type="error", **event))
        with pytest.raises(WorkerError, match=words):
            await calling

    run(scenario)


def test_what_fails_while_it_is_imported_is_one_sentence_with_the_traceback(
    started: list[FakeWorker], tmp_path: Path
) -> None:
    (tmp_path / "workers" / "sums.py").write_text("open('data/none.csv')\n", encoding="utf-8")

    with pytest.raises(WorkerError) as caught:
        run(lambda worker: worker.call("double", 1))

    sentence = "The worker sums: FileNotFoundError: [Errno 2] No such file or directory: "
    assert str(caught.value) == f"{sentence}'data/none.csv'"
    assert caught.value.traceback.splitlines()[1].endswith('sums.py", line 1, in <module>')
    assert started[0].ended
