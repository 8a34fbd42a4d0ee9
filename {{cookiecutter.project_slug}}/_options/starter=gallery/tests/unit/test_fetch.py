import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest
from pyodide.ffi import JsException
from pyscript import window

from patterns.fetch import (
    FetchTimeoutError,
    NetworkError,
    StatusError,
    get_json,
    post_json,
)


class Server:
    """Answers what ``patterns.fetch`` asks for, as a browser would hand it over."""

    def __init__(self, text: str = "null", status: int = 200) -> None:
        self.text = text
        self.status = status
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.failure: Exception | None = None
        self.silent = False

    async def fetch(self, url: str, options: dict[str, Any]) -> SimpleNamespace:
        self.asked.append((url, options))
        if options["signal"].aborted:
            raise JsException("AbortError")
        if self.silent:
            aborted = asyncio.get_running_loop().create_future()
            options["signal"].on_abort = aborted.cancel
            await asyncio.wait([aborted])
            raise JsException("AbortError")
        if self.failure:
            raise self.failure
        headers: dict[str, str] = {}
        ok = self.status < 400
        return SimpleNamespace(
            status=self.status, ok=ok, headers=headers, arrayBuffer=self._array_buffer
        )

    async def _array_buffer(self) -> SimpleNamespace:
        return SimpleNamespace(to_bytes=self.text.encode)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server()
    monkeypatch.setattr(window, "fetch", server.fetch, raising=False)
    return server


def test_json_becomes_dicts_and_lists(server: Server) -> None:
    server.text = '{"name": "Mars", "moons": [1, 2.5, null, true]}'

    content = asyncio.run(get_json("./mars.json"))

    assert content == {"name": "Mars", "moons": [1, 2.5, None, True]}


def test_posting_sends_json(server: Server) -> None:
    server.text = '{"stored": 1}'

    answer = asyncio.run(post_json("./runs", {"mu": 0, "name": "\N{GREEK SMALL LETTER MU}"}))

    assert answer == {"stored": 1}
    ((url, options),) = server.asked
    assert url == "./runs"
    assert options["method"] == "POST"
    assert options["headers"] == {"Content-Type": "application/json"}
    assert json.loads(options["body"]) == {"mu": 0, "name": "\N{GREEK SMALL LETTER MU}"}


def test_a_status_that_is_no_success_is_an_error_with_words(server: Server) -> None:
    server.status, server.text = 404, "not here"

    with pytest.raises(StatusError) as caught:
        asyncio.run(get_json("./none.json"))

    assert str(caught.value) == "./none.json answered 404: there is nothing at this address."
    assert (caught.value.status, caught.value.body) == (404, "not here")


def test_a_failed_connection_is_an_error_with_words(server: Server) -> None:
    server.failure = JsException("TypeError", "Failed to fetch")

    with pytest.raises(NetworkError, match="could not be reached"):
        asyncio.run(get_json("https://nowhere.invalid/"))


def test_no_answer_in_time_is_an_error_and_aborts_the_request(server: Server) -> None:
    server.silent = True

    with pytest.raises(FetchTimeoutError, match=r"slow\.json did not answer within 0\.01 s"):
        asyncio.run(get_json("./slow.json", timeout=0.01))

    assert server.asked[0][1]["signal"].aborted
