# mypy: ignore-errors
"""What runs at once: asyncio on the page's event loop, waiting in plain functions, no threads."""

import asyncio
import concurrent.futures
import contextvars
import multiprocessing
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable

from pyodide.ffi import can_run_sync, run_sync

from outcomes import Cases, attempt, refusal

_depth = contextvars.ContextVar("_depth", default=0)


def cases() -> Cases:
    """Yield what tasks give, and how threads and processes are refused."""
    yield "gather", lambda: asyncio.gather(*map(_after, (3, 1, 2)))
    yield (
        "gather with an error",
        lambda: asyncio.gather(_after(1), _fail("lost"), return_exceptions=True),
    )
    yield "timeout", lambda: _refused(asyncio.wait_for(asyncio.Event().wait(), 0.001))
    yield "timeout block", _timeout_block
    yield "cancellation", _cancellation
    yield "task group", _task_group
    yield "queue", _queue
    yield "lock", _lock
    yield "as completed", _as_completed
    yield "asynchronous generator", _generator
    yield "context of a task", _context
    yield "event loop", lambda: type(asyncio.get_running_loop()).__qualname__
    yield "policy", lambda: attempt(_second_loop)
    yield "callbacks in order", _callbacks
    yield "instead of another thread", lambda: asyncio.to_thread(int, "7")

    yield "can wait in a plain function", can_run_sync
    if can_run_sync():
        yield "waited for", lambda: run_sync(_after(2))
        yield "waited for, nested", lambda: run_sync(_waiting_for(lambda: run_sync(_after(1))))
        yield "waited for, raising", lambda: refusal(lambda: run_sync(_fail("sunk")))
        yield "waited for, in a comprehension", lambda: [run_sync(_after(n)) for n in range(3)]
        yield "waited for, in a sort", lambda: sorted([3, 1, 2], key=lambda n: run_sync(_after(n)))

    yield "thread", lambda: refusal(threading.Thread(target=int).start)
    yield "pool of threads", lambda: refusal(_thread_pool)
    yield "timer", lambda: refusal(threading.Timer(0, int).start)
    yield "process", lambda: refusal(multiprocessing.Process(target=int).start)
    yield "program", lambda: refusal(lambda: subprocess.run(["true"], check=True))
    yield "fork", lambda: refusal(lambda: os.fork()) if hasattr(os, "fork") else "no fork"
    yield "this thread", lambda: (threading.current_thread().name, threading.active_count())
    yield "threads at all", lambda: (sys.thread_info, threading.main_thread().ident is not None)
    yield "locks of threads", _thread_lock
    yield "local of a thread", lambda: vars(threading.local())
    yield "queue of threads", lambda: refusal(lambda: queue.Queue().get_nowait())
    yield "processors", lambda: type(os.cpu_count()).__name__
    yield "signals", lambda: (signal.getsignal(signal.SIGINT), sorted(signal.valid_signals()))
    yield "name of a host", lambda: attempt(lambda: socket.gethostbyname("host.invalid"))


async def _after(number: int) -> int:
    """Come back after so many rounds of the loop."""
    for _ in range(number):
        await asyncio.sleep(0)
    return number


async def _fail(words: str) -> None:
    await asyncio.sleep(0)
    raise LookupError(words)


async def _waiting_for(function: object) -> object:
    return function()


async def _refused(awaitable: Awaitable[object]) -> Exception:
    try:
        result = await awaitable
    except Exception as error:
        return error
    raise AssertionError(f"{result!r} came instead of an error")


async def _timeout_block() -> object:
    reached = []
    try:
        async with asyncio.timeout(0.001):
            reached.append("in")
            await asyncio.Event().wait()
    except TimeoutError as error:
        reached.append(repr(error))
    return reached


async def _cancellation() -> object:
    said: list[str] = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            said.append(f"cancelled: {error}")
            raise

    task = asyncio.create_task(wait(), name="waits")
    await asyncio.sleep(0)
    task.cancel("enough")
    outcome = await asyncio.gather(task, return_exceptions=True)
    return said, outcome, task.cancelled(), task.get_name()


async def _task_group() -> object:
    said: list[object] = []
    try:
        async with asyncio.TaskGroup() as group:
            kept = group.create_task(_after(1))
            group.create_task(_fail("first"))
            lost = group.create_task(asyncio.Event().wait())
    except* LookupError as errors:
        said.append(errors.exceptions)
    return kept.result(), lost.cancelled(), said


async def _queue() -> object:
    waiting: asyncio.Queue[int] = asyncio.Queue(maxsize=2)
    taken = []

    async def give() -> None:
        for number in range(5):
            await waiting.put(number)

    giver = asyncio.create_task(give())
    for _ in range(5):
        taken.append((await waiting.get(), waiting.qsize()))
    await giver
    return taken, await _refused(asyncio.wait_for(waiting.get(), 0.001))


async def _lock() -> object:
    lock, order = asyncio.Lock(), []

    async def enter(name: str) -> None:
        async with lock:
            order.append(f"{name} in")
            await asyncio.sleep(0)
            order.append(f"{name} out")

    await asyncio.gather(*map(enter, "abc"))
    return order


async def _as_completed() -> object:
    waiting = asyncio.as_completed(map(_after, (30, 10, 20)))
    return [await coroutine for coroutine in waiting]


async def _generator() -> object:
    closed = []

    async def count() -> AsyncIterator[int]:
        try:
            for number in range(10):
                yield await _after(number)
        finally:
            closed.append(True)

    numbers = count()
    found = [number async for number in numbers if number % 2]
    early = count()
    found.append(await anext(early))
    await early.aclose()
    return found, closed


async def _context() -> object:
    async def deeper() -> int:
        _depth.set(_depth.get() + 1)
        return _depth.get()

    return await asyncio.gather(deeper(), deeper()), _depth.get()


def _second_loop() -> object:
    return asyncio.get_event_loop_policy().__class__.__qualname__


async def _callbacks() -> object:
    order: list[int] = []
    loop = asyncio.get_running_loop()
    for number in range(5):
        loop.call_soon(order.append, number)
    done = loop.create_future()
    loop.call_later(0.001, done.set_result, "later")
    return await done, order


def _thread_pool() -> object:
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(int).result()


def _thread_lock() -> object:
    lock, again = threading.Lock(), threading.RLock()
    with lock, again, again:
        return lock.acquire(blocking=False), again.acquire(blocking=False), lock.locked()
