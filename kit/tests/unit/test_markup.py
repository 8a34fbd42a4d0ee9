"""What makes markup or code of data is found, in an app and in what the kit adds to it."""

from pathlib import Path

import pytest

import pyscript_kit
from pyscript_kit.testing.markup import in_attributes, in_javascript, in_python

KIT = Path(pyscript_kit.__file__).parent
SCRIPTS = sorted([*KIT.rglob("*.js"), *KIT.rglob("*.mjs")])
DOCUMENTS = sorted(KIT.rglob("*.html"))


def relative(path: Path) -> str:
    return path.relative_to(KIT).as_posix()


@pytest.mark.parametrize("path", SCRIPTS, ids=relative)
def test_the_kits_scripts_make_no_markup_and_no_code(path: Path) -> None:
    assert in_javascript(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_the_kits_documents_have_no_script_in_their_attributes(path: Path) -> None:
    assert in_attributes(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ('<p onclick="act()">', ["onclick="]),
        ("<a class=x href=javascript:act()>", ["href=javascript:"]),
        ('<img src="one.png" alt="on time = now">', []),
    ],
)
def test_scripts_are_found_in_attributes(document: str, expected: list[str]) -> None:
    assert in_attributes(document) == expected


@pytest.mark.parametrize(
    "source",
    [
        "element.innerHTML = text",
        "element.outerHTML += '<b>'+text",
        "setattr(element, 'innerHTML', text)",
        "element.setAttribute('srcdoc', text)",
        "update(frame, srcdoc=text)",
        "element.insertAdjacentHTML('beforeend', text)",
        "insert_markup(element, text)",
        "insert_markup(element, f'<b>{name}</b>')",
        "insert_markup(element, markup='<b>%s</b>' % name)",
        "document.write(text)",
        "js.document.writeln(text)",
        "eval(text)",
        "window.eval(text)",
        "exec(text, names)",
        "run_js(text)",
        "js.Function.new(text)",
        "display(HTML(text))",
        "range.createContextualFragment(text)",
        "TEXT = '<b>'\nTEXT = typed()\ninsert_markup(element, TEXT)",
        "TEXT = '<b>'\nTEXT += typed()\ninsert_markup(element, TEXT)",
        "TEXT = '<b>'\nfor TEXT in typed: insert_markup(element, TEXT)",
        "def show(text='<b>'): insert_markup(element, text)",
    ],
)
def test_data_that_becomes_markup_or_code_is_found_in_python(source: str) -> None:
    assert in_python(source)


@pytest.mark.parametrize(
    "source",
    [
        "update(element, text=name)",
        "file.write(text)",
        "TEXT = '<b>bold</b>'\ninsert_markup(element, TEXT)",
        "eval('1 + 1')",
    ],
)
def test_literals_and_what_only_looks_alike_may_be(source: str) -> None:
    assert not in_python(source)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("element.innerHTML = text;", 1),
        ("element.insertAdjacentHTML('beforeend', text);", 1),
        ("document.write(text);", 1),
        ("eval(text); globalThis.eval(text);", 2),
        ("new Function(text); setTimeout('text()', 1);", 2),
        ("// innerHTML\n/* eval(text) */ element.textContent = text;", 0),
        ("setTimeout(text, 1); stream.write(text); http://x/ element.append(text);", 0),
        ("fetch('https://example.org'); eval(text);", 1),
    ],
)
def test_markup_and_code_are_found_in_scripts(source: str, expected: int) -> None:
    assert len(in_javascript(source)) == expected
