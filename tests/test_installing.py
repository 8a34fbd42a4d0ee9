"""Whoever installs what a project needs gets the kit that lies in it, whatever an index offers by
its name: nobody has registered that, so that anybody can."""

import hashlib
import json
import subprocess
import sys
import threading
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from baking import generate
from conftest import BakedProject
from packing import NAME
from questions import combinations, readable

KIT = "pyscript-kit"
HOSTILE = "pyscript_kit-99.0-py3-none-any.whl"
UV = Path(sys.executable).with_name("uv")


@dataclass
class Index:
    """A package index that has a hostile kit and nothing else, and notes what it is asked for."""

    address: str
    asked: list[str]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An index on this machine, beside those of the user's own settings."""
    wheel = hostile_wheel(tmp_path)
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.strip("/").rpartition("/")[2]
            asked.append(name)
            digest = hashlib.sha256(wheel).hexdigest()
            link = f'<!doctype html><a href="/{HOSTILE}#sha256={digest}">{HOSTILE}</a>'
            answers = {KIT: (link.encode(), "text/html"), HOSTILE: (wheel, "application/zip")}
            body, kind = answers.get(name, (b"", "text/plain"))
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield Index(f"http://127.0.0.1:{server.server_port}/simple", asked)
        server.shutdown()


def hostile_wheel(folder: Path) -> bytes:
    """A wheel by the kit's name, with a version above any of the kit's own."""
    path = folder / HOSTILE
    described = "pyscript_kit-99.0.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {KIT}\nVersion: 99.0\nProvides-Extra: test\n"
    files = {
        "pyscript_kit/__init__.py": "",
        f"{described}/METADATA": metadata,
        f"{described}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{described}/RECORD"] = "".join(f"{name},,\n" for name in (*files, "RECORD"))
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path.read_bytes()


@pytest.fixture
def project(tmp_path: Path) -> BakedProject:
    """A project, of which the kit is most of what it needs."""
    return BakedProject(generate(tmp_path, starter="blank"), "")


def resolved_by_pip(project: BakedProject, index: Index, tmp_path: Path) -> dict[str, Any]:
    """What pip would install by the README's command, as its report has it, by name."""
    report = tmp_path / "report.json"
    options = ["--dry-run", "--ignore-installed", "--report", str(report)]
    options += ["--extra-index-url", index.address]
    pip = [sys.executable, "-m", "pip", "install", "-r", "requirements.txt"]
    result = project.run(*pip, *options)
    assert result.returncode == 0, result.stdout
    installed = json.loads(report.read_text(encoding="utf-8"))["install"]
    return {each["metadata"]["name"]: each for each in installed}


def kit_of_uv(project: BakedProject, index: Index) -> str:
    """The version of the kit that `uv run` runs, having installed what it needs."""
    code = "from importlib.metadata import version; print(version('pyscript-kit'))"
    command = [str(UV), "run", "--index", index.address, "python", "-c", code]
    # As in a terminal of its own: the environment of these tests is none of the project's.
    result = subprocess.run(command, cwd=project.path, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_pip_takes_the_kit_of_the_project_and_asks_no_index_for_it(
    project: BakedProject, index: Index, tmp_path: Path
) -> None:
    found = resolved_by_pip(project, index, tmp_path)

    assert {"pytest", "click", "playwright"} <= set(index.asked)
    assert KIT not in index.asked
    assert HOSTILE not in index.asked
    (wheel,) = (project.path / "kit").iterdir()
    assert found[KIT]["download_info"]["url"] == wheel.as_uri()


def test_pip_would_take_a_kit_that_is_only_named_from_whoever_has_that_name(
    project: BakedProject, index: Index, tmp_path: Path
) -> None:
    requirements = project.path / "requirements.txt"
    text = NAME.sub(KIT, project.read("requirements.txt")).replace(f"./kit/{KIT}", KIT)
    requirements.write_text(text, encoding="utf-8")

    found = resolved_by_pip(project, index, tmp_path)

    assert KIT in index.asked
    assert found[KIT]["metadata"]["version"] == "99.0"


def test_uv_takes_the_kit_of_the_project_and_asks_no_index_for_it(
    project: BakedProject, index: Index
) -> None:
    version = kit_of_uv(project, index)

    assert {"pytest", "click", "playwright"} <= set(index.asked)
    assert KIT not in index.asked
    assert HOSTILE not in index.asked
    (wheel,) = (project.path / "kit").iterdir()
    assert wheel.name == f"pyscript_kit-{version}-py3-none-any.whl"


def test_uv_would_take_a_kit_that_is_only_named_from_whoever_has_that_name(
    project: BakedProject, index: Index
) -> None:
    settings = project.path / "pyproject.toml"
    text = project.read("pyproject.toml")
    before, _, after = text.partition("[tool.uv.sources]\n")
    settings.write_text(before + after.partition("\n")[2], encoding="utf-8")

    assert kit_of_uv(project, index) == "99.0"
    assert KIT in index.asked


@pytest.mark.parametrize("answers", combinations("pyodide_version", "starter"), ids=readable)
def test_pip_and_uv_are_told_the_same(tmp_path: Path, answers: dict[str, str]) -> None:
    project = BakedProject(generate(tmp_path, **answers), "")
    settings = tomllib.loads(project.read("pyproject.toml"))
    source = settings["tool"]["uv"]["sources"][KIT]["path"]
    lines = project.read("requirements.txt").splitlines()

    for_pip = [line for line in lines if not line.startswith("#")]
    for_uv = settings["dependency-groups"]["dev"]

    assert [str(Requirement(each)) for each in for_uv] == [
        line.replace(f"./{source}", KIT) for line in for_pip
    ]
    assert (project.path / source).is_file()
    assert settings["tool"]["uv"]["package"] is False
    assert "build-system" not in settings
    assert "dependencies" not in settings["project"]
