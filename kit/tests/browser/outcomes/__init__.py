"""What Python computes, as text by key, so that two boots of one runtime can be compared.

A module here has a generator `cases` of pairs: a key that says what is tried, and a function or a
coroutine function without arguments. It runs in the browser; an error is an outcome only where the
case says so, by `refusal` or `attempt`. Much in these modules is wrong on purpose, and none of them
is checked for types.

    def cases() -> Cases:
        yield "a third", lambda: Decimal(1) / 3
        yield "division by zero", lambda: refusal(lambda: Decimal(1) / 0)
"""

import hashlib
import importlib
import inspect
import json
import re
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Set
from typing import Any

Cases = Iterator[tuple[str, Callable[[], object]]]

_LONG = 2000


async def collect(module: str) -> str:
    """Return as JSON what the cases of a module gave, and the tracebacks of those that failed."""
    outcomes: dict[str, str] = {}
    failures: dict[str, str] = {}
    for key, case in importlib.import_module(f"{__name__}.{module}").cases():
        if key in outcomes or key in failures:
            raise ValueError(f"two cases are called {key!r}")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                value = case()
                outcomes[key] = tell(await value if inspect.isawaitable(value) else value)
            except Exception:
                failures[key] = traceback.format_exc()
                continue
        for warning in caught:
            outcomes[key] += f"; warned of {warning.category.__name__}: {warning.message}"
    return json.dumps({"outcomes": outcomes, "failures": failures})


def tell(value: object) -> str:
    """Return text that differs where values do; long ones are told by a hash."""
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {_comparable(str(value))}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{tell(key)}: {tell(value[key])}" for key in value) + "}"
    if isinstance(value, Set):
        # The order in a set of strings is another one in each process.
        return "{" + ", ".join(sorted(map(tell, value))) + "}"
    if type(value) in {list, tuple}:
        return f"{type(value).__name__}({', '.join(map(tell, value))})"  # type: ignore[call-overload]
    if hasattr(value, "dtype") and hasattr(value, "tobytes"):
        return _tell_array(value)
    text = _comparable(repr(value))
    if len(text) <= _LONG:
        return text
    digest = hashlib.sha256(value if isinstance(value, bytes) else text.encode()).hexdigest()
    return f"{text[:_LONG]} ... {len(text)} characters, sha256 {digest}"


def _comparable(text: str) -> str:
    """Take out what may differ: addresses, and whether the standard library is a zip file."""
    text = re.sub(r" at 0x[0-9a-f]+", " at an address", text)
    return re.sub(r"/lib/python3(\d+)\.zip", r"/lib/python3.\1", text)


def _tell_array(array: Any) -> str:
    kind = array.dtype.kind
    if hasattr(array, "mask"):
        return f"masked({tell(array.filled())}, {tell(array.mask)})"
    content = tell(array.tolist()).encode() if kind == "O" else array.tobytes()
    if kind in "fc":
        # Engines may choose the bits of a NaN.
        known = array == array
        content = array[known].tobytes() + known.tobytes()
    few = f" {array.tolist()!r}" if array.size <= 8 else ""
    digest = hashlib.sha256(content).hexdigest()[:16]
    return f"{type(array).__name__}{few} {array.dtype} {array.shape} {digest}"


def attempt(function: Callable[[], object]) -> object:
    """Return what a function returns, or the error that it raises."""
    try:
        return function()
    except Exception as error:
        # With its traceback it would keep the caller's frame, and itself by that.
        return error.with_traceback(None)


def refusal(function: Callable[[], object]) -> Exception:
    """Return the error that a function raises. Raises AssertionError where it raises none."""
    result = attempt(function)
    if isinstance(result, Exception):
        return result
    raise AssertionError(f"{result!r} came instead of an error")
