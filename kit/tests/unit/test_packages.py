"""`pyscript add` and `pyscript remove` for packages: what they write, all of it or nothing."""

from __future__ import annotations

import hashlib
import json
import signal
import threading
import tomllib
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from indexes import PASSWORD
from madeup import LOCAL, PLATFORM, Release, files_below, wheel
from pyscript_kit.lock import for_tests
from pyscript_kit.lock.pinned import disagreements
from pyscript_kit.lock.reader import read_lock
from pyscript_kit.project.asked import Asked
from pyscript_kit.project.asking import with_asked
from pyscript_kit.project.settings import read_project

if TYPE_CHECKING:
    from indexes import PrivateIndex
    from madeup import LocalCdn, TestedProject

Publish = Callable[..., None]

CONFIG = f"""# What the app needs.
interpreter = "{LOCAL}"

# Loaded when a page asks for it.
packages_on_demand = [
    "alpha", # first
    # and what else there is
]
packages_cache = "passthrough" # kept
"""
PYPROJECT = """[project]
name = "mine"
requires-python = ">=3.11"

[dependency-groups]
dev = [
    "pyscript-kit[test]", # it lies in kit/
    "ruff>=0.14",
]
"""
REQUIREMENTS = "./kit/pyscript_kit-1.0.0-py3-none-any.whl[test]\nruff>=0.14\n"


@pytest.fixture
def whole(project: TestedProject, cdn: LocalCdn, monkeypatch: pytest.MonkeyPatch) -> TestedProject:
    """A project with all the files that are about packages, and an index that has every version
    for CPython."""
    (project.app / "pyscript.toml").write_text(CONFIG, encoding="utf-8")
    (project.root / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (project.root / "requirements.txt").write_text(REQUIREMENTS, encoding="utf-8")
    (project.app / "index.html").write_text("<!doctype html>\n", encoding="utf-8")
    monkeypatch.setattr(for_tests, "_why_not", lambda requirement: "")
    return project


def tree(project: TestedProject) -> dict[str, bytes]:
    """Every file of a project but what runs wait for one another by."""
    found = files_below(project.root)
    return {name: content for name, content in found.items() if not name.endswith(".lock")}


def asked_in(project: TestedProject) -> list[str]:
    config = tomllib.loads((project.app / "pyscript.toml").read_text(encoding="utf-8"))
    return list(config.get("packages_on_demand", ()))


def locked(project: TestedProject) -> set[str]:
    return set(read_lock(project.lock_path).packages)


def refused(project: TestedProject, *names: str) -> str:
    """The sentence that an `add` ends with, which has left every file as it was."""
    before = tree(project)
    outcome = project.run("add", *names)
    assert tree(project) == before
    assert "in packages of" not in outcome.sentence
    assert "from packages in" not in outcome.sentence, "it stands in no file yet"
    return outcome.sentence


def test_a_package_comes_into_every_file_and_goes_again(whole: TestedProject) -> None:
    before = tree(whole)

    outcome = whole.run("add", "Gamma")

    assert outcome.exit_code == 0, outcome.error
    config = (whole.app / "pyscript.toml").read_text(encoding="utf-8")
    assert config == CONFIG.replace("there is\n", 'there is\n    "gamma"\n')
    assert locked(whole) == {"alpha", "beta", "gamma"}
    pyproject = (whole.root / "pyproject.toml").read_text(encoding="utf-8")
    assert pyproject == PYPROJECT.replace('.14",\n', '.14",\n    "gamma==0.3",\n')
    requirements = (whole.root / "requirements.txt").read_text(encoding="utf-8")
    assert requirements == REQUIREMENTS + "gamma==0.3\n"
    assert disagreements_of(whole) == []
    for file in ("app/pyscript.toml", "pyproject.toml", "requirements.txt", "runtime.lock.json"):
        assert f"wrote {file}" in outcome.output
    assert "added    gamma 0.3 (1 kB)" in outcome.output
    assert "A first visit to a page that uses all of it downloads 1 kB more" in outcome.output
    assert "pip install -r requirements.txt (uv: uv sync), then pyscript vendor" in outcome.output

    outcome = whole.run("remove", "GAMMA")

    assert outcome.exit_code == 0, outcome.error
    assert "downloads 1 kB less than before" in outcome.output
    assert tree(whole) == before


def disagreements_of(project: TestedProject) -> list[str]:
    return disagreements(read_project(project.root), read_lock(project.lock_path))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('["pandas"] # x', '["numpy", "pandas"] # x'),
        ("[]", '["numpy"]'),
        ('["b", "a"]', '["b", "a", "numpy"]'),
        ('["a",\n  "z"]', '["a",\n  "numpy",\n  "z"]'),
        ('[\n  "a",\n  "z", # last\n]', '[\n  "a",\n  "numpy",\n  "z", # last\n]'),
    ],
)
def test_a_list_keeps_its_layout(before: str, after: str) -> None:
    made = with_asked(f"packages_on_demand = {before}\n", [Asked("numpy", "numpy")])

    assert made == f"packages_on_demand = {after}\n"


def test_what_is_there_already_is_said_and_nothing_written(whole: TestedProject) -> None:
    whole.run("add", "alpha")
    before = tree(whole)

    assert "Nothing to do" in whole.run("add", "Alpha").output

    assert tree(whole) == before


@pytest.mark.parametrize("name", ["sea-side", "Sea_Side", "sea.side", "SEA--SIDE"])
def test_a_name_may_be_spelled_in_any_way(whole: TestedProject, index: Publish, name: str) -> None:
    index(wheel("sea-side", "1.0"))

    assert whole.run("add", name).exit_code == 0

    assert asked_in(whole) == ["alpha", "sea-side"]
    assert "sea-side" in locked(whole)


def test_versions_and_extras_are_kept_and_locked(whole: TestedProject, index: Publish) -> None:
    index(
        wheel("seaside", "1.0"),
        wheel("seaside", "2.0", requires=["shore; extra == 'coast'"], extras=["coast"]),
        wheel("seaside", "3.0"),
        wheel("shore", "1.5"),
    )

    assert whole.run("add", "seaside[coast]<3").exit_code == 0

    assert asked_in(whole) == ["alpha", "seaside[coast]<3"]
    lock = read_lock(whole.lock_path)
    assert lock.packages["seaside"].version == "2.0"
    assert lock.packages["seaside"].depends == ("shore",)
    assert whole.run("vendor").exit_code == 0
    # Said anew, it takes the place of what was said before.
    assert whole.run("add", "seaside>=3").exit_code == 0
    assert asked_in(whole) == ["alpha", "seaside>=3"]
    assert locked(whole) == {"alpha", "beta", "seaside"}
    # The unit tests get the same version, not the one of before.
    assert "seaside==3.0\n" in (whole.root / "requirements.txt").read_text(encoding="utf-8")
    assert disagreements_of(whole) == []


def test_an_extra_of_one_of_pyodides_own_comes_with_that_package(
    whole: TestedProject, index: Publish, cdn: LocalCdn
) -> None:
    alpha = wheel("alpha", "1.0", requires=["shore; extra == 'coast'"], extras=["coast"])
    other = Release(wheels={"alpha": alpha}, version="1.2.4")
    cdn.publish(other)
    assert whole.run("lock", "--pyodide", "1.2.4").exit_code == 0
    index(wheel("shore", "1.5"))

    assert whole.run("add", "alpha[coast]").exit_code == 0

    lock = read_lock(whole.lock_path)
    assert lock.packages["alpha"].depends == ("beta", "shore")
    assert "alpha 1.0 has no extra 'moon': it has coast" in refused(whole, "alpha[moon]")


def test_a_wheel_for_the_browser_is_taken(whole: TestedProject, index: Publish) -> None:
    index(wheel("seaside", "1.0", tag=f"cp314-cp314-{PLATFORM}"))

    assert whole.run("add", "seaside").exit_code == 0

    assert f"pyodide/seaside-1.0-cp314-cp314-{PLATFORM}.whl" in {
        file.path for file in read_lock(whole.lock_path).files
    }


# ------------------------------------------------------------------ wheels of one's own


def test_a_wheel_by_its_path_is_copied_locked_and_vendored(
    whole: TestedProject, index: Publish
) -> None:
    name, content = wheel("own", "1.0", requires=["gamma"])
    elsewhere = whole.root.parent / name
    elsewhere.write_bytes(content)
    index()

    outcome = whole.run("add", str(elsewhere))

    assert outcome.exit_code == 0, outcome.error
    assert (whole.root / "wheels" / name).read_bytes() == content
    assert asked_in(whole) == ["alpha", f"wheels/{name}"]
    lock = read_lock(whole.lock_path)
    assert lock.packages["own"].source == "wheel"
    assert lock.packages["own"].origin == f"wheels/{name}"
    assert whole.run("vendor").exit_code == 0
    assert whole.served()[f"pyodide/{name}"] == content
    assert "is up to date" in whole.run("lock").output

    (whole.root / "wheels" / name).write_bytes(wheel("own", "1.0", python=">=3")[1])
    assert f"wheels/{name} is not the file that runtime.lock.json has" in (
        whole.run("vendor").sentence
    )
    assert whole.run("lock").exit_code == 0
    assert whole.run("vendor").exit_code == 0

    outcome = whole.run("remove", "own")
    assert f"wheels/{name} was left in place" in outcome.error
    assert locked(whole) == {"alpha", "beta"}


def test_a_wheel_by_its_address_is_locked_by_its_hash(
    whole: TestedProject, cdn: LocalCdn, index: Publish, cache_folder: object
) -> None:
    name, content = wheel("own", "1.0")
    cdn.answers[f"/files/{name}"] = content
    index()

    assert whole.run("add", f"{cdn.base}/files/{name}").exit_code == 0

    lock = read_lock(whole.lock_path)
    assert lock.packages["own"].origin == f"{cdn.base}/files/{name}"
    empty_the_cache()
    assert whole.run("vendor").exit_code == 0
    assert whole.served()[f"pyodide/{name}"] == content
    # What lies there now is another file.
    empty_the_cache()
    cdn.answers[f"/files/{name}"] = wheel("own", "1.0", python=">=3")[1]
    assert "is not the file any more that the lock has" in whole.run("lock").sentence


def empty_the_cache() -> None:
    from pyscript_kit.sources.cache import Cache

    for file in (Cache.of_user().folder / "files").rglob("*.whl"):
        file.unlink()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://ann:s3cret@example.org/own-1.0-py3-none-any.whl", "download the wheel"),
        ("https://example.org/own-1.0-py3-none-any.whl?key=s3cret", "download the wheel"),
        ("own @ https://ann:s3cret@example.org/own-1.0-py3-none-any.whl", "of the wheel"),
        ("http://example.org/own-1.0-py3-none-any.whl", "begins with https://"),
        ("https://example.org/own.whl", "not the file name of a wheel"),
        ("file:///own-1.0-py3-none-any.whl", "begins with https://"),
    ],
)
def test_an_address_that_cannot_be_kept_is_refused(
    whole: TestedProject, address: str, said: str
) -> None:
    sentence = refused(whole, address)

    assert said in sentence
    assert "s3cret" not in sentence


@pytest.mark.parametrize(
    ("tag", "name", "said"),
    [
        ("cp311-cp311-linux_x86_64", "own", "is for cp311-cp311-linux_x86_64, which no browser"),
        ("py3-none-any", "beta", "Pyodide 1.2.3 has beta 2.1"),
    ],
)
def test_a_wheel_that_no_browser_can_have_is_refused(
    whole: TestedProject, tag: str, name: str, said: str
) -> None:
    file, content = wheel(name, "1.0", tag=tag)
    (whole.root.parent / file).write_bytes(content)

    assert said in refused(whole, str(whole.root.parent / file))


def test_a_path_that_leads_nowhere_is_named(whole: TestedProject) -> None:
    assert "there is no file nowhere-1.0-py3-none-any.whl" in refused(
        whole, "nowhere-1.0-py3-none-any.whl"
    )


# ------------------------------------------------------------------ what cannot be added


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("native", "native has no wheel that runs in the browser"),
        ("seaside[deep]", "which seaside 1.0 needs, has no wheel that runs in the browser"),
        ("nowhere", "neither in the Pyodide distribution nor on the package index: check"),
        ("older", "but Pyodide 1.2.3 has beta 2.1"),
        ("alpha>=2", "the app needs alpha>=2, but Pyodide 1.2.3 has alpha 1.0: leave out"),
        ("seaside[moon]", "seaside 1.0 has no extra 'moon': it has deep"),
        ("json", "'json' is part of Python in Pyodide 1.2.3, and needs no package: do"),
        ("tkinter", "'tkinter' is a module of Python's standard library"),
        ("js", "'js' is part of every page"),
        ("seaside; python_version > '3'", "leave out the semicolon"),
        ("sea side", "which is no package: write its name"),
        ("seaside>=", "which is no package: write its name"),
    ],
)
def test_what_cannot_be_had_is_named_and_nothing_written(
    whole: TestedProject, index: Publish, name: str, said: str
) -> None:
    index(
        wheel("native", "1.0", tag="cp311-cp311-manylinux_2_17_x86_64"),
        wheel("seaside", "1.0", requires=["native; extra == 'deep'"], extras=["deep"]),
        wheel("older", "1.0", requires=["beta<2"]),
    )

    # Named beside one that could be had.
    assert said in refused(whole, "gamma", name)


def test_without_a_network_what_the_cache_has_is_added_and_the_rest_is_named(
    whole: TestedProject,
    cdn: LocalCdn,
    index: Publish,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert whole.run("add", "gamma").exit_code == 0
    assert whole.run("remove", "gamma").exit_code == 0
    assert whole.run("vendor").exit_code == 0
    cdn.close()
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")

    assert whole.run("add", "gamma").exit_code == 0
    sentence = refused(whole, "seaside")

    assert "its index cannot be reached" in sentence
    assert "then run `pyscript add` again" in sentence


def test_a_version_that_cpython_cannot_have_is_left_out_and_named(
    whole: TestedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(for_tests, "_why_not", lambda requirement: "its index cannot be reached")

    outcome = whole.run("add", "gamma")

    assert outcome.exit_code == 0
    assert "no gamma==0.3 for unit tests on CPython: its index cannot be reached" in outcome.output
    assert (whole.root / "pyproject.toml").read_text(encoding="utf-8") == PYPROJECT
    assert "next: pyscript vendor" in outcome.output


def test_a_project_that_cannot_be_written_stays(
    whole: TestedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(contents: object) -> None:
        from pyscript_kit.errors import writing

        with writing("runtime.lock.json"):
            raise OSError(30, "Read-only file system")

    monkeypatch.setattr("pyscript_kit.lock.adding.write_together", failing)

    assert "cannot write runtime.lock.json (Read-only file system)" in refused(whole, "gamma")


def test_after_ctrl_c_every_file_is_as_it_was(
    whole: TestedProject, cdn: LocalCdn, release: Release
) -> None:
    hold = cdn.hold(release.path_of("gamma"))
    before = tree(whole)
    process = whole.start("add", "import sys; sys.argv.append('gamma')")
    assert hold.asked.wait(60)

    process.send_signal(signal.SIGINT)
    # Its thread hears of it with the next bytes, or after half a minute without any.
    threading.Timer(2.0, hold.released.set).start()
    output, error = process.communicate(timeout=60)

    assert process.returncode != 0
    assert "Traceback" not in output + error
    assert tree(whole) == before


def test_the_second_of_two_waits_and_both_are_in(
    whole: TestedProject, cdn: LocalCdn, release: Release, index: Publish
) -> None:
    index(wheel("seaside", "1.0"))
    hold = cdn.hold(release.path_of("gamma"))
    first = whole.start("add", "import sys; sys.argv.append('gamma')")
    assert hold.asked.wait(60)
    threading.Timer(1.0, hold.released.set).start()

    second = whole.run("add", "seaside")

    assert first.wait(60) == 0
    assert second.exit_code == 0, second.error
    assert "another command is working on runtime.lock.json: waiting for it" in second.output
    assert asked_in(whole) == ["alpha", "gamma", "seaside"]
    assert locked(whole) == {"alpha", "beta", "gamma", "seaside"}


def test_what_is_edited_meanwhile_is_kept(
    whole: TestedProject, cdn: LocalCdn, release: Release
) -> None:
    hold = cdn.hold(release.path_of("gamma"))
    process = whole.start("add", "import sys; sys.argv.append('gamma')")
    assert hold.asked.wait(60)
    edited = PYPROJECT.replace("mine", "mine-anew")
    (whole.root / "pyproject.toml").write_text(edited, encoding="utf-8")
    hold.released.set()

    output, error = process.communicate(timeout=60)

    assert process.returncode == 0, error
    assert "changed in the meantime: starting over" in output
    assert "mine-anew" in (whole.root / "pyproject.toml").read_text(encoding="utf-8")


# ------------------------------------------------------------------ a private index


@pytest.mark.parametrize("hashes", [True, False], ids=["with hashes", "without"])
def test_a_private_index_is_locked_from_and_its_password_stands_nowhere(
    whole: TestedProject, private: PrivateIndex, hashes: bool
) -> None:
    name, content = wheel("seaside", "1.0")
    private.publish((name, content))
    private.hashes = hashes

    outcome = whole.run("add", "seaside")

    assert outcome.exit_code == 0, outcome.error
    locked_files = {file.path: file.sha256 for file in read_lock(whole.lock_path).files}
    assert locked_files[f"pyodide/{name}"] == hashlib.sha256(content).hexdigest()
    assert whole.run("vendor").exit_code == 0
    everything = b"".join(files_below(whole.root).values()).decode(errors="replace")
    for secret in (PASSWORD, PASSWORD.replace("@", "%40")):
        assert secret not in everything + outcome.output + outcome.error


def test_a_private_index_that_lets_nobody_in_is_named_without_the_password(
    whole: TestedProject, private: PrivateIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", private.address("wrong@sea"))

    sentence = refused(whole, "seaside")

    assert f"the index {private.host} answers HTTP 401" in sentence
    assert "wrong" not in sentence


def test_yanked_and_preliminary_versions_are_taken_only_by_name(
    whole: TestedProject, private: PrivateIndex
) -> None:
    versions = [wheel("seaside", version) for version in ("1.0", "1.1", "2.0rc1")]
    private.publish(*versions)
    private.yanked.add(versions[1][0])

    for asked, version in [
        ("seaside", "1.0"),
        ("seaside==1.1", "1.1"),
        ("seaside>=2.0rc1", "2.0rc1"),
    ]:
        assert whole.run("add", asked).exit_code == 0
        assert read_lock(whole.lock_path).packages["seaside"].version == version


# ------------------------------------------------------------------ removing


def test_what_the_app_does_not_ask_for_cannot_be_removed(whole: TestedProject) -> None:
    before = tree(whole)

    assert "app/pyscript.toml does not list beta: choose from alpha" in (
        whole.run("remove", "beta").sentence
    )
    assert tree(whole) == before


def test_what_still_uses_a_removed_package_is_named(whole: TestedProject) -> None:
    whole.run("add", "gamma", "beta")
    pages = whole.app / "pages"
    pages.mkdir()
    (pages / "__init__.py").write_text('PAGES = [Page("home", "H", "s", ("gamma",))]\n', "utf-8")
    (pages / "home.py").write_text("import gamma.deep\n", "utf-8")

    outcome = whole.run("remove", "gamma", "beta")

    assert "app/pages/home.py still imports gamma" in outcome.error
    assert "the line of the page home still names gamma" in outcome.error
    assert "beta stays in the lock, as alpha needs it" in outcome.error


def test_an_app_with_all_of_its_packages_at_the_start_gets_them_there(
    project: TestedProject, cdn: LocalCdn, index: Publish
) -> None:
    index(wheel("seaside", "1.0"))

    assert project.run("add", "seaside>=1").exit_code == 0

    config = tomllib.loads((project.app / "pyscript.toml").read_text(encoding="utf-8"))
    assert config["packages"] == ["alpha", "seaside"]
    assert config["packages_on_demand"] == ["seaside>=1"]
    assert json.loads(project.lock_path.read_text("utf-8"))["requested"] == ["alpha", "seaside>=1"]
    assert project.run("vendor").exit_code == 0
