"""`pyscript dev`: an app that is served while its snapshots are being made."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from following import after, write
from madeup import files_below
from makers import manifest_of
from pyscript_kit.errors import StoppedError
from pyscript_kit.runtime.vendoring import add_snapshots
from pyscript_kit.serving.live import Live, State
from pyscript_kit.snapshot import making
from pyscript_kit.snapshot.engines import Engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from madeup import TestedProject
    from makers import Maker


@pytest.fixture
def project(preboots: TestedProject) -> TestedProject:
    """A project whose loader boots from snapshots, which has no runtime yet."""
    write(preboots.app / "index.html", "<body><p>Hello</p></body>")
    write(preboots.app / "main.py", "import alpha\n")
    return preboots


@pytest.fixture
def live(project: TestedProject, maker: Maker) -> Iterator[Live]:
    """Its app, looked at once, while the browser keeps its snapshots back."""
    maker.released.clear()
    found = Live(project.root)
    found.prepare()
    yield found
    maker.released.set()
    found.end()


def asked(maker: Maker) -> tuple[Callable[[], object], Callable[[State], bool]]:
    """Until the browser is asked."""
    return lambda: maker.asked.wait(10), lambda _: True


def test_the_app_is_served_before_its_snapshot_and_starts_from_it_later(
    live: Live, project: TestedProject, maker: Maker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert manifest_of(project) is None
    plain = files_below(project.runtime / "pyodide")

    before, with_it = after(
        live, asked(maker), (maker.released.set, lambda state: bool(state.snapshot))
    )

    assert before.snapshot == ""
    assert not before.preparing
    # The app is the same, so a page that cannot be reloaded now goes on.
    assert with_it.version == before.version
    assert "same-functions" in manifest_of(project)["snapshots"]
    assert files_below(project.runtime / "pyodide") == plain
    assert "is up to date" in project.run("vendor").output
    said = [line for line in capsys.readouterr().out.splitlines() if "snapshot" in line.lower()]
    assert [line.split(",")[0] for line in said] == [
        "Making a memory snapshot of Python",
        "The snapshot is ready",
    ]


def test_a_snapshot_that_cannot_be_made_is_a_warning_and_changes_nothing(
    live: Live, project: TestedProject, maker: Maker, capsys: pytest.CaptureFixture[str]
) -> None:
    maker.complaint = "Out of memory"
    runtime = project.served()

    after(
        live,
        asked(maker),
        (maker.released.set, lambda _: True),
        # Saved once all is over.
        (lambda: save_after(live, project), lambda state: "later.txt" in live.tree),
    )

    assert live.state.snapshot == ""
    assert live.state.problems == ()
    assert project.served() == runtime
    said = capsys.readouterr()
    assert "Chromium made no usable snapshot: Out of memory" in said.err
    assert "The snapshot is ready" not in said.out


def save_after(live: Live, project: TestedProject) -> None:
    """Save once nothing is under way."""
    live._runtime.wait()
    write(project.app / "later.txt", "1")


def test_ctrl_c_ends_the_making_and_leaves_nothing_half_made(
    live: Live, project: TestedProject, maker: Maker, cache_folder: Path
) -> None:
    runtime = project.served()

    after(live, asked(maker))
    live.close()
    live.end()

    assert maker.closed.is_set()
    assert project.served() == runtime
    assert [path.name for path in project.app.iterdir() if "-new" in path.name] == []
    assert not (cache_folder / "snapshots").exists()


def test_a_browser_that_hears_of_ctrl_c_first_is_no_failure(
    project: TestedProject,
    maker: Maker,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stop = threading.Event()

    @contextmanager
    def closed(_: str) -> Iterator[None]:
        threading.Timer(0.1, stop.set).start()
        raise OSError("the browser has been closed")
        yield

    monkeypatch.setattr(making, "engines", lambda: (Engine("chromium", "Chromium", closed),))
    project.run("vendor", "--no-snapshot")

    with pytest.raises(StoppedError):
        add_snapshots(project.root, stop)

    assert "made no snapshot" not in capsys.readouterr().err


def test_another_lock_gives_up_the_snapshot_of_the_former_one(
    live: Live, project: TestedProject, maker: Maker
) -> None:
    before = live.state

    def save() -> None:
        text = (project.app / "pyscript.toml").read_text(encoding="utf-8")
        write(project.app / "pyscript.toml", text.replace("alpha", "gamma"))
        project.lock_for("gamma")
        write(project.app / "main.py", "import gamma\n")

    def with_gamma(state: State) -> bool:
        there = (project.runtime / "pyodide" / "gamma-0.3-py3-none-any.whl").is_file()
        return there and not state.preparing and not state.problems

    _, plain, done = after(
        live,
        asked(maker),
        (save, with_gamma),
        (maker.released.set, lambda state: bool(state.snapshot)),
    )

    assert plain.version != before.version
    assert plain.snapshot == ""
    assert done.version == plain.version
    assert list(manifest_of(project)["packages"]) == ["gamma"]


def test_a_snapshot_for_other_imports_serves_until_the_next_one_is_there(
    project: TestedProject, maker: Maker
) -> None:
    project.run("vendor")
    former = manifest_of(project)
    write(project.app / "main.py", "import alpha.other\n")
    maker.released.clear()
    maker.asked.clear()

    live = Live(project.root)
    live.prepare()
    assert manifest_of(project)["snapshots"] == former["snapshots"]
    after(live, asked(maker), (maker.released.set, lambda state: bool(state.snapshot)))
    live.end()

    assert manifest_of(project)["key"] != former["key"]
    assert "is up to date" in project.run("vendor").output


def test_a_snapshot_in_the_cache_is_there_from_the_beginning(
    project: TestedProject, maker: Maker, tmp_path: Path
) -> None:
    project.run("vendor")
    opened = len(maker.opened)
    project.runtime.rename(tmp_path / "gone")

    live = Live(project.root)
    live.prepare()
    after(live, (lambda: write(project.app / "a.txt", "1"), lambda _: "a.txt" in live.tree))
    live.end()

    assert "same-functions" in manifest_of(project)["snapshots"]
    assert len(maker.opened) == opened


def test_without_a_browser_there_is_one_warning_and_no_promise(
    project: TestedProject,
    maker: Maker,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(making, "engines", tuple)

    live = Live(project.root)
    live.prepare()
    after(live, (lambda: write(project.app / "a.txt", "1"), lambda _: "a.txt" in live.tree))
    live.end()

    said = capsys.readouterr()
    assert said.err.count("no browser was found to make snapshots with") == 1
    assert "Making a memory snapshot" not in said.out
