"""Style sheets of an app that `pyscript build` writes as one document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyscript_kit.errors import ToolError
from pyscript_kit.site.styles import complete_sheet, page_styled_by

if TYPE_CHECKING:
    from madeup import TestedProject


def test_what_a_sheet_imports_is_in_it() -> None:
    files = {
        "pages/plot.css": b"""\
@import "../patterns/canvas.css";
@import url(./print.css) print;
p { }
""",
        "patterns/canvas.css": b"@import './frame.css';\ncanvas { }\n",
        "patterns/frame.css": b"div { }\n",
        "pages/print.css": b"nav { }\n",
    }

    sheet = complete_sheet("pages/plot.css", files)

    assert sheet == "div { }\n\ncanvas { }\n\n@media print {\nnav { }\n}\np { }\n"


@pytest.mark.parametrize(
    "text",
    [
        '@import "https://example.org/far.css";\n',
        '@import "./not-there.css";\n',
        '@import "./self.css";\n',
        '/* @import "./other.css"; */\n',
    ],
)
def test_what_is_not_of_the_app_or_would_never_end_stays(text: str) -> None:
    files = {"self.css": text.encode(), "other.css": b"p { }"}

    assert complete_sheet("self.css", files) == text


def test_what_would_end_the_element_is_refused() -> None:
    with pytest.raises(ToolError, match=r"app/odd\.css holds `</style`"):
        complete_sheet("odd.css", {"odd.css": b"p::before { content: '</STYLE>' }"})


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("pages/plot.css", "plot"),
        ("style.css", None),
        ("patterns/canvas.css", None),
        ("pages/data/plot.css", None),
        ("pages/plot.json", None),
    ],
)
def test_sheets_of_pages_lie_beside_them(name: str, page: str | None) -> None:
    assert page_styled_by(name) == page


def test_a_document_holds_the_sheets_of_pages_for_nobody_yet(app: TestedProject) -> None:
    (app.app / "style.css").write_text('@import "./base.css";\n', encoding="utf-8")
    (app.app / "base.css").write_text("b { }\n", encoding="utf-8")
    (app.app / "pages" / "home.css").write_text("h1 { }\n", encoding="utf-8")

    outcome = app.run("build", "--single-file")

    assert outcome.exit_code == 0, outcome.error
    document = (app.root / "dist" / "index.html").read_text(encoding="utf-8")
    assert '<style media="not all" data-page="home">\nh1 { }\n</style>' in document
    assert "<style>b { }\n\n</style>" in document
    assert 'data-embedded="pages/home.css"' not in document
