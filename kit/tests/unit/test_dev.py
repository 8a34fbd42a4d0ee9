"""`pyscript dev`: what it serves, what it makes of a save, and what it does to `[files]`."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from watchfiles import awatch

from baking import generate
from following import after, write
from pyscript_kit.errors import ToolError
from pyscript_kit.project.table import changed, complete_table, lacking, lost
from pyscript_kit.serving.development import development_app, with_client
from pyscript_kit.serving.live import Live, State
from pyscript_kit.serving.modules import Module, needed_at_start, read_module
from pyscript_kit.serving.server import listen
from pyscript_kit.serving.tree import Tree, is_between, is_ignored, scan
from pyscript_kit.snapshot.manifest import read_manifest

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from madeup import LocalCdn, TestedProject

ADDRESS = "http://127.0.0.1:8000"

CONFIG = """\
# What the app needs.
interpreter = "./runtime/pyodide/pyodide.mjs"
packages = ["alpha"]

# What main.py imports.
[files]
"./data/table.csv" = "./data/"  # the numbers
"./patterns/__init__.py" = "./patterns/"
# The page itself.
"./patterns/dom.py" = "./patterns/"
"./patterns/plot.py" = "./patterns/"

[other]
key = 1
"""


@pytest.fixture
def app(project: TestedProject, cdn: LocalCdn) -> Path:
    """The app of a project that can be served: one module, one style sheet."""
    write(project.app / "index.html", "<body><p>Hello</p></body>")
    write(project.app / "style.css", "p { color: red }")
    write(project.app / "main.py", "import patterns.dom\n")
    write(project.app / "patterns" / "dom.py", "import math\n")
    config = project.app / "pyscript.toml"
    table = '\n[files]\n"./patterns/dom.py" = "./patterns/"\n'
    config.write_text(config.read_text(encoding="utf-8") + table, encoding="utf-8")
    return project.app


@pytest.fixture
def live(project: TestedProject, app: Path) -> Live:
    """The app, looked at once."""
    found = Live(project.root)
    found.prepare()
    return found


def ask(
    app: ASGIApp, path: str, method: str = "GET", host: str = ADDRESS, **headers: str
) -> httpx.Response:
    """One request, with `_` for `-` in the names of headers."""

    async def request() -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url=host
        ) as client:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.request(method, path, headers=named)

    return asyncio.run(request())


# ---------------------------------------------------------------- the port


def test_a_port_that_is_taken_gives_way_to_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    with listen(0) as first:
        port = first.getsockname()[1]
        with listen(port) as second:
            assert second.getsockname()[1] > port
            said = capsys.readouterr().out
            assert said == f"Port {port} is taken; this is {second.getsockname()[1]}.\n"


def test_a_free_port_is_taken_without_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    with listen(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
    assert capsys.readouterr().out == ""


def test_the_last_port_has_no_next_one() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 65535))
        holder.listen()
        with pytest.raises(ToolError, match="--port"):
            listen(65535)


# ---------------------------------------------------------------- the tree


@pytest.mark.parametrize(
    "path",
    [
        "runtime/pyodide/pyodide.mjs",
        "runtime",
        ".runtime-new/pyodide/pyodide.mjs",
        ".runtime.lock",
        "patterns/__pycache__/dom.cpython-311.pyc",
        ".git/index",
        "pages/.home.py.swp",
        "pages/home.py~",
        "pages/#home.py#",
        "pages/.#home.py",
        "pages/4913",
        "pages/home.py___jb_tmp___",
        "style.css.bak",
    ],
)
def test_what_nobody_wrote_is_ignored(path: str) -> None:
    assert is_ignored(path)


@pytest.mark.parametrize(
    "path",
    ["main.py", "pages/runtime.py", "pages/runtime/table.py", "data/4913.csv", "_headers"],
)
def test_what_somebody_wrote_is_not_ignored(path: str) -> None:
    assert not is_ignored(path)


def test_a_file_that_is_gone_or_empty_may_be_in_the_middle_of_a_save(tmp_path: Path) -> None:
    write(tmp_path / "main.py", "x = 1\n")
    write(tmp_path / "patterns" / "__init__.py", "")
    former = scan(tmp_path)
    assert sorted(former) == ["main.py", "patterns/__init__.py"]
    assert not is_between(former, former)

    write(tmp_path / "main.py", "")
    assert is_between(former, scan(tmp_path))
    (tmp_path / "main.py").unlink()
    assert is_between(former, scan(tmp_path))
    write(tmp_path / "main.py", "x = 2\n")
    assert not is_between(former, scan(tmp_path))


# ---------------------------------------------------------------- modules


def module(tmp_path: Path, content: str | bytes, path: str = "pages/home.py") -> Module:
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_module(tmp_path, path)


def test_a_syntax_error_is_told_with_its_place_and_line(tmp_path: Path) -> None:
    problem = module(tmp_path, "x = 1\n\n    y = (2,,)\n").problem

    assert problem is not None
    assert (problem.file, problem.line) == ("app/pages/home.py", 3)
    assert problem.text == "    y = (2,,)"
    assert str(problem).startswith("app/pages/home.py, line 3")


def test_an_error_that_only_compiling_shows_has_its_line(tmp_path: Path) -> None:
    problem = module(tmp_path, "def f():\n    pass\n\nreturn 1\n").problem

    assert problem is not None
    assert (problem.line, problem.text) == (4, "return 1")
    assert "outside function" in problem.message


@pytest.mark.parametrize("content", [b"x = '\xff'\n", b"x = 1\0\n"])
def test_bytes_that_are_no_python_are_a_problem(tmp_path: Path, content: bytes) -> None:
    problem = module(tmp_path, content).problem

    assert problem is not None
    assert problem.message


@pytest.mark.parametrize("content", ["await ready()\n", "x = '\\d'\n", "", "\ufeffx = 1\n"])
def test_what_runs_in_the_page_is_no_problem(tmp_path: Path, content: str) -> None:
    assert module(tmp_path, content, "main.py").problem is None


def test_a_module_may_be_nested_as_deeply_as_python_can_go(tmp_path: Path) -> None:
    source = f"import math\nx = {' + '.join(['1'] * 1200)}\n"

    found = module(tmp_path, source)

    assert (found.problem, found.imports) == (None, frozenset({"math"}))


@pytest.mark.parametrize(
    "content",
    [
        f"x = {' + '.join(['1'] * 100_000)}\n",
        "if a: pass\n" + "elif a: pass\n" * 20_000,
    ],
    ids=["terms", "branches"],
)
def test_a_module_that_python_cannot_follow_is_told_as_that(tmp_path: Path, content: str) -> None:
    problem = module(tmp_path, content).problem

    assert problem is not None
    assert problem.title == "Too deeply nested for Python"
    assert problem.message.startswith("Split its longest expression")


def test_imports_are_found_wherever_they_run(tmp_path: Path) -> None:
    source = """
import json, patterns.dom
from typing import TYPE_CHECKING, Any
from . import table
from ..patterns.fetch import get_text
if TYPE_CHECKING:
    import patterns.types
else:
    import patterns.values
def late():
    from patterns import plot
"""
    imports = module(tmp_path, source).imports

    assert {"patterns.dom", "pages.table", "patterns.fetch", "patterns.plot"} <= imports
    assert "patterns.values" in imports
    assert "patterns.types" not in imports


def test_python_needs_at_the_start_what_is_imported_however_far_away(tmp_path: Path) -> None:
    modules = {
        path: module(tmp_path, source, path)
        for path, source in {
            "main.py": "import pages, helper\nfrom patterns import dom\n",
            "helper.py": "",
            "pages/__init__.py": "",
            "pages/home.py": "from patterns.plot import draw\nimport numpy\n",
            "pages/other.py": "from workers import sums\n",
            "patterns/__init__.py": "",
            "patterns/dom.py": "from .deep.below import x\n",
            "patterns/deep/below.py": "",
            "patterns/plot.py": "",
            "patterns/alone.py": "",
            "workers/sums.py": "import workers.more\n",
            "workers/more.py": "",
            "workers/alone.py": "import patterns.alone\n",
        }.items()
    }

    assert needed_at_start(modules) == [
        "helper.py",
        "pages/__init__.py",
        "patterns/__init__.py",
        "patterns/deep/below.py",
        "patterns/dom.py",
        "patterns/plot.py",
        "workers/more.py",
        "workers/sums.py",
    ]


def test_what_a_worker_imports_is_needed_too_since_it_gets_what_the_page_has(
    tmp_path: Path,
) -> None:
    modules = {
        path: module(tmp_path, source, path)
        for path, source in {
            "main.py": "import pages\n",
            "pages/__init__.py": "",
            "pages/home.py": "WORKER = 'workers.deep.orbits'\nTITLE = 'workers.alone and others'\n",
            "workers/alone.py": "import science.alone\n",
            "workers/deep/__init__.py": "",
            "workers/deep/orbits.py": "from ..tools import x\nfrom science.units import metre\n",
            "workers/tools.py": "",
            "science/units.py": "",
            "science/alone.py": "",
        }.items()
    }

    assert needed_at_start(modules) == [
        "pages/__init__.py",
        "science/units.py",
        "workers/deep/__init__.py",
        "workers/tools.py",
    ]


# ---------------------------------------------------------------- the table of files


@pytest.mark.parametrize("starter", ["blank", "gallery"])
def test_a_new_project_needs_no_change(tmp_path: Path, starter: str) -> None:
    app = generate(tmp_path, starter=starter) / "app"
    before = (app / "pyscript.toml").read_bytes()
    modules = {path: read_module(app, path) for path in scan(app) if path.endswith(".py")}

    assert complete_table(app, needed_at_start(modules)) == ([], [])
    assert (app / "pyscript.toml").read_bytes() == before
    assert [module.problem for module in modules.values() if module.problem] == []


def test_a_line_is_added_among_those_of_its_folder_and_nothing_else_changes() -> None:
    new = changed(CONFIG, ["./patterns/fetch.py"], [])

    line = '"./patterns/fetch.py" = "./patterns/"\n'
    assert new.replace(line, "") == CONFIG
    assert new.index("dom.py") < new.index("fetch.py") < new.index("plot.py")


@pytest.mark.parametrize(
    ("address", "neighbour"),
    [
        ("./patterns/__about__.py", '"./data/table.csv" = "./data/"  # the numbers'),
        ("./patterns/zoom.py", '"./patterns/plot.py" = "./patterns/"'),
        ("./zebra/stripes.py", '"./patterns/plot.py" = "./patterns/"'),
    ],
)
def test_a_line_has_its_place(address: str, neighbour: str) -> None:
    lines = changed(CONFIG, [address], []).splitlines()

    folder = address.rpartition("/")[0]
    assert lines[lines.index(neighbour) + 1] == f'"{address}" = "{folder}/"'


def test_a_line_is_removed_and_nothing_else_changes() -> None:
    new = changed(CONFIG, [], ["./patterns/dom.py"])

    assert new == CONFIG.replace('"./patterns/dom.py" = "./patterns/"\n', "")


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("", '[files]\n"./a.py" = "./"\n'),
        ("name = 1", 'name = 1\n\n[files]\n"./a.py" = "./"\n'),
        ("[files]", '[files]\n"./a.py" = "./"\n'),
        ("[files] # all\n[b]\n", '[files] # all\n"./a.py" = "./"\n[b]\n'),
        ('[files]\n  "./b.py" = "./"', '[files]\n  "./a.py" = "./"\n  "./b.py" = "./"'),
        ('[files]\r\n"./A.py" = ""\r\n', '[files]\r\n"./A.py" = ""\r\n"./a.py" = "./"\r\n'),
    ],
)
def test_the_files_ends_and_line_ends_are_kept(text: str, new: str) -> None:
    assert changed(text, ["./a.py"], []) == new


@pytest.mark.parametrize(
    "text",
    [
        'files = { "./b.py" = "./" }\n',
        'files."./b.py" = "./"\n',
        'text = """\n[files]\n"""\nfiles = {}\n',
        "text = '''\n[files]\n'''\n[files]\n",
    ],
)
def test_a_table_that_is_written_otherwise_is_left_alone(tmp_path: Path, text: str) -> None:
    config = tmp_path / "pyscript.toml"
    config.write_text(text, encoding="utf-8")

    with pytest.raises(ToolError, match=r"add \./a\.py.* yourself"):
        complete_table(tmp_path, ["a.py"])

    assert config.read_text(encoding="utf-8") == text


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit of POSIX")
def test_a_table_that_cannot_be_written_is_as_it_was(tmp_path: Path) -> None:
    import resource

    config = tmp_path / "pyscript.toml"
    text = CONFIG + "# A long story.\n" * 500
    write(config, text)
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, former[1]))
    try:
        with pytest.raises(ToolError, match=r"pyscript\.toml \(File too large\)"):
            complete_table(tmp_path, ["a.py"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)

    assert config.read_text(encoding="utf-8") == text
    assert list(tmp_path.iterdir()) == [config]


def test_a_save_while_the_table_is_completed_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "pyscript.toml"
    write(config, CONFIG)
    saved = CONFIG.replace("key = 1", "key = 2")

    def save(text: str, *changes: Sequence[str]) -> str:
        write(config, saved)
        return changed(text, *changes)

    monkeypatch.setattr("pyscript_kit.project.table.changed", save)

    assert complete_table(tmp_path, ["a.py"]) == ([], [])
    assert config.read_text(encoding="utf-8") == saved


@pytest.mark.skipif(sys.platform == "win32", reason="needs a right that few have there")
def test_a_table_behind_a_link_is_completed_where_it_lies(tmp_path: Path) -> None:
    shared = tmp_path / "shared.toml"
    write(shared, "[files]\n")
    (tmp_path / "app").mkdir()
    link = tmp_path / "app" / "pyscript.toml"
    link.symlink_to(shared)

    complete_table(tmp_path / "app", ["a.py"])

    assert link.is_symlink()
    assert '"./a.py" = "./"' in shared.read_text(encoding="utf-8")


def test_a_file_that_comes_from_elsewhere_is_not_lacking() -> None:
    files = {
        "{FROM}": "./shared",
        "{FROM}/helper.py": "",
        "https://example.org/table.py": "./patterns/",
        "./old/name.py": "./patterns/new.py",
    }
    needed = ["helper.py", "patterns/table.py", "patterns/new.py", "patterns/dom.py"]

    assert lacking(files, needed) == ["patterns/dom.py"]


def test_only_modules_of_the_app_can_be_lost(tmp_path: Path) -> None:
    write(tmp_path / "there.py", "")
    files = dict.fromkeys(
        (
            "./there.py",
            "./gone.py",
            "also/gone.py",
            "./gone.csv",
            "https://example.org/gone.py",
            "/gone.py",
            "{FROM}/gone.py",
        ),
        "./",
    )

    assert lost(files, tmp_path) == ["./gone.py", "also/gone.py"]


# ---------------------------------------------------------------- what is served


def test_a_document_brings_the_script_that_follows_the_app() -> None:
    page = with_client(b"<body><p>a</body> b </BODY >\n</html>", '{"a": "<&>"}').decode()

    assert page.startswith("<body><p>a</body> b <script type=")
    assert page.endswith("</script>\n</BODY >\n</html>")
    assert 'data-state="{&quot;a&quot;: &quot;&lt;&amp;&gt;&quot;}"' in page
    assert with_client(b"<p>", "{}").startswith(b"<p><script ")


def test_nothing_that_is_written_is_kept(live: Live) -> None:
    served = development_app(live)
    types = {
        "/": "text/html; charset=utf-8",
        "/main.py": "text/x-python; charset=utf-8",
        "/pyscript.toml": "application/toml",
        "/style.css": "text/css; charset=utf-8",
        "/.dev/client.js": "text/javascript; charset=utf-8",
        "/runtime/pyodide/pyodide.mjs": "text/javascript; charset=utf-8",
        "/runtime/pyodide/pyodide.asm.wasm": "application/wasm",
    }

    for path, media_type in types.items():
        answer = ask(served, path)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == media_type
        kept = "no-cache" if path.startswith("/runtime/") else "no-store"
        assert answer.headers["cache-control"] == kept


def test_the_page_is_like_that_of_most_hosts_or_isolated(live: Live) -> None:
    plain = ask(development_app(live), "/")
    isolated = ask(development_app(live, isolated=True), "/main.py")

    assert not [name for name in plain.headers if name.startswith("cross-origin")]
    assert isolated.headers["cross-origin-opener-policy"] == "same-origin"
    assert isolated.headers["cross-origin-embedder-policy"] == "require-corp"
    assert isolated.headers["cross-origin-resource-policy"] == "cross-origin"


def test_the_runtime_is_sent_again_only_when_it_is_another(live: Live) -> None:
    served = development_app(live, isolated=True)
    path = "/runtime/pyodide/pyodide.asm.wasm"
    first = ask(served, path)

    again = ask(served, path, If_None_Match=f'"0", W/{first.headers["etag"]}')
    other = ask(
        served,
        path,
        If_None_Match='"0"',
        # A copy of an older file is older.
        If_Modified_Since="Wed, 01 Jan 2200 00:00:00 GMT",
    )

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cross-origin-embedder-policy"] == "require-corp"
    assert (other.status_code, other.content) == (200, first.content)


def test_head_asks_for_no_content(live: Live) -> None:
    answer = ask(development_app(live), "/runtime/pyodide/pyodide.mjs", "HEAD")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == "32"


def test_a_file_that_is_not_there_is_one_line(
    live: Live, capsys: pytest.CaptureFixture[str]
) -> None:
    served = development_app(live)
    capsys.readouterr()

    assert ask(served, "/pages/gone%1B.py").status_code == 404
    assert ask(served, "/core.js.map").status_code == 404
    assert ask(served, "/").status_code == 200
    assert ask(served, "/../runtime.lock.json").status_code == 404
    assert ask(served, "/%2e%2e/runtime.lock.json").status_code == 404

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "404 /pages/gone?.py"
    assert len(lines) == 3


def test_a_file_that_goes_as_it_is_asked_for_is_not_there(
    live: Live, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = development_app(live)

    def gone(_: Path) -> bytes:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_bytes", gone)

    assert ask(served, "/main.py").status_code == 404
    assert ask(served, "/").status_code == 404


def test_a_page_elsewhere_cannot_give_this_machine_its_name(live: Live) -> None:
    served = development_app(live)

    assert ask(served, "/main.py", host="http://elsewhere.example:8000").status_code == 400
    assert ask(served, "/main.py", host="http://localhost:8000").status_code == 200


# ---------------------------------------------------------------- saves


def test_a_save_is_another_version(live: Live, app: Path) -> None:
    before = live.state

    def save() -> None:
        write(app / "main.py", "import patterns.dom as dom\n")

    [state] = after(live, (save, lambda state: state.version != before.version))

    assert state.styles == before.styles
    assert state.problems == ()


def test_a_style_sheet_is_a_version_of_its_own(live: Live, app: Path) -> None:
    before = live.state

    def save() -> None:
        write(app / "style.css", "p { color: blue }")

    [state] = after(live, (save, lambda state: state.styles != before.styles))

    assert state.version == before.version


def test_a_server_that_comes_back_finds_the_same_version(live: Live) -> None:
    again = Live(live.root)
    again.prepare()

    assert again.state == live.state


def test_a_save_by_rename_is_one_version_and_leaves_the_table_alone(
    live: Live, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, table = live.state, (app / "pyscript.toml").read_bytes()
    file = app / "patterns" / "dom.py"
    seen: list[str] = []

    def save() -> None:
        file.rename(file.with_name("dom.py~"))

    def scan_while_saving(folder: Path) -> Tree:
        tree = scan(folder)
        if not file.exists():
            write(file, "import cmath\n")
        return tree

    def wanted(state: State) -> bool:
        seen.append(state.version)
        return state.version != before.version

    monkeypatch.setattr("pyscript_kit.serving.live.scan", scan_while_saving)
    after(live, (save, wanted))

    assert set(seen) - {before.version} == {seen[-1]}
    assert "patterns/dom.py" in live.tree
    assert (app / "pyscript.toml").read_bytes() == table


def test_many_saves_at_once_are_few_versions(live: Live, app: Path) -> None:
    versions = {live.state.version}

    def save() -> None:
        for number in range(50):
            write(app / "data" / f"{number}.txt", "1")

    def wanted(state: State) -> bool:
        versions.add(state.version)
        return len(live.tree) >= 54

    after(live, (save, wanted))

    assert len(versions) <= 3


def test_saves_are_found_where_the_system_does_not_tell_of_them(
    live: Live, app: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = live.state

    async def refusing(*folders: Path, **settings: Any) -> AsyncIterator[object]:
        if not settings["force_polling"]:
            raise OSError("no watches left")
        async for changes in awatch(*folders, **settings):
            yield changes

    monkeypatch.setattr("pyscript_kit.serving.watching.awatch", refusing)
    source = "import patterns.dom as dom\n"
    after(
        live,
        (lambda: write(app / "main.py", source), lambda state: state.version != before.version),
    )

    assert "(no watches left)" in capsys.readouterr().err


def test_a_syntax_error_is_told_until_it_is_mended(live: Live, app: Path) -> None:
    home = app / "pages" / "home.py"

    broken, mended = after(
        live,
        (lambda: write(home, "def mount(:\n"), lambda state: bool(state.problems)),
        (lambda: write(home, "x = 1\n"), lambda state: not state.problems),
    )

    assert [problem.file for problem in broken.problems] == ["app/pages/home.py"]
    assert broken.problems[0].text == "def mount(:"
    assert mended.version != broken.version


def test_a_line_for_a_file_that_is_not_there_is_told_until_it_is(
    live: Live, app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = app / "pyscript.toml"
    line = '"./data/gone.csv" = "./data/"\n'

    def add() -> None:
        write(config, config.read_text(encoding="utf-8") + line)

    broken, _ = after(
        live,
        (add, lambda state: bool(state.problems)),
        (lambda: write(app / "data" / "gone.csv", "1"), lambda state: not state.problems),
    )

    (problem,) = broken.problems
    assert problem.title == "A file in [files] is missing"
    assert "'./data/gone.csv' is listed under [files], but there is no such file" in problem.message
    assert "app/pyscript.toml: './data/gone.csv' is listed under [files]" in capsys.readouterr().err


def test_a_module_that_is_named_like_one_of_python_is_told_once(
    live: Live, app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = live.state

    def add() -> None:
        write(app / "statistics.py", "x = 1\n")
        write(app / "main.py", "import patterns.dom, statistics\n")

    def listed(_: State) -> bool:
        return "statistics.py" in (app / "pyscript.toml").read_text(encoding="utf-8")

    found, _ = after(
        live,
        (add, lambda state: listed(state) and state.version != before.version),
        (lambda: write(app / "data" / "x.csv", "1"), lambda _: "data/x.csv" in live.tree),
    )

    assert not found.problems
    said = "app/statistics.py has the same name as the module statistics of Python"
    assert capsys.readouterr().err.count(said) == 1


def test_a_stale_line_is_told_from_the_first_look_on(project: TestedProject, app: Path) -> None:
    config = app / "pyscript.toml"
    write(config, config.read_text(encoding="utf-8") + '"./data/gone.csv" = "./data/"\n')

    live = Live(project.root)
    live.prepare()

    assert ["./data/gone.csv" in problem.message for problem in live.state.problems] == [True]


def test_a_new_module_is_added_to_the_table_and_a_lost_one_removed(
    live: Live, app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = app / "pyscript.toml"
    before = config.read_text(encoding="utf-8")
    tables = []

    def add() -> None:
        write(app / "patterns" / "new.py", "")
        write(app / "main.py", "import patterns.dom, patterns.new\n")

    def remove() -> None:
        tables.append(config.read_text(encoding="utf-8"))
        (app / "patterns" / "new.py").unlink()
        write(app / "main.py", "import patterns.dom\n")

    def lists_it(_: State) -> bool:
        return "new.py" in config.read_text(encoding="utf-8")

    after(live, (add, lists_it), (remove, lambda state: not lists_it(state)))

    assert tables == [before + '"./patterns/new.py" = "./patterns/"\n']
    assert config.read_text(encoding="utf-8") == before
    said = capsys.readouterr().out
    assert "Added ./patterns/new.py to [files]" in said
    assert "Removed ./patterns/new.py from [files]" in said


def test_the_loader_begins_with_the_files_of_the_table(
    live: Live, project: TestedProject, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = project.runtime / "preboot" / "manifest.mjs"
    manifest.parent.mkdir()
    manifest.write_text('export default {"key":"a","files":[]};\n', encoding="utf-8")
    monkeypatch.setattr("pyscript_kit.serving.runtime.vendor_runtime", lambda *_: None)
    monkeypatch.setattr("pyscript_kit.serving.runtime.lacks_snapshots", lambda _: False)
    config = app / "pyscript.toml"
    text = config.read_text(encoding="utf-8").replace(
        "/pyodide/pyodide.mjs", "/preboot/preboot.mjs"
    )

    def save() -> None:
        write(config, text)
        write(app / "patterns" / "new.py", "")
        write(app / "main.py", "import patterns.dom, patterns.new\n")

    after(live, (save, lambda _: "new.py" in manifest.read_text(encoding="utf-8")))

    assert read_manifest(manifest) == {
        "key": "a",
        "files": ["./patterns/dom.py", "./patterns/new.py"],
        "pages": {},
        "standard": {"/": ["math"]},
        "styled": {},
        "own": [],
        "start": ["alpha"],
        "routes": {},
    }


def test_the_loader_forgets_a_first_page_that_is_removed(
    live: Live, project: TestedProject, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = project.runtime / "preboot" / "manifest.mjs"
    manifest.parent.mkdir()
    manifest.write_text('export default {"key":"a"};\n', encoding="utf-8")
    monkeypatch.setattr("pyscript_kit.serving.runtime.vendor_runtime", lambda *_: None)
    monkeypatch.setattr("pyscript_kit.serving.runtime.lacks_snapshots", lambda _: False)
    config = app / "pyscript.toml"
    boots_by_loader = config.read_text(encoding="utf-8").replace(
        "/pyodide/pyodide.mjs", "/preboot/preboot.mjs"
    )
    pages = app / "pages" / "__init__.py"

    def first_page() -> str:
        found = read_manifest(manifest) or {}
        return str(found.get("pages", {}).get("", ""))

    def save_two() -> None:
        write(pages, "PAGES: list[Page] = [\n    Page('home'),\n    Page('tides'),\n]\n")
        write(config, boots_by_loader)

    def remove_first() -> None:
        write(pages, "PAGES: list[Page] = [\n    Page('tides'),\n]\n")

    after(
        live,
        (save_two, lambda _: first_page() == "./pages/home.py"),
        (remove_first, lambda _: first_page() == "./pages/tides.py"),
    )

    told = read_manifest(manifest) or {}
    assert told["pages"] == {"": "./pages/tides.py", "tides": "./pages/tides.py"}


def test_another_lock_makes_another_runtime(live: Live, project: TestedProject, app: Path) -> None:
    before = live.state
    stages: list[bool] = []

    def save() -> None:
        project.ask_for("gamma")
        project.lock_for("gamma")

    def wanted(state: State) -> bool:
        stages.append(state.preparing)
        there = (project.runtime / "pyodide" / "gamma-0.3-py3-none-any.whl").is_file()
        return there and not state.preparing and not state.problems

    [state] = after(live, (save, wanted))

    assert True in stages
    assert state.version != before.version


def test_a_runtime_that_cannot_be_made_is_told_and_the_former_one_stays(
    live: Live, project: TestedProject, app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = app / "pyscript.toml"
    text, runtime = config.read_text(encoding="utf-8"), project.served()

    failed, mended = after(
        live,
        (
            lambda: write(config, text.replace('["alpha"]', '["alpha", "gamma"]')),
            lambda state: bool(state.problems) and not state.preparing,
        ),
        (lambda: write(config, text), lambda state: not state.problems and not state.preparing),
    )

    assert "ask for different packages (gamma)" in failed.problems[0].message
    assert "ask for different packages (gamma)" in capsys.readouterr().err
    assert project.served() == runtime
    assert mended.problems == ()


def test_no_page_is_loaded_anew_for_a_runtime_that_fails_at_once(
    live: Live, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, config = live.state, app / "pyscript.toml"
    text = config.read_text(encoding="utf-8").replace('["alpha"]', '["gamma"]')
    seen: list[State] = []

    class AtOnce:
        """A thread that is over before anybody hears that it has begun."""

        def __init__(self, target: Callable[[], None], daemon: bool) -> None:
            self.start = target
            self.join = lambda *_: None

    def wanted(state: State) -> bool:
        seen.append(state)
        # What reads the settings may be ahead of the tree, which is looked at before.
        return bool(state.problems) and state.version != before.version

    threads = SimpleNamespace(Thread=AtOnce, Event=threading.Event)
    monkeypatch.setattr("pyscript_kit.serving.runtime.threading", threads)
    after(live, (lambda: write(config, text), wanted))

    assert [state for state in seen if state.version != before.version] == seen[-1:]


def test_settings_that_are_no_toml_are_told(live: Live, app: Path) -> None:
    config = app / "pyscript.toml"
    text = config.read_text(encoding="utf-8")

    broken, _ = after(
        live,
        (lambda: write(config, text + "]"), lambda state: bool(state.problems)),
        (lambda: write(config, text), lambda state: not state.problems),
    )

    assert "not valid TOML" in broken.problems[0].message


# ---------------------------------------------------------------- the command


def test_a_runtime_that_cannot_be_made_at_first_is_one_sentence(
    project: TestedProject, app: Path
) -> None:
    project.ask_for("gamma")

    assert "ask for different packages" in project.run_apart("dev").sentence


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_ctrl_c_ends_it_at_once_though_a_page_is_connected(
    project: TestedProject, app: Path
) -> None:
    # A shell's background jobs, and all they start, ignore the signal unless told otherwise.
    program = """
import signal, typer, pyscript_kit.commands.dev as module
signal.signal(signal.SIGINT, signal.default_int_handler)
typer.run(module.dev)
"""
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", program, "--project", project.root, "--port=0", "--no-open"],
        cwd=project.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = next(line for line in process.stdout if "served at" in line)
        address = line.split(" at ")[1].split()[0]
        with urllib.request.urlopen(f"{address}.dev/events", timeout=10) as events:  # noqa: S310
            assert events.readline() == b"retry: 300\n"
            process.send_signal(signal.SIGINT)
            output, error = process.communicate(timeout=10)
    finally:
        process.kill()

    assert (process.returncode, error) == (0, "")
    assert output.splitlines()[-1] == "Stopped."
