"""What a snapshot holds of packages that are not as others are: that cannot be imported, that bring
modules along which nobody wants, that make generators of random numbers for themselves."""

import functools
import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from baking import generate
from manifests import LAYOUT
from pyscript_kit.snapshot.manifest import FOLDER, MANIFEST, read_manifest
from pyscript_kit.testing.servers import QuietHandler

CHANCY = """
import _random, random
import numpy

class Own(random.Random):
    pass

class Maker:
    __slots__ = ("source",)

    def __init__(self):
        self.source = random.Random()

OWN = Own()
PLAIN = {"inside": (_random.Random(),)}
MAKER = Maker()
ARRAYS = numpy.random.default_rng()
PHILOX = numpy.random.Generator(numpy.random.Philox())
OLD = numpy.random.RandomState()
OLD.normal()  # It has another one at hand now.
SEEDS = numpy.random.SeedSequence()
FIXED = random.Random(42)
FIXED_ARRAYS = numpy.random.default_rng(7)

def drawn():
    return {
        "random": random.random(),
        "numpy.random": numpy.random.random(),
        "own": OWN.random(),
        "plain": PLAIN["inside"][0].random(),
        "in a slot": MAKER.source.random(),
        "default_rng": ARRAYS.random(),
        "spawned": ARRAYS.spawn(1)[0].random(),
        "Philox": PHILOX.random(),
        "RandomState": OLD.normal(),
        "SeedSequence": int(SEEDS.generate_state(1)[0]),
    }

def fixed():
    return [FIXED.random(), float(FIXED_ARRAYS.random())]
"""
STUBBORN = """
import random

class Stubborn(random.Random):
    def seed(self, value):
        super().seed(value)

SOURCE = Stubborn(1)
"""
# Each of one package, by the paths in its wheel.
WHEELS = {
    "chancy": {"chancy.py": CHANCY},
    "keepsopen": {"keepsopen.py": "FILE = open(__file__)\n"},
    "leaves": {"leaves.py": "raise SystemExit(3)\n"},
    "needsmore": {"needsmore/__init__.py": "import random\nimport pkg_resources\n"},
    "raises": {"raises.py": "raise RuntimeError('no screen\\nfor this')\n"},
    "sound": {"sound.py": "ANSWER = 42\n", "tests/__init__.py": "import nobody_has_this\n"},
    "stubborn": {"stubborn.py": STUBBORN},
}


# A page and a worker that boot Python as PyScript has them do, and nothing else.
BARE = """<!doctype html>
<title>Bare</title>
<script type="module">
  import { loadPyodide } from "./runtime/preboot/preboot.mjs";
  window.boot = (packages) => loadPyodide({ packages });
</script>
"""
WORKER = """import { loadPyodide } from "./runtime/preboot/preboot.mjs";
addEventListener("message", async ({ data: [packages, code] }) => {
  postMessage((await loadPyodide({ packages })).runPython(code));
});
"""
IN_PAGE = "async ([packages, code]) => (await boot(packages)).runPython(code)"
IN_WORKER = """(job) => new Promise((resolve, reject) => {
  const worker = new Worker("./bare.mjs", { type: "module" });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = reject;
  worker.postMessage(job);
})"""
ASK = """import json, sys
before = [name for name in {names!r} if name in sys.modules]
json.dumps([before, ({expression})])
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Path:
    """A project with all of them, its runtime in place; `vendor.txt` is what was said then."""
    folder = tmp_path_factory.mktemp("odd")
    wheels = folder / "wheels"
    wheels.mkdir()
    for name, files in WHEELS.items():
        write_wheel(wheels, name, files)
    pin = pytestconfig.getoption("--pyodide", default=None)
    with pytest.MonkeyPatch.context() as patch:
        (folder / "cookiecutter.yaml").write_text(f"replay_dir: {folder / 'replay'}\n")
        patch.setenv("COOKIECUTTER_CONFIG", str(folder / "cookiecutter.yaml"))
        root = generate(folder, starter="blank", **({"pyodide_version": pin} if pin else {}))
    config = root / "app" / "pyscript.toml"
    text = config.read_text(encoding="utf-8")
    nothing = "packages_on_demand = []"
    assert nothing in text
    asked = f"packages_on_demand = {json.dumps([*WHEELS])}"
    config.write_text(text.replace(nothing, asked), encoding="utf-8")
    (root / "app" / "bare.html").write_text(BARE, encoding="utf-8")
    (root / "app" / "bare.mjs").write_text(WORKER, encoding="utf-8")
    for command in ("lock", "vendor"):
        done = subprocess.run(
            [sys.executable, "-m", "pyscript", command, "--project", str(root)],
            env={**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        (root / f"{command}.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    return root


def write_wheel(folder: Path, name: str, files: dict[str, str]) -> None:
    """Write a wheel of Python alone, the same bytes each time, so that its snapshot is in the cache
    when nothing has changed; what of it imports numpy needs it."""
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    if any("import numpy" in text for text in files.values()):
        metadata += "Requires-Dist: numpy\n"
    about = {
        "METADATA": metadata,
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        members = files | {f"{name}-1.0.dist-info/{path}": text for path, text in about.items()}
        for path, text in members.items():
            archive.writestr(zipfile.ZipInfo(path), text)


@pytest.fixture(scope="module")
def manifest(project: Path) -> Any:
    """What the loader boots from."""
    manifest = read_manifest(project / "app" / "runtime" / FOLDER / MANIFEST)
    if not manifest:
        pytest.skip("there is no browser to make snapshots with")
    return manifest


Ask = Callable[..., Any]


@pytest.fixture
def ask(project: Path, manifest: Any, browser: Browser) -> Iterator[Ask]:
    """Call it with an expression for its value on a new visit, booted with packages: in the page,
    or in a worker. The modules that it names have to be in the snapshot."""
    handler = functools.partial(QuietHandler, directory=str(project / "app"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def value(
            code: str, *, modules: tuple[str, ...] = (), absent: str = "", way: str = IN_PAGE
        ) -> Any:
            names = [*modules, absent]
            context = browser.new_context()
            page = context.new_page()
            page.goto(f"http://127.0.0.1:{server.server_port}/bare.html")
            code = ASK.format(names=names, expression=code)
            before, found = json.loads(page.evaluate(way, [["chancy"], code]))
            assert before == [*modules]
            context.close()
            return found

        yield value
        server.shutdown()


def test_what_cannot_be_in_a_snapshot_is_named_with_its_reason(
    project: Path, manifest: Any
) -> None:
    said = (project / "vendor.txt").read_text(encoding="utf-8")

    warnings = re.findall(r"^warning: (.*)", said, re.MULTILINE)
    left = ": ".join(["{} is in no snapshot, so the page that imports it loads it", "{}"])
    error = "TypeError(\"Stubborn.seed() missing 1 required positional argument: 'value'\")"
    assert {re.sub(r"/lib/.*/", "…/", warning) for warning in warnings} == {
        left.format("keepsopen", "it keeps files open: …/keepsopen.py"),
        left.format("leaves", "SystemExit: 3"),
        left.format("needsmore", "ModuleNotFoundError: No module named 'pkg_resources'"),
        left.format("raises", "RuntimeError: no screen for this"),
        left.format(
            "stubborn",
            "its generator of random numbers, stubborn.Stubborn, cannot be seeded anew: " + error,
        ),
    }
    assert "packages" in manifest["snapshots"][LAYOUT]


def test_all_others_are_in_it_and_what_is_not_is_imported_as_ever(ask: Ask) -> None:
    found = ask(
        "__import__('sound').ANSWER, hasattr(__import__('keepsopen'), 'FILE')",
        modules=("sound", "chancy", "numpy"),
        absent="keepsopen",
    )

    assert found == [42, True]


@pytest.mark.parametrize("way", [IN_PAGE, IN_WORKER], ids=["page", "worker"])
def test_generators_of_packages_draw_anew_for_every_visitor(ask: Ask, way: str) -> None:
    import_it = "__import__('chancy')"
    expression = f"{import_it}.drawn(), {import_it}.fixed()"

    (first, first_fixed), (second, second_fixed) = (
        ask(expression, modules=("chancy",), way=way) for _ in range(2)
    )

    assert first.keys() == second.keys()
    assert [name for name in first if first[name] == second[name]] == []
    # What its package has seeded itself is as on any boot.
    assert first_fixed == second_fixed == [0.6394267984578837, 0.625095466604667]
