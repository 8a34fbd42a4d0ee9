"""An editor for Python: the CodeMirror that PyScript ships, so it comes with the runtime, offline.

    editor = await open_editor(place, label="Python", source="1 + 1", keys={"Mod-Enter": run})
    editor.source  # what stands in it
    handlers.on_close(editor.close)

The Tab key completes or indents; after Escape it leaves the editor instead, so that nobody who
works by keyboard is caught in it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from pyscript import document, js_import, window
from pyscript.ffi import create_proxy, to_js

from patterns.dom import Element


class Suggestion(Protocol):
    """What can be put in: names, in place of so many characters before the cursor."""

    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def replaced(self) -> int: ...


Complete = Callable[[str], Awaitable[Suggestion]]
# What a key does; False leaves the key to the editor.
Press = Callable[[], object]

# Longer than CodeMirror's own delay before a list of names takes a key.
_SECONDS_TO_LOOK = 0.15

# The colours that CodeMirror gives to kinds of code suit light pages only: what to have instead.
_COLOURS = {
    "#708": "var(--curve-3)",
    "#219": "var(--curve-2)",
    "#164": "var(--curve-2)",
    "#a11": "var(--curve-4)",
    "#e40": "var(--curve-5)",
    "#00f": "var(--curve-1)",
    "#30a": "var(--curve-1)",
    "#085": "var(--curve-5)",
    "#167": "var(--curve-5)",
    "#256": "var(--curve-5)",
    "#00c": "var(--curve-1)",
    "#940": "var(--muted)",
    "#404740": "var(--muted)",
    "#888": "var(--muted)",
    "#f00": "var(--bad)",
}

_LOOK = {
    "&": {
        "maxHeight": "24rem",
        "border": "1px solid var(--edge)",
        "borderRadius": "0.4rem",
        "color": "var(--ink)",
        "backgroundColor": "var(--surface)",
        "fontSize": "0.9375rem",
    },
    "&.cm-focused": {"outline": "3px solid var(--accent)", "outlineOffset": "2px"},
    ".cm-scroller": {"fontFamily": "var(--mono)", "lineHeight": "1.5"},
    # Both, so that the line numbers reach down as far as the code.
    ".cm-content, .cm-gutter": {"minHeight": "9rem"},
    ".cm-content": {"caretColor": "var(--ink)", "padding": "0.6rem 0"},
    ".cm-cursor": {"borderLeftColor": "var(--ink)"},
    ".cm-gutters": {
        "color": "var(--muted)",
        "backgroundColor": "var(--paper)",
        "borderRight": "1px solid var(--line)",
    },
    ".cm-activeLine, .cm-activeLineGutter": {"backgroundColor": "transparent"},
    ".cm-activeLineGutter": {"color": "var(--ink)"},
    "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, "
    ".cm-selectionBackground": {"backgroundColor": "var(--mark)"},
    "&.cm-focused .cm-matchingBracket": {
        "backgroundColor": "transparent",
        "outline": "1px solid var(--edge)",
    },
    ".cm-selectionMatch": {"backgroundColor": "transparent", "outline": "1px solid var(--line)"},
    ".cm-searchMatch": {"backgroundColor": "var(--mark)"},
    ".cm-panels": {"color": "var(--ink)", "backgroundColor": "var(--paper)"},
    ".cm-tooltip": {
        "color": "var(--ink)",
        "backgroundColor": "var(--surface)",
        "border": "1px solid var(--edge)",
    },
    ".cm-tooltip.cm-tooltip-autocomplete > ul": {"fontFamily": "var(--mono)"},
    ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
        "color": "var(--on-accent)",
        "backgroundColor": "var(--accent)",
    },
}


async def open_editor(
    place: Element,
    *,
    label: str,
    source: str = "",
    keys: Mapping[str, Press] | None = None,
    complete: Complete | None = None,
) -> "Editor":
    """Put an editor into ``place`` and return it once it is ready.

    ``label`` names it for those who do not see it. ``keys`` such as "Mod-Enter" call functions;
    they come before the editor's own keys, and a function that returns False leaves the key to
    them. ``complete`` is asked what could be at the end of a line up to the cursor. Raises
    JsException where the editor's files cannot be fetched.
    """
    script = document.querySelector("script[data-pyscript]")
    # In an app that is one document, no script has PyScript as its source.
    (core,) = await js_import(script.dataset.pyscript or script.src)
    parts = core.codemirror
    wanted = [parts.core, parts.state, parts.view, parts.language, parts.python]
    modules = await window.Promise.all(to_js(wanted))
    return Editor(place, _CodeMirror(*modules), label, source, keys or {}, complete)


class _CodeMirror:
    """CodeMirror's modules, by their names there."""

    def __init__(self, core: Any, state: Any, view: Any, language: Any, python: Any) -> None:
        self.core = core
        self.state = state
        self.view = view
        self.language = language
        self.python = python


class Editor:
    """One editor in the page; `open_editor` makes it."""

    def __init__(
        self,
        place: Element,
        modules: _CodeMirror,
        label: str,
        source: str,
        keys: Mapping[str, Press],
        complete: Complete | None,
    ) -> None:
        self._modules = modules
        self._complete = complete
        self._proxies: list[Any] = []
        self._offered = 0.0
        options = {
            "doc": source,
            "extensions": self._extensions(label, keys),
            "parent": place._dom_element,
        }
        self._view = modules.core.EditorView.new(to_js(options))

    @property
    def source(self) -> str:
        """What is in the editor."""
        return str(self._view.state.doc.toString())

    @property
    def at_first_line(self) -> bool:
        """Whether the cursor is in the first line, with nothing selected."""
        return self._cursor_line() == 1

    @property
    def at_last_line(self) -> bool:
        """Whether the cursor is in the last line, with nothing selected."""
        return self._cursor_line() == int(self._view.state.doc.lines)

    def replace(self, text: str, *, cursor_in_first_line: bool = False) -> None:
        """Replace all of the text by ``text``; the visitor can undo it.

        The cursor goes to the end, of the first line or of the whole.
        """
        change = {"from": 0, "to": self._view.state.doc.length, "insert": text}
        before_cursor = text.partition("\n")[0] if cursor_in_first_line else text
        # JavaScript counts in units of UTF-16.
        cursor = {"anchor": len(before_cursor.encode("utf-16-le")) // 2}
        self._view.dispatch(to_js({"changes": change, "selection": cursor, "scrollIntoView": True}))

    def focus(self) -> None:
        """Bring the cursor here."""
        self._view.focus()

    def close(self) -> None:
        """Remove the editor from the page, and free the Python objects that it holds."""
        self._view.destroy()
        # An open list of names still asks once more, when the focus is gone.
        asyncio.get_running_loop().call_later(1, self._free)

    def _free(self) -> None:
        for proxy in self._proxies:
            proxy.destroy()
        self._proxies.clear()

    def _extensions(self, label: str, keys: Mapping[str, Press]) -> list[Any]:
        state, view, language = self._modules.state, self._modules.view, self._modules.language
        bindings = {**keys, "Tab": self._complete_or_indent}
        extensions = [
            self._modules.core.basicSetup,
            state.Prec.highest(
                view.keymap.of(to_js([self._binding(*item) for item in bindings.items()]))
            ),
            self._modules.python.pythonLanguage,
            language.indentUnit.of("    "),
            language.syntaxHighlighting(_highlighting(language)),
            view.EditorView.theme(to_js(_LOOK)),
            view.EditorView.contentAttributes.of(to_js({"aria-label": label})),
            view.EditorView.domEventObservers(to_js({"keydown": self._kept(self._leave_by_tab)})),
        ]
        if self._complete is not None:
            source = to_js([{"autocomplete": self._kept(self._suggest)}])
            offer = self._kept(lambda *_: source)
            extensions.append(state.EditorState.languageData.of(offer))
        return extensions

    def _binding(self, key: str, function: Press) -> dict[str, object]:
        return {"key": key, "run": self._kept(lambda _view: function() is not False)}

    def _kept(self, function: Callable[..., object]) -> Any:
        """Return a function as CodeMirror can hold it, until the editor is closed."""
        proxy = create_proxy(function)
        self._proxies.append(proxy)
        return proxy

    def _cursor_line(self) -> int | None:
        selection = self._view.state.selection.main
        if not selection.empty:
            return None
        return int(self._view.state.doc.lineAt(selection.head).number)

    def _leave_by_tab(self, event: Any, _view: Any) -> None:
        # CodeMirror's own Escape allows two seconds for it, which is not enough for everybody.
        if event.key not in {"Tab", "Shift"}:
            self._view.setTabFocusMode(event.key == "Escape")

    def _complete_or_indent(self) -> bool:
        if self._view.dom.querySelector(".cm-tooltip-autocomplete"):
            # CodeMirror takes nothing from a list that has just appeared: Enter breaks the line.
            if time.monotonic() - self._offered > _SECONDS_TO_LOOK:
                self._press("Enter")
            return True
        if self._complete is not None and _ends_with_name(self._before_cursor()):
            return self._press(" ", ctrl=True)
        self._view.dispatch(self._view.state.replaceSelection("    "))
        return True

    def _press(self, key: str, *, ctrl: bool = False) -> bool:
        """Do what a key of the editor does: its commands for completion have no other handle."""
        options = to_js({"key": key, "ctrlKey": ctrl})
        event = window.KeyboardEvent.new("keydown", options)
        return bool(self._modules.view.runScopeHandlers(self._view, event, "editor"))

    def _before_cursor(self) -> str:
        selection = self._view.state.selection.main
        if not selection.empty:
            return ""
        start = self._view.state.doc.lineAt(selection.head).from_
        return str(self._view.state.sliceDoc(start, selection.head))

    def _suggest(self, context: Any) -> Any:
        # Only when asked for: a list that pops up while one types would catch the Enter key.
        if self._complete is None or not context.explicit:
            return None
        return asyncio.ensure_future(self._suggestions(self._complete, int(context.pos)))

    async def _suggestions(self, complete: Complete, position: int) -> Any:
        suggestion = await complete(self._before_cursor())
        if not suggestion.names:
            return None
        options = [{"label": name} for name in suggestion.names]
        self._offered = time.monotonic()
        start = position - suggestion.replaced
        return to_js({"from": start, "options": options, "validFor": window.RegExp.new(r"^\w*$")})


def _ends_with_name(text: str) -> bool:
    return bool(text) and (text[-1].isidentifier() or text[-1].isdigit() or text[-1] == ".")


def _highlighting(language: Any) -> Any:
    """Return CodeMirror's own style of highlighting, in colours that fit the page."""
    specifications = []
    for specification in language.defaultHighlightStyle.specs:
        colour = getattr(specification, "color", None)
        own = {"color": _COLOURS.get(str(colour), "var(--ink)")} if colour else {}
        specifications.append(window.Object.assign(window.Object.new(), specification, to_js(own)))
    return language.HighlightStyle.define(to_js(specifications))
