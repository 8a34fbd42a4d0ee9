"""Pyodide's WebAssembly as a site serves it: it does the same, its indirect calls in one place."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from pyscript_kit.site.engine import (
    UnknownWebAssemblyError,
    engine_for_visitors,
    prepared_engine,
)

NODE = shutil.which("node")
I32, VOID, END = 0x7F, 0x40, 0x0B
# What both functions give for each entry of the table, in each of the modules named.
RUN = """
import { readFileSync } from "node:fs";
const results = [];
for (const file of process.argv.slice(2)) {
  const module = new WebAssembly.Module(readFileSync(file));
  const { exports } = new WebAssembly.Instance(module, { env: { tenfold: (n) => 10 * n } });
  const values = [];
  for (const which of [0, 1, 2, 3]) {
    for (const name of ["apply", "both"]) {
      try {
        values.push(exports[name](which, 7));
      } catch (error) {
        values.push(error.message);
      }
    }
  }
  results.push([values, WebAssembly.Module.exports(module), WebAssembly.Module.imports(module)]);
}
console.log(JSON.stringify(results));
"""


def number(value: int) -> bytes:
    """In LEB128."""
    written = b""
    while value >= 0x80:
        written += bytes([value & 0x7F | 0x80])
        value >>= 7
    return written + bytes([value])


def vector(*items: bytes) -> bytes:
    return number(len(items)) + b"".join(items)


def counted(content: bytes) -> bytes:
    return number(len(content)) + content


def text(value: str) -> bytes:
    return counted(value.encode())


def section(kind: int, content: bytes) -> bytes:
    return bytes([kind]) + counted(content)


def body(*code: int, groups: bytes = b"\0") -> bytes:
    return counted(groups + bytes(code) + bytes([END]))


# Calls table[which](n): 0 is the import, 1 adds one, 2 has another type, 3 is empty.
APPLY = body(0x20, 1, 0x20, 0, 0x11, 0, 0)
# The same twice, in a block, behind one instruction of each kind.
BOTH = body(
    *(0x41, 0xFF, 0x7F, 0x21, 2),  # a local, of a number in two bytes
    *(0x43, 0x11, 0x11, 0, 0, 0x1A, 0x44, *([0x11] * 8), 0x1A),  # floats that look like calls
    *(0x02, VOID, 0x03, VOID, 0x20, 0, 0x0E, 2, 1, 1, 1, END, END),  # br_table
    *(0x41, 0, 0x28, 2, 0x11, 0x1A),  # a place in memory
    *(0x41, 0, 0x41, 1, 0x41, 1, 0x1C, 1, I32, 0x1A),  # a select with its type
    *(0x43, 0, 0, 0, 0, 0xFC, 0, 0x1A),  # a conversion that saturates
    *(0x41, 0, 0x41, 0, 0x41, 0, 0xFC, 11, 0),  # memory.fill
    *(0xFD, 12, *([0x11] * 16), 0xFD, 21, 0x0F, 0x1A),  # a vector, and its last lane
    *(0x06, VOID, 0x19, END),  # exceptions, as compilers wrote them first
    *(0x02, I32, 0x20, 1, 0x20, 0, 0x11, 0, 0, END),
    *(0x20, 0, 0x11, 0, 0),
    groups=b"\1\1\x7f",
)


def module(apply: bytes = APPLY, both: bytes = BOTH) -> bytes:
    one, two = bytes([0x60, 1, I32, 1, I32]), bytes([0x60, 2, I32, I32, 1, I32])
    none = bytes([0x60, 0, 0])
    return b"".join(
        (
            b"\0asm\1\0\0\0",
            section(1, vector(one, two, none)),
            section(2, vector(text("env") + text("tenfold") + b"\0\0")),
            section(3, vector(b"\0", b"\2", b"\1", b"\1")),
            section(4, vector(bytes([0x70, 0, 4]))),
            section(5, vector(b"\0\1")),
            section(7, vector(text("apply") + b"\0\3", text("both") + b"\0\4")),
            section(9, vector(bytes([0, 0x41, 0, END]) + vector(b"\0", b"\1", b"\2"))),
            section(10, vector(body(0x20, 0, 0x41, 1, 0x6A), body(), apply, both)),
            section(0, text("some") + b"more"),
        )
    )


@pytest.mark.skipif(NODE is None, reason="WebAssembly runs under Node here")
def test_a_changed_module_does_the_same(tmp_path: Path) -> None:
    changed = prepared_engine(module())
    (tmp_path / "run.mjs").write_text(RUN)
    (tmp_path / "former.wasm").write_bytes(module())
    (tmp_path / "changed.wasm").write_bytes(changed)

    done = subprocess.run(
        [NODE or "", "run.mjs", "former.wasm", "changed.wasm"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )

    former, after = json.loads(done.stdout)
    assert former == after
    assert former[0][:4] == [70, 700, 8, 9]
    assert all(isinstance(value, str) for value in former[0][4:])  # another type, and nothing


def test_all_indirect_calls_of_a_type_are_in_one_place() -> None:
    changed = prepared_engine(module())

    # In place of three, in one more function; and a number that looks like one stays.
    assert module().count(b"\x11\0\0") == 3 + 1
    assert changed.count(b"\x11\0\0") == 1 + 1
    assert section(3, vector(b"\0", b"\2", b"\1", b"\1", b"\1")) in changed
    assert counted(b"\0\x20\0\x20\1\x11\0\0\x0b") in changed
    assert changed.endswith(section(0, text("some") + b"more"))


def test_hints_for_places_that_have_moved_are_dropped() -> None:
    hints = section(0, text("metadata.code.branch_hint") + b"\1\3\1\5\1\0")

    assert prepared_engine(module() + hints) == prepared_engine(module())


def test_what_has_no_functions_stays() -> None:
    content = b"\0asm\1\0\0\0" + section(0, text("pack") + b"\x11\0\0")

    assert prepared_engine(content) == content


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PK\3\4", "it is none"),
        (module()[:-3], "it ends too soon"),
        (module(apply=body(0xFE, 0, 0, 0)), "an instruction is 0xfe"),
        (module(apply=body(0x28, 0x42, 1, 0)), "it has more than one memory"),
        (module(apply=body(0xFC, 99)), "an instruction is 0xfc 0x63"),
        (module(apply=counted(b"\0\x20\0")), "a function has no end"),
        (module(apply=counted(b"\0\x20")), "it ends too soon"),
        (module().replace(b"\x60\0\0", b"\x5f\0\0"), "a type is 0x5f"),
        (module().replace(b"tenfold\0", b"tenfold\7"), "an import is 0x7"),
    ],
)
def test_what_cannot_be_read_is_served_as_it_is(
    content: bytes, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UnknownWebAssemblyError, match=reason):
        prepared_engine(content)

    assert engine_for_visitors(content) == content
    assert f"pyodide.asm.wasm cannot be changed ({reason})" in capsys.readouterr().err
