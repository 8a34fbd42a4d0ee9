"""`pyscript lock --pyodide VERSION` from the user's side: what a project's files say
afterwards, all of them or none."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from madeup import LOCAL, PACKAGES, Release
from pyscript_kit.lock.pinned import disagreements
from pyscript_kit.lock.reader import read_lock
from pyscript_kit.project.settings import read_project

if TYPE_CHECKING:
    from madeup import LocalCdn, TestedProject

ON_CDN = "https://cdn.jsdelivr.net/pyodide/v{}/full/pyodide.mjs"

# As the template writes them, with marks for what follows from the pin.
TEXTS = {
    ".cruft.json": """{"context": {"cookiecutter": {"pyodide_version": "1.2.3",
      "_locked_pyodide_versions": ["1.2.3"]}}}""",
    "README.md": """# Mine
[Pyodide](https://pyodide.org) VERSION (Python PYTHON). Not 1.2.3.
With Python 3.11 SPAN, on Linux
""",
    "app/index.html": '<link href="./runtime/pyodide/pyodide.asm.GLUE">\n',
    "pyproject.toml": """[project]
requires-python = "RANGE"
[dependency-groups]
dev = ["alpha==ALPHA", "elsewhere==1.0", "pytest>=8"]
docs = ["Alpha[all] == ALPHA; python_version > '3'", 'alpha===ALPHA', "alpha>=1,==1.*"]
[tool.mypy]
# As the browser sees the app.
python_version = "PYTHON"
strict = true
""",
    "requirements.txt": """./kit/kit-1.0-py3-none-any.whl[test]
alpha==ALPHA # as there, not alpha==1.0
Alpha[all] == ALPHA ; python_version > "3"
alpha==1.*
elsewhere==1.0
""",
}
MARKS = ("VERSION", "PYTHON", "SPAN", "GLUE", "RANGE", "ALPHA")
BEFORE = ("1.2.3", "3.14", "or later", "mjs", ">=3.11", "1.0")
MODULE = hashlib.sha256(b"export const version = '2.0.0';\n").hexdigest()
AFTER = ("2.0.0", "3.15", "or 3.12", "js", ">=3.11,<3.13", "1.5")


def texts(values: tuple[str, ...]) -> dict[str, str]:
    """The files of a project with values in the place of their marks."""
    filled = dict(TEXTS)
    for mark, value in zip(MARKS, values, strict=True):
        filled = {name: text.replace(mark, value) for name, text in filled.items()}
    return filled


def contents(project: TestedProject) -> dict[str, bytes]:
    """Every file of a project but its runtime, and what commands wait for one another by."""
    return {
        path.relative_to(project.root).as_posix(): path.read_bytes()
        for path in project.root.rglob("*")
        if path.is_file() and project.runtime not in path.parents and path.suffix != ".lock"
    }


@pytest.fixture
def other() -> Release:
    """A release with a newer alpha, which brings what has no wheels for newer Pythons."""
    packages = PACKAGES | {
        "alpha": ("1.5", ["beta", "matplotlib"], "py3-none-any"),
        "matplotlib": ("3.8.4", [], "py3-none-any"),
    }
    return Release("2.0.0", "3.15.1", packages, "pyodide.asm.js")


@pytest.fixture
def whole(project: TestedProject, cdn: LocalCdn, other: Release) -> TestedProject:
    """A project with all that carries versions, and a CDN that has the other release, too."""
    for name, text in texts(BEFORE).items():
        (project.root / name).write_text(text, encoding="utf-8")
    cdn.publish(other)
    return project


@pytest.mark.parametrize("on_cdn", [False, True], ids=["self-hosted", "CDN"])
def test_a_move_takes_every_file_that_carries_a_version_along(
    whole: TestedProject, other: Release, on_cdn: bool
) -> None:
    whole.ask_for("alpha", interpreter=ON_CDN.format("1.2.3") if on_cdn else LOCAL)
    config = contents(whole)["app/pyscript.toml"].decode()

    outcome = whole.run("lock", "--pyodide", "2.0.0")

    assert outcome.exit_code == 0, outcome.error
    after = {name: content.decode() for name, content in contents(whole).items()}
    assert read_lock(whole.lock_path) == other.lock("alpha")
    assert after.pop("runtime.lock.json")
    assert after == texts(AFTER) | {"app/pyscript.toml": config.replace("1.2.3", "2.0.0")}


def test_after_a_move_all_agrees_with_the_lock(whole: TestedProject) -> None:
    def found() -> list[str]:
        return disagreements(read_project(whole.root), read_lock(whole.lock_path))

    assert found() == []

    whole.run("lock", "--pyodide", "2.0.0")

    assert found() == []
    assert "1.5" in (whole.root / "requirements.txt").read_text(encoding="utf-8")


def test_a_move_says_what_changed_and_what_to_do_next(whole: TestedProject) -> None:
    output = whole.run("lock", "--pyodide", "2.0.0").output

    assert "Pyodide 1.2.3 (Python 3.14.0) to Pyodide 2.0.0 (Python 3.15.1)" in output
    assert "PyScript stays 0.9.9" in output
    assert "changed  alpha 1.0 to 1.5 (1 kB to 1 kB)" in output
    assert "added    matplotlib 3.8.4 (1 kB)" in output
    assert "beta" not in output
    assert "wrote pyproject.toml\n" in output
    assert "wrote runtime.lock.json: 3 packages, 0.0 MB with the runtime, 0.0 MB before" in output
    installs = "python -m pip install -r requirements.txt (uv: uv sync)"
    vendor = "pyscript vendor (a running pyscript dev does that for you)"
    assert f"next: {installs}, then {vendor}\n" in output


@pytest.mark.parametrize(("here", "fits"), [("3.12.1", True), ("3.13.0", False)])
def test_a_python_that_does_not_suit_the_other_release_is_named(
    whole: TestedProject, monkeypatch: pytest.MonkeyPatch, here: str, fits: bool
) -> None:
    monkeypatch.setattr(platform, "python_version", lambda: here)

    output = whole.run("lock", "--pyodide", "2.0.0").output

    said = "in a virtual environment with Python >=3.11,<3.13; this one has 3.13.0" in output
    assert said is not fits


def test_moving_back_gives_the_same_bytes(whole: TestedProject) -> None:
    before = contents(whole)
    assert whole.run("lock", "--pyodide", "2.0.0").exit_code == 0
    assert contents(whole) != before

    assert whole.run("lock", "--pyodide", "1.2.3").exit_code == 0

    assert contents(whole) == before


def test_moving_to_where_it_is_mends_what_differs(whole: TestedProject) -> None:
    before = contents(whole)
    outcome = whole.run("lock", "--pyodide", "1.2.3")
    assert "runtime.lock.json is up to date" in outcome.output
    page = whole.app / "index.html"
    page.write_text(texts(AFTER)["app/index.html"], encoding="utf-8")

    outcome = whole.run("lock", "--pyodide", "1.2.3")

    assert "wrote app/index.html" in outcome.output
    assert contents(whole) == before


def test_without_a_version_nothing_but_the_lock_changes(whole: TestedProject) -> None:
    page = whole.app / "index.html"
    page.write_text(texts(AFTER)["app/index.html"], encoding="utf-8")
    whole.ask_for("gamma")
    before = contents(whole)

    assert whole.run("lock").exit_code == 0

    after = contents(whole)
    assert {name for name in after if after[name] != before[name]} == {"runtime.lock.json"}


def test_a_lock_begins_again_when_a_move_came_between(
    whole: TestedProject, cdn: LocalCdn, release: Release, other: Release
) -> None:
    whole.ask_for("gamma")
    hold = cdn.hold(release.path_of("gamma"))
    lock = whole.start("lock")
    assert hold.asked.wait(60)
    assert whole.run("lock", "--pyodide", "2.0.0").exit_code == 0
    moved = contents(whole)
    hold.released.set()

    output, error = lock.communicate(timeout=60)

    assert lock.returncode == 0, error
    assert "app/pyscript.toml or runtime.lock.json changed in the meantime" in output
    assert read_lock(whole.lock_path) == other.lock("gamma")
    assert contents(whole) == moved


def test_packages_asked_for_while_a_lock_is_made_are_in_it(
    whole: TestedProject, cdn: LocalCdn, release: Release
) -> None:
    whole.ask_for("gamma")
    hold = cdn.hold(release.path_of("gamma"))
    lock = whole.start("lock")
    assert hold.asked.wait(60)
    whole.ask_for("alpha", "gamma")
    hold.released.set()

    _, error = lock.communicate(timeout=60)

    assert lock.returncode == 0, error
    assert read_lock(whole.lock_path) == release.lock("alpha", "gamma")


def test_what_a_move_fetched_vendor_need_not_fetch_again(
    whole: TestedProject, cdn: LocalCdn, other: Release
) -> None:
    whole.run("lock", "--pyodide", "2.0.0")
    cdn.asked.clear()

    assert whole.run("vendor").exit_code == 0

    # The former lock already told the size of beta, which is in both.
    asked = {path for path in cdn.asked if path.startswith("/pyodide/")}
    assert asked == {other.url_path(other.path_of("beta"))}
    assert whole.served()["pyodide/pyodide.asm.js"] == other.files["pyodide/pyodide.asm.js"]


def test_a_release_comes_from_npm_where_that_is_there(
    whole: TestedProject, cdn: LocalCdn, npm: Callable[..., None], other: Release
) -> None:
    npm("2.0.0", other)

    outcome = whole.run("lock", "--pyodide", "2.0.0")

    assert "Pyodide 2.0.0 comes from npm pack pyodide@2.0.0" in outcome.output
    assert cdn.asked.count(other.url_path("pyodide/pyodide.mjs")) == 0
    assert read_lock(whole.lock_path) == other.lock("alpha")


@pytest.mark.parametrize(
    "version",
    [
        "",
        "2",
        "2.0",
        "v2.0.0",
        "2.0.0a1",
        "latest",
        "../2.0.0",
        "2.0.0 ",
        "2.0.0\n",
        "\u0662.\u0660.\u0660",
    ],
)
def test_what_is_no_version_is_refused_before_anything_is_fetched(
    whole: TestedProject, cdn: LocalCdn, version: str
) -> None:
    before = contents(whole)

    sentence = whole.run("lock", "--pyodide", version).sentence

    assert f"{version!r} is not a Pyodide version: write three numbers" in sentence
    assert contents(whole) == before
    assert cdn.asked == []


def test_a_version_that_does_not_exist_changes_nothing(
    whole: TestedProject, npm: Callable[..., None]
) -> None:
    npm()
    before = contents(whole)

    sentence = whole.run("lock", "--pyodide", "9.9.9").sentence

    assert "Pyodide 9.9.9 is not available (npm pack pyodide@9.9.9: 404 Not Found" in sentence
    assert "it does not have this release): check that this release exists" in sentence
    assert contents(whole) == before


def test_without_any_source_nothing_changes(whole: TestedProject, cdn: LocalCdn) -> None:
    before = contents(whole)
    cdn.close()

    sentence = whole.run("lock", "--pyodide", "2.0.0").sentence

    assert "npm is not installed" in sentence
    assert "cannot be reached): check" in sentence
    assert contents(whole) == before


def test_a_wheel_that_cannot_be_had_is_named_with_the_command_to_run_again(
    whole: TestedProject, cdn: LocalCdn, other: Release
) -> None:
    before = contents(whole)
    del cdn.answers[other.url_path(other.path_of("alpha"))]

    sentence = whole.run("lock", "--pyodide", "2.0.0").sentence

    assert "cannot get pyodide/alpha-1.5-py3-none-any.whl" in sentence
    assert "run `pyscript lock --pyodide 2.0.0` again" in sentence
    assert contents(whole) == before


def test_a_cdn_that_fails_gets_another_chance(
    whole: TestedProject, cdn: LocalCdn, other: Release
) -> None:
    cdn.failing[other.url_path("pyodide/python_stdlib.zip")] = 2

    outcome = whole.run("lock", "--pyodide", "2.0.0")

    assert outcome.exit_code == 0, outcome.error
    assert read_lock(whole.lock_path) == other.lock("alpha")


def test_a_cdn_that_fails_each_time_is_named(
    whole: TestedProject, cdn: LocalCdn, other: Release
) -> None:
    cdn.failing[other.url_path("pyodide/python_stdlib.zip")] = 3

    assert ": HTTP 503): wait some minutes" in whole.run("lock", "--pyodide", "2.0.0").sentence


@pytest.mark.parametrize(
    ("path", "content", "said"),
    [
        ("pyodide-lock.json", b"<html>", "a web page instead of the file pyodide-lock.json): sign"),
        ("pyodide.asm.js", b"\n<!doctype html>", "a web page instead of the file pyodide.asm.js"),
        ("pyodide-lock.json", b"{", "the pyodide-lock.json of Pyodide 2.0.0 cannot be read"),
        ("pyodide-lock.json", b'{"info": {}, "packages": {}}', "does not give its python"),
        (
            "pyodide-lock.json",
            b'{"info": {"python": "3.12.7", "platform": "emscripten", "arch": "wasm32",'
            b' "abi_version": "2024_0", "version": "2.0.0"}, "packages": {}}',
            "Pyodide 2.0.0 needs an index in a format",
        ),
        ("python_stdlib.zip", None, "Pyodide 2.0.0 has no python_stdlib.zip, which this kit"),
    ],
    ids=[
        *("a page instead of the index", "a page instead of the glue", "half an index"),
        *("an old index", "an index for one version", "a file less"),
    ],
)
def test_a_release_of_another_shape_is_refused(
    whole: TestedProject, cdn: LocalCdn, other: Release, path: str, content: bytes | None, said: str
) -> None:
    before = contents(whole)
    address = other.url_path(f"pyodide/{path}")
    if content is None:
        del cdn.answers[address]
    else:
        cdn.answers[address] = content

    assert said in whole.run("lock", "--pyodide", "2.0.0").sentence

    assert contents(whole) == before


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"sha256": "THESIS", "file_name": "alpha.txt"}, "the sha256 'THESIS'"),
        ({"sha256": "0" * 63}, "the sha256 '000"),
        ({"sha256": 1}, "the sha256 1"),
        ({"file_name": "../../alpha.whl"}, "the file '../../alpha.whl'"),
        ({"file_name": "more/alpha.whl"}, "the file 'more/alpha.whl'"),
        ({"file_name": "https://example.org/a.whl"}, "the file 'https://example.org/a.whl'"),
        ({"file_name": None}, "the file None"),
        ({"file_name": "pyodide.mjs", "sha256": MODULE}, "files holds pyodide/pyodide.mjs twice"),
        ({"version": "1.0 -i x"}, "packages.alpha.version is '1.0 -i x'"),
        ({"imports": ["../alpha"]}, "packages.alpha.imports[0] is '../alpha'"),
        ({"install_dir": "/etc"}, "packages.alpha.install_dir is '/etc'"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_an_index_names_files_of_packages_and_nothing_else(
    whole: TestedProject,
    cdn: LocalCdn,
    other: Release,
    tmp_path: Path,
    entry: dict[str, Any],
    said: str,
) -> None:
    thesis = tmp_path / "thesis"
    (tmp_path / "thesis.txt").write_text("years of work")
    document = json.loads(other.index)
    document["packages"]["alpha"] |= entry
    index = json.dumps(document).replace("THESIS", str(thesis))
    cdn.answers[other.url_path("pyodide/pyodide-lock.json")] = index.encode()
    before = contents(whole)

    sentence = whole.run("lock", "--pyodide", "2.0.0").sentence

    assert said.replace("THESIS", str(thesis)) in sentence
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    assert contents(whole) == before


@pytest.mark.parametrize("name", [*TEXTS, "runtime.lock.json"])
def test_when_one_file_cannot_be_written_all_stay_as_they_were(
    whole: TestedProject, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    # The template has a lock for the other version, so that cruft's answers change with the rest.
    answers = whole.root / ".cruft.json"
    answers.write_text(answers.read_text().replace('["1.2.3"]', '["1.2.3", "2.0.0"]'))
    before = contents(whole)
    replace = Path.replace
    failed: list[Path] = []

    def failing(path: Path, target: Path) -> Path:
        if Path(target) == whole.root / name and not failed:
            failed.append(path)
            raise OSError(28, "No space left on device")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", failing)

    sentence = whole.run("lock", "--pyodide", "2.0.0").sentence

    assert f"cannot write {Path(name).name} (No space left on device): free some space" in sentence
    assert contents(whole) == before


@pytest.mark.parametrize("locked", ["2.0.0", "3.0.0"])
def test_cruft_renders_with_the_new_version_if_the_template_has_it(
    whole: TestedProject, locked: str
) -> None:
    answers = whole.root / ".cruft.json"
    before = answers.read_text().replace('["1.2.3"]', f'["{locked}"]')
    answers.write_text(before)

    whole.run("lock", "--pyodide", "2.0.0")

    moved = before.replace('"pyodide_version": "1.2.3"', '"pyodide_version": "2.0.0"')
    assert answers.read_text() == (moved if locked == "2.0.0" else before)


def test_what_an_author_has_worded_anew_stays(whole: TestedProject) -> None:
    own = {
        ".cruft.json": "not JSON",
        "README.md": "Runs on Pyodide 1.2.3, with Python 3.11 or later.\n",
        "pyproject.toml": '[project]\nrequires-python = ">=3.12"\ndependencies = ["alpha>=1"]\n',
        "requirements.txt": "alpha>=1.0 # not alpha==1.0\n",
    }
    for name, text in own.items():
        (whole.root / name).write_text(text)
    (whole.app / "index.html").unlink()

    assert whole.run("lock", "--pyodide", "2.0.0").exit_code == 0

    after = contents(whole)
    assert {name: after[name].decode() for name in own} == own
    assert "app/index.html" not in after


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[tool]\nmypy = { python_version = "3.14" }\n', 'write python_version = "3.15" below'),
        ("[tool", "pyproject.toml is not valid TOML"),
        ("# \udcff", "pyproject.toml is not UTF-8"),
    ],
    ids=["an unknown form", "no TOML", "no UTF-8"],
)
def test_settings_that_cannot_be_moved_stop_it(whole: TestedProject, text: str, said: str) -> None:
    path = whole.root / "pyproject.toml"
    path.write_bytes(text.encode(errors="surrogateescape"))
    before = contents(whole)

    assert said in whole.run("lock", "--pyodide", "2.0.0").sentence

    assert contents(whole) == before


def test_a_package_that_the_other_release_lacks_stops_it(
    whole: TestedProject, cdn: LocalCdn
) -> None:
    packages = {name: PACKAGES[name] for name in ("alpha", "beta")}
    cdn.publish(Release("2.0.0", packages=packages))
    whole.ask_for("alpha", "gamma", interpreter=ON_CDN.format("1.2.3"))
    before = contents(whole)

    sentence = whole.run("lock", "--pyodide", "2.0.0").sentence

    assert "gamma is outside the Pyodide distribution" in sentence
    assert contents(whole) == before


def test_a_damaged_lock_is_written_anew_on_the_way(whole: TestedProject, other: Release) -> None:
    whole.edit_lock(lambda lock: lock["packages"].pop("beta"))

    outcome = whole.run("lock", "--pyodide", "2.0.0")

    assert outcome.exit_code == 0
    assert read_lock(whole.lock_path) == other.lock("alpha")
