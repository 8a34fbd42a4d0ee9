"""What an app names of its own files, so that a site has them: Python that the document, settings
and calls name, and settings beside those of the page. What cannot be seen is told."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from pyscript_kit.errors import ToolError
from pyscript_kit.project.reading import decoded
from pyscript_kit.site.addresses import path_of
from pyscript_kit.site.markup import Element, elements_of, words_of
from pyscript_kit.site.settings import (
    MAIN,
    Settings,
    names_settings,
    read_settings,
    settings_in,
)

INDEX_NAME = "index.html"
# Calls that start a worker from the address of its Python, and how PyScript calls that.
STARTERS = frozenset({"PyWorker", "MPWorker", "XWorker", "create_named_worker"})
_ADDRESS = ("src", "url", "file")
_PYTHON = ".py"
_SCRIPTS = (".js", ".mjs")
SHIP = "ship"


@dataclass(frozen=True)
class Call:
    """A call in the app's Python that starts a worker.

    Attributes:
        file: the module with it, by its path in the app.
        line: its line there.
        name: of what is called.
        words: the address that it names; None where that is not to be seen.
        options: the names of what else it is given, "**" for others that cannot be known.
    """

    file: str
    line: int
    name: str
    words: str | None
    options: frozenset[str]


@dataclass
class Named:
    """What an app names.

    Attributes:
        elements: all elements of its document.
        sources: paths in the app of Python that a site has to serve as it is.
        settings: those that the document or a call names, beside the page's.
        calls: what starts workers in its Python.
        notes: what is named in vain, or cannot be seen, in a sentence each.
    """

    elements: list[Element]
    sources: set[str] = field(default_factory=set)
    settings: list[Settings] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def workers(self) -> list[str]:
        """Paths in the app of Python that runs in workers."""
        tags = (path_of(each.get("src")) for each in self.elements if each.is_worker)
        calls = (path_of(call.words) for call in self.calls if call.words)
        return [path for path in (*tags, *calls) if path]


def named_by(document: str, files: Mapping[str, bytes], ship: tuple[str, ...] = ()) -> Named:
    """What an app names of its own files.

    Args:
        document: the app's document.
        files: all files of the app, its Python among them, by path.
        ship: patterns of paths that a site has, whether or not they are named.

    Raises:
        ToolError: when settings cannot be read, or a pattern fits nothing.
    """
    named = Named(elements_of(document))
    _read_document(named, files)
    for path, content in files.items():
        if path.endswith(_PYTHON):
            _read_python(named, path, content, files, told=bool(ship))
        elif path.endswith((*_SCRIPTS, ".html")) and path != INDEX_NAME:
            for words in words_of(content.decode("utf-8", "replace")):
                _take(named, words, files)
    for settings in named.settings:
        _read_sources(named, settings, files)
    for pattern in ship:
        fitting = [path for path in files if PurePosixPath(path).match(pattern.removeprefix("./"))]
        if not fitting:
            raise ToolError(
                f"pyproject.toml: {SHIP} of [tool.pyscript-build] has {pattern!r}, which matches "
                f"no file in app/: fix or remove it"
            )
        named.sources.update(fitting)
    return named


def _read_document(named: Named, files: Mapping[str, bytes]) -> None:
    for element in named.elements:
        where = f"app/{INDEX_NAME}, line {element.line}"
        if element.name == "script" and not (element.runs_python or element.is_editor):
            if not element.get("src"):
                for words in words_of(element.text):
                    _take(named, words, files)
            continue
        if element.is_settings:
            _take_settings(named, element.get("src") or element.text, where, files)
        if not (element.runs_python or element.is_editor):
            continue
        _take_settings(named, element.get("config"), where, files)
        source = path_of(element.get("src")) if element.get("src") else None
        # What a script names moves into the document; what others name is fetched.
        if source and (element.is_editor or element.name != "script"):
            _take_source(named, source, where, files)
        if not element.get("src"):
            _read_text(named, INDEX_NAME, element, files)


def _take_settings(named: Named, text: str, where: str, files: Mapping[str, bytes]) -> None:
    """Note the settings that an attribute names or holds, but for the page's own file."""
    if not text.strip():
        return
    if not names_settings(text):
        named.settings.append(read_settings(text, where))
        return
    path = path_of(text.strip())
    if path is None or path == MAIN:
        return
    if path not in files:
        named.notes.append(f"{where}: settings name app/{path}, which does not exist")
    elif all(known.path != path for known in named.settings):
        named.settings.append(settings_in(path, files[path]))


def _read_text(named: Named, path: str, element: Element, files: Mapping[str, bytes]) -> None:
    """Look through Python that is in the document."""
    text = element.text.strip("\n")
    first = min(
        (len(line) - len(line.lstrip()) for line in text.split("\n") if line.strip()), default=0
    )
    source = "\n".join(line[first:] for line in text.split("\n"))
    _read_python(named, path, source.encode(), files, told=True, from_line=element.line)


def _read_python(
    named: Named,
    path: str,
    content: bytes,
    files: Mapping[str, bytes],
    *,
    told: bool,
    from_line: int = 0,
) -> None:
    tree = _tree_of(content, f"app/{path}")
    if tree is None:
        return
    for words in _words_in(tree):
        _take(named, words, files)
    known = _constants_of(tree)
    for call in _calls_in(tree, path, known, from_line):
        named.calls.append(call)
        source = path_of(call.words) if call.words else None
        where = f"app/{path}, line {call.line}"
        if source and source.endswith(_PYTHON) and source not in files:
            named.notes.append(f"{where}: {call.name} names app/{source}, which does not exist")
        if call.words is None and not told:
            named.notes.append(
                f"{where}: the build cannot see which file {call.name} starts from: write its "
                f'address there, or list it in pyproject.toml, as {SHIP} = ["workers/*.py"] below '
                "[tool.pyscript-build]"
            )


def _take(named: Named, words: str, files: Mapping[str, bytes]) -> None:
    """Note a word that may be the address of Python, or of settings."""
    if not words.endswith((_PYTHON, ".toml", ".json")):
        return
    path = path_of(words)
    if path is None or path not in files:
        return
    if path.endswith(_PYTHON) or path == MAIN:
        named.sources.add(path)
    elif all(known.path != path for known in named.settings):
        try:
            settings = settings_in(path, files[path])
        except ToolError:
            return  # no settings, but data
        if set(settings.values) & {"interpreter", "files", "packages", "js_modules", "fetch"}:
            named.settings.append(settings)


def _take_source(named: Named, path: str, where: str, files: Mapping[str, bytes]) -> None:
    if path in files:
        named.sources.add(path)
    else:
        named.notes.append(f"{where}: app/{path} is named, but does not exist")


def _read_sources(named: Named, settings: Settings, files: Mapping[str, bytes]) -> None:
    for path in settings.sources():
        if path not in files:
            named.notes.append(f"{settings.where}: files name app/{path}, which does not exist")
        elif path.endswith(_PYTHON):
            named.sources.add(path)


def _tree_of(content: bytes, where: str) -> ast.Module | None:
    """The syntax of a module; None where it is not Python, which others report."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(decoded(content, where))
    except (SyntaxError, ValueError, RecursionError, MemoryError, ToolError):
        return None


def _words_in(tree: ast.Module) -> Iterator[str]:
    """The texts in a module, but for those that nothing reads."""
    unread = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in unread
        ):
            yield node.value


def _constants_of(tree: ast.Module) -> dict[str, str]:
    """The texts that names stand for."""
    return {
        target.id: node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }


def _calls_in(
    tree: ast.Module, path: str, known: Mapping[str, str], from_line: int
) -> Iterator[Call]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name not in STARTERS:
            continue
        options = {each.arg: each.value for each in node.keywords if each.arg}
        given = [*node.args[:1], *(options[each] for each in _ADDRESS if each in options)]
        if not given or isinstance(given[0], ast.Call):
            continue  # such as the address of a blob, which does not name a file
        words = _text_of(given[0], known)
        names = frozenset(each.arg or "**" for each in node.keywords)
        yield Call(path, from_line + node.lineno, name, words, names)


def _text_of(node: ast.expr, known: Mapping[str, str]) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return known.get(node.id) if isinstance(node, ast.Name) else None
