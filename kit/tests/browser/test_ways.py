"""Each way that PyScript's documentation has to start Python, in an app without our shell and
router: under `pyscript dev`, built, and as one document. What works in one works in the others."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from baking import generate
from hosts import Visit
from pyscript_kit.site.build import lay_out_site
from pyscript_kit.testing import App
from pyscript_kit.testing.servers import static_host

WAYS = Path(__file__).parent / "ways"
# By the element with it, what each way of the page itself says.
ON_THE_PAGE = {
    "#page": "lent to the page, hello page, 1,2",
    "#second": "a second script",
    "py-terminal": "a terminal",
}
IN_WORKERS = {
    "#tagged": "lent by settings in a file",
    "#named": "lent to a named worker",
    "#classed": "lent to a classed worker",
}
LOOK = """() => [
  getComputedStyle(document.body).margin,
  getComputedStyle(document.querySelector("h1")).letterSpacing,
  document.querySelector("#picture").naturalWidth,
]"""


@pytest.fixture(scope="module")
def ways(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, its runtime in place."""
    folder = tmp_path_factory.mktemp("ways")
    settings = folder / "cookiecutter.yaml"
    settings.write_text(f"replay_dir: {folder / 'replay'}\n", encoding="utf-8")
    pyodide = pytestconfig.getoption("--pyodide", default=None)
    answers = {"pyodide_version": pyodide} if pyodide else {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COOKIECUTTER_CONFIG", str(settings))
        root = generate(folder, starter="blank", **answers)
    shutil.rmtree(root / "app")
    shutil.copytree(WAYS, root / "app")
    run(root, "vendor")
    return root


def run(root: Path, *command: str) -> str:
    """Run a command of the kit to its end, and return what it says."""
    result = subprocess.run(
        [sys.executable, "-m", "pyscript", *command, "--project", str(root)],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


@contextmanager
def served_by_dev(root: Path, *options: str) -> Iterator[str]:
    """Serve the app by `pyscript dev`; gives its address."""
    server = subprocess.Popen(
        [sys.executable, "-m", "pyscript", "dev", "--no-open", "--port=0", *options],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        said = ""
        for line in server.stdout or ():
            said += line
            if found := re.search(r"served at (http://\S+)/ ", line):
                yield found[1]
                return
        pytest.fail(f"`pyscript dev` ended:\n{said}")
    finally:
        server.kill()
        server.wait()


# As a page of Python does with a library that it needs.
RUN_LATE = """() => {
  const script = document.createElement("script");
  script.setAttribute("src", "./scripts/late.js");
  document.head.append(script);
}"""


def see_the_page(app: App) -> None:
    """Insist on what each way of the page itself does."""
    for selector, words in ON_THE_PAGE.items():
        expect(app.page.locator(selector)).to_contain_text(words)
    app.page.locator("#clicked").click()
    expect(app.page.locator("#clicked")).to_have_text("clicked")
    app.page.locator("#attribute").click()
    expect(app.page.locator("#attribute")).to_have_text("onclick")
    assert app.page.evaluate(LOOK) == ["7px", "3px", 16]


def see_all(app: App) -> None:
    """Insist on what each way does, with workers and editors."""
    for button in app.page.locator(".py-editor-run-button").all():
        button.click()
    see_the_page(app)
    for selector, words in IN_WORKERS.items():
        expect(app.page.locator(selector)).to_have_text(words)
    outputs = app.page.locator(".py-editor-output")
    expect(outputs).to_have_text(["lent to an editor", "lent by JSON"])


def test_every_way_works_while_the_app_is_written(ways: Path, visit: Visit) -> None:
    with served_by_dev(ways, "--isolation") as address, visit(address) as app:
        app.page.goto(f"{address}/")
        expect(app.page.locator(".py-editor-run-button")).to_have_count(2)

        see_all(app)

        # For what page and worker do together, the page is isolated.
        expect(app.page.locator("#modules")).to_have_text("hello worker")


def test_every_way_works_in_a_built_site_below_any_path(
    ways: Path, visit: Visit, tmp_path: Path
) -> None:
    # Python is compiled in a browser of its own, and Playwright keeps this thread for the tests'.
    with ThreadPoolExecutor(1) as beside:
        beside.submit(lay_out_site, ways, tmp_path).result()

    with static_host(tmp_path, "/any/path") as address, visit(address) as app:
        app.use_caches()
        app.page.goto(f"{address}/")
        expect(app.page.locator(".py-editor-run-button")).to_have_count(2)

        see_all(app)

        app.wait_until_kept()
        app.context.set_offline(True)
        app.page.reload()
        see_the_page(app)


def test_every_way_of_a_page_works_in_one_document(ways: Path, visit: Visit) -> None:
    said = run(ways, "build", "--no-prerender", "--single-file", "--embed")

    assert "a worker does not work in a single-file app" in said
    document = ways / "dist" / "index.html"
    with visit(document.parent.as_uri()) as app:
        app.page.goto(document.as_uri())

        see_the_page(app)

        app.page.evaluate("document.querySelector('#picture').src = './data/dot.svg'")
        app.wait_until("document.querySelector('#picture').naturalWidth === 5")
        app.page.evaluate(RUN_LATE)
        app.wait_until("document.documentElement.dataset.late === 'ran'")
