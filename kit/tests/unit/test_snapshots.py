"""What `pyscript vendor` does with what a browser makes: no browser is started here, but something
that answers as the page in it would."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from madeup import files_below
from makers import Maker, manifest_of
from pyscript_kit.lock.reader import read_lock
from pyscript_kit.project.settings import read_project
from pyscript_kit.snapshot import engines, keeping, making, packs
from pyscript_kit.snapshot.engines import Engine
from pyscript_kit.snapshot.job import in_order, job_for
from pyscript_kit.snapshot.manifest import for_visitors
from pyscript_kit.snapshot.needs import read_needs
from pyscript_kit.snapshot.workshop import Workshop, opened

if TYPE_CHECKING:
    from madeup import Release, TestedProject


@pytest.fixture
def other(maker: Maker, monkeypatch: pytest.MonkeyPatch) -> Maker:
    """A second browser, of another kind."""
    other = Maker("other-functions")
    both = Engine("chromium", "Chromium", maker.open), Engine("webkit", "WebKit", other.open)
    monkeypatch.setattr(making, "engines", lambda: both)
    monkeypatch.setattr(keeping, "has_webkit", lambda: True)
    return other


def blobs_of(manifest: Any) -> dict[str, Any]:
    """Every piece of a blob of a manifest by the name of its file."""
    found = {}
    if isinstance(manifest, dict):
        if "file" in manifest:
            found[manifest["file"]] = manifest
        manifest = list(manifest.values())
    if isinstance(manifest, list):
        for value in manifest:
            found |= blobs_of(value)
    return found


def test_what_the_browser_makes_is_put_in_place_by_its_hash(
    preboots: TestedProject, maker: Maker
) -> None:
    outcome = preboots.run("vendor")

    assert outcome.exit_code == 0, outcome.error
    assert "MB on disk" in outcome.output
    assert maker.opened == ["maker.html", "check.html"]
    manifest = manifest_of(preboots)
    folder = preboots.runtime / "preboot"
    for name, blob in blobs_of(manifest).items():
        content = (folder / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == blob["sha256"]
        assert len(content) == blob["size"]
        # A WebAssembly module with one custom section named "pack".
        assert content[:9] == b"\0asm\1\0\0\0\0"
        assert content[14:19] == b"\4pack"
        length = sum((byte & 0x7F) << (7 * place) for place, byte in enumerate(content[9:14]))
        assert length == len(content) - 14
        compressed = (folder / f"{name}.gz").read_bytes()
        assert gzip.decompress(compressed) == content
        assert hashlib.sha256(compressed).hexdigest() == blob["gzip"]["sha256"]
    base = manifest["snapshots"]["same-functions"]["base"]
    image = [(folder / piece["file"]).read_bytes()[19:] for piece in base["image"]]
    # The last one is asked for later than the other.
    assert image == [b"content o", b"f memory"]
    assert (base["table"], base["trampoline"]) == (7, True)
    held = manifest["snapshots"]["same-functions"]["packages"]
    assert held["names"] == ["beta", "alpha"]
    assert maker.jobs[1]["kind"] == "packages"


def test_what_is_large_comes_in_pieces(
    preboots: TestedProject, maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packs, "_PIECE", 8)

    assert preboots.run("vendor").exit_code == 0

    image = manifest_of(preboots)["snapshots"]["same-functions"]["base"]["image"]
    contents = [(preboots.runtime / "preboot" / piece["file"]).read_bytes() for piece in image]
    assert [content[19:] for content in contents] == [b"content ", b"of memor", b"y"]


def test_a_runtime_with_snapshots_is_right_until_something_of_it_changes(
    preboots: TestedProject, maker: Maker
) -> None:
    preboots.run("vendor")
    again = preboots.run("vendor")
    assert "app/runtime/ is up to date" in again.output

    image = manifest_of(preboots)["snapshots"]["same-functions"]["base"]["image"][0]["file"]
    (preboots.runtime / "preboot" / image).write_bytes(b"changed")
    outcome = preboots.run("vendor")

    assert "from the cache" in outcome.output
    assert maker.opened == ["maker.html", "check.html"]
    assert (preboots.runtime / "preboot" / image).read_bytes().endswith(b"content o")


def test_a_full_disk_is_no_reason_to_make_them_anew(
    preboots: TestedProject,
    maker: Maker,
    cache_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    preboots.run("vendor")
    served, kept = preboots.served(), files_below(cache_folder)
    (preboots.runtime / "pyodide" / "pyodide.mjs").unlink()
    write = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if ".runtime-new/preboot/memory" in path.as_posix():
            raise OSError(28, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)

    sentence = preboots.run("vendor").sentence

    assert "cannot write app/runtime (No space left on device): free some space" in sentence
    assert files_below(cache_folder) == kept
    assert preboots.served().items() <= served.items()
    assert maker.opened == ["maker.html", "check.html"]


def test_snapshots_that_have_changed_in_the_cache_are_named_and_made_anew(
    preboots: TestedProject, maker: Maker, cache_folder: Path
) -> None:
    preboots.run("vendor")
    (kept,) = (cache_folder / "snapshots").iterdir()
    next(kept.glob("memory-packages*.wasm")).write_bytes(b"changed")
    (preboots.runtime / "preboot" / "preboot.mjs").unlink()

    outcome = preboots.run("vendor")

    assert outcome.exit_code == 0
    assert "have changed on disk: making them again" in outcome.error
    assert maker.opened == ["maker.html", "check.html"] * 2
    assert preboots.run("vendor").output.startswith("app/runtime/ is up to date")


def test_other_imports_make_other_snapshots(preboots: TestedProject, maker: Maker) -> None:
    preboots.run("vendor")
    (preboots.app / "main.py").write_text("import alpha.deep\n", encoding="utf-8")

    preboots.run("vendor")

    (modules,) = (each["modules"] for each in maker.jobs[-1]["packages"] if each["name"] == "alpha")
    assert modules == ["alpha.deep"]
    assert maker.opened == ["maker.html", "check.html"] * 2


def test_a_set_that_nobody_has_used_for_a_month_leaves_the_cache(
    preboots: TestedProject, maker: Maker, cache_folder: Path
) -> None:
    def vendor(imports: str) -> str:
        (preboots.app / "main.py").write_text(imports, encoding="utf-8")
        assert preboots.run("vendor").exit_code == 0
        return str(manifest_of(preboots)["key"])

    used, unused = vendor("import alpha\n"), vendor("import alpha.deep\n")
    month = 30 * 24 * 3600
    for name in (used, unused):
        os.utime(cache_folder / "snapshots" / name, (time.time() - month - 60,) * 2)
    assert vendor("import alpha\n") == used

    new = vendor("import alpha.deeper\n")

    assert {path.name for path in (cache_folder / "snapshots").iterdir()} == {used, new}
    assert not list((cache_folder / "runs").glob("*/"))


def test_a_package_may_be_asked_for_in_any_spelling(preboots: TestedProject, maker: Maker) -> None:
    config = preboots.app / "pyscript.toml"
    config.write_text(config.read_text(encoding="utf-8").replace("alpha", "ALPHA"))
    assert preboots.run("lock").exit_code == 0

    assert preboots.run("vendor").exit_code == 0

    alpha = next(each for each in maker.jobs[0]["packages"] if each["name"] == "alpha")
    assert alpha["modules"] == ["alpha"]


@pytest.mark.parametrize(
    ("complaint", "wrong", "said"),
    [
        (
            "Files are open: x\nFiles are open: x",
            "",
            "made no usable snapshot: Files are",
        ),
        (
            "",
            "A snapshot computes 1, a plain boot 2",
            "snapshot: A snapshot computes 1, a plain boot 2",
        ),
    ],
    ids=["it cannot be made", "it computes otherwise"],
)
def test_a_snapshot_that_is_not_right_is_left_out_until_the_next_run(
    preboots: TestedProject, maker: Maker, complaint: str, wrong: str, said: str
) -> None:
    maker.complaint, maker.wrong = complaint, wrong

    outcome = preboots.run("vendor")

    assert outcome.exit_code == 0
    assert said in outcome.error
    manifest = manifest_of(preboots)
    assert manifest is None if complaint else manifest["snapshots"] == {}

    maker.complaint = maker.wrong = ""
    again = preboots.run("vendor")

    assert (again.exit_code, again.error) == (0, "")
    assert "same-functions" in manifest_of(preboots)["snapshots"]
    assert "is up to date" in preboots.run("vendor").output


def test_a_snapshot_that_is_never_right_costs_two_runs_and_no_more(
    preboots: TestedProject, maker: Maker
) -> None:
    maker.wrong = "A snapshot computes 1, a plain boot 2"

    first, second, third = (preboots.run("vendor") for _ in range(3))

    later = (
        "the app starts later in browsers like Chromium, which made no snapshot "
        "(A snapshot computes 1, a plain boot 2): "
    )
    assert f"{later}the next run tries again" in first.error
    key = manifest_of(preboots)["key"]
    never = (
        "2 runs ended like this, and no run tries again until the lock or the app's imports "
        "change; if that browser was at fault, fix it, then remove app/runtime/ and "
        f"snapshots/{key} in the cache"
    )
    assert all(later + never in outcome.error for outcome in (second, third))
    assert "is up to date" in third.output
    assert maker.opened == ["maker.html", "check.html"] * 2
    shutil.rmtree(preboots.runtime)
    assert later + never in preboots.run("vendor").error
    assert maker.opened == ["maker.html", "check.html"] * 2


def test_what_stays_out_of_a_snapshot_is_named_with_its_reason_and_not_compared(
    preboots: TestedProject, maker: Maker
) -> None:
    reason = "ModuleNotFoundError: No module named 'pkg_resources'"
    maker.left_out = [{"package": "alpha", "module": "alpha.deep", "reason": reason}]
    (preboots.app / "main.py").write_text("import alpha, alpha.deep\n", encoding="utf-8")
    said = f"warning: alpha.deep is in no snapshot, so the page that imports it loads it: {reason}"

    outcome = preboots.run("vendor")

    assert said in outcome.error.splitlines()
    assert maker.jobs[-1]["compared"] == ["alpha"]
    assert "packages" in manifest_of(preboots)["snapshots"]["same-functions"]
    assert reason in json.dumps(manifest_of(preboots))
    assert reason not in json.dumps(for_visitors(manifest_of(preboots)))
    # The next run has it from the cache, and says it again.
    shutil.rmtree(preboots.runtime)
    assert said in preboots.run("vendor").error.splitlines()
    assert maker.opened == ["maker.html", "check.html"]


def test_modules_that_a_wheel_brings_along_are_imported_for_nobody(
    project: TestedProject, release: Release
) -> None:
    lock = release.lock("alpha")
    alpha = replace(lock.packages["alpha"], imports=("alpha", "pages", "tests"))
    lock = replace(lock, packages={**lock.packages, "alpha": alpha})
    # The app's own goes before the package's of that name.
    (project.app / "pages.py").touch()
    (project.app / "main.py").write_text("import pages\n", encoding="utf-8")

    job = job_for(lock, read_needs(read_project(project.root), lock))

    assert job["packages"][-1]["modules"] == ["alpha"]


@pytest.mark.parametrize("fault", ["complaint", "wrong"])
def test_only_the_browser_that_failed_is_tried_again(
    preboots: TestedProject, maker: Maker, other: Maker, fault: str
) -> None:
    setattr(maker, fault, "Out of memory")
    first = preboots.run("vendor")
    assert "like Chromium, which made no snapshot (Out of memory): the next run" in first.error
    assert list(manifest_of(preboots)["snapshots"]) == ["other-functions"]
    opened = len(maker.opened)
    setattr(maker, fault, "")

    again = preboots.run("vendor")

    assert (again.exit_code, again.error) == (0, "")
    assert maker.opened[opened:] == other.opened == ["maker.html", "check.html"]
    assert set(manifest_of(preboots)["snapshots"]) == {"same-functions", "other-functions"}
    assert "is up to date" in preboots.run("vendor").output
    shutil.rmtree(preboots.runtime)
    assert preboots.run("vendor").error == ""
    assert set(manifest_of(preboots)["snapshots"]) == {"same-functions", "other-functions"}


def test_without_a_browser_python_boots_plainly_until_there_is_one(
    preboots: TestedProject, maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as nothing:
        nothing.setattr(making, "engines", tuple)
        outcome = preboots.run("vendor")
        assert outcome.exit_code == 0
        assert "run `playwright install chromium`, then `pyscript vendor`" in outcome.error
        assert manifest_of(preboots) is None
        assert "is up to date" in preboots.run("vendor").output

    preboots.run("vendor")

    assert "same-functions" in manifest_of(preboots)["snapshots"]


def test_without_a_snapshot_on_purpose(preboots: TestedProject, maker: Maker) -> None:
    outcome = preboots.run("vendor", "--no-snapshot")

    assert outcome.exit_code == 0
    assert "No snapshot, as requested" in outcome.output
    assert manifest_of(preboots) is None
    assert maker.opened == []
    assert "is up to date" in preboots.run("vendor", "--no-snapshot").output


def test_packages_come_after_those_that_they_depend_on(
    project: TestedProject, release: Release
) -> None:
    assert in_order(release.lock("alpha", "gamma")) == ["beta", "alpha", "gamma"]
    assert in_order(read_lock(project.lock_path)) == ["beta", "alpha"]


def test_only_who_was_told_the_address_is_served_and_heard(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path, (tmp_path,), {"secret": "work"})
    with opened(workshop):
        known = httpx.URL(workshop.address)
        guesses = [
            (known.copy_with(path="/"), known.netloc.decode()),
            (known.copy_with(path=known.path[:-2] + "/"), known.netloc.decode()),
            # A name of somebody else's that leads here.
            (known, f"elsewhere.example:{known.port}"),
        ]
        for address, host in guesses:
            headers = {"Host": host}
            assert httpx.get(address.join("job.json"), headers=headers).status_code == 404
            for what in ("blob?name=memory", "result"):
                posted = httpx.post(address.join(what), headers=headers, content=b"1")
                assert posted.status_code == 404
        assert workshop.blobs == {}
        assert workshop.wait(0) is None

        assert httpx.get(known.join("job.json")).json() == {"secret": "work"}
        httpx.post(known.join("blob?name=memory"), content=b"its")
        httpx.post(known.join("result"), content=b"done")
        assert workshop.blobs == {"memory": b"its"}
        assert workshop.wait(0) == ("result", "done")


def test_the_systems_browser_stands_in_for_playwrights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Type:
        name = "chromium"
        executable_path = str(tmp_path / "own")

    program = tmp_path / "chromium"
    program.write_text("")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    options = engines.launch_options(Type)  # type: ignore[arg-type]

    assert options is not None
    assert options["executable_path"] == str(program)
    assert "--disable-background-networking" in options["args"]
    (tmp_path / "own").write_text("")
    assert engines.launch_options(Type) == {"executable_path": Type.executable_path}  # type: ignore[arg-type]


# They open a pipe as soon as they are what they are.
STUBBORN = """
import os, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open(sys.argv[1], "w") as ready:
    ready.write(str(os.getpid()))
while True:
    signal.pause()
"""
STILL_WRITING = """
import itertools, os, signal, sys
if os.fork():
    signal.pause()
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for number in itertools.count():
    open(os.path.join(os.environ["HOME"], str(number)), "w").close()
    if number == 2000:
        open(sys.argv[1], "w").close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_a_browser_that_does_not_end_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_SECONDS_TO_END", 0.1)
    ready = tmp_path / "ready"
    os.mkfifo(ready)

    with engines._process([sys.executable, "-c", STUBBORN, str(ready)]):
        process = int(ready.read_text())

    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_a_browser_that_still_writes_as_it_ends_takes_no_result_along(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    os.mkfifo(ready)

    with engines._process([sys.executable, "-c", STILL_WRITING, str(ready)]):
        ready.read_text()
