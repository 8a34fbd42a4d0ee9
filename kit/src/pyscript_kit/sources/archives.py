"""Opens the tarballs and wheels that package clients bring, whatever is wrong with them."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from pyscript_kit.sources.inbox import SourceError

_CHUNK = 1 << 20
# RuntimeError is that of members with a password.
ZIP_ERRORS = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError),
    *(OSError, KeyError, RuntimeError, ValueError),
)
TAR_ERRORS = (tarfile.TarError, zlib.error, EOFError, OSError)


def tarball_files(tarball: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file in a tarball, one after the other.

    Raises:
        SourceError: when the tarball is damaged.
    """
    with opened_tarball(tarball) as archive:
        for name, stream in members_of(archive):
            yield name, b"".join(chunks_of(stream, TAR_ERRORS))


def wheel_files(wheel: Path) -> list[str]:
    """The names of all files in a wheel.

    Raises:
        SourceError: when the wheel is damaged.
    """
    with opened_zip(wheel) as archive:
        return archive.namelist()


def opened_tarball(path: Path) -> tarfile.TarFile:
    """A tarball, to be read and closed.

    Raises:
        SourceError: when it is damaged.
    """
    try:
        return tarfile.open(path, "r:gz")
    except TAR_ERRORS as error:
        raise SourceError(f"{path.name} is damaged ({error})") from error


def members_of(archive: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    """Name and content of each file in an open tarball; a content can be read until the next comes.

    Raises:
        SourceError: when the tarball is damaged.
    """
    try:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None:
                yield member.name, content
    except TAR_ERRORS as error:
        raise SourceError(f"the tarball is damaged ({error})") from error


def opened_zip(path: Path) -> zipfile.ZipFile:
    """A wheel, or any other zip archive, to be read and closed.

    Raises:
        SourceError: when it is damaged.
    """
    try:
        return zipfile.ZipFile(path)
    except ZIP_ERRORS as error:
        raise SourceError(f"{path.name} is damaged ({error})") from error


def content_of(archive: zipfile.ZipFile, member: str) -> Iterator[bytes]:
    """The content of a file in an open zip archive, piece by piece.

    Raises:
        SourceError: when it is damaged.
    """
    try:
        stream = archive.open(member)
    except ZIP_ERRORS as error:
        raise SourceError(f"{member} is damaged in it ({error})") from error
    with stream:
        yield from chunks_of(stream, ZIP_ERRORS)


def chunks_of(stream: IO[bytes], damage: tuple[type[Exception], ...]) -> Iterator[bytes]:
    """A content piece by piece; `damage` is what reading raises where it is damaged.

    Raises:
        SourceError: when it is damaged.
    """
    while True:
        try:
            chunk = stream.read(_CHUNK)
        except damage as error:
            raise SourceError(f"the archive is damaged ({error})") from error
        if not chunk:
            return
        yield chunk
