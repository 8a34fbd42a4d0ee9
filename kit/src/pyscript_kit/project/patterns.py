"""The patterns that the kit has for projects: what each consists of, and what it builds on."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pyscript_kit.project.imports import imported_by, parsed

# Where they are in a project.
MODULES = Path("app", "patterns")
TESTS = Path("tests", "unit")

# Where a wheel has them. In its own repository the kit is used as it is there, beside the
# template and the folder of further ones that a wheel gets them from (hatch_build.py).
_PACKED = Path(__file__).parents[1] / "patterns"
_TEMPLATE = Path(__file__).parents[4] / "{{cookiecutter.project_slug}}"
_GALLERY = _TEMPLATE / "_options" / "starter=gallery"
_FURTHER = Path(__file__).parents[3] / "patterns"
_FOLDERS = (_PACKED / "app", _TEMPLATE / MODULES, _GALLERY / MODULES, _FURTHER / "app")
_TEST_FOLDERS = (_PACKED / "tests", _GALLERY / TESTS, _FURTHER / "unit")

# Modules that a browser's Python has of itself.
_BROWSER = {"js", "polyscript", "pyodide", "pyodide_js", "pyscript"}
_OWN = {"pages", "patterns", "workers"}


@dataclass(frozen=True)
class Pattern:
    """A pattern as the kit has it.

    Attributes:
        name: that of its module.
        module: where that lies.
        test: where its unit test lies, if it has one.
    """

    name: str
    module: Path
    test: Path | None

    @property
    def files(self) -> tuple[Path, ...]:
        """Where its module lies, and its style sheet, if it has one."""
        sheet = self.module.with_suffix(".css")
        return (self.module, sheet) if sheet.is_file() else (self.module,)

    @cached_property
    def imports(self) -> set[str]:
        """The patterns that it imports, wherever it does."""
        return patterns_in(self._modules)

    @cached_property
    def starts(self) -> set[str]:
        """Beside those, the patterns that it names for a worker to run."""
        texts = [
            node.value
            for node in ast.walk(self._tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        files = (re.fullmatch(r"([a-z]\w*)\.py", text) for text in texts)
        return patterns_in(texts) | {name[1] for name in files if name}

    @cached_property
    def imports_at_once(self) -> set[str]:
        """The modules that importing it imports, without what its functions import when called."""
        return set(_imported_at_once(self._tree))

    @property
    def packages(self) -> set[str]:
        """The packages that it needs in the browser, by the names they are imported by."""
        return packages_in(self._modules)

    @cached_property
    def _modules(self) -> set[str]:
        return imported_by(self._tree, f"patterns/{self.name}.py")

    @cached_property
    def _tree(self) -> ast.Module:
        return parsed(self.module)


def known_patterns() -> dict[str, Pattern]:
    """All patterns of the kit by name, sorted."""
    modules = {
        path.stem: path
        for folder in _FOLDERS
        for path in folder.glob("*.py")
        if path.stem != "__init__"
    }
    tests = {path.stem: path for folder in _TEST_FOLDERS for path in folder.glob("test_*.py")}
    return {
        name: Pattern(name, modules[name], tests.get(f"test_{name}")) for name in sorted(modules)
    }


def reached(
    names: Iterable[str],
    known: Mapping[str, Pattern],
    onward: Callable[[Pattern], Iterable[str]],
) -> list[str]:
    """The names of patterns, and of all to which these lead on, sorted."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in known and name not in found:
            found.add(name)
            waiting.extend(onward(known[name]))
    return sorted(found)


def needed_by_test(test: Path, known: Mapping[str, Pattern]) -> set[str]:
    """The packages that a unit test needs where it runs, by the names they are imported by."""
    modules = imported_by(parsed(test), f"tests/unit/{test.name}")
    for name in reached(
        patterns_in(modules), known, lambda each: patterns_in(each.imports_at_once)
    ):
        modules |= known[name].imports_at_once
    # The kit plays this one, too.
    return packages_in(modules) - {"micropip"}


def patterns_in(modules: Iterable[str]) -> set[str]:
    """The names of patterns among dotted names of modules, or of what is in them."""
    found = (re.match(r"patterns\.(\w+)", name) for name in modules)
    return {name[1] for name in found if name}


def packages_in(modules: Iterable[str]) -> set[str]:
    """The packages that modules are of, but for Python's own, the browser's and the app's."""
    roots = {name.partition(".")[0] for name in modules}
    return roots - set(sys.stdlib_module_names) - _BROWSER - _OWN


def _imported_at_once(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
