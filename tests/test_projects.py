"""Generated projects pass their own tests, in a real browser, by the commands of their README; and
the kit's browser tests hold for other answers than the default ones, too."""

import json
import os
import re
import shlex
import struct
import sys
import zlib
from pathlib import Path

import pytest

from baking import generate
from conftest import FOR_PYTEST, Announce, BakedProject, VenvFor, run, run_kit_tests
from pyscript_kit.testing import sourcechecks
from questions import CHOICES, TEMPLATE, combinations, readable
from test_tutorial import Reader, read_steps

pytestmark = pytest.mark.slow

UV = Path(sys.executable).with_name("uv")
QUESTIONS = ("pyodide_version", "starter", "runtime")


@pytest.mark.slow(place=0)  # the longest of all
def test_the_default_project_passes_by_the_commands_of_its_readme(
    tmp_path: Path, announce: Announce
) -> None:
    project = BakedProject(generate(tmp_path), "")
    announce("Following the README of the default project from its first command …")
    blocks = [step.text for step in read_steps(project.read("README.md")) if step.language == "sh"]
    by_uv, start, test = blocks
    assert by_uv.strip() == "uv run pyscript dev"
    *prepare, serve = start.splitlines()
    browser, *checks = test.splitlines()
    assert serve == "pyscript dev"
    assert browser.split() == ["playwright", "install", "chromium"]  # done by `make test`
    python = {"python3 -m venv": f"{shlex.quote(sys.executable)} -m venv"}
    reader = Reader(project.path, alone(), python)

    reader.run(reader.substitute("\n".join(prepare)))
    with reader.serve(serve):
        assert (project.path / "app" / "runtime" / "pyodide" / "pyodide.mjs").is_file()
    output = reader.run("\n".join(checks))

    (passed,) = re.findall(r"= (\d+) passed", output)
    assert int(passed) > 0


@pytest.mark.parametrize(
    "starter",
    [
        pytest.param(starter, marks=() if starter == "blank" else pytest.mark.long)
        for starter in CHOICES["starter"]
    ],
)
def test_uv_needs_one_command(tmp_path: Path, announce: Announce, starter: str) -> None:
    project = generate(tmp_path, starter=starter)
    announce(f"Having uv run {starter} …")
    reader = Reader(project, alone(), {})
    with reader.serve(f"{shlex.quote(str(UV))} run pyscript dev"):
        assert (project / "app" / "runtime" / "pyodide" / "pyodide.mjs").is_file()


def alone() -> dict[str, str]:
    """The variables of a reader who has a terminal of their own, where nothing opens a browser."""
    mine = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    # To compile all that is installed takes as long as to install it; what is used compiles itself.
    ours = {"BROWSER": "true", "PYTHONUNBUFFERED": "1", "PIP_NO_COMPILE": "1"}
    return mine | ours | FOR_PYTEST


# Beside the default project: what is run in each, and what of the kit's browser tests with its
# answers. That they bring every pair of choices together, tests/test_pairs.py says; by `make
# test-long` every project runs all that there is.
OTHERS = {
    ("0.28.3", "gallery", "self-hosted"): (
        "mypy && pytest -q tests/unit && pytest -q tests/e2e -k 'names_itself or density'",
        "packages_are_there_without or figures_are_the",
    ),
    ("314.0.3", "blank", "self-hosted"): (
        # Built, it is opened by the one whose name, colours and icon are others.
        "mypy && pytest -q -k 'not works_built_and_offline'",
        "first_screen or first_page_that or library_alone or syntax_error_in",
    ),
    ("314.0.3", "gallery", "cdn"): (
        "pytest -q tests/e2e -k 'names_itself or density'",
        "first_screen or first_page_waits",
    ),
    ("0.28.3", "blank", "cdn"): ("mypy && pytest -q", "first_screen or first_page_that"),
}


@pytest.mark.parametrize("answers", OTHERS, ids=" ".join)
def test_a_project_passes_its_own_tests(
    tmp_path: Path, venv_for: VenvFor, announce: Announce, answers: tuple[str, str, str]
) -> None:
    pyodide_version, starter, runtime = answers
    venv = venv_for(pyodide_version)
    announce(f"Vendoring and testing {' '.join(answers)} …")
    project = BakedProject(
        generate(tmp_path, pyodide_version=pyodide_version, starter=starter, runtime=runtime), ""
    )
    run(project, "pyscript vendor", venv)
    checks, _ = OTHERS[answers]
    output = run(project, checks, venv)
    assert len(re.findall(r"= \d+ passed", output)) == checks.count("pytest")


# Of a blank project, its own tests try much of the same.
@pytest.mark.parametrize(
    "answers",
    [pytest.param(each, marks=pytest.mark.long if "blank" in each else ()) for each in OTHERS],
    ids=" ".join,
)
def test_the_kit_passes_its_browser_tests(
    tmp_path: Path, announce: Announce, answers: tuple[str, str, str]
) -> None:
    announce(f"Testing the kit with {' '.join(answers)} …")
    _, expression = OTHERS[answers]
    run_kit_tests(tmp_path, answers, "-k", expression)


@pytest.mark.long
@pytest.mark.parametrize("answers", combinations(*QUESTIONS), ids=readable)
def test_a_project_and_the_kit_pass_all_of_their_tests(
    tmp_path: Path, venv_for: VenvFor, announce: Announce, answers: dict[str, str]
) -> None:
    venv = venv_for(answers["pyodide_version"])
    announce(f"Running every test of {' '.join(answers.values())} …")
    project = BakedProject(generate(tmp_path / "project", **answers), "")
    run(project, "pyscript vendor && mypy && pytest -q", venv)
    run_kit_tests(tmp_path, (answers["pyodide_version"], answers["starter"], answers["runtime"]))


BILL = """
from pathlib import Path

from pyscript_kit.lock.reader import read_lock
from pyscript_kit.project.settings import read_project
from pyscript_kit.site.app import served_files
from pyscript_kit.site.sbom import sbom
from pyscript_kit.site.shipment import shipped

project = read_project(Path())
lock = read_lock(project.lock_path)
print(sbom(shipped(project, lock, project.runtime, served_files(project))).decode())
"""


def test_the_bill_of_materials_is_what_the_standard_asks_for(
    tmp_path: Path, venv_for: VenvFor
) -> None:
    # Takes a second or two, which other tests need not wait for.
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    venv = venv_for(CHOICES["pyodide_version"][0])
    project = BakedProject(generate(tmp_path), "")
    run(project, "pyscript vendor --no-snapshot", venv)
    (project.path / "bill.py").write_text(BILL, encoding="utf-8")
    bill = run(project, "python bill.py", venv)

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill) is None
    licenses = {each["name"]: each["licenses"] for each in json.loads(bill)["components"][:-1]}
    assert all(licenses.values())
    assert licenses["cpython"][0]["expression"] == "PSF-2.0"
    assert {"numpy", "matplotlib", "pyodide", "@pyscript/core"} < set(licenses)


def gallery_pages() -> list[str]:
    """Return the routes of the gallery's pages, in their order."""
    table = TEMPLATE / "_options" / "starter=gallery" / "app" / "pages" / "__init__.py"
    return re.findall(r'^    Page\("(\w+)"', table.read_text(encoding="utf-8"), re.MULTILINE)


FIRST = gallery_pages()[0]


# What the workflow of a project does before it publishes it, all but the runtime and the build.
CHECKS = "ruff check && ruff format --check && mypy && pytest -q"


# A table of one page is that of each blank project, and that a page with packages may come first,
# tests/test_habits.py tries.
@pytest.mark.long
@pytest.mark.parametrize("route", [FIRST, "plot"], ids=["without packages", "with packages"])
def test_a_gallery_of_one_page_can_be_published(
    tmp_path: Path, venv_for: VenvFor, announce: Announce, route: str
) -> None:
    announce(f"Testing the gallery with nothing but the page {route} …")
    project = BakedProject(generate(tmp_path), "")
    venv = venv_for(CHOICES["pyodide_version"][0])
    # The runtime comes first: of the imports of fewer pages, its snapshot would be one of its own,
    # and a minute's work.
    run(project, "pyscript vendor", venv)
    without(project, [each for each in gallery_pages() if each != route])
    output = run(project, CHECKS, venv)
    assert f"names_itself-{route}]" in output
    assert "starts_from_its_snapshot" not in skipped(output)


def test_page_app_colours_and_icon_can_be_others(
    tmp_path: Path, venv_for: VenvFor, announce: Announce
) -> None:
    announce("Publishing a blank project whose names, colours and icon are others …")
    project = BakedProject(generate(tmp_path, starter="blank"), "")
    for name in ("app/pages/home.py", "tests/e2e/pages/test_home.py"):
        path = project.path / name
        path.rename(path.with_name(path.name.replace("home", "tides")))
    for name, former, new in (
        ("app/pages/__init__.py", '"home"', '"tides"'),
        ("tests/e2e/pages/test_tides.py", '"home"', '"tides"'),
        # Each stands once.
        ("app/index.html", "My PyScript App", "Times of Tides"),
        ("app/style.css", "#0f5c6e", "#7a1f5c"),
        ("app/icon.svg", '<path d="M6.5', '<path id="wave" d="M6.5'),
    ):
        text = project.read(name)
        assert text.count(former) == (2 if "e2e" in name else 1), name
        (project.path / name).write_text(text.replace(former, new), encoding="utf-8")

    venv = venv_for(CHOICES["pyodide_version"][0])
    output = run(
        project, f"pyscript vendor && {CHECKS} && pyscript build --no-prerender --quick", venv
    )

    assert "names_itself-tides]" in output
    dist = project.path / "dist"
    for path in (project.path / "app", dist):
        files = [file for file in path.rglob("*") if file.is_file() and "runtime" not in file.parts]
        for gone in (b"My PyScript App", b"#0f5c6e"):
            assert [file.name for file in files if gone in file.read_bytes()] == []
    manifest = json.loads(project.read("dist/manifest.webmanifest"))
    assert (manifest["name"], manifest["theme_color"]) == ("Times of Tides", "#7a1f5c")
    document = project.read("dist/index.html")
    assert '<meta name="theme-color" content="#7a1f5c">' in document
    assert re.findall(r'data-shows="title"[^>]*>([^<]*)', document) == ["Times of Tides"] * 2
    assert 'id="wave"' in project.read("dist/icon.svg")
    for icon in manifest["icons"]:
        if icon["type"] == "image/png":
            size, pixel = looked_at((dist / icon["src"]).read_bytes())
            assert icon["sizes"] == f"{size}x{size}"
            assert pixel == "7a1f5c"
    assert looked_at((dist / "icons" / "apple-touch-icon.png").read_bytes()) == (180, "7a1f5c")


def looked_at(picture: bytes) -> tuple[int, str]:
    """The width of a PNG, and the colour of its first pixel (PNG, 11.2 and 9.2)."""
    place, rows, width = 8, b"", 0
    while place < len(picture):
        length, kind = struct.unpack_from(">I4s", picture, place)
        content = picture[place + 8 : place + 8 + length]
        width = struct.unpack_from(">I", content)[0] if kind == b"IHDR" else width
        rows += content if kind == b"IDAT" else b""
        place += 12 + length
    # Behind the byte that says how a row is filtered; before the first pixel there is none.
    return width, zlib.decompress(rows)[1:4].hex()


@pytest.mark.long  # the first half of it, tests/test_habits.py tries
def test_a_page_with_packages_can_come_first_and_the_first_one_go(
    tmp_path: Path, venv_for: VenvFor, announce: Announce
) -> None:
    announce("Moving the plot to the top of the gallery's pages …")
    project = BakedProject(generate(tmp_path), "")
    venv = venv_for(CHOICES["pyodide_version"][0])
    table = project.path / "app" / "pages" / "__init__.py"
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    places = [place for place, line in enumerate(lines) if line.startswith("    Page(")]
    plot = next(place for place in places if '"plot"' in lines[place])
    lines.insert(places[0], lines.pop(plot))
    table.write_text("".join(lines), encoding="utf-8")

    run(project, "mypy && pytest -q tests/unit/test_project.py && pyscript vendor", venv)
    chosen = "card or moves or (test_pages and (home or (plot and not plots)))"
    output = run(project, f"pytest -q tests/e2e -k '{chosen}'", venv)
    assert "starts_from_its_snapshot-plot]" in output

    # The runtime is left as it was made for the former first page.
    without(project, ["plot"])
    output = run(project, "pytest -q tests/e2e/test_pages.py -k home", venv)
    assert "names_itself-home]" in output


def skipped(output: str) -> str:
    """The lines on what pytest has left out."""
    return "\n".join(line for line in output.splitlines() if "SKIPPED" in line)


@pytest.mark.parametrize("route", gallery_pages())
def test_a_page_is_removed_by_deleting_its_files_its_test_and_one_line(
    tmp_path: Path, route: str
) -> None:
    project = gallery_without([route], tmp_path)
    ruff = shlex.quote(str(UV.with_name("ruff")))
    run(project, f"{ruff} check && {ruff} format --check")
    for check in sourcechecks.PROJECT:
        check(project.path)


def gallery_without(routes: list[str], folder: Path) -> BakedProject:
    """Generate the default project and take pages out of it."""
    return without(BakedProject(generate(folder), ""), routes)


def without(project: BakedProject, routes: list[str]) -> BakedProject:
    """Take pages out of a project, as its README says."""
    table = project.path / "app" / "pages" / "__init__.py"
    for route in routes:
        (project.path / "app" / "pages" / f"{route}.py").unlink()
        (project.path / "app" / "pages" / f"{route}.css").unlink(missing_ok=True)
        (project.path / "tests" / "e2e" / "pages" / f"test_{route}.py").unlink()
        (project.path / "tests" / "unit" / "pages" / f"test_{route}.py").unlink(missing_ok=True)
        lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(f'    Page("{route}",')]
        assert len(kept) == len(lines) - 1
        table.write_text("".join(kept), encoding="utf-8")
    return project
