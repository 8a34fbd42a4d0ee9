"""A browser of a few Python objects, for unit tests of ``patterns`` on CPython.

It holds what those tests need and no more: events that are told to listeners, ``fetch`` that a
test replaces, and the AbortController that goes with it. What a real browser does is shown by the
end-to-end tests.
"""

from types import SimpleNamespace
from typing import Any


class EventTarget:
    """Tells each event to the functions that listen to its name."""

    def __init__(self) -> None:
        self.listeners: list[tuple[str, Any]] = []

    def addEventListener(self, name: str, listener: Any) -> None:  # noqa: N802
        self.listeners.append((name, listener))

    def removeEventListener(self, name: str, listener: Any) -> None:  # noqa: N802
        self.listeners.remove((name, listener))

    def dispatchEvent(self, event: Any) -> None:  # noqa: N802
        for name, listener in list(self.listeners):
            if name == event.type:
                listener(event)


class Document(EventTarget):
    """A document that nothing stands in."""

    def querySelector(self, _: str) -> None:  # noqa: N802
        return None


class CustomEvent:
    """An event with a detail."""

    def __init__(self, name: str, options: dict[str, Any] | None = None) -> None:
        self.type = name
        self.detail = (options or {}).get("detail")

    @classmethod
    def new(cls, *arguments: Any) -> "CustomEvent":
        return cls(*arguments)


class AbortController:
    """Remembers whether it was told to abort, and tells the request that carries its signal."""

    def __init__(self) -> None:
        self.signal = SimpleNamespace(aborted=False, on_abort=lambda: None)

    @classmethod
    def new(cls) -> "AbortController":
        return cls()

    def abort(self) -> None:
        self.signal.aborted = True
        self.signal.on_abort()


class Window(EventTarget):
    """The global scope."""

    CustomEvent = CustomEvent
    EventTarget = EventTarget
    AbortController = AbortController

    def __init__(self) -> None:
        super().__init__()
        self.location = SimpleNamespace(hash="")


class Storage(dict[str, Any]):
    """A dict whose changes go to a store at once, and to be kept when that is told to sync."""

    def __init__(self, store: Any) -> None:
        super().__init__(store)
        self._store = store

    def __setitem__(self, key: str, value: Any) -> None:
        self._store[key] = value
        super().__setitem__(key, value)

    def clear(self) -> None:
        self._store.clear()
        super().clear()


async def storage(name: str, storage_class: type[Storage] = Storage) -> Storage:
    """Tests of what is kept bring a browser of their own."""
    raise NotImplementedError(name)


async def js_import(*urls: str) -> list[Any]:
    """There is no JavaScript to import."""
    raise NotImplementedError(urls)


window = Window()
document = Document()
config: dict[str, Any] = {}
