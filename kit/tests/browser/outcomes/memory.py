# mypy: ignore-errors
# ruff: noqa: C409, PTH107, PTH123, S307, SIM115
"""Memory: collected garbage, weak references, open files, and identities."""

import contextlib
import copy
import gc
import io
import os
import sys
import weakref
from collections.abc import Iterator

from outcomes import Cases, attempt, refusal


class Node:
    """Something that refers to something, itself perhaps."""

    def __init__(self, other: object = None) -> None:
        self.other = other


def cases() -> Cases:
    """Yield what is kept and what is given back."""
    yield "collector", lambda: (gc.isenabled(), gc.get_threshold(), gc.get_debug(), gc.callbacks)
    yield "cycles are collected", _collected
    yield "nothing is left to collect", lambda: (gc.collect(), gc.collect())[1]
    yield "nothing is uncollectable", lambda: gc.garbage
    yield "frozen objects", gc.get_freeze_count
    yield "collected by itself", _collected_in_time
    yield "weak reference", _weak_reference
    yield "weak references to methods", _weak_method
    yield "weak dictionaries", _weak_dictionaries
    yield "finalizers", _finalizers
    yield "resurrection", _resurrection
    yield "no weak reference", lambda: refusal(lambda: weakref.ref(1))
    yield "interned", lambda: sys.intern("a b") is sys.intern(" ".join("ab"))
    yield (
        "identities",
        lambda: [a is b for a, b in ((None, type(None)()), (..., eval("...")), ((), tuple([])))],
    )
    yield "small integers", lambda: [int(str(n)) is n for n in range(-6, 260)].count(True)
    yield (
        "sizes",
        lambda: [
            sys.getsizeof(value)
            for value in (1, 2**100, "", "ß", b"", [], {}, (), set(), 1.0, Node())
        ],
    )
    yield "references", lambda: sys.getrefcount(Node())
    yield "copies", lambda: [value is copy.copy(value) for value in ((1, 2), "a", frozenset(), [])]
    yield "recursion", lambda: refusal(_endless)
    yield "recursion limit", sys.getrecursionlimit
    yield "too much memory", lambda: refusal(lambda: bytearray(2**40))
    yield "large memory", lambda: len(bytes(64 * 2**20))
    yield "file left open", _file_left_open
    yield "open files without a descriptor", lambda: _open_files()[0]
    yield "descriptors without a file", lambda: _open_files()[1]
    yield (
        "standard streams",
        lambda: [
            (stream.name, stream.fileno(), stream.encoding, stream.errors, stream.line_buffering)
            for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__)
            if stream is not None
        ],
    )
    yield "caught output", _caught_output


def _descriptors() -> set[int]:
    found = set()
    for descriptor in range(256):
        with contextlib.suppress(OSError):
            os.fstat(descriptor)
            found.add(descriptor)
    return found


def _open_files() -> tuple[list[str], set[int]]:
    """Return what only Python takes to be open, and what only the system does."""
    gc.collect()
    there = _descriptors()
    files = [
        thing for thing in gc.get_objects() if isinstance(thing, io.FileIO) and not thing.closed
    ]
    owned = {file.fileno() for file in files}
    return [str(file.name) for file in files if file.fileno() not in there], there - owned


def _collected() -> object:
    gc.collect()
    for _ in range(10):
        node = Node()
        node.other = node
    del node
    return gc.collect(), sum(isinstance(thing, Node) for thing in gc.get_objects())


def _collected_in_time() -> bool:
    collections = sum(generation["collections"] for generation in gc.get_stats())
    for _ in range(1_000_000):
        node = Node()
        node.other = node
        if sum(generation["collections"] for generation in gc.get_stats()) > collections:
            return True
    return False


def _weak_reference() -> object:
    said: list[str] = []
    node = Node()
    reference = weakref.ref(node, lambda dead: said.append(f"gone: {dead() is None}"))
    alive = reference() is node
    del node
    return alive, reference() is None, said


def _weak_method() -> object:
    node = Node()
    method = weakref.WeakMethod(node.__init__)
    alive = method() is not None
    del node
    return alive, method() is None


def _weak_dictionaries() -> object:
    values: weakref.WeakValueDictionary[str, Node] = weakref.WeakValueDictionary()
    keys: weakref.WeakKeyDictionary[Node, str] = weakref.WeakKeyDictionary()
    kept, lost = Node(), Node()
    values["kept"], values["lost"] = kept, lost
    keys[kept], keys[lost] = "kept", "lost"
    del lost
    return sorted(values), sorted(keys.values())


def _finalizers() -> object:
    order: list[str] = []
    node = Node()
    weakref.finalize(node, order.append, "first")
    last = weakref.finalize(node, order.append, "last")
    alive = last.alive
    del node
    return alive, last.alive, order


def _resurrection() -> object:
    saved: list[object] = []

    class Phoenix:
        def __del__(self) -> None:
            saved.append(self)

    Phoenix()
    return len(saved), type(saved[0]).__name__


def _endless() -> object:
    return _endless()


def _file_left_open() -> object:
    before = _descriptors()
    attempt(lambda: open("/proc/self/left-open"))
    file = open("left-open.txt", "w")
    new = _descriptors() - before
    del file
    os.remove("left-open.txt")
    return len(new), _descriptors() == before


def _caught_output() -> object:
    with contextlib.redirect_stdout(io.StringIO()) as output:
        print("said", *_counted(), sep="-", end=".")
    return output.getvalue()


def _counted() -> Iterator[int]:
    yield from range(3)
