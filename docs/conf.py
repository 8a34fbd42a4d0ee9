"""How the documentation becomes a site: `make docs` builds it into build/docs, strictly.

The pages are Markdown that a forge shows as well. What the code can say of itself is put into
docs/reference/ while they are built, by tasks/reference.py.
"""

import re
import sys
import tomllib
from pathlib import Path

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
    """Have Sphinx fill the reference in, and take Caddy's settings for text."""
    app.connect("builder-inited", _write_pages)
    app.connect("source-read", _fill_in)
    app.add_lexer("caddy", TextLexer)


def _write_pages(app: Sphinx) -> None:
    folder = Path(app.srcdir) / "reference"
    if folder.is_dir():
        reference.write_pages(folder)


# A forge shows the light one of two pictures.
_PICTURE = re.compile(r"^!\[([^\]]*)\]\((\S+)-light\.png\)$", re.MULTILINE)


def _both(picture: re.Match[str]) -> str:
    alt, path = picture.groups()
    kind = " small" if "/patterns/" in path else ""
    return "\n".join(
        f'<img class="only-{scheme}{kind}" src="{path}-{scheme}.png" alt="{alt}">'
        for scheme in ("light", "dark")
    )


def _fill_in(_app: Sphinx, name: str, source: list[str]) -> None:
    text = reference.fill(source[0])
    for path, page in PAGES.items():
        text = text.replace(f"]({path}", f"]({page}")
    source[0] = _PICTURE.sub(_both, reference.linked(text, name))
