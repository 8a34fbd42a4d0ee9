"""`pyscript add`: brings patterns of the kit into a project, each with those that it builds on, its
style sheet and its unit test. What the project has already stays as it is."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pyscript_kit.errors import ToolError, writing
from pyscript_kit.project.patterns import (
    MODULES,
    TESTS,
    Pattern,
    known_patterns,
    needed_by_test,
    reached,
)
from pyscript_kit.project.settings import CONFIG, canonical_name, read_project
from pyscript_kit.project.table import with_files
from pyscript_kit.project.together import write_together
from pyscript_kit.terminal import say


def add_patterns(root: Path, names: Sequence[str]) -> None:
    """Add patterns to the project at `root`, and say what has been added.

    Raises:
        ToolError: when a name is that of no pattern, or a file cannot be written; the project is
            then as it was.
    """
    known = known_patterns()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ToolError(
            f"there is no pattern {' or '.join(map(repr, unknown))}: choose from {', '.join(known)}"
        )
    packages = {canonical_name(name) for name in read_project(root).packages}
    wanted = reached(names, known, lambda pattern: pattern.imports | pattern.starts)
    new = [known[name] for name in wanted if not (root / MODULES / f"{name}.py").exists()]
    tests, left_out = _tests({*new, *(known[name] for name in names)}, known)
    files = {MODULES / path.name: path for pattern in new for path in pattern.files}
    files = {to: path for to, path in (files | tests).items() if not (root / to).exists()}
    left_out = {to: lacking for to, lacking in left_out.items() if not (root / to).exists()}

    imported = reached(names, known, lambda pattern: pattern.imports)
    added = _write(root, files, [f"patterns/{name}.py" for name in imported])

    for to in sorted(files):
        say(f"Added {to.as_posix()}")
    if added:
        say(f"Added {', '.join(added)} to [files] of {CONFIG}")
    for sheet in (to.name for to in sorted(files) if to.suffix == ".css"):
        say(
            f'Write @import "../patterns/{sheet}"; on top of the style sheets of pages that use it.'
        )
    if not files and not added:
        say("Nothing to add: the project already has all of it.")
    for to, lacking in left_out.items():
        say(
            f"Left out {to.as_posix()}, which needs {_listed(lacking)}: add that to the dev "
            f"group, install it, then run this again."
        )
    if lacking := sorted(set().union(*(pattern.packages for pattern in new)) - packages):
        say(
            f"In the browser they use {_listed(lacking)}: `pyscript dev` adds that once a page "
            f"imports them, or run `pyscript add {' '.join(lacking)}` now."
        )


def _tests(
    patterns: Iterable[Pattern], known: Mapping[str, Pattern]
) -> tuple[dict[Path, Path], dict[Path, list[str]]]:
    """The unit tests of patterns, by their place in a project; and those that cannot run here, with
    the packages that they lack."""
    tests: dict[Path, Path] = {}
    left_out: dict[Path, list[str]] = {}
    for test in (pattern.test for pattern in patterns if pattern.test):
        needed = sorted(needed_by_test(test, known))
        lacking = [name for name in needed if importlib.util.find_spec(name) is None]
        if lacking:
            left_out[TESTS / test.name] = lacking
        else:
            tests[TESTS / test.name] = test
    return tests, left_out


def _write(root: Path, files: Mapping[Path, Path], needed: Sequence[str]) -> list[str]:
    """Copy files, and have PyScript fetch what Python needs of them at the start.

    Returns:
        The addresses that were added to the table of files.
    """
    config = root / CONFIG
    text, added = with_files(config, needed)
    contents = {root / to: path.read_bytes() for to, path in files.items()}
    if added:
        # What a link leads to, for the new file takes the place of the former one.
        contents[config.resolve()] = text.encode("utf-8")
    for folder in {to.parent for to in files}:
        with writing(folder.as_posix()):
            (root / folder).mkdir(parents=True, exist_ok=True)
    write_together(contents)
    return added


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
