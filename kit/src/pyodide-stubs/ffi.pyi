"""What the app uses of Pyodide's foreign function interface."""

from collections.abc import Callable
from typing import Any

class JsException(Exception):  # noqa: N818 - its name there
    """A JavaScript error; its attributes are those of the JavaScript object."""

    name: str
    message: str

def create_once_callable(obj: Callable[..., object]) -> Any: ...
