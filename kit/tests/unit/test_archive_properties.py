"""Tarballs and wheels are read, never unpacked: whatever is in one, the files that are wanted come
out of it whole or not at all, nothing is written elsewhere, and what is wrong is said."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from pyscript_kit.errors import ToolError
from pyscript_kit.lock.closure import OutsideWheel
from pyscript_kit.sources import npm, wheels
from pyscript_kit.sources.archives import tarball_files
from pyscript_kit.sources.cache import Cache
from pyscript_kit.sources.inbox import Inbox, SourceError
from pyscript_kit.sources.npm import NpmTarball
from pyscript_kit.sources.wanted import Publisher, Wanted
from pyscript_kit.sources.wheels import PipCarrier

CONTENT = bytes(range(256)) * 40
SHA256 = hashlib.sha256(CONTENT).hexdigest()
WANTED = Wanted("pyodide/wanted.bin", SHA256, len(CONTENT), Publisher.PYODIDE)
IN_TARBALL = "package/wanted.bin"
IN_WHEEL = "carrier/frontend/pyodide/wanted.bin"

# Names and contents, in the order in which they stand in an archive.
Members = list[tuple[str, bytes]]

NAMES = st.sampled_from(
    [
        *(
            IN_TARBALL,
            IN_WHEEL,
            "/etc/evil",
            "../evil",
            "package/../../evil",
            "C:\\evil",
            "..\\evil",
        ),
        *(
            "package/",
            "package/wanted.bin/more",
            "carrier/frontend/pyodide/../evil",
            ".",
            "é",
            "a" * 300,
        ),
        *("package/wanted.bin ", "PACKAGE/WANTED.BIN", "package//wanted.bin"),
    ]
)
BODIES = st.sampled_from(
    [b"", CONTENT, CONTENT[:-1], CONTENT + b"!", CONTENT[::-1], bytes(1 << 20)]
)
MEMBERS = st.lists(st.tuples(NAMES, BODIES), max_size=4)
TYPES = st.sampled_from(
    [
        tarfile.REGTYPE,
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.DIRTYPE,
        tarfile.FIFOTYPE,
        tarfile.CHRTYPE,
    ]
)
Archive = tuple[str, bytes]


def tarball(members: Members, types: list[bytes] | None = None) -> bytes:
    """A tarball, with members that may be links, all to a file outside."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for (name, body), kind in zip(
            members, types or [tarfile.REGTYPE] * len(members), strict=True
        ):
            member = tarfile.TarInfo(name)
            member.type = kind
            member.linkname = "../outside"
            member.size = len(body) if kind == tarfile.REGTYPE else 0
            archive.addfile(member, io.BytesIO(body))
    return content.getvalue()


def wheel(members: Members, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A wheel, with the same name twice where it is asked for."""
    content = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(content, "w", method) as archive:
        warnings.simplefilter("ignore")
        for name, body in members:
            archive.writestr(zipfile.ZipInfo(name), body, method)
    return content.getvalue()


GOOD = {
    "tarball": tarball(
        [("package/a.js", b"a"), (IN_TARBALL, CONTENT), ("package/z.js", b"z" * 999)]
    ),
    "wheel": wheel([("carrier/a.js", b"a"), (IN_WHEEL, CONTENT), ("carrier/z.js", b"z" * 999)]),
}


# Ends where one expects another member, and then gzip's own check fails.
SPOILT = gzip.compress(gzip.decompress(GOOD["tarball"])[:1024], mtime=0)[:-8] + b"12345678"


@st.composite
def archives(draw: st.DrawFn) -> Archive:
    """A kind, and bytes: of hostile members, or altered, or cut off."""
    kind = draw(st.sampled_from(["tarball", "wheel"]))
    content = GOOD[kind]
    if draw(st.booleans()):
        members = draw(MEMBERS)
        if kind == "tarball":
            content = tarball(members, [draw(TYPES) for _ in members])
        else:
            methods = [
                zipfile.ZIP_STORED,
                zipfile.ZIP_DEFLATED,
                zipfile.ZIP_BZIP2,
                zipfile.ZIP_LZMA,
            ]
            content = wheel(members, draw(st.sampled_from(methods)))
    return kind, draw(altered(content))


@st.composite
def altered(draw: st.DrawFn, content: bytes) -> bytes:
    """The bytes as they are, cut off, longer, or with some changed; of tarballs also below gzip."""
    if content[:2] == b"\x1f\x8b" and draw(st.booleans()):
        return gzip.compress(draw(altered(gzip.decompress(content))), 1, mtime=0)
    change = draw(st.sampled_from(["none", "cut", "changed", "longer"]))
    # The ends hold what tells where all the rest is.
    place = draw(
        st.integers(0, len(content)) | st.integers(max(0, len(content) - 99), len(content))
    )
    if change == "cut":
        return content[:place]
    if change == "changed":
        return content[:place] + draw(st.binary(min_size=1, max_size=4)) + content[place + 4 :]
    return content + (draw(st.binary(max_size=9)) if change == "longer" else b"")


def encrypted(content: bytes) -> bytes:
    """A wheel that says of its members that a password opens them."""
    changed = bytearray(content)
    for mark, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = changed.find(mark)
        while place >= 0:
            changed[place + flags] |= 1
            place = changed.find(mark, place + 4)
    return bytes(changed)


@pytest.fixture
def delivered(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Archive], tuple[list[str], list[str]]]:
    """Call it with an archive that a client brings: the names of the files that arrived in the
    cache, and what was noted of the wanted one. Nothing else may have been written."""

    def deliver(archive: Archive, wanted: Wanted = WANTED) -> tuple[list[str], list[str]]:
        kind, content = archive
        root = tmp_path_factory.mktemp("archive")
        (root / "outside").write_text("mine")
        brought = root / "brought"
        brought.write_bytes(content)
        monkeypatch.setattr(npm, "npm_pack", lambda *_: brought)
        monkeypatch.setattr(wheels, "pip_download", lambda *_: None)
        monkeypatch.setattr(wheels, "only_file", lambda *_: brought)
        cache = Cache(root / "cache")
        with cache.workspace() as workspace:
            inbox = Inbox(cache, workspace, lambda _: None)
            publishers = frozenset({Publisher.PYODIDE})
            source = (
                NpmTarball("wanted@1", publishers, "package")
                if kind == "tarball"
                else PipCarrier("carrier==1")
            )
            source.deliver([wanted], inbox)
            assert list(workspace.iterdir()) == []
            noted = inbox.troubles(wanted)
        assert (root / "outside").read_text() == "mine"
        assert {path.name for path in root.iterdir()} == {"outside", "brought", "cache"}
        files = [path for path in (root / "cache" / "files").rglob("*") if path.is_file()]
        assert all(path.read_bytes() == CONTENT for path in files)
        return [path.name for path in files], noted

    return deliver


@given(archives())
@example(("tarball", GOOD["tarball"]))
@example(("tarball", SPOILT))
@example(("wheel", GOOD["wheel"]))
@example(("wheel", encrypted(GOOD["wheel"])))
def test_the_wanted_file_comes_out_of_an_archive_whole_or_the_reason_is_noted(
    delivered: Callable[[Archive], tuple[list[str], list[str]]], archive: Archive
) -> None:
    arrived, noted = delivered(archive)

    assert arrived in ([], [f"{SHA256}.bin"])
    assert arrived or noted
    if archive[1] in GOOD.values():
        assert arrived


@given(st.sampled_from(["tarball", "wheel"]), st.integers(0, 3))
def test_of_a_name_that_stands_twice_the_right_content_or_none_is_taken(
    delivered: Callable[[Archive], tuple[list[str], list[str]]], kind: str, right: int
) -> None:
    name = IN_TARBALL if kind == "tarball" else IN_WHEEL
    members = [(name, CONTENT if place == right else b"other") for place in range(4)]
    pack = tarball if kind == "tarball" else wheel

    arrived, noted = delivered((kind, pack(members)))

    assert arrived or noted


@pytest.mark.parametrize("kind", ["tarball", "wheel"])
def test_of_a_file_that_swells_no_more_is_written_than_the_lock_says(
    delivered: Callable[..., tuple[list[str], list[str]]],
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[int] = []
    accept = Inbox.accept

    def counting(self: Inbox, wanted: Wanted, chunks: object, source: str) -> bool:
        def counted() -> object:
            for chunk in chunks:  # type: ignore[attr-defined]
                written.append(len(chunk))
                yield chunk

        return accept(self, wanted, counted(), source)  # type: ignore[arg-type]

    monkeypatch.setattr(Inbox, "accept", counting)
    name, pack = (IN_TARBALL, tarball) if kind == "tarball" else (IN_WHEEL, wheel)

    arrived, noted = delivered((kind, pack([(name, bytes(64 << 20))])))

    assert not arrived
    assert f"more than {len(CONTENT)} bytes" in noted[0]
    assert sum(written) <= 1 << 20


@given(archives())
@example(("tarball", SPOILT))
def test_a_tarball_gives_its_files_or_says_that_it_is_damaged(
    tmp_path: Path, archive: Archive
) -> None:
    kind, content = archive
    assume(kind == "tarball")
    path = tmp_path / "package.tgz"
    path.write_bytes(content)

    try:
        files = list(tarball_files(path))
    except SourceError as trouble:
        assert_names(str(trouble), "damaged")
    else:
        assert all(name for name, _ in files)


@given(archives())
@example(("wheel", b""))
@example(("wheel", b"PK\5\6" + bytes(18)))
@example(
    (
        "wheel",
        wheel([("../evil.py", b""), ("/etc/evil.py", b""), ("a\N{FULLWIDTH SOLIDUS}b.py", b"")]),
    )
)
def test_a_wheel_gives_the_names_to_import_or_is_refused(tmp_path: Path, archive: Archive) -> None:
    kind, content = archive
    assume(kind == "wheel")
    path = tmp_path / "cached"
    path.write_bytes(content)

    wheel_of_some = OutsideWheel("some", "1.0", "some-1.0-py3-none-any.whl", "", ())
    try:
        names = wheel_of_some.locked(path).imports
    except ToolError as error:
        assert_names(str(error), "some-1.0-py3-none-any.whl is not a readable wheel")
    else:
        assert list(names) == sorted(set(names))
        assert all(name.isidentifier() for name in names)


def assert_names(sentence: str, problem: str) -> None:
    """Assert that a sentence says what is wrong."""
    assert problem in sentence
