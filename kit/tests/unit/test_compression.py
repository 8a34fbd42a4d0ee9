"""Compressed copies: beside what gets smaller, right, and made once."""

from __future__ import annotations

import argparse
import gzip
import os
from pathlib import Path

import brotli
import pytest

from pyscript_kit.site import compression
from pyscript_kit.site.compression import compress_site
from pyscript_kit.sources.cache import Cache

TEXT = b"The same words, again and again. " * 100


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Files of every kind."""
    folder = tmp_path / "site"
    (folder / "runtime").mkdir(parents=True)
    (folder / "index.html").write_bytes(TEXT)
    (folder / "short.txt").write_bytes(b"short")
    (folder / "noise.bin").write_bytes(os.urandom(4000))
    for name in ("icon.png", "tone.MP3", "tone.ogg", "film.webm", "film.mov"):
        (folder / name).write_bytes(TEXT)
    (folder / "_headers").write_bytes(TEXT)
    (folder / "runtime" / "pack.wasm").write_bytes(TEXT)
    (folder / "runtime" / "pack.wasm.gz").write_bytes(b"as the loader knows it")
    return folder


def test_copies_lie_beside_what_they_save_bytes_for(site: Path, tmp_path: Path) -> None:
    sizes = compress_site(site, Cache(tmp_path / "cache"))

    copies = {path.name for path in site.rglob("*") if path.suffix in (".br", ".gz")}
    assert copies == {"index.html.br", "index.html.gz", "pack.wasm.br", "pack.wasm.gz"}
    assert brotli.decompress((site / "index.html.br").read_bytes()) == TEXT
    assert gzip.decompress((site / "index.html.gz").read_bytes()) == TEXT
    assert (site / "runtime" / "pack.wasm.gz").read_bytes() == b"as the loader knows it"
    assert sizes["./index.html"].plain == len(TEXT)
    assert sizes["./index.html"].sent == (site / "index.html.br").stat().st_size
    assert sizes["./noise.bin"].sent == sizes["./noise.bin"].plain


def test_what_was_compressed_once_comes_from_the_cache(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache(tmp_path / "cache")
    compress_site(site, cache)
    first = (site / "index.html.br").read_bytes()
    (site / "index.html.br").unlink()

    def refuse(*_: object) -> bytes:
        raise AssertionError("compressed again")

    monkeypatch.setattr(compression, "_brotli", refuse)
    compress_site(site, cache)

    assert (site / "index.html.br").read_bytes() == first


def test_what_first_visits_wait_for_is_as_small_as_it_gets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = Path(argparse.__file__).read_bytes()
    monkeypatch.setattr(compression, "_LARGE", len(content) // 2)
    sizes = {}
    cases: tuple[tuple[str, set[str], bool], ...] = (
        ("awaited", {"./pack.wasm"}, False),
        ("on demand", set(), False),
        ("quick", {"./pack.wasm"}, True),
    )
    for name, awaited, quick in cases:
        site = tmp_path / name
        site.mkdir()
        (site / "pack.wasm").write_bytes(content)
        compressed = compress_site(site, Cache(tmp_path / "cache"), awaited, quick=quick)
        sizes[name] = compressed["./pack.wasm"].sent
        assert brotli.decompress((site / "pack.wasm.br").read_bytes()) == content

    assert sizes["awaited"] < sizes["on demand"] < sizes["quick"]


def test_a_copy_with_one_wrong_bit_is_made_anew(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "words.txt").write_bytes(TEXT)
    cache = Cache(tmp_path / "cache")
    compress_site(site, cache)
    (kept,) = (cache.folder / "compressed").rglob("*.gz")
    whole = kept.read_bytes()
    for place in range(len(whole)):
        wrong = whole[place] ^ 1 << place % 8
        kept.write_bytes(bytes((*whole[:place], wrong, *whole[place + 1 :])))
        (site / "words.txt.gz").unlink()

        compress_site(site, cache)

        assert gzip.decompress((site / "words.txt.gz").read_bytes()) == TEXT


def test_a_spoilt_copy_in_the_cache_is_made_anew(site: Path, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    compress_site(site, cache)
    for kept in (cache.folder / "compressed").rglob("*.*"):
        kept.write_bytes(b"spoilt")
    for copy in site.glob("index.html.*"):
        copy.unlink()

    compress_site(site, cache)

    assert brotli.decompress((site / "index.html.br").read_bytes()) == TEXT
    assert gzip.decompress((site / "index.html.gz").read_bytes()) == TEXT
