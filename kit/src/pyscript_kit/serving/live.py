"""Follows an app while it is being written: looks again after each save, checks what is Python,
completes the table of files, makes the runtime again when it has to, and tells pages the state.

A page is not sent changes but the state as it is, and finds out for itself what it lacks. So
nothing is lost while a page is not connected, or while this server is not running.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import platform
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pyscript_kit.errors import ToolError
from pyscript_kit.lock.lockfile import RuntimeLock
from pyscript_kit.lock.reader import read_lock
from pyscript_kit.project.clashes import clashes, own_modules
from pyscript_kit.project.needed import packages_of_pages
from pyscript_kit.project.pages import read_pages
from pyscript_kit.project.settings import CONFIG, Project, read_project
from pyscript_kit.project.table import complete_table, not_there
from pyscript_kit.runtime.telling import tell_app, tell_shell
from pyscript_kit.serving.modules import Module, Problem, needed_at_start, read_module
from pyscript_kit.serving.packages import LivePackages
from pyscript_kit.serving.runtime import LiveRuntime
from pyscript_kit.serving.tree import RUNTIME, Tree, is_between, scan, stamp_of
from pyscript_kit.serving.watching import Watch
from pyscript_kit.terminal import say, warn

# Seconds for an editor that has taken a file away to put the new one in its place.
_SAVING = 0.3
_ODD_LINK = "A link in app/ cannot be followed"
_UNTOLD = "The app's settings cannot be used"
_NOT_THERE = "A file in [files] is missing"
_LINE_TOO_MANY = (
    "{!r} is listed under [files], but there is no such file in app/, so PyScript would start "
    "nothing: remove that line, or restore the file"
)
_NO_RUNTIME = "The runtime could not be prepared"


@dataclass(frozen=True)
class State:
    """The state of the app.

    Attributes:
        version: another one after each change but those of style sheets.
        snapshot: another one when snapshots of the same runtime have come; empty without.
        styles: the same for each style sheet, by its path in the app.
        problems: what keeps the app from being loaded again.
        preparing: whether the runtime is being made.
    """

    version: str
    styles: dict[str, str]
    problems: tuple[Problem, ...] = ()
    preparing: bool = False
    snapshot: str = ""

    def as_json(self) -> str:
        """The state, for a page."""
        return json.dumps({**asdict(self), "python": platform.python_version()})


class Live:
    """An app that is being written, and its state.

    Attributes:
        root: the folder of the project.
        tree: the files of the app, as they were when it was last looked at.
        state: how the app stands now.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._app = root / "app"
        self.tree: Tree = {}
        self._modules: dict[str, tuple[object, Module]] = {}
        self._notices: set[str] = set()
        self._runtime = LiveRuntime(root)
        self._packages = LivePackages(root)
        self._prepared: object = None
        self._locking = False
        self._told: object = None
        self._touched = asyncio.Event()
        self._news = asyncio.Event()
        self._closed = False
        self.state = State("", {})

    def prepare(self) -> None:
        """Look at the app for the first time, and make its runtime where it has to be; snapshots
        that are missing are made while the app is followed.

        Raises:
            ToolError: when there is no runtime to serve.
        """
        self.tree = scan(self._app)
        project = self._complete()
        self._tell_needs(project)
        self._told = None
        self._runtime.prepare()
        self._tell_clashes(project)
        self._prepared = self._inputs(project)
        # What is in place, vendoring may have left as it was.
        self._tell_needs(project)
        self._publish(self._problems(project))

    async def follow(self) -> None:
        """Keep the state in step with what is saved, until cancelled."""
        self._loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            watch = Watch(self.root, self._touched, group)
            # Both watch once they have run for the first time; before, nobody did.
            await asyncio.sleep(0)
            self._touched.set()
            self._runtime.complete(self._hear)
            while True:
                await self._touched.wait()
                self._touched.clear()
                await self._look()
                watch.follow_links()

    async def states(self) -> AsyncIterator[State]:
        """The state as it is, and every other one that follows, until closed."""
        while not self._closed:
            news = self._news
            yield self.state
            await news.wait()

    def close(self) -> None:
        """Let everybody go who waits for states, and what is being made."""
        self._closed = True
        self._news.set()
        self._runtime.stop()

    def end(self) -> None:
        """Wait for what was being made, and leaves nothing behind."""
        self._runtime.stop()
        self._packages.wait()
        self._runtime.wait()

    # ------------------------------------------------------------------ looking

    async def _look(self) -> None:
        try:
            tree = await asyncio.to_thread(scan, self._app)
            if is_between(self.tree, tree):
                await asyncio.sleep(_SAVING)
                tree = await asyncio.to_thread(scan, self._app)
        except ToolError as error:
            self._publish((Problem(_ODD_LINK, str(error)),))
            return
        self.tree = tree
        problems = await asyncio.to_thread(self._step)
        self._publish(problems)

    def _step(self) -> tuple[Problem, ...]:
        """What there is to do after a look at the tree."""
        # Whoever makes a lock writes the settings as well, and alone.
        self._locking = self._packages.busy
        try:
            project = read_project(self.root) if self._locking else self._complete()
            imports = self._packages.look(project, self._read_modules(), self.tree, self._hear)
        except ToolError as error:
            return (*self._syntax_problems(), Problem(_UNTOLD, str(error)))
        self._locking |= self._packages.busy
        self._tell_clashes(project)
        if not self._runtime.preparing and not self._locking:
            self._tell_needs(project)
            if self._inputs(project) != self._prepared:
                self._prepared = self._inputs(project)
                self._runtime.make_anew(self._hear)
        return (*self._problems(project), *imports)

    def _problems(self, project: Project) -> tuple[Problem, ...]:
        lacking = not_there(project.files, project.app)
        return (
            *self._syntax_problems(),
            *(Problem(_NOT_THERE, _LINE_TOO_MANY.format(address), CONFIG) for address in lacking),
        )

    def _syntax_problems(self) -> tuple[Problem, ...]:
        modules = self._read_modules().values()
        return tuple(module.problem for module in modules if module.problem)

    def _read_modules(self) -> dict[str, Module]:
        """All modules of the tree, read again where they were saved since."""
        read: dict[str, tuple[object, Module]] = {}
        for path, stamp in sorted(self.tree.items()):
            if path.endswith(".py"):
                known = self._modules.get(path)
                module = known[1] if known and known[0] == stamp else read_module(self._app, path)
                read[path] = stamp, module
        self._modules = read
        return {path: module for path, (_, module) in read.items()}

    def _complete(self) -> Project:
        """The project, its table of files in step with the modules."""
        project = read_project(self.root)
        try:
            added, removed = complete_table(self._app, needed_at_start(self._read_modules()))
        except ToolError as error:
            # Once is enough; the app itself says what it misses.
            self._notice(str(error))
            return project
        for address in added:
            say(f"Added {address} to [files] of {CONFIG}: the app imports it.")
        for address in removed:
            say(f"Removed {address} from [files] of {CONFIG}: the file is gone.")
        if not added and not removed:
            return project
        config = stamp_of(self._app / "pyscript.toml")
        if config:
            self.tree["pyscript.toml"] = config
        return read_project(self.root)

    # ------------------------------------------------------------------ the runtime

    def _inputs(self, project: Project) -> object:
        """What the runtime is made from, as far as it is in the project's settings."""
        lock = stamp_of(project.lock_path)
        return lock, project.asked, project.packages_at_start, project.interpreter

    def _hear(self) -> None:
        """Hear of another runtime, in the thread that has made it."""
        # What the loader is told is in it.
        self._told = None
        # After Ctrl+C nobody is there any more to look.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._touched.set)

    def _tell_needs(self, project: Project) -> None:
        """Have the page begin with the files, pages and packages that the app has now."""
        with suppress(ToolError, OSError, ValueError):
            # Vendoring says what is wrong, where something is.
            lock = read_lock(project.lock_path)
            told = self._begun_with(project, lock)
            if told == self._told:
                return
            if self._runtime.completing:
                # What it makes tells the loader itself, and is told once it is there.
                tell_shell(project, lock)
            else:
                tell_app(project, lock)
                self._told = told

    def _begun_with(self, project: Project, lock: RuntimeLock) -> object:
        """What the page and its loader are told about the app, as far as it may have changed."""
        needed = {path: module.needed for path, module in self._read_modules().items()}
        packages = packages_of_pages(project, lock.modules, needed)
        return project.files, read_pages(self._app), tuple(own_modules(project)), packages

    def _tell_clashes(self, project: Project) -> None:
        """Warn once of modules that are named like others."""
        with suppress(ToolError):
            for clash in clashes(project, read_lock(project.lock_path).modules):
                self._notice(clash)

    def _notice(self, text: str) -> None:
        if text not in self._notices:
            warn(text)
        self._notices.add(text)

    # ------------------------------------------------------------------ telling

    def _publish(self, problems: tuple[Problem, ...]) -> None:
        styles = {path: _text(stamp) for path, stamp in self.tree.items() if _is_style(path)}
        others = sorted(
            (path, _text(stamp)) for path, stamp in self.tree.items() if not _is_style(path)
        )
        # Read first: once it is made, its stamp is the new one, and what failed is known.
        preparing = self._runtime.preparing or self._locking
        runtime = stamp_of(self._app / RUNTIME)
        version = hashlib.sha256(json.dumps([others, runtime]).encode()).hexdigest()[:16]
        for problem in problems:
            if problem not in self.state.problems:
                warn(str(problem))
        if self._runtime.failure:
            problems = (*problems, Problem(_NO_RUNTIME, self._runtime.failure))
        former = self.state
        self.state = State(version, styles, problems, preparing, self._runtime.snapshot)
        if self.state != former:
            news, self._news = self._news, asyncio.Event()
            news.set()


def _is_style(path: str) -> bool:
    return path.endswith(".css")


def _text(stamp: tuple[Any, ...]) -> str:
    return "-".join(map(str, stamp))
