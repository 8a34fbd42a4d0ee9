"""Shows the Python behind a page, as it runs, with syntax highlighting and a button to copy it.

The source is read from the module itself, so what a visitor sees is what was imported.

    import pages.plot

    root.append(source_view(pages.plot, handlers))
"""

import builtins
import inspect
import io
import keyword
import tokenize
from collections.abc import Iterator
from types import ModuleType

from pyscript import window

from patterns.dom import Element, element, update
from patterns.events import Handlers

# What the style sheet has a colour for.
_KINDS = {
    tokenize.COMMENT: "comment",
    tokenize.NUMBER: "number",
    tokenize.STRING: "string",
}
# Python 3.12 and later split f-strings into tokens; their texts are still strings.
for _name in ("FSTRING_START", "FSTRING_MIDDLE", "FSTRING_END"):
    if hasattr(tokenize, _name):
        _KINDS[getattr(tokenize, _name)] = "string"


def source_view(module: ModuleType, handlers: Handlers) -> Element:
    """Return a closed ``<details>`` with the source of ``module`` and a button that copies it."""
    source = inspect.getsource(module)
    path = f"app/{module.__name__.replace('.', '/')}.py"
    view = element("details", element("summary", "The Python of this page"), class_="source")

    def fill() -> None:
        # Only now: most visitors never open it.
        if view.open and len(view.children) == 1:
            copying = element("button", "Copy", type="button")
            handlers.on(copying, "click", lambda: _copy(source, copying))
            # Scrolled by keyboard, it needs a place in the order of focus and a name.
            code = element("pre", tabindex=0, role="group", aria_label=f"Source of {path}")
            for kind, text in highlight(source):
                code.append(element("span", text, class_=f"py-{kind}") if kind else text)
            view.append(element("p", element("code", path), copying, class_="row"), code)

    handlers.on(view, "toggle", fill)
    return view


def highlight(source: str) -> Iterator[tuple[str, str]]:
    """Yield the pieces of Python ``source``, each with its kind; together they are the whole
    source.

    Kinds are "comment", "string", "number", "keyword", "builtin", and "" for everything else. What
    is not Python comes back as it is.
    """
    lines = source.splitlines(keepends=True)
    row, column = 1, 0
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        yield "", source
        return
    for token in tokens:
        kind = _kind(token)
        if not kind:
            continue
        yield from _plain(lines, (row, column), token.start)
        yield kind, _between(lines, token.start, token.end)
        row, column = token.end
    yield from _plain(lines, (row, column), (len(lines), len(lines[-1]) if lines else 0))


def _kind(token: tokenize.TokenInfo) -> str:
    if token.type == tokenize.NAME:
        if keyword.iskeyword(token.string):
            return "keyword"
        return "builtin" if hasattr(builtins, token.string) else ""
    return _KINDS.get(token.type, "")


def _plain(
    lines: list[str], start: tuple[int, int], end: tuple[int, int]
) -> Iterator[tuple[str, str]]:
    text = _between(lines, start, end)
    if text:
        yield "", text


def _between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    (first, left), (last, right) = start, end
    if first > len(lines):
        return ""
    if first == last:
        return lines[first - 1][left:right]
    middle = lines[first : last - 1]
    tail = lines[last - 1][:right] if last <= len(lines) else ""
    return "".join([lines[first - 1][left:], *middle, tail])


async def _copy(source: str, button: Element) -> None:
    try:
        await window.navigator.clipboard.writeText(source)
    except Exception as error:  # the browser's refusal, which has no type of its own
        update(button, text=f"Not copied: {error}")
    else:
        update(button, text="Copied")
