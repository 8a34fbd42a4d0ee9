"""What an app is called and how it looks, out of the one place where each stands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pyscript_kit.site.colours import colour, colours_of, filled, with_icon
from pyscript_kit.site.identity import shown

if TYPE_CHECKING:
    from madeup import TestedProject

SHEET = b"""\
@import "./more.css";
/* :root { --accent: #111111; } */
:root {
  --accent: var(--brand); /* one of them */
  --brand: #0f5c6e;
  --round: clamp(1rem, 4vw, 2.5rem);
  --circle: var(--circle);
}
html, :root { --paper: #faf8f3 }
main { --accent: #222222; }
@media (prefers-color-scheme: dark) { :root { --accent: #333333; } }
"""
ICON = '<svg><rect fill="var(--accent)" stroke="var(--mine, red)" color="var(--own)"/></svg>'


def test_colours_are_those_of_the_root_in_light_colours() -> None:
    colours = colours_of({"style.css": SHEET})
    assert colour("--accent", colours) == "#0f5c6e"
    assert colour("--paper", colours) == "#faf8f3"
    assert colour("--lost", colours) is None
    assert colour("--circle", colours) is None


def test_an_app_without_a_style_sheet_has_no_colours() -> None:
    assert colours_of({}) == {}


@pytest.mark.parametrize("sheet", ["}", ":root {", ":root { --a }", "{}}{", "--a: red;"])
def test_a_sheet_that_is_none_has_no_colours(sheet: str) -> None:
    assert colours_of({"style.css": sheet.encode()}) == {}


def test_the_icon_takes_the_apps_colours_and_keeps_its_own() -> None:
    files = with_icon({"style.css": SHEET, "icon.svg": ICON.encode(), "data.csv": b"1"})
    assert files["icon.svg"].decode() == (
        '<svg><rect fill="#0f5c6e" stroke="red" color="var(--own)"/></svg>'
    )
    assert files["data.csv"] == b"1"
    assert with_icon({"style.css": SHEET}) == {"style.css": SHEET}


def test_text_without_variables_stays() -> None:
    assert filled("fill: #fff", {"--fill": "red"}) == "fill: #fff"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            "<title>A &amp; &lt;b></title>\n<h1 data-shows='title'></h1>",
            "<title>A &amp; &lt;b></title>\n<h1 data-shows='title'>A &amp; &lt;b&gt;</h1>",
        ),
        (
            "<title>\n  New\u2028name\n</title><h1 data-shows=title>Former</h1>",
            "<title>\n  New\u2028name\n</title><h1 data-shows=title>New name</h1>",
        ),
        (
            '<meta name="description" content="For tides"><p data-shows="description" id="a"></p>',
            '<meta name="description" content="For tides">'
            '<p data-shows="description" id="a">For tides</p>',
        ),
        (
            "<title>App</title><svg><title>Icon</title></svg><b data-shows='title'></b>",
            "<title>App</title><svg><title>Icon</title></svg><b data-shows='title'>App</b>",
        ),
        ("<p data-shows='size'>20</p>", "<p data-shows='size'>20</p>"),
        ("<p data-shows='title'>", "<p data-shows='title'>"),
    ],
    ids=["markup", "lines", "description", "an icon's title", "nothing known", "no end"],
)
def test_elements_say_what_they_are_to_show(document: str, expected: str) -> None:
    assert shown(document) == expected


NAMED = """<!doctype html>
<html><head><title>Times of Tides</title>
<meta name="description" content="When to swim">
<link rel="icon" href="./icon.svg"><link rel="stylesheet" href="./style.css">"""


@pytest.fixture
def named(app: TestedProject, monkeypatch: pytest.MonkeyPatch) -> TestedProject:
    """An app with a name, colours and an icon, and no browser to draw that in."""
    index = app.app / "index.html"
    text = index.read_text(encoding="utf-8")
    head = text.partition("<head>")[2]
    index.write_text(f"{NAMED}{head}", encoding="utf-8")
    (app.app / "style.css").write_bytes(SHEET)
    (app.app / "icon.svg").write_text(ICON, encoding="utf-8")
    monkeypatch.setattr("pyscript_kit.site.icons.launch_options", lambda _: None)
    return app


def test_a_built_app_is_named_and_coloured_by_its_document_and_its_sheet(
    named: TestedProject,
) -> None:
    built = named.run("build")
    assert built.exit_code == 0, built.error
    files = named.built()
    manifest = json.loads(files["manifest.webmanifest"])
    assert manifest["name"] == manifest["short_name"] == "Times of Tides"
    assert manifest["description"] == "When to swim"
    assert (manifest["theme_color"], manifest["background_color"]) == ("#0f5c6e", "#faf8f3")
    assert manifest["icons"] == [{"src": "./icon.svg", "type": "image/svg+xml", "sizes": "any"}]
    assert b'<meta name="theme-color" content="#0f5c6e">' in files["index.html"]
    assert b'fill="#0f5c6e"' in files["icon.svg"]
    assert "no browser was found to draw app/icon.svg in other sizes" in built.error


def test_icons_of_the_authors_own_stay(named: TestedProject) -> None:
    folder = named.app / "icons"
    folder.mkdir()
    for name in ("icon-192", "icon-512", "icon-maskable-512", "apple-touch-icon"):
        (folder / f"{name}.png").write_bytes(name.encode())
    built = named.run("build")
    assert "to draw" not in built.error
    assert named.built()["icons/icon-512.png"] == b"icon-512"


def test_one_document_has_the_icon_in_it(named: TestedProject) -> None:
    assert named.run("build", "--single-file").exit_code == 0
    document = named.built()["index.html"]
    assert b'<link rel="icon" href="data:image/svg+xml;base64,' in document
    assert b"./icon.svg" not in document
