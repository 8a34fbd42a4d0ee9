"""What is sent to servers, and what comes from them: headers, bytes, forms with files, progress."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from patterns.fetch import NotTextError, get_bytes, get_json, get_text, post_form, post_json
from pyscript import window


class Response:
    """An answer, in pieces, as a browser hands it over."""

    status = 200
    ok = True

    def __init__(self, *pieces: bytes, **headers: str) -> None:
        self.headers = {name.replace("_", "-"): text for name, text in headers.items()}
        self._pieces = list(pieces)
        self.body = SimpleNamespace(getReader=lambda: self)

    async def read(self) -> SimpleNamespace:
        if not self._pieces:
            return SimpleNamespace(done=True)
        piece = self._pieces.pop(0)
        return SimpleNamespace(done=False, value=SimpleNamespace(to_bytes=lambda: piece))

    async def arrayBuffer(self) -> SimpleNamespace:  # noqa: N802
        return SimpleNamespace(to_bytes=lambda: b"".join(self._pieces))


class Server:
    """Gives an answer, and remembers what it was asked."""

    answer = Response(b"null")

    async def fetch(self, url: str, options: dict[str, Any]) -> Response:
        self.options = options
        return self.answer


class FormData(list[tuple[Any, ...]]):
    """Remembers what was appended."""

    @classmethod
    def new(cls) -> "FormData":
        return cls()

    def append(self, *field: Any) -> None:
        super().append(field)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server()
    monkeypatch.setattr(window, "fetch", server.fetch, raising=False)
    monkeypatch.setattr(window, "FormData", FormData, raising=False)
    blob = SimpleNamespace(new=lambda parts: b"".join(map(bytes, parts)))
    monkeypatch.setattr(window, "Blob", blob, raising=False)
    return server


def test_headers_are_sent(server: Server) -> None:
    asyncio.run(get_json("./x", headers={"Authorization": "Bearer 1"}))
    assert server.options["headers"] == {"Authorization": "Bearer 1"}

    asyncio.run(post_json("./x", {}, headers={"X-Run": "7"}))
    assert server.options["headers"] == {"Content-Type": "application/json", "X-Run": "7"}


def test_bytes_come_as_they_are(server: Server) -> None:
    server.answer = Response(b"\x89PNG\r\n\xff")
    assert asyncio.run(get_bytes("./x.png")) == b"\x89PNG\r\n\xff"


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"content_length": "5"}, [(2, 5), (5, 5)]),
        ({}, [(2, None), (5, None)]),
        ({"content_length": "4", "content_encoding": "gzip"}, [(2, None), (5, None)]),
    ],
)
def test_each_piece_that_comes_is_told(
    server: Server, headers: dict[str, str], told: list[tuple[int, int | None]]
) -> None:
    server.answer = Response(b"ab", b"cde", **headers)
    shares: list[tuple[int, int | None]] = []

    content = asyncio.run(get_bytes("./x", on_progress=lambda *share: shares.append(share)))

    assert content == b"abcde"
    assert shares == told


def test_what_watches_a_download_can_end_it(server: Server) -> None:
    server.answer = Response(b"ab", b"cde")

    with pytest.raises(ZeroDivisionError):
        asyncio.run(get_bytes("./x", on_progress=lambda *_: 1 / 0))

    assert server.options["signal"].aborted


def test_a_form_has_texts_and_files(server: Server) -> None:
    server.answer = Response(b"stored")

    answer = asyncio.run(post_form("./x", {"mass": "2.5", "scan": ("scan.tif", b"II*")}))

    assert answer == "stored"
    assert server.options["method"] == "POST"
    assert server.options["body"] == [("mass", "2.5"), ("scan", b"II*", "scan.tif")]
    # The browser writes it, with the mark between the parts.
    assert server.options["headers"] == {}


@pytest.mark.parametrize(
    ("content", "content_type", "text"),
    [
        ("größe".encode(), "text/csv", "größe"),
        ("\N{BYTE ORDER MARK}größe".encode(), "text/csv; charset=utf-8", "größe"),
        ("größe".encode("latin-1"), 'text/csv; charset="iso-8859-1"; header=present', "größe"),
        (b"", "", ""),
    ],
)
def test_text_is_read_as_the_server_says_that_it_is_written(
    server: Server, content: bytes, content_type: str, text: str
) -> None:
    server.answer = Response(content, content_type=content_type)
    assert asyncio.run(get_text("./x")) == text


@pytest.mark.parametrize("content_type", ["image/png", "text/plain; charset=no-such-thing"])
def test_what_is_no_text_is_an_error_that_names_the_way(server: Server, content_type: str) -> None:
    server.answer = Response(b"\x89PNG", content_type=content_type)
    with pytest.raises(NotTextError, match=r"\./x is not text in .*: get_bytes returns it as"):
        asyncio.run(get_json("./x"))
