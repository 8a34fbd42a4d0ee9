"""A browser of a few Python objects, for unit tests of ``patterns`` on CPython.

It holds what those tests need and no more: events that are told to listeners, ``fetch`` that a
test replaces, and the AbortController that goes with it. What a real browser does is shown by the
end-to-end tests.
"""

import asyncio
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


class Node(EventTarget):
    """An element: its attributes, what it holds, and the properties that a test or a page sets."""

    def __init__(self, tag: str) -> None:
        super().__init__()
        self.localName = tag
        self.attributes: dict[str, str] = {}
        self.childNodes: list[Any] = []
        self.parentElement: Node | None = None

    @property
    def id(self) -> str:
        return self.attributes.get("id", "")

    @property
    def textContent(self) -> str:  # noqa: N802
        return "".join(getattr(each, "textContent", each) for each in self.childNodes)

    @textContent.setter
    def textContent(self, text: str) -> None:  # noqa: N802
        self.childNodes = [text] if text else []

    def getAttribute(self, name: str) -> str | None:  # noqa: N802
        return self.attributes.get(name)

    def setAttribute(self, name: str, value: str) -> None:  # noqa: N802
        self.attributes[name] = value

    def removeAttribute(self, name: str) -> None:  # noqa: N802
        self.attributes.pop(name, None)

    def append(self, *nodes: Any) -> None:
        for each in nodes:
            if isinstance(each, Node):
                each.parentElement = self
        self.childNodes.extend(
            str(each) if isinstance(each, int | float) else each for each in nodes
        )

    def replaceChildren(self, *nodes: Any) -> None:  # noqa: N802
        self.childNodes = list(nodes)

    def querySelectorAll(self, tag: str) -> "list[Node]":  # noqa: N802
        """The elements of a tag below this one, in document order; no other selector is known."""
        found: list[Node] = []
        for each in self.childNodes:
            if isinstance(each, Node):
                found += [each] * (each.localName == tag) + each.querySelectorAll(tag)
        return found


class Document(EventTarget):
    """A document that nothing is in."""

    documentElement = Node("html")  # noqa: N815 - the browser's name

    def querySelector(self, _: str) -> None:  # noqa: N802
        return None

    def createElement(self, tag: str) -> Node:  # noqa: N802
        return Node(tag)


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

    def getComputedStyle(self, _: Any) -> Any:  # noqa: N802
        """Every custom property is a grey, so that figures can be drawn in the page's colours."""
        return SimpleNamespace(getPropertyValue=lambda _: "#808080")

    def requestAnimationFrame(self, call: Any) -> int:  # noqa: N802
        asyncio.get_running_loop().call_soon(call, 0.0)
        return 0


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
