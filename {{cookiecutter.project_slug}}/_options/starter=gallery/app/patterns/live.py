"""Calls a function with the values of controls, at once and whenever a visitor changes one.

    def area(radius):
        return f"{math.pi * radius**2:.2f} m²"

    root.append(live(area, handlers, radius=slider("Radius in m", 0.1, 10.0, 1.0)))

What the function returns is shown: see `patterns.results`. `live_figure` draws instead:

    def decay(axes, half_life, activity):
        t = np.linspace(0, 100, 400)
        axes.plot(t, activity * 0.5 ** (t / half_life))
        axes.set(xlabel="time in s", ylabel="activity in Bq")

    root.append(
        live_figure(
            decay,
            handlers,
            title="Decay",
            half_life=slider("Half-life in s", 1, 50, 10),
            activity=slider("Activity in Bq", 1, 1000, 500),
        )
    )

Controls can drive more than one thing: they appear where they come first.

The latest state wins, and nothing piles up. The message of a ValueError is at the control that
was changed last; any other exception is shown in the error panel.
"""

import inspect
import re
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from patterns.controls import Control
from patterns.dom import Element, element, next_paint, update
from patterns.events import Handlers
from patterns.fitting import Controls, check_parameters, first_line, in_words, name_of, values_of
from patterns.report import report_error
from patterns.results import show_result

# A call that took this many seconds is announced the next time, and so is the first one.
LONG = 0.15
# A page must not be blocked for more seconds than this.
TOO_LONG = 2.0


def live(
    function: Callable[..., object],
    handlers: Handlers,
    *,
    worker: bool = False,
    **controls: Control[Any],
) -> Element:
    """Return an element with the controls and what ``function`` returns for their values.

    ``function``, sync or async, takes each control's value by the control's name. The first line
    of its docstring is the caption of a table that it returns. With ``worker``, it runs in a worker
    (`patterns.worker`), and the page stays responsive. It then has to be in a module that imports
    nothing of the browser, such as workers/orbits.py, and take and return what can be pickled.
    Raises TypeError where its parameters do not fit the controls, or no worker could call it.
    """
    check_parameters(function, controls, {"worker": worker})
    if worker:
        from patterns.beside import in_worker

        function = in_worker(function)
    return _Live(function, handlers, controls).element


def live_figure(
    draw: Callable[..., object],
    handlers: Handlers,
    *,
    title: str,
    name: str = "",
    aspect: float = 0.6,
    projection: str | None = None,
    drawn: Callable[[float], object] | None = None,
    **controls: Control[Any],
) -> Element:
    """Return an element with the controls and a figure that follows them.

    ``draw`` is called with matplotlib's axes, or with a figure where its first parameter is called
    ``figure``, and with each control's value by the control's name. It draws everything, as into
    empty axes; what has not changed is not drawn again. Raises TypeError where its parameters do
    not fit the controls. Needs the packages matplotlib and numpy.

    ``title`` is the figure's heading, and ``name``, made of it unless given, its id and that of its
    files. What it shows is told to those who cannot see it by the first line of ``draw``'s
    docstring, the values, and the text that ``draw`` returns, if it does. ``aspect`` is its height
    over its width, ``projection`` that of its axes, such as "3d"; ``drawn`` is called after each
    drawing with the seconds that it took.
    """
    from patterns.canvas import CanvasFigure
    from patterns.replay import Replay

    options = {"title": title, "name": name, "aspect": aspect}
    first = check_parameters(draw, controls, options, drawn_into=True)
    name = name or re.sub(r"\W+", "-", title.lower()).strip("-") or "figure"
    told = first_line(draw)

    def describe() -> str:
        values = in_words(controls)
        return " ".join(filter(None, (f"{title}.", told, values and f"{values}.")))

    replay = Replay(
        draw,
        lambda: values_of(controls),
        describe,
        whole_figure=first == "figure",
        projection=projection,
    )
    words = _Words(controls)
    canvas = CanvasFigure(replay, handlers, aspect=aspect, drawn=drawn, said=words.say)
    words.listen(canvas.move, handlers)
    files = element("p", class_="row")
    for ending, what in (("svg", "Save as SVG"), ("png", "Save as PNG")):
        button = element("button", what, type="button", aria_label=f"{what}: {title}")
        handlers.on(button, "click", lambda ending=ending: canvas.save(ending, name))
        files.append(button)
    parts = [element("h2", title), *words.elements, canvas.frame, files]
    return element("section", parts, id=name, class_="example live")


class _Live:
    """A function, its controls, and what it has returned last."""

    def __init__(
        self,
        function: Callable[..., object],
        handlers: Handlers,
        controls: Controls,
    ) -> None:
        self._function = function
        self._handlers = handlers
        self._controls = controls
        self._asked = self._running = False
        self._seconds = LONG + 1
        self._words = _Words(controls)
        self._result = element("div", class_="result", aria_busy=True)
        # The listeners of the former result go with it.
        self._shown = Handlers()
        self.element = element(
            "section", *self._words.elements, self._result, class_="example live"
        )
        self._words.listen(self._ask, handlers)
        handlers.on_close(lambda: self._shown.close())
        self._ask()

    def _ask(self) -> None:
        self._asked = True
        if not self._running:
            self._running = True
            self._handlers.start(self._follow())

    async def _follow(self) -> None:
        """Call the function until nothing has changed meanwhile."""
        try:
            while self._asked:
                self._asked = False
                await self._call()
        finally:
            self._running = False

    async def _call(self) -> None:
        update(self._result, aria_busy=True)
        if self._seconds > LONG:
            self._words.say("Computing ...")
        await next_paint()  # so that what a visitor does comes before the latest state is read
        started = time.perf_counter()
        refusal = ""
        try:
            result = self._function(**values_of(self._controls))
            if inspect.isawaitable(result):
                result = await result
            elif (seconds := time.perf_counter() - started) > TOO_LONG:
                print(
                    f"{name_of(self._function)} took {seconds:.0f} s, in which the page stood "
                    "still: live(..., worker=True) computes beside the page."
                )
            self._shown.close()
            self._shown = Handlers()
            name, caption = name_of(self._function)[:-2], first_line(self._function)
            show_result(self._result, result, self._shown, caption=caption, name=name)
        except ValueError as error:
            refusal = str(error)
        except Exception as error:
            report_error(error, f"{name_of(self._function)} stopped with an error")
        finally:
            self._words.say(refusal, refused=bool(refusal))
            update(self._result, aria_busy=False)
            self._seconds = time.perf_counter() - started


class _Words:
    """Controls, and what is said of their values: at the one that was changed last, or below."""

    def __init__(self, controls: Controls) -> None:
        self._controls = list(controls.values())
        self._changed: Control[Any] | None = None
        self._note = element("p", class_="said", role="status")
        self._refused: Control[Any] | None = None
        self._said = ""
        # One that drives something else as well is there already.
        own = [each.element for each in self._controls if not each.element.parentElement]
        self.elements = [*([element("div", own, class_="controls")] if own else []), self._note]

    def listen(self, call: Callable[[], object], handlers: Handlers) -> None:
        def changed(control: Control[Any]) -> None:
            self._changed = control
            call()

        for control in self._controls:
            control.on_change(partial(changed, control), handlers)

    def say(self, words: str, refused: bool = False) -> None:
        """Say ``words``, instead of what was said before."""
        at = self._changed if refused else None
        if self._refused is not None and (at is not self._refused or not refused):
            self._refused.refuse("")
        self._refused = at
        if at is not None:
            at.refuse(words)
            words = ""
        if words != self._said:
            update(self._note, text=words, class_="said bad" if refused else "said")
            self._said = words
