"""The JavaScript that visitors get: how its modules hang together, and how they are joined."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from madeup import TestedProject
from pyscript_kit.browser import AHEAD, BOOT, LOADER, LOADER_ENTRIES, OFFLINE, files_of, texts_of
from pyscript_kit.browser.joining import joined
from pyscript_kit.lock.reader import read_lock
from pyscript_kit.project.settings import LOCAL_INTERPRETER, read_project
from pyscript_kit.runtime.shell import PARTS, elements, parts_text
from pyscript_kit.site.shell import shell_script
from pyscript_kit.snapshot.keeping import MAKER

NODE = shutil.which("node")
IMPORT = re.compile(r'^import [^"]*"\./([^"]+)";', re.MULTILINE)
LONGEST = 300


def imports(texts: dict[str, str], name: str) -> set[str]:
    """What a module imports, of those beside it."""
    return {other for other in IMPORT.findall(texts[name]) if other in texts}


def reached(texts: dict[str, str], name: str) -> set[str]:
    """What it imports, and what that imports in turn."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = imports(texts, waiting.pop()) - found
        found |= new
        waiting += new
    return found


@pytest.mark.parametrize("folder", [BOOT, LOADER, MAKER, OFFLINE], ids=lambda path: path.name)
def test_no_module_is_too_long_to_hold_in_the_head(folder: Path) -> None:
    lengths = {name: text.count("\n") for name, text in texts_of(folder).items()}

    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


@pytest.mark.parametrize("entry", LOADER_ENTRIES)
def test_where_nothing_was_preloaded_all_of_the_loader_comes_at_once(entry: str) -> None:
    texts = texts_of(LOADER)

    assert imports(texts, entry) == reached(texts, entry)


def test_every_module_of_the_loader_is_part_of_what_begins_something() -> None:
    texts = texts_of(LOADER)
    parts = {*LOADER_ENTRIES}.union(*(reached(texts, entry) for entry in LOADER_ENTRIES))

    assert parts == texts.keys()


def test_the_maker_and_the_loader_can_lie_in_one_folder() -> None:
    assert not {path.name for path in files_of(MAKER)} & {path.name for path in files_of(LOADER)}


def test_the_document_is_told_of_every_module_that_a_start_needs(project: TestedProject) -> None:
    project.ask_for("alpha", interpreter=LOCAL_INTERPRETER)
    texts = texts_of(LOADER)

    brought = elements(read_project(project.root), read_lock(project.lock_path))

    addresses = [next(value for value in each.values() if "/" in value) for _, each in brought]
    folder = "./runtime/preboot/"
    modules = [each.removeprefix(folder) for each in addresses if each.startswith(folder)]
    assert {*modules} == {"preboot.mjs", "manifest.mjs", *reached(texts, "preboot.mjs")}
    assert len(modules) == len({*modules})
    assert modules[0] == AHEAD
    assert modules[-1] == "preboot.mjs"
    assert "./runtime/pyodide/pyodide.asm.mjs" in addresses


def test_joined_modules_stand_before_those_that_import_them() -> None:
    texts = {
        "a.mjs": 'import { b } from "./b.mjs";\nimport "./c.mjs";\nexport const a = b;\n',
        "b.mjs": 'import { c } from "./c.mjs";\nexport const b = c;\n',
        "c.mjs": 'import { d } from "./d.mjs";\nimport "../e.mjs";\nexport async function c() {}\n',
        "d.mjs": "export const d = 4;\n",
    }

    text = joined(texts, "a.mjs", apart=("d.mjs",))

    assert [line for line in text.split("\n") if line] == [
        'import { d } from "./d.mjs";',
        'import "../e.mjs";',
        "async function c() {}",
        "const b = c;",
        "export const a = b;",
    ]


JOINED = {
    "boot": shell_script(),
    "offline": joined({**texts_of(OFFLINE), **texts_of(LOADER)}, "offline.mjs"),
    **{entry: joined(texts_of(LOADER), entry, apart=(AHEAD,)) for entry in LOADER_ENTRIES},
}


@pytest.mark.parametrize("name", JOINED)
def test_joined_modules_are_one_that_an_engine_reads(name: str, tmp_path: Path) -> None:
    text = JOINED[name]

    left = set(re.findall(r'^import .*"\./([^"]+)";', text, re.MULTILINE))
    assert left <= {AHEAD, "manifest.mjs"}
    assert not re.search(r"</script|<!--", text, re.IGNORECASE)
    if NODE:  # which refuses a name that is declared twice
        file = tmp_path / "joined.mjs"
        file.write_text(text, encoding="utf-8")
        subprocess.run([NODE, "--check", str(file)], check=True)


def test_nothing_is_renamed_where_it_is_imported() -> None:
    for folder in (BOOT, LOADER, OFFLINE):
        for name, text in texts_of(folder).items():
            for statement in re.findall(r'^import [^"]*"\./[^"]+";', text, re.MULTILINE):
                of_made = statement.endswith('"./manifest.mjs";')
                assert of_made or " as " not in statement, f"{name}: {statement}"


def test_what_is_inserted_is_told_in_a_module() -> None:
    inserted = [("link", {"href": "./\u2028</script>"}), ("script", {"async": ""})]

    text = parts_text(inserted)

    assert text.isascii()
    assert '  ["link", {"href": "./\\u2028</script>"}],\n  ["script", {"async": ""}],\n' in text
    assert "export const parts = [\n];" in parts_text([])
    assert PARTS not in {path.name for path in files_of(BOOT)}
