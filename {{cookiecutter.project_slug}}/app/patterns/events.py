"""Calls plain Python functions when something happens on the page, until a view is left.

A Handlers object owns what a view attached: listeners, key shortcuts, debounced calls, running
tasks. Closing it removes all of that, and frees the JavaScript proxies of the functions. main.py
hands one to each page and closes it when the page is left.

    def mount(root, handlers):
        button = element("button", "Measure", type="button")
        root.append(button)
        handlers.on(button, "click", measure)

    async def measure(event):
        reading = await get_json("./reading.json")

Functions may be sync or async, and take the event or nothing: parameters with a default, as in
``lambda name=name: …``, keep it. What they raise is shown in the page's error panel; the app goes
on. Tasks that are started by asyncio alone, and not by ``handlers.start``, outlive their page.
"""

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from pyscript import document, window
from pyscript.ffi import create_proxy

from patterns.dom import Element
from patterns.report import report_error

Handler = Callable[..., object]
_BY_NAME = {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}


class Handlers:
    """What one view listens to and runs."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._last_words: list[Callable[[], object]] = []
        self._closed = False

    def __len__(self) -> int:
        """Return how many listeners are attached."""
        return len(self._listeners)

    def on(self, target: Any, event_name: str, handler: Handler) -> "Listener":
        """Call ``handler`` at each ``event_name`` of ``target``; return a listener that can be
        removed.

        ``target`` is an Element, or any EventTarget of the browser, such as ``window``. By the
        time an async handler goes on after an ``await``, ``event.currentTarget`` is null.
        """
        if self._closed:
            raise RuntimeError(f"Cannot listen to {event_name!r}: this view has been left.")
        call = self._reporting(handler, f"The handler of {event_name!r} stopped with an error")
        dom_target = target._dom_element if isinstance(target, Element) else target
        listener = Listener(dom_target, event_name, call, self._listeners.discard)
        self._listeners.add(listener)
        return listener

    def on_submit(self, form: Element, handler: Handler) -> "Listener":
        """Call ``handler`` with the form's values, a dict of strings by name, when it is sent.

        The browser's own sending, which would leave the page, does not happen.
        """

        def submit(event: Any) -> object:
            event.preventDefault()
            return handler(form_values(form))

        return self.on(form, "submit", submit)

    def on_shortcut(self, keys: str, handler: Handler) -> "Listener":
        """Call ``handler`` when the keys, such as "mod+enter", are pressed anywhere on the page."""
        shortcut = parse_shortcut(keys)
        takes_event = _takes_argument(handler)

        def press(event: Any) -> object:
            if not shortcut.matches(event):
                return None
            event.preventDefault()
            return handler(event) if takes_event else handler()

        return self.on(document, "keydown", press)

    def callback(self, handler: Handler) -> Any:
        """Return ``handler`` as what a JavaScript library can keep and call until the view is left.

        For what has events of its own: ``plot.on("plotly_click", handlers.callback(show))``.
        """
        proxy: Any = create_proxy(self._reporting(handler, "A callback stopped with an error"))
        self.on_close(proxy.destroy)
        return proxy

    def debounced(self, seconds: float, handler: Handler) -> "Debounced":
        """Return a function that calls ``handler`` once its own calls have paused.

        Each call starts the wait of ``seconds`` again; the last call's arguments count.
        """
        later = asyncio.get_running_loop().call_later
        call = self._reporting(handler, "A delayed call stopped with an error")
        debounced = Debounced(seconds, call, later)
        self.on_close(debounced.cancel)
        return debounced

    def start(
        self, coroutine: Coroutine[Any, Any, object], title: str = "A task stopped with an error"
    ) -> asyncio.Task[None]:
        """Run ``coroutine`` beside the page; it is cancelled when the view is left."""
        task = asyncio.ensure_future(_watched(coroutine, title))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # Cancelled before its first step, Python would complain that it was never awaited.
        task.add_done_callback(lambda _: coroutine.close())
        return task

    def on_close(self, function: Callable[[], object]) -> None:
        """Call ``function`` when the view is left, to give back what it took."""
        self._last_words.append(function)

    def close(self) -> None:
        """Remove every listener, free its proxy, cancel every task. A second time does nothing."""
        self._closed = True
        for listener in list(self._listeners):
            listener.remove()
        for task in list(self._tasks):
            task.cancel()
        while self._last_words:
            self._last_words.pop()()

    def _reporting(self, handler: Handler, title: str) -> Handler:
        takes_argument = _takes_argument(handler)

        def call(*arguments: Any) -> None:
            try:
                result = handler(*arguments) if takes_argument else handler()
            except SystemExit:
                return
            except Exception as error:
                report_error(error, title)
                return
            if inspect.iscoroutine(result):
                self.start(result, title)

        return call


class Listener:
    """One function attached to one event of one target, until it is removed."""

    def __init__(
        self,
        target: Any,
        event_name: str,
        call: Handler,
        forget: Callable[["Listener"], object],
    ) -> None:
        self._target = target
        self._event_name = event_name
        self._forget = forget
        # Python must keep this proxy: JavaScript's own reference would end with the call.
        self._proxy: Any = create_proxy(call)
        target.addEventListener(event_name, self._proxy)

    @property
    def attached(self) -> bool:
        """Whether the function is still called."""
        return self._proxy is not None

    def remove(self) -> None:
        """Detach the function and free its proxy. A second time does nothing."""
        if not self.attached:
            return
        self._target.removeEventListener(self._event_name, self._proxy)
        self._proxy.destroy()
        self._proxy = None
        self._forget(self)


class Cancellable(Protocol):
    """A future call that can be cancelled."""

    def cancel(self) -> object: ...


class Debounced:
    """A function that runs once its calls have paused for a while."""

    def __init__(
        self,
        seconds: float,
        function: Handler,
        later: Callable[[float, Callable[[], object]], Cancellable],
    ) -> None:
        self._seconds = seconds
        self._function = function
        self._later = later
        self._pending: Cancellable | None = None

    def __call__(self, *arguments: Any) -> None:
        """Delay the run: it comes once no other call does."""
        self.cancel()
        self._pending = self._later(self._seconds, partial(self._function, *arguments))

    def cancel(self) -> None:
        """Cancel the run to come, if there is one."""
        if self._pending is not None:
            self._pending.cancel()
            self._pending = None


@dataclass(frozen=True)
class Shortcut:
    """A key with the modifiers that must be held, and no others, while it is pressed."""

    key: str
    modifiers: frozenset[str]

    def matches(self, event: Any) -> bool:
        """Say whether a keydown event is this shortcut; not while an input method composes text."""
        if event.isComposing or str(event.key).lower() != self.key:
            return False
        held = {name for name in ("ctrl", "alt", "shift", "meta") if getattr(event, f"{name}Key")}
        if "mod" not in self.modifiers:
            return held == self.modifiers
        return held - {"ctrl", "meta"} == self.modifiers - {"mod"} and bool(held & {"ctrl", "meta"})


def parse_shortcut(keys: str) -> Shortcut:
    """Read keys such as "mod+enter" or "alt+shift+r".

    The last is a key as ``KeyboardEvent.key`` names it; before it stand "ctrl", "alt", "shift",
    "meta", or "mod" for what is Ctrl on most keyboards and Command on Apple's. Raises ValueError.
    """
    *modifiers, key = (part.strip() for part in keys.lower().split("+"))
    unknown = sorted(set(modifiers) - {"ctrl", "alt", "shift", "meta", "mod"})
    if unknown or not key:
        raise ValueError(f"{keys!r} is no shortcut; write it like 'mod+enter' or 'alt+shift+r'.")
    return Shortcut(key, frozenset(modifiers))


def form_values(form: Element) -> dict[str, str]:
    """Return what the form's controls hold, by name, as it would be sent: without unticked
    boxes."""
    entries = window.FormData.new(form._dom_element)
    return dict(window.Object.fromEntries(entries).to_py())


async def _watched(coroutine: Coroutine[Any, Any, object], title: str) -> None:
    try:
        await coroutine
    except SystemExit:
        pass
    except Exception as error:
        report_error(error, title)


def _takes_argument(handler: Handler) -> bool:
    """Say whether a function takes an event: parameters with a default do not count."""
    try:
        parameters = inspect.signature(handler).parameters.values()
    except (TypeError, ValueError):  # written in C or JavaScript, without a signature
        return True
    return any(each.default is each.empty and each.kind not in _BY_NAME for each in parameters)
