"""Brings packages of the distribution into the lock as a save imports them, one run at a time: what
is saved meanwhile is looked at once it is over, so that the last state wins."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from pathlib import Path

from pyscript_kit.errors import ToolError
from pyscript_kit.lock.adding import add_packages
from pyscript_kit.lock.lockfile import RuntimeLock
from pyscript_kit.lock.modules import modules_of_python, packages_by_module
from pyscript_kit.lock.reader import read_lock
from pyscript_kit.project.clashes import own_modules
from pyscript_kit.project.imports import parsed
from pyscript_kit.project.needed import imported_at
from pyscript_kit.project.settings import CONFIG, Project
from pyscript_kit.serving.modules import Module, Problem, in_use, read_module
from pyscript_kit.serving.tree import scan, stamp_of
from pyscript_kit.terminal import counted, hushed, megabytes, say

_COMMAND = "pyscript dev"
_NOT_ADDED = "A package could not be added"
_NOT_FOUND = "No such module"
_UNFORESEEN = "It failed in a way that nobody foresaw; the terminal has the details."
_SCRIPT = re.compile(r"""["']([^"'\s]+\.py)["']""")
# Seconds to write what has been found out, when the server ends.
_SECONDS_TO_END = 3.0
# Files that bring modules of which only unpacking them tells.
_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".whl")


class LivePackages:
    """The packages of an app that is being written.

    Attributes:
        busy: whether a lock is being made.
    """

    def __init__(self, root: Path) -> None:
        self.busy = False
        self._root = root
        self._app = root / "app"
        self._paths: list[str] = []
        self._tried: object = None
        self._problems: tuple[Problem, ...] = ()
        self._thread: threading.Thread | None = None
        self._release: object = None
        self._of_python: frozenset[str] = frozenset()
        self._owners: dict[str, str] | None = None

    def look(
        self,
        project: Project,
        modules: Mapping[str, Module],
        state: object,
        done: Callable[[], None],
    ) -> tuple[Problem, ...]:
        """See whether the app imports what nobody has locked, and begin to lock it.

        Args:
            modules: all modules of the app by their paths.
            state: another one after each save: what failed is tried again then.
            done: is called in another thread, once that has come to an end.

        Returns:
            What is wrong with what the app imports, as far as that is known.
        """
        if self.busy:
            return ()
        lacking, lock = self._lacking(project, modules)
        tried = (lacking, state, lock.pin)
        if not lacking:
            self._problems = ()
        elif tried != self._tried:
            self._tried = tried
            self._paths = sorted(modules)
            self._problems = ()
            self.busy = True
            work = (lock, lacking, done)
            self._thread = threading.Thread(target=self._work, args=work, daemon=True)
            self._thread.start()
        return self._problems

    def wait(self) -> None:
        """Wait for a lock that is being written; one that waits for the network is given up."""
        if self._thread:
            self._thread.join(_SECONDS_TO_END)

    def _lacking(
        self, project: Project, modules: Mapping[str, Module]
    ) -> tuple[frozenset[str], RuntimeLock]:
        """The modules that an app imports and neither it, nor Python, nor its lock has; none where
        it brings some along that nobody can tell."""
        lock = read_lock(project.lock_path)
        release = lock.pin, stamp_of(project.runtime)
        if release != self._release:
            self._release, self._owners = release, None
            self._of_python = modules_of_python(project, lock)
        return _lacking(project, modules, lock, self._of_python), lock

    def _work(self, lock: RuntimeLock, lacking: Collection[str], done: Callable[[], None]) -> None:
        problems = [Problem(_NOT_ADDED, _UNFORESEEN)]
        try:
            problems = self._add(lock, lacking)
        except ToolError as error:
            module = min(lacking)
            problems = [self._problem(_NOT_ADDED, f"The app imports {module}: {error}", module)]
        finally:
            self._problems = tuple(problems)
            self.busy = False
            done()

    def _add(self, lock: RuntimeLock, lacking: Collection[str]) -> list[Problem]:
        """Lock what the distribution has, and report the rest."""
        if self._owners is None:
            with hushed():
                self._owners = packages_by_module(lock, _COMMAND)
        owners = self._owners
        wanted = {module: owners[module] for module in sorted(lacking) if module in owners}
        problems = self._lock(wanted) if wanted else []
        release = f"Pyodide {lock.pin.pyodide.version}"
        unknown = sorted(set(lacking) - wanted.keys())
        return [*problems, *(self._unknown(module, release) for module in unknown)]

    def _lock(self, wanted: Mapping[str, str]) -> list[Problem]:
        """Lock packages, each by a module that the app imports."""
        names = sorted({*wanted.values()})
        imported = " and ".join(_named(module, name) for module, name in wanted.items())
        try:
            with hushed():
                change = add_packages(self._root, names, for_tests=False)
        except ToolError as error:
            text = f"The app imports {imported}: {error}"
            return [self._problem(_NOT_ADDED, text, min(wanted))]
        packages = change.lock.packages
        others = len(packages.keys() - change.former.packages.keys() - {*names})
        also = f", and {counted(others, 'package')} that it needs" if others else ""
        what = ", ".join(f"{name} {packages[name].version}" for name in names)
        size = megabytes(change.more_bytes)
        say(f"Added {what}{also} ({size}) to {CONFIG} and the lock: the app imports {imported}.")
        return []

    def _unknown(self, module: str, release: str) -> Problem:
        if module in sys.stdlib_module_names:
            message = (
                f"{release} leaves {module} out of Python: do without it, or import it in a `try` "
                "that catches ImportError"
            )
        else:
            message = (
                f"Neither the app nor {release} has {module}: if a package of the index has it, "
                f"run `pyscript add {module}`, or by the package's name if that is another one; if "
                "it is a module of yours, save it in app/"
            )
        return self._problem(_NOT_FOUND, message, module, stops=False)

    def _problem(self, title: str, message: str, module: str, *, stops: bool = True) -> Problem:
        return _located(self._app, self._paths, Problem(title, message, stops=stops), module)


def missing_imports(project: Project, lock: RuntimeLock) -> list[Problem]:
    """What an app imports that neither it, nor Python, nor its lock has, each at the first place
    that imports it, with the command that brings it."""
    paths = sorted(path for path in scan(project.app) if path.endswith(".py"))
    modules = {path: read_module(project.app, path) for path in paths}
    lacking = _lacking(project, modules, lock, modules_of_python(project, lock))
    if not lacking:
        return []
    try:
        with hushed():
            owners = packages_by_module(lock, "pyscript build")
    except ToolError:  # Without a network, a module is called as its package.
        owners = {}
    problems = []
    for module in sorted(lacking):
        message = f"nothing in the lock has {module}, and a page that imports it fails"
        if module not in sys.stdlib_module_names:
            message += f": run `pyscript add {owners.get(module, module)}`"
        problems.append(_located(project.app, paths, Problem(_NOT_FOUND, message), module))
    return problems


def _lacking(
    project: Project, modules: Mapping[str, Module], lock: RuntimeLock, of_python: Set[str]
) -> frozenset[str]:
    if any(address.lower().endswith(_ARCHIVES) for address in project.files):
        return frozenset()
    used = in_use(modules, [*project.files, *_scripts(project.app)])
    imported = {name for path in used for name in modules[path].needed}
    tops = {name.partition(".")[0] for name in imported}
    own = {path.split("/")[0].removesuffix(".py") for path in modules}
    own |= own_modules(project).keys()
    return frozenset(tops - own - of_python - lock.modules.keys())


def _scripts(app: Path) -> list[str]:
    """The modules that the app's document names."""
    try:
        document = (app / "index.html").read_text(encoding="utf-8", errors="replace")
    except OSError:  # Whoever serves it says so.
        return []
    return _SCRIPT.findall(document)


def _located(app: Path, paths: Iterable[str], problem: Problem, module: str) -> Problem:
    """A problem with a module, at the first place that imports it."""
    for file in paths:
        path = app / file
        node = imported_at(parsed(path), file, module)
        if node is not None:
            text = path.read_text(encoding="utf-8").splitlines()[node.lineno - 1]
            place = (f"app/{file}", node.lineno, node.col_offset + 1, text.rstrip())
            return Problem(problem.title, problem.message, *place, stops=problem.stops)
    return problem


def _named(module: str, package: str) -> str:
    return module if module == package else f"{module}, which the package {package} has"
