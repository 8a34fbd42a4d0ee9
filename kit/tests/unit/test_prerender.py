"""What `pyscript build` keeps of pages, and how it stands in the document, without a
browser: what one would have shown is made up."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from madeup import INDEX
from pyscript_kit.browser import BOOT
from pyscript_kit.errors import ToolError
from pyscript_kit.site import prerender
from pyscript_kit.site.document import Changes, rewrite
from pyscript_kit.site.elements import integrity_of
from pyscript_kit.site.firstpaint import LARGEST_SHEET
from pyscript_kit.site.kept import InDocument, kept_of
from pyscript_kit.site.trees import html_of
from pyscript_kit.site.views import (
    NARROW,
    WIDE,
    Capture,
    Figure,
    View,
    captures_text,
    difference,
    read_captures,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from madeup import TestedProject

SHELL = INDEX.replace(
    "<body>",
    '<body>\n<nav id="links"></nav>\n'
    '<main id="page" class="wide"><section id="boot"></section></main>',
)
TABLE = """
PAGES = (
    Page("home", "Home", ""),
    Page("plot", "Plot", ""),
    Page("clock", "Clock", "", prerender=False),
)
"""
VISITORS = [(scheme, width) for scheme in ("light", "dark") for width in (WIDE, NARROW)]
LARGE = b"<svg>" + b" " * 2000


def view(text: str = "Hello", *, figure: bytes = b"", sheets: str = "") -> View:
    """What a page with a sentence shows, and a figure where it is given one."""
    image = [
        "img",
        {"class": "plot", "alt": "A > B", "data-figure": "0", "style": "width: 100%"},
        [],
    ]
    return View(
        title=f"{text} · Made up",
        main="page",
        parts={
            "links": [["a", {"href": "#/home"}, ["Home"]]],
            "page": [["p", {}, [text]], *([image] if figure else ())],
        },
        sheets=({"text": sheets},) if sheets else (),
        figures=(Figure("image/svg+xml", figure, 600, 400),) if figure else (),
    )


def alike(shown: View) -> Capture:
    """A page that shows every visitor the same."""
    return Capture(dict.fromkeys(VISITORS, shown))


@pytest.fixture
def browser(app: TestedProject, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[list[str]]]:
    """A function that has a browser show pages, and returns which it is asked for."""
    (app.app / "index.html").write_text(SHELL, encoding="utf-8")
    (app.app / "pages" / "__init__.py").write_text(TABLE, encoding="utf-8")
    asked: list[list[str]] = []

    def showing(**pages: Capture) -> list[list[str]]:
        def capture(
            site: Path,
            routes: Collection[str],
            on_cdn: Mapping[str, Path],
            picture_of: str | None,
        ) -> dict[str, Capture]:
            asked.append(list(routes))
            assert (site / "index.html").is_file()
            return {route: pages[route] for route in routes}

        monkeypatch.setattr(prerender, "capture", capture)
        return asked

    return showing


def start_of(text: str) -> tuple[str, dict[str, Any]]:
    """The script in a document's head that begins with kept pages, and what it is told of them."""
    found = re.search(
        r"<script>(globalThis\.prerendered = .*\(({.*})\);)</script>", text, re.DOTALL
    )
    assert found
    return found[1], json.loads(found[2])


def document(project: TestedProject) -> str:
    return project.built()["index.html"].decode()


def test_the_first_page_stands_in_the_document_and_others_in_files(
    app: TestedProject, browser: Callable[..., list[list[str]]]
) -> None:
    asked = browser(home=alike(view("Home")), plot=alike(view("Plot", sheets="p { top: 0 }")))

    outcome = app.run("build")

    assert outcome.exit_code == 0, outcome.error
    assert asked == [["home", "plot"]], "the clock is not to be prerendered"
    text = document(app)
    # Behind what it stands for, so that Python finds its own elements first.
    assert '</main><main class="wide" data-prerendered="page"><p>Home</p></main>' in text
    assert (
        '<nav id="links"></nav><nav data-prerendered="links"><a href="#/home">Home</a></nav>'
        in text
    )
    assert "<title>Home · Made up</title>" in text
    script, told = start_of(text)
    assert told["name"] == "Made up"
    assert told["first"] == "home"
    ((route, (address, integrity, figures)),) = told["pages"].items()
    assert not figures
    assert route == "plot"
    content = app.built()[address.removeprefix("./")]
    assert integrity == integrity_of(content)
    assert json.loads(content)["title"] == "Plot · Made up"
    assert json.loads(content)["parts"]["page"] == [
        ["style", {}, ["p { top: 0 }"]],
        ["p", {}, ["Plot"]],
    ]
    assert address in app.built()["sw.js"].decode(), "it is there without a network"
    # What asks for another page at once may run.
    assert integrity_of(script.encode()) in text


@pytest.mark.parametrize(
    ("sheet", "kept"),
    [
        ('@import "../base.css";\np { top: 0 }', ["style", {}, ["b { top: 1px }\np { top: 0 }"]]),
        (
            "p { background: url(a.svg) }",
            ["link", {"rel": "stylesheet", "href": "./pages/plot.css"}, []],
        ),
    ],
)
def test_a_style_sheet_of_a_page_stands_with_it_where_it_can(
    app: TestedProject, browser: Callable[..., list[list[str]]], sheet: str, kept: list[object]
) -> None:
    (app.app / "base.css").write_text("b { top: 1px }", encoding="utf-8")
    (app.app / "pages" / "plot.css").write_text(sheet, encoding="utf-8")
    own = {"href": "./pages/plot.css", "media": ""}
    browser(home=alike(view()), plot=alike(replace(view("Plot"), sheets=(own,))))

    assert app.run("build").exit_code == 0

    _, told = start_of(document(app))
    content = app.built()[told["pages"]["plot"][0].removeprefix("./")]
    assert json.loads(content)["parts"]["page"][0] == kept


def test_the_page_is_painted_before_anything_that_starts_python_is_asked_for(
    app: TestedProject, browser: Callable[..., list[list[str]]]
) -> None:
    browser(home=alike(view("Home")), plot=alike(view("Plot")))
    assert app.run("build").exit_code == 0

    text = document(app)
    head, late = re.split(r'<template id="late">', text.partition("</head>")[0])
    asked = re.compile(r'(?:src|href)="(\./[^"]*)"')
    starting = re.compile(r"preboot|pyscript|pyodide|app-|offline")
    assert [each for each in asked.findall(late) if not starting.search(each)] == []
    assert re.search(r'<script type="module" src="[^"]*" data-pyscript integrity=', late)
    assert not starting.search(" ".join(asked.findall(head)))
    assert re.search(r'src="\./boot-[0-9a-f]{8}\.js" integrity=', head)
    ends = re.findall("<script>(.*?)</script>", text, re.DOTALL)[-1]
    assert ends.startswith("prerendered.end(")
    assert integrity_of(ends.encode()) in text.partition('type="importmap"')[0], "it may run"


def test_a_style_sheet_that_no_element_can_hold_stays_a_file(
    app: TestedProject, browser: Callable[..., list[list[str]]]
) -> None:
    browser(home=alike(view("Home")), plot=alike(view("Plot")))
    (app.app / "style.css").write_text("/* </style> */ p { top: 0 }", encoding="utf-8")

    outcome = app.run("build")

    assert outcome.exit_code == 0, outcome.error
    assert re.search(r'<link rel="stylesheet" href="\./style-[0-9a-f]{8}\.css"', document(app))


def test_a_document_holds_its_style_sheets_unless_they_are_large(
    app: TestedProject, browser: Callable[..., list[list[str]]]
) -> None:
    browser(home=alike(view("Home")), plot=alike(view("Plot")))
    shell = (app.app / "index.html").read_text(encoding="utf-8")
    dark = '<link rel="stylesheet" href="./dark.css" media="print" id="dark" blocking="render">'
    large = '<link rel="stylesheet" href="./large.css">'
    (app.app / "index.html").write_text(
        shell.replace("</head>", f"{dark}{large}</head>"), encoding="utf-8"
    )
    (app.app / "dark.css").write_text("p { color: white }", encoding="utf-8")
    (app.app / "large.css").write_text("p { color: black }" + " " * LARGEST_SHEET, encoding="utf-8")
    assert app.run("build").exit_code == 0

    text = document(app)
    assert '<style media="print" id="dark">p { color: white }</style>' in text
    assert re.search(r'<link rel="stylesheet" href="\./large-[0-9a-f]{8}\.css" integrity=', text)
    assert [name for name in app.built() if re.fullmatch(r"dark.*\.css", name)] == []
    assert "dark" not in app.built()["sw.js"].decode(), "no visitor fetches it"


def test_nothing_is_opened_with_no_prerender_is_opened(
    app: TestedProject, browser: Callable[..., list[list[str]]]
) -> None:
    asked = browser()
    assert app.run("build", "--no-prerender").exit_code == 0
    assert not asked
    assert "prerendered" not in document(app)


def test_a_figure_is_a_file_in_each_of_its_forms(
    app: TestedProject, browser: Callable[..., list[list[str]]]
) -> None:
    shown = view(figure=LARGE + b"light")
    dark = view(figure=LARGE + b"dark")
    narrow = replace(
        shown, figures=(replace(shown.figures[0], content=LARGE + b"narrow", width=300),)
    )
    views = {
        ("light", WIDE): shown,
        ("dark", WIDE): dark,
        ("light", NARROW): narrow,
        ("dark", NARROW): narrow,
    }
    browser(home=Capture(views), plot=alike(view()))

    assert app.run("build").exit_code == 0

    text = document(app)
    sources = re.findall(
        r'<source style="display: none" media="([^"]*)"( data-dark="[^"]*")? srcset="([^"]*)" '
        r"(.*?)>",
        text,
    )
    assert [media for media, *_ in sources] == [
        "(max-width: 640px) and (prefers-color-scheme: dark)",
        "(prefers-color-scheme: dark)",
        "(max-width: 640px)",
    ]
    assert sources[0][3] == 'width="300" height="400"'
    files = app.built()
    contents = [files[address.removeprefix("./")] for *_, address, _ in sources]
    assert contents == [LARGE + b"narrow", LARGE + b"dark", LARGE + b"narrow"]
    image = re.search(
        r'<img class="plot" alt="A &gt; B" style="width: 100%" '
        r'fetchpriority="high" width="600"[^>]*src="([^"]*)"',
        text,
    )
    assert image
    assert files[image[1].removeprefix("./")] == LARGE + b"light"


def test_a_small_figure_that_is_the_same_for_everybody_stands_where_it_is_shown(
    app: TestedProject, browser: Callable[..., list[list[str]]]
) -> None:
    browser(home=alike(view(figure=b"<svg/>")), plot=alike(view()))
    assert app.run("build").exit_code == 0
    text = document(app)
    assert 'src="data:image/svg+xml;base64,PHN2Zy8+"' in text
    assert "<source" not in text


def test_the_same_site_is_not_opened_twice(
    app: TestedProject, browser: Callable[..., list[list[str]]]
) -> None:
    asked = browser(home=alike(view(figure=LARGE)), plot=alike(view()))
    app.run("build")
    first = app.built()
    app.run("build")
    assert app.built() == first
    assert len(asked) == 1

    (app.app / "data" / "table.csv").write_text("a,b\n3,4\n", encoding="utf-8")
    app.run("build")
    assert len(asked) == 2


def test_what_cannot_be_kept_and_what_differs_is_named(
    app: TestedProject, browser: Callable[..., list[list[str]]]
) -> None:
    browser(
        home=Capture({}, "it raises: ValueError: no"),
        plot=Capture(dict.fromkeys(VISITORS, view()), differs="“1” was “2”"),
    )
    outcome = app.run("build")
    assert outcome.exit_code == 0
    assert 'The page "home" is not prerendered: it raises: ValueError: no' in outcome.error
    assert 'The page "plot" showed another visitor something else (“1” was “2”)' in outcome.error
    assert "prerender=False" in outcome.error
    # The others come where its place is.
    assert 'data-prerendered="page"></main>' in document(app)
    assert start_of(document(app))[1]["first"] is None


def test_without_a_browser_the_site_is_built_without(
    app: TestedProject, browser: Callable[..., list[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser()

    def capture(*_: object) -> dict[str, Capture]:
        raise ToolError("there is no Chromium: run `playwright install chromium`")

    monkeypatch.setattr(prerender, "capture", capture)
    outcome = app.run("build")
    assert outcome.exit_code == 0
    assert "No page is prerendered: there is no Chromium" in outcome.error
    assert "data-prerendered" not in document(app)


def test_one_document_holds_all_that_is_kept(
    app: TestedProject, browser: Callable[..., list[list[str]]]
) -> None:
    asked = browser(
        home=alike(view("Home", figure=LARGE)), plot=alike(view("</script> & plot", figure=LARGE))
    )

    outcome = app.run("build", "--single-file", "--embed")

    assert outcome.exit_code == 0, outcome.error
    assert asked == [["home", "plot"]]
    assert {*app.built()} == {"index.html", "licenses.txt", "sbom.cdx.json"}
    text = document(app)
    assert "<p>Home</p><img" in text
    assert "<title>Home · Made up</title>" in text
    script, told = start_of(text)
    assert integrity_of(script.encode()) in text
    assert told["pages"] == {"plot": []}
    pages = re.search(
        r'<script type="application/json" id="prerendered-pages">(.*?)</script>', text
    )
    assert pages
    words, image = json.loads(pages[1])["plot"]["parts"]["page"]
    assert words == ["p", {}, ["</script> & plot"]]
    assert image[1]["src"].startswith("data:image/svg+xml;base64,")

    app.run("build", "--single-file", "--embed", "--no-prerender")
    assert "prerendered" not in document(app)


def test_a_link_to_the_app_shows_its_first_figure_where_its_address_is_known(
    app: TestedProject, browser: Callable[..., list[list[str]]]
) -> None:
    browser(home=replace(alike(view("Home")), picture=b"PNG"), plot=alike(view()))
    app.run("build")
    text = document(app)
    assert '<meta property="og:title" content="Made up">' in text
    assert "og:image" not in text, "without an address there is no place that it could name"
    assert "canonical" not in text

    add_settings(app, 'address = "https://me.example.org/app"\n')
    app.run("build")
    text = document(app)
    picture = re.search(r'property="og:image" content="https://me.example.org/app/(.*?)"', text)
    assert picture
    assert app.built()[picture[1]] == b"PNG"
    assert '<link rel="canonical" href="https://me.example.org/app/">' in text
    assert '<meta property="og:url" content="https://me.example.org/app/">' in text
    assert picture[1] not in app.built()["sw.js"].decode(), "no visitor needs it"

    own = SHELL.replace("</head>", '<meta property="og:title" content="Mine"></head>')
    (app.app / "index.html").write_text(own, encoding="utf-8")
    app.run("build")
    assert document(app).count("og:") == 1, "who writes such elements writes all of them"


@pytest.mark.parametrize("value", ["1", '"me.example.org"', '"https://a b/"', '"https://a/?b"'])
def test_an_address_that_is_none_is_refused(app: TestedProject, value: str) -> None:
    add_settings(app, f"address = {value}\n")
    outcome = app.run("build")
    assert outcome.exit_code == 2
    assert "address of [tool.pyscript-build] is" in outcome.sentence


def add_settings(app: TestedProject, lines: str) -> None:
    place = app.root / "pyproject.toml"
    text = place.read_text(encoding="utf-8") if place.exists() else ""
    place.write_text(f"{text}\n[tool.pyscript-build]\n{lines}", encoding="utf-8")


def test_a_copy_comes_behind_the_whole_element() -> None:
    text = SHELL.replace("<section", "<main><p></main><section")
    new = rewrite(text, Changes({}, copies={"page": "kept"}, body_last="LAST"))
    assert '</section></main><main class="wide" data-prerendered="page">kept</main>' in new
    assert new.count("kept") == 1
    assert "LAST</body>" in new


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (view("Good day"), "“Hello” was “Good day”"),
        (replace(view(), title="?"), "the title “Hello · Made up” was “?”"),
        (replace(view(), parts={"page": [["p", {"class": "a"}, ["Hello "]]]}), "“Home” was “”"),
        (replace(view(), parts={**view().parts, "page": [["b", {}, [" Hello"]]]}), ""),
        (
            replace(
                view(), parts={**view().parts, "page": [["p", {}, ["Hello", ["b", {}, ["!"]]]]]}
            ),
            "“” was “!”",
        ),
    ],
)
def test_a_difference_is_said_in_words(other: View, said: str) -> None:
    assert difference(view(), other) == said


def test_another_figure_is_a_difference() -> None:
    assert difference(view(figure=b"1"), view(figure=b"2")) == "a figure differed"


def test_the_cache_keeps_all_of_a_capture() -> None:
    found = {"home": alike(view(figure=LARGE, sheets="a {}")), "plot": Capture({}, "why", "what")}
    assert read_captures(captures_text(found)) == found


@pytest.mark.parametrize(
    ("nodes", "text"),
    [
        (
            [["p", {"title": 'a "b" <c>'}, ["</script> & <!--"]]],
            '<p title="a &quot;b&quot; &lt;c&gt;">&lt;/script&gt; &amp; &lt;!--</p>',
        ),
        ([["br", {}, []], ["input", {"value": "1"}, []]], '<br><input value="1">'),
        ([["textarea", {}, ["\nfirst line empty"]]], "<textarea>\n\nfirst line empty</textarea>"),
        (
            [["svg", {"viewBox": "0 0 1 1"}, [["path", {"d": "M0 0"}, []]]]],
            '<svg viewBox="0 0 1 1"><path d="M0 0"></path></svg>',
        ),
        ([["style", {}, ["a > b { color: red }"]]], "<style>a > b { color: red }</style>"),
    ],
)
def test_trees_are_written_as_a_browser_reads_them(nodes: list[object], text: str) -> None:
    assert html_of(nodes) == text


def test_a_style_sheet_cannot_leave_its_element() -> None:
    with pytest.raises(ToolError, match="holds `</style`"):
        html_of([["style", {}, ["</STYLE><script>"]]])


def test_what_is_held_before_the_shell_is_there_is_what_it_takes_for_buttons() -> None:
    text = (BOOT / "twins.mjs").read_text(encoding="utf-8")
    start = kept_of({}, "", "App", InDocument()).start
    found = re.search(r'BUTTONS = "(.+)";', text)
    assert found
    assert f'target.closest("{found[1]}, [data-acts]")' in start
