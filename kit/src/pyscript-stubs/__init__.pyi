"""PyScript, as it is in the browser. What comes from JavaScript is Any: browsers differ in it."""

from typing import Any

from pyscript.display import HTML as HTML
from pyscript.display import display as display
from pyscript.events import Event as Event
from pyscript.events import when as when
from pyscript.fetch import fetch as fetch
from pyscript.storage import Storage as Storage
from pyscript.storage import storage as storage
from pyscript.websocket import WebSocket as WebSocket
from pyscript.workers import create_named_worker as create_named_worker
from pyscript.workers import workers as workers

RUNNING_IN_WORKER: bool
config: dict[str, Any]
document: Any
js_modules: Any
sync: Any
window: Any

def PyWorker(url: str, **options: object) -> Any: ...  # noqa: N802 - its name there
def current_target() -> str: ...
async def js_import(*urls: str) -> list[Any]: ...
async def py_import(*names: str) -> list[Any]: ...
