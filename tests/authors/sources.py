"""The view of a page's source takes Python apart without losing a character."""

from pathlib import Path

import pytest
from patterns.source import highlight

ROOT = Path.cwd()


@pytest.mark.parametrize(
    "path", sorted((ROOT / "app").glob("[mp]*/*.py")), ids=lambda path: path.stem
)
def test_the_pieces_of_every_module_make_it_up_again(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert "".join(text for _, text in highlight(source)) == source


@pytest.mark.parametrize(
    ("source", "pieces"),
    [
        ("if x:", [("keyword", "if"), ("", " x:")]),
        ("print(1)", [("builtin", "print"), ("", "("), ("number", "1"), ("", ")")]),
        ("a = 'b' # c", [("", "a = "), ("string", "'b'"), ("", " "), ("comment", "# c")]),
        ("", []),
    ],
)
def test_words_are_told_apart(source: str, pieces: list[tuple[str, str]]) -> None:
    assert list(highlight(source)) == pieces


def test_what_is_no_python_comes_back_as_it_is() -> None:
    assert list(highlight("def (\n'''")) == [("", "def (\n'''")]
