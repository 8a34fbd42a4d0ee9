import asyncio
from typing import Any

import pytest
from pyscript import Storage

import patterns.storage
from patterns.storage import Settings


class Database(dict[str, Any]):
    """A store that keeps at once what is written to it."""

    async def sync(self) -> None: ...
    async def close(self) -> None: ...


def test_what_is_kept_is_there_at_the_next_visit(monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database()

    async def storage(_name: str, storage_class: type[Storage]) -> Storage:
        return storage_class(database)

    async def call(target: Any, method: str) -> Any:
        return await getattr(target, method)()

    monkeypatch.setattr(patterns.storage, "storage", storage)
    monkeypatch.setattr(patterns.storage, "call_async", call)

    async def scenario() -> dict[str, Any]:
        await Settings("spectrum", {"smoothing": 3, "unit": "keV"}).keep(smoothing=5)
        later = Settings("spectrum", {"smoothing": 3, "unit": "keV"})
        await later.load()
        return dict(later)

    assert asyncio.run(scenario()) == {"smoothing": 5, "unit": "keV"}
