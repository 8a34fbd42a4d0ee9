"""What the kit's unit tests share: a made-up release, a CDN and package clients that have it, and
projects that use it."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from indexes import PASSWORD, PrivateIndex
from madeup import INDEX, LOCAL, LocalCdn, Release, TestedProject, tarball
from makers import Maker
from pips import PIP, ForkedPip
from pyscript_kit.snapshot import keeping, making
from pyscript_kit.snapshot.engines import Engine
from pyscript_kit.sources import pip, wheels

# The same few examples in every run. `pytest --hypothesis-profile=long` draws many others.
_ANY_MACHINE = settings(deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile("few", _ANY_MACHINE, max_examples=25, derandomize=True)
settings.register_profile("long", _ANY_MACHINE, max_examples=400)
settings.load_profile("few")


@pytest.fixture
def release() -> Release:
    return Release()


@pytest.fixture
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache of this test alone."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("PYSCRIPT_RUNTIME_CACHE", str(folder))
    return folder


@pytest.fixture
def without_clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Neither npm nor pip nor uv; the folder is all that is on the PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(pip, "find_pip", lambda: None)
    return folder


@pytest.fixture
def cdn(
    release: Release, cache_folder: Path, without_clients: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LocalCdn]:
    """The only source there is."""
    server = LocalCdn(release)
    monkeypatch.setenv("PYSCRIPT_RUNTIME_CDN", server.base)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("pyscript_kit.sources.host._PAUSE", 0.0)
    yield server
    server.close()


@pytest.fixture
def project(tmp_path: Path, release: Release) -> Iterator[TestedProject]:
    """A project that needs alpha, and so beta; it has no runtime yet."""
    made = TestedProject(tmp_path / "project", release)
    made.ask_for("alpha")
    made.lock_for("alpha")
    yield made
    made.end_all()


@pytest.fixture
def app(project: TestedProject, cdn: LocalCdn, monkeypatch: pytest.MonkeyPatch) -> TestedProject:
    """A project with an app, and no browser on this machine to compile it or boot it with."""
    files = {
        "index.html": INDEX,
        "style.css": "p { color: red }\n" * 40,
        "boot.js": "// starts\n" * 40,
        "main.py": "import pages\n",
        "pages/__init__.py": "PAGES = ()\n",
        "pages/home.py": "def mount(root, handlers): ...\n",
        "data/table.csv": "a,b\n1,2\n",
        "data/report-20240101.csv": "named by a day, and written anew\n",
        ".secret": "not for anybody",
        "pages/__pycache__/home.pyc": "old",
    }
    for name, text in files.items():
        path = project.app / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for maker in ("bytecode", "making"):
        monkeypatch.setattr(f"pyscript_kit.snapshot.{maker}.engines", tuple)
    monkeypatch.setattr("pyscript_kit.site.prerender.capture", lambda *_: {})
    # At their best, copies take longer than all the rest of a build.
    monkeypatch.setattr("pyscript_kit.site.compression._BEST", 3)
    return project


@pytest.fixture
def former(project: TestedProject, cdn: LocalCdn, cache_folder: Path) -> dict[str, bytes]:
    """The runtime that the project has had so far, for gamma; the cache is empty again."""
    project.ask_for("gamma")
    project.lock_for("gamma")
    assert project.run("vendor").exit_code == 0
    served = project.served()
    project.ask_for("alpha")
    project.lock_for("alpha")
    shutil.rmtree(cache_folder)
    cdn.asked.clear()
    return served


@pytest.fixture
def carrier(
    tmp_path: Path, release: Release, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """Call it to have a pip that brings a wheel with the release's files in it, but for those of
    some packages."""

    def make(*lacking: str, **spoilt: bytes) -> None:
        content = tmp_path / "carrier-1.0-py3-none-any.whl"
        with zipfile.ZipFile(content, "w") as archive:
            for path, body in release.files.items():
                name = path.removeprefix("pyodide/")
                if name != path and name.split("-", maxsplit=1)[0] not in lacking:
                    body = spoilt.get(name.split("-", maxsplit=1)[0], body)
                    archive.writestr(f"carrier/frontend/pyodide/{name}", body)
        script = tmp_path / "pip.py"
        script.write_text(
            "import shutil, sys\n"
            "assert 'download' in sys.argv and 'carrier==1.0' in sys.argv\n"
            "target = next(a for a in sys.argv if a.startswith('--dest='))\n"
            f"shutil.copy({str(content)!r}, target.removeprefix('--dest='))\n",
            encoding="utf-8",
        )
        monkeypatch.setattr(wheels, "CARRIERS", {"1.2.3": "carrier==1.0"})
        monkeypatch.setattr(pip, "find_pip", lambda: (sys.executable, str(script)))

    return make


@pytest.fixture
def npm(without_clients: Path, release: Release, tmp_path: Path) -> Callable[..., None]:
    """Call it to have an npm that packs the two cores."""

    def make(version: str = "1.2.3", packed_release: Release = release) -> None:
        cores = packed_release.cores
        pyodide = {n: b for n, b in cores.items() if "pyodide/" in n}
        pyodide["pyodide/pyodide-lock.json"] = packed_release.index
        pyodide["pyodide/pyodide.d.ts"] = b"not for the page"
        pyscript = {n: b for n, b in release.files.items() if n.startswith("pyscript/")}
        pyscript["pyscript/core.js.map"] = b"not for the page"
        packed = {
            f"pyodide@{version}": tarball(tmp_path / "pyodide.tgz", pyodide, "package"),
            "@pyscript/core@0.9.9": tarball(tmp_path / "core.tgz", pyscript, "package/dist"),
        }
        script = without_clients / "npm"
        script.write_text(
            f"#!{sys.executable}\n"
            "import shutil, sys\n"
            f"packed = {packed!r}\n"
            "wanted = sys.argv[2]\n"
            "if wanted not in packed:\n"
            "    sys.exit(f'npm error code E404\\nnpm error 404 Not Found: {wanted}')\n"
            "target = next(a for a in sys.argv if a.startswith('--pack-destination='))\n"
            "shutil.copy(packed[wanted], target.removeprefix('--pack-destination='))\n",
            encoding="utf-8",
        )
        script.chmod(script.stat().st_mode | stat.S_IXUSR)

    return make


@pytest.fixture(scope="session")
def forked_pip(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkedPip]:
    """The real pip."""
    pytest.importorskip("pip")
    made = ForkedPip(tmp_path_factory.mktemp("pip"))
    yield made
    made.end()


@pytest.fixture
def real_pip(forked_pip: ForkedPip, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the kit run the real pip."""
    monkeypatch.setattr(pip, "find_pip", lambda: PIP)
    monkeypatch.setattr(pip, "completed", forked_pip)


@pytest.fixture
def index(
    tmp_path: Path, cdn: LocalCdn, real_pip: None, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """Call it with wheels to have the real pip find these, and nothing else in the world."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))

    def publish(*files: tuple[str, bytes]) -> None:
        for name, content in files:
            (folder / name).write_bytes(content)

    return publish


@pytest.fixture
def maker(monkeypatch: pytest.MonkeyPatch) -> Maker:
    """The only browser of this machine."""
    maker = Maker()
    engine = Engine("chromium", "Chromium", maker.open)
    monkeypatch.setattr(making, "engines", lambda: (engine,))
    monkeypatch.setattr(keeping, "has_webkit", lambda: False)
    return maker


@pytest.fixture
def preboots(project: TestedProject, cdn: LocalCdn) -> TestedProject:
    """A project whose loader boots from snapshots."""
    config = project.app / "pyscript.toml"
    text = config.read_text(encoding="utf-8")
    assert LOCAL in text
    preboot = "./runtime/preboot/preboot.mjs"
    config.write_text(text.replace(LOCAL, preboot), encoding="utf-8")
    return project


@pytest.fixture
def private(
    cdn: LocalCdn, real_pip: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PrivateIndex]:
    """The only index there is, for a pip that knows ann's password."""
    index = PrivateIndex()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", index.address(PASSWORD))
    monkeypatch.setenv("PIP_TRUSTED_HOST", "127.0.0.1")
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)
    yield index
    index.close()
