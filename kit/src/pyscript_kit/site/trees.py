"""Content of a document as trees: data that a browser makes elements of, without reading markup."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pyscript_kit.errors import ToolError

# A text, or an element: its name, its attributes, and what is in it. As JSON has it.
Node = Any

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source"}
_VOID |= {"track", "wbr"}
# A line break that one begins with is none of its content.
_LINED = {"listing", "pre", "textarea"}


def element(name: str, attributes: dict[str, str], *children: Node) -> Node:
    """An element."""
    return [name, attributes, list(children)]


def html_of(nodes: Iterable[Node]) -> str:
    """Nodes as HTML.

    Raises:
        ToolError: when a style sheet holds what would end it.
    """
    return "".join(_html_of(node) for node in nodes)


def _html_of(node: Node) -> str:
    if isinstance(node, str):
        return html.escape(node, quote=False)
    name, attributes, children = node
    tag = "".join(f' {key}="{html.escape(value)}"' for key, value in attributes.items())
    if name in _VOID:
        return f"<{name}{tag}>"
    if name == "style":
        text = "".join(children)
        if "</style" in text.lower():
            raise ToolError("a style sheet holds `</style`, which would end it: leave it out")
        return f"<{name}{tag}>{text}</{name}>"
    content = html_of(children)
    line = "\n" if name in _LINED and content.startswith("\n") else ""
    return f"<{name}{tag}>{line}{content}</{name}>"


def texts_of(nodes: Iterable[Node]) -> Iterator[str]:
    """The pieces of text in nodes, without space around them."""
    for node in nodes:
        if not isinstance(node, str):
            yield from texts_of(node[2])
        elif text := node.strip():
            yield text


def changed(nodes: Iterable[Node], change: Callable[[Node], Node]) -> list[Node]:
    """Nodes with a change of each element, after that of those in it."""
    return [
        node if isinstance(node, str) else change([node[0], node[1], changed(node[2], change)])
        for node in nodes
    ]
