"""A project from before the kit is moved to it by the commands of docs/moving.md, in their order:
what its author wrote is kept, and what they had changed in the toolchain is named."""

import json
import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from conftest import ONE_PROCESS, Announce, VenvFor
from questions import CHOICES, REPOSITORY
from test_tutorial import Reader, instead_of_installing, read_steps
from test_update import (
    ALIKE,
    Edit,
    Template,
    after,
    apply,
    commit_all,
    contents,
    cruft,
    instead,
    run,
    unpack,
)

# The last commit of the template whose projects have the toolchain in source.
BEFORE_THE_KIT = "41e1e12e3a5190744e23fd23523174d49832639b"

PAGE = '''"""When to swim."""

from patterns.dom import Element, element
from patterns.events import Handlers


def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page."""
    root.append(element("h1", "Tides"), element("p", "At noon.", class_="tides"))
'''
TEST = """from playwright.sync_api import expect

from tests.e2e.driver import App


def test_the_page_says_when(app: App) -> None:
    app.open("tides")
    expect(app.page.get_by_text("At noon.")).to_be_visible()
"""
AUTHORS_FILES = {
    "app/pages/tides.py": PAGE,
    "tests/e2e/pages/test_tides.py": TEST,
    "tools/mine.py": '"""What I run by hand."""\n',
}


def with_a_page(table: str) -> str:
    """The table of pages with one more, between two lines that the template has not changed."""
    line = '    Page("tides", "Tides", "When to swim."),\n'
    place = '    Page("plot",'
    if place in table:
        return table.replace(place, line + place)
    if "PAGES = (" in table:  # a table of one page, as it was written before
        return table.replace("PAGES = (", f"PAGES = (\n{line}    ")
    return table.replace("] = [\n", f"] = [\n{line}")


KEPT: dict[str, Edit] = {
    "README.md": instead("# My PyScript App", "# Tides"),
    "app/index.html": instead("<title>My PyScript App</title>", "<title>Tides</title>"),
    "app/main.py": after('print("started")\n'),
    "app/pages/__init__.py": with_a_page,
    "app/pages/home.py": after("\nMINE = True\n"),
    "app/style.css": after("\n.tides {\n  color: teal;\n}\n"),
}
TAKEN_IN: dict[str, Edit] = {
    "tests/unit/tools/test_lock.py": after("\n# My test.\n"),
    "tools/dev.py": after("\n# My change.\n"),
}
PACKAGE = instead('    "ruff>=0.14",\n', '    "ruff>=0.14",\n    "idna>=3",\n')


@pytest.fixture
def template(tmp_path: Path) -> Template:
    """The template as it was before the kit."""
    unpack(BEFORE_THE_KIT, tmp_path / "before")
    made = Template(tmp_path / "template")
    made.take(tmp_path / "before")
    return made


def as_its_author_left_it(project: Path) -> None:
    """Commit a project as it was made, and then as its author has changed it."""
    commit_all(project)
    apply(KEPT | TAKEN_IN | {"pyproject.toml": PACKAGE}, project)
    for name, text in AUTHORS_FILES.items():
        (project / name).write_text(text, encoding="utf-8")
    (project / "tests" / "unit" / "test_table.py").unlink()
    commit_all(project)


def link(project: Path, template: Template, answers: dict[str, str]) -> None:
    """Link a project that cookiecutter made, as docs/updating.md says."""
    state = run(template.path, "git", "rev-parse", "HEAD").strip()
    given = json.dumps(answers | {"project_slug": "app"})
    options = ["--checkout", state, "--no-input", "--extra-context", given]
    cruft(project, "link", str(template.path), *options)
    commit_all(project)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("starter", "made_by"),
    [pytest.param("gallery", "cruft", marks=pytest.mark.long), ("blank", "cookiecutter")],
)
def test_a_project_with_the_toolchain_in_it_is_moved_to_the_kit(
    tmp_path: Path,
    template: Template,
    venv_for: VenvFor,
    announce: Announce,
    starter: str,
    made_by: str,
) -> None:
    announce(f"Moving a {starter} project from before the kit …")
    answers = {"starter": starter}
    project = template.create(tmp_path / "work", answers)
    if made_by == "cookiecutter":
        (project / ".cruft.json").unlink()
    as_its_author_left_it(project)
    if made_by == "cookiecutter":
        link(project, template, answers)
    template.take(REPOSITORY)
    reader = Reader(
        project,
        ALIKE
        | {name: os.environ[name] for name in ("COOKIECUTTER_CONFIG", "MYPY_CACHE_DIR")}
        | ONE_PROCESS,
        {
            "uvx cruft": f"{shlex.quote(sys.executable)} -m cruft",
            # It ends with what is left to do.
            'git merge --message "Move': '! git merge --message "Move',
            **instead_of_installing(venv_for(CHOICES["pyodide_version"][0])),
            "pyscript vendor": "pyscript vendor --no-snapshot",
            "mypy\npytest": "mypy\npytest -q tests/unit && pytest -q tests/e2e/pages/test_tides.py",
        },
    )

    guide = (REPOSITORY / "docs" / "moving.md").read_text(encoding="utf-8")
    for step in read_steps(guide):
        if "checkout --theirs pyproject" in step.text:
            if starter == "blank":  # whose settings git has merged
                continue
            reader.run(step.text)
            apply({"pyproject.toml": PACKAGE, "requirements.txt": after("idna>=3\n")}, project)
            continue
        if "checkout --theirs app/pages" in step.text:
            if starter == "gallery":  # whose table git has merged
                continue
            reader.run(step.text)
            apply({"app/pages/__init__.py": with_a_page}, project)
            continue
        said = reader.run(reader.substitute(step.text))
        if step.text.startswith("git merge"):
            named = re.findall(r"modify/delete\): (\S+) deleted", said)
            assert named == sorted(TAKEN_IN)
            conflicts = {"app/pages/__init__.py"} if starter == "blank" else set()
            assert set(re.findall(r"in (app/\S+)", said)) == conflicts

    assert reader.used == set(reader.substitutions)
    aside = (project.parent / "my-changes.patch").read_text(encoding="utf-8")
    assert "+# My test.\n" in aside
    assert "+# My change.\n" in aside
    fresh = template.create(tmp_path / "fresh", answers)
    apply(KEPT, fresh)
    run(fresh, sys.executable, "-m", "ruff", "format", "--no-cache", "--quiet")
    tracked = run(project, "git", "ls-files").splitlines()
    expected, everything = contents(fresh), contents(project)
    moved = {name: everything[name] for name in tracked}
    assert moved.pop("tools/mine.py")
    assert moved.pop("app/pages/tides.py") == PAGE.encode()
    assert b"from pyscript_kit.testing import App" in moved.pop("tests/e2e/pages/test_tides.py")
    for name in ("pyproject.toml", "requirements.txt", ".cruft.json"):
        assert bool(moved.pop(name)) == bool(expected.pop(name))
    assert {name for name in moved if moved[name] != expected.get(name)} == set()
    assert expected.keys() - moved.keys() <= {"tests/unit/test_table.py"}
