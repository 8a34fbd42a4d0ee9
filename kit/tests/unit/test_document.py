"""The document of a site: what changes in it, and what does not."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import pytest

from pyscript_kit.errors import ToolError
from pyscript_kit.runtime.shell import Element
from pyscript_kit.site.document import Changes, rewrite
from pyscript_kit.site.elements import as_json, integrity_of
from pyscript_kit.site.scripts import completed

PAGE = """<!doctype html>
<!-- A comment & its <tags>. -->
<html lang="en" data-app="booting">
  <head>
    <meta charset="utf-8">
    <title>5 &lt; 6 &amp; more</title>
    <link rel="stylesheet" href="./style.css" media="(prefers-color-scheme: dark)" id="dark">
    <link rel="preload" as="fetch" crossorigin href="./runtime/pyodide/pyodide.asm.wasm">
    <link rel="modulepreload" href="./runtime/preboot/files.mjs">
    <script type="module" src="./boot.js" blocking="render"></script>
    <script type="module" src="./runtime/preboot/preboot.mjs" data-preboot></script>
  </head>
  <body>
    <img src="./logo.png" alt="&quot;Logo&quot;">
    <script>if (1 < 2) console.log("<b>")</script>
    <script type="py" src="./main.py" config="./pyscript.toml"></script>
  </body>
</html>
"""


# As an author has it: what the kit brings is not there.
WRITTEN = """<!doctype html>
<html lang="en">
  <head>
    <script>watch();</script>
    <script type="module" src="./runtime/boot/boot.js" blocking="render">  </script>
  </head>
  <body>
    <script type="py" src="./main.py" config="./pyscript.toml"></script>
    <script type="py">two = 2</script>
  </body>
</html>
"""
BROUGHT: list[Element] = [
    ("script", {"type": "module", "async": "", "src": "./ahead.mjs"}),
    ("link", {"rel": "modulepreload", "href": "./a&b.mjs"}),
    ("script", {"type": "module", "src": "./core.js", "data-pyscript": ""}),
    ("link", {"rel": "stylesheet", "href": "./core.css", "media": "print"}),
]


def test_what_the_author_has_left_to_the_kit_is_where_boot_js_would_insert_it() -> None:
    head = """
    <script type="module" async src="./ahead.mjs"></script>
    <link rel="modulepreload" href="./a&amp;b.mjs">
    <script type="module" src="./core.js" data-pyscript></script>"""
    style = """<link rel="stylesheet" href="./core.css" media="print">
    """
    start = '<script type="py" src'

    text = completed(WRITTEN, BROUGHT)

    whole = WRITTEN.replace("  </script>\n", f"  </script>{head}\n").replace(start, style + start)
    assert text == whole
    assert completed(text, BROUGHT) == text


def test_a_document_that_nothing_would_start_is_refused() -> None:
    page = WRITTEN.replace("runtime/boot/", "")

    with pytest.raises(ToolError, match=r'has no <script src="\./runtime/boot/boot\.js">, without'):
        completed(page, BROUGHT)


def test_what_no_change_names_stays_as_it_was_written() -> None:
    same = rewrite(PAGE, Changes({}))

    assert same == PAGE


@pytest.mark.parametrize(
    "text",
    [
        "<p>R&D budget, AT&T, Q&A; x&y=1 &#65 &amp; &notanentity; a < b <- c </ d></p>",
        "<title>R&D <b></title><textarea>\nx&y <i></textarea>",
        "<![CDATA[ x ]]><![if IE]><?php a ?><! odd ><!-- a --!><!-->",
        "<svg><path d=M0/></svg><br/><IMG SRC=c alt='\"'><p\nclass = a\r\n>\r\u2028\x0b<b>\x0c",
        "<style>a > b { }</style><script>'<p>' + \"&amp;\" // </scrip\n</script >",
    ],
)
def test_what_is_between_the_changes_stays_whatever_it_is(text: str) -> None:
    page = PAGE.replace("<body>", f'<body>{text}<a href="./a">')
    changes = Changes({"./a": "./b"}, body_first="<first>")

    assert rewrite(page, changes) == PAGE.replace("<body>", f'<body><first>{text}<a href="./b">')


def test_the_encoding_comes_first_and_once() -> None:
    page = PAGE.replace('<meta charset="utf-8">', "<title>before</title><META CHARSET=UTF-8>")

    text = rewrite(page, Changes({}, head_first="<first>"))

    assert text.index('<head><meta charset="utf-8"><first>') < 1024
    assert text.lower().count("charset") == 1


def test_addresses_get_their_new_names_and_hashes() -> None:
    changes = Changes(
        {"./boot.js": "./boot-1.js", "./runtime/preboot/": "./runtime/preboot-2/"},
        {"./boot-1.js": "sha256-A=", "./runtime/preboot-2/files.mjs": "sha256-B="},
    )

    text = rewrite(PAGE, changes)

    assert (
        '<script type="module" src="./boot-1.js" blocking="render" integrity="sha256-A="></script>'
    ) in text
    assert '<link rel="modulepreload" href="./runtime/preboot-2/files.mjs" integrity=' in text
    assert '<script type="module" src="./runtime/preboot-2/preboot.mjs" data-preboot>' in text
    assert './runtime/pyodide/pyodide.asm.wasm"' in text


def test_a_script_that_nothing_waits_for_still_says_that_it_is_needed() -> None:
    changes = Changes({"./boot.js": "./boot-1.js"}, waits_not="./boot-1.js")
    text = rewrite(PAGE, changes)
    assert '<script type="module" src="./boot-1.js" blocking></script>' in text


def test_what_is_preloaded_for_fetch_gets_no_hash() -> None:
    address = "./runtime/pyodide/pyodide.asm.wasm"

    text = rewrite(PAGE, Changes({}, {address: "sha256-A="}))

    assert "integrity" not in text


def test_the_start_and_the_configuration_move_into_the_document() -> None:
    config = json.dumps({"name": 'a "b" & <c>'})

    text = rewrite(
        PAGE, Changes({}, settings=lambda _: config, sources={"./main.py": "import pages\n"}.get)
    )

    found = re.search(r'<script type="py" config="([^"]*)">\nimport pages\n</script>', text)
    assert found
    assert "&quot;" in found[1]


@pytest.mark.parametrize("part", ["</script>", "</SCRIPT", "<!--"])
def test_a_start_that_html_would_cut_off_is_in_the_document_all_the_same(part: str) -> None:
    source = f'"""Ä {part}"""\n'

    text = rewrite(PAGE, Changes({}, settings=lambda _: "{}", sources={"./main.py": source}.get))

    found = re.search(
        r'<script type="py" src="data:text/x-python;base64,([^"]*)" config="{}"></script>', text
    )
    assert found
    assert base64.b64decode(found[1]).decode() == source


def test_what_the_parser_cannot_read_is_kept_or_named() -> None:
    try:  # depends on the version of Python
        text = rewrite(PAGE.replace("<body>", "<body><![a["), Changes({}))
    except ToolError as error:
        text = str(error)

    assert "<![a[" in text or "app/index.html is not valid HTML" in text


def test_the_head_is_filled_at_both_ends() -> None:
    text = rewrite(PAGE, Changes({}, head_first="<first>", head_last="<last>"))

    assert '<head><meta charset="utf-8"><first>' in text
    assert "<last></head>" in text


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (
            '<meta name="viewport"><script src="./a.js"></script><link rel="icon" href="./i.svg">'
            '<link rel="stylesheet" href="./a.css"><link rel="stylesheet" href="./b.css">',
            '<link rel="icon" href="./i.svg"><asks><link rel="stylesheet" href="./a.css">'
            '<link rel="stylesheet" href="./b.css"><last></head>',
        ),
        (
            '<noscript><link rel="stylesheet" href="./a.css"></noscript>',
            '<head><asks><noscript><link rel="stylesheet" href="./a.css"></noscript><last></head>',
        ),
        ("<title>None</title>", "<title>None</title><asks><last></head>"),
    ],
    ids=["sheets", "a sheet within", "no sheet"],
)
def test_what_must_not_wait_for_style_sheets_comes_before_them(head: str, expected: str) -> None:
    page = f'<head>{head}</head><body><link rel="stylesheet" href="./c.css">'
    page += '<script type="py" src="./main.py"></script></body>'

    text = rewrite(page, Changes({}, before_sheets="<asks>", head_last="<last>"))

    assert expected in text
    assert text.count("<asks>") == 1


def test_scripts_and_styles_move_into_a_single_document() -> None:
    changes = Changes(
        {},
        scripts={"./boot.js": "start();"},
        styles={"./style.css": "p {}"},
        dropped=("./runtime/",),
    )

    text = rewrite(PAGE, changes)

    assert '<script type="module" blocking="render">start();</script>' in text
    assert '<style media="(prefers-color-scheme: dark)" id="dark">p {}</style>' in text
    assert "./runtime/" not in text
    assert text.count("<script") == text.count("</script>") == 3


def test_a_script_that_moves_takes_the_place_of_all_that_stood_between_its_tags() -> None:
    page = PAGE.replace(' blocking="render">', "> // old\n").replace("data-preboot>", "> // old")
    changes = Changes({}, scripts={"./boot.js": "start();"}, dropped=("./runtime/",))

    text = rewrite(page, changes)

    assert '<script type="module">start();</script>' in text
    assert "old" not in text


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (PAGE.replace("head>", "hood>"), "<head>"),
        (PAGE.replace('type="py"', 'type="text/plain"'), '<script type="py">'),
    ],
)
def test_a_document_that_cannot_start_the_app_is_refused(text: str, named: str) -> None:
    with pytest.raises(ToolError, match=re.escape(f"app/index.html has no {named}")):
        rewrite(text, Changes({}))


def test_json_cannot_end_the_script_that_holds_it() -> None:
    text = as_json({"a": "</script>"})

    assert "<" not in text
    assert json.loads(text) == {"a": "</script>"}


def test_integrity_is_what_browsers_compare_with() -> None:
    # openssl dgst -sha256 -binary | base64, of nothing.
    assert integrity_of(b"") == "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    assert hashlib.sha256(b"").hexdigest().startswith("e3b0c442")
