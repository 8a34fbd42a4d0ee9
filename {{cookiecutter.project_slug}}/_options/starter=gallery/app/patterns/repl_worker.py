"""Runs in a worker, and calls its Interpreter for the WorkerInterpreter on the page.

While code runs, what it prints goes to the page through a BroadcastChannel, the first pieces at
once and a flood of them in bundles; a message the other way asks the code to stop.
"""

import os
from typing import Any

import js
from pyscript.ffi import create_proxy, to_js

from patterns.repl import Backlog, Completions, Interpreter, Outcome, Pace

# More would only keep the page busy with what nobody can read in time.
BURST = 100
SECONDS_BETWEEN = 0.1

_interpreter = Interpreter(can_ask=False)
# pyplot has no page here: `plt.show()` says so, and does not look for one.
os.environ["MPLBACKEND"] = "agg"


async def run(source: str, name: str, channel_name: str) -> tuple[Outcome, int]:
    """Run ``source``; return how it ended, and how many messages were sent to the channel."""
    channel = js.BroadcastChannel.new(channel_name)
    stop = create_proxy(lambda _: _interpreter.stop())
    channel.addEventListener("message", stop)
    sender = _Sender(channel)
    try:
        outcome = await _interpreter.run(source, name, sender.write)
        sender.flush()
        return outcome, sender.count
    finally:
        channel.close()
        stop.destroy()


async def complete(before: str) -> Completions:
    """Return what could be at the end of ``before``, a line up to the cursor."""
    return await _interpreter.complete(before)


class _Sender:
    """Sends text to the page, no faster than a page can show it."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel
        self._backlog = Backlog()
        self._pace = Pace(BURST, SECONDS_BETWEEN)
        self.count = 0

    def write(self, kind: str, text: str) -> None:
        self._backlog.add(kind, text)
        if self._pace.allows():
            self.flush()

    def flush(self) -> None:
        pieces = self._backlog.take()
        if pieces:
            self._channel.postMessage(to_js(pieces))
            self.count += 1
