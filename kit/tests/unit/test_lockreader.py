"""A lock that was edited by hand is refused in one sentence with the field and the way out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from pyscript_kit.errors import ToolError
from pyscript_kit.lock.lockfile import lock_text
from pyscript_kit.lock.reader import read_lock

if TYPE_CHECKING:
    from madeup import LocalCdn, Release, TestedProject

Edit = Callable[[dict[str, Any]], object]

ALPHA = "pyodide/alpha-1.0-py3-none-any.whl"
RESTORE = "restore the file from version control"
RELOCK = "run `pyscript lock` to write it again"


def entry(lock: dict[str, Any], path: str) -> dict[str, Any]:
    """The entry of a file in a lock as JSON."""
    found: dict[str, Any] = next(file for file in lock["files"] if file["path"] == path)
    return found


def set_path(path: object) -> Edit:
    return lambda lock: entry(lock, ALPHA).update(path=path)


EDITS: dict[str, tuple[Edit, str, str]] = {
    "unknown lock_version": (
        lambda lock: lock.update(lock_version=2),
        "lock_version is 2 and this kit reads 1",
        "or update the kit",
    ),
    "lock_version a truth value": (
        lambda lock: lock.update(lock_version=True),
        "lock_version is True",
        RESTORE,
    ),
    "no pyodide": (lambda lock: lock.pop("pyodide"), "pyodide is not an object", RESTORE),
    "no version": (
        lambda lock: lock["pyodide"].pop("version"),
        "pyodide lacks the field 'version'",
        RESTORE,
    ),
    "a version that is an option": (
        lambda lock: lock["pyodide"].update(version="--help"),
        "pyodide.version is '--help'",
        RESTORE,
    ),
    "a version that is a path": (
        lambda lock: lock["pyscript"].update(version="1/../../x"),
        "pyscript.version is '1/../../x'",
        RESTORE,
    ),
    "no files": (lambda lock: lock.pop("files"), "lacks the field 'files'", RELOCK),
    "a field no lock has": (
        lambda lock: lock.update(extra=1),
        "the lock has a field 'extra' that no lock has",
        RELOCK,
    ),
    "a source that is none": (
        lambda lock: lock["packages"]["alpha"].update(source="elsewhere"),
        "packages.alpha.source is 'elsewhere'",
        RELOCK,
    ),
    "a package's field missing": (
        lambda lock: lock["packages"]["alpha"].pop("imports"),
        "packages.alpha lacks the field 'imports'",
        RELOCK,
    ),
    "depends no list": (
        lambda lock: lock["packages"]["alpha"].update(depends="beta"),
        "packages.alpha.depends is not a list",
        RELOCK,
    ),
    "a closure that is open": (
        lambda lock: lock["packages"].pop("beta"),
        "packages.alpha.depends names 'beta', which is not in packages",
        RELOCK,
    ),
    "requested but absent": (
        lambda lock: lock["requested"].append("gamma"),
        "requested names 'gamma', which is not in packages",
        RELOCK,
    ),
    "a package without a file": (
        lambda lock: lock["files"].remove(entry(lock, ALPHA)),
        "packages.alpha has no file",
        RELOCK,
    ),
    "a package with two files": (
        lambda lock: lock["files"].append({**entry(lock, ALPHA), "path": "pyodide/b.whl"}),
        "packages.alpha has more than one file",
        RELOCK,
    ),
    "a file of no package": (
        lambda lock: entry(lock, ALPHA).update(package="gamma"),
        "belongs to 'gamma', which is not in packages",
        RELOCK,
    ),
    "a core file missing": (
        lambda lock: lock["files"].remove(entry(lock, "pyodide/pyodide.mjs")),
        "files lacks pyodide/pyodide.mjs",
        RESTORE,
    ),
    "the same path twice": (
        lambda lock: lock["files"].append(entry(lock, ALPHA)),
        f"files holds {ALPHA} twice",
        RELOCK,
    ),
    "the same path in other letters": (
        lambda lock: lock["files"].append(
            {**entry(lock, "pyscript/core.js"), "path": "pyscript/CORE.js"}
        ),
        "files holds pyscript/CORE.js twice",
        RELOCK,
    ),
    "a file that is also a folder": (
        lambda lock: lock["files"].append(
            {**entry(lock, "pyscript/core.js"), "path": "pyscript/core.js/more.js"}
        ),
        "a file with the name of its folder",
        RELOCK,
    ),
    "short sha256": (
        lambda lock: entry(lock, ALPHA).update(sha256="abc"),
        f"the sha256 of {ALPHA} is 'abc'",
        RELOCK,
    ),
    "sha256 in capitals": (
        lambda lock: entry(lock, ALPHA).update(sha256="A" * 64),
        f"the sha256 of {ALPHA} is 'AAA",
        RELOCK,
    ),
    "negative size": (
        lambda lock: entry(lock, ALPHA).update(size=-1),
        f"the size of {ALPHA} is -1, not a number of bytes",
        RELOCK,
    ),
    "size a truth value": (
        lambda lock: entry(lock, ALPHA).update(size=True),
        f"the size of {ALPHA} is True",
        RELOCK,
    ),
    "a hash that pyodide-lock.json does not follow": (
        lambda lock: entry(lock, ALPHA).update(sha256="0" * 64),
        "the entry of pyodide/pyodide-lock.json does not match the packages",
        RELOCK,
    ),
    "a package's version changed": (
        lambda lock: lock["packages"]["alpha"].update(version="9.9"),
        "the entry of pyodide/pyodide-lock.json does not match the packages",
        RELOCK,
    ),
    "no entry of pyodide-lock.json": (
        lambda lock: lock["files"].remove(entry(lock, "pyodide/pyodide-lock.json")),
        "files lacks pyodide/pyodide-lock.json",
        RELOCK,
    ),
}


@pytest.mark.parametrize(("edit", "problem", "way_out"), EDITS.values(), ids=EDITS.keys())
def test_an_edit_is_named_with_the_way_out(
    edit: Edit, problem: str, way_out: str, project: TestedProject
) -> None:
    project.edit_lock(edit)

    with pytest.raises(ToolError) as caught:
        read_lock(project.lock_path)

    assert problem in str(caught.value)
    assert way_out in str(caught.value)


@pytest.mark.parametrize(
    "path",
    [
        "../outside.js",
        "pyodide/../../outside.js",
        "pyodide/..",
        "pyodide/./a.js",
        "/etc/outside",
        "pyodide//a.js",
        "pyodide/",
        "pyodide",
        "",
        "pyodide\\..\\outside.js",
        "C:/outside.js",
        "pyodide/C:outside.js",
        "pyodide/a.js:stream",
        "pyodide/a\x00.js",
        "pyodide/a\n.js",
        "pyodide/.hidden",
        "pyodide/a.js.",
        "pyodide/a b.js",
        "pyodide/a?b.js",
        "pyodide/%2e%2e/a.js",
        "other/a.js",
        7,
        None,
    ],
)
def test_a_path_that_could_leave_the_runtime_is_refused(
    path: object, project: TestedProject
) -> None:
    project.edit_lock(set_path(path))

    with pytest.raises(ToolError, match="not a plain path under pyodide/ or pyscript/"):
        read_lock(project.lock_path)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "is not valid JSON"),
        ("[]", "the outermost value is not an object"),
        ("[" * 100_000, "is nested too deeply"),
        ('{"lock_version": 1, "lock_version": 1}', "'lock_version' occurs twice in one object"),
        ("\udcff", "is not valid JSON"),
    ],
    ids=["cut off", "a list", "nested", "twice", "not UTF-8"],
)
def test_what_is_no_lock_at_all_is_refused(text: str, problem: str, project: TestedProject) -> None:
    project.lock_path.write_bytes(text.encode(errors="surrogateescape"))

    with pytest.raises(ToolError, match=problem):
        read_lock(project.lock_path)


def test_a_missing_lock_is_one_sentence(project: TestedProject) -> None:
    project.lock_path.unlink()

    with pytest.raises(ToolError, match=r"runtime\.lock\.json is missing: restore the file"):
        read_lock(project.lock_path)


def test_vendor_leaves_the_former_runtime_when_the_lock_is_damaged(
    project: TestedProject, former: dict[str, bytes]
) -> None:
    project.edit_lock(set_path("../../outside.js"))

    sentence = project.run("vendor").sentence

    assert sentence.startswith("pyscript vendor: runtime.lock.json: files[")
    assert project.served() == former


def test_a_size_that_is_not_the_hashs_is_the_locks_fault_and_costs_no_cached_file(
    project: TestedProject, cdn: LocalCdn
) -> None:
    project.run("vendor")
    project.edit_lock(lambda lock: entry(lock, ALPHA).update(size=7))

    outcome = project.run("vendor")

    assert f"gives 7 bytes for {ALPHA}, but the file with its sha256 has" in outcome.sentence
    project.lock_for("alpha")
    cdn.close()
    assert project.run("vendor").exit_code == 0


def test_a_lock_reads_back_as_it_was_written(release: Release, project: TestedProject) -> None:
    assert read_lock(project.lock_path) == release.lock("alpha")


def test_a_lock_is_readable_and_always_written_the_same(release: Release) -> None:
    text = lock_text(release.lock("gamma", "alpha"))

    assert text == lock_text(release.lock("alpha", "gamma"))
    assert text.endswith("\n}\n")
    assert json.loads(text)["requested"] == ["alpha", "gamma"]
    lines = text.splitlines()
    assert sum(line.startswith('    {"path": ') for line in lines) == len(json.loads(text)["files"])
    paths = [file["path"] for file in json.loads(text)["files"]]
    assert paths == sorted(paths)
