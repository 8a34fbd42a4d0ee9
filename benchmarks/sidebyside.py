"""`make side-by-side`: the same small app, two sliders and a live figure, as several tools have it.

Counts what an author writes, from the sources of `benchmarks/decay` and the gallery's own page. A
line counts where it holds code: none that is empty, a comment or a docstring. Prints a table; with
--docs also docs/comparison.md.
"""

import argparse
import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.results import replace_marked
from environment import REPOSITORY

APPS = REPOSITORY / "benchmarks" / "decay"
GALLERY = REPOSITORY / "{{cookiecutter.project_slug}}" / "_options" / "starter=gallery" / "app"
DOCUMENT = REPOSITORY / "docs" / "comparison.md"
NAME = "side-by-side"

_LAYOUT = {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT}
_COMMENTS = {
    ".html": re.compile(r"<!--.*?-->", re.DOTALL),
    ".json": re.compile(r"(?!)"),  # has none
    ".toml": re.compile(r"^#.*$", re.MULTILINE),
}


@dataclass(frozen=True)
class Tool:
    """A tool, and what an author does with it.

    Attributes:
        name: of the tool, as the documentation has it.
        files: what is written; a line that a command writes is none.
        commands: from an empty folder to the site.
    """

    name: str
    files: tuple[Path, ...]
    commands: tuple[str, ...]


TOOLS = (
    Tool(
        "this template",
        (GALLERY / "pages" / "decay.py",),
        (
            "uvx cookiecutter gh:cookiecutter-pyscript/cookiecutter-pyscript",
            "uv run pyscript add pattern live",
            "uv run pyscript dev",
            "uv run pyscript build",
        ),
    ),
    Tool(
        "Panel",
        (APPS / "panel_app.py",),
        (
            "python -m pip install panel matplotlib",
            "panel convert panel_app.py --to pyodide-worker --out site",
        ),
    ),
    Tool(
        "marimo",
        (APPS / "marimo_app.py",),
        (
            "python -m pip install marimo matplotlib",
            "marimo export html-wasm marimo_app.py --mode run --output site",
        ),
    ),
    Tool(
        "shinylive",
        (APPS / "shiny_app.py",),
        ("python -m pip install shinylive matplotlib", "shinylive export app site"),
    ),
    Tool("stlite", (APPS / "streamlit_app.py", APPS / "stlite.html"), ()),
    Tool(
        "NiceGUI",
        (APPS / "nicegui_app.py", APPS / "nicegui.toml"),
        ("python -m pip install nicegui-pyodide", "nicegui-pyodide-build site"),
    ),
    Tool(
        "PuePy",
        (APPS / "puepy_app.py", APPS / "puepy.html", APPS / "puepy.json"),
        ("curl -O https://download.puepy.dev/puepy-0.6.5-py3-none-any.whl",),
    ),
    Tool(
        "wybthon",
        (APPS / "wybthon_app.py", APPS / "wybthon.toml"),
        ("python -m pip install wybthon matplotlib", "wyb init app", "wyb build --dir app"),
    ),
)


def main() -> None:
    """Count, print, write."""
    parser = argparse.ArgumentParser(prog="make side-by-side", description=__doc__)
    parser.add_argument("--docs", action="store_true", help="write docs/comparison.md as well")
    arguments = parser.parse_args()
    text = table()
    print(text)
    if arguments.docs:
        document = replace_marked(DOCUMENT.read_text(encoding="utf-8"), NAME, text)
        DOCUMENT.write_text(document, encoding="utf-8")


def table() -> str:
    """Return what was counted, as Markdown, the fewest lines first."""
    rows = sorted(TOOLS, key=lines_of)
    return "\n".join(
        [
            "| tool | lines | files | commands |",
            "| --- | --: | --: | --: |",
            *(
                f"| {tool.name} | {lines_of(tool)} | {len(tool.files)} | {len(tool.commands)} |"
                for tool in rows
            ),
        ]
    )


def lines_of(tool: Tool) -> int:
    """Return how many lines an author writes."""
    return sum(map(count, tool.files))


def count(path: Path) -> int:
    """Return how many lines of a file hold code."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return len(set(_lines_of_code(text)))
    return sum(bool(line.strip()) for line in _COMMENTS[path.suffix].sub("", text).splitlines())


def _lines_of_code(text: str) -> Iterator[int]:
    described = set(_docstrings(ast.parse(text)))
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _LAYOUT and token.string.strip():
            lines = range(token.start[0], token.end[0] + 1)
            yield from (line for line in lines if line not in described)


def _docstrings(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(
            node, clean=False
        ):
            first = node.body[0]
            yield from range(first.lineno, (first.end_lineno or first.lineno) + 1)


if __name__ == "__main__":
    main()
