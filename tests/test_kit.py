"""The wheel in the template: what the source of the kit gives, the same bytes whoever builds it."""

import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

import packing
from conftest import copy_of_kit
from questions import REPOSITORY, TEMPLATE

SOURCE = REPOSITORY / "kit"


def members(wheel: Path) -> dict[str, bytes]:
    """The files of a wheel by name, as far as they do not tell which hatchling built it."""
    with zipfile.ZipFile(wheel) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    for name in found:
        if name.endswith(".dist-info/WHEEL"):
            found[name] = re.sub(rb"(?m)^Generator: .*\n", b"", found[name])
        elif name.endswith(".dist-info/RECORD"):
            found[name] = re.sub(rb"(?m)^[^,]*/WHEEL,.*\n", b"", found[name])
    return found


def test_the_wheel_in_the_template_is_that_of_the_kit_as_it_is(tmp_path: Path) -> None:
    built = packing.build(tmp_path)
    carried = [path.name for path in (TEMPLATE / "kit").glob("*")]
    assert carried == [built.name], "run make kit"

    expected, found = members(built), members(TEMPLATE / "kit" / built.name)

    changed = {name for name in expected | found if expected.get(name) != found.get(name)}
    assert not changed, "run make kit"
    for name in packing.NAMING:
        named = packing.NAME.findall((TEMPLATE / name).read_text(encoding="utf-8"))
        assert named == [built.name], f"run make kit ({name})"


def test_the_same_source_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = packing.build(tmp_path / "first")
    copy = copy_of_kit(tmp_path / "copy")
    for path in copy.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o700 if path.is_dir() else 0o600)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")

    second = packing.build(tmp_path / "second", copy)

    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()


def test_the_wheel_holds_the_files_that_are_kept_in_version_control(tmp_path: Path) -> None:
    git = shutil.which("git")
    if not git or not (REPOSITORY / ".git").exists():
        pytest.skip("this is no checkout")
    listed = subprocess.run(
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "src"],
        cwd=SOURCE,
        check=True,
        capture_output=True,
        text=True,
    )
    kept = {name.removeprefix("src/") for name in listed.stdout.split("\0") if name}
    source = {name for name in kept if (SOURCE / "src" / name).exists()}
    patterns = {
        f"pyscript_kit/patterns/{place}/{path.name}"
        for folder, place in (
            (TEMPLATE / "app/patterns", "app"),
            (TEMPLATE / "_options/starter=gallery/app/patterns", "app"),
            (TEMPLATE / "_options/starter=gallery/tests/unit", "tests"),
            (SOURCE / "patterns/app", "app"),
            (SOURCE / "patterns/unit", "tests"),
        )
        for path in folder.iterdir()
        if path.is_file()
    }

    packed = {name for name in members(packing.build(tmp_path)) if ".dist-info/" not in name}

    assert packed == source | patterns


def test_a_new_wheel_takes_the_place_of_the_former_one(tmp_path: Path) -> None:
    project, source = tmp_path / "project", copy_of_kit(tmp_path)
    (project / "kit").mkdir(parents=True)
    for name in packing.NAMING:
        (project / name).write_text('x = { path = "kit/pyscript_kit-1.0.0-py3-none-any.whl" }\n')
    packing.put_in(project, source)
    settings = source / "pyproject.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(re.sub(r'(?m)^version = ".*"$', 'version = "9.1rc1"', text))

    packing.put_in(project, source)

    assert [path.name for path in (project / "kit").iterdir()] == [
        "pyscript_kit-9.1rc1-py3-none-any.whl"
    ]
    for name in packing.NAMING:
        assert (project / name).read_text() == (
            'x = { path = "kit/pyscript_kit-9.1rc1-py3-none-any.whl" }\n'
        )


def test_the_kit_comes_with_the_licence_of_the_repository() -> None:
    assert (SOURCE / "LICENSE").read_bytes() == (REPOSITORY / "LICENSE").read_bytes()
