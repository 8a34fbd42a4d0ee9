"""The runtime of an app that is being served: made again beside the server where the lock asks for
it, its snapshots after its plain files. Python boots plainly meanwhile, so that nobody waits for
the minute that a snapshot takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pyscript_kit.errors import StoppedError, ToolError
from pyscript_kit.runtime.vendoring import add_snapshots, lacks_snapshots, vendor_runtime
from pyscript_kit.snapshot.snapshots import Snapshots
from pyscript_kit.terminal import hushed, say, warn

# Seconds for a browser, or a download, to let go when the server ends.
_SECONDS_TO_END = 15.0
_UNFORESEEN = "It failed in a way that nobody foresaw; the terminal has the details."


class LiveRuntime:
    """The runtime of the project at `root`.

    Attributes:
        preparing: whether it is being made again, and the app cannot be loaded.
        failure: why it could not be made, the last time that it was tried.
        completing: whether its snapshots are being made, and the app runs without them.
        snapshot: another one each time that snapshots have come to a runtime in use; empty before.
    """

    def __init__(self, root: Path) -> None:
        self.preparing = False
        self.failure = ""
        self.completing = False
        self.snapshot = ""
        self._root = root
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def prepare(self) -> None:
        """Make it where it has to be, with the snapshots that there are.

        Raises:
            ToolError: when there is none to serve.
        """
        vendor_runtime(self._root, Snapshots.KEPT)

    def make_anew(self, done: Callable[[], None]) -> None:
        """Make it as the lock says now, then its snapshots, in a thread of its own.

        Args:
            done: is called in that thread, after each of both.
        """
        self.preparing = True
        self.failure = ""
        self._begin(lambda stop: self._vendor(stop, done))

    def complete(self, done: Callable[[], None]) -> None:
        """Make the snapshots that it lacks, in a thread of its own.

        Args:
            done: is called in that thread when that has come to an end.
        """
        self._begin(lambda stop: self._add_snapshots(stop, done))

    def stop(self) -> None:
        """Have what is under way let go."""
        self._stop.set()

    def wait(self) -> None:
        """Wait until nothing of it is under way any more, or is not to be waited for."""
        if self._thread:
            self._thread.join(_SECONDS_TO_END)

    def _begin(self, work: Callable[[threading.Event], None]) -> None:
        self._stop.set()
        self._stop = stop = threading.Event()
        former = self._thread

        def run() -> None:
            if former:
                former.join()
            with suppress(StoppedError):
                work(stop)

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    def _vendor(self, stop: threading.Event, done: Callable[[], None]) -> None:
        failure = _UNFORESEEN
        try:
            vendor_runtime(self._root, Snapshots.KEPT, stop)
            failure = ""
        except ToolError as error:
            failure = str(error)
            warn(failure)
        finally:
            if not stop.is_set():
                self.failure = failure
                self.preparing = False
                done()
        if not failure:
            self._add_snapshots(stop, done)

    def _add_snapshots(self, stop: threading.Event, done: Callable[[], None]) -> None:
        self.completing = True
        try:
            self._complete(stop)
        except ToolError as error:
            warn(f"the app starts without a snapshot, which cannot be installed: {error}")
        finally:
            self.completing = False
            if not stop.is_set():
                done()

    def _complete(self, stop: threading.Event) -> None:
        if lacks_snapshots(self._root):
            say(
                "Making a memory snapshot of Python, once per lock, in about a minute. You can "
                "use the app in the meantime; it reloads when the snapshot is ready."
            )
            started = time.monotonic()
            with hushed():
                added = add_snapshots(self._root, stop)
            if added:
                self.snapshot = str(time.time_ns())
                say(f"The snapshot is ready, after {time.monotonic() - started:.0f} s.")
