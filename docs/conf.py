"""How the documentation becomes a site: `make docs` builds it into build/docs, strictly.

The pages are Markdown that a forge shows as well. What the code can say of itself is put into
docs/reference/ while they are built, by tasks/reference.py.
"""

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tasks"))

import reference

project = "cookiecutter-pyscript"
# The template's version is the kit's.
_kit = Path(__file__).resolve().parent.parent / "kit" / "pyproject.toml"
release = tomllib.loads(_kit.read_text(encoding="utf-8"))["project"]["version"]
html_title = f"{project} {release}"
html_theme = "furo"
html_theme_options = {
    "source_repository": "https://github.com/cookiecutter-pyscript/cookiecutter-pyscript/",
    "source_branch": "main",
    "source_directory": "docs/",
}
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_show_copyright = False

# Options keep their two hyphens.
smartquotes = False

extensions = ["myst_parser", "sphinx_copybutton"]
myst_enable_extensions = ["html_image"]
# As on a forge: every heading can be linked to, and a link to one that is not there is an error.
myst_heading_anchors = 4


# What stands beside docs/ on a forge, and which page has it here.
PAGES = {
    "../CHANGELOG.md": "changes.md",
    "../CONTRIBUTING.md": "contributing.md",
    "../SECURITY.md": "security.md",
}


def setup(app: Sphinx) -> None:
    """Have Sphinx fill the reference in, break lines where readers expect it, and take Caddy's
    settings for text."""
    app.connect("builder-inited", _write_pages)
    app.connect("source-read", _fill_in)
    app.connect("html-page-context", _let_names_break)
    app.add_lexer("caddy", TextLexer)


def _write_pages(app: Sphinx) -> None:
    folder = Path(app.srcdir) / "reference"
    if folder.is_dir():
        reference.write_pages(folder)


# A forge shows the light one of two pictures.
_PICTURE = re.compile(r"!\[([^\]]*)\]\((\S+)-light\.png\)")


def _both(picture: re.Match[str]) -> str:
    alt, path = picture.groups()
    kind = " small" if "/patterns/" in path else ""
    return "".join(
        f'<img class="only-{scheme}{kind}" src="{path}-{scheme}.png" alt="{alt}">'
        for scheme in ("light", "dark")
    )


def _fill_in(_app: Sphinx, name: str, source: list[str]) -> None:
    text = reference.fill(source[0])
    for path, page in PAGES.items():
        text = text.replace(f"]({path}", f"]({page}")
    text = _PICTURE.sub(_both, reference.linked(text, name))
    source[0] = _ROW.sub(lambda row: _UNBROKEN.sub(_kept_together, row[0]), text)


# In a row of a table, code and what no line may end in: a number and its unit, a range, "at least".
_ROW = re.compile(r"^\|.*\|$", re.MULTILINE)
_UNBROKEN = re.compile(r"`[^`]*`|(?<=\d) (?=(?:ms|s|[kMGT]?B)\b)|(?<=[≥≤]) (?=\d)|(?<=\d)-(?=\d)")


def _kept_together(found: re.Match[str]) -> str:
    return {" ": "\u00a0", "-": "\u2011"}.get(found[0], found[0])


_HEADING = re.compile(r"<h[1-6]>.*?</h[1-6]>")
_LONG = re.compile(r'(?<=<span class="pre">)[^<]{43,}(?=</span>)')
_LONG_IN_HEADING = re.compile(r'(?<=<span class="pre">)[^<]{21,}(?=</span>)')
_BETWEEN_PARTS = re.compile(r"(?<=[a-z0-9;][/._=])(?=[a-z0-9&])", re.IGNORECASE)


def _let_names_break(
    _app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: object
) -> None:
    """Let names that a phone has no room for break between their parts."""

    def broken(name: re.Match[str]) -> str:
        return _BETWEEN_PARTS.sub("<wbr>", name[0])

    body = _LONG.sub(broken, context.get("body", ""))
    context["body"] = _HEADING.sub(lambda heading: _LONG_IN_HEADING.sub(broken, heading[0]), body)
