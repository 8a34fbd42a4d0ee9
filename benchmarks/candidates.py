"""Makes what is compared: pages as others write them, and the generated app in its variants.

All candidates draw the same figure, that of the gallery's plot page, with the same files of the
same PyScript and Pyodide. Each has a second page, or route, without packages, whose one task is to
show an element that Python made.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from cookiecutter.main import cookiecutter

from environment import REPOSITORY, VENV, install
from pyscript_kit.sources.cache import Cache

BENCH = REPOSITORY / "build" / "bench"
SITES = BENCH / "sites"
# Of the kit that an earlier state comes with.
EARLIER_VENV = BENCH / "earlier" / ".venv"

# What the plot page gives its figure in the window of the benchmark, in CSS pixels. load.py insists
# on it, so that a change there does not go by unnoticed.
FIGURE_SIZE = (1001, 520)

FIGURE = f"""\
import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(-3, 3, 301)
density = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)

size = ({FIGURE_SIZE[0]} / 96, {FIGURE_SIZE[1]} / 96)
figure, axes = plt.subplots(figsize=size, dpi=96, layout="constrained")
axes.plot(x, density, label="mu = 0, sigma = 1")
axes.set(title="Normal density", xlabel="x", ylabel="density")
axes.set_ylim(bottom=0)
axes.grid()
figure.legend(loc="outside lower center", frameon=False)
"""

DISPLAY = """\

from pyscript import display

display(figure)
"""

BASE64 = """\

import base64
import io

from js import document

png = io.BytesIO()
figure.savefig(png, format="png")
image = document.createElement("img")
image.src = "data:image/png;base64," + base64.b64encode(png.getvalue()).decode()
document.body.append(image)
"""

ELEMENT = """\
from js import document

paragraph = document.createElement("p")
paragraph.id = "python"
paragraph.textContent = "Hello from Python"
document.body.append(paragraph)
"""

PLAIN_PAGE = """\
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Plain Pyodide</title>
  </head>
  <body>
    <h1>Python in the browser</h1>
    <script type="text/python" id="source">
{source}</script>
    <script type="module">
      import {{ loadPyodide }} from "./runtime/pyodide/pyodide.mjs";
      const source = document.getElementById("source").textContent;
      const pyodide = await loadPyodide();
      await pyodide.loadPackagesFromImports(source);
      await pyodide.runPythonAsync(source);
      dispatchEvent(new Event("page:done"));
    </script>
  </body>
</html>
"""


@dataclass(frozen=True)
class Candidate:
    """A page to load.

    Attributes:
        name: as in the results.
        figure: address of the page with the figure, below the host's origin.
        element: address of the page without packages.
        ready: the event on window that ends its start.
        selector: what only Python puts into the document.
        boots: how the page with the figure may have booted, as it says of itself; "" for pages
            that say nothing.
        keeps: whether a service worker keeps it, for the repeat visit.
        prerendered: whether it first shows the figure that was kept when it was built; None where
            that is not told.
    """

    name: str
    figure: str
    element: str
    ready: str
    selector: str
    boots: tuple[str, ...] = ("",)
    keeps: bool = False
    prerendered: bool | None = False


def app(name: str, *boots: str, keeps: bool = False, prerendered: bool | None = False) -> Candidate:
    """Return the generated app that is served below `name`."""
    figure, element, selector = f"{name}/#/plot", f"{name}/", "#page > :not(#boot) h1"
    return Candidate(name, figure, element, "app:ready", selector, boots, keeps, prerendered)


CANDIDATES = {
    "pyscript-create": Candidate(
        "pyscript-create",
        "pyscript-create/figure/",
        "pyscript-create/element/",
        "py:done",
        "#python",
    ),
    "plain-pyodide": Candidate(
        "plain-pyodide",
        "plain-pyodide/figure/",
        "plain-pyodide/element/",
        "page:done",
        "#python",
    ),
    "vendored": app("vendored", "", "off", "bytecode"),
    "preboot": app("preboot", "packages"),
    "unprerendered": app("unprerendered", "packages", keeps=True),
    "build": app("build", "packages", keeps=True, prerendered=True),
}
# The same of another state of this repository, and what of this one each is compared with.
EARLIER = {
    "earlier-preboot": app("earlier-preboot", "packages"),
    "earlier-build": app("earlier-build", "packages", keeps=True, prerendered=None),
}
COUNTERPARTS = {"earlier-preboot": "preboot", "earlier-build": "build"}


def prepare(names: list[str], earlier: Path | None = None) -> dict[str, Path]:
    """Make the folders of the candidates below build/bench/.

    Args:
        names: which candidates.
        earlier: a checkout of this repository in another state; it needs to be there for the
            candidates of `EARLIER`.

    Returns:
        The folder to serve for each.

    Raises:
        SystemExit: a step failed; what it said is above.
    """
    shutil.rmtree(SITES, ignore_errors=True)
    vendored = bake("vendored")
    run(["pyscript", "vendor", "--no-snapshot"], vendored)
    folders = {"vendored": vendored / "app"}
    stock = stock_runtime(vendored)
    folders["pyscript-create"] = pyscript_create(stock)
    folders["plain-pyodide"] = _plain_pyodide(stock)
    if {"preboot", "unprerendered", "build"} & set(names):
        preboot = bake("preboot")
        folders["preboot"] = preboot / "app"
        folders["build"] = _vendor_and_build(preboot, VENV, build="build" in names)
        if "unprerendered" in names:
            folders["unprerendered"] = _build_without_prerendering(preboot)
    if earlier and EARLIER.keys() & set(names):
        project = bake("earlier-preboot", template=earlier)
        print("Installing its tools into build/bench/earlier/.venv …", flush=True)
        _install_tools_of(earlier, project)
        folders["earlier-preboot"] = project / "app"
        folders["earlier-build"] = _vendor_and_build(
            project, EARLIER_VENV, build="earlier-build" in names
        )
    return {name: folders[name] for name in names}


def _vendor_and_build(project: Path, venv: Path, *, build: bool) -> Path:
    """Make a project's runtime and, when asked, its site; return the site's folder."""
    print(run(["pyscript", "vendor"], project, venv).strip(), flush=True)
    if build:
        run(["pyscript", "build"], project, venv)
    return project / "dist"


def _build_without_prerendering(project: Path) -> Path:
    """Build a copy of a project whose runtime has been made; return the site's folder."""
    copy = project.with_name("unprerendered")
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns("dist"))
    run(["pyscript", "build", "--no-prerender"], copy)
    return copy / "dist"


def _install_tools_of(earlier: Path, project: Path) -> None:
    """Install the kit of an earlier state, or, from before there was one, its project."""
    # The tools of another state may have been there before.
    shutil.rmtree(EARLIER_VENV, ignore_errors=True)
    kit = earlier / "kit"
    install(EARLIER_VENV, ["--editable", str(kit if kit.is_dir() else project)])


def bake(name: str, template: Path = REPOSITORY, **answers: str) -> Path:
    """Generate a project below build/bench/sites/, with defaults for the other answers."""
    print(f"Generating build/bench/sites/{name} …", flush=True)
    return Path(
        cookiecutter(
            str(template),
            no_input=True,
            output_dir=str(SITES),
            extra_context={"project_name": "Benchmark", "project_slug": name, **answers},
        )
    )


def stock_runtime(project: Path) -> Path:
    """Put the files of a project's lock together as their makers publish them; return the folder.

    Raises:
        SystemExit: one is not there as it was published.
    """
    lock = json.loads((project / "runtime.lock.json").read_text(encoding="utf-8"))
    folder = SITES / "runtime"
    cache = Cache.of_user().folder
    for file in lock["files"]:
        copy = folder / file["path"]
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_stock_file(file, project / "app" / "runtime", cache), copy)
    return folder


def _stock_file(file: dict[str, str], runtime: Path, cache: Path) -> Path:
    """Return where a file of the lock lies unchanged: in the app's runtime, or in the cache."""
    digest = file["sha256"]
    place = runtime / file["path"]
    for path in (place, cache / "files" / digest[:2] / f"{digest}{place.suffix}"):
        if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == digest:
            return path
    sys.exit(f"{file['path']} is not as it was published, neither in app/runtime nor in the cache.")


def pyscript_create(runtime: Path, code: str = "", *packages: str) -> Path:
    """Have `pyscript create` write two pages, and give them this runtime, their code and packages.

    They keep its page as it is, the terminal included. Their release is the pinned one.

    Args:
        runtime: the folder with PyScript's and Pyodide's files.
        code: what else the page with the figure runs, ahead of it.
        packages: what else that page names in its configuration.

    Returns:
        The folder to serve.

    Raises:
        SystemExit: the command failed, or writes another page than it did.
    """
    folder = SITES / "pyscript-create"
    folder.mkdir()
    for name, source, named in (
        ("figure", code + FIGURE + DISPLAY, ["matplotlib", *packages]),
        ("element", ELEMENT, []),
    ):
        about = ["--app-description", "A page", "--author-name", "A", "--author-email", "a@b.c"]
        run(["pyscript", "create", name, *about, "--pyscript-version", "pinned"], folder)
        page = folder / name
        index = (page / "index.html").read_text(encoding="utf-8")
        own = index.replace("https://pyscript.net/releases/pinned/", "./runtime/pyscript/")
        if own == index:
            sys.exit("`pyscript create` writes its page in another way now: update candidates.py.")
        (page / "index.html").write_text(own, encoding="utf-8")
        config = (page / "pyscript.toml").read_text(encoding="utf-8")
        config += 'interpreter = "./runtime/pyodide/pyodide.mjs"\n'
        if named:
            config += f"packages = {json.dumps(named)}\n"
        (page / "pyscript.toml").write_text(config, encoding="utf-8")
        (page / "main.py").write_text(source, encoding="utf-8")
        (page / "runtime").symlink_to(runtime, target_is_directory=True)
    return folder


def _plain_pyodide(runtime: Path) -> Path:
    folder = SITES / "plain-pyodide"
    for name, source in (("figure", FIGURE + BASE64), ("element", ELEMENT)):
        page = folder / name
        page.mkdir(parents=True)
        text = PLAIN_PAGE.format(source=source)
        (page / "index.html").write_text(text, encoding="utf-8")
        (page / "runtime").symlink_to(runtime, target_is_directory=True)
    return folder


def run(command: list[str], folder: Path, venv: Path = VENV) -> str:
    """Run a program of an environment, by default with the kit of this repository; return what it
    prints.

    Raises:
        SystemExit: it failed; what it said is in the message.
    """
    path = f"{venv / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "COLUMNS": "200", "NO_COLOR": "1"}
    result = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if result.returncode:
        sys.exit(f"{result.stdout}\n`{' '.join(command)}` failed in {folder}.")
    return result.stdout
