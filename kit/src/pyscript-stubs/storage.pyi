"""What an app keeps in the visitor's browser."""

from typing import Any, TypeVar

class Storage(dict[str, Any]):
    _store: Any

    def __init__(self, store: Any) -> None: ...
    async def sync(self) -> None: ...

_StorageT = TypeVar("_StorageT", bound=Storage)

async def storage(name: str = ..., storage_class: type[_StorageT] = ...) -> _StorageT: ...
