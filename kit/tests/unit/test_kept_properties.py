"""What the tools keep in the user's cache, altered on disk in any way, is made anew: it is never
taken for something else, and nothing that it says leads out of its folder."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pyscript_kit.snapshot import bytecode
from pyscript_kit.snapshot.keeping import from_cache
from pyscript_kit.snapshot.manifest import manifest_text, read_manifest
from pyscript_kit.snapshot.packs import write_blob
from pyscript_kit.sources.cache import Cache

NAME, CODE = "pages/__pycache__/home.cpython-314.pyc", b"bytecode" * 9


@st.composite
def altered(draw: st.DrawFn, content: bytes) -> bytes:
    """Bytes with one bit turned, some replaced, or cut off."""
    place = draw(st.integers(0, len(content) - 1))
    if draw(st.booleans()):
        return (
            content[:place]
            + bytes([content[place] ^ 1 << draw(st.integers(0, 7))])
            + content[place + 1 :]
        )
    return content[:place] + draw(
        st.just(b"") | st.binary(max_size=6).map(lambda b: b + content[place + 1 :])
    )


@given(st.data())
@example(None)
def test_bytecode_that_has_changed_on_disk_is_not_used(tmp_path: Path, data: Any) -> None:
    place = tmp_path / "kept"
    bytecode._keep(place, NAME, CODE, Cache(tmp_path / "cache"))
    whole = place.read_bytes()
    assert bytecode._kept(place) == (NAME, CODE)

    place.write_bytes(data.draw(altered(whole)) if data else whole.replace(b"home", b"host"))

    assert bytecode._kept(place) in (None, (NAME, CODE))


@given(
    st.binary(max_size=60)
    | st.recursive(st.none() | st.text(), st.lists).map(json.dumps).map(str.encode)
)
@example(b"5\n")
@example(b"[" * 100_000)
@example(b'["../../x", null]\n')
def test_what_is_no_bytecode_is_not_used(tmp_path: Path, content: bytes) -> None:
    place = tmp_path / "kept"
    place.write_bytes(content)

    assert bytecode._kept(place) is None


def kept(folder: Path) -> dict[str, Any]:
    """A manifest and its files, as they are kept."""
    folder.mkdir()
    manifest = {
        "key": "k",
        "stdlib": {part: write_blob(folder, part, part.encode()) for part in "ab"},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return manifest


@given(st.data())
def test_snapshots_that_have_changed_on_disk_are_made_anew(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    root = tmp_path_factory.mktemp("kept")
    manifest = kept(root / "kept")
    new = root / "new"
    new.mkdir()
    file = data.draw(st.sampled_from(sorted((root / "kept").iterdir())))
    content = file.read_bytes()
    file.write_bytes(data.draw(altered(content)))
    changed = file.read_bytes() != content

    found = from_cache(root / "kept", new)

    if file.name != "manifest.json":
        assert found == (None if changed else manifest)
    assert {path.parent for path in root.rglob("*") if path.is_file()} <= {root / "kept", new}


@pytest.mark.parametrize("file", ["../outside", "/outside", "..\\outside", "a/b", "", ".", "a\0b"])
def test_a_manifest_does_not_lead_out_of_its_folder(tmp_path: Path, file: str) -> None:
    manifest = kept(tmp_path / "kept")
    outside = b"somebody's"
    (tmp_path / "outside").write_bytes(outside)
    (tmp_path / "outside.gz").write_bytes(outside)
    print_of = {"size": len(outside), "sha256": hashlib.sha256(outside).hexdigest()}
    manifest["stdlib"]["a"] = [{"file": file, **print_of, "gzip": print_of}]
    (tmp_path / "kept" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    new = tmp_path / "deep" / "new"
    new.mkdir(parents=True)

    assert from_cache(tmp_path / "kept", new) is None

    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["new"]


@given(st.binary(max_size=60) | st.text(max_size=40).map(str.encode))
@example(b"export default " + b"[" * 100_000)
@example(b"export default " + b"1" * 5_000)
def test_a_manifest_of_any_bytes_is_read_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "manifest.mjs"
    path.write_bytes(content)

    try:
        manifest = read_manifest(path)
    except ValueError:
        return
    assert manifest is None or isinstance(manifest, dict)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@given(st.none() | st.dictionaries(st.text(), JSON), st.none() | st.just({"tree": []}))
def test_a_manifest_is_read_as_it_was_written(
    tmp_path: Path, manifest: dict[str, Any] | None, app: dict[str, Any] | None
) -> None:
    path = tmp_path / "manifest.mjs"
    path.write_text(manifest_text(manifest, app), encoding="utf-8")

    assert read_manifest(path) == manifest
