"""Keeps settings in the visitor's browser from one visit to the next; nothing leaves it.

A browser may refuse, in some private windows or for want of room. The settings then last until the
page is left, and the exception has a message for the visitor.

    settings = Settings("spectrum", {"smoothing": 3, "unit": "keV"})
    try:
        await settings.load()
        await settings.keep(smoothing=5)
    except StorageError as error:
        update(message, text=str(error))
    smooth(spectrum, settings["smoothing"])
"""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from pyodide.ffi import JsException
from pyscript import Storage, storage

from patterns.interop import RejectionError, call_async

# What can be kept as it is. Tuples would come back as lists.
Value = str | int | float | bool | None | list[Any] | dict[str, Any]

# A browser may never answer.
_PATIENCE = 10.0


class StorageError(Exception):
    """Settings were not kept, or could not be read."""


class StorageRefusedError(StorageError):
    """The browser keeps nothing for this site."""

    def __init__(self) -> None:
        super().__init__(
            "This browser keeps nothing for this site, as in some private windows. Your settings "
            "last until you leave."
        )


class StorageFullError(StorageError):
    """There is no room left to keep settings."""

    def __init__(self) -> None:
        super().__init__(
            "The browser has no room left for this site. Your settings hold until you leave; to "
            "have them kept, free some space."
        )


class Settings(Mapping[str, Value]):
    """Named values, each with a default, that outlast the visit."""

    def __init__(self, name: str, defaults: Mapping[str, Value]) -> None:
        self._name = name
        self._defaults = dict(defaults)
        self._values = dict(defaults)

    def __getitem__(self, key: str) -> Value:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    async def load(self) -> None:
        """Read what former visits kept. Raises StorageError; then the defaults apply."""
        kept = await _read(self._name)
        # A default tells the type, unless it is None, and what an earlier version of the app kept
        # may differ.
        self._values |= {
            key: kept[key]
            for key, default in self._defaults.items()
            if key in kept and (default is None or isinstance(kept[key], type(default)))
        }

    async def keep(self, **changes: Value) -> None:
        """Change settings, for now and for later visits.

        Raises StorageError where they last for now only; KeyError for a setting without a default.
        """
        for key in changes:
            if key not in self._defaults:
                raise KeyError(key)
        self._values |= changes
        await _write(self._name, changes)

    async def forget(self) -> None:
        """Go back to the defaults, and keep nothing. Raises StorageError."""
        self._values = dict(self._defaults)
        store = await _open(self._name)
        store.clear()
        await store.finish()


async def _read(name: str) -> dict[str, Any]:
    store = await _open(name)
    await store.finish()
    return dict(store)


async def _write(name: str, changes: Mapping[str, Value]) -> None:
    store = await _open(name)
    for key, value in changes.items():
        store[key] = value
    await store.finish()
    # Browsers report a value as written, and find out afterwards that there is no room for it.
    kept = await _read(name)
    if any(kept.get(key) != value for key, value in changes.items()):
        raise StorageFullError


class _Store(Storage):
    """PyScript's storage, with an end."""

    async def finish(self) -> None:
        """Write what is queued and close the database, for others may wait for it."""
        try:
            # Not Storage.sync: a failed write is rejected with an event, for which it would wait
            # forever.
            await call_async(self._store, "sync")
            await call_async(self._store, "close")
        except RejectionError as error:
            raise StorageFullError from error


async def _open(name: str) -> _Store:
    try:
        return await asyncio.wait_for(storage(name, storage_class=_Store), _PATIENCE)
    except (JsException, TimeoutError) as error:
        raise StorageRefusedError from error
