"""What the kit gives to the tests of an app: the plugin, and the checks of its source."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from madeup import TestedProject
from pyscript_kit.errors import ToolError
from pyscript_kit.site.build import lay_out_site
from pyscript_kit.testing import sourcechecks

TABLE = """
from typing import NamedTuple

class Page(NamedTuple):
    route: str
    title: str
    summary: str = "What it is for."
    packages: tuple[str, ...] = ()
    styled: bool = False

PAGES = ({lines})
"""
HOME = "Page('home', 'Home'),"
MODULE = "from patterns.dom import element\n\ndef mount(root, handlers):\n    pass\n"


class Author:
    """A project of one page, and what its author does to it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("app/pyscript.toml", 'interpreter = "./runtime/preboot/preboot.mjs"\n')
        self.write("app/index.html", "<!doctype html><title>App</title><main></main>\n")
        self.write("app/pages/home.py", MODULE)
        self.write("app/patterns/__init__.py", "")
        self.write("app/patterns/dom.py", "element.insertAdjacentHTML('beforeend', markup)\n")
        self.table(HOME)
        self.write(
            "pyproject.toml",
            "[tool.pytest.ini_options]\n"
            'addopts = "--import-mode=importlib -p pyscript_kit.testing.plugin"\n',
        )

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def table(self, *lines: str) -> None:
        self.write("app/pages/__init__.py", TABLE.format(lines="".join(lines)))

    def test(self, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run pytest as the author does."""
        mine = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options],
            cwd=self.root,
            env=mine | environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def author(tmp_path: Path) -> Author:
    return Author(tmp_path / "project")


Check = Callable[[Path], None]


def complaint(check: Check, author: Author) -> str:
    """What a check says of a project that it does not let pass."""
    with pytest.raises(AssertionError) as raised:
        check(author.root)
    return str(raised.value)


ALL_BUT_THE_LOCK = [
    check for check in sourcechecks.PROJECT if check is not sourcechecks.agrees_with_its_lock
]


@pytest.mark.parametrize("check", ALL_BUT_THE_LOCK)
def test_a_project_of_one_page_passes(author: Author, check: Check) -> None:
    check(author.root)


def test_a_table_without_a_line_is_found(author: Author) -> None:
    author.table()
    assert "PAGES is empty" in complaint(sourcechecks.pages_have_routes_of_their_own, author)


def test_two_lines_of_one_route_are_found(author: Author) -> None:
    author.table(HOME, "Page('other', 'Other'),", "Page('home', 'Again'),")
    said = complaint(sourcechecks.pages_have_routes_of_their_own, author)
    assert "more than one line for home" in said


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Page('my-page', 'Mine'),", "'my-page' cannot be the name of a module"),
        ("Page('home', ''),", "'home' has no title"),
        ("Page('home', 'Home', ''),", "'home' has no summary"),
    ],
)
def test_a_page_without_a_name_is_found(author: Author, line: str, reason: str) -> None:
    author.table(line)
    assert reason in complaint(sourcechecks.pages_are_named, author)


def test_a_line_without_its_module_is_found(author: Author) -> None:
    author.table(HOME, "Page('lost', 'Lost'),")
    said = complaint(sourcechecks.lines_have_their_modules, author)
    assert said.startswith("app/pages/lost.py is missing")


@pytest.mark.parametrize(
    "source",
    ["", "def show(root, handlers): ...\n", "def mount(root): ...\n", f"{MODULE}{MODULE}"],
)
def test_a_module_without_its_mount_is_found(author: Author, source: str) -> None:
    author.write("app/pages/home.py", source)
    said = complaint(sourcechecks.lines_have_their_modules, author)
    assert "app/pages/home.py needs one function mount(root, handlers)" in said


def test_mount_may_be_async(author: Author) -> None:
    author.write("app/pages/home.py", f"async {MODULE[MODULE.index('def') :]}")
    sourcechecks.lines_have_their_modules(author.root)


def test_a_module_without_its_line_is_found(author: Author) -> None:
    author.write("app/pages/forgotten.py", MODULE)
    said = complaint(sourcechecks.modules_have_their_lines, author)
    assert said.startswith("app/pages/forgotten.py has no line")


def test_a_style_sheet_without_its_line_is_found(author: Author) -> None:
    author.write("app/pages/home.css", "p { color: red }\n")
    said = complaint(sourcechecks.modules_have_their_lines, author)
    assert "styled by app/pages/home.css" in said

    author.table("Page('home', 'Home', styled=True),")
    sourcechecks.modules_have_their_lines(author.root)


def test_a_line_without_its_style_sheet_is_found(author: Author) -> None:
    author.table("Page('home', 'Home', styled=True),")
    said = complaint(sourcechecks.modules_have_their_lines, author)
    assert said.startswith("app/pages/home.css is missing")


@pytest.mark.parametrize(
    "source",
    [
        "import js\n",
        "import pyodide.ffi\n",
        "from pyscript import window\n",
        "def mount(root, handlers):\n    from pyodide_js import loadPackage\n",
    ],
)
def test_a_page_that_goes_past_patterns_is_found(author: Author, source: str) -> None:
    author.write("app/pages/home.py", source)
    said = complaint(sourcechecks.pages_reach_the_browser_through_patterns, author)
    assert said.startswith("app/pages/home.py imports ")
    assert "app/patterns/" in said


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("app/pages/home.py", "root.innerHTML = typed\n", "innerHTML"),
        ("app/patterns/dom.py", "root.insertAdjacentHTML('a', b)\nx.innerHTML = b", "innerHTML"),
        ("app/scripts/own.js", "element.innerHTML = text;\n", "innerHTML"),
        ("app/scripts/own.mjs", "eval(text);\n", "eval("),
        ("app/index.html", "<!doctype html><main onload='act()'></main>\n", "onload="),
    ],
)
def test_data_that_becomes_markup_is_found(
    author: Author, name: str, text: str, found: str
) -> None:
    author.write(name, text)
    said = complaint(sourcechecks.data_becomes_no_markup, author)
    assert said.startswith(name)
    assert found in said


def test_what_vendor_makes_is_not_the_authors(author: Author) -> None:
    author.write("app/runtime/pyscript/core.js", "element.innerHTML = text;\n")
    author.write("app/.runtime-new/pyscript/core.js", "element.innerHTML = text;\n")
    sourcechecks.data_becomes_no_markup(author.root)


def test_a_script_of_others_may_do_as_it_does_once_it_is_named(author: Author) -> None:
    author.write("app/scripts/plotly.min.js", "element.innerHTML = text;\n")
    author.write("app/scripts/own.js", "")
    said = complaint(sourcechecks.data_becomes_no_markup, author)
    assert "scripts_of_others of [tool.pyscript-test] in pyproject.toml" in said

    setting = "[tool.pyscript-test]\nscripts_of_others = "
    author.write("pyproject.toml", f'{setting}["app/scripts/plotly.min.js"]\n')
    sourcechecks.data_becomes_no_markup(author.root)

    author.write("app/scripts/own.js", "eval(text);\n")
    said = complaint(sourcechecks.data_becomes_no_markup, author)
    assert said.startswith("app/scripts/own.js makes markup or code: eval(")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ('"app/scripts/plotly.js"', "is not a list of files"),
        ("[1]", "is not a list of files"),
        ('["app/scripts/gone.js"]', "holds 'app/scripts/gone.js', which is not a file"),
    ],
)
def test_a_setting_that_names_no_scripts_is_refused(author: Author, value: str, said: str) -> None:
    author.write("pyproject.toml", f"[tool.pyscript-test]\nscripts_of_others = {value}\n")
    with pytest.raises(ToolError, match=re.escape(said)):
        sourcechecks.data_becomes_no_markup(author.root)


def test_a_project_that_does_not_agree_with_its_lock_is_found(app: TestedProject) -> None:
    app.ask_for("alpha", "gamma")
    with pytest.raises(AssertionError, match=r"ask for different packages \(gamma\)"):
        sourcechecks.agrees_with_its_lock(app.root)


# What a test of patterns needs: the doubles, and not the commands' package of the same name.
UNIT = """
import pyscript
from pages import PAGES
from pyscript import window

def test_the_browser_is_a_double(reported):
    window.dispatchEvent(window.CustomEvent.new("app:error", {"detail": "broken"}))
    assert reported == ["broken"]
    assert "doubles" in pyscript.__file__
    assert [page.route for page in PAGES] == ["home"]
"""


def test_unit_tests_import_the_app_and_doubles(author: Author) -> None:
    author.write("tests/unit/test_one.py", UNIT)
    author.write("tests/conftest.py", "from pages import PAGES\nfrom pyscript import window\n")
    result = author.test("-q")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "1 passed" in result.stdout


def test_unit_tests_come_first_wherever_they_lie(author: Author) -> None:
    author.write(
        "tests/a/test_page.py",
        "def test_page(app): ...\ndef test_math(): ...\ndef test_check(checked_app, check): ...\n",
    )
    author.write("tests/b/test_more.py", "def test_more(project_root): ...\n")

    said = author.test("-q", "--collect-only").stdout

    assert re.findall(r"::(test_\w+)", said) == [
        "test_math",
        "test_more",
        "test_page",
        "test_check",
    ]


def test_without_a_runtime_it_ends_at_once_and_says_how_to_get_one(author: Author) -> None:
    author.write("tests/test_page.py", "def test_page(app): ...\ndef test_other(app): ...\n")

    result = author.test("-q")

    assert result.returncode == 2
    assert "app/runtime is missing: run `pyscript vendor` first." in result.stdout
    assert "Traceback" not in result.stdout


COUNTED = """
from pathlib import Path

from pyscript_kit.testing import fixtures


def note(name, text):
    with Path(name).open("a") as file:
        print(text, file=file)


fixtures.lay_out_site = lambda root, folder: note("builds.txt", folder)
"""


def test_processes_share_one_built_site(author: Author) -> None:
    author.write("app/runtime/is-there", "")
    author.write("tests/conftest.py", COUNTED)
    author.write(
        "tests/test_site.py",
        "from pathlib import Path\n\ndef test_site(built_site):\n"
        "    print(built_site, file=Path('sites.txt').open('a'))\n",
    )

    result = author.test("-q", "--numprocesses=2", "--dist=each")

    assert "2 passed" in result.stdout, result.stdout
    builds = (author.root / "builds.txt").read_text().splitlines()
    assert (author.root / "sites.txt").read_text().splitlines() == builds * 2


def test_without_a_browser_it_ends_at_once_and_says_how_to_get_one(
    author: Author, tmp_path: Path
) -> None:
    author.write("tests/test_page.py", "def test_page(browser): ...\n")

    result = author.test("-q", PATH=str(tmp_path), PLAYWRIGHT_BROWSERS_PATH=str(tmp_path))

    assert result.returncode == 2
    assert "No chromium was found: run `playwright install chromium`." in result.stdout


def test_outside_of_a_project_the_app_cannot_be_tested(author: Author) -> None:
    author.write("tests/test_page.py", "def test_page(project_root): ...\n")
    (author.root / "app" / "pyscript.toml").unlink()

    result = author.test("-q")

    assert result.returncode == 2
    assert "run pytest in the project" in result.stdout


def test_checks_say_what_they_compared(author: Author) -> None:
    author.write(
        "tests/test_lines.py",
        "from pyscript_kit.testing import checks\n"
        "class App:\n"
        "    booted_from = 'base'\n"
        "    def boot(self, route): ...\n"
        "    def wait_for_page(self, route): ...\n"
        "    def said_by_loader(self): return ['info: preboot: no such file']\n"
        "def test_lines():\n"
        "    page = type('Page', (), {'route': 'home'})\n"
        "    checks.starts_from_its_snapshot(App(), page)\n",
    )

    said = author.test("-q").stdout

    assert "Left contains one more item: 'info: preboot: no such file'" in said
    assert ">       checks.starts_from_its_snapshot(App(), page)" in said
    assert "testing/checks.py" not in said


def test_the_site_that_tests_open_is_made_without_compressing(
    app: TestedProject, tmp_path: Path
) -> None:
    assert app.run("vendor").exit_code == 0
    before = app.served()
    site = tmp_path / "site"
    site.mkdir()

    lay_out_site(app.root, site)

    assert (site / "index.html").is_file()
    assert (site / "sw.js").is_file()
    assert not [*site.rglob("*.br")]
    assert app.served() == before
    assert not (app.root / "dist").exists()


def test_a_unit_test_runs_coroutines_while_a_browser_is_open(author: Author) -> None:
    # Processes take tests from each other: one in a browser can come before a unit test.
    author.write(
        "tests/test_both.py",
        "import asyncio\n"
        "import pytest\n"
        "@pytest.fixture(scope='session')\n"
        "def playwright():\n"
        "    loop = asyncio.new_event_loop()\n"
        "    asyncio._set_running_loop(loop)\n"
        "    yield\n"
        "    assert asyncio.get_running_loop() is loop\n"
        "    asyncio._set_running_loop(None)\n"
        "    loop.close()\n"
        "def test_in_a_browser(playwright):\n"
        "    assert asyncio.get_running_loop()\n"
        "@pytest.fixture\n"
        "def asked():\n"
        "    return asyncio.run(asyncio.sleep(0, 'answer'))\n"
        "def test_coroutine(asked):\n"
        "    assert asyncio.run(asyncio.sleep(0, asked)) == 'answer'\n"
        "def test_in_a_browser_again(request):\n"
        "    request.getfixturevalue('playwright')\n"
        "    assert asyncio.get_running_loop()\n",
    )
    author.write(
        "conftest.py",
        "import pytest\n"
        "@pytest.hookimpl(wrapper=True, tryfirst=True)\n"
        "def pytest_collection_modifyitems(items):\n"
        "    yield\n"
        "    items.sort(key=lambda item: item.name != 'test_in_a_browser')\n",
    )
    result = author.test("-q")
    assert "3 passed" in result.stdout, result.stdout
