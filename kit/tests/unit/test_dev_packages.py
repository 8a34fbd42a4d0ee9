"""`pyscript dev`: a package is locked and fetched as a save imports it."""

from __future__ import annotations

import os
import sys
import threading
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from baking import generate
from following import after, write
from madeup import INDEX, PACKAGES, Release
from pyscript_kit.lock.adding import add_packages
from pyscript_kit.lock.reader import read_lock
from pyscript_kit.project.settings import read_project
from pyscript_kit.serving.live import Live, State
from pyscript_kit.serving.modules import read_module
from pyscript_kit.serving.packages import LivePackages
from pyscript_kit.serving.tree import scan

if TYPE_CHECKING:
    from collections.abc import Callable

    from madeup import LocalCdn, TestedProject

MORE = {
    **PACKAGES,
    "delta": ("4.0", [], "py3-none-any"),
    "scikit-image": ("0.9", ["gamma"], "py3-none-any"),
    # As 0.28.3 has it, and 314.0.3 does not.
    "sqlite3": ("1.0.0", [], "py3-none-any"),
}


@pytest.fixture
def release() -> Release:
    """One whose packages are not all called like their modules."""
    return Release(packages=MORE, imports={"scikit-image": ["skimage", "_skimage"]})


@pytest.fixture
def live(project: TestedProject, cdn: LocalCdn) -> Live:
    """An app that imports what is locked, looked at once."""
    write(project.app / "index.html", INDEX)
    write(project.app / "main.py", "import alpha, json\n")
    found = Live(project.root)
    found.prepare()
    return found


def saving(live: Live, text: str) -> Callable[[], None]:
    """A save of the app's script."""
    return lambda: write(live.root / "app" / "main.py", text)


def at_rest(live: Live, text: str) -> Callable[[State], bool]:
    """That a save has been looked at, and nothing is under way for it."""
    script = live.root / "app" / "main.py"

    def wanted(state: State) -> bool:
        seen = "main.py" in live.tree and live.tree["main.py"].size == len(text)
        return script.read_text(encoding="utf-8") == text and seen and not state.preparing

    return wanted


def asked(project: TestedProject) -> list[str]:
    """What the app asks for."""
    config = tomllib.loads((project.app / "pyscript.toml").read_text(encoding="utf-8"))
    return [*config.get("packages", []), *config.get("packages_on_demand", [])]


def locked(project: TestedProject) -> set[str]:
    """The packages of the lock."""
    return {*read_lock(project.lock_path).packages}


def test_what_a_save_imports_is_locked_and_fetched_before_the_page_reloads(
    live: Live, project: TestedProject, release: Release, capsys: pytest.CaptureFixture[str]
) -> None:
    before = live.state.version
    wheel = project.runtime / release.path_of("gamma")
    seen: list[tuple[bool, bool]] = []
    text = "import alpha, gamma\n"

    def wanted(state: State) -> bool:
        if state.version != before and not state.preparing:
            seen.append((wheel.is_file(), not state.problems))
        return bool(seen)

    after(live, (saving(live, text), wanted))

    assert seen == [(True, True)]
    assert asked(project) == ["alpha", "gamma"]
    assert locked(project) == {"alpha", "beta", "gamma"}
    said = [line for line in capsys.readouterr().out.splitlines() if "gamma" in line]
    assert said == [
        "Added gamma 0.3 (0.0 MB) to app/pyscript.toml and the lock: the app imports gamma."
    ]


def test_a_module_leads_to_the_package_that_has_it(
    live: Live, project: TestedProject, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "from skimage.filters import gaussian\n"

    after(
        live,
        (
            saving(live, text),
            lambda state: "scikit-image" in locked(project) and not state.preparing,
        ),
    )

    assert asked(project) == ["alpha", "scikit-image"]
    out = capsys.readouterr().out
    assert "Added scikit-image 0.9, and 1 package that it needs (" in out
    assert "the app imports skimage, which the package scikit-image has." in out


@pytest.mark.parametrize(
    "text",
    [
        "import json, ssl, math, sys, js, pyscript, pyodide.ffi, pyodide_js\n",
        "from __main__ import json\n",
        "try:\n    import gamma\nexcept ImportError:\n    gamma = None\n",
        "text = 'import gamma'\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import gamma\n",
        "import local_module\n",
    ],
)
def test_nothing_is_looked_up_for_what_needs_no_package(
    live: Live, project: TestedProject, cdn: LocalCdn, text: str
) -> None:
    write(project.app / "local_module.py", "typing = 1\n")
    write(project.app / "typing.py", "TYPE_CHECKING = False\n")
    cdn.asked.clear()

    after(live, (saving(live, text), at_rest(live, text)))

    assert (asked(project), cdn.asked) == (["alpha"], [])
    assert live.state.problems == ()


def test_a_part_of_python_that_the_release_has_as_a_package_is_one(
    live: Live, project: TestedProject
) -> None:
    text = "import sqlite3, ssl\n"

    after(live, (saving(live, text), lambda _: "sqlite3" in locked(project)))

    assert asked(project) == ["alpha", "sqlite3"]


def test_a_part_of_python_that_the_release_leaves_out_is_named(live: Live) -> None:
    text = "import alpha\nimport tkinter\n"

    [state] = after(live, (saving(live, text), lambda state: bool(state.problems)))

    [problem] = state.problems
    assert "Pyodide 1.2.3 leaves tkinter out of Python" in problem.message
    assert (problem.file, problem.line, problem.text) == ("app/main.py", 2, "import tkinter")


def test_a_name_that_nobody_has_comes_with_the_command_and_stops_nothing(
    live: Live, project: TestedProject
) -> None:
    before = live.state.version
    text = "def act():\n    from humanize.time import naturaldelta\n"

    [state] = after(live, (saving(live, text), lambda state: bool(state.problems)))

    [problem] = state.problems
    assert "run `pyscript add humanize`" in problem.message
    assert (problem.file, problem.line, problem.column) == ("app/main.py", 2, 5)
    assert (problem.stops, state.preparing) == (False, False)
    assert state.version != before
    assert asked(project) == ["alpha"]


def test_without_a_network_all_is_as_it_was_until_there_is_one(
    live: Live, project: TestedProject, cdn: LocalCdn
) -> None:
    config, lock = (project.app / "pyscript.toml").read_bytes(), project.lock_path.read_bytes()
    text = "import alpha, gamma\n"
    cdn.close()

    failed, mended = after(
        live,
        (saving(live, text), lambda state: bool(state.problems) and not state.preparing),
        (saving(live, "import alpha\n"), lambda state: not state.problems),
    )

    [problem] = failed.problems
    assert problem.title == "A package could not be added"
    assert problem.message.startswith("The app imports gamma: cannot get ")
    assert "connect to the network" in problem.message
    assert (problem.stops, problem.file, problem.line) == (True, "app/main.py", 1)
    assert (project.app / "pyscript.toml").read_bytes() == config
    assert project.lock_path.read_bytes() == lock
    assert mended.problems == ()


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX permissions")
def test_a_project_that_cannot_be_written_is_named(
    live: Live, project: TestedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, lock = (project.app / "pyscript.toml").read_bytes(), project.lock_path.read_bytes()
    real = Path.open

    def refusing(path: Path, mode: str = "r", *rest: Any, **options: Any) -> Any:
        # Root may write everywhere.
        if "w" in mode and path.name.endswith("-new"):
            raise OSError(30, os.strerror(30))
        return real(path, mode, *rest, **options)

    monkeypatch.setattr(Path, "open", refusing)
    [state] = after(
        live,
        (saving(live, "import gamma\n"), lambda state: bool(state.problems)),
    )

    assert "Read-only file system" in state.problems[0].message
    assert "make it writable" in state.problems[0].message
    assert (project.app / "pyscript.toml").read_bytes() == config
    assert project.lock_path.read_bytes() == lock


def test_saves_while_a_lock_is_being_made_wait_and_the_last_one_wins(
    live: Live,
    project: TestedProject,
    cdn: LocalCdn,
    release: Release,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hold = cdn.hold(release.path_of("gamma"))
    runs: list[list[str]] = []
    at_once = threading.Lock()

    def counted(root: Path, names: list[str], **options: Any) -> object:
        assert at_once.acquire(blocking=False), "two locks at once"
        runs.append(names)
        try:
            return add_packages(root, names, **options)
        finally:
            at_once.release()

    def save_often() -> None:
        write(project.app / "main.py", "import gamma\n")
        hold.asked.wait(10)
        for number in range(10):
            write(project.app / "main.py", f"import gamma\nx = {number}\n")
            tomllib.loads((project.app / "pyscript.toml").read_text(encoding="utf-8"))
            read_lock(project.lock_path)
            time.sleep(0.1)
        write(project.app / "main.py", "import gamma, delta\n")
        hold.released.set()

    monkeypatch.setattr("pyscript_kit.serving.packages.add_packages", counted)
    after(
        live,
        (save_often, lambda state: "delta" in locked(project) and not state.preparing),
    )

    assert runs == [["gamma"], ["delta"]]
    assert asked(project) == ["alpha", "delta", "gamma"]
    assert (project.runtime / release.path_of("delta")).is_file()
    assert live.state.problems == ()
    left = {path.name for path in (*project.root.iterdir(), *project.app.iterdir())}
    assert not [name for name in left if name.endswith(("-new", "-former"))]


def test_an_app_that_brings_an_archive_is_not_told_of_what_it_may_have(
    live: Live, project: TestedProject
) -> None:
    with (project.app / "pyscript.toml").open("a", encoding="utf-8") as config:
        config.write('[files]\n"./tools.zip" = "./*"\n')
    (project.app / "tools.zip").write_bytes(b"PK")
    text = "import in_the_archive\n"

    after(live, (saving(live, text), at_rest(live, text)))

    assert live.state.problems == ()


@pytest.mark.parametrize(
    ("path", "text", "more"),
    [
        ("pages/page.py", "import delta\n", ""),
        ("pages/page.py", "from lib import sums\n", ""),
        ("pages/page.py", "worker = named_worker('a', 'lib.sums')\n", ""),
        ("main.py", "PyWorker('./lib/sums.py')\n", ""),
        ("other.html", "", '[files]\n"./lib/sums.py" = "./"\n'),
        ("index.html", '<script type="py" src="./lib/sums.py"></script>', ""),
    ],
)
def test_what_something_of_the_app_leads_to_counts(
    live: Live, project: TestedProject, path: str, text: str, more: str
) -> None:
    write(project.app / "lib" / "sums.py", "import delta\n")
    with (project.app / "pyscript.toml").open("a", encoding="utf-8") as config:
        config.write(more)

    after(
        live,
        (lambda: write(project.app / path, text), lambda _: "delta" in locked(project)),
    )


def test_a_module_that_nobody_uses_yet_does_not(live: Live, project: TestedProject) -> None:
    text = "import alpha, sys\n"
    write(project.app / "lib" / "unused.py", "import delta\n")

    after(live, (saving(live, text), at_rest(live, text)))

    assert asked(project) == ["alpha"]


def test_ctrl_c_waits_for_a_lock_that_is_being_written(
    live: Live, project: TestedProject, cdn: LocalCdn, release: Release
) -> None:
    hold = cdn.hold(release.path_of("gamma"))

    after(
        live,
        (saving(live, "import gamma\n"), lambda _: True),
        (lambda: hold.asked.wait(10), lambda _: True),
    )
    threading.Timer(0.2, hold.released.set).start()
    live.close()
    live.end()

    assert asked(project) == ["alpha", "gamma"]
    assert locked(project) == {"alpha", "beta", "gamma"}


@pytest.mark.parametrize("starter", ["blank", "gallery"])
def test_a_new_project_lacks_nothing(tmp_path: Path, starter: str) -> None:
    root = generate(tmp_path, starter=starter)
    paths = [path for path in scan(root / "app") if path.endswith(".py")]
    modules = {path: read_module(root / "app", path) for path in paths}
    found = LivePackages(root)

    assert found.look(read_project(root), modules, None, lambda: None) == ()
    assert not found.busy
