"""What `make side-by-side` counts, and that the documentation has it."""

import ast
from pathlib import Path

import pytest
from benchmarks import sidebyside
from benchmarks.results import replace_marked
from benchmarks.sidebyside import APPS, TOOLS, Tool, count, lines_of

HERE, *OTHERS = TOOLS


def test_a_line_counts_where_it_holds_code(tmp_path: Path) -> None:
    module = tmp_path / "app.py"
    module.write_text(
        '"""Two lines\nof words."""\n\nimport numpy  # counts\n\n\n# A comment.\n'
        'def draw(\n    axes,\n):\n    """Draw."""\n'
        '    axes.plot(\n        [1],\n    )\n    return """a\nb"""\n'
    )
    page = tmp_path / "page.html"
    page.write_text("<!doctype html>\n<!-- Two lines\nof words. -->\n\n<p>Text</p>\n")
    settings = tmp_path / "settings.toml"
    settings.write_text("# A comment.\npackages = []\n")

    assert [count(path) for path in (module, page, settings)] == [9, 2, 1]


def test_ours_is_not_the_longest() -> None:
    assert lines_of(HERE) < max(map(lines_of, OTHERS))


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_each_tool_has_the_same_app(tool: Tool) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in tool.files)

    for each in ("Radioactive decay", "Half-life in s", "Activity in Bq", "time in s", "linspace"):
        assert each in text, each
    for path in tool.files:
        if path.suffix == ".py":
            ast.parse(path.read_text(encoding="utf-8"))


def test_no_app_is_left_out() -> None:
    named = {path for tool in TOOLS for path in tool.files if path.parent == APPS}
    assert named == set(APPS.iterdir()) - {APPS / "__pycache__"}


def test_the_documentation_has_what_is_counted() -> None:
    text = sidebyside.DOCUMENT.read_text(encoding="utf-8")
    assert replace_marked(text, sidebyside.NAME, sidebyside.table()) == text
