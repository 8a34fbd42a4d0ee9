"""The tutorial works: its commands and edits are done in their order, as a reader would.

What is substituted, and nothing else:

- the template comes from this checkout, not from GitHub;
- the virtual environment is the one that the tests of projects share, and pip brings what
  `uv run` would have brought beside that;
- the browser is the one that `make test` has seen to;
- the tests run in one process, in a browser that compiles less;
- the build compresses nothing, which takes minutes;
- pushes go to a bare repository on this machine, by git's own setting for that.

An edit is a block below a line that holds nothing but a path: a `diff` is applied to the file of
that path, anything else is a new file, or, below `Replace` and a path, takes the place of one. A
server runs from its block to the next one of commands.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from commandlines import read_commands
from conftest import ONE_PROCESS, Announce, VenvFor
from questions import CHOICES, REPOSITORY

TUTORIAL = REPOSITORY / "docs" / "tutorial.md"
RECIPES = TUTORIAL.with_name("recipes.md")
BLOCK = re.compile(
    r"^(?:(?P<replaced>Replace )?`(?P<path>[\w./-]+)`(?(replaced):)\n\n)?"
    r"```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
SERVERS = ("pyscript dev", "pyscript preview")
SERVED_AT = re.compile(r"http://127\.0\.0\.1:\d+\S*/")
SECONDS_TO_START = 300  # with no snapshots in the cache, on a machine that does other things


@dataclass(frozen=True)
class Step:
    """A block of the tutorial: commands where it has no path, an edit of that file where it has."""

    path: str
    language: str
    text: str
    replaced: bool = False


def read_steps(text: str) -> list[Step]:
    """Return the blocks of a tutorial in their order."""
    return [
        Step(
            match["path"] or "", match["language"], match["text"], replaced=bool(match["replaced"])
        )
        for match in BLOCK.finditer(text)
    ]


@dataclass
class Reader:
    """Somebody who follows the tutorial: a folder, an environment, and maybe a running server.

    Attributes:
        folder: where the reader is.
        environment: the reader's variables.
        substitutions: commands, by how they begin in the tutorial, that are others here.
        used: which of them were needed.
    """

    folder: Path
    environment: dict[str, str]
    substitutions: dict[str, str]
    used: set[str] = field(default_factory=set)

    def run(self, commands: str) -> str:
        """Run a block of commands in one shell, and return what they said.

        The next block begins in the folder, and with the variables, that this one ends with.
        """
        kept = self.folder.parent / "kept"
        script = f"{commands}\n{{ pwd; export -p; }} > {shlex.quote(str(kept))}"
        result = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder,
            env=self.environment,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert result.returncode == 0, f"`{commands}` failed:\n{result.stdout}"
        folder, _, exported = kept.read_text(encoding="utf-8").partition("\n")
        self.folder = Path(folder)
        for name in ("PATH", "VIRTUAL_ENV"):
            if match := re.search(rf'^declare -x {name}="(.*)"$', exported, re.MULTILINE):
                self.environment[name] = match[1]
        return result.stdout

    def substitute(self, commands: str) -> str:
        """Return the commands with those in the place of which others stand here."""
        for typed, here in self.substitutions.items():
            if typed in commands:
                self.used.add(typed)
                commands = commands.replace(typed, here)
        return commands

    @contextmanager
    def serve(self, command: str) -> Iterator[str]:
        """Start a server, give its address once it answers there, and stop it as Ctrl+C does."""
        log = self.folder.parent / "server.log"
        with log.open("w", encoding="utf-8") as output:
            server = subprocess.Popen(
                shlex.split(command),
                cwd=self.folder,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            yield _address(server, log)
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=30)

    def edit(self, step: Step) -> None:
        """Write the file of a step, or change it as its lines with + and - say."""
        file = self.folder / step.path
        if step.language == "diff":
            file.write_text(apply(step.text, file.read_text(encoding="utf-8")), encoding="utf-8")
            return
        assert file.exists() == step.replaced, f"{step.path} is there already, or not yet"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(step.text, encoding="utf-8")


def apply(diff: str, text: str) -> str:
    """Return a text in which the lines of a diff without + are replaced by those without -."""
    lines = diff.splitlines(keepends=True)
    former = "".join(line[1:] for line in lines if line[0] in " -")
    later = "".join(line[1:] for line in lines if line[0] in " +")
    assert text.count(former) == 1, f"These lines are not there once:\n{former}"
    return text.replace(former, later)


def instead_of_installing(venv: Path) -> dict[str, str]:
    """What stands in the place of the commands that make an environment: one that is there, and a
    comparison of what is in it with what is asked for."""
    compare = "--quiet --no-index --no-deps --dry-run"
    return {
        "python3 -m venv .venv": f"mkdir .venv && ln -s {shlex.quote(str(venv / 'bin'))} .venv/bin",
        "python -m pip install -r": f"python -m pip install {compare} -r",
    }


def _address(server: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        said = log.read_text(encoding="utf-8")
        assert server.poll() is None, f"The server has ended:\n{said}"
        if match := SERVED_AT.search(said):
            assert "<html" in fetched(match[0])
            return match[0]
        time.sleep(0.05)
    raise AssertionError(f"The server does not say where it serves:\n{said}")


def fetched(address: str) -> str:
    """Return what a server on this machine answers, which may be about to listen."""
    for _ in range(100):
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310
                return str(answer.read().decode())
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError):
                raise
            time.sleep(0.05)
    raise AssertionError(f"Nothing answers at {address}.")


def follow(steps: list[Step], reader: Reader, tell: Callable[[str], None]) -> None:
    """Do what the steps say, one after the other."""
    waiting = list(steps)
    while waiting:
        step = waiting.pop(0)
        if step.path:
            reader.edit(step)
            continue
        *commands, last = reader.substitute(step.text).strip().splitlines()
        if not last.startswith(SERVERS):
            reader.run("\n".join([*commands, last]))
            continue
        reader.run("\n".join(commands))
        tell(f"`{last}` …")
        with reader.serve(last) as address:
            while waiting and waiting[0].path:
                edit = waiting.pop(0)
                reader.edit(edit)
                served = edit.path.removeprefix("app/")
                if served != edit.path:
                    assert fetched(f"{address}{served}") == (reader.folder / edit.path).read_text()


@pytest.mark.slow(place=4)
def test_the_tutorial_leads_to_a_deployed_app(
    tmp_path: Path, venv_for: VenvFor, announce: Announce
) -> None:
    announce("Following the tutorial from its first line …")
    venv = venv_for(CHOICES["pyodide_version"][0])
    host = tmp_path / "host"
    subprocess.run(["git", "init", "-q", "--bare", str(host / "decay.git")], check=True)
    folder = tmp_path / "reader"
    folder.mkdir()
    reader = Reader(
        folder,
        environment={
            **os.environ,
            "BROWSER": "true",  # opens nothing
            "PYTHONUNBUFFERED": "1",
            **ONE_PROCESS,
            **{f"GIT_{who}_NAME": "Reader" for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_EMAIL": "reader@example.org" for who in ("AUTHOR", "COMMITTER")},
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{host}/.insteadOf",
            "GIT_CONFIG_VALUE_0": "https://github.com/YOU/",
            "PATH": f"{venv / 'bin'}{os.pathsep}{os.environ['PATH']}",
        },
        substitutions={
            "uvx cookiecutter gh:cookiecutter-pyscript/cookiecutter-pyscript": (
                f"{shlex.quote(sys.executable)} -m cookiecutter {shlex.quote(str(REPOSITORY))}"
            ),
            # Into a folder of its own, as others have no pandas in that environment.
            "uv run pytest": (
                'python -m pip install --quiet --no-deps --target ../packages "$(grep ^pandas '
                'requirements.txt)" && PYTHONPATH="$PWD/../packages:${PYTHONPATH:-}" pytest'
            ),
            "uv run pyscript build": "pyscript build --quick",
            "uv run ": "",
        },
    )
    follow(read_steps(TUTORIAL.read_text(encoding="utf-8")), reader, announce)

    assert reader.used == set(reader.substitutions)
    assert_help_has_what_the_reference_says(reader)
    assert_recipes_work(reader)
    assert (reader.folder / "dist" / "index.html").is_file()
    git = shutil.which("git")
    assert git
    listing = [git, "--git-dir", str(host / "decay.git"), "ls-tree", "-r", "--name-only", "main"]
    pushed = subprocess.run(listing, capture_output=True, text=True, check=True).stdout.split()
    assert {".github/workflows/pages.yml", "app/pages/home.py", "runtime.lock.json"} <= {*pushed}
    made = ("app/runtime/", "dist/", ".venv")
    assert not [path for path in pushed if path.startswith(made)]


def assert_help_has_what_the_reference_says(reader: Reader) -> None:
    """Compare the commands, which say themselves what they take, with what is read from source."""
    for command in read_commands():
        told = subprocess.run(
            ["pyscript", command.name, "--help"],
            cwd=reader.folder,
            env={**reader.environment, "COLUMNS": "300", "NO_COLOR": "1"},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        listed = set(re.findall(r"--[a-z-]+", told)) - {"--help"}
        options = [option for option in command.options if not option.is_argument]
        described = {name for option in options for name in option.names.split("/")}
        assert listed == described
        assert all(option.help in told for option in command.options)


def assert_recipes_work(reader: Reader) -> None:
    """Add the pages of the recipes, and have them pass what every page has to."""
    steps = [step for step in read_steps(RECIPES.read_text(encoding="utf-8")) if step.path]
    pages = [Path(step.path).stem for step in steps if step.path.startswith("app/pages/")]
    settings = reader.folder / "app" / "pyscript.toml"
    table = reader.folder / "app" / "pages" / "__init__.py"
    reader.run("pyscript add pattern charts && mkdir -p app/scripts")
    # As much of what the recipe fetches as its chart asks for.
    stand_in = "window.Plotly = { newPlot: async () => {}, purge: () => {} };\n"
    (reader.folder / "app" / "scripts" / "plotly.min.js").write_text(stand_in, encoding="utf-8")
    with reader.serve("pyscript dev"):
        for step in steps:
            reader.edit(step)
        lines = "".join(f'    Page("{name}", "{name.title()}", "A recipe."),\n' for name in pages)
        text = table.read_text(encoding="utf-8").replace("\n]", f"\n{lines}]")
        table.write_text(text, encoding="utf-8")
        deadline = time.monotonic() + SECONDS_TO_START
        while "workers/walks.py" not in settings.read_text(encoding="utf-8"):
            assert time.monotonic() < deadline, "dev takes no notice of the recipes"
            time.sleep(0.1)
    reader.run("ruff check && ruff format --check && mypy")
    shown = f"names_itself and ({' or '.join(pages)})"
    reader.run(f"pytest tests/e2e/test_pages.py -k {shlex.quote(shown)}")


def test_a_diff_changes_the_one_place_that_it_shows() -> None:
    diff = " kept\n-former\n+later\n+more\n"
    assert apply(diff, "first\nkept\nformer\nlast\n") == "first\nkept\nlater\nmore\nlast\n"
    for text in ("kept\n", "kept\nformer\nkept\nformer\n"):
        with pytest.raises(AssertionError, match="not there once"):
            apply(diff, text)


def test_a_step_is_known_by_the_path_above_it() -> None:
    text = "Run:\n\n```sh\nls\n```\n\nThen, in `a/b.py`:\n\n`a/b.py`\n\n```python\n1\n\n2\n```\n"
    steps = [Step("", "sh", "ls\n"), Step("a/b.py", "python", "1\n\n2\n")]
    assert read_steps(text) == steps
    again = f"{text}\nReplace `a/b.py`:\n\n```python\n3\n```\n"
    assert read_steps(again) == [*steps, Step("a/b.py", "python", "3\n", replaced=True)]
