"""Writes the parts of the documentation's reference that are in the code already: the questions,
the commands, the files of a generated project, the patterns, and what tests use.

A page of docs/reference/ says with a comment where its part goes, below a line that tells readers
on a forge where to find it, and docs/conf.py puts it there while the documentation is built. The
pages of modules are all made of code: docs/reference/patterns/ and testing/ are written then, too.
Nothing is imported: patterns need a browser.
"""

import ast
import json
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path

from baking import OPTIONS, TEMPLATE
from commandlines import commands
from docstrings import PATTERNS, UnreadableError, escaped, pages, patterns, testing
from environment import REPOSITORY

PLACE = re.compile(r"^\*The rest of this page .*\*\n\n<!-- reference: (\w+) -->$", re.MULTILINE)
# What running the template in place leaves behind.
_CACHES = {"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"}


def fill(text: str) -> str:
    """Return a page of the documentation with what each of its comments names in its place."""
    return PLACE.sub(lambda place: PARTS[place[1]](), text)


def write_pages(folder: Path) -> None:
    """Write the pages of modules into docs/reference/, and remove those of former modules."""
    wanted = pages()
    for path in folder.glob("*/*.md"):
        if path.relative_to(folder).as_posix() not in wanted:
            path.unlink()
    for name, text in wanted.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        # Else Sphinx would read it again.
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def linked(text: str, page: str) -> str:
    """Return a page, by its name without the ending, in which a module of patterns that it names in
    its prose leads to the module's page."""
    up = "../" * page.count("/")
    known = {name for names in PATTERNS.values() for name in names}

    def link(found: re.Match[str]) -> str:
        if found["module"] not in known:
            return found[0]
        return f"[{found['code']}]({up}reference/patterns/{found['module']}.md)"

    return _NAMED.sub(link, text)


# Not in blocks of code, headings, and what is a link already.
_NAMED = re.compile(
    r"^(?P<fence>`{3,})[\s\S]*?^(?P=fence)$"
    r"|^#.*$"
    r"|\[[^]]*\]\([^)]*\)"
    r"|(?P<code>`patterns\.(?P<module>\w+)`)",
    re.MULTILINE,
)


# ---------------------------------------------------------------- questions


def questions() -> str:
    """Return a section for each question of cookiecutter.json, with its choices."""
    asked = json.loads((REPOSITORY / "cookiecutter.json").read_text(encoding="utf-8"))
    prompts = asked["__prompts__"]
    return "\n".join(
        line
        for name, default in asked.items()
        if not name.startswith("_")
        for line in _question(name, default, prompts[name])
    )


def _question(name: str, default: str | list[str], prompt: str | dict[str, str]) -> list[str]:
    heading = [f"## `{name}`", ""]
    if isinstance(default, str) and isinstance(prompt, str):
        return [*heading, f"{_sentence(prompt)} {_default_answer(default)}", ""]
    if isinstance(default, str) or isinstance(prompt, str):
        raise UnreadableError(
            f"cookiecutter.json: {name} has choices without words, or the reverse"
        )
    rows = [f"| `{choice}` | {_words(prompt[choice])} |" for choice in default]
    asks = f"{_sentence(prompt['__prompt__'])} The first choice is the default."
    return [*heading, asks, "", "| choice | meaning |", "| --- | --- |", *rows, ""]


def _sentence(prompt: str) -> str:
    # Prompts are aligned for the terminal: "Folder name     (lower-case letters, …)".
    return f"{re.sub(r' {2,}', ' ', prompt)}."


def _default_answer(default: str) -> str:
    if derived := re.search(r"cookiecutter\.(\w+)", default):
        return f"The default is made from `{derived[1]}`."
    return f"The default is `{default}`."


def _words(prompt: str) -> str:
    # A prompt names the choice again, as people write it.
    return prompt.partition(": ")[2] or prompt


# ---------------------------------------------------------------- files


# The folders in the order in which one gets to know them, with what each is for.
FOLDERS = {
    "": "The project",
    "app": "The app, as `pyscript dev` serves it",
    "tests": "The tests",
    "kit": "The kit: the commands, and what the tests are built on",
    "wheels": "The source of the wheel that the page *Packages* installs",
    ".github": "What GitHub does",
    ".vscode": "For editors",
    ".devcontainer": "A machine to work on",
}
# What cannot speak for itself: its format has no comments, or its first words are not about it.
_SAID_HERE = {
    ".gitignore": "Files that commands make, kept out of version control.",
    ".python-version": "The Python of the build.",
    ".vscode/extensions.json": "Extensions that an editor proposes.",
    ".vscode/tasks.json": "The commands, as tasks of an editor.",
    ".devcontainer/devcontainer.json": "A container with the tools and a browser.",
    "AGENTS.md": "The commands, what a page and a test consist of, and what not to edit.",
    "LICENSE": "The chosen license.",
    "kit/pyscript_kit-*.whl": "The kit as one file, which `pip` and `uv` install by its path.",
    "README.md": "How to start, test, change and publish the project.",
    "runtime.lock.json": "Every file of the runtime: path, size, sha256, package.",
    "app/_headers": "Caching rules, and how to set the host up.",
    "app/data/broken.json": "Broken JSON, for an error on the page *Fetch*.",
    "app/data/planets.json": "Data that the page *Fetch* reads.",
    "app/data/example_rounding-1.0-py3-none-any.whl": "A wheel that the page *Packages* installs.",
}


def files() -> str:
    """Return a list for each folder of a generated project: its files, and who gets them."""
    found: dict[str, list[tuple[str, str, str]]] = {folder: [] for folder in FOLDERS}
    for path, where, origin in _template_files():
        folder = path.split("/")[0] if "/" in path else ""
        if folder not in found:
            raise UnreadableError(f"the folder {folder} has no place in FOLDERS")
        found[folder].append((path, where, _words_of(path, origin)))
    lines = []
    for folder, rows in found.items():
        items = (_item(*row) for row in sorted(rows))
        lines += [f"## {FOLDERS[folder]}", "", *items, ""]
    return "\n".join(lines)


def _item(path: str, where: str, words: str) -> str:
    only = f" ({where})" if where else ""
    return f"- `{path}`{only}{f': {words}' if words else ''}"


def _template_files() -> Iterator[tuple[str, str, Path]]:
    """Yield each file's path in the project, the answers that it belongs to, and where it is."""
    several: dict[str, list[tuple[str, Path]]] = {}
    for origin in TEMPLATE.rglob("*"):
        path = origin.relative_to(TEMPLATE).as_posix()
        if not origin.is_file() or _CACHES & set(path.split("/")) or "/runtime/" in path:
            continue
        overlay = ""
        if path.startswith(f"{OPTIONS}/"):
            _, overlay, path = path.split("/", 2)
        several.setdefault(path, []).append((overlay, origin))
    for path, origins in several.items():
        overlays = sorted(overlay for overlay, _ in origins)
        conditions = sorted({part for each in overlays for part in each.split(",") if part})
        yield path, " or ".join(f"`{each}`" for each in _who(conditions)), min(origins)[1]


def _who(conditions: list[str]) -> list[str]:
    """Leave out a question of which every choice is named: it makes no difference."""
    asked = json.loads((REPOSITORY / "cookiecutter.json").read_text(encoding="utf-8"))
    named: dict[str, list[str]] = {}
    for condition in conditions:
        question, _, answer = condition.partition("=")
        named.setdefault(question, []).append(answer)
    return [
        f"{question}={answer}"
        for question, answers in named.items()
        if set(answers) != set(asked[question])
        for answer in answers
    ]


def _words_of(name: str, path: Path) -> str:
    """Return the first sentence of the docstring or the comment that a file opens with, else ""."""
    for pattern, words in _SAID_HERE.items():
        if fnmatch(name, pattern):
            return words
    text = path.read_text(encoding="utf-8")
    if path.suffix in {".py", ".pyi"}:
        words = ast.get_docstring(ast.parse(text)) or ""
    else:
        words = _opening_comment(text)
    words = " ".join(words.split("\n\n")[0].split())
    return escaped(re.split(r"(?<=[.])\s(?=[A-Z])", words)[0])


_COMMENTS = (
    re.compile(r"(?:<!doctype html>\s*)?<!--(.*?)-->", re.DOTALL),
    re.compile(r"/\*\*?(.*?)\*/", re.DOTALL),
    # In a style sheet, #name is none.
    re.compile(r"((?:#(?=\s)(?!\s#)[^\n]*\n)+)"),
)


def _opening_comment(text: str) -> str:
    for comment in _COMMENTS:
        if match := comment.match(text):
            return re.sub(r"^[ \t]*[*#]+[ \t]?", "", match[1].strip(), flags=re.MULTILINE)
    return ""


PARTS: dict[str, Callable[[], str]] = {
    "questions": questions,
    "commands": commands,
    "files": files,
    "patterns": patterns,
    "testing": testing,
}
