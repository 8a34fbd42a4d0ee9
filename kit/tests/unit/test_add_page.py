"""`pyscript add page`, `remove page` and `remove pattern`: what they write, what they remove, and
what they leave alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from madeup import files_below
from pyscript_kit.project.pages import read_pages
from pyscript_kit.project.pagetable import line_of, routes_in, with_page, without_page

if TYPE_CHECKING:
    from madeup import TestedProject

TEMPLATE = Path(__file__).parents[3] / "{{cookiecutter.project_slug}}"
STARTERS = ["starter=blank", "starter=gallery"]


def table_of(starter: str) -> str:
    path = TEMPLATE / "_options" / starter / "app" / "pages" / "__init__.py"
    return path.read_text(encoding="utf-8")


@pytest.fixture(params=STARTERS)
def paged(request: pytest.FixtureRequest, project: TestedProject) -> TestedProject:
    """A project with the table of a starter."""
    pages = project.app / "pages"
    pages.mkdir()
    (pages / "__init__.py").write_text(table_of(request.param), encoding="utf-8")
    (pages / "home.py").write_text("def mount(root, handlers): ...\n", encoding="utf-8")
    return project


@pytest.fixture
def blank(project: TestedProject) -> TestedProject:
    pages = project.app / "pages"
    pages.mkdir()
    (pages / "__init__.py").write_text(table_of(STARTERS[0]), encoding="utf-8")
    return project


def tree(project: TestedProject) -> dict[str, bytes]:
    found = files_below(project.root)
    return {name: content for name, content in found.items() if not name.endswith(".lock")}


def git(project: TestedProject, *arguments: str) -> None:
    identity = ("-c", "user.name=ann", "-c", "user.email=ann@example.org")
    command = ["git", *identity, "-C", str(project.root), *arguments]
    subprocess.run(command, check=True, capture_output=True)


def refused(project: TestedProject, command: str, *words: str) -> str:
    before = tree(project)
    sentence = project.run(command, *words).sentence
    assert tree(project) == before
    return sentence


def test_a_page_comes_with_its_test_and_its_line_and_goes_again(paged: TestedProject) -> None:
    before = tree(paged)

    outcome = paged.run("add", "page", "decay_curve", "noise")

    assert outcome.exit_code == 0, outcome.error
    assert tree(paged).keys() - before.keys() == {
        *("app/pages/decay_curve.py", "tests/e2e/pages/test_decay_curve.py"),
        *("app/pages/noise.py", "tests/e2e/pages/test_noise.py"),
    }
    assert [*read_pages(paged.app)][-2:] == ["decay_curve", "noise"]
    table = (paged.app / "pages" / "__init__.py").read_text(encoding="utf-8")
    line = 'Page("decay_curve", "Decay curve", "What Decay curve shows, in one sentence.")'
    assert f"    {line},\n" in table
    assert "Added a line for Decay curve to app/pages/__init__.py" in outcome.output
    check_style(paged)

    assert paged.run("remove", "page", "noise", "decay_curve").exit_code == 0
    assert tree(paged) == before


def check_style(project: TestedProject) -> None:
    """See that ruff has nothing to say, as it is set up in a project."""
    (project.root / "ruff.toml").write_text(
        'line-length = 100\nsrc = ["app"]\nlint.select = ["E", "F", "W", "I", "RUF", "UP"]\n',
        encoding="utf-8",
    )
    for command in (["check"], ["format", "--check", "--diff"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", "app/pages", "tests"],
            cwd=project.root,
            capture_output=True,
            text=True,
            check=False,
        )
        # What stands for the starter's own page is no business of this test.
        assert done.returncode == 0 or "home.py" in done.stdout, done.stdout
    (project.root / "ruff.toml").unlink()


NEW = 'Page("new", "New", "s")'
SEEN = [
    ("PAGES = []\n", f"PAGES = [\n    {NEW},\n]\n"),
    ("PAGES: list[Page] = [\n]\n", f"PAGES: list[Page] = [\n    {NEW},\n]\n"),
    ('PAGES = [Page("a", "A", "s")]\n', f'PAGES = [Page("a", "A", "s"), {NEW}]\n'),
    ('PAGES = (Page("a", "A", "s"),)  # all\n', f'PAGES = (Page("a", "A", "s"), {NEW})  # all\n'),
    (
        'PAGES = [\n  Page("a", "A", "s") # last, or is it\n]\n',
        f'PAGES = [\n  Page("a", "A", "s"), # last, or is it\n  {NEW},\n]\n',
    ),
    (
        'PAGES = [\n    Page(\n        "a",\n        title="Ä, ß",\n        summary="]",\n    ),\n'
        "    # Page(later),\n]\n",
        'PAGES = [\n    Page(\n        "a",\n        title="Ä, ß",\n        summary="]",\n    ),\n'
        f"    {NEW},\n    # Page(later),\n]\n",
    ),
    (
        'PAGES = [Page("a", "A", "s"),\n         Page("b", "B", "s")]\n',
        None,
    ),
    ('PAGES = [\r\n    Page("a", "A", "s"),\r\n]\r\n', None),
]


@pytest.mark.parametrize(("text", "expected"), SEEN)
def test_a_table_may_be_laid_out_in_any_way(text: str, expected: str | None) -> None:
    made = with_page(text, NEW)

    if expected is not None:
        assert made == expected
    assert "\r\n" not in text or made.count("\n") == made.count("\r\n")
    assert routes_in(made) == [*routes_in(text), "new"]
    assert routes_in(without_page(made, "new")) == routes_in(text)


def test_a_long_line_is_written_as_formatters_do() -> None:
    made = with_page('PAGES = [\n    Page("a", "A", "s"),\n]\n', line_of("b" * 40, "B" * 40, "s"))

    assert max(map(len, made.splitlines())) <= 100
    lines = ("Page(", *(f'    "{part}",' for part in ("b" * 40, "B" * 40, "s")), "),")
    assert "".join(f"    {line}\n" for line in lines) in made


@pytest.mark.parametrize(
    "text", ["PAGES = made()\n", "PAGES = [*others]\n", "pages = []\n", "PAGES = [\n"]
)
def test_a_table_that_cannot_be_written_is_left_alone(blank: TestedProject, text: str) -> None:
    (blank.app / "pages" / "__init__.py").write_text(text, encoding="utf-8")

    assert "app/pages/__init__.py" in refused(blank, "add", "page", "decay")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("class", "'class' is a keyword of Python: choose another name, such as class_page"),
        ("statistics", "'statistics' is a module of Python"),
        ("pyodide", "'pyodide' is a module of every page"),
        ("patterns", "'patterns' is a module of this app"),
        ("tides", "'tides' is a module of this app"),
        ("home", "there is a page 'home' already"),
        ("Home", "there is a page 'home' already"),
        ("later", "app/pages/later.py exists already and is never overwritten"),
        ("aux", "'aux' is a device on Windows, not a file"),
        ("half-life", "'half-life' cannot name a page"),
        ("../out", "'../out' cannot name a page"),
        ("_hidden", "'_hidden' cannot name a page"),
        ("", "'' cannot name a page"),
        ("a" * 41, "has 41 characters"),
    ],
)
def test_a_name_that_no_page_can_have_is_refused(
    blank: TestedProject, name: str, said: str
) -> None:
    (blank.app / "tides.py").touch()
    (blank.app / "pages" / "later.py").touch()

    assert said in refused(blank, "add", "page", "decay", name)


def test_a_kind_without_a_name_asks_for_one(blank: TestedProject) -> None:
    assert "which page? Name it: `pyscript add page NAME`" in refused(blank, "add", "page")


def test_edits_that_git_does_not_have_are_not_lost(blank: TestedProject) -> None:
    blank.run("add", "page", "decay")
    page = blank.app / "pages" / "decay.py"
    page.write_text(page.read_text(encoding="utf-8") + "# a week's work\n", encoding="utf-8")

    assert "app/pages/decay.py has uncommitted changes" in refused(blank, "remove", "page", "decay")

    git(blank, "init")
    git(blank, "add", "--all")
    assert "uncommitted changes" in refused(blank, "remove", "page", "decay")
    git(blank, "commit", "--message", "Work")
    assert blank.run("remove", "page", "decay").exit_code == 0
    assert not page.exists()


def test_a_line_that_was_reworded_is_not_lost(blank: TestedProject) -> None:
    blank.run("add", "page", "decay")
    table = blank.app / "pages" / "__init__.py"
    text = table.read_text(encoding="utf-8").replace('"Decay"', '"Half-lives"')
    table.write_text(text, encoding="utf-8")

    assert "the line of 'decay' in app/pages/__init__.py has uncommitted changes" in refused(
        blank, "remove", "page", "decay"
    )


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["nowhere"], "there is no page 'nowhere': the pages are home, decay"),
        (["home", "decay"], "an app needs a first page"),
        (["decay"], "app/main.py imports pages.decay"),
    ],
)
def test_a_page_that_is_needed_stays(blank: TestedProject, names: list[str], said: str) -> None:
    blank.run("add", "page", "decay")
    (blank.app / "pages" / "home.py").touch()
    (blank.app / "main.py").write_text("from pages.decay import mount\n", encoding="utf-8")

    assert said in refused(blank, "remove", "page", *names)


@pytest.mark.parametrize("said", ["from .decay import mount", "from . import decay"])
def test_a_page_that_another_one_imports_stays(blank: TestedProject, said: str) -> None:
    blank.run("add", "page", "decay")
    (blank.app / "pages" / "home.py").write_text(f"{said}\n", encoding="utf-8")

    assert "app/pages/home.py imports pages.decay" in refused(blank, "remove", "page", "decay")


def test_a_style_sheet_and_a_unit_test_go_with_their_page(blank: TestedProject) -> None:
    blank.run("add", "page", "decay")
    for name in ("app/pages/decay.css", "tests/unit/pages/test_decay.py"):
        (blank.root / name).parent.mkdir(parents=True, exist_ok=True)
        (blank.root / name).write_text("/* mine */", encoding="utf-8")
    git(blank, "init")
    git(blank, "add", "--all")
    git(blank, "commit", "--message", "Work")

    outcome = blank.run("remove", "page", "decay")

    assert "Removed app/pages/decay.css" in outcome.output
    assert not [name for name in tree(blank) if "decay" in name and not name.startswith(".git/")]


# ------------------------------------------------------------------ patterns


def test_a_pattern_goes_with_all_that_came_with_it(project: TestedProject) -> None:
    before = tree(project)
    project.run("add", "pattern", "storage", "sketch")

    outcome = project.run("remove", "pattern", "storage", "sketch", "interop")

    assert outcome.exit_code == 0, outcome.error
    assert "Removed app/patterns/storage.py" in outcome.output
    left = {name: content for name, content in tree(project).items() if name in before}
    assert not [name for name in tree(project) if "storage" in name or "sketch" in name]
    assert left.keys() == before.keys()


@pytest.mark.parametrize(
    ("user", "text", "names"),
    [
        ("app/pages/home.py", "from patterns.storage import Setting\n", ["storage"]),
        ("app/pages/home.py", "from patterns import storage\n", ["storage"]),
        ("app/patterns/mine.py", "from .storage import Setting\n", ["storage"]),
        ("app/patterns/mine.py", "from . import storage\n", ["storage"]),
        ("app/patterns/deep/mine.py", "from .. import storage as kept\n", ["storage"]),
        ("app/patterns/storage.py", None, ["interop"]),
        ("app/main.py", 'start("./patterns/worker_host.py")\n', ["worker_host"]),
        ("app/pages/home.css", '@import "../patterns/sketch.css";\n', ["sketch"]),
        ("tests/unit/test_all.py", "from patterns.storage import Setting\n", ["storage"]),
    ],
)
def test_a_pattern_that_something_needs_stays(
    project: TestedProject, user: str, text: str | None, names: list[str]
) -> None:
    project.run("add", "pattern", "storage", "sketch", "worker")
    if text is not None:
        (project.root / user).parent.mkdir(parents=True, exist_ok=True)
        (project.root / user).write_text(text, encoding="utf-8")

    assert f"{user} still needs the pattern {names[0]}" in refused(
        project, "remove", "pattern", *names
    )


def test_an_edited_pattern_is_not_lost_and_an_unknown_one_named(project: TestedProject) -> None:
    project.run("add", "pattern", "interop")
    path = project.app / "patterns" / "interop.py"
    path.write_text("# mine\n", encoding="utf-8")

    assert "app/patterns/interop.py has uncommitted changes" in refused(
        project, "remove", "pattern", "interop"
    )
    assert "the project has no pattern 'tide': it has interop" in refused(
        project, "remove", "pattern", "tide"
    )
