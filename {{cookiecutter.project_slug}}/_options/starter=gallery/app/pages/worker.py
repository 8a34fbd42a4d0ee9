"""Shows patterns.worker: a long computation beside the page, its progress, its end, its errors."""

import time
from typing import Any

from patterns.canvas import Frames, page_theme, watch_theme
from patterns.dom import (
    Element,
    element,
    field,
    find_all,
    next_paint,
    release_image,
    show_image,
    update,
    window,
)
from patterns.events import Handlers
from patterns.numbers import written
from patterns.report import report_error
from patterns.worker import (
    WorkerCancelled,
    WorkerError,
    interruptible,
    load_module,
    named_worker,
)

MODULE = "workers.bifurcation"
ITERATIONS = 40_000
MOST_ITERATIONS = 10_000_000


def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page; the worker starts when it is first needed."""
    root.append(
        element("h1", "Workers"),
        element(
            "p",
            "A worker computes beside the page. The dot is moved by the page, frame by frame: it "
            "goes on while the worker computes, and stops while the page itself does.",
            class_="lead",
        ),
        BifurcationExample(handlers).section,
        isolation_note(),
    )


class BifurcationExample:
    """One computation, in a worker or in the page, with what the visitor can see of it."""

    def __init__(self, handlers: Handlers) -> None:
        self._worker = named_worker("bifurcation", MODULE, packages=("matplotlib", "numpy"))
        self._counts: Any = None
        self._pulse = Pulse(handlers)
        self._iterations = element(
            "input", id="iterations", type="number", min=1, max=MOST_ITERATIONS, value=ITERATIONS
        )
        self._status = element("p", "Not computed yet.", id="worker-status", role="status")
        self._bar = element("progress", id="worker-progress", max=1, value=0)
        update(self._bar, aria_label="Progress of the computation")
        self._image = element("img", id="diagram", alt="", hidden=True)
        self._frame = element("div", self._image, class_="plot")
        self._in_worker = element(
            "button", "Compute in the worker", type="button", class_="primary"
        )
        self._in_page = element("button", "Compute in the page", type="button")
        self._cancel = element("button", "Cancel", type="button", disabled=True)
        self._fail = element("button", "Fail in the worker", type="button")
        self._records = Records()
        self.section = element(
            "section",
            field("Iterations of the logistic map", self._iterations),
            element(
                "p", self._in_worker, self._cancel, self._in_page, self._fail, class_="row choices"
            ),
            self._pulse.track,
            self._bar,
            self._status,
            self._frame,
            self._records.table,
            class_="example",
        )

        handlers.on(self._in_worker, "click", self._compute_in_worker)
        handlers.on(self._in_page, "click", self._compute_in_page)
        handlers.on(self._cancel, "click", self._worker.cancel)
        handlers.on(self._fail, "click", self._fail_in_worker)
        self._theme: Any = None
        watch_theme(lambda: handlers.start(self._recolour()), handlers)
        handlers.on_close(lambda: release_image(self._image))

    async def _compute_in_worker(self) -> None:
        iterations = self._read_iterations()
        if iterations is None:
            return
        self._begin("Starting Python in the worker ...")
        try:
            counts = await self._worker.call("visits", iterations, on_progress=self._show_progress)
            update(self._status, text="Drawing in the worker ...")
            picture = await self._worker.call("picture", counts, *self._look())
            self._finish("Worker")
            self._show(counts, *picture)
        except WorkerCancelled:
            update(self._status, text=f"Cancelled. {cancelling()}")
            update(self._bar, value=0)
        except WorkerError as error:
            self._show_error(error)
        finally:
            self._end()

    async def _compute_in_page(self) -> None:
        iterations = self._read_iterations()
        if iterations is None:
            return
        self._begin("Computing in the page: nothing moves until that is done.")
        update(self._cancel, disabled=True)
        try:
            module = await load_module(MODULE)
            self._pulse.start()
            # So that the dot is seen to move before it stops.
            for _ in range(10):
                await next_paint()
            counts = module.visits(iterations)
            picture = module.picture(counts, *self._look())
            await next_paint()
            self._finish("Page")
            self._show(counts, *picture)
        finally:
            self._end()

    async def _fail_in_worker(self) -> None:
        self._begin("Asking the worker for an orbit of no iterations ...")
        try:
            await self._worker.call("visits", 0)
        except WorkerCancelled:
            update(self._status, text=f"Cancelled. {cancelling()}")
        except WorkerError as error:
            self._show_error(error)
        finally:
            self._end()

    async def _recolour(self) -> None:
        """Draw the picture in the page's new colours, from what was counted."""
        if self._counts is None or self._theme == page_theme() or self._worker.state != "idle":
            return
        picture = await self._worker.call("picture", self._counts, *self._look())
        self._show(self._counts, *picture)

    def _read_iterations(self) -> int | None:
        """Return the field's number, or None once the browser has said what is wrong with it."""
        if not self._iterations.reportValidity() or not self._iterations.value:
            return None
        return int(self._iterations.value)

    def _look(self) -> tuple[Any, float, float]:
        """Return the theme, the width in CSS pixels and the density that a picture is to have."""
        self._theme = page_theme()
        width = min(max(float(self._frame.clientWidth), 280), 960)
        return self._theme, width, min(float(window.devicePixelRatio), 3)

    def _begin(self, text: str) -> None:
        update(self._status, text=text)
        update(self._bar, value=0)
        for button in (self._in_worker, self._in_page, self._fail):
            update(button, disabled=True)
        update(self._cancel, disabled=False)

    def _end(self) -> None:
        self._pulse.stop()
        for button in (self._in_worker, self._in_page, self._fail):
            update(button, disabled=False)
        update(self._cancel, disabled=True)

    def _finish(self, where: str) -> None:
        self._pulse.stop()
        self._records.write(where, self._pulse)
        update(self._bar, value=1)
        update(self._status, text=f"{where}: done in {written(self._pulse.seconds, decimals=1)} s.")

    def _show_progress(self, share: float) -> None:
        if not self._pulse.running:
            self._pulse.start()
            update(self._status, text="Computing in the worker ...")
        update(self._bar, value=share)

    def _show_error(self, error: WorkerError) -> None:
        update(self._status, text=str(error))
        update(self._bar, value=0)
        report_error(error, "The worker stopped with an error")

    def _show(self, counts: Any, content: bytes, alternative: str) -> None:
        self._counts = counts
        show_image(self._image, content, "image/png", alternative)
        update(self._image, hidden=False)


class Pulse:
    """A dot that the page moves in each frame, and a record of how well it could."""

    def __init__(self, handlers: Handlers) -> None:
        self.running = False
        self.frames = 0
        self.longest_pause = 0.0
        self._started = self._latest = 0.0
        self._dot = element("div", id="dot", class_="dot")
        self.track = element("div", self._dot, class_="track", aria_hidden=True)
        self._still = bool(window.matchMedia("(prefers-reduced-motion: reduce)").matches)
        self._frames = Frames(self._move, handlers)

    @property
    def seconds(self) -> float:
        """How long it ran."""
        return self._latest - self._started

    def start(self) -> None:
        """Begin to move, and to count again."""
        self.running = True
        self.frames = 0
        update(self._dot, data_frames=0)
        self.longest_pause = 0.0
        self._started = self._latest = time.perf_counter()
        self._frames.request()

    def stop(self) -> None:
        """Stand still."""
        if self.running:
            self._count()
        self.running = False

    def _move(self) -> None:
        if not self.running:
            return
        self._count()
        self.frames += 1
        update(self._dot, data_frames=self.frames)
        if not self._still:
            there_and_back = abs((self.seconds / 2) % 2 - 1)
            self._dot._dom_element.style.left = f"{100 * there_and_back:.2f}%"
        self._frames.request()

    def _count(self) -> None:
        now = time.perf_counter()
        self.longest_pause = max(self.longest_pause, now - self._latest)
        self._latest = now


class Records:
    """The table of what the last computation in each place was like for the visitor."""

    def __init__(self) -> None:
        heads = ("Where", "Seconds", "Frames", "Longest pause")
        self._rows = {
            where: element("tr", element("th", where, scope="row")) for where in ("Worker", "Page")
        }
        self.table = element(
            "div",
            element(
                "table",
                element("thead", element("tr", [column_head(text) for text in heads])),
                element("tbody", self._rows.values()),
            ),
            class_="scroll",
            role="region",
            tabindex=0,
            aria_label="How the page fared meanwhile",
        )
        for row in self._rows.values():
            row.append(*(element("td", "\N{EN DASH}") for _ in heads[1:]))

    def write(self, where: str, pulse: Pulse) -> None:
        """Fill the row of a place."""
        texts = (
            written(pulse.seconds, decimals=1),
            str(pulse.frames),
            f"{written(pulse.longest_pause, decimals=2)} s",
        )
        for cell, text in zip(find_all("td", self._rows[where]), texts, strict=True):
            update(cell, text=text)


def column_head(text: str) -> Element:
    """Return the head of a table's column."""
    return element("th", text, scope="col")


def cancelling() -> str:
    """Return what cancelling does to the worker here, in words."""
    if interruptible():
        return "Its Python was interrupted, and the worker is ready for the next computation."
    return "The worker was ended, and another one is starting."


def isolation_note() -> Element:
    """Return the paragraph on what cross-origin isolation is good for."""
    here = "is" if interruptible() else "is not"
    return element(
        "section",
        element("h2", "With and without cross-origin isolation"),
        element(
            "p",
            "All this works on any host. A host that sends two headers, ",
            element("code", "Cross-Origin-Opener-Policy: same-origin"),
            " and ",
            element("code", "Cross-Origin-Embedder-Policy: require-corp"),
            ", isolates the page from other sites, and the browser then lets page and worker share "
            "memory. It gives one thing more: a computation can be interrupted, and the worker "
            "keeps its packages and what it has computed. Without it, cancelling ends the worker "
            "and starts another one, which takes a few seconds.",
        ),
        element("p", f"This page {here} cross-origin isolated.", id="isolation"),
        class_="example",
    )
