"""The kit's rooms: what each may import, and how large its modules are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import pyscript_kit

PACKAGE = "pyscript_kit"
KIT = Path(pyscript_kit.__file__).parent
# In the order in which things flow: each imports from its own line and those above it.
ROOMS = (
    ("errors", "terminal"),
    ("project",),
    ("sources",),
    ("lock",),
    ("browser",),
    ("snapshot",),
    ("runtime",),
    ("serving",),
    ("site",),
    ("testing",),
    ("commands",),
)
ORDER = {room: place for place, rooms in enumerate(ROOMS) for room in rooms}
LONGEST = 400  # lines of a module


def modules_of(kit: Path) -> dict[str, ast.Module]:
    """The syntax tree of each module, by its name below the package."""
    found = {}
    for path in sorted(kit.rglob("*.py")):
        parts = path.relative_to(kit).with_suffix("").parts
        if parts[:2] != ("testing", "doubles"):  # modules of the browser's Python, not the kit's
            name = ".".join(part for part in parts if part != "__init__")
            found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def imports_in(tree: ast.Module) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What a module imports of the kit, wherever it does, also for types alone: the module below
    the package, and the names out of it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] == PACKAGE:
                    yield alias.name.partition(".")[2], ()
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"line {node.lineno} imports by dots, which tells no room"
            package, _, module = (node.module or "").partition(".")
            if package == PACKAGE and module:
                yield module, tuple(alias.name for alias in node.names)
            elif package == PACKAGE:
                yield from ((alias.name, ()) for alias in node.names)


def private_names_in(name: str, tree: ast.Module) -> Iterator[str]:
    """Private names of other rooms that a module uses, imported or by way of their modules."""
    room = name.partition(".")[0]
    theirs = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom | ast.Import):
            continue
        of = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
        for alias in node.names:
            whole = f"{of}.{alias.name}".lstrip(".")
            parts = whole.split(".")
            if parts[0] != PACKAGE or parts[1:2] == [room]:
                continue
            if any(part.startswith("_") and not part.endswith("__") for part in parts):
                yield whole
            theirs.add(alias.asname or alias.name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            owner = ast.unparse(node.value)
            if owner in theirs and not node.attr.endswith("__"):
                yield f"{owner}.{node.attr}"


def wrong_ways(kit: Path) -> list[str]:
    """Each import of a room that stands below the one that imports it."""
    return [
        f"{name} imports {module}"
        for name, tree in modules_of(kit).items()
        for module, _ in imports_in(tree)
        if name and ORDER[module.partition(".")[0]] > ORDER[name.partition(".")[0]]
    ]


def trespasses(kit: Path) -> list[str]:
    """Each private name that another room uses."""
    return [
        f"{name} uses {private}"
        for name, tree in modules_of(kit).items()
        for private in private_names_in(name, tree)
    ]


def too_long(kit: Path) -> list[str]:
    """Each module that nobody holds in the head any more, with its lines."""
    counts = {
        path.relative_to(kit).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in sorted(kit.rglob("*.py"))
    }
    return [f"{name} has {lines} lines" for name, lines in counts.items() if lines > LONGEST]


def without_words(kit: Path) -> list[str]:
    """Each module that does not open with what it is for; a room's is its `__init__.py`."""
    return [
        name or PACKAGE for name, tree in modules_of(kit).items() if not ast.get_docstring(tree)
    ]


def test_a_room_imports_only_what_stands_before_it() -> None:
    assert wrong_ways(KIT) == []


def test_no_room_uses_a_private_name_of_another() -> None:
    assert trespasses(KIT) == []


def test_a_module_can_be_held_in_the_head() -> None:
    assert too_long(KIT) == []


def test_every_room_and_module_says_what_it_is_for() -> None:
    assert without_words(KIT) == []


def test_every_room_is_known() -> None:
    found = {path.name for path in KIT.iterdir() if (path / "__init__.py").is_file()}
    found |= {path.stem for path in KIT.glob("*.py") if path.stem != "__init__"}

    assert found == set(ORDER)


def test_the_package_is_of_the_version_that_is_installed() -> None:
    assert pyscript_kit.__version__.count(".") == 2


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    """A small kit in which all is well."""
    modules = {
        "": "",
        "errors": "",
        "project": "from pyscript_kit.errors import ToolError\n",
        "project.settings": "from pyscript_kit.project import swap\nswap._mend()\n",
        "lock": "from pyscript_kit.project.settings import CONFIG, __doc__\n",
        "site": "import pyscript_kit.lock as lock\nlock.read()\nself._lock = lock\n",
    }
    for name, text in modules.items():
        path = tmp_path.joinpath(*filter(None, name.split(".")))
        file = path.with_suffix(".py") if name == "errors" or "." in name else path / "__init__.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f'"""What it is for."""\n{text}', encoding="utf-8")
    return tmp_path


def add(kit: Path, text: str) -> None:
    """Have the settings of a kit hold more."""
    path = kit / "project" / "settings.py"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_a_small_kit_in_which_all_is_well_passes(kit: Path) -> None:
    assert wrong_ways(kit) == trespasses(kit) == too_long(kit) == without_words(kit) == []


@pytest.mark.parametrize(
    "text",
    [
        "from pyscript_kit.lock.reader import read_lock\n",
        "from pyscript_kit import lock\n",
        "import pyscript_kit.lock.reader\n",
        "def read():\n    from pyscript_kit.lock.reader import read_lock\n",
        "if TYPE_CHECKING:\n    from pyscript_kit.lock.lockfile import RuntimeLock\n",
        "try:\n    import pyscript_kit.lock.reader as reader\nfinally:\n    pass\n",
    ],
)
def test_an_import_the_wrong_way_is_named(kit: Path, text: str) -> None:
    add(kit, text)

    (said,) = wrong_ways(kit)
    assert said.startswith("project.settings imports lock")


def test_an_import_by_dots_is_none(kit: Path) -> None:
    add(kit, "from ..lock import reader\n")

    with pytest.raises(AssertionError, match="imports by dots"):
        wrong_ways(kit)


@pytest.mark.parametrize(
    ("text", "private"),
    [
        ("from pyscript_kit.lock.reader import _pin\n", "pyscript_kit.lock.reader._pin"),
        ("from pyscript_kit.lock._reader import pin\n", "pyscript_kit.lock._reader.pin"),
        ("from pyscript_kit.lock import reader\nreader._pin()\n", "reader._pin"),
        ("import pyscript_kit.lock.reader as r\nr._pin()\n", "r._pin"),
        ("import pyscript_kit.lock\npyscript_kit.lock._pin()\n", "pyscript_kit.lock._pin"),
    ],
)
def test_a_private_name_of_another_room_is_named(kit: Path, text: str, private: str) -> None:
    add(kit, text)

    assert trespasses(kit) == [f"project.settings uses {private}"]


def test_a_module_that_is_too_long_is_named(kit: Path) -> None:
    add(kit, "#\n" * LONGEST)

    assert too_long(kit) == [f"project/settings.py has {LONGEST + 3} lines"]


def test_a_room_without_words_is_named(kit: Path) -> None:
    (kit / "lock" / "__init__.py").write_text("", encoding="utf-8")

    assert without_words(kit) == ["lock"]
