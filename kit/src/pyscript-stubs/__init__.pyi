"""What the app uses of PyScript, as it is in the browser."""

from typing import Any, TypeVar

config: dict[str, Any]
document: Any
window: Any

def PyWorker(url: str, **options: object) -> Any: ...  # noqa: N802 - its name there
async def js_import(*urls: str) -> list[Any]: ...

class Storage(dict[str, Any]):
    _store: Any

StoreT = TypeVar("StoreT", bound=Storage)

async def storage(name: str = ..., storage_class: type[StoreT] = ...) -> StoreT: ...
