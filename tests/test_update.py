"""Projects made by cruft take the template's changes in, and keep what their authors have written.

The template is copied into git repositories of the tests' own, so that it can have an earlier and a
later state whatever history this checkout has.
"""

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import packing
from baking import generate
from conftest import copy_of_kit
from questions import CHOICES, COOKIECUTTER, REPOSITORY, TEMPLATE, combinations, readable

PARTS = ("cookiecutter.json", "hooks", TEMPLATE.name)
ALIKE = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Author",
    "GIT_AUTHOR_EMAIL": "author@example.org",
    "GIT_COMMITTER_NAME": "Author",
    "GIT_COMMITTER_EMAIL": "author@example.org",
}

Edit = Callable[[str], str]


def run(folder: Path, *command: str, code: int = 0) -> str:
    """Run a command in a folder, alike on every machine, and return its output.

    Args:
        code: the exit code that it has to end with.
    """
    done = subprocess.run(
        command,
        cwd=folder,
        env=ALIKE | {"COOKIECUTTER_CONFIG": os.environ["COOKIECUTTER_CONFIG"]},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == code, f"{' '.join(command)}\n{done.stdout}"
    return done.stdout


def cruft(folder: Path, *arguments: str, code: int = 0) -> str:
    """Run cruft as its users do."""
    return run(folder, sys.executable, "-m", "cruft", *arguments, code=code)


def commit_all(folder: Path) -> None:
    """Commit whatever a folder holds, in a repository that is made where there is none."""
    if not (folder / ".git").exists():
        run(folder, "git", "init", "--quiet")
    run(folder, "git", "add", "--all")
    run(folder, "git", "commit", "--quiet", "--message", "Change")


@dataclass(frozen=True)
class Template:
    """A template in a repository of its own."""

    path: Path

    @property
    def project(self) -> Path:
        """The folder that projects are rendered from."""
        return self.path / TEMPLATE.name

    def take(self, source: Path) -> None:
        """Become the template that lies in a folder, and commit that."""
        self.path.mkdir(exist_ok=True)
        caches = shutil.ignore_patterns("__pycache__", ".*_cache")
        for part in PARTS:
            place = self.path / part
            if place.is_dir():
                shutil.rmtree(place)
            if (source / part).is_dir():
                shutil.copytree(source / part, place, ignore=caches)
            else:
                shutil.copy2(source / part, place)
        commit_all(self.path)

    def edit(self, edits: dict[str, Edit]) -> None:
        """Edit files of the project's folder."""
        apply(edits, self.project)

    def create(self, folder: Path, answers: dict[str, str]) -> Path:
        """Have cruft make a project, and return its path."""
        options = ("--no-input", "--extra-context", json.dumps(answers | {"project_slug": "app"}))
        folder.mkdir()
        cruft(folder, "create", str(self.path), *options)
        return folder / "app"


def apply(edits: dict[str, Edit], folder: Path) -> None:
    """Edit files of a folder."""
    for name, edit in edits.items():
        path = folder / name
        path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")


def instead(old: str, new: str) -> Edit:
    """Return an edit that puts a text in the place of another one, which has to be there."""

    def edit(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, 1)

    return edit


def after(text: str) -> Edit:
    """Return an edit that adds a text at a file's end."""
    return lambda whole: whole + text


def with_a_package(lock: str) -> str:
    """A lock as `pyscript lock` writes it for one more package, as far as its lines go."""
    lock = lock.replace('"requested": [', '"requested": ["alpha", ', 1)
    lock = lock.replace('  "packages": {', '  "packages": {\n    "alpha": {"version": "1.0"},', 1)
    lock = lock.replace('  "files": [\n', '  "files": [\n    {"path": "pyodide/alpha.whl"},\n', 1)
    return re.sub(r'(pyodide-lock\.json", "size": )\d+', r"\g<1>1234", lock)


# What an author does first: a name, a page, a package, a style.
AUTHORS_EDITS: dict[str, Edit] = {
    "README.md": instead("# My PyScript App", "# Tides"),
    "app/index.html": instead("<title>My PyScript App</title>", "<title>Tides</title>"),
    "app/main.py": after('print("started")\n'),
    "app/pages/__init__.py": after('\nPAGES.append(Page("tides", "Tides", "When to swim."))\n'),
    "app/pages/home.py": after("\nMINE = True\n"),
    "app/pyscript.toml": instead("packages_on_demand = [", 'packages_on_demand = ["alpha", '),
    "app/style.css": after("\n.tides {\n  color: teal;\n}\n"),
    "pyproject.toml": instead('    "ruff>=0.14",\n', '    "ruff>=0.14",\n    "alpha==1.0",\n'),
    "requirements.txt": after("alpha==1.0\n"),
    "runtime.lock.json": with_a_package,
}
AUTHORS_FILES = {
    "app/pages/tides.py": "def mount(root, handlers):\n    pass\n",
    "tests/e2e/pages/test_tides.py": "",
}
REMOVED_BY_AUTHOR = {"app/patterns/source.py", ".gitignore"}

# And what happens to a template.
FIXES: dict[str, Edit] = {
    "README.md": instead("## Publish", "Something new is said here.\n\n## Publish"),
    "app/index.html": instead('data-failed-after="180"', 'data-failed-after="240"'),
    "app/main.py": instead('"""Starts the app:', '"""Starts the whole app:'),
    "app/patterns/dom.py": after("\n\ndef mended() -> None:\n    pass\n"),
    "app/patterns/source.py": after("\n# Mended.\n"),
    "app/pyscript.toml": instead('plugins = ["!error"]\n', 'plugins = ["!error", "!other"]\n'),
    "app/style.css": lambda text: "/* Mended. */\n" + text,
    "pyproject.toml": instead("timeout = 300", "timeout = 600"),
    "requirements.txt": instead("# What pip installs", "# All that pip installs"),
    "tests/unit/test_project.py": after("\n# Mended.\n"),
    "_options/deploy=github-pages/.github/workflows/pages.yml": instead(
        "minutes: 20", "minutes: 30"
    ),
    "_options/deploy=netlify/netlify.toml": instead("3.12", "3.13"),
    "_options/license=MIT/LICENSE": instead("MIT License", "The MIT License"),
    "_options/starter=blank/app/pages/home.py": after("\nMENDED = True\n"),
    "_options/starter=gallery/app/pages/home.py": after("\nMENDED = True\n"),
    "_options/starter=gallery/tests/e2e/pages/test_home.py": after("\n# Mended.\n"),
    "_options/starter=gallery/tests/unit/test_table.py": after("\n# Mended.\n"),
}
NEW_FILES = {
    "app/patterns/tide.py": '"""A new pattern."""\n',
    "tests/deeper/test_tide.py": '"""New tests, in a new folder."""\n',
    "_options/starter=gallery/app/pages/swell.py": "def mount(root, handlers):\n    pass\n",
    "_options/starter=gallery/tests/e2e/pages/test_swell.py": "",
}


def change(template: Template) -> None:
    """Bring a template to its later state, with a change of every kind, and commit that."""
    template.edit(FIXES)
    for name, text in NEW_FILES.items():
        path = template.project / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for lock in template.project.glob("_options/*/runtime.lock.json"):
        apply({lock.name: instead('core.js", "size": ', 'core.js", "size": 1')}, lock.parent)
    patterns = template.project / "app" / "patterns"
    (patterns / "style.py").unlink()
    (patterns / "report.py").rename(patterns / "said.py")
    (template.project / "app/icon.svg").write_text("<svg>another one</svg>\n", encoding="utf-8")
    questions = json.loads((template.path / "cookiecutter.json").read_text(encoding="utf-8"))
    questions["__prompts__"]["starter"]["blank"] = "Blank: said in other words"
    questions["deploy"].insert(0, "new-host")
    questions["new_question"] = ["first", "second"]
    (template.path / "cookiecutter.json").write_text(json.dumps(questions), encoding="utf-8")
    commit_all(template.path)


def edit_as_author(project: Path, edits: dict[str, Edit]) -> None:
    """Make a project its author's own: committed as it was made, and then as it is edited."""
    commit_all(project)
    apply(edits, project)
    for name, text in AUTHORS_FILES.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in REMOVED_BY_AUTHOR:
        (project / name).unlink()
    commit_all(project)


def contents(project: Path) -> dict[str, bytes]:
    """The files of a project."""
    paths = {path.relative_to(project).as_posix(): path for path in project.rglob("*")}
    return {
        name: path.read_bytes()
        for name, path in paths.items()
        if path.is_file() and not name.startswith(".git/")
    }


def skipped() -> tuple[str, ...]:
    """The folders and files that a project's settings withhold from updates."""
    text = (TEMPLATE / "pyproject.toml").read_text(encoding="utf-8")
    section = text[text.index("[tool.cruft]") :].partition("\n\n")[0]
    names = tomllib.loads(section)["tool"]["cruft"]["skip"]
    return tuple(name if "." in name else f"{name}/" for name in names)


@pytest.fixture
def template(tmp_path: Path) -> Template:
    """The template as it is here."""
    made = Template(tmp_path / "template")
    made.take(REPOSITORY)
    return made


@pytest.mark.parametrize(
    "answers",
    [
        {"starter": "gallery", "runtime": "self-hosted", "deploy": "github-pages"},
        {"starter": "blank", "runtime": "cdn", "deploy": "netlify", "pyodide_version": "0.28.3"},
    ],
    ids=readable,
)
def test_an_update_brings_every_change_and_keeps_what_the_author_wrote(
    tmp_path: Path, template: Template, answers: dict[str, str]
) -> None:
    project = template.create(tmp_path / "work", answers)
    former = contents(project)
    edit_as_author(project, AUTHORS_EDITS)
    written = contents(project)
    assert "up to date" in cruft(project, "check")
    change(template)
    assert "out of date" in cruft(project, "check", code=1)

    cruft(project, "update", "--skip-apply-ask")

    fresh_project = template.create(tmp_path / "fresh", answers)
    fresh = contents(fresh_project)
    merged = [name for name in AUTHORS_EDITS if not name.startswith(skipped())]
    apply({name: AUTHORS_EDITS[name] for name in merged}, fresh_project)
    expected = contents(fresh_project)
    assert all(expected[name] != written[name] for name in merged)
    expected = {name: expected[name] for name in expected if not name.startswith(skipped())}
    expected = {name: expected[name] for name in expected if name not in REMOVED_BY_AUTHOR}
    kept = {name: written[name] for name in written if name.startswith(skipped())}
    updated = contents(project)
    assert updated.keys() == expected.keys() | kept.keys()
    assert [name for name in updated if updated[name] != (expected | kept)[name]] == []
    assert "app/pages/swell.py" not in updated
    assert updated["app/icon.svg"] == former["app/icon.svg"]
    assert fresh.keys() - former.keys() > {"app/patterns/tide.py", "tests/deeper/test_tide.py"}
    commit_all(project)
    assert "up to date" in cruft(project, "check")


def test_only_a_file_that_both_have_changed_in_one_place_is_left_to_the_author(
    tmp_path: Path, template: Template
) -> None:
    answers = {"deploy": "github-pages"}
    project = template.create(tmp_path / "work", answers)
    assert contents(project) == contents(template.create(tmp_path / "again", answers))
    edit_as_author(project, {"app/main.py": instead('"""Starts the app:', '"""Has the tides:')})
    change(template)

    said = cruft(project, "update", "--skip-apply-ask")

    assert "app/main.py" in said
    unmerged = run(project, "git", "diff", "--name-only", "--diff-filter=U").split()
    assert unmerged == ["app/main.py"]
    text = (project / "app" / "main.py").read_text(encoding="utf-8")
    assert text.startswith("<<<<<<<")
    assert "Has the tides:" in text
    assert "Starts the whole app:" in text
    fresh = contents(template.create(tmp_path / "fresh", answers))
    updated = contents(project)
    theirs = REMOVED_BY_AUTHOR | {"app/main.py"}
    wanted = {n for n in fresh if not n.startswith(skipped()) and n not in theirs}
    assert [name for name in wanted if updated.get(name) != fresh[name]] == []


@pytest.mark.parametrize("starter", CHOICES["starter"])
def test_an_update_brings_a_newer_kit_in_the_place_of_the_former_one(
    tmp_path: Path, template: Template, starter: str
) -> None:
    (former,) = (template.project / "kit").iterdir()
    project = template.create(tmp_path / "work", {"starter": starter})
    # What an author adds there: below the kit, and below the last line.
    edits = {
        "pyproject.toml": instead('    "ruff>=0.14",\n', '    "ruff>=0.14",\n    "alpha==1.0",\n'),
        "requirements.txt": after("alpha==1.0\n"),
    }
    commit_all(project)
    apply(edits, project)
    commit_all(project)
    wheel = packing.put_in(template.project, newer_kit(tmp_path / "newer"))
    commit_all(template.path)

    cruft(project, "update", "--skip-apply-ask")

    assert [path.name for path in (project / "kit").iterdir()] == [wheel.name] != [former.name]
    assert (project / "kit" / wheel.name).read_bytes() == wheel.read_bytes()
    fresh = template.create(tmp_path / "fresh", {"starter": starter})
    apply(edits, fresh)
    updated, expected = contents(project), contents(fresh)
    assert [name for name in updated | expected if updated.get(name) != expected.get(name)] == []
    for name in edits:
        assert f"/{wheel.name}" in updated[name].decode()


def newer_kit(folder: Path) -> Path:
    """The source of a kit as it may be one day: a file more, one fewer, one changed."""
    kit = copy_of_kit(folder)
    package = kit / "src" / "pyscript_kit"
    (package / "later.py").write_text('"""A new module."""\n', encoding="utf-8")
    (package / "terminal.py").unlink()
    apply({"errors.py": after("\n\nMENDED = True\n")}, package)
    version = re.compile(r'(?m)^version = "[^"]*"')
    apply({"pyproject.toml": lambda text: version.sub('version = "9.1"', text, count=1)}, kit)
    return kit


def test_a_project_of_the_last_release_or_of_thirty_commits_ago_is_updated(tmp_path: Path) -> None:
    earlier = tmp_path / "earlier"
    unpack_earlier(earlier)
    template = Template(tmp_path / "template")
    template.take(earlier)
    project = template.create(tmp_path / "work", {})
    edits = {
        "app/style.css": AUTHORS_EDITS["app/style.css"],
        "app/pages/home.py": after("\n# Me\n"),
    }
    edit_as_author(project, edits)
    before = contents(project)
    template.take(REPOSITORY)

    cruft(project, "update", "--skip-apply-ask")

    updated = contents(project)
    assert not [name for name in updated if name.endswith((".rej", ".orig"))]
    fresh = contents(template.create(tmp_path / "fresh", {}))
    touched = {*edits, *AUTHORS_FILES, *REMOVED_BY_AUTHOR}
    withheld = tomllib.loads(before["pyproject.toml"].decode())["tool"].get("cruft", {"skip": []})
    touched |= {name for name in updated.keys() | fresh if name.startswith(tuple(withheld["skip"]))}
    assert updated.keys() - touched == fresh.keys() - touched
    assert [name for name in fresh.keys() - touched if updated[name] != fresh[name]] == []
    assert all(updated[name] == before[name] for name in AUTHORS_FILES)
    for name in edits:
        added = before[name].rsplit(b"\n\n", 1)[1]
        assert added in updated[name]


def unpack_earlier(folder: Path) -> None:
    """Unpack the template as it was, or skip the test where its history is not there."""
    tag = git_here("describe", "--tags", "--abbrev=0", "HEAD^").stdout.strip()
    earlier = tag or git_here("rev-list", "--max-count=1", "--skip=30", "HEAD").stdout.strip()
    unpack(earlier, folder)


def unpack(commit: str, folder: Path) -> None:
    """Unpack the template as it was at a commit, or skip the test where that is not there."""
    archive = folder.with_suffix(".tar")
    if not commit or git_here("archive", f"--output={archive}", commit, "--", *PARTS).returncode:
        pytest.skip(f"this checkout has no history that holds {commit or 'an earlier state'}")
    with tarfile.open(archive) as content:
        content.extractall(folder, filter="data")


def git_here(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run git in this checkout, or skip the test where this is none."""
    if not shutil.which("git") or not (REPOSITORY / ".git").exists():
        pytest.skip("this is no checkout")
    # The user's own settings count here: they may say that this checkout can be trusted.
    command = ["git", "-C", str(REPOSITORY), *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True)


MOVE = """
import sys
from pathlib import Path

from pyscript_kit.lock.versions import texts_for
from pyscript_kit.lock.reader import read_lock

for path, text in texts_for(read_lock(Path(sys.argv[1])), Path.cwd()).items():
    path.write_bytes(text.encode())
"""


@pytest.mark.parametrize("answers", combinations("starter", "runtime"), ids=readable)
def test_a_project_with_another_lock_reads_as_if_that_had_been_answered(
    tmp_path: Path, answers: dict[str, str]
) -> None:
    versions = CHOICES["pyodide_version"]
    projects = {
        version: generate(tmp_path / version, pyodide_version=version, **answers)
        for version in versions
    }
    baked = {version: contents(project) for version, project in projects.items()}
    for former, later in itertools.permutations(versions, 2):
        shutil.copytree(projects[former], tmp_path / "moved")
        lock = projects[later] / "runtime.lock.json"
        run(tmp_path / "moved", sys.executable, "-Bc", MOVE, str(lock))
        shutil.copy2(lock, tmp_path / "moved")
        moved = contents(tmp_path / "moved")
        assert [name for name in moved if moved[name] != baked[later][name]] == []
        shutil.rmtree(tmp_path / "moved")


def test_what_is_withheld_from_updates_is_there_and_holds_all_that_a_page_consists_of() -> None:
    roots = [TEMPLATE, *(TEMPLATE / "_options").iterdir()]
    for name in skipped():
        assert any((root / name).exists() for root in roots), name
    for starter in COOKIECUTTER["starter"]:
        overlay = TEMPLATE / "_options" / f"starter={starter}"
        pages = {path.stem for path in (overlay / "app" / "pages").glob("*.py")} - {"__init__"}
        tests = {path.stem for path in (overlay / "tests" / "e2e").rglob("pages/*.py")}
        assert tests == {f"test_{page}" for page in pages}
