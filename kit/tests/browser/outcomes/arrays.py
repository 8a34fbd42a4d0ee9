# mypy: ignore-errors
# ruff: noqa: SIM905
"""Operations of numpy, by the kinds of their operands: result, type, warning or error of each."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from outcomes import Cases, attempt, refusal

KINDS = ("?", "i1", "u1", "i4", "u8", "f2", "f4", "f8", "c8", "c16", "m8[s]", "M8[D]", "U3", "O")
OF_ONE = (
    "absolute arccos arccosh arctan arctanh cbrt ceil conjugate cos cosh deg2rad exp exp2 expm1 "
    "floor invert isfinite isnan isnat log log10 log1p log2 logical_not negative reciprocal rint "
    "sign signbit sin sinh spacing sqrt square tan tanh trunc bitwise_count"
).split()
OF_TWO = (
    "add arctan2 bitwise_and copysign divide equal float_power floor_divide fmod gcd greater "
    "heaviside hypot lcm ldexp left_shift less_equal logaddexp logical_xor maximum minimum "
    "multiply nextafter power remainder right_shift subtract"
).split()
REDUCTIONS = (
    "all any argmax argmin average count_nonzero cumprod cumsum diff max mean median min nanmax "
    "nanmean nanstd nansum prod ptp std sum var"
).split()
SHAPING = {
    "reshape": lambda a: np.reshape(a, (3, 4)),
    "reshape, impossible": lambda a: np.reshape(a, (5, 5)),
    "transpose": lambda a: a.reshape(2, 3, 2).transpose(2, 0, 1).copy(),
    "roll": lambda a: np.roll(a.reshape(3, 4), (1, -1), (0, 1)),
    "tile": lambda a: np.tile(a, (2, 1)),
    "repeat": lambda a: np.repeat(a, 3),
    "split": lambda a: np.split(a, 3),
    "split, uneven": lambda a: np.split(a, 5),
    "stack": lambda a: np.stack([a, a[::-1]], axis=1),
    "concatenate": lambda a: np.concatenate([a, a.astype("c16")]),
    "concatenate, other shapes": lambda a: np.concatenate([a, a.reshape(3, 4)]),
    "pad": lambda a: np.pad(a.reshape(3, 4), 2, mode="reflect"),
    "sort": lambda a: np.sort(a[::-1]),
    "argsort": lambda a: np.argsort(a[::-1], kind="stable"),
    "partition": lambda a: np.partition(a[::-1], 3)[3],
    "unique": lambda a: np.unique(np.tile(a, 2), return_counts=True),
    "searchsorted": lambda a: np.searchsorted(np.sort(a), a[:4]),
    "where": lambda a: np.where(a.astype(bool), a, a[::-1]),
    "take": lambda a: np.take(a, [0, -1, 50]),
    "index": lambda a: a[[True, False] * 6],
    "index, wrong": lambda a: a[1, 2],
    "index, wrong length": lambda a: a[np.array([True])],
    "slice set": lambda a: _set(a),
    "broadcast": lambda a: np.broadcast_arrays(a[:, None], a[None, :3])[1].copy(),
    "meshgrid": lambda a: np.meshgrid(a[:3], a[:2], indexing="ij"),
    "flip": lambda a: np.flip(a.reshape(3, 4), 1),
    "bytes": lambda a: np.frombuffer(a.tobytes(), a.dtype),
    "text": lambda a: np.array2string(a, threshold=6, precision=3),
    "repr": lambda a: repr(a.reshape(3, 4)),
    "isin": lambda a: np.isin(a, a[:2]),
    "histogram": lambda a: np.histogram(a, 4),
    "digitize": lambda a: np.digitize(a, np.sort(a)[::4]),
    "interp": lambda a: np.interp([0.5, 1.5], np.arange(12), a),
    "convolve": lambda a: np.convolve(a, a[:3], "same"),
    "gradient": lambda a: np.gradient(a),
    "clip": lambda a: np.clip(a, a[2], a[7]),
    "round": lambda a: np.round(a, 1),
    "nan_to_num": lambda a: np.nan_to_num(a),
    "vectorize": lambda a: np.vectorize(lambda x: x == x)(a),
    "einsum": lambda a: np.einsum("ij,kj->ik", a.reshape(3, 4), a.reshape(3, 4)),
    "dot": lambda a: np.dot(a, a),
    "outer": lambda a: np.outer(a, a),
    "cov": lambda a: np.cov(a, a[::-1]),
}


def cases() -> Cases:
    """Yield what operations give."""
    for name in OF_ONE:
        yield f"{name}", lambda name=name: _for_kinds(getattr(np, name), 1)
    for name in OF_TWO:
        yield f"{name}", lambda name=name: _for_kinds(getattr(np, name), 2)
    for name in REDUCTIONS:
        yield f"{name}", lambda name=name: _for_kinds(getattr(np, name), 1)
        yield (
            f"{name}, by rows",
            lambda name=name: attempt(
                lambda: getattr(np, name)(sample("f8").reshape(3, 4), axis=1)
            ),
        )
    for name, shape in SHAPING.items():
        for kind in ("i4", "f8", "c16", "U3"):
            yield f"{name} of {kind}", lambda s=shape, k=kind: attempt(lambda: s(sample(k)))
    for way in ("no", "equiv", "safe", "same_kind", "unsafe"):
        yield f"casting, {way}", lambda way=way: _casts(way)
    for one, other in itertools.combinations_with_replacement(KINDS, 2):
        yield (
            f"common type of {one} and {other}",
            lambda one=one, other=other: attempt(lambda: np.result_type(one, other)),
        )
    yield (
        "type with a Python number",
        lambda: [
            attempt(lambda k=k, n=n: (np.zeros(2, k) + n).dtype)
            for k in KINDS
            for n in (1, 300, -1, 1.5, 1j)
        ],
    )
    yield from _error_cases()
    yield "many values, summed", lambda: np.sum(np.sin(np.arange(100_003, dtype="f4")))
    yield "many values, sorted", lambda: np.sort(np.sin(np.arange(50_000.0)))
    yield "unaligned", lambda: np.frombuffer(b"\0" + bytes(range(64)), "<f4", 16, 1) * 2
    yield (
        "other byte order",
        lambda: (np.arange(5, dtype=">i4") ** 2, np.arange(3, dtype=">f8") / 3),
    )
    yield "not contiguous", lambda: np.arange(60.0).reshape(3, 4, 5)[::2, 1::2, ::-2].sum(axis=1)
    yield "in place", _in_place
    yield (
        "ufunc methods",
        lambda: [
            np.add.reduceat(np.arange(8), [0, 4, 1]),
            np.multiply.outer([1, 2], [3, 4]),
            np.add.accumulate([1, 2, 3]),
            _added_at(),
        ],
    )
    yield "own ufunc", lambda: np.frompyfunc(lambda a, b: a - b, 2, 1)(np.arange(3), 1)
    yield "own kind of array", lambda: type(np.add(_Marked(3), 1)).__name__
    yield "constants", lambda: (np.pi, np.e, np.inf, np.finfo("f4"), np.iinfo("i8"))


def sample(kind: str) -> Any:
    """Return twelve values of a kind, awkward ones among them."""
    if kind.startswith(("m8", "M8")):
        return np.array([0, 1, -1, "NaT", 400, 5, 6, 7, 8, 9, 10, 11]).astype(kind)
    if kind == "U3":
        return np.array([*"abcdefghij", "", "ßüx"])
    if kind == "O":
        return np.array([1, 2.5, 3j, 2**70, True, -1, 0, 1.0, 2, 3, 4, 5], dtype=object)
    with np.errstate(all="ignore"):
        values = np.array([0, 1, -1, 2, 3.5, -0.0, 100, 1e30, np.inf, -np.inf, np.nan, 0.1])
        return values.astype(kind) if kind[0] in "fc" else np.arange(-3, 9).astype(kind)


def _for_kinds(function: Callable[..., object], operands: int) -> object:
    return {kind: attempt(lambda kind=kind: function(*_operands(kind, operands))) for kind in KINDS}


def _operands(kind: str, number: int) -> tuple[Any, ...]:
    return (sample(kind), sample(kind)[::-1])[:number]


def _casts(way: Any) -> object:
    return {
        f"{one} to {other}": attempt(lambda a=one, b=other: sample(a).astype(b, casting=way))
        for one in KINDS
        for other in KINDS
        # What becomes of numbers that do not fit is left to the engine.
        if not (way == "unsafe" and one[0] in "fc" and other[0] not in "fcO")
    }


def _error_cases() -> Cases:
    for action in ("ignore", "warn", "raise"):
        for name, function in {
            "division": lambda: np.divide([1.0, 0.0, -1.0], 0.0),
            "whole division": lambda: np.floor_divide(np.array([1, -1]), 0),
            "overflow": lambda: np.exp(np.array([1000.0, 1.0])),
            "overflow of small integers": lambda: np.int8(100) + np.int8(100),
            "underflow": lambda: np.exp(np.array([-800.0])),
            "invalid": lambda: np.sqrt(np.array([-1.0, 4.0])),
            "cast": lambda: np.array([1e300]).astype("f4"),
            "mean of nothing": lambda: np.mean([]),
        }.items():
            yield f"{name}, errors: {action}", lambda a=action, f=function: _under(a, f)
    yield "errors called", _called
    yield "errors afterwards", np.geterr
    wrong: dict[str, Callable[[], object]] = {
        "shapes": lambda: np.ones((2, 3)) + np.ones((3, 2)),
        "ragged": lambda: np.array([[1, 2], [3]]),
        "not a number": lambda: np.array(["1", "x"]).astype(float),
        "out of range": lambda: np.array([300], dtype="u1"),
        "negative size": lambda: np.zeros(-1),
        "too large": lambda: np.zeros(2**40),
        "truth": lambda: bool(np.array([1, 2])),
        "axis": lambda: np.ones(3).sum(axis=1),
        "read-only": lambda: np.broadcast_to(1, 3).__setitem__(0, 2),
        "unknown type": lambda: np.dtype("q9"),
        "unknown name": lambda: np.float_,
        "keyword": lambda: np.ones(2, shade=1),
        "in-place cast": lambda: np.ones(2, "i4").__iadd__(0.5),
        "order": lambda: np.ones(2).sort(order="a"),
        "einsum": lambda: np.einsum("ij,jk", np.ones((2, 3)), np.ones((2, 3))),
        "load": lambda: np.load("missing.npy"),
        "text": lambda: np.loadtxt(["1 2", "3"]),
        "pickled": lambda: np.frombuffer(b"12345", "f4"),
    }
    for name, function in wrong.items():
        yield f"wrong: {name}", lambda function=function: refusal(function)


def _under(action: Any, function: Callable[[], object]) -> object:
    with np.errstate(all=action):
        return attempt(function)


def _called() -> object:
    said: list[object] = []
    with np.errstate(all="call", call=lambda *what: said.append(what)):
        np.log(np.array([0.0, -1.0]))
    return said


def _set(array: Any) -> Any:
    array[2:8:2] = array[0]
    array[[0, 0, 1]] = array[9:12]
    return array


def _in_place() -> object:
    array = np.arange(10.0)
    array[1:] += array[:-1]
    np.add(array, 1, out=array, where=array > 5)
    return array


def _added_at() -> object:
    array = np.zeros(3)
    np.add.at(array, [0, 0, 2], 1.5)
    return array


class _Marked:
    def __init__(self, value: object) -> None:
        self.value = value

    def __array_ufunc__(self, ufunc: object, method: str, *inputs: object) -> "_Marked":
        return _Marked((ufunc, method, len(inputs)))
