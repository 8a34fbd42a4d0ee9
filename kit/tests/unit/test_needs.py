"""What `pyscript vendor` reads out of an app's source without importing it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pyscript_kit.project.asked import Asked
from pyscript_kit.project.clashes import clashes, own_modules
from pyscript_kit.project.settings import Project, read_project
from pyscript_kit.snapshot.needs import read_needs

if TYPE_CHECKING:
    from madeup import Release, TestedProject

TABLE = """
from typing import NamedTuple

BOTH: tuple[str, ...] = ("alpha", "Be_ta")

PAGES: list[Page] = [
    Page("first", "First", "What there is.", BOTH),
    Page("second", "Second", "More.", packages=("beta",), styled=True),
    Page("third", "Third", "Nothing.", (), True),
    Page(computed(), "Fourth", "Unknown.", ("beta",)),
    Page("fifth", "Fifth", "Unknown.", computed()),
]
"""


def app_of(tmp_path: Path, **sources: str) -> Project:
    """A project with these modules in its app, by their paths with two underscores for a slash."""
    for name, source in sources.items():
        path = tmp_path / "app" / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    asked = (Asked("alpha", "alpha"), Asked("beta", "beta"))
    return Project(tmp_path, asked, "", ("Alpha",), ("./main.py",))


def test_packages_of_routes_come_from_the_table_of_pages(tmp_path: Path, release: Release) -> None:
    project = app_of(tmp_path)
    table = tmp_path / "app" / "pages" / "__init__.py"
    table.parent.mkdir(parents=True)
    table.write_text(TABLE)

    needs = read_needs(project, release.lock("alpha"))

    assert needs.start == ["alpha"]
    assert needs.files == ["./main.py"]
    assert needs.pages["second"] == "./pages/second.py"
    assert needs.pages[""] == "./pages/first.py"
    assert needs.styled == {"second": "second", "third": "third"}
    # The first page is that of an address without a route, too.
    assert needs.routes == {
        "": ["alpha", "be-ta"],
        "first": ["alpha", "be-ta"],
        "second": ["beta"],
    }


def test_modules_are_those_of_locked_packages_wherever_they_are_imported(
    tmp_path: Path, release: Release
) -> None:
    project = app_of(
        tmp_path,
        main="import alpha.deep, os\nfrom .sibling import name\n",
        pages__one="def draw():\n    from beta import thing, other as one\n    import gamma\n",
        runtime__tool="import alpha.never\n",
        broken="import alpha.half as\n",
    )

    needs = read_needs(project, release.lock("alpha"))

    assert needs.modules == {
        "alpha": ["alpha.deep"],
        "beta": ["beta", "beta.other", "beta.thing"],
    }


def test_what_pages_import_of_the_standard_library_is_told_apart(
    tmp_path: Path, release: Release
) -> None:
    project = app_of(
        tmp_path,
        main="import json, alpha, pages\nfrom shared import thing\n",
        shared="from email.message import Message\nimport queue, pyodide.console\n",
        queue="",
        pages__first="import json\nimport statistics\n",
        pages__second="def mount():\n    import xml.etree.ElementTree as tree\n",
    )
    (tmp_path / "app" / "pages" / "__init__.py").write_text(TABLE)

    needs = read_needs(project, release.lock("alpha"))

    assert needs.standard == {
        "/": [
            "email.message",
            "email.message.Message",
            "json",
            "pyodide.console",
            "typing",
            "typing.NamedTuple",
        ],
        "": ["statistics"],
        "first": ["statistics"],
        "second": ["xml.etree.ElementTree"],
    }


def test_what_cannot_be_read_is_passed_over(tmp_path: Path, release: Release) -> None:
    table = 'PAGES = (Page("odd", "", "", ({[]},)), Page("last", "", "", ("beta",)))'
    project = app_of(
        tmp_path,
        main="import alpha\n",
        deeper=f"x = {' + '.join(['1'] * 100_000)}\n",
        deepest="if a: pass\n" + "elif a: pass\n" * 20_000,
        pages__table="",
    )
    (tmp_path / "app" / "pages" / "__init__.py").write_text(table)

    needs = read_needs(project, release.lock("alpha"))

    assert needs.modules == {"alpha": ["alpha"]}
    assert list(needs.pages) == ["", "odd", "last"]
    assert needs.routes == {"last": ["beta"]}


def test_a_project_without_pages_needs_nothing_at_once(tmp_path: Path, release: Release) -> None:
    needs = read_needs(Project(tmp_path, (), ""), release.lock())

    assert (needs.start, needs.routes, needs.modules) == ([], {}, {})


def test_files_are_those_that_pyscript_fetches(project: TestedProject) -> None:
    with (project.app / "pyscript.toml").open("a", encoding="utf-8") as config:
        config.write('[files]\n"{FROM}" = "./shared"\n"{FROM}/a.py" = ""\n"./main.py" = "./"\n')

    assert read_project(project.root).files == ("./shared/a.py", "./main.py")


def test_what_the_app_itself_makes_importable_is_read(project: TestedProject) -> None:
    files = {
        "main.py": "",
        "statistics.py": "",
        "email/__init__.py": "",
        "email/text.py": "",
        "queue/only_a_folder.py": "",
        "lib/calendar.py": "",
        "lib/json.txt": "",
        "runtime/numpy.py": "",
        ".hidden/secrets.py": "",
    }
    for name, source in files.items():
        path = project.app / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    with (project.app / "pyscript.toml").open("a", encoding="utf-8") as config:
        config.write('[files]\n"./lib/calendar.py" = "./"\n"./lib/json.txt" = "./json.py"\n')

    found = own_modules(read_project(project.root))

    assert found == {
        "calendar": "lib/calendar.py",
        "email": "email/__init__.py",
        "json": "lib/json.txt",
        "statistics": "statistics.py",
    }


def test_a_name_that_others_have_is_told_with_the_other(
    project: TestedProject, release: Release
) -> None:
    for name in ("statistics", "compression", "alpha", "js", "fine"):
        (project.app / f"{name}.py").write_text("", encoding="utf-8")

    found = clashes(read_project(project.root), release.lock("alpha").modules)

    assert [sentence.partition(":")[0] for sentence in found] == [
        "app/alpha.py has the same name as a module of the package alpha",
        "app/compression.py has the same name as the module compression of Python",
        "app/js.py has the same name as the module js of every page",
        "app/statistics.py has the same name as the module statistics of Python",
    ]
    assert all(sentence.endswith("rename it") for sentence in found)
