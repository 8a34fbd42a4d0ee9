"""Whether a project agrees with its lock: each thing that may not, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from madeup import INDEX
from pyscript_kit.errors import ToolError
from pyscript_kit.lock.pinned import disagreements
from pyscript_kit.lock.reader import read_lock
from pyscript_kit.project.settings import read_project

if TYPE_CHECKING:
    from madeup import TestedProject

ON_CDN = "https://cdn.jsdelivr.net/pyodide/v{}/full/pyodide.mjs"
CORE = "https://cdn.jsdelivr.net/npm/@pyscript/core@{}/dist"


@pytest.fixture
def found(app: TestedProject) -> Callable[[], list[str]]:
    """Call it for what does not agree now."""

    def find() -> list[str]:
        return disagreements(read_project(app.root), read_lock(app.lock_path))

    return find


def add(app: TestedProject, name: str, text: str) -> None:
    """Write a file of a project, or more of it."""
    path = app.root / name
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(before + text, encoding="utf-8")


def on_cdn(app: TestedProject, version: str = "1.2.3") -> None:
    app.ask_for("alpha", interpreter=ON_CDN.format(version))


def test_a_project_as_it_is_made_agrees(app: TestedProject, found: Callable[[], list[str]]) -> None:
    add(
        app,
        "requirements.txt",
        "# What pip installs.\n./kit/pyscript_kit-1.0.0-py3-none-any.whl[test]\n"
        "-r more.txt\nmypy>=1.18 # not mypy==1\nalpha==1.0 # the browser's\ngamma==0.1\n",
    )
    add(
        app,
        "pyproject.toml",
        '[dependency-groups]\ndev = ["alpha==1.*", "beta>=1", { include-group = "docs" }]\n'
        "docs = [\"alpha[extra]==1.0 ; python_version > '3'\"]\n"
        '[tool.mypy]\npython_version = "3.14"\n',
    )
    add(
        app,
        "app/pyscript.toml",
        '[files]\n"{FROM}" = "./pages"\n"{FROM}/home.py" = "./"\n"./data/table.csv" = ""\n'
        '"https://example.org/util.py" = "./"\n"/elsewhere.py" = "./"\n',
    )

    assert found() == []


def test_the_lock_is_for_the_packages_of_the_app(
    app: TestedProject, found: Callable[[], list[str]]
) -> None:
    app.ask_for("Alpha")
    assert found() == []

    app.ask_for("alpha", "gamma")

    (sentence,) = found()
    assert "ask for different packages (gamma): run `pyscript lock`" in sentence


def test_the_interpreter_is_the_locked_one(
    app: TestedProject, found: Callable[[], list[str]]
) -> None:
    (app.app / "index.html").write_text("no PyScript in it", encoding="utf-8")
    on_cdn(app)
    assert found() == []

    on_cdn(app, "1.2.2")

    (sentence,) = found()
    assert "pins Pyodide 1.2.3: write 'https://cdn.jsdelivr.net/pyodide/v1.2.3/full" in sentence


@pytest.mark.parametrize("address", ["./gone.py", "data/gone.csv", "./data"])
def test_every_file_that_python_gets_at_the_start_is_there(
    app: TestedProject, found: Callable[[], list[str]], address: str
) -> None:
    add(app, "app/pyscript.toml", f'[files]\n"./main.py" = ""\n"{address}" = ""\n')

    (sentence,) = found()
    assert f"lists '{address}' under [files], and there is no such file in app/: " in sentence


@pytest.mark.parametrize("base", ["./runtime/pyscript", CORE.format("0.9.9")])
@pytest.mark.parametrize("where", ["self-hosted", "CDN"])
def test_a_document_that_still_names_pyscript_names_the_locked_one(
    app: TestedProject, found: Callable[[], list[str]], where: str, base: str
) -> None:
    if where == "CDN":
        on_cdn(app)
    page = INDEX.replace("./runtime/pyscript", base)
    (app.app / "index.html").write_text(page, encoding="utf-8")

    said = "".join(found())

    right = base.startswith("https:") == (where == "CDN")
    assert (said == "") == right
    assert right or f"app/index.html names {base}, but the app runs PyScript 0.9.9 from" in said


@pytest.mark.parametrize(
    ("address", "right"),
    [
        (CORE.format("0.9.8") + "/core.css", False),
        (CORE.format("0.9.9") + "/core.css", True),
        (ON_CDN.format("1.2.4"), False),
        (ON_CDN.format("1.2.3"), True),
    ],
)
def test_a_document_that_still_names_other_versions_is_named(
    app: TestedProject, found: Callable[[], list[str]], address: str, right: bool
) -> None:
    on_cdn(app)
    (app.app / "index.html").write_text(f"<link href='{address}'>", encoding="utf-8")

    said = found()

    assert [address.rpartition("/")[0].removesuffix("/full") in each for each in said] == (
        [] if right else [True]
    )


@pytest.mark.parametrize("pin", ["alpha==0.9", "Alpha ==0.9", "alpha[all]==0.9", "alpha===0.9"])
@pytest.mark.parametrize("file", ["requirements.txt", "pyproject.toml"])
def test_unit_tests_use_the_browsers_versions_of_its_packages(
    app: TestedProject, found: Callable[[], list[str]], file: str, pin: str
) -> None:
    text = f"{pin}\n" if file.endswith("txt") else f'[dependency-groups]\nown = ["{pin}"]\n'
    add(app, file, text)

    (sentence,) = found()
    assert sentence.startswith(f"{file} has ")
    assert "and runtime.lock.json has" in sentence
    assert "==1.0, then run `python -m pip install -r requirements.txt`, or `uv sync`" in sentence


def test_types_are_checked_for_the_browsers_python(
    app: TestedProject, found: Callable[[], list[str]]
) -> None:
    add(app, "pyproject.toml", '[tool.mypy]\npython_version = "3.13"\n')

    (sentence,) = found()
    assert 'for Python 3.13, and the browser\'s is 3.14: write python_version = "3.14"' in sentence


def test_settings_of_any_form_are_read_or_refused(
    app: TestedProject, found: Callable[[], list[str]]
) -> None:
    (app.root / "pyproject.toml").write_text(
        'tool = 1\n[dependency-groups]\na = 1\nb = [1, "no requirement", {}]\n'
    )
    assert found() == []

    (app.root / "pyproject.toml").write_text("[tool")
    with pytest.raises(ToolError, match=r"pyproject\.toml cannot be read"):
        found()
