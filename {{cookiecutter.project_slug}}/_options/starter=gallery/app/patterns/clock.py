"""A clock as a control: it animates a figure, until it is stopped or the page is left.

    def wave(axes, time):
        axes.plot(x, np.sin(x - time))

    root.append(live_figure(wave, handlers, title="A wave", time=clock("Time in s")))

What does not change with the time is not drawn again (`patterns.live`).
"""

import asyncio
from collections.abc import Callable

from patterns.controls import Control, id_of
from patterns.dom import Element, element, update
from patterns.events import Handlers


def clock(label: str, *, step: float = 1 / 30) -> Control[float]:
    """Return a stopped clock, with a button that starts and stops it.

    Its value is a time in seconds, which goes on by ``step`` as often. ``label`` is what that time
    is called, such as "Time in s".
    """
    return _Clock(label, step)


class _Clock(Control[float]):
    def __init__(self, label: str, step: float) -> None:
        self._step = step
        self._running: asyncio.Task[None] | None = None
        self._switch = element("button", "Start", type="button", id=id_of(label))
        super().__init__(label, 0.0, lambda: self.value + step, self._switch, event="click")

    def on_change(self, call: Callable[[], object], handlers: Handlers) -> None:
        self._start = handlers.start
        super().on_change(call, handlers)

    def _take(self, source: Element) -> None:
        if self._running is None:
            self._running = self._start(self._run(source))
        else:
            self._running.cancel()
            self._running = None
        update(self._switch, text="Start" if self._running is None else "Stop")

    async def _run(self, source: Element) -> None:
        while True:
            super()._take(source)
            await asyncio.sleep(self._step)
