"""`pyscript vendor` from the user's side: what is in `app/runtime/` afterwards, and what was said,
when all goes well and whenever something goes wrong."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyscript_kit.browser import BOOT, files_of
from pyscript_kit.errors import ToolError
from pyscript_kit.lock.lockfile import index_of
from pyscript_kit.lock.reader import read_lock
from pyscript_kit.project.settings import find_root, read_project
from pyscript_kit.runtime import placement, vendoring
from pyscript_kit.runtime import shell as shell_module
from pyscript_kit.runtime.shell import PARTS, parts_text
from pyscript_kit.runtime.vendoring import cached_files
from pyscript_kit.sources.cache import Cache
from pyscript_kit.sources.wanted import Publisher, Wanted

if TYPE_CHECKING:
    from madeup import LocalCdn, Release, TestedProject
    from pyscript_kit.lock.lockfile import RuntimeLock
    from pyscript_kit.project.settings import Project

CDN_INTERPRETER = "https://cdn.jsdelivr.net/pyodide/v1.2.3/full/pyodide.mjs"
ALPHA = "pyodide/alpha-1.0-py3-none-any.whl"

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX")


def expected(release: Release, *packages: str) -> dict[str, bytes]:
    """What `app/runtime/` is to hold."""
    lock = release.lock(*packages)
    locked = {
        file.path: release.files[file.path]
        if file.path in release.files and file.path != "pyodide/pyodide-lock.json"
        else index_of(lock)
        for file in lock.files
    }
    return {**locked, **shell("./runtime/pyscript/")}


def shell(pyscript: str) -> dict[str, bytes]:
    """What `app/runtime/boot/` is to hold where no loader stands in front of Pyodide, and PyScript
    comes from some address."""
    style = {"rel": "stylesheet", "href": f"{pyscript}core.css", "media": "print"}
    parts = parts_text(
        [
            ("script", {"type": "module", "src": f"{pyscript}core.js", "data-pyscript": ""}),
            ("link", {**style, "id": "pyscript-style"}),
        ]
    )
    files = {path.name: path.read_bytes() for path in files_of(BOOT)}
    return {f"boot/{name}": text for name, text in (files | {PARTS: parts.encode()}).items()}


def test_every_file_of_the_lock_is_put_in_place_and_nothing_else(
    project: TestedProject, cdn: LocalCdn, release: Release
) -> None:
    outcome = project.run("vendor")

    assert outcome.exit_code == 0, outcome.error
    assert project.served() == expected(release, "alpha")
    assert "app/runtime/ holds 11 files" in outcome.output
    assert f"10 from {cdn.base.removeprefix('http://')}" in outcome.output
    assert project.leftovers() == set()


def test_pyodides_own_lock_knows_the_closure_alone(
    project: TestedProject, cdn: LocalCdn, release: Release
) -> None:
    project.run("vendor")

    index = project.served()["pyodide/pyodide-lock.json"]
    assert b'"alpha"' in index
    assert b'"beta"' in index
    assert b'"gamma"' not in index


def test_a_runtime_that_is_right_is_left_alone(project: TestedProject, cdn: LocalCdn) -> None:
    project.run("vendor")
    before = marks(project)
    cdn.close()

    outcome = project.run("vendor")

    assert outcome.exit_code == 0
    assert "app/runtime/ is up to date: 11 files" in outcome.output
    assert marks(project) == before


@pytest.mark.parametrize("name", [ALPHA, "boot/boot.js", "boot/parts.mjs"])
@pytest.mark.parametrize("damage", ["changed", "missing", "added", "linked"])
def test_a_runtime_that_differs_from_the_lock_is_made_anew(
    damage: str, name: str, project: TestedProject, cdn: LocalCdn, release: Release
) -> None:
    project.run("vendor")
    file = project.runtime / name
    if damage == "changed":
        content = file.read_bytes()
        file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif damage == "added":
        file.with_name("more.js").write_text("more")
    else:
        file.unlink()
    if damage == "linked":
        file.symlink_to(project.app / "pyscript.toml")

    assert project.run("vendor").exit_code == 0

    assert project.served() == expected(release, "alpha")


def test_with_a_warm_cache_no_network_is_needed(
    project: TestedProject, former: dict[str, bytes], cdn: LocalCdn, release: Release
) -> None:
    project.run("vendor")
    project.ask_for()
    project.lock_for()
    project.run("vendor")
    project.ask_for("alpha")
    project.lock_for("alpha")
    cdn.close()

    outcome = project.run("vendor")

    assert outcome.exit_code == 0, outcome.error
    assert "10 from the cache" in outcome.output
    assert project.served() == expected(release, "alpha")


def test_one_changed_byte_of_a_cached_wheel_is_noticed_named_and_mended(
    project: TestedProject, cdn: LocalCdn, cache_folder: Path, release: Release
) -> None:
    project.run("vendor")
    cached = cached_files_of(cache_folder, release.files[ALPHA])
    content = cached.read_bytes()
    cached.write_bytes(content[:100] + bytes([content[100] ^ 1]) + content[101:])
    (project.runtime / ALPHA).unlink()
    cdn.asked.clear()

    outcome = project.run("vendor")

    assert outcome.exit_code == 0
    assert f"cache: {ALPHA} has changed on disk" in outcome.error
    assert cdn.asked == [release.url_path(ALPHA)]
    assert cached.read_bytes() == content
    assert project.served() == expected(release, "alpha")


def test_a_cached_file_that_has_changed_is_removed_even_when_no_other_is_to_be_had(
    project: TestedProject, cdn: LocalCdn, cache_folder: Path, release: Release
) -> None:
    project.run("vendor")
    served = project.served()
    cached = cached_files_of(cache_folder, release.files[ALPHA])
    cached.write_bytes(b"something else")
    (project.runtime / "more.js").write_text("more")
    cdn.close()

    outcome = project.run("vendor")

    assert f"cannot get {ALPHA}" in outcome.sentence
    assert not cached.exists()
    assert project.served() == {**served, "more.js": b"more"}


def test_wrong_bytes_from_one_source_are_named_and_had_from_the_next(
    project: TestedProject,
    cdn: LocalCdn,
    carrier: Callable[..., None],
    release: Release,
) -> None:
    carrier()
    cdn.spoil(ALPHA)

    outcome = project.run("vendor")

    assert outcome.exit_code == 0, outcome.error
    assert project.served() == expected(release, "alpha")
    culprit = cdn.base.removeprefix("http://")
    wanted = hashlib.sha256(release.files[ALPHA]).hexdigest()
    assert f"{culprit}: wrong bytes for {ALPHA}: sha256 " in outcome.error
    assert f"instead of {wanted[:12]}…" in outcome.error
    assert "1 from pip download carrier==1.0" in outcome.output


def test_wrong_bytes_from_every_source_leave_the_former_runtime(
    project: TestedProject,
    former: dict[str, bytes],
    cdn: LocalCdn,
    carrier: Callable[..., None],
) -> None:
    carrier(alpha=b"something else")
    cdn.spoil(ALPHA)

    outcome = project.run("vendor")

    assert f"cannot get {ALPHA}" in outcome.sentence
    assert f"{cdn.base.removeprefix('http://')}: sha256 " in outcome.sentence
    assert "pip download carrier==1.0: 14 bytes instead of" in outcome.sentence
    assert "restore runtime.lock.json from version control" in outcome.sentence
    assert project.served() == former
    assert project.leftovers() == set()


def test_a_truncated_download_is_tried_again_then_had_from_the_next_source(
    project: TestedProject, cdn: LocalCdn, carrier: Callable[..., None], release: Release
) -> None:
    carrier()
    cdn.truncate(ALPHA)

    outcome = project.run("vendor")

    assert outcome.exit_code == 0, outcome.error
    assert cdn.asked_for(ALPHA) == 3
    assert "1 from pip download carrier==1.0" in outcome.output
    assert project.served() == expected(release, "alpha")


def test_a_truncated_download_without_another_source_leaves_the_former_runtime(
    project: TestedProject, former: dict[str, bytes], cdn: LocalCdn, cache_folder: Path
) -> None:
    cdn.truncate(ALPHA)

    outcome = project.run("vendor")

    assert f"cannot get {ALPHA}" in outcome.sentence
    assert "the download broke off" in outcome.sentence
    assert project.served() == former
    assert list(cache_folder.glob("runs/*")) == [cache_folder / "runs" / "runs.lock"]


def test_a_failing_server_gets_a_second_chance(
    project: TestedProject, cdn: LocalCdn, release: Release
) -> None:
    cdn.fail(ALPHA, times=2)

    assert project.run("vendor").exit_code == 0

    assert cdn.asked_for(ALPHA) == 3
    assert project.served() == expected(release, "alpha")


def test_without_network_and_with_an_empty_cache_one_sentence_says_so(
    project: TestedProject, former: dict[str, bytes], cdn: LocalCdn, cache_folder: Path
) -> None:
    cdn.close()

    outcome = project.run("vendor")

    assert "cannot get pyodide/" in outcome.sentence
    assert "and 9 other files" in outcome.sentence
    assert f"not in the cache {cache_folder}" in outcome.sentence
    assert f"{cdn.base.removeprefix('http://')}: cannot be reached" in outcome.sentence
    assert "PYSCRIPT_RUNTIME_CACHE" in outcome.sentence
    assert project.served() == former


def test_a_package_of_pyodides_own_that_pip_does_not_bring_is_said_to_be_on_the_cdn_alone(
    project: TestedProject, cdn: LocalCdn, carrier: Callable[..., None]
) -> None:
    carrier("alpha")
    project.ask_for("gamma")
    project.lock_for("gamma")
    assert project.run("vendor").exit_code == 0
    project.ask_for("alpha")
    project.lock_for("alpha")
    cdn.close()

    sentence = project.run("vendor").sentence

    assert sentence.startswith(f"pyscript vendor: cannot get {ALPHA} (not in the cache")
    assert "pip download carrier==1.0: not in it" in sentence
    assert "let this machine reach the CDN, the only source that has it (of Pyodide's" in sentence
    assert "connect to the network" not in sentence


def test_without_npm_and_pip_the_sentence_says_that_they_are_missing(
    project: TestedProject, cdn: LocalCdn, monkeypatch: pytest.MonkeyPatch
) -> None:
    cdn.close()
    monkeypatch.setattr("pyscript_kit.sources.wheels.CARRIERS", {"1.2.3": "carrier==1.0"})

    sentence = project.run("vendor").sentence

    assert "npm pack pyodide@1.2.3: npm is not installed" in sentence
    assert "pip download carrier==1.0: neither pip nor uv is installed" in sentence


def test_the_cores_come_from_npm_when_the_cdn_is_out_of_reach(
    project: TestedProject, cdn: LocalCdn, npm: Callable[..., None], release: Release
) -> None:
    project.ask_for()
    project.lock_for()
    npm()
    cdn.close()

    outcome = project.run("vendor")

    assert outcome.exit_code == 0, outcome.error
    assert "4 from npm pack pyodide@1.2.3" in outcome.output
    assert "4 from npm pack @pyscript/core@0.9.9" in outcome.output
    assert project.served() == expected(release)


def test_an_npm_that_fails_is_quoted_and_the_carrier_has_pyodide(
    project: TestedProject, cdn: LocalCdn, npm: Callable[..., None], carrier: Callable[..., None]
) -> None:
    npm(version="9.9.9")
    carrier()
    cdn.close()

    outcome = project.run("vendor")

    # PyScript came through npm, all the rest in the carrier.
    assert outcome.exit_code == 0, outcome.error
    assert "6 from pip download carrier==1.0" in outcome.output


def test_a_run_killed_half_way_leaves_the_former_runtime_and_the_next_one_cleans_up(
    project: TestedProject,
    former: dict[str, bytes],
    cdn: LocalCdn,
    cache_folder: Path,
    release: Release,
) -> None:
    hold = cdn.hold(ALPHA)
    process = project.start("vendor")
    assert hold.asked.wait(60)
    process.kill()
    process.communicate()

    assert project.served() == former
    assert project.leftovers() == {".runtime-new"}
    assert len(list(cache_folder.glob("runs/*"))) > 1

    hold.released.set()
    assert project.run("vendor").exit_code == 0

    assert project.served() == expected(release, "alpha")
    assert project.leftovers() == set()
    assert list(cache_folder.glob("runs/*")) == [cache_folder / "runs" / "runs.lock"]


@posix_only
def test_a_run_killed_between_the_two_renames_gives_the_former_runtime_back(
    project: TestedProject, former: dict[str, bytes], cdn: LocalCdn, cache_folder: Path
) -> None:
    killed = project.run_apart("vendor", before=KILLED_BEFORE_THE_SECOND_RENAME)
    assert killed.exit_code == -9
    assert project.leftovers() == {".runtime-new", ".runtime-former"}
    assert project.served() == {}
    # Nor can the next run finish.
    (cached_file,) = cache_folder.glob("files/*/*.wasm")
    cached_file.unlink()
    cdn.close()

    outcome = project.run("vendor")

    assert "cannot get pyodide/pyodide.asm.wasm" in outcome.sentence
    assert project.served() == former
    assert project.leftovers() == set()


@posix_only
def test_a_run_killed_after_the_swap_leaves_the_new_runtime_and_the_next_one_cleans_up(
    project: TestedProject, former: dict[str, bytes], cdn: LocalCdn, release: Release
) -> None:
    killed = project.run_apart("vendor", before=KILLED_AFTER_THE_SWAP)
    assert killed.exit_code == -9
    assert project.leftovers() == {".runtime-former"}
    assert project.served() == expected(release, "alpha")

    outcome = project.run("vendor")

    assert "app/runtime/ is up to date" in outcome.output
    assert project.leftovers() == set()
    assert project.served() == expected(release, "alpha")


KILLED_BEFORE_THE_SECOND_RENAME = """
import os, pathlib, signal
rename = pathlib.Path.rename
def deadly(path, target):
    if path.name == ".runtime-new":
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(path, target)
pathlib.Path.rename = deadly
"""


KILLED_AFTER_THE_SWAP = """
import os, pathlib, signal
rename = pathlib.Path.rename
def deadly(path, target):
    renamed = rename(path, target)
    if path.name == ".runtime-new":
        os.kill(os.getpid(), signal.SIGKILL)
    return renamed
pathlib.Path.rename = deadly
"""


def test_a_swap_that_fails_is_taken_back(
    project: TestedProject,
    former: dict[str, bytes],
    cdn: LocalCdn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rename = Path.rename

    def failing(path: Path, target: Path) -> Path:
        if path.name == ".runtime-new":
            raise PermissionError(13, "Permission denied")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", failing)

    sentence = project.run("vendor").sentence

    assert "cannot write app/runtime (Permission denied)" in sentence
    assert project.served() == former
    assert project.leftovers() == set()


def test_of_two_runs_side_by_side_the_second_waits_and_finds_all_done(
    project: TestedProject, former: dict[str, bytes], cdn: LocalCdn, release: Release
) -> None:
    hold = cdn.hold(ALPHA)
    first = project.start("vendor")
    assert hold.asked.wait(60)
    second = project.start("vendor")
    assert second.stdout is not None
    assert "waiting for it" in second.stdout.readline()
    hold.released.set()

    first_output, first_error = first.communicate(timeout=60)
    second_output, second_error = second.communicate(timeout=60)

    assert (first.returncode, second.returncode) == (0, 0), first_error + second_error
    assert "app/runtime/ holds 11 files" in first_output
    assert "app/runtime/ is up to date" in second_output
    assert len(cdn.asked) == len(set(cdn.asked)) == 10
    assert project.served() == expected(release, "alpha")
    assert project.leftovers() == set()


WITHOUT_ROOTS_POWERS = """
import ctypes, os, sys
if os.geteuid() == 0 and "confined" not in os.environ:
    # Root writes where it likes, unless it starts anew without the two capabilities that allow it.
    for capability in (1, 2):
        assert ctypes.CDLL(None).prctl(24, capability, 0, 0, 0) == 0
    os.environ["confined"] = "yes"
    os.execv(sys.executable, [sys.executable, "-c", sys.orig_argv[2], *sys.argv[1:]])
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="root is confined as on Linux")
def test_a_target_that_cannot_be_written_is_one_sentence(
    project: TestedProject, former: dict[str, bytes], cdn: LocalCdn
) -> None:
    project.app.chmod(0o555)
    (project.app / ".runtime.lock").unlink()
    try:
        sentence = project.run_apart("vendor", before=WITHOUT_ROOTS_POWERS).sentence
    finally:
        project.app.chmod(0o755)

    assert "cannot write app/runtime (Permission denied): make it writable" in sentence
    assert project.served() == former


SMALL_DISK = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
"""


@posix_only
@pytest.mark.parametrize("warm", [True, False], ids=["warm cache", "cold cache"])
def test_a_disk_that_fills_up_is_one_sentence(
    warm: bool, project: TestedProject, former: dict[str, bytes], cdn: LocalCdn, cache_folder: Path
) -> None:
    if warm:
        project.run("vendor")
        (project.runtime / ALPHA).unlink()
    before = project.served()

    sentence = project.run_apart("vendor", before=SMALL_DISK).sentence

    place = "app/runtime" if warm else f"the cache {cache_folder}"
    assert f"cannot write {place} (File too large)" in sentence
    assert project.served() == before
    assert project.leftovers() == set()


def test_a_cache_that_cannot_be_made_is_one_sentence(
    project: TestedProject, former: dict[str, bytes], cache_folder: Path
) -> None:
    cache_folder.write_text("in the way")

    sentence = project.run("vendor").sentence

    assert f"{cache_folder}" in sentence
    assert "PYSCRIPT_RUNTIME_CACHE" in sentence
    assert project.served() == former


def test_packages_that_are_not_locked_yet_are_named(
    project: TestedProject, former: dict[str, bytes]
) -> None:
    project.ask_for("alpha", "gamma")

    sentence = project.run("vendor").sentence

    assert "ask for different packages (gamma)" in sentence
    assert "run `pyscript lock`" in sentence
    assert project.served() == former


def test_the_spelling_of_a_name_does_not_matter(project: TestedProject, cdn: LocalCdn) -> None:
    project.ask_for("Alpha")

    assert project.run("vendor").exit_code == 0


def test_outside_a_project_the_sentence_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=f"{tmp_path} is not inside a project"):
        find_root(tmp_path)


@posix_only
def test_a_folder_that_cannot_be_looked_into_is_one_sentence(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)

    with pytest.raises(ToolError, match=r"loop cannot be searched \(.*--project"):
        find_root(loop)
    with pytest.raises(ToolError, match=r"cannot be searched \(File name too long\)"):
        find_root(tmp_path / ("long" * 100))


def test_a_kit_that_brings_another_shell_puts_it_in_place(
    project: TestedProject, cdn: LocalCdn, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.run("vendor")
    cdn.close()
    newer = {**shell_module.shell_files(*read(project)), "newer.mjs": b"// newer"}
    for module in (placement, vendoring):
        monkeypatch.setattr(module, "shell_files", lambda *_: newer)

    assert project.run("vendor").exit_code == 0

    served = project.served()
    assert served.pop("boot/newer.mjs") == b"// newer"
    assert served == expected(release, "alpha")


def read(project: TestedProject) -> tuple[Project, RuntimeLock]:
    """What stands in a project's files."""
    return read_project(project.root), read_lock(project.lock_path)


@pytest.mark.parametrize("change", ["nothing", "a changed file", "a runtime of its own"])
def test_on_the_cdn_the_cache_is_filled_and_only_the_shell_lies_in_the_app(
    change: str, project: TestedProject, cdn: LocalCdn, release: Release
) -> None:
    if change == "a runtime of its own":
        project.run("vendor")
    project.ask_for("alpha", interpreter=CDN_INTERPRETER)
    if change == "a changed file":
        project.run("vendor")
        (project.runtime / "boot" / "boot.js").write_text("changed", encoding="utf-8")

    outcome = project.run("vendor")

    assert outcome.exit_code == 0, outcome.error
    assert "The runtime is on the CDN; for the tests, the cache holds 11 files" in outcome.output
    assert project.served() == shell("https://cdn.jsdelivr.net/npm/@pyscript/core@0.9.9/dist/")
    assert project.leftovers() == set()
    files = cached_files(project.root)
    assert {url: path.read_bytes() for url, path in files.items()} == {
        f"https://cdn.jsdelivr.net{release.url_path(path)}": body
        for path, body in {
            **release.files,
            "pyodide/pyodide-lock.json": release.index,
        }.items()
        if "gamma" not in path
    }


def test_a_cached_file_keeps_its_ending_from_which_servers_tell_its_type(
    project: TestedProject, cdn: LocalCdn
) -> None:
    project.ask_for("alpha", interpreter=CDN_INTERPRETER)
    project.run("vendor")

    assert {url.rsplit(".", 1)[1] for url in cached_files(project.root)} == {
        path.suffix[1:] for path in cached_files(project.root).values()
    }


@pytest.mark.parametrize("sha256", ["", "..", "0" * 63, "0" * 64 + "/", "A" * 64, "{}/thesis"])
def test_the_cache_looks_for_nothing_by_what_is_no_sha256(tmp_path: Path, sha256: str) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    sha256 = sha256.format(tmp_path)
    wanted = Wanted("pyodide/numpy.txt", sha256, None, Publisher.DISTRIBUTION)

    with pytest.raises(ToolError, match=r"pyodide/numpy\.txt has the sha256 '.*', which is not"):
        Cache(tmp_path / "cache").find(wanted)

    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_file_that_the_cache_lacks_is_named_with_the_way_to_it(
    project: TestedProject, cdn: LocalCdn
) -> None:
    project.ask_for("alpha", interpreter=CDN_INTERPRETER)

    with pytest.raises(ToolError, match=r"is not in the cache .*: run `pyscript vendor`"):
        cached_files(project.root)


def test_an_interpreter_of_another_release_than_the_locks_is_refused(
    project: TestedProject, cdn: LocalCdn
) -> None:
    project.ask_for("alpha", interpreter=CDN_INTERPRETER.replace("1.2.3", "1.2.4"))

    assert f"write '{CDN_INTERPRETER}'" in project.run("vendor").sentence


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ("packages = [", "app/pyscript.toml is not valid TOML"),
        ('packages = "numpy"', "packages is not a list of names"),
        ("packages = [1]", "packages is not a list of names"),
        ("packages = []", "interpreter is None: write './runtime/preboot/preboot.mjs'"),
        ('interpreter = "https://elsewhere/pyodide.mjs"', "interpreter is 'https://elsewhere"),
        ('files = ["a.py"]', "files is no table of addresses"),
        ('[files]\n"./a.py" = 1', "files is no table of addresses"),
    ],
)
def test_a_config_that_cannot_be_used_is_one_sentence(
    config: str, problem: str, project: TestedProject
) -> None:
    (project.app / "pyscript.toml").write_text(config)

    assert problem in project.run("vendor").sentence


def marks(project: TestedProject) -> dict[Path, tuple[int, int]]:
    """What changes of each file and folder when it is written or replaced."""
    stats = {path: path.stat() for path in project.app.rglob("*")}
    return {path: (stat.st_ino, stat.st_mtime_ns) for path, stat in stats.items()}


def cached_files_of(cache_folder: Path, content: bytes) -> Path:
    """The place of some content in the cache."""
    sha256 = hashlib.sha256(content).hexdigest()
    (found,) = cache_folder.glob(f"files/*/{sha256}*")
    return found
