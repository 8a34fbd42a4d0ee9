"""Patterns in a project that began without them, and what no project's own tests try of those that
it has: properties, on many examples, and what authors do that the gallery does not."""

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from baking import generate
from conftest import Announce, Bake, BakedProject, VenvFor, run
from questions import CHOICES, REPOSITORY

PROPERTIES = REPOSITORY / "tests" / "campaigns" / "properties"
AUTHORS = REPOSITORY / "tests" / "authors"


@pytest.mark.parametrize("profile", ["few", pytest.param("long", marks=pytest.mark.long)])
def test_the_properties_of_patterns_hold(bake: Bake, profile: str) -> None:
    tests = [PROPERTIES / "routes.py"]
    check(bake(starter="blank").path, tests, f"--hypothesis-profile={profile}")


def test_patterns_do_what_no_test_of_a_project_asks_of_them(bake: Bake) -> None:
    check(bake(starter="gallery").path, sorted(AUTHORS.glob("*.py")))


@pytest.mark.slow
@pytest.mark.parametrize("pyodide_version", CHOICES["pyodide_version"])
def test_figures_are_drawn_with_the_packages_of_each_pin(
    tmp_path: Path, venv_for: VenvFor, pyodide_version: str
) -> None:
    python = venv_for(pyodide_version) / "bin" / "python"
    project = generate(tmp_path, pyodide_version=pyodide_version)
    check(project, sorted((AUTHORS / "figures").glob("*.py")), python=python)


def check(
    project: Path, tests: list[Path], *options: str, python: Path = Path(sys.executable)
) -> None:
    """Run tests of this repository in a project, with what its own tests have."""
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *map(str, tests)]
    command += [
        f"--config-file={project / 'pyproject.toml'}",
        f"--rootdir={project}",
        f"--confcutdir={tests[0].parent}",
    ]
    result = subprocess.run(
        [*command, *options],
        cwd=project,
        env={name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


# A page that computes in a worker, the module that the worker runs, and a test of the page.
ADDED = {
    "app/workers/sums.py": '''"""Sums."""


def squares(count: int) -> int:
    """Return the sum of so many squares, from 1 on."""
    return sum(number**2 for number in range(1, count + 1))
''',
    "app/pages/sums.py": '''"""A sum that a worker computes."""

from patterns.dom import Element, element, update
from patterns.events import Handlers
from patterns.worker import named_worker


def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page."""
    worker = named_worker("sums", "workers.sums")
    said = element("output", "0", id="sum")
    button = element("button", "Compute", type="button")

    async def compute() -> None:
        update(said, text=str(await worker.call("squares", 1000)))

    handlers.on(button, "click", compute)
    root.append(element("h1", "Sums"), element("p", button, " ", said))
''',
    "tests/e2e/pages/test_sums.py": """from playwright.sync_api import expect
from pyscript_kit.testing import App


def test_the_worker_computes_the_sum(app: App) -> None:
    app.open("sums")

    app.page.get_by_role("button", name="Compute").click()

    expect(app.page.locator("#sum")).to_have_text("333833500")
""",
}


# A page with charts whose JavaScript lies beside it, and a test of the page as visitors have it.
CHARTED = {
    "app/pages/charted.py": '''"""Charts, as their JavaScript takes them."""

from patterns.charts import chart
from patterns.dom import Element, element
from patterns.events import Handlers

SQUARES = {
    "data": [{"x": [1, 2, 3], "y": [1, 4, 9], "type": "scatter"}],
    "layout": {"title": {"text": "Squares"}, "yaxis": {"title": {"text": "area"}}},
}
CUBES = {
    "$schema": "https://vega.github.io/schema/vega-lite/v6.1.0.json",
    "title": "Cubes",
    "data": {"values": [{"side": 1, "volume": 1}, {"side": 2, "volume": 8}]},
    "mark": "bar",
    "encoding": {
        "x": {"field": "side", "type": "ordinal"},
        "y": {"field": "volume", "type": "quantitative"},
    },
}


def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page."""
    root.append(element("h1", "Charts"), chart(SQUARES, handlers), chart(CUBES, handlers))
''',
    "tests/e2e/pages/test_charted.py": """from playwright.sync_api import expect
from pyscript_kit.testing import App


def test_charts_are_drawn_without_a_network(built_app: App) -> None:
    built_app.open("charted")

    for name, words in {"Squares: area": "Squares", "Cubes: volume over side": "Cubes"}.items():
        figure = built_app.page.get_by_role("figure", name=f"Chart. {name}.")
        expect(figure).to_contain_text(words)
        expect(figure).to_have_attribute("aria-busy", "false")
    expect(built_app.page.get_by_role("button", name="Save as PNG")).to_have_count(2)
""",
}
# As much of the libraries as a page asks for.
STAND_INS = {
    "app/scripts/plotly.min.js": """window.Plotly = {
  newPlot: async (place, { layout }) => place.append(layout.title.text),
  purge: (place) => place.replaceChildren(),
};
""",
    "app/scripts/vega.min.js": "window.vega = {};\n",
    "app/scripts/vega-lite.min.js": "window.vegaLite = { of: vega };\n",
    "app/scripts/vega-embed.min.js": """window.vegaEmbed = async (place, spec) => {
  place.append(spec.title);
  return { view: vegaLite.of, finalize: () => place.replaceChildren() };
};
""",
}
# The libraries themselves: packages of npm, and the file in each.
LIBRARIES = {
    "plotly.js-dist-min@4": "plotly.min.js",
    "vega@6": "build/vega.min.js",
    "vega-lite@6": "build/vega-lite.min.js",
    "vega-embed@7": "build/vega-embed.min.js",
}


def bring_libraries(scripts: Path) -> None:
    """Fetch the JavaScript of Plotly and Vega as a reader of the recipe would."""
    scripts.mkdir()
    for package, name in LIBRARIES.items():
        packed = subprocess.run(
            ["npm", "pack", "--silent", package],
            cwd=scripts,
            capture_output=True,
            text=True,
            check=True,
        )
        archive = scripts / packed.stdout.strip()
        with tarfile.open(archive) as opened:
            content = opened.extractfile(f"package/{name}")
            assert content
            (scripts / Path(name).name).write_bytes(content.read())
        archive.unlink()


@pytest.mark.slow
@pytest.mark.parametrize("libraries", [False, pytest.param(True, marks=pytest.mark.long)])
def test_a_blank_project_gets_patterns_and_pages_that_use_them(
    tmp_path: Path, venv_for: VenvFor, announce: Announce, libraries: bool
) -> None:
    venv = venv_for(CHOICES["pyodide_version"][0])
    project = BakedProject(generate(tmp_path, starter="blank"), "")
    announce("Adding patterns to a blank project …")
    run(project, "pyscript add pattern worker canvas repl charts", venv)
    run(project, "ruff check && ruff format --check && mypy && pytest -q tests/unit", venv)
    files = ADDED | CHARTED
    if libraries:
        bring_libraries(project.path / "app" / "scripts")
    else:
        files |= STAND_INS
    for name, text in files.items():
        path = project.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    settings = project.path / "pyproject.toml"
    brought = [f"app/scripts/{Path(name).name}" for name in LIBRARIES.values()]
    with settings.open("a", encoding="utf-8") as opened:
        opened.write(f"\n[tool.pyscript-test]\nscripts_of_others = {json.dumps(brought)}\n")
    table = project.path / "app" / "pages" / "__init__.py"
    first, _ = table.read_text(encoding="utf-8").rsplit("]", 1)
    lines = """    Page("sums", "Sums", "Computed by a worker."),
    Page("charted", "Charts", "Drawn by JavaScript."),
"""
    table.write_text(f"{first}{lines}]\n", encoding="utf-8")

    # Built, other projects are opened that have a worker; what is Plotly's and Vega's own, axe and
    # the keyboard find in the libraries themselves.
    charts = "charted" if libraries else "charts_are_drawn"
    chosen = f"test_project or {charts} or (sums and not works_built_and_offline)"
    tests = f"pytest -q tests/unit/test_project.py tests/e2e -k '{chosen}'"
    run(project, f"pyscript vendor --no-snapshot && ruff check && mypy && {tests}", venv)
