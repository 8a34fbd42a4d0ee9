"""Creates, finds, updates and removes elements of the page.

Text is text: what is given as a string appears on the page letter by letter, whatever it holds,
so that nothing a visitor types can become markup. Markup is inserted by name, with insert_markup.

    from patterns.dom import element, find, remove, update

    samples = element("ul", element("li", "Fe < 3 %"), class_="samples")
    root.append(samples)
    update(find("li", samples), text="Fe < 2 %", aria_current=True)
    remove(find("li", samples))
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from pyodide.ffi import create_once_callable
from pyscript import document, window
from pyscript.ffi import to_js
from pyscript.web import Element

__all__ = [
    "Element",
    "clear",
    "css_variable",
    "download",
    "element",
    "field",
    "find",
    "find_all",
    "insert_markup",
    "next_paint",
    "release_image",
    "remove",
    "show_image",
    "update",
    "window",
]

Content = Element | str | int | float
Child = Content | Iterable[Content]
Attribute = str | int | float | bool | None

# These attributes hold the value that a control started with, the properties its present one.
_PROPERTIES = frozenset({"checked", "value"})


def element(tag: str, *children: Child, **attributes: Attribute) -> Element:
    """Create an element such as ``element("a", "Start", href="#/", class_="link")``.

    ``children`` are elements, text, numbers, or iterables of these. ``attributes`` are written as
    in `update`.
    """
    made = Element.wrap_dom_element(document.createElement(tag))
    _set_attributes(made, attributes)
    for child in children:
        made.append(*([child] if isinstance(child, Element | str | int | float) else child))
    return made


def field(label: str, control: Element, note: Element | None = None) -> Element:
    """Return a form control, which needs an ``id``, under its label.

    A ``note``, which needs an ``id`` too, stands between: a hint, or the place of a refusal.
    """
    parts = [element("label", label, for_=control.id)]
    if note is not None:
        parts.append(note)
        update(control, aria_describedby=note.id)
    return element("div", *parts, control, class_="field")


def find(selector: str, within: Element | None = None) -> Element:
    """Return the first element that matches the CSS ``selector``, in the page or ``within`` one.

    Raises LookupError where there is none.
    """
    matches = find_all(selector, within)
    if not matches:
        raise LookupError(f"No element matches {selector!r}.")
    return matches[0]


def find_all(selector: str, within: Element | None = None) -> list[Element]:
    """Return every element that matches the CSS ``selector``, in document order; maybe none."""
    scope = document if within is None else within._dom_element
    return [Element.wrap_dom_element(match) for match in scope.querySelectorAll(selector)]


def update(target: Element, *, text: str | None = None, **attributes: Attribute) -> None:
    """Set the text and attributes of an element.

    ``text`` replaces everything inside. In attribute names, an underscore stands for a hyphen, and
    one at the end is dropped: ``class_``, ``for_``, ``aria_label``. True sets an attribute without
    a value, False and None take it away; in ``aria_…`` attributes they are "true" and "false".
    """
    if text is not None:
        target.textContent = text
    _set_attributes(target, attributes)


def remove(*targets: Element) -> None:
    """Remove elements from the page."""
    for target in targets:
        target._dom_element.remove()


def clear(target: Element) -> None:
    """Remove everything from an element."""
    target._dom_element.replaceChildren()


def insert_markup(target: Element, markup: str) -> None:
    """Append ``markup``, parsed as HTML, to an element.

    Only for markup from your own source: in what a visitor or a server wrote, it would let them
    run scripts in your page.
    """
    target._dom_element.insertAdjacentHTML("beforeend", markup)


def show_image(image: Element, content: bytes, media_type: str, alt: str) -> None:
    """Show ``content``, a whole image file, in an ``<img>``, with its text alternative.

    The memory of the image shown before is given back; `release_image` does so for the last one.
    """
    former = str(image.src)
    update(image, src=_blob_url(content, media_type), alt=alt)
    _revoke(former)


def release_image(image: Element) -> None:
    """Free the memory of what `show_image` showed, and show it no longer."""
    url = str(image.src)
    # First, or a browser that has not read it yet would say that it cannot.
    update(image, src=None)
    _revoke(url)


def download(content: bytes, file_name: str, media_type: str) -> None:
    """Offer ``content`` to the visitor as a file to save."""
    url = _blob_url(content, media_type)
    element("a", href=url, download=file_name).click()
    # Some browsers read it only once the visitor has chosen where to save it.
    asyncio.get_running_loop().call_later(60, _revoke, url)


def css_variable(name: str) -> str:
    """Return the value that a custom property such as "--ink" has on the page right now."""
    style = window.getComputedStyle(document.documentElement)
    return str(style.getPropertyValue(name)).strip()


async def next_paint() -> None:
    """Return once the browser has painted what was changed: call it before long computations.

    In a tab that nobody sees, which paints nothing, it returns after a tenth of a second.
    """
    loop = asyncio.get_running_loop()
    frame = loop.create_future()

    def done(*_: Any) -> None:
        if not frame.done():
            frame.set_result(None)

    window.requestAnimationFrame(create_once_callable(done))
    loop.call_later(0.1, done)
    await frame
    # The frame's callbacks come before its painting, the next task after it.
    await asyncio.sleep(0)


def _set_attributes(target: Element, attributes: Mapping[str, Attribute]) -> None:
    for name, value in attributes.items():
        _set_attribute(target, name.removesuffix("_").replace("_", "-"), value)


def _set_attribute(target: Element, name: str, value: Attribute) -> None:
    if name in _PROPERTIES:
        setattr(target, name, "" if value is None else value)
        return
    if name.startswith("aria-") and isinstance(value, bool):
        value = str(value).lower()
    if value is None or value is False:
        target.removeAttribute(name)
    else:
        target.setAttribute(name, "" if value is True else str(value))


def _blob_url(content: bytes, media_type: str) -> str:
    parts = to_js([to_js(memoryview(content))])
    return str(window.URL.createObjectURL(window.Blob.new(parts, to_js({"type": media_type}))))


def _revoke(url: str) -> None:
    if url.startswith("blob:"):
        window.URL.revokeObjectURL(url)
