# mypy: ignore-errors
# ruff: noqa: S301, SIM300
"""Arrays of other than plain numbers: records, text, dates, masks; and numpy's settings."""

import contextlib
import copy
import io
import pickle
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from outcomes import Cases, attempt, refusal

BIRD = np.dtype([("species", "U12"), ("mass", "f8"), ("ring", "i4", (2,))])
BIRDS = np.array([("Pica pica", 0.22, (1, 2)), ("Corvus corax", 1.2, (3, 4))], dtype=BIRD)
WORDS = np.array(["Pica pica", "", "größer", " space ", "12"])
DAYS = np.array(["2024-02-29", "1969-12-31", "NaT", "9999-01-01"], dtype="M8[D]")
MASKED = np.ma.array([1.0, 2, 3, -999, 5], mask=[0, 0, 1, 1, 0])
OF_WORDS = ("upper", "title", "strip", "str_len", "isalpha", "isdigit", "swapcase", "splitlines")
OF_MASKED = (
    "sum",
    "mean",
    "std",
    "cumsum",
    "argmin",
    "compressed",
    "filled",
    "count",
    "anom",
    "sort",
)
UNITS = ("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns")


def cases() -> Cases:
    """Yield what such arrays give."""
    yield "records", lambda: (BIRDS, BIRDS.dtype.descr, repr(BIRDS))
    yield "field", lambda: BIRDS["mass"] * 2
    yield "fields", lambda: BIRDS[["species", "mass"]].tolist()
    yield "field that is not there", lambda: refusal(lambda: BIRDS["age"])
    yield "records sorted", lambda: np.sort(BIRDS, order="mass")["species"]
    yield "records compared", lambda: BIRDS == BIRDS[::-1]
    yield "record array", lambda: BIRDS.view(np.recarray).mass
    yield "aligned", lambda: np.dtype([("a", "i1"), ("b", "f8")], align=True).itemsize
    yield "views", lambda: (np.arange(4, dtype="i4").view("i2"), np.array([1.5]).view("i8"))
    yield "view that does not fit", lambda: refusal(lambda: np.arange(3, dtype="i1").view("i2"))

    for name in OF_WORDS:
        yield f"words, {name}", lambda name=name: attempt(lambda: getattr(np.char, name)(WORDS))
    yield "words joined", lambda: np.strings.add(WORDS, "!")
    yield "words replaced", lambda: np.strings.replace(WORDS, "p", "PP")
    yield "words found", lambda: np.strings.find(WORDS, "p", 1)
    yield "words encoded", lambda: np.char.encode(WORDS, "utf-8")
    yield "words multiplied", lambda: refusal(lambda: WORDS * 2)
    yield "words of any length", lambda: np.array(["a", "bb" * 40], dtype=np.dtypes.StringDType())

    for unit in UNITS:
        yield f"days in {unit}", lambda unit=unit: attempt(lambda: DAYS.astype(f"M8[{unit}]"))
        yield (
            f"differences in {unit}",
            lambda u=unit: attempt(lambda: np.diff(DAYS).astype(f"m8[{u}]")),
        )
    yield "months", lambda: np.arange("2024-01", "2025-03", 3, dtype="M8[M]").astype(str)
    yield (
        "working days",
        lambda: (
            np.busday_count("2024-01-01", "2024-12-31"),
            np.busday_offset("2024-02-29", 3, weekmask="1111100"),
            refusal(lambda: np.busday_offset("2024-03-02", 0)),
        ),
    )
    yield "day and number", lambda: refusal(lambda: DAYS + 0.5)
    yield "not a day", lambda: refusal(lambda: np.datetime64("2024-13-01"))
    yield "earliest", lambda: (DAYS.min(), np.nanmin(DAYS), np.isnat(DAYS), np.sort(DAYS))
    yield "quotient of differences", lambda: np.timedelta64(7, "h") / np.timedelta64(2, "m")

    yield "masked", lambda: (repr(MASKED), MASKED.fill_value)
    for name in OF_MASKED:
        yield f"masked, {name}", lambda name=name: _of_masked(name)
    yield "masked, quotient", lambda: MASKED / np.ma.array([1, 0, 1, 1, 2])
    yield "masked where", lambda: np.ma.masked_where(np.arange(4) > 2, np.arange(4))
    yield "masked, invalid", lambda: np.ma.masked_invalid([1, np.nan, np.inf])
    yield "masked, hard", lambda: refusal(lambda: np.ma.array([1], mask=[1, 0]))
    yield "masked runs", lambda: np.ma.clump_unmasked(MASKED)
    yield "matrices of old", lambda: (np.matrix("1 2; 3 4") ** 2).tolist()

    with tempfile.TemporaryDirectory() as folder:
        yield "saved", lambda: _saved(Path(folder))
    yield "text written", _text_written
    yield (
        "text read",
        lambda: np.genfromtxt(io.StringIO("a,b\n1,\n3,x\n"), delimiter=",", names=True),
    )
    yield "memory map", lambda: attempt(lambda: np.memmap(io.BytesIO(), shape=3))
    for value in (BIRDS, WORDS, DAYS, MASKED, np.float32(1.5), np.dtype("M8[D]"), np.add):
        for protocol in (2, 5):
            yield f"pickle of {value!r}, {protocol}", lambda v=value, p=protocol: _pickled(v, p)
    yield "deep copy", lambda: copy.deepcopy({"a": BIRDS})
    yield "shared memory", lambda: np.shares_memory(BIRDS, BIRDS["mass"])
    yield "buffer", lambda: bytes(memoryview(np.arange(4, dtype="i2")))
    yield "interface", lambda: sorted(np.arange(2).__array_interface__)
    yield "print options", np.get_printoptions
    yield "printed otherwise", lambda: _printed(precision=2, suppress=True, linewidth=30)
    yield "numpy's build", _build
    yield "version", lambda: (np.__version__, np.lib.NumpyVersion(np.__version__) > "2.0.0")
    yield "buffer size", np.getbufsize
    yield "scalar types", lambda: sorted(t.__name__ for t in set(np.sctypeDict.values()))
    yield (
        "nditer",
        lambda: [int(x * y) for x, y in np.nditer([np.arange(3), np.arange(3)[::-1].copy()])],
    )
    yield "testing", lambda: refusal(lambda: np.testing.assert_allclose([1.0], [1.1]))


def _of_masked(name: str) -> object:
    masked = MASKED.copy()
    return getattr(masked, name)() if name != "sort" else (masked.sort(), masked)


def _saved(folder: Path) -> object:
    np.save(folder / "birds.npy", BIRDS)
    np.savez_compressed(folder / "both.npz", birds=BIRDS, days=DAYS)
    with np.load(folder / "both.npz") as both:
        return np.load(folder / "birds.npy"), sorted(both), both["days"]


def _text_written() -> object:
    output = io.StringIO()
    np.savetxt(output, np.arange(6).reshape(2, 3) / 7, fmt="%.5e", header="a b c")
    return output.getvalue(), np.loadtxt(io.StringIO(output.getvalue()))


def _pickled(value: Any, protocol: int) -> object:
    content = pickle.dumps(value, protocol)
    return content, repr(pickle.loads(content)) == repr(value)


def _printed(**options: Any) -> str:
    with np.printoptions(**options):
        return str(np.arange(12.0) ** 5 / 7)


def _build() -> str:
    with contextlib.redirect_stdout(io.StringIO()) as output:
        np.show_config()
    return output.getvalue()
