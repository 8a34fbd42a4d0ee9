"""Asks the visitor on the page, in a labelled form: by `ask`, and by Python's own input().

    name = await ask("Your name?", root)

    async def quiz():
        with asking_in(root, handlers):
            name = input("Your name? ")     # waits here, and the page goes on
            word = getpass("Password: ")

`input` and `getpass` wait by Pyodide's run_sync, where the browser can: below an ``async def``, and
not in a plain handler of an event, which the browser itself waits for. Where they cannot, they
raise CannotAsk, whose message says so. A form that is cancelled, by its button or by Escape,
raises Cancelled, which is an EOFError as at the end of a file.

In a worker, ``with asking_page():`` does the same, and `answer_worker` is for the page:

    worker = named_worker("quiz", "workers.quiz")
    answer_worker(worker, root, handlers)

There the browser can wait in any code, if the host isolates the page, as does
`pyscript dev --isolation`.
"""

import asyncio
import builtins
import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

import js
from pyodide.ffi import can_run_sync, run_sync
from pyscript.ffi import to_js

if TYPE_CHECKING:
    from patterns.dom import Element
    from patterns.events import Handlers
    from patterns.worker import Worker

# What is in the memory that a worker shares with the page: a state, the length of the answer, and
# its bytes.
_HEAD, _LONGEST = 8, 65536
_OPEN, _YES, _NO = 0, 1, 2
_MILLISECONDS = 100

_CANCELLED = "The question was cancelled."


class Cancelled(EOFError):  # noqa: N818 - somebody wanted it so
    """The visitor cancelled the question."""


class CannotAsk(RuntimeError):  # noqa: N818 - what it is, in a word
    """Nothing can wait for an answer here."""


class Place(Protocol):
    """What elements can be put at the end of, such as an Element."""

    def append(self, child: "Element", /) -> object: ...


async def ask(prompt: str, place: Place, *, secret: bool = False) -> str:
    """Return what the visitor answers in a form at the end of ``place``; raise Cancelled.

    A ``secret`` is not shown while it is typed. The form goes away, also when this is cancelled.
    """
    # Here, since a worker has no page.
    from pyscript import document

    from patterns.dom import element, field, remove
    from patterns.events import Handlers

    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    typed = element(
        "input",
        id="asked",
        autocomplete="off",
        spellcheck="false",
        type="password" if secret else "text",
    )
    cancelling = element("button", "Cancel", type="button")
    form = element(
        "form",
        field(prompt.strip() or "Answer", typed),
        element("button", "Answer", class_="primary"),
        cancelling,
        class_="row",
    )
    handlers = Handlers()

    def settle(settled: Callable[[], object]) -> None:
        if not answer.done():
            settled()

    def cancel() -> None:
        settle(lambda: answer.set_exception(Cancelled(_CANCELLED)))

    handlers.on_submit(form, lambda _: settle(lambda: answer.set_result(str(typed.value))))
    handlers.on(cancelling, "click", cancel)
    handlers.on(form, "keydown", lambda event: cancel() if event.key == "Escape" else None)
    former = document.activeElement
    place.append(form)
    typed.focus()
    try:
        return await answer
    finally:
        handlers.close()
        remove(form)
        if former is not None and former.isConnected:
            former.focus()


@contextmanager
def asking_in(place: Place, handlers: "Handlers") -> Iterator[None]:
    """Have `input` and `getpass` ask in ``place`` in this task; leaving the view ends it."""
    asking: set[asyncio.Future[str]] = set()
    handlers.on_close(lambda: [each.cancel() for each in asking])

    async def put(prompt: str, secret: bool) -> str:
        # Not the waiting task, which nothing can end as long as it waits.
        task = asyncio.ensure_future(ask(prompt, place, secret=secret))
        asking.add(task)
        try:
            return await task
        finally:
            asking.discard(task)

    def wait(prompt: str, secret: bool) -> str:
        if not can_run_sync():
            raise CannotAsk(
                "input() cannot wait for the visitor here: either this browser cannot have Python "
                "wait, or the function is called by the browser and not below an async def. "
                "Use `await ask(...)`, or a worker."
            )
        return run_sync(put(prompt, secret))

    with _replaced(wait):
        yield


@contextmanager
def asking_page() -> Iterator[None]:
    """In a worker, have `input` and `getpass` ask on the page, where `answer_worker` is for it."""
    with _replaced(ask_page):
        yield


def ask_page(prompt: str, secret: bool = False) -> str:
    """In a worker, return what the visitor answers on the page, and do nothing else meanwhile."""
    from polyscript import xworker

    if not getattr(js, "crossOriginIsolated", False):
        raise CannotAsk(
            "input() cannot wait in a worker of this host, which does not isolate the page: ask "
            "before the call, and hand the answer over as an argument."
        )
    shared = js.SharedArrayBuffer.new(_HEAD + _LONGEST)
    question = {"prompt": prompt, "secret": secret, "shared": shared}
    xworker.postMessage(to_js(question, dict_converter=js.Object.fromEntries))
    flags = js.Int32Array.new(shared, 0, 2)
    while js.Atomics.load(flags, 0) == _OPEN:
        # Not forever, so that Python notices when it is to stop.
        js.Atomics.wait(flags, 0, _OPEN, _MILLISECONDS)
    if js.Atomics.load(flags, 0) == _NO:
        raise Cancelled(_CANCELLED)
    content = js.Uint8Array.new(shared, _HEAD, js.Atomics.load(flags, 1))
    return bytes(content.slice().to_py()).decode(errors="ignore")


def answer_worker(worker: "Worker", place: Place, handlers: "Handlers") -> None:
    """Ask in ``place`` what the worker wants to know, until the view is left."""

    async def answer(question: Any) -> None:
        reply, state = "", _NO
        try:
            reply = await ask(question.prompt, place, secret=question.secret)
            state = _YES
        except Cancelled:
            pass
        finally:
            # When the view is left, too: the worker would wait forever.
            content = reply.encode()[:_LONGEST]
            js.Uint8Array.new(question.shared, _HEAD).set(to_js(content))
            flags = js.Int32Array.new(question.shared, 0, 2)
            js.Atomics.store(flags, 1, len(content))
            js.Atomics.store(flags, 0, state)
            js.Atomics.notify(flags, 0)

    def heard(message: Any) -> None:
        # PyScript has messages of its own.
        if getattr(message, "shared", None):
            handlers.start(answer(message))

    worker.on_message = heard
    handlers.on_close(lambda: setattr(worker, "on_message", None))


def _asked(prompt: object = "") -> str:
    wait = _waits_by.get()
    if wait is None:
        return str(_former_input(prompt))
    answer = wait(str(prompt), False)
    # As a terminal shows both.
    print(f"{prompt}{answer}")
    return answer


def _asked_secretly(prompt: str = "Password: ", stream: object = None, **_: object) -> str:
    wait = _waits_by.get()
    if wait is None:
        return _former_getpass(prompt)
    answer = wait(prompt, True)
    print(prompt)
    return answer


@contextmanager
def _replaced(wait: Callable[[str, bool], str]) -> Iterator[None]:
    """Have `input` and `getpass` of this task wait by ``wait``; for other tasks they stay as
    they are."""
    builtins.input = _asked
    getpass.getpass = _asked_secretly
    outer = _waits_by.get()
    _waits_by.set(wait)
    try:
        yield
    finally:
        _waits_by.set(outer)


_former_input, _former_getpass = builtins.input, getpass.getpass
_waits_by: ContextVar[Callable[[str, bool], str] | None] = ContextVar("waits_by", default=None)
