"""Links in `app/`: a linked folder or file is part of the app for whoever reads, serves, watches or
builds it. Links without an end, or to nothing, are named."""

from __future__ import annotations

import asyncio
import re
import zipfile
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from watchfiles import Change, awatch

from pyscript_kit.errors import ToolError
from pyscript_kit.project.imports import imported_modules
from pyscript_kit.project.walking import files_of_app, places_beyond
from pyscript_kit.serving.live import Live, State
from pyscript_kit.serving.tree import scan

if TYPE_CHECKING:
    from madeup import TestedProject

Link = Callable[..., Path]


@pytest.fixture
def link(tmp_path: Path) -> Link:
    """Call it to put a link in a place; skips where this system or user may make none."""

    def make(place: Path, target: Path | str) -> Path:
        try:
            place.symlink_to(target, target_is_directory=Path(target).is_dir())
        except OSError as error:
            pytest.skip(f"no links can be made here ({error})")
        return place

    return make


@pytest.fixture
def linked(app: TestedProject, tmp_path: Path, link: Link) -> TestedProject:
    """A project whose pages and data lie elsewhere, and one file of it, too."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("pages", "data"):
        (app.app / name).rename(elsewhere / name)
        link(app.app / name, elsewhere / name)
    (elsewhere / "notes.txt").write_text("of another project", encoding="utf-8")
    link(app.app / "notes.txt", elsewhere / "notes.txt")
    return app


def skip_nothing(path: str) -> bool:
    return False


def test_what_links_lead_to_is_read_like_all_else(linked: TestedProject, tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "pages" / "home.py").write_text("import alpha\n", encoding="utf-8")

    found = scan(linked.app)

    assert {"pages/home.py", "data/table.csv", "notes.txt"} <= found.keys()
    assert "pages/__pycache__/home.pyc" not in found
    assert "alpha" in imported_modules(linked.app)
    folders, files = places_beyond(linked.app, skip_nothing)
    assert {path.name for path in folders} == {"pages", "data"}
    assert {path.name for path in files} == {"notes.txt"}


def test_what_links_lead_to_is_built(linked: TestedProject) -> None:
    outcome = linked.run("build")

    assert outcome.exit_code == 0, outcome.error
    files = linked.built()
    assert {"data/table.csv", "data/report-20240101.csv", "notes.txt"} <= files.keys()
    archive = next(body for name, body in files.items() if re.search(r"app-.*\.zip$", name))
    with zipfile.ZipFile(BytesIO(archive)) as modules:
        assert {"pages/__init__.py", "pages/home.py"} <= set(modules.namelist())


def test_a_link_within_the_app_is_no_place_beyond_it(app: TestedProject, link: Link) -> None:
    link(app.app / "tables", app.app / "data")
    link(app.app / "again", Path("data"))

    found = scan(app.app)

    assert {"tables/table.csv", "again/table.csv", "data/table.csv"} <= found.keys()
    assert places_beyond(app.app, skip_nothing) == (set(), set())


@pytest.mark.parametrize("where", ["", "data/deeper"])
def test_a_link_without_an_end_is_named(app: TestedProject, link: Link, where: str) -> None:
    (app.app / where).mkdir(exist_ok=True)
    link(app.app / where / "loop", app.app)
    inside = f"{where}/loop" if where else "loop"
    said = f"app/{inside} is a link to a folder that contains it, and never ends"

    with pytest.raises(ToolError, match=said):
        scan(app.app)
    assert said in app.run("build").sentence
    assert not (app.root / "dist").exists()


def test_links_that_lead_to_each_other_are_named(
    app: TestedProject, link: Link, tmp_path: Path
) -> None:
    east, west = tmp_path / "east", tmp_path / "west"
    east.mkdir()
    west.mkdir()
    link(east / "west", west)
    link(west / "east", east)
    link(app.app / "data" / "east", east)

    with pytest.raises(ToolError, match=r"east/west/east is a link to a folder that contains it"):
        scan(app.app)


@pytest.mark.parametrize("name", ["data/lost", "data/lost.csv"])
def test_a_link_to_nothing_is_named(app: TestedProject, link: Link, name: str) -> None:
    link(app.app / name, "../no/such/place")
    said = f"app/{name} is a link to ../no/such/place, which is not there: fix the link"

    with pytest.raises(ToolError, match=re.escape(said)):
        scan(app.app)
    assert said in app.run("build").sentence


def test_what_is_nobodys_work_may_lead_anywhere(app: TestedProject, link: Link) -> None:
    # As Emacs marks a file that it has open.
    link(app.app / "data" / ".#table.csv", "ann@here.1234:5678")

    assert "data/table.csv" in scan(app.app)
    assert app.run("build").exit_code == 0


def test_one_folder_by_two_links_is_read_twice(app: TestedProject, link: Link) -> None:
    link(app.app / "first", app.app / "data")
    link(app.app / "second", app.app / "data")

    paths = files_of_app(app.app, lambda path: path == "runtime")

    assert {"first/table.csv", "second/table.csv"} <= set(paths)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> defaultdict[Path, asyncio.Event]:
    """Events for each folder that is watched, and each file that the system tells of; nobody looks
    unless it does."""
    events: defaultdict[Path, asyncio.Event] = defaultdict(asyncio.Event)

    async def telling(folder: Path, **settings: Any) -> AsyncIterator[set[tuple[Change, str]]]:
        events[folder].set()
        async for changes in awatch(folder, **settings | {"yield_on_timeout": False}):
            for _, path in changes:
                events[Path(path)].set()
            yield changes

    monkeypatch.setattr("pyscript_kit.serving.watching.awatch", telling)
    return events


def while_followed(live: Live, author: Callable[[], Coroutine[None, None, None]]) -> None:
    """Have somebody save, and wait, while a look follows each save."""

    async def run() -> None:
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            following = group.create_task(live.follow())
            await author()
            following.cancel()

    asyncio.run(run())


async def first(live: Live, wanted: Callable[[State], bool]) -> None:
    async for state in live.states():
        if wanted(state):
            return


@pytest.mark.parametrize("name", ["pages/home.py", "data/table.csv", "notes.txt"])
def test_a_save_behind_a_link_is_heard_of(
    linked: TestedProject, tmp_path: Path, told: defaultdict[Path, asyncio.Event], name: str
) -> None:
    live = Live(linked.root)
    live.prepare()
    before = live.state
    file = tmp_path / "elsewhere" / name

    async def author() -> None:
        await told[file.parent].wait()
        file.write_text("x = 1\n", encoding="utf-8")
        await told[file].wait()
        await first(live, lambda state: state.version != before.version)

    while_followed(live, author)


def test_a_link_made_later_is_followed_too(
    linked: TestedProject, tmp_path: Path, link: Link, told: defaultdict[Path, asyncio.Event]
) -> None:
    live = Live(linked.root)
    live.prepare()
    more = tmp_path / "more"
    more.mkdir()
    file = more / "table.csv"
    file.write_text("1", encoding="utf-8")

    async def author() -> None:
        await told[linked.app].wait()
        link(linked.app / "more", more)
        await told[more].wait()
        file.write_text("1, 2", encoding="utf-8")
        await told[file].wait()
        await first(live, lambda _: live.tree["more/table.csv"].size == 4)

    while_followed(live, author)


def test_a_link_without_an_end_is_told_until_it_is_gone(
    linked: TestedProject, link: Link, told: defaultdict[Path, asyncio.Event]
) -> None:
    live = Live(linked.root)
    live.prepare()
    place = linked.app / "loop"

    def is_told(state: State) -> bool:
        return any("and never ends" in each.message for each in state.problems)

    async def author() -> None:
        await told[linked.app].wait()
        link(place, linked.app)
        await first(live, is_told)
        place.unlink()
        await first(live, lambda state: not state.problems)

    while_followed(live, author)

    assert "pages/home.py" in live.tree


def test_the_first_look_names_it_in_a_sentence(linked: TestedProject, link: Link) -> None:
    link(linked.app / "loop", linked.app)

    assert "app/loop is a link to a folder that contains it" in linked.run_apart("dev").sentence
