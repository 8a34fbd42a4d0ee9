"""What `make test-engines` makes of its visits; and the visits themselves, by `make test-long`."""

import subprocess
import sys
from typing import Any

import pytest

import engines
import takeover
from conftest import Announce
from questions import CHOICES, REPOSITORY

VISITS = [
    ("chromium", "same-functions", 14170),
    ("firefox", "same-functions", 14170),
    ("webkit", "new-functions", 15142),
    ("chromium-iphone", "same-functions", 0),
    ("webkit-iphone", "new-functions", 0),
]

IMAGES = ["memory-same-functions-1f.wasm", "memory-packages-same-functions-2e.wasm"]


def visit(
    engine: str = "chromium",
    layout: str = "same-functions",
    trampoline: int | None = 14170,
    way: str = "packages",
    **changed: Any,
) -> dict[str, Any]:
    """A visit on which everything was as it should be, but for what is changed."""
    images = [
        f"memory-{layout}-1f.wasm",
        f"memory-packages-{layout}-2e.wasm",
        f"memory-packages-{layout}-3d.wasm",
    ]
    right = {
        "engine": engine,
        "way": way,
        "version": f"{engine} 1.0",
        "figure_ms": 2000.0,
        "width": 999,
        "status": "Added mu = 0, sigma = 1: highest with 0.3989 at 0.",
        "preboot": way,
        "images": images if way == "packages" else [],
        "layout": layout,
        "trampoline": trampoline,
        "outcome": {"solved": "ab", "pixels": "cd"},
        "row": "Gneiss",
        "diagram": {"width": 960, "alt": "Bifurcation diagram"},
        "problems": [],
    }
    return right | changed


@pytest.mark.parametrize("way", engines.WAYS)
@pytest.mark.parametrize(("engine", "layout", "trampoline"), VISITS)
def test_nothing_is_said_of_a_visit_that_went_well(
    engine: str, layout: str, trampoline: int, way: str
) -> None:
    assert engines.problems(visit(engine, layout, trampoline, way)) == []


def test_every_engine_has_its_visit_here() -> None:
    assert [engine for engine, _, _ in VISITS] == list(engines.CANDIDATES)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"preboot": "failed"}, "booted from failed"),
        ({"images": []}, "fetched []"),
        ({"images": ["memory-new-functions-1f.wasm"] * 2}, "memory-new-functions"),
        ({"status": "Added mu = 0: highest with nan at 0."}, "nan"),
        ({"width": 0}, "0 pixels wide"),
        ({"layout": "none", "images": IMAGES}, "lays functions out as none"),
        ({"trampoline": 0}, "call trampoline 0"),
        ({"row": ""}, "the new row says ''"),
        ({"diagram": {"width": 0, "alt": ""}}, "the worker's figure"),
        ({"problems": ["console.warn: preboot: gone"]}, "preboot: gone"),
    ],
)
def test_what_is_not_as_it_should_be_is_said(changed: dict[str, Any], words: str) -> None:
    (problem,) = engines.problems(visit(**changed))

    assert words in problem


def test_a_trampoline_where_none_should_be_is_said() -> None:
    (problem,) = engines.problems(visit("chromium-iphone", "same-functions", 14170))

    assert "14170" in problem


def test_a_release_without_a_trampoline_needs_none() -> None:
    assert engines.problems(visit(trampoline=None)) == []


def test_a_plain_boot_fetches_no_image() -> None:
    (problem,) = engines.problems(visit(way="off", images=["memory-same-functions-1f.wasm"]))

    assert "memory-same-functions" in problem


def test_what_engines_compute_differently_is_named() -> None:
    other = visit("firefox", outcome={"solved": "ab", "pixels": "ee"})
    later = visit("firefox", figure_ms=1.0)
    del later["outcome"]

    (difference,) = engines.differences([visit(), other, later])

    assert difference == "Firefox, packages: pixels is 'ee', in chromium 1.0 it is 'cd'"


def test_the_table_holds_medians_spread_and_ratio() -> None:
    visits = [visit(figure_ms=ms) for ms in (2000.0, 9000.0, 2100.0)]
    visits += [visit(way="off", figure_ms=ms) for ms in (8000.0, 8400.0, 8800.0)]
    visits.append(visit("webkit-iphone", figure_ms=5000.0))

    times = engines.times(visits)

    assert times["chromium"]["packages"] == {"figure_ms": [2000, 9000, 2100], "median_ms": 2100}
    assert times["chromium"]["ratio"] == 4
    assert engines.table(visits).splitlines()[2:] == [
        "| chromium 1.0 | 8.4 (8.0 to 8.8) | 2.1 (2.0 to 9.0) | 4.0 |",
        "| webkit-iphone 1.0 as an iPhone | failed | 5.0 (5.0 to 5.0) |  |",
    ]


def taken_over(**changed: Any) -> dict[str, Any]:
    """What a visit of a prerendered page saw as it should be, but for what is changed."""
    right = {
        "engine": "Firefox",
        "page": "plot page",
        "version": "Firefox 1.0",
        "kept_ms": 400.0,
        "live_ms": 4200.0,
        "is_before_python": True,
        "parts": 12,
        "figures": 1,
        "heading": "Plot",
        "live_heading": "Plot",
        "jump": 0.4,
        "why": "figure by 0.4",
        "blank": 0,
        "told": "",
    }
    return right | changed


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"is_before_python": False}, "Python was there first"),
        ({"figures": 0}, "0 figures were kept"),
        ({"jump": 40.0, "why": "p#plot-status by 40.0"}, "it jumps: p#plot-status by 40.0"),
        ({"blank": 2}, "it is blank in 2 frames"),
        ({"live_heading": None}, "it is headed 'Plot', then None"),
        ({"told": "Python stopped"}, "it says 'Python stopped'"),
    ],
)
def test_a_page_that_is_not_taken_over_well_is_named(changed: dict[str, Any], words: str) -> None:
    assert takeover.problems(taken_over()) == []
    assert takeover.problems(taken_over(**changed)) == [words]


def test_the_table_of_taking_over_has_the_greatest_jump() -> None:
    seen = [taken_over(), taken_over(live_ms=4400.0, jump=1.2)]

    assert takeover.table(seen).splitlines()[2:] == [
        "| Firefox 1.0 | plot page | 0.4 | 4.3 | 1.2 |"
    ]


@pytest.mark.long
@pytest.mark.slow
def test_every_engine_runs_the_app_alike(announce: Announce) -> None:
    # One after the other, as they share a folder; each of them, whatever came of the former.
    failed = []
    for version in CHOICES["pyodide_version"]:
        announce(f"Visiting an app with Pyodide {version} by three engines …")
        command = [sys.executable, str(REPOSITORY / "tasks" / "engines.py"), "--rounds", "1"]
        result = subprocess.run(
            [*command, "--pyodide-version", version],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if result.returncode and "Missing for these tests" in result.stdout:
            pytest.skip(result.stdout.strip())
        print(result.stdout)
        if result.returncode:
            failed.append(f"Pyodide {version}:\n{result.stdout}")
    assert not failed, "\n".join(failed)
