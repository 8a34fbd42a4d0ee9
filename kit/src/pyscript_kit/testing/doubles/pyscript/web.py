"""Elements, as Python holds those of the document."""

from typing import Any


class Element:
    """An element of the page."""

    _dom_element: Any

    def __init__(self, dom_element: Any) -> None:
        object.__setattr__(self, "_dom_element", dom_element)

    @classmethod
    def wrap_dom_element(cls, dom_element: Any) -> "Element":
        return cls(dom_element)

    def append(self, *items: Any) -> None:
        self._dom_element.append(*(getattr(item, "_dom_element", item) for item in items))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dom_element, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._dom_element, name, value)
