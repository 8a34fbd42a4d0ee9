"""`pyscript lock` from the user's side: what the lock says afterwards, and what was said. Packages
outside the distribution are resolved by the real pip, from wheels made here."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from madeup import CORES, PLATFORM, wheel
from pyscript_kit.errors import ToolError
from pyscript_kit.lock.closure import top_level_names
from pyscript_kit.lock.reader import read_lock
from pyscript_kit.lock.resolve import make_lock

if TYPE_CHECKING:
    from madeup import LocalCdn, Release, TestedProject

Publish = Callable[..., None]

CDN_INTERPRETER = "https://cdn.jsdelivr.net/pyodide/v1.2.3/full/pyodide.mjs"


@pytest.fixture
def reporting(cdn: LocalCdn, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Call it to have a pip that finds a package seaside, with whatever its index says of that."""

    def report(
        sha256: str = "0" * 64,
        url: str = "https://example.org/seaside-1.0-py3-none-any.whl",
        **metadata: object,
    ) -> None:
        archive = {"hashes": {"sha256": sha256}}
        found = {
            "download_info": {"url": url, "archive_info": archive},
            "metadata": {"name": "seaside", "version": "1.0"} | metadata,
        }

        def pip(*arguments: str) -> subprocess.CompletedProcess[str]:
            option = next(each for each in arguments if each.startswith("--report="))
            Path(option.removeprefix("--report=")).write_text(json.dumps({"install": [found]}))
            return subprocess.CompletedProcess(arguments, 0, "", "")

        monkeypatch.setattr("pyscript_kit.lock.pip.run_pip", pip)

    return report


def packages_of(project: TestedProject) -> dict[str, str]:
    """Name and version of each package in the project's lock."""
    lock = read_lock(project.lock_path)
    return {name: package.version for name, package in lock.packages.items()}


def test_the_lock_holds_the_closure_of_what_is_asked_for(
    project: TestedProject, cdn: LocalCdn, release: Release
) -> None:
    project.ask_for("gamma", "alpha")

    outcome = project.run("lock")

    assert outcome.exit_code == 0, outcome.error
    assert read_lock(project.lock_path) == release.lock("alpha", "gamma")
    assert "added    gamma 0.3" in outcome.output
    assert "next: pyscript vendor" in outcome.output


def test_what_is_no_longer_asked_for_leaves_with_all_it_needed(
    project: TestedProject, cdn: LocalCdn, release: Release
) -> None:
    project.ask_for()

    outcome = project.run("lock")

    assert read_lock(project.lock_path) == release.lock()
    assert "removed  alpha 1.0" in outcome.output
    assert "removed  beta 2.1" in outcome.output


def test_a_lock_that_is_up_to_date_is_left_alone(project: TestedProject, cdn: LocalCdn) -> None:
    before = project.lock_path.stat()

    outcome = project.run("lock")

    assert "runtime.lock.json is up to date: 2 packages" in outcome.output
    assert (project.lock_path.stat().st_ino, project.lock_path.stat().st_mtime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
    )


def test_what_lock_fetched_vendor_need_not_fetch_again(
    project: TestedProject, cdn: LocalCdn, release: Release
) -> None:
    project.ask_for("gamma", "alpha")
    project.run("lock")
    cdn.asked.clear()

    project.run("vendor")

    assert cdn.asked_for(release.path_of("gamma")) == 0
    assert cdn.asked_for(release.path_of("alpha")) == 1


def test_a_damaged_part_that_is_written_anew_anyway_does_not_stop_it(
    project: TestedProject, cdn: LocalCdn, release: Release
) -> None:
    project.edit_lock(lambda lock: lock["packages"].pop("beta"))

    outcome = project.run("lock")

    assert outcome.exit_code == 0
    assert "packages.alpha.depends names 'beta'" in outcome.error
    assert read_lock(project.lock_path) == release.lock("alpha")


def test_a_damaged_pin_stops_it(project: TestedProject, cdn: LocalCdn) -> None:
    project.edit_lock(lambda lock: lock["pyodide"].update(version=""))
    before = project.lock_path.read_bytes()

    assert "restore the file from version control" in project.run("lock").sentence

    assert project.lock_path.read_bytes() == before


def test_without_the_official_index_the_lock_stays(project: TestedProject, cdn: LocalCdn) -> None:
    project.ask_for("gamma")
    before = project.lock_path.read_bytes()
    cdn.spoil("pyodide/pyodide-lock.json")

    outcome = project.run("lock")

    assert "cannot get pyodide/pyodide-lock.json" in outcome.sentence
    assert "run `pyscript lock` again" in outcome.sentence
    assert project.lock_path.read_bytes() == before


def test_a_lock_that_cannot_be_written_stays(
    project: TestedProject, cdn: LocalCdn, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.ask_for("gamma")
    before = project.lock_path.read_bytes()
    replace = Path.replace

    def failing(path: Path, target: Path) -> Path:
        if Path(target) == project.lock_path:
            raise OSError(28, "No space left on device")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", failing)

    sentence = project.run("lock").sentence

    assert "cannot write runtime.lock.json (No space left on device): free some space" in sentence
    assert project.lock_path.read_bytes() == before
    assert {path.name for path in project.root.iterdir()} == {
        "app",
        "runtime.lock.json",
        ".runtime.lock.json.lock",
    }


@pytest.mark.parametrize("name", ["alpha==1.0", "alpha>=1", "alpha[extra]", "alpha ", "-r", ""])
def test_only_bare_names_are_taken(name: str, project: TestedProject) -> None:
    project.ask_for(name)

    assert f"packages holds {name!r}, but only bare names" in project.run("lock").sentence


@pytest.mark.parametrize(
    "name", ["./alpha-1.0-py3-none-any.whl", "https://example.org/alpha.whl", "more.toml"]
)
def test_files_and_addresses_are_refused(name: str, project: TestedProject) -> None:
    project.ask_for(name)

    assert f"packages holds {name!r}, a file or an address" in project.run("lock").sentence


def test_on_the_cdn_a_package_outside_the_distribution_is_refused(
    project: TestedProject, cdn: LocalCdn
) -> None:
    project.ask_for("elsewhere", interpreter=CDN_INTERPRETER)

    sentence = project.run("lock").sentence

    assert "elsewhere is outside the Pyodide distribution" in sentence
    assert "or serve the runtime yourself" in sentence


def test_without_pip_a_package_outside_the_distribution_cannot_be_looked_up(
    project: TestedProject, cdn: LocalCdn
) -> None:
    project.ask_for("elsewhere")

    sentence = project.run("lock").sentence

    assert "neither pip nor uv is installed" in sentence
    assert "install pip or uv" in sentence


def test_a_wheel_outside_the_distribution_is_locked_and_vendored(
    project: TestedProject, index: Publish
) -> None:
    outside = wheel("seaside", "1.5", requires=["alpha", "shore>=1"])
    index(outside, wheel("seaside", "1.4"), wheel("shore", "1.1", files={"shore.py": "x = 1\n"}))
    project.ask_for("seaside")

    outcome = project.run("lock")

    assert outcome.exit_code == 0, outcome.error
    assert packages_of(project) == {
        "alpha": "1.0",
        "beta": "2.1",
        "seaside": "1.5",
        "shore": "1.1",
    }
    lock = json.loads(project.lock_path.read_text())
    assert lock["packages"]["seaside"] == {
        "version": "1.5",
        "source": "index",
        "depends": ["alpha", "shore"],
        "imports": ["seaside"],
        "python": "",
    }
    assert "://" not in project.lock_path.read_text()
    assert project.run("vendor").exit_code == 0
    assert project.served()[f"pyodide/{outside[0]}"] == outside[1]


def test_a_compiled_wheel_for_the_browser_is_preferred_to_a_pure_one(
    project: TestedProject, index: Publish
) -> None:
    index(wheel("seaside", "1.0"), wheel("seaside", "1.0", tag=f"cp314-cp314-{PLATFORM}"))
    project.ask_for("seaside")

    project.run("lock")

    paths = {file.path for file in read_lock(project.lock_path).files}
    assert f"pyodide/seaside-1.0-cp314-cp314-{PLATFORM}.whl" in paths


def test_an_older_version_is_taken_when_the_newest_does_not_fit_the_distribution(
    project: TestedProject, index: Publish
) -> None:
    index(
        wheel("seaside", "2.0", requires=["beta>=3"]),
        wheel("seaside", "1.0", requires=["beta<3"]),
        wheel("beta", "3.0"),
    )
    project.ask_for("seaside")

    assert project.run("lock").exit_code == 0

    assert packages_of(project) == {"beta": "2.1", "seaside": "1.0"}


def test_a_version_conflict_with_the_distribution_names_both_sides(
    project: TestedProject, index: Publish
) -> None:
    index(wheel("seaside", "2.0", requires=["beta<2"]), wheel("beta", "1.0"))
    project.ask_for("seaside")
    before = project.lock_path.read_bytes()

    sentence = project.run("lock").sentence

    assert "seaside 2.0 needs beta<2, but Pyodide 1.2.3 has beta 2.1" in sentence
    assert "remove one of seaside from packages in app/pyscript.toml" in sentence
    assert project.lock_path.read_bytes() == before


def test_a_conflict_that_only_the_browser_has_names_both_sides(
    project: TestedProject, index: Publish
) -> None:
    index(wheel("seaside", "2.0", requires=["beta<2; sys_platform == 'emscripten'"]))
    project.ask_for("seaside")

    sentence = project.run("lock").sentence

    assert "seaside 2.0 needs beta<2, but Pyodide 1.2.3 has beta 2.1" in sentence


def test_two_packages_that_exclude_each_other_are_both_named(
    project: TestedProject, index: Publish
) -> None:
    index(
        wheel("east", "1.0", requires=["shore<2"]),
        wheel("west", "1.0", requires=["shore>=2"]),
        wheel("shore", "1.0"),
        wheel("shore", "2.0"),
    )
    project.ask_for("east", "west")

    sentence = project.run("lock").sentence

    assert "east 1.0 depends on shore<2" in sentence
    assert "west 1.0 depends on shore>=2" in sentence


def test_an_unknown_package_is_named(project: TestedProject, index: Publish) -> None:
    project.ask_for("alpha", "nowhere")
    before = project.lock_path.read_bytes()

    sentence = project.run("lock").sentence

    assert "nowhere is neither in the Pyodide distribution nor on the package index" in sentence
    assert project.lock_path.read_bytes() == before


def test_a_package_with_wheels_for_other_platforms_only_is_named(
    project: TestedProject, index: Publish
) -> None:
    index(
        wheel("seaside", "1.0", tag="cp314-cp314-win_amd64"),
        ("seaside-1.0.tar.gz", b"its source, which is never looked into"),
    )
    project.ask_for("seaside")

    sentence = project.run("lock").sentence

    assert "seaside has no wheel that runs in the browser" in sentence


def test_what_only_this_machine_would_need_is_left_out(
    project: TestedProject, index: Publish
) -> None:
    index(
        wheel(
            "seaside",
            "1.0",
            requires=[
                "here; sys_platform != 'emscripten'",
                "native; sys_platform != 'emscripten'",
                "there; sys_platform == 'emscripten'",
            ],
        ),
        wheel("here", "1.0"),
        wheel("native", "1.0", tag="cp311-cp311-win_amd64"),
        wheel("there", "1.0", requires=["further; platform_machine == 'wasm32'"]),
        wheel("further", "1.0"),
    )
    project.ask_for("seaside")

    outcome = project.run("lock")

    assert outcome.exit_code == 0, outcome.error
    assert set(packages_of(project)) == {"seaside", "there", "further"}


def test_what_the_browser_needs_and_cannot_have_is_named_with_who_needs_it(
    project: TestedProject, index: Publish
) -> None:
    index(
        wheel("seaside", "1.0", requires=["native>=0.5"]),
        wheel("native", "1.0", tag="cp311-cp311-win_amd64"),
    )
    project.ask_for("seaside")

    assert "native, which seaside 1.0 needs, " in project.run("lock").sentence


@pytest.mark.parametrize("asked", [["seaside"], ["seaside", "shore"]], ids=["by one", "by both"])
def test_extras_bring_what_they_name(
    asked: list[str], project: TestedProject, index: Publish
) -> None:
    index(
        wheel("seaside", "1.0", requires=["shore[sand]"]),
        wheel("shore", "1.0", requires=["sand; extra == 'sand'", "mud; extra == 'mud'"]),
        wheel("sand", "1.0"),
        wheel("mud", "1.0"),
    )
    project.ask_for(*asked)

    project.run("lock")

    assert set(packages_of(project)) == {"seaside", "shore", "sand"}


def test_the_browsers_python_decides_not_this_machines(
    project: TestedProject, index: Publish
) -> None:
    index(
        wheel("seaside", "3.0", python=">=3.15"),
        wheel("seaside", "2.0", python="==3.14.*"),
        wheel("seaside", "1.0"),
    )
    project.ask_for("seaside")

    project.run("lock")

    assert packages_of(project) == {"seaside": "2.0"}


def test_no_version_for_the_browsers_python_is_named(
    project: TestedProject, index: Publish
) -> None:
    index(wheel("seaside", "2.0", python="<3.14"), wheel("seaside", "1.0", python="<3.13"))
    project.ask_for("seaside")

    sentence = project.run("lock").sentence

    assert "seaside has no version for Python 3.14.0 that fits" in sentence


def test_a_requirement_from_an_address_is_refused(project: TestedProject, index: Publish) -> None:
    address = "shore @ https://example.org/shore-1.0-py3-none-any.whl"
    index(wheel("seaside", "1.0", requires=[f"{address} ; sys_platform == 'emscripten'"]))
    project.ask_for("seaside")

    assert "seaside 1.0 requires shore from an address" in project.run("lock").sentence


@pytest.mark.parametrize("sha256", ["THESIS", "", "0" * 63, "A" * 64])
@pytest.mark.parametrize("name", ["seaside.txt", "sea%2Fside.txt", "..%5Cside.txt"])
def test_what_the_package_index_gives_names_a_wheel_and_nothing_else(
    project: TestedProject, reporting: Publish, tmp_path: Path, name: str, sha256: str
) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    sha256 = sha256.replace("THESIS", str(tmp_path / "thesis"))
    reporting(sha256, f"https://example.org/{name}")
    project.ask_for("seaside")

    sentence = project.run("lock").sentence

    assert f"gives seaside 1.0 as {unquote(name)!r} with the sha256 {sha256!r}" in sentence
    assert "remove seaside from packages in app/pyscript.toml" in sentence
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_limit_of_pythons_that_cannot_be_read_is_none(
    project: TestedProject, cdn: LocalCdn, reporting: Publish
) -> None:
    reporting("", requires_python=">=3.6.*")
    project.ask_for("seaside")

    # It is looked at no further than its hash.
    assert "gives seaside 1.0 as" in project.run("lock").sentence


@pytest.mark.parametrize("requirement", ["shore (>1.*)", "shore ==", "", "shore; os_name ~= 'x'"])
def test_a_requirement_that_cannot_be_read_is_named(
    project: TestedProject, reporting: Publish, requirement: str
) -> None:
    reporting(requires_dist=["alpha", requirement])
    project.ask_for("seaside")

    sentence = project.run("lock").sentence

    assert f"seaside 1.0 asks for {requirement!r}, which is not a valid requirement" in sentence
    assert "remove seaside from packages in app/pyscript.toml" in sentence


def test_a_requirement_that_neither_can_be_read_nor_met_is_one_sentence(
    project: TestedProject, index: Publish
) -> None:
    index(wheel("seaside", "1.0", requires=["shore (>1.*)"]))
    project.ask_for("seaside")

    sentence = project.run("lock").sentence

    # Newer pips take no such wheel, older ones look for what it asks for.
    assert "seaside" in sentence
    assert "from packages in app/pyscript.toml" in sentence


def test_the_first_lock_of_a_release_is_made_from_npm_alone(
    cdn: LocalCdn, npm: Callable[..., None], release: Release
) -> None:
    npm()

    lock = make_lock("1.2.3", "0.9.9", ["alpha"])

    assert lock == release.lock("alpha")
    assert {file.path for file in lock.files} >= set(CORES)


def test_a_release_that_npm_does_not_have_is_named(cdn: LocalCdn, npm: Callable[..., None]) -> None:
    npm()

    with pytest.raises(ToolError, match=r"0\.9\.9 are not available through npm \(404 Not"):
        make_lock("7.7.7", "0.9.9", [])


def test_top_level_names_come_from_modules_packages_and_libraries(tmp_path: Path) -> None:
    files = {
        "single.py": "",
        "package/__init__.py": "",
        "space/inner/module.py": "",
        "native.cpython-314-wasm32-emscripten.so": "",
        "package/more.abi3.so": "",
        "assets/picture.txt": "",
        "odd-name/module.py": "",
        "seaside-1.0.data/purelib/moved/__init__.py": "",
        "seaside-1.0.data/scripts/tool.py": "",
    }
    name, content = wheel("seaside", "1.0", files=files)
    path = tmp_path / name
    path.write_bytes(content)

    assert top_level_names(path) == ("moved", "native", "package", "single", "space")
