"""`pyscript remove pattern`: takes patterns out of a project, each with its style sheet, its unit
test and its line in `[files]`, unless something still needs it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pyscript_kit.errors import ToolError
from pyscript_kit.project.imports import imported_by, importers, parsed
from pyscript_kit.project.kept import is_kept
from pyscript_kit.project.patterns import MODULES, TESTS, known_patterns
from pyscript_kit.project.settings import CONFIG, LOCK_NAME
from pyscript_kit.project.swap import Place, alone
from pyscript_kit.project.table import without_files
from pyscript_kit.project.together import write_together
from pyscript_kit.project.walking import files_of_app, is_made_by_a_tool
from pyscript_kit.terminal import say


def remove_patterns(root: Path, names: Sequence[str]) -> None:
    """Take patterns out of the project at `root`, and say what has been removed.

    Raises:
        ToolError: when there is no such pattern, something still needs it, or work would be lost
            that git does not have; every file is then as it was.
    """
    names = list(dict.fromkeys(names))
    with alone(Place(root / LOCK_NAME, LOCK_NAME)):
        there = {path.stem for path in (root / MODULES).glob("*.py")} - {"__init__"}
        if unknown := [name for name in names if name not in there]:
            raise ToolError(
                f"the project has no pattern {' or '.join(map(repr, unknown))}: it has "
                f"{', '.join(sorted(there)) or 'none'}"
            )
        gone = [path for name in names for path in _files(root, name)]
        for name in names:
            if user := next((path for path in _users(root, name) if path not in gone), None):
                raise ToolError(
                    f"{user.relative_to(root).as_posix()} still needs the pattern {name}: change "
                    "that first, or remove both"
                )
        for path in gone:
            if not is_kept(path, written=_written(path)):
                raise ToolError(
                    f"{path.relative_to(root).as_posix()} has uncommitted changes: commit them "
                    f"first, or remove it yourself"
                )
        text, lines = without_files(root / CONFIG, [f"./patterns/{name}.py" for name in names])
        config = {(root / CONFIG).resolve(): text.encode()} if lines else {}
        # The table comes first: PyScript starts nothing with a line that leads nowhere.
        write_together({**config, **dict.fromkeys(gone)})
    for path in gone:
        say(f"Removed {path.relative_to(root).as_posix()}")
    if lines:
        say(f"Removed {', '.join(lines)} from [files] of {CONFIG}")


def _files(root: Path, name: str) -> list[Path]:
    """What a pattern consists of in a project."""
    module = root / MODULES / f"{name}.py"
    files = (module, module.with_suffix(".css"), root / TESTS / f"test_{name}.py")
    return [path for path in files if path.is_file()]


def _written(path: Path) -> bytes | None:
    """What `pyscript add pattern` writes into a file of that name."""
    known = known_patterns()
    for pattern in known.values():
        for source in (*pattern.files, pattern.test):
            if source is not None and source.name == path.name:
                return source.read_bytes()
    return None


def _users(root: Path, name: str) -> Iterator[Path]:
    """The files that need a pattern: they import it, have a worker run it, or bring its style."""
    app = root / "app"
    module = f"patterns.{name}"
    yield from (app / path for path in importers(app, [module]))
    for file in (app / path for path in files_of_app(app, is_made_by_a_tool)):
        if file.suffix == ".py" and name in _run_by_workers(parsed(file)):
            yield file
        if file.suffix == ".css" and f"patterns/{name}.css" in file.read_text("utf-8", "replace"):
            yield file
    for test in sorted((root / "tests").rglob("*.py")):
        imported = imported_by(parsed(test), test.relative_to(root).as_posix())
        if any(f"{each}.".startswith(f"{module}.") for each in imported):
            yield test


def _run_by_workers(tree: ast.Module) -> set[str]:
    """The patterns whose files, or names, are in a text of a module."""
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    found = (re.fullmatch(r"(?:\./)?(?:patterns[/.])?(\w+)\.py|patterns\.(\w+)", t) for t in texts)
    return {match[1] or match[2] for match in found if match}
