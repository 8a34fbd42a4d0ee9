"""Runs functions in a worker, so that the page stays responsive for the visitor.

What runs there is an ordinary module of this app, such as workers/orbits.py: it imports nothing of
the browser, so the page, a worker and CPython's tests can all call it. It sees the files that the
page sees, those of `[files]` in app/pyscript.toml, and what it imports from its own folder.

    worker = named_worker("orbits", "workers.orbits", packages=("numpy",))

    async def compute(event):
        try:
            path = await worker.call("integrate", 10_000, on_progress=show_share)
        except WorkerCancelled:
            ...

Arguments and results are copied: anything that can be pickled, numpy arrays among them. A function
with a parameter ``progress`` can call it with how much is done, from 0 to 1.

All of this works on any host. One that sends the two headers of cross-origin isolation, as
`pyscript run` does, gives SharedArrayBuffer, and with it a worker that survives being cancelled:
its computation is interrupted. Anywhere else a cancelled worker is ended and started again.
"""

import ast
import asyncio
import functools
import importlib
import pickle
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pyscript
from pyscript import document, window
from pyscript.ffi import create_proxy, to_js

from patterns.fetch import StatusError, get_text

# Code that computes outside Python, in one long call of numpy say, does not notice an interrupt.
SECONDS_TO_STOP = 2.0
# Now and then Python notices an interrupt and goes on all the same: it is repeated meanwhile.
SECONDS_BETWEEN_INTERRUPTS = 0.5

_HOST = "worker_host.py"
_GO_ON, _INTERRUPT = 0, 2

_workers: dict[str, "Worker"] = {}


class WorkerError(Exception):
    """A worker could not start, or what ran there raised; then ``traceback`` is its text there."""

    def __init__(self, message: str, traceback: str = "") -> None:
        super().__init__(message)
        self.traceback = traceback
        # So the error panel and the console show where it came from.
        if traceback:
            self.add_note(f"\nIn the worker:\n{traceback}")


_DOES_NOT_LOAD = (
    "It does not load. An app that is one document, or opened from a file, has no workers."
)


class WorkerCancelled(Exception):  # noqa: N818 - somebody wanted it so
    """The computation was cancelled before it was done."""


def named_worker(name: str, module: str, packages: Iterable[str] = ()) -> "Worker":
    """Return the worker of a name: the running one, so that any page can go on with it.

    Where there is none, its first call starts it, with ``module`` imported and the distribution
    packages ``packages`` installed.
    """
    return _workers.setdefault(name, Worker(name, module, packages))


class Worker:
    """One worker, and the module whose functions it calls."""

    def __init__(self, name: str, module: str, packages: Iterable[str] = ()) -> None:
        self.name = name
        self._module = module
        self._packages = sorted(packages)
        self._worker: Any = None
        self._proxies: list[Any] = []
        self._interrupt: Any = None
        self._starting: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[None] | None = None
        self._answer: asyncio.Future[bytes] | None = None
        self._on_progress: Callable[[float], object] | None = None
        self._one_call = asyncio.Lock()
        # Called with what the worker's code posts itself.
        self.on_message: Callable[[Any], object] | None = None

    @property
    def state(self) -> Literal["off", "starting", "idle", "busy"]:
        """What it does now."""
        if self._starting is None:
            return "off"
        if not self._starting.done():
            return "starting"
        return "idle" if self._answer is None else "busy"

    def start(self) -> "asyncio.Task[None]":
        """Start the worker unless it runs, so that its first call need not wait."""
        if self._starting is None:
            self._starting = asyncio.ensure_future(self._start())
            self._starting.add_done_callback(self._started)
        return self._starting

    async def call(
        self,
        function: str,
        *arguments: object,
        on_progress: Callable[[float], object] | None = None,
    ) -> Any:
        """Call a function of the module in the worker; return what it returns, once it has.

        One call runs at a time, others wait. ``on_progress`` is called with the share that is
        done. Raises WorkerCancelled after `cancel` and `close`, and WorkerError. When the task
        that waits here is cancelled, as it is when its page is left, so is the computation.
        """
        async with self._one_call:
            while self._answer is not None:
                await asyncio.wait([self._answer])
            if self._interrupt is not None:
                # What was meant for the computation before. Here, since the worker would clear one
                # that comes while it is being asked, too.
                self._interrupt[0] = _GO_ON
            self._answer = answer = asyncio.get_running_loop().create_future()
            answer.add_done_callback(self._answered)
            self._on_progress = on_progress
            self._asking = asyncio.ensure_future(self._ask(function, arguments, answer))
            try:
                await asyncio.wait([answer])
            except asyncio.CancelledError:
                self._stop(self._end)
                raise
            return _result(answer.result())

    def cancel(self) -> None:
        """Stop the computation, if there is one: its call raises WorkerCancelled.

        `interruptible` says whether the worker lives on; if not, it is started again.
        """
        self._stop(self._restart)

    def close(self) -> None:
        """End the worker and free its memory."""
        _workers.pop(self.name, None)
        self._end()

    async def _ask(
        self, function: str, arguments: tuple[object, ...], answer: "asyncio.Future[bytes]"
    ) -> None:
        """Have the worker compute, and settle ``answer``."""
        try:
            await asyncio.shield(self.start())
            content = await self._worker.sync.call(function, to_js(pickle.dumps(arguments)))
        except Exception as error:
            _settle(answer, error=self._explained(error))
        else:
            _settle(answer, content.to_bytes())

    async def _start(self) -> None:
        await bring_module(self._module)
        self._worker = _new_worker(self._packages)
        self._listen()
        await self._worker.ready
        if interruptible():
            self._interrupt = window.Uint8Array.new(window.SharedArrayBuffer.new(1))
        files = to_js(pickle.dumps(files_here()))
        answer = await self._worker.sync.prepare(self._module, files, self._interrupt)
        _result(answer.to_bytes())

    def _started(self, starting: "asyncio.Task[None]") -> None:
        if not starting.cancelled() and starting.exception() is not None:
            # The next call tries again.
            self._discard()

    def _answered(self, answer: "asyncio.Future[bytes]") -> None:
        # Nobody may be left to see it.
        answer.exception()
        self._answer = self._asking = self._on_progress = None

    def _listen(self) -> None:
        def progressed(event: Any) -> None:
            if not isinstance(event.data, int | float):
                if self.on_message is not None:
                    self.on_message(event.data)
            elif self._on_progress is not None:
                self._on_progress(float(event.data))

        def failed(event: Any) -> None:
            error = getattr(event, "error", None) or event
            # A script that does not load is an event and no more.
            error = error if getattr(error, "message", None) else _DOES_NOT_LOAD
            if self._answer is not None:
                _settle(self._answer, error=self._explained(error))

        self._proxies = [create_proxy(progressed), create_proxy(failed)]
        self._worker.addEventListener("message", self._proxies[0])
        # The browser reports an error by the event, PyScript by calling onerror.
        self._worker.addEventListener("error", self._proxies[1])
        self._worker.onerror = self._proxies[1]

    def _stop(self, by_force: Callable[[], object]) -> None:
        """Interrupt the computation; end it ``by_force`` where it cannot be or does not react."""
        answer, interrupt = self._answer, self._interrupt
        if answer is None:
            return
        if self.state == "starting":
            # Nothing computes yet, and PyScript does not bear the end of a worker that it starts.
            if self._asking is not None:
                self._asking.cancel()
            _settle(answer, error=WorkerCancelled(f"The worker {self.name} was starting."))
            return
        if interrupt is None:
            by_force()
            return

        loop = asyncio.get_running_loop()
        deadline = loop.time() + SECONDS_TO_STOP

        def insist() -> None:
            if answer.done():
                return
            if loop.time() >= deadline:
                by_force()
                return
            interrupt[0] = _INTERRUPT
            loop.call_later(SECONDS_BETWEEN_INTERRUPTS, insist)

        insist()

    def _restart(self) -> None:
        self._end()
        self.start()

    def _end(self) -> None:
        if self._starting is not None:
            self._starting.cancel()
        if self._asking is not None:
            self._asking.cancel()
        if self._answer is not None:
            _settle(self._answer, error=WorkerCancelled(f"The worker {self.name} was ended."))
        self._discard()

    def _discard(self) -> None:
        if self._worker is not None:
            # What it has sent already is still to be delivered.
            for kind, proxy in zip(("message", "error"), self._proxies, strict=False):
                self._worker.removeEventListener(kind, proxy)
            self._worker.onerror = None
            self._worker.terminate()
        for proxy in self._proxies:
            proxy.destroy()
        self._proxies = []
        self._worker = self._interrupt = self._starting = None

    def _explained(self, error: Any) -> WorkerError:
        if isinstance(error, WorkerError):
            return WorkerError(f"The worker {self.name}: {error}", error.traceback)
        reason = str(getattr(error, "message", error)).strip() or "No reason was given."
        traceback = reason if "Traceback" in reason else ""
        return WorkerError(f"The worker {self.name}: {reason.splitlines()[-1]}", traceback)


def interruptible() -> bool:
    """Say whether a computation can be stopped without ending its worker.

    It needs SharedArrayBuffer, which browsers give to pages with these two headers:
    ``Cross-Origin-Opener-Policy: same-origin`` and ``Cross-Origin-Embedder-Policy: require-corp``.
    """
    # WebKitGTK calls a page isolated and keeps SharedArrayBuffer from it all the same.
    return bool(window.crossOriginIsolated) and hasattr(window, "SharedArrayBuffer")


async def load_module(name: str) -> ModuleType:
    """Import a module of the app, such as "workers.orbits", into the page itself.

    Its source is fetched where Python does not have it yet. Raises patterns.fetch.FetchError, or
    what the module raises.
    """
    await bring_module(name)
    return importlib.import_module(name)


async def bring_module(name: str) -> None:
    """Have Python's files hold a module of this app, and what it imports from the app.

    What is missing in a folder that is there is fetched. Raises patterns.fetch.FetchError.
    """
    waiting = [name]
    for module in waiting:
        path = _located(module)
        if path is None and (module == name or _may_be_ours(module)):
            path = await _fetched(module, optional=module != name)
        if path is not None:
            found = own_imports(path.read_text(encoding="utf-8"), path)
            waiting += [each for each in found if each not in waiting]
    importlib.invalidate_caches()


def files_here() -> dict[str, bytes]:
    """Return the files of this app that Python has, by their paths."""
    return {
        path.as_posix(): path.read_bytes()
        for path in Path().rglob("*")
        if path.is_file() and path.parts[0] != "pyscript" and "__pycache__" not in path.parts
    }


def own_imports(source: str, path: Path) -> list[str]:
    """Return what a module at a path of this app imports anywhere, with the names out of that.

    Only the folder shows whether these are modules. Each comes after what it is part of.
    """
    found: dict[str, None] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(dict.fromkeys(alias.name for alias in node.names))
        elif isinstance(node, ast.ImportFrom):
            package = path.parts[: len(path.parts) - node.level] if node.level else ()
            base = ".".join((*package, *([node.module] if node.module else [])))
            names = [alias.name for alias in node.names if alias.name != "*"]
            found.update(dict.fromkeys([base, *(f"{base}.{each}" for each in names)]))
    return [name for name in found if name.strip(".")]


def _located(module: str) -> Path | None:
    place = Path(*module.split("."))
    return next(filter(Path.is_file, (place.with_suffix(".py"), place / "__init__.py")), None)


def _may_be_ours(module: str) -> bool:
    """Say whether what is not here may be a module in a folder that is, and no name out of it."""
    *around, name = module.split(".")
    if not around or not Path(around[0]).is_dir() or Path(*around, name).is_dir():
        return False
    holder = _located(".".join(around))
    if holder is None:
        return True
    return holder.name == "__init__.py" and name not in holder.read_text(encoding="utf-8")


async def _fetched(module: str, *, optional: bool) -> Path | None:
    path = Path(*module.split(".")).with_suffix(".py")
    try:
        source = await get_text(f"./{path.as_posix()}", timeout=30)
    except StatusError:
        if optional:
            return None
        raise
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return path


def _new_worker(packages: list[str]) -> Any:
    """Start PyScript in a worker, on the page's own interpreter.

    Not by pyscript.workers: what it starts takes the page's configuration, whatever it is given,
    and a name of its cannot be used again once its worker has ended.
    """
    interpreter = window.URL.new(pyscript.config["interpreter"], document.baseURI).href
    configuration = {
        "packages": packages,
        "packages_cache": "passthrough",
        # Without SharedArrayBuffer the worker has no window, and needs none: no warning then.
        "sync_main_only": True,
    }
    options = {
        "type": "pyodide",
        "version": interpreter,
        "async": True,
        "config": configuration,
    }
    return pyscript.PyWorker(_host_address(), **options)


@functools.cache
def _host_address() -> str:
    """Where a worker gets what it runs from: this app's files, or in a build its archive."""
    path = Path(__file__).with_name(_HOST)
    if not path.exists():
        return f"./patterns/{_HOST}"
    source = window.Blob.new(to_js([path.read_text(encoding="utf-8")]))
    return str(window.URL.createObjectURL(source))


def _settle(
    answer: "asyncio.Future[bytes]", content: bytes = b"", error: Exception | None = None
) -> None:
    if answer.done():
        return
    if error is None:
        answer.set_result(content)
    else:
        answer.set_exception(error)


def _result(answer: bytes) -> Any:
    outcome, content = pickle.loads(answer)  # noqa: S301 - from this app's own worker
    if outcome == "cancelled":
        raise WorkerCancelled("The computation was cancelled.")
    if outcome == "error":
        raise WorkerError(*content)
    return content
