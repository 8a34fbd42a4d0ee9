"""What the benchmarks make of their measurements; the measuring itself needs `make bench`."""

import ast
import json
import tomllib
from pathlib import Path
from unittest.mock import Mock
from xml.etree import ElementTree

import pytest
from benchmarks import filmstrip, growth, heavy, later, redraw, shift, startup, trace
from benchmarks.candidates import COUNTERPARTS
from benchmarks.chart import draw_chart, draw_lines
from benchmarks.filmstrip import Film, Frame
from benchmarks.load import after_crashes
from benchmarks.machine import describe_machine, sentence
from benchmarks.results import (
    TARGETS,
    TIMES,
    Profiles,
    Sample,
    Samples,
    earlier_table,
    medians,
    profile_table,
    publish,
    ratio,
    replace_marked,
    rotated,
    spreads,
    target_table,
)
from playwright.sync_api import Error as PlaywrightError

from questions import REPOSITORY

LIVE_FIGURE = next(target for target in TARGETS if target.metric == "live_figure_ms")
FIRST_PAINT = next(target for target in TARGETS if target.metric == "paint_ms")
BYTES = TARGETS[-1]
SVG = "{http://www.w3.org/2000/svg}"


def sample(seconds: float, megabytes: float) -> Sample:
    return {
        "paint_ms": 100 * seconds,
        "largest_ms": 1000 * seconds,
        "first_figure_ms": 1000 * seconds,
        "python_ms": 500 * seconds,
        "ready_ms": 900 * seconds,
        "live_figure_ms": 1000 * seconds,
        "shift": 0.001 * seconds,
        "bytes": 1e6 * megabytes,
        "bytes_to_figure": 1e6 * megabytes,
    }


@pytest.fixture
def samples() -> Samples:
    visit = {
        "pyscript-create": [sample(14, 20), sample(12, 20), sample(13, 20)],
        "plain-pyodide": [sample(12, 19), sample(11, 19), sample(99, 19)],
        "preboot": [sample(2, 21), sample(2.5, 21), sample(3, 21)],
    }
    return {"unthrottled": {"first": visit, "second": visit}}


@pytest.fixture
def profiles(samples: Samples) -> Profiles:
    return medians(samples)


def test_the_median_counts_and_not_one_slow_load(samples: Samples) -> None:
    plain = medians(samples)["unthrottled"]["first"]["plain-pyodide"]

    assert plain["live_figure_ms"] == 12_000
    assert spreads(samples)["unthrottled"]["first"]["plain-pyodide"]["live_figure_ms"] == [
        11_000,
        99_000,
    ]


def test_a_ratio_says_how_many_times_sooner_and_how_many_times_the_bytes(
    profiles: Profiles,
) -> None:
    assert ratio(profiles, LIVE_FIGURE, "preboot", "pyscript-create") == pytest.approx(13 / 2.5)
    assert ratio(profiles, BYTES, "preboot", "pyscript-create") == pytest.approx(21 / 20)


def test_there_is_no_ratio_of_what_was_not_measured(profiles: Profiles) -> None:
    assert ratio(profiles, LIVE_FIGURE, "build", "pyscript-create") is None
    assert ratio(profiles, LIVE_FIGURE, "preboot", "another") is None
    assert "not measured" in target_table(profiles, "build")


def missed(profiles: Profiles, candidate: str) -> list[str]:
    """Return the rows of targets that are not reached."""
    rows = target_table(profiles, candidate).splitlines()
    return [row.strip("| ") for row in rows if ", missed |" in row]


def test_what_misses_its_target_is_named(profiles: Profiles) -> None:
    first = profiles["unthrottled"]["first"]["preboot"]
    first.update(first_figure_ms=1000, bytes=15e6)
    profiles["unthrottled"]["second"]["preboot"].update(live_figure_ms=2000)
    assert missed(profiles, "preboot") == []
    first.update(bytes=23e6, live_figure_ms=3700)

    assert missed(profiles, "preboot") == [
        "live figure, unthrottled, first visit | page of `pyscript create` | "
        "3.5\u00d7, missed | ≥ 4\u00d7",
        "bytes over the network, unthrottled, first visit | page of `pyscript create` | "
        "1.15\u00d7, missed | ≤ 0.75\u00d7",
    ]


def test_what_is_just_missed_does_not_look_as_if_it_were_reached(profiles: Profiles) -> None:
    profiles["unthrottled"]["first"]["preboot"].update(live_figure_ms=3280)

    assert any("| 3.96\u00d7, missed | ≥ 4\u00d7" in row for row in missed(profiles, "preboot"))


def test_a_target_is_met_from_its_limit_on() -> None:
    assert LIVE_FIGURE.is_met("pyscript-create", 4)
    assert not LIVE_FIGURE.is_met("pyscript-create", 3.99)
    assert BYTES.is_met("pyscript-create", 0.75)
    assert not BYTES.is_met("pyscript-create", 0.76)


def test_a_table_has_a_row_for_each_candidate(samples: Samples, profiles: Profiles) -> None:
    heading, rule, *rows = profile_table(
        profiles, spreads(samples), "unthrottled", "first"
    ).splitlines()

    assert [row.split(" | ")[0] for row in rows] == [
        "| page of `pyscript create`",
        "| plain Pyodide",
        "| this template",
    ]
    assert {line.count("|") for line in (heading, rule, *rows)} == {heading.count("|")}
    assert "2.50 (2.00-3.00)" in rows[-1]
    assert "0.003 (0.002-0.003)" in rows[-1]


def test_the_report_shows_what_was_measured_on_what(samples: Samples) -> None:
    versions = {"browser": "Chromium 1", "pyodide": "314.0.3", "pyscript": "0.7.31"}

    report = startup.summary(samples, versions)
    text = startup.tables(report)

    assert set(report["profiles"]["unthrottled"]["second"]["preboot"]) == set(sample(1, 1))
    assert report["rounds"] == 3
    assert sentence(describe_machine()) in text
    assert "Pyodide 314.0.3" in text
    assert "Unthrottled, repeat visit" in text


def test_an_earlier_state_stands_beside_the_present_one(samples: Samples) -> None:
    for visits in samples["unthrottled"].values():
        visits["earlier-preboot"] = [sample(2, 21)]
        # Without its counterpart, which was not measured.
        visits["earlier-build"] = [sample(1, 21)]

    table = earlier_table(medians(samples), COUNTERPARTS)

    _, _, *rows = table.splitlines()
    assert [row.split(" | ")[0] for row in rows] == [
        "| this template, unthrottled, first visit",
        "| this template, unthrottled, repeat visit",
    ]
    assert all("| 2.00 → 2.50 (+25%) |" in row for row in rows)
    report = startup.summary(samples, {"browser": "B", "pyodide": "P", "pyscript": "S"})
    assert table in startup.tables(report)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--against", "."], "is no checkout of this repository"),
        (["--candidates", "build", "earlier-build"], "need --against"),
        (["--docs", "--against", str(REPOSITORY)], "compares with no earlier state"),
    ],
)
def test_a_comparison_that_cannot_be_made_is_refused(
    options: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["make bench", *options])

    with pytest.raises(SystemExit):
        startup.main()

    assert words in capsys.readouterr().err


def test_candidates_take_turns_in_beginning() -> None:
    assert [list(rotated(["a", "b", "c"], by)) for by in range(4)] == [
        ["a", "b", "c"],
        ["b", "c", "a"],
        ["c", "a", "b"],
        ["a", "b", "c"],
    ]


def test_the_chart_has_a_bar_for_each_candidate_as_long_as_its_time(profiles: Profiles) -> None:
    svg = ElementTree.fromstring(draw_chart(profiles))  # noqa: S314 - our own

    bars = [float(bar.get("width", 0)) for bar in svg.iter(f"{SVG}rect")]
    assert len(bars) == 3
    assert bars[0] / bars[2] == pytest.approx(13 / 2.5, rel=0.01)
    assert "prefers-color-scheme: dark" in "".join(svg.itertext())
    assert "this template 2.5 s" in (svg.findtext(f"{SVG}title") or "")


def test_the_documentation_is_changed_between_its_marks_alone() -> None:
    text = "before\n<!-- a: written by the benchmark -->\nold\n<!-- a: end -->\nafter\n"

    changed = replace_marked(text, "a", "new")

    assert changed.startswith("before\n<!-- a: written")
    assert changed.endswith("<!-- a: end -->\nafter\n")
    assert "\nnew\n" in changed
    assert "old" not in changed
    assert replace_marked(changed, "a", "new") == changed
    with pytest.raises(ValueError, match="no place between <!-- b:"):
        replace_marked(text, "b", "new")


def test_readme_tells_the_times_of_two_candidates(samples: Samples) -> None:
    visit = samples["unthrottled"]["first"]
    both = {"pyscript-create": visit["pyscript-create"], "build": [sample(0.52, 12)] * 3}
    taken = {
        profile: dict.fromkeys(("first", "second"), both) for profile in ("unthrottled", "10mbit")
    }
    report = {"profiles": medians(taken), "rounds": 3, "date": "2026-11-30"}

    text = startup.readme(report, startup.README.read_text(encoding="utf-8"))

    assert "| | page of `pyscript create` | this template, built |" in text.replace("|  |", "| |")
    assert "| live figure on a repeat visit | 13.0 s | **0.5 s** |" in text
    assert "| fetched | 20.0 MB | **12.0 MB** |" in text
    assert "Medians of 3 rounds of `make bench` on 2026-11-30." in text


@pytest.mark.parametrize(
    ("name", "document"),
    [
        (module.OUTPUT.stem, module.DOCUMENT)
        for module in (startup, trace, later, heavy, redraw, growth)
    ],
)
def test_the_documentation_has_a_place_for_each_benchmark(name: str, document: Path) -> None:
    text = document.read_text(encoding="utf-8")

    assert "figures" in replace_marked(text, name, "figures")


def test_the_built_app_is_compared_with_the_one_without_a_snapshot(samples: Samples) -> None:
    visits = samples["unthrottled"]
    visits["first"] = {"vendored": [sample(4, 20)], "build": [sample(4.1, 20)]}
    visits["second"] = {"vendored": [sample(4, 20)], "build": [sample(3, 20)]}

    lines = missed(medians(samples), "build")

    assert lines == [
        "live figure, unthrottled, first visit | this template, without snapshot | "
        "0.98\u00d7, missed | ≥ 1\u00d7"
    ]
    assert "| **1.3\u00d7** | ≥ 1.3\u00d7 |" in target_table(medians(samples), "build")
    # Nothing is compared with itself.
    assert "without snapshot" not in target_table(medians(samples), "vendored")


def test_prerendering_may_not_delay_what_came_without_it(samples: Samples) -> None:
    visits = samples["unthrottled"]
    visits["first"] = {
        "unprerendered": [sample(4, 20)],
        "build": [{**sample(4.1, 20), "first_figure_ms": 300.0, "paint_ms": 300.0}],
    }

    assert missed(medians(samples), "build") == []

    visits["first"]["build"] = [{**sample(4.3, 20), "first_figure_ms": 300.0}]

    assert missed(medians(samples), "build") == [
        "first paint, unthrottled, first visit | built, `--no-prerender` | "
        "0.93\u00d7, missed | ≥ 1\u00d7",
        "live figure, unthrottled, first visit | built, `--no-prerender` | "
        "0.93\u00d7, missed | ≥ 0.952\u00d7",
    ]
    assert FIRST_PAINT.limits == {"unprerendered": 1}


def test_the_chart_marks_a_first_figure_that_comes_before_the_live_one(samples: Samples) -> None:
    visits = samples["unthrottled"]
    visits["first"] = {
        "pyscript-create": [sample(13, 20)],
        "build": [{**sample(4, 20), "first_figure_ms": 200.0}],
    }

    svg = ElementTree.fromstring(draw_chart(medians(samples)))  # noqa: S314 - our own

    marks = [path for path in svg.iter(f"{SVG}path") if path.get("class") == "first"]
    _, bar = svg.iter(f"{SVG}rect")
    # One explains the others.
    assert len(marks) == 2
    across = float((marks[1].get("d") or "").removeprefix("M").split()[0]) - float(bar.get("x", 0))
    assert across / float(bar.get("width", 0)) == pytest.approx(0.2 / 4, rel=0.02)
    assert "this template, built 0.2 s, live 4.0 s" in (svg.findtext(f"{SVG}title") or "")


def test_a_page_that_jumps_is_named_with_its_screen(samples: Samples) -> None:
    shifts = {1280: {"plot": 0.0004, "files": 0.0}, 390: {"plot": 0.31, "files": 0.02}}
    report = startup.summary(samples, {"browser": "B", "pyodide": "P", "pyscript": "S"})
    report["shift"] = {"profile": "10mbit", "pages": shifts}

    text = startup.tables(report)

    assert "at most 0.0004 at 1280 pixels and 0.3100 at 390 pixels, of 2 pages" in text
    assert "\n\n- `plot` at 390 pixels: 0.310\n- `files` at 390 pixels: 0.020" in text
    assert "Missed" not in shift.told({1280: shifts[1280]})


def test_a_film_strip_shows_figures_and_what_changed_most() -> None:
    def frame(seconds: float, *shades: int) -> Frame:
        return Frame(seconds, shades * (4 // len(shades)), f"picture {shades}")

    films = {
        "build": Film([frame(0.12, 200), frame(3.0, 200, 200, 200, 199)], 0.15, 2.0),
        "pyscript-create": Film([frame(0.5, 255), frame(1.41, 100), frame(5.03, 50)], 5.03, 5.03),
    }

    times = filmstrip.moments(films)
    svg = ElementTree.fromstring(filmstrip.draw(films, times))  # noqa: S314 - our own

    # Neither the white page, which shows nothing new, nor a little change that no figure brings.
    assert times == [0.2, 1.5, 2.0, 5.1]
    # Each picture once, however long it stands.
    assert len(list(svg.iter(f"{SVG}image"))) == 4
    assert len(list(svg.iter(f"{SVG}use"))) == 7
    told = [text.text for text in svg.iter(f"{SVG}text") if text.get("class") == "told"]
    assert told == ["first figure", "live figure", "live figure"]
    assert films["build"].at(0.1) is None
    text = filmstrip.DOCUMENT.read_text(encoding="utf-8")
    assert "](pictures/filmstrip.svg)" in replace_marked(
        text, filmstrip.PICTURE.stem, filmstrip.reference(films)
    )


def test_a_film_plays_as_long_as_the_visit_took() -> None:
    def frame(seconds: float, *shades: int) -> Frame:
        return Frame(seconds, shades, f"{shades}")

    films = {
        "build": Film([frame(0.2, 200), frame(2.0, 100)], 0.2, 2.0),
        "pyscript-create": Film([frame(0.5, 255), frame(1.5, 100), frame(6.0, 50)], 6.0, 6.0),
    }

    text = filmstrip.animate(films)

    svg = ElementTree.fromstring(text)  # noqa: S314 - our own
    # All but the white page, which shows nothing new.
    assert len(list(svg.iter(f"{SVG}image"))) == 4
    assert "@keyframes s0-1 { 0%, 19.99% { opacity: 0 } 20.00% { opacity: 1 } }" in text
    assert ".s1-1 { animation: s1-1 10.0s step-end infinite }" in text
    assert "@media (prefers-reduced-motion) { .s1-0 { opacity: 0 } }" in text


def test_a_trace_gives_the_pictures_since_the_navigation() -> None:
    def event(name: str, ts: int, **arguments: object) -> dict[str, object]:
        return {"name": name, "ts": ts, "args": arguments}

    events = [
        event("Screenshot", 1_000_000, snapshot="of the page before"),
        event("Screenshot", 2_700_000, snapshot="second"),
        event("navigationStart", 2_000_000, data={"documentLoaderURL": "http://a/#/plot"}),
        event("navigationStart", 2_500_000, data={"documentLoaderURL": "about:blank"}),
        event("Screenshot", 2_200_000, snapshot="first"),
    ]

    assert filmstrip.shots(events, "http://a/#/plot") == [(0.2, "first"), (0.7, "second")]


def test_of_the_pictures_between_two_steps_the_last_counts() -> None:
    taken = [(0.11, "a"), (0.19, "b"), (0.2, "c"), (0.31, "c"), (1.05, "d")]

    assert filmstrip.in_steps(taken) == [(0.2, "c"), (1.1, "d")]


def test_later_visits_have_a_table_of_first_and_one_of_live_figures() -> None:
    visits = [{"first_figure_ms": 200.0, "live_figure_ms": 3000.0}] * 3

    text = later.table(
        {
            "samples": {"build": [visits]},
            "machine": describe_machine(),
            "versions": {"browser": "B"},
            "date": "2026-01-01",
            "rounds": 1,
        }
    )

    assert "| this template, built | 0.20 (0.20-0.20) |" in text
    assert "| this template, built | 3.00 (3.00-3.00) |" in text
    assert text.index("first figure, in seconds") < text.index("live figure, in seconds")


def test_heavy_packages_have_a_table_with_two_ratios() -> None:
    def visits(seconds: float) -> dict[str, list[dict[str, float]]]:
        taken = {"live_figure_ms": 1000 * seconds, "bytes_to_figure": 30e6}
        return {"first": [taken], "second": [{**taken, "live_figure_ms": 500 * seconds}]}

    text = heavy.table(
        {
            "samples": {"pyscript-create": visits(20), "plain": visits(18), "build": visits(4)},
            "machine": describe_machine(),
            "versions": {"browser": "B"},
            "date": "2026-01-01",
            "rounds": 1,
        }
    )

    assert "| this template, built | 4.00 (4.00-4.00) | 2.00 (2.00-2.00) | 30.0 |" in text
    assert f"5.0{TIMES} as fast as with `pyscript create`, and 4.5{TIMES} as fast" in text


def test_heavy_packages_are_used_by_the_plot_page() -> None:
    template = REPOSITORY / "{{cookiecutter.project_slug}}" / "_options" / "starter=gallery"
    page = (template / "app" / "pages" / "plot.py").read_text(encoding="utf-8")

    compile(heavy.with_code(page), "plot.py", "exec")
    assert "LinearRegression().fit" in heavy.with_code(page)
    with pytest.raises(SystemExit, match=r"update heavy\.py"):
        heavy.with_code("import this\n")


def test_a_report_is_written_with_its_chart_where_the_documentation_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("benchmarks.results.REPOSITORY", tmp_path)
    output, document, picture = (tmp_path / name for name in ("a.json", "a.md", "a.svg"))
    text = "<!-- a: written by the benchmark -->\nold\n<!-- a: end -->\n"
    document.write_text(text, encoding="utf-8")

    publish({"rounds": 1}, "new", output, None, {picture: lambda: "<svg/>"})

    assert json.loads(output.read_text(encoding="utf-8")) == {"rounds": 1}
    assert document.read_text(encoding="utf-8") == text
    assert not picture.exists()

    publish({"rounds": 2}, "new", output, document, {picture: lambda: "<svg/>"})

    assert "\nnew\n" in document.read_text(encoding="utf-8")
    assert picture.read_text(encoding="utf-8") == "<svg/>"
    assert capsys.readouterr().out.endswith("Wrote a.json\nWrote a.md\nWrote a.svg\n")


def test_a_browser_that_crashes_is_started_again_and_other_errors_are_not_hidden(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ends = iter([PlaywrightError("Page crashed"), None, PlaywrightError("no such page")])

    def visit() -> str:
        error = next(ends)
        if error:
            raise error
        return "seen"

    assert after_crashes("build", visit) == "seen"
    assert "crashed at build" in capsys.readouterr().out
    with pytest.raises(PlaywrightError, match="no such page"):
        after_crashes("build", visit)
    with pytest.raises(SystemExit, match="3 times at build"):
        after_crashes("build", Mock(side_effect=PlaywrightError("Target crashed")))


def test_redraws_are_compared_with_a_new_figure_each_time() -> None:
    found = redraw.summary({redraw.BASELINE: [80, 100, 90], "pattern, axes change": [30, 20, 10]})

    assert found["redraw"]["pattern, axes change"] == {
        "ms": 20,
        "spread": [10, 30],
        "times_as_fast": 4.5,
    }
    text = redraw.table(
        {
            **found,
            "machine": describe_machine(),
            "versions": {"browser": "B"},
            "date": "2026-01-01",
            "rounds": 3,
        }
    )
    assert "**4.5\u00d7**" in text


def test_lines_of_a_chart_rise_by_their_seconds() -> None:
    lines = {"start": {1: 1.0, 200: 3.0}, "reload": {1: 1.5, 200: 2.9}}

    svg = ElementTree.fromstring(draw_lines("Growth", "modules", lines))  # noqa: S314 - our own

    paths = [line.get("points", "") for line in svg.iter(f"{SVG}polyline")]
    (first, last), (_, other) = (
        [tuple(map(float, point.split(","))) for point in path.split()] for path in paths
    )
    assert first[0] < last[0] == other[0]
    bottom = last[1] + 1.5 * (first[1] - last[1])
    assert (bottom - first[1]) / (bottom - last[1]) == pytest.approx(1 / 3, rel=0.01)
    assert other[1] > last[1]
    # Two lines that end beside each other have names below each other.
    names = [
        float(text.get("y", 0))
        for text in svg.iter(f"{SVG}text")
        if (text.text or "").endswith((": 3.0 s", ": 2.9 s"))
    ]
    assert abs(names[0] - names[1]) >= 20


def test_an_app_grows_by_modules_that_its_first_page_imports(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    config = tmp_path / "pyscript.toml"
    config.write_text('[files]\n"./patterns/dom.py" = "./patterns/"\n', encoding="utf-8")

    growth.write_modules(tmp_path, 50)
    growth.write_modules(tmp_path, 3)

    modules = sorted(path.name for path in (tmp_path / "model").iterdir())
    assert modules == ["__init__.py", "part0.py", "part1.py", "part2.py"]
    files = tomllib.loads(config.read_text(encoding="utf-8"))["files"]
    assert list(files) == ["./patterns/dom.py", *(f"./model/{name}" for name in modules)]
    source = (tmp_path / "model" / "part2.py").read_text(encoding="utf-8")
    assert len(source.splitlines()) == growth.LINES_OF_A_MODULE
    (imported, *_) = [
        node
        for node in ast.walk(ast.parse((tmp_path / "pages" / "home.py").read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "model"
    ]
    assert [alias.name for alias in imported.names] == ["part0", "part1", "part2"]


def test_the_table_of_growth_has_medians_with_their_extremes() -> None:
    taken = [dict.fromkeys(growth.MEASURES, seconds) for seconds in (2.0, 9.0, 3.0)]

    text = growth.table(
        {
            "medians": {"200": growth.medians(taken)},
            "samples": {"200": taken},
            "machine": describe_machine(),
            "versions": {"browser": "B"},
            "date": "2026-01-01",
            "rounds": 3,
        }
    )

    assert "| 200 | 5,000 | 3.00 (2.00-9.00) |" in text
