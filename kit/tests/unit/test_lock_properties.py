"""Locks of any packages hold just what is needed, and whatever a lock's file holds, it is read as
it was meant or refused in one sentence: nothing that it names lies outside `app/runtime/`."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from pyscript_kit.errors import ToolError
from pyscript_kit.lock.distribution import read_distribution
from pyscript_kit.lock.lockfile import LockedFile, RuntimeLock, complete_lock, lock_text
from pyscript_kit.lock.reader import read_lock, read_pin
from pyscript_kit.project.settings import LOCK_NAME, canonical_name
from pyscript_kit.project.swap import Place, alone, replace

if TYPE_CHECKING:
    from madeup import Release

ALPHA = "pyodide/alpha-1.0-py3-none-any.whl"

# Each a name on its own, in the spelling of indexes.
NAMES = ("a", "b", "c-d", "e-f-g", "h2", "i-j", "zope-interface", "x")
Graph = dict[str, list[str]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Packages with what each depends on: chains, diamonds, cycles, themselves."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    return {name: draw(st.lists(st.sampled_from(names), max_size=4)) for name in names}


@st.composite
def spelled(draw: st.DrawFn, name: str) -> str:
    """A name as somebody may write it."""
    separators = st.text("-_.", min_size=1, max_size=3)
    parts = [
        draw(separators) if part == "-" else part for part in name.replace("-", "|-|").split("|")
    ]
    return "".join(draw(st.sampled_from([part, part.upper(), part.title()])) for part in parts)


def index_of(graph: Graph) -> bytes:
    """An official `pyodide-lock.json` of these packages."""
    entries = {
        name: {
            "name": name,
            "version": "1.0",
            "file_name": f"{canonical_name(name).replace('-', '_')}-1.0-py3-none-any.whl",
            "install_dir": "site",
            "package_type": "package",
            "sha256": "0" * 64,
            "imports": [],
            "depends": depends,
        }
        for name, depends in graph.items()
    }
    return json.dumps({"info": {"python": "3.14.0"}, "packages": entries}).encode()


def reachable(graph: Graph, names: list[str]) -> set[str]:
    """The names and all that they depend on, found by adding until nothing is new."""
    found = set(names)
    while more := {other for name in found for other in graph[name]} - found:
        found |= more
    return found


def locked(release: Release, index: bytes, names: list[str]) -> RuntimeLock:
    """The lock for some packages of an index."""
    closure = read_distribution(index, "1.2.3").closure(names)
    cores = [file for file in release.lock().files if not file.path.endswith("-lock.json")]
    wheels = [
        LockedFile(f"pyodide/{entry.file_name}", 9, entry.sha256, name)
        for name, entry in closure.items()
    ]
    packages = {name: entry.package for name, entry in closure.items()}
    return complete_lock(release.pin, tuple(names), packages, [*cores, *wheels])


@given(graphs(), st.data())
@example({"a": ["b", "c-d"], "b": ["x"], "c-d": ["x"], "x": ["a"]}, None)
def test_a_closure_holds_what_is_needed_and_nothing_else(graph: Graph, data: Any) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(graph)))) if data else ["b"]

    closure = read_distribution(index_of(graph), "1.2.3").closure(names)

    assert set(closure) == reachable(graph, names)


@given(graphs(), st.data())
def test_neither_order_nor_spelling_changes_a_lock(
    release: Release, graph: Graph, data: st.DataObject
) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(graph)), unique=True))
    shuffled: Graph = {
        data.draw(spelled(name)): [
            data.draw(spelled(other)) for other in data.draw(st.permutations(graph[name]))
        ]
        for name in data.draw(st.permutations(sorted(graph)))
    }

    lock = locked(release, index_of(shuffled), data.draw(st.permutations(names)))

    assert lock_text(lock) == lock_text(locked(release, index_of(graph), names))


@given(graphs(), st.data())
def test_a_package_that_depends_on_what_there_is_not_is_refused(
    graph: Graph, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(graph)))
    graph[name].append("missing")

    with pytest.raises(ToolError, match=f"{name} depends on missing, which it lacks"):
        read_distribution(index_of(graph), "1.2.3")


@given(graphs(), st.data())
def test_a_lock_of_any_packages_reads_back_as_it_was_written(
    release: Release, tmp_path: Path, graph: Graph, data: st.DataObject
) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(graph)), unique=True))
    lock = locked(release, index_of(graph), names)

    assert read_text(tmp_path, lock_text(lock)) == lock


@given(st.binary() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps).map(str.encode))
@example(b'{"packages": {"a": []}, "info": {}}')
@example(b"[" * 100_000)
@example(b"1" * 5_000)
def test_an_index_of_any_bytes_is_refused_in_one_sentence(content: bytes) -> None:
    with pytest.raises(ToolError, match="cannot be read"):
        read_distribution(content, "1.2.3")


def read_text(folder: Path, text: str | bytes) -> RuntimeLock:
    """Read a lock of this text."""
    path = folder / LOCK_NAME
    path.write_bytes(text.encode(errors="surrogateescape") if isinstance(text, str) else text)
    return read_lock(path)


PARTS = st.sampled_from(
    [
        *("..", ".", "", " ", "...", "~", "-", "pyodide", "pyscript", "a.js", "a", "A"),
        *("C:", "C:a", "\\", "..\\", "\\\\host\\share", "a:b", "%2e%2e", "\x00", "\n", "a\x00.js"),
        *("\N{FULLWIDTH FULL STOP}" * 2, "\N{ONE DOT LEADER}" * 2, "\N{TWO DOT LEADER}"),
        *("\N{FULLWIDTH SOLIDUS}", "\N{FULLWIDTH REVERSE SOLIDUS}", "\N{FRACTION SLASH}"),
        *("\N{KELVIN SIGN}.js", "\N{LATIN SMALL LETTER LONG S}.js", "\N{SOFT HYPHEN}", "\u202e"),
        *("nul", "NUL.js", "con", "aux.tar.gz", "com1", "LPT9.whl", "COM\N{SUPERSCRIPT ONE}"),
        *("a.", "a ", ".a", "PYODID~1.MJS", "\ud800", "x" * 300),
    ]
)
PATHS = st.lists(PARTS, max_size=5).map("/".join) | st.lists(PARTS, max_size=5).map("".join)
PATHS |= st.text(max_size=20).map("pyodide/".__add__)
PATHS |= st.lists(PARTS, min_size=1, max_size=2).map(lambda parts: "pyodide/" + "".join(parts))


@given(PATHS)
@example("pyodide/nul")
@example("pyodide/Aux.tar.gz")
@example("pyodide/COM1.js")
@example("pyodide/PYODID~1.MJS")
def test_a_path_of_any_text_is_refused_or_is_one_file_below_the_runtime(
    release: Release, tmp_path: Path, path: str
) -> None:
    document = json.loads(lock_text(release.lock()))
    entry = next(file for file in document["files"] if file["path"] == "pyodide/pyodide.asm.mjs")
    entry.update(path=path, package=path.split("/", maxsplit=1)[0])

    try:
        lock = read_text(tmp_path, json.dumps(document))
    except ToolError as error:
        assert_one_sentence(error)
    else:
        assert_safe(lock)
        assert path in {file.path for file in lock.files}


def assert_one_sentence(error: ToolError) -> None:
    """Assert that a refusal can be shown, names the lock, and says what to do."""
    sentence = str(error)
    assert sentence.startswith(LOCK_NAME)
    assert "restore" in sentence
    assert sentence.isprintable()
    sentence.encode()


def assert_safe(lock: RuntimeLock) -> None:
    """Assert that each path is a file of its own below the runtime, on any system."""
    paths = [file.path for file in lock.files]
    for path in paths:
        windows = PureWindowsPath(path)
        assert PurePosixPath(path).parts[0] in {"pyodide", "pyscript"}
        assert not PurePosixPath(path).is_absolute()
        assert not windows.drive
        assert not windows.root
        assert ".." not in windows.parts
        assert str(PurePosixPath(path)) == path
        assert not any(PureWindowsPath(part).is_reserved() for part in windows.parts)
        # Windows knows long names by short ones, too, and drops what ends a name.
        assert "~" not in path
        assert not any(part.endswith((".", " ")) for part in windows.parts)
        assert unicodedata.normalize("NFKC", path) == path
        assert path.isascii()
        assert path.isprintable()
    assert len({path.casefold() for path in paths}) == len(paths)


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where each value stands in a document."""
    yield place
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*place, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from places(item, (*place, position))


ODD_NUMBERS = st.sampled_from([0, -1, 1, 10**30, 2**63, 0.5, float("nan"), float("inf"), True])
VALUES = st.recursive(
    st.none() | ODD_NUMBERS | st.text(max_size=8) | st.sampled_from(["\ud800", "--help", "../x"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=4,
)


@given(st.data())
def test_a_lock_with_any_value_altered_is_refused_or_whole(
    release: Release, tmp_path: Path, data: st.DataObject
) -> None:
    document = json.loads(lock_text(release.lock("alpha")))
    *parents, last = data.draw(st.sampled_from(list(places(document))[1:]))
    holder = document
    for parent in parents:
        holder = holder[parent]
    if data.draw(st.booleans()):
        holder[last] = data.draw(VALUES)
    else:
        del holder[last]

    check_text(tmp_path, json.dumps(document).encode())


@given(st.data())
def test_a_lock_with_any_bytes_altered_is_refused_or_whole(
    release: Release, tmp_path: Path, data: st.DataObject
) -> None:
    content = lock_text(release.lock("alpha")).encode()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, len(content)) | st.just(start + 1))

    check_text(tmp_path, content[:start] + data.draw(st.binary(max_size=4)) + content[end:])


@given(st.binary(max_size=40))
@example(b'{"lock_version": ' + b"1" * 5_000 + b"}")
@example(b"[" * 100_000)
@example(b"\xef\xbb\xbf{}")
def test_a_lock_of_any_bytes_is_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ToolError) as caught:
        read_text(tmp_path, content)
    assert_one_sentence(caught.value)


def test_a_name_to_import_that_no_file_can_carry_is_refused(
    release: Release, tmp_path: Path
) -> None:
    package = release.lock("gamma").packages["gamma"]
    files = [f for f in release.lock("gamma").files if not f.path.endswith("-lock.json")]
    halved = type(package)(package.version, package.source, (), ("\ud800",))
    lock = complete_lock(release.pin, ("gamma",), {"gamma": halved}, files)
    text = lock_text(lock).replace("\ud800", "\\ud800")

    with pytest.raises(ToolError, match=r"packages\.gamma\.imports\[0\]"):
        read_text(tmp_path, text)


@given(st.sampled_from(["pyodide/pyodide.mjs", "pyodide/python_stdlib.zip", "pyscript/core.js"]))
def test_a_core_file_in_other_letters_is_not_that_file(
    release: Release, tmp_path: Path, path: str
) -> None:
    folder, name = path.split("/")
    text = lock_text(release.lock()).replace(f'"{path}"', f'"{folder}/{name.upper()}"')

    with pytest.raises(ToolError, match=f"files lacks {path}"):
        read_text(tmp_path, text)


def check_text(folder: Path, content: bytes) -> None:
    """Assert that a lock is refused in a sentence, or safe and written as it was read."""
    try:
        lock = read_text(folder, content)
    except ToolError as error:
        assert_one_sentence(error)
    else:
        assert_safe(lock)
        assert read_text(folder, lock_text(lock)) == lock
        return
    try:
        read_pin(folder / LOCK_NAME)
    except ToolError as error:
        assert_one_sentence(error)


KINDS = st.sampled_from(["absent", "a folder", "a file", "a link outside", "a link to nothing"])


@given(KINDS, KINDS, KINDS)
def test_nothing_outside_changes_whatever_stands_where_a_runtime_is_put(
    tmp_path_factory: pytest.TempPathFactory, folder: str, new: str, former: str
) -> None:
    root = tmp_path_factory.mktemp("swap")
    outside = root / "outside"
    outside.mkdir()
    (outside / "mine").write_text("mine")
    place = Place(root / "app" / "runtime", "app/runtime")
    place.folder.parent.mkdir()
    for path, kind in ((place.folder, folder), (place.new, new), (place.former, former)):
        put(path, kind, outside)

    with alone(place):
        replace(place, lambda made: (made / "right").touch())

    assert not place.folder.is_symlink()
    assert [path.name for path in place.folder.iterdir()] == ["right"]
    assert {path.name for path in place.folder.parent.iterdir()} <= {"runtime", ".runtime.lock"}
    assert [path.name for path in outside.iterdir()] == ["mine"]
    assert (outside / "mine").read_text() == "mine"


def put(path: Path, kind: str, outside: Path) -> None:
    """Have something stand at a path."""
    if kind == "a folder":
        path.mkdir()
        (path / "stale").touch()
    elif kind == "a file":
        path.touch()
    elif kind == "a link outside":
        path.symlink_to(outside, target_is_directory=True)
    elif kind == "a link to nothing":
        path.symlink_to(path.parent / "nothing")
    assume(kind in {"absent", "a link to nothing"} or path.exists())
