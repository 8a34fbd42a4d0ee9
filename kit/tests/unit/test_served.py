"""Pyodide's JavaScript as a site serves it: it does the same, and V8 compiles it as it comes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pyscript_kit.site.served import as_served, changes_of, glue_for_visitors

NODE = shutil.which("node")
GLUE = b"""async function _make(given={}){return {sum: 1 + (await given.two)};
}export default _make;
"""
CHANGED = b"""const _make=(async function _make(given={}){return {sum: 1 + (await given.two)};
});export default _make;
"""
RUN = """
const [file] = process.argv.slice(2);
const { default: make } = await import(file);
console.log(make.name, make.length, (await make({ two: Promise.resolve(2) })).sum);
"""


def test_the_one_function_is_in_parentheses() -> None:
    assert as_served("pyodide.asm.mjs", GLUE) == CHANGED
    assert changes_of("pyodide.asm.mjs", GLUE).startswith("pyscript build has changed it")


@pytest.mark.skipif(NODE is None, reason="JavaScript runs under Node here")
def test_it_does_the_same(tmp_path: Path) -> None:
    (tmp_path / "run.mjs").write_text(RUN)

    said = []
    for content in (GLUE, glue_for_visitors(GLUE)):
        (tmp_path / "glue.mjs").write_bytes(content)
        done = subprocess.run(
            [NODE or "", "run.mjs", "./glue.mjs"], cwd=tmp_path, capture_output=True, check=True
        )
        said.append(done.stdout)

    assert said == [b"_make 0 3\n"] * 2


@pytest.mark.parametrize(
    "content",
    [
        b"var _make = (() => { return async function() {} })();\n",
        b"async function _make(){}export default _another;",
        b"async function _make(){}export default _make;export const more = 1;",
        b"",
    ],
)
def test_a_module_of_another_form_stays(content: bytes) -> None:
    assert as_served("pyodide.asm.mjs", content) == content
    assert changes_of("pyodide.asm.mjs", content) == ""


def test_other_files_stay() -> None:
    assert as_served("pyodide.mjs", GLUE) == GLUE
    assert changes_of("pyodide.mjs", GLUE) == ""
