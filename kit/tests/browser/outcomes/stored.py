# mypy: ignore-errors
# ruff: noqa: PTH208, S301
"""What is stored and read again: databases, files, archives and pickles."""

import copy
import dataclasses
import importlib.util
import io
import os
import pickle
import shelve
import shutil
import tarfile
import tempfile
import zipfile
from collections import Counter, OrderedDict, deque
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

from outcomes import Cases, attempt, refusal

QUERIES = (
    "SELECT sqlite_version()",
    "SELECT species, avg(mass), count(*) FROM birds GROUP BY species ORDER BY species",
    "SELECT mass, rank() OVER (ORDER BY mass DESC) FROM birds",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n WHERE i < 50) SELECT sum(i) FROM n",
    "SELECT json_extract('{\"a\": [1, 2.5]}', '$.a[1]')",
    "SELECT * FROM birds WHERE species LIKE 'P%' ORDER BY mass",
    "SELECT round(exp(1), 12), typeof(1 / 2), 'a' || 1, upper('ß')",
)
BAD_QUERIES = ("SELEC 1", "SELECT * FROM fish", "INSERT INTO birds VALUES (1)", "SELECT 1 / ?")


@dataclasses.dataclass(order=True, frozen=True)
class Bird:
    """A record that can be pickled by its place in this module."""

    species: str
    mass: float


VALUES = {
    "numbers": (1, 2.5, 3j, True, None, 2**100, Decimal("1.10"), Fraction(2, 3)),
    "collections": (deque([1, 2], 5), OrderedDict(b=1, a=2), Counter("abca"), frozenset({3, 4})),
    "records": [Bird("Pica pica", 0.22), SimpleNamespace(a=1)],
    "text and bytes": ("ß", b"\x00\xff", bytearray(b"a")),
}


def cases() -> Cases:
    """Yield what databases, files and pickles give back."""
    if importlib.util.find_spec("sqlite3"):
        yield from _database_cases()
    for name, value in VALUES.items():
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            yield (
                f"pickle of {name}, protocol {protocol}",
                lambda value=value, protocol=protocol: _pickled(value, protocol),
            )
        yield f"deep copy of {name}", lambda value=value: copy.deepcopy(value) == value
    yield "pickle of a function in a function", lambda: refusal(lambda: pickle.dumps(lambda: 0))
    yield "broken pickle", lambda: refusal(lambda: pickle.loads(b"\x80\x05broken"))
    yield "changed record", lambda: refusal(lambda: setattr(VALUES["records"][0], "mass", 1))

    with tempfile.TemporaryDirectory() as name:
        yield from _file_cases(Path(name))
    yield "file that is not there", lambda: refusal(lambda: Path("missing").read_text())
    yield "folder as a file", lambda: refusal(lambda: Path().read_bytes())
    yield "working folder", lambda: str(Path.cwd())
    yield "folders at the root", lambda: sorted(os.listdir("/"))
    yield "temporary folder", tempfile.gettempdir
    yield "home folder", lambda: str(Path.home())
    yield "closed file", lambda: refusal(lambda: _closed().read())
    yield "room left", lambda: type(attempt(lambda: shutil.disk_usage("/"))).__name__


def _database_cases() -> Cases:
    import sqlite3

    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE birds (species TEXT NOT NULL, mass REAL CHECK (mass > 0))")
    rows = [("Pica pica", 0.22), ("Corvus corax", 1.2), ("Pica pica", 0.25)]
    connection.executemany("INSERT INTO birds VALUES (?, ?)", rows)
    for query in QUERIES:
        yield f"sqlite3, {query[:40]}", lambda query=query: connection.execute(query).fetchall()
    for query in BAD_QUERIES:
        yield f"sqlite3, {query}", lambda query=query: refusal(lambda: connection.execute(query))
    yield (
        "sqlite3, broken constraint",
        lambda: refusal(lambda: connection.execute("INSERT INTO birds VALUES ('a', -1)")),
    )
    connection.create_function("half", 1, lambda x: x / 2)
    yield "sqlite3, own function", lambda: connection.execute("SELECT half(5)").fetchone()
    yield "sqlite3, dump", lambda: list(connection.iterdump())
    yield "sqlite3, rolled back", lambda: (connection.rollback(), connection.total_changes)
    yield "sqlite3, copy on disk", lambda: _database_on_disk(rows)
    yield (
        "sqlite3, options",
        lambda: sorted(row[0] for row in connection.execute("PRAGMA compile_options")),
    )
    yield "sqlite3, closed", lambda: (connection.close(), refusal(connection.commit))


def _database_on_disk(rows: list[tuple[str, float]]) -> object:
    import sqlite3

    with tempfile.TemporaryDirectory() as folder:
        for statement in ("CREATE TABLE birds (species, mass)", "SELECT 1"):
            connection = sqlite3.connect(f"{folder}/birds.db")
            with connection:
                connection.execute(statement)
                connection.executemany("INSERT INTO birds VALUES (?, ?)", rows)
            connection.close()
        connection = sqlite3.connect(f"{folder}/birds.db")
        found = connection.execute("SELECT count(*), sum(mass) FROM birds").fetchone()
        connection.close()
        return found, os.listdir(folder)


def _file_cases(folder: Path) -> Cases:
    file = folder / "größe.txt"
    yield "text written", lambda: file.write_text("a\r\nß\n", encoding="utf-8")
    yield "text read", lambda: file.read_text(encoding="utf-8")
    yield "bytes read", lambda: file.read_bytes()
    yield "kind and size", lambda: (file.stat().st_size, oct(file.stat().st_mode), file.is_file())
    yield "renamed", lambda: file.rename(folder / "b.txt").name
    yield "links", lambda: ((folder / "c").symlink_to("b.txt"), (folder / "c").read_bytes())
    yield "found", lambda: sorted(path.name for path in folder.rglob("*"))
    yield "not a number", lambda: refusal(lambda: (folder / "b.txt").read_text(encoding="ascii"))

    def zipped() -> object:
        with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a/b.txt", "text " * 100)
        with zipfile.ZipFile(folder / "a.zip") as archive:
            return archive.testzip(), [(i.filename, i.CRC, i.file_size) for i in archive.filelist]

    def tarred() -> object:
        content = io.BytesIO()
        with tarfile.open(fileobj=content, mode="w:gz") as archive:
            archive.add(folder / "b.txt", "b.txt")
        content.seek(0)
        with tarfile.open(fileobj=content) as archive:
            return archive.getnames(), archive.extractfile("b.txt").read()

    def shelved() -> object:
        with shelve.open(str(folder / "shelf")) as shelf:
            shelf["a"] = [1, 2]
        with shelve.open(str(folder / "shelf")) as shelf:
            return dict(shelf)

    yield "zip archive", zipped
    yield "tar archive", tarred
    yield "shelf", lambda: attempt(shelved)


def _pickled(value: object, protocol: int) -> object:
    content = pickle.dumps(value, protocol)
    return content, pickle.loads(content) == value


def _closed() -> io.BytesIO:
    file = io.BytesIO(b"content")
    file.close()
    return file
