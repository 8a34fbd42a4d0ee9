import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from pyodide.ffi import JsException

from patterns.files import (
    FileTooLargeError,
    LocalFile,
    NotTextError,
    UnreadableFileError,
    decode_text,
    describe_size,
)


def local_file(content: bytes, name: str = "log.txt") -> LocalFile:
    """A file as the browser hands it over."""

    async def array_buffer() -> Any:
        return SimpleNamespace(to_bytes=lambda: content)

    return LocalFile(SimpleNamespace(name=name, size=len(content), arrayBuffer=array_buffer))


def test_a_file_is_read_as_bytes_and_as_text() -> None:
    file = local_file("5 µg".encode())
    assert asyncio.run(file.read(at_most=10)) == b"5 \xc2\xb5g"
    assert asyncio.run(file.read_text(at_most=10)) == "5 µg"


def test_a_result_can_be_named_after_a_file() -> None:
    assert local_file(b"", "run.2.csv").stem == "run.2"


def test_a_file_that_is_too_large_is_not_read() -> None:
    file = local_file(b"x" * 1001, "large.txt")
    with pytest.raises(
        FileTooLargeError,
        match=r"^large\.txt is too large: it has 1 kB, and the limit is 1 kB\.$",
    ):
        asyncio.run(file.read(at_most=1000))


def test_a_file_that_cannot_be_read_is_named() -> None:
    async def array_buffer() -> Any:
        raise JsException("NotFoundError")

    file = LocalFile(SimpleNamespace(name="gone.txt", size=1, arrayBuffer=array_buffer))
    with pytest.raises(UnreadableFileError, match=r"^gone\.txt could not be read"):
        asyncio.run(file.read(at_most=10))


@pytest.mark.parametrize("content", [b"\xff\xfea\x00", b"5 \xb5g", b"\x89PNG\r\n\x1a\n", b"a\0b"])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(NotTextError, match=r"^picture\.png is not text in UTF-8"):
        decode_text(content, "picture.png")


def test_the_mark_of_spreadsheets_is_left_out() -> None:
    assert decode_text("\ufeffname".encode(), "table.csv") == "name"


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (3440, "3.4 kB"),
        (999_499, "999.5 kB"),
        (999_999, "1 MB"),
        (10_000_000, "10 MB"),
    ],
)
def test_sizes_are_said_in_words(size: int, words: str) -> None:
    assert describe_size(size) == words
