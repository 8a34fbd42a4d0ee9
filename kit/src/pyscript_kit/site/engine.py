"""Pyodide's WebAssembly as a site serves it: changed where V8 would compile Python's interpreter
again and again.

V8 notes which functions an indirect call reaches at first, inlines them when it optimizes the
caller, and optimizes the caller once more as soon as the call reaches another one. What an
interpreter calls depends on the program. So V8 optimizes Python's main loop, the largest function
of all, four times during a first visit, and goes on to do so in programs that run for long. Here,
all indirect calls of one type go by way of one function. That has soon called so many others that
V8 guesses no more; it is small enough to be inlined itself.

All that there was keeps its index, its place in memory and its place in the table: a memory
snapshot that was made with the one file suits the other.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from pyscript_kit.terminal import warn

ENGINE = "pyodide.asm.wasm"
# For whoever reads what an app consists of.
CHANGES = (
    "pyscript build has changed it since it was published: all indirect calls of one type are in "
    "one function; it does the same"
)

_TYPES, _IMPORTS, _FUNCTIONS, _CODE = 1, 2, 3, 10
_CALL, _CALL_INDIRECT, _LOCAL_GET, _END = 0x10, 0x11, 0x20, 0x0B
_FUNCTION_TYPE, _I32 = 0x60, 0x7F
# What compilers say of places in functions, such as which branch is likely: they have moved.
_OF_PLACES = b"metadata.code."

# Instructions by what follows their first byte.
_BARE = frozenset((0x00, 0x01, 0x05, 0x0A, 0x0B, 0x0F, 0x19, 0x1A, 0x1B, 0xD1, *range(0x45, 0xC5)))
_ONE_NUMBER = frozenset(
    (0x07, 0x08, 0x09, 0x0C, 0x0D, 0x10, 0x12, 0x14, 0x15, 0x18, *range(0x20, 0x27), 0x3F)
) | {0x40, 0x41, 0x42, 0xD0, 0xD2}
_PLACES = range(0x28, 0x3F)
_TAIL_CALL_INDIRECT = 0x13
_BLOCKS = frozenset((0x02, 0x03, 0x04, 0x06))
_BYTES = {0x43: 4, 0x44: 8}
_BRANCHES, _SELECT, _TRY = 0x0E, 0x1C, 0x1F
_BULK, _VECTOR = 0xFC, 0xFD
# From here on, what says how a place in memory is aligned says which memory, too.
_OTHER_MEMORY = 0x40


class UnknownWebAssemblyError(ValueError):
    """A module has something in it that is not known here."""


@lru_cache(maxsize=1)  # it takes a second, and a build asks twice
def engine_for_visitors(module: bytes) -> bytes:
    """The file that a site serves for `ENGINE`: changed, or as it is where it cannot be read here,
    and a warning says so.

    Args:
        module: the file as Pyodide has published it.
    """
    try:
        return prepared_engine(module)
    except UnknownWebAssemblyError as error:
        warn(
            f"Python will be slower in Chromium than it could be: {ENGINE} cannot be changed "
            f"({error}), so the site has it as Pyodide published it; a newer kit may know it"
        )
        return module


class _Call(NamedTuple):
    """An indirect call: where it begins and ends, the index of its type, and its table."""

    start: int
    end: int
    type: int
    table: int


def prepared_engine(module: bytes) -> bytes:
    """A module that does the same, its indirect calls of one type all in one place.

    Args:
        module: Pyodide's WebAssembly, in its binary format.

    Raises:
        UnknownWebAssemblyError: the module cannot be read here.
    """
    try:
        return _prepared(module)
    except IndexError:
        raise UnknownWebAssemblyError("it ends too soon") from None


def _prepared(module: bytes) -> bytes:
    sections = _sections(module)
    contents = {kind: module[start:end] for kind, start, end in sections if kind}
    if not contents.keys() >= {_TYPES, _IMPORTS, _FUNCTIONS, _CODE}:
        return module
    types = _types(contents[_TYPES])
    imported = _imported_functions(contents[_IMPORTS])
    bodies = _bodies(contents[_CODE])
    count, first = _number(contents[_FUNCTIONS], 0)
    own_types = contents[_FUNCTIONS][first:]

    # By type and table, the index of the function that calls so.
    by_way: dict[tuple[int, int], int] = {}
    bodies = [_redirected(body, by_way, imported + count) for body in bodies]
    known = len(types)
    for kind, table in by_way:
        parameters, results = types[kind]
        # What to call comes last, as it does in an indirect call.
        own = (parameters + bytes([_I32]), results)
        if own not in types:
            types.append(own)
        own_types += _written(types.index(own))
        bodies.append(_caller(len(parameters) + 1, kind, table))

    _, start = _number(contents[_TYPES], 0)
    changed = {
        _TYPES: _written(len(types))
        + contents[_TYPES][start:]
        + b"".join(_type_written(*each) for each in types[known:]),
        _FUNCTIONS: _written(count + len(by_way)) + own_types,
        _CODE: _written(len(bodies)) + b"".join(_written(len(body)) + body for body in bodies),
    }
    parts = [module[:8]]
    for kind, begin, end in sections:
        content = changed.get(kind, module[begin:end])
        if kind or not _vector(content, 0)[0].startswith(_OF_PLACES):
            parts += [bytes([kind]), _written(len(content)), content]
    return b"".join(parts)


def _redirected(body: bytes, by_way: dict[tuple[int, int], int], free: int) -> bytes:
    """The body of a function with calls in place of its indirect ones.

    Args:
        by_way: the functions to call; those that are lacking are added.
        free: the index of the first of them.
    """
    parts: list[bytes] = []
    last = 0
    for call in _indirect_calls(body):
        index = by_way.setdefault((call.type, call.table), free + len(by_way))
        parts += [body[last : call.start], bytes([_CALL]), _written(index)]
        last = call.end
    return b"".join((*parts, body[last:]))


def _caller(parameters: int, kind: int, table: int) -> bytes:
    """The body of a function that hands its parameters on, the last of them saying to whom."""
    handed = b"".join(bytes([_LOCAL_GET]) + _written(each) for each in range(parameters))
    call = bytes([_CALL_INDIRECT]) + _written(kind) + _written(table)
    return b"\0" + handed + call + bytes([_END])


def _indirect_calls(body: bytes) -> list[_Call]:
    groups, at = _number(body, 0)
    for _ in range(groups):
        at = _after_number(body, at) + 1
    found: list[_Call] = []
    while at < len(body):
        start = at
        at = _after_instruction(body, at)
        if body[start] == _CALL_INDIRECT:
            kind, middle = _number(body, start + 1)
            table, _ = _number(body, middle)
            found.append(_Call(start, at, kind, table))
    if at != len(body) or body[-1] != _END:
        raise UnknownWebAssemblyError("a function has no end")
    return found


def _after_instruction(code: bytes, at: int) -> int:
    first = code[at]
    at += 1
    if first in _BARE:
        return at
    if first in _ONE_NUMBER:
        return _after_number(code, at)
    if first in (_CALL_INDIRECT, _TAIL_CALL_INDIRECT):
        return _after_numbers(code, at, 2)
    if first in _PLACES:
        return _after_place(code, at)
    if first in _BLOCKS:
        return _after_block_type(code, at)
    if first in _BYTES:
        return at + _BYTES[first]
    if first == _BRANCHES:
        count, at = _number(code, at)
        return _after_numbers(code, at, count + 1)
    if first == _SELECT:
        count, at = _number(code, at)
        return _after_numbers(code, at, count)
    if first == _TRY:
        return _after_catches(code, _after_block_type(code, at))
    if first == _BULK:
        return _after_bulk(code, at)
    if first == _VECTOR:
        return _after_vector(code, at)
    raise UnknownWebAssemblyError(f"an instruction is {first:#x}")


def _after_block_type(code: bytes, at: int) -> int:
    if code[at] in (0x63, 0x64):  # a reference, its type in another number
        at += 1
    return _after_number(code, at)


def _after_catches(code: bytes, at: int) -> int:
    count, at = _number(code, at)
    for _ in range(count):
        at = _after_numbers(code, at + 1, 2 if code[at] < 2 else 1)
    return at


def _after_bulk(code: bytes, at: int) -> int:
    kind, at = _number(code, at)
    if kind < 8:  # conversions
        return at
    if kind < 18:
        return _after_numbers(code, at, 2 if kind in (8, 10, 12, 14) else 1)
    raise UnknownWebAssemblyError(f"an instruction is 0xfc {kind:#x}")


def _after_vector(code: bytes, at: int) -> int:
    kind, at = _number(code, at)
    if kind in (12, 13):  # sixteen bytes of their own
        return at + 16
    if 21 <= kind <= 34:  # a lane
        return at + 1
    if 84 <= kind <= 91:  # a place in memory, and a lane
        return _after_place(code, at) + 1
    if kind <= 11 or kind in (92, 93):
        return _after_place(code, at)
    return at


def _after_place(code: bytes, at: int) -> int:
    if code[at] >= _OTHER_MEMORY:
        raise UnknownWebAssemblyError("it has more than one memory")
    return _after_numbers(code, at, 2)


def _sections(module: bytes) -> list[tuple[int, int, int]]:
    """Of each section, its kind, and where its content begins and ends."""
    if module[:8] != b"\0asm\1\0\0\0":
        raise UnknownWebAssemblyError("it is none")
    found = []
    at = 8
    while at < len(module):
        size, start = _number(module, at + 1)
        found.append((module[at], start, start + size))
        at = start + size
    if at != len(module):
        raise UnknownWebAssemblyError("it ends too soon")
    return found


def _types(section: bytes) -> list[tuple[bytes, bytes]]:
    """The parameters and results of each type of function, a byte for each."""
    count, at = _number(section, 0)
    found = []
    for _ in range(count):
        if section[at] != _FUNCTION_TYPE:
            raise UnknownWebAssemblyError(f"a type is {section[at]:#x}")
        parameters, at = _vector(section, at + 1)
        results, at = _vector(section, at)
        # References to types of its own would take more than a byte.
        if not {*parameters, *results} <= {0x6F, 0x70, *range(0x7B, 0x80)}:
            raise UnknownWebAssemblyError("a parameter is of an unknown type")
        found.append((parameters, results))
    return found


def _type_written(parameters: bytes, results: bytes) -> bytes:
    counted = (_written(len(each)) + each for each in (parameters, results))
    return bytes([_FUNCTION_TYPE]) + b"".join(counted)


def _imported_functions(section: bytes) -> int:
    count, at = _number(section, 0)
    functions = 0
    for _ in range(count):
        for _ in range(2):  # of which module, and which name
            _, at = _vector(section, at)
        kind = section[at]
        at += 1
        if kind == 0:
            functions += 1
            at = _after_number(section, at)
        elif kind in (1, 2):  # a table, which has a type, or a memory: how large they may be
            at += kind == 1
            at = _after_numbers(section, at + 1, 2 if section[at] & 1 else 1)
        elif kind == 3:
            at += 2
        elif kind == 4:
            at = _after_number(section, at + 1)
        else:
            raise UnknownWebAssemblyError(f"an import is {kind:#x}")
    return functions


def _bodies(section: bytes) -> list[bytes]:
    count, at = _number(section, 0)
    found = []
    for _ in range(count):
        body, at = _vector(section, at)
        found.append(body)
    return found


def _vector(content: bytes, at: int) -> tuple[bytes, int]:
    """Bytes behind their number, and where they end."""
    size, at = _number(content, at)
    return content[at : at + size], at + size


def _number(content: bytes, at: int) -> tuple[int, int]:
    """A number without a sign, in LEB128, and where it ends."""
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def _after_number(content: bytes, at: int) -> int:
    while content[at] >= 0x80:
        at += 1
    return at + 1


def _after_numbers(content: bytes, at: int, count: int) -> int:
    for _ in range(count):
        at = _after_number(content, at)
    return at


def _written(number: int) -> bytes:
    written = bytearray()
    while number >= 0x80:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*written, number))
