"""`pyscript build` from the user's side: what is in `dist/`, and what is said when it cannot be."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from madeup import INDEX, LOCAL
from pyscript_kit.browser import LOADER_ENTRIES
from pyscript_kit.errors import ToolError
from pyscript_kit.lock.reader import read_lock
from pyscript_kit.project.settings import CDN_INTERPRETER, LOCAL_INTERPRETER, read_project
from pyscript_kit.serving import packages
from pyscript_kit.site import build as build_module
from pyscript_kit.site.elements import integrity_of
from pyscript_kit.site.engine import prepared_engine
from pyscript_kit.site.shell import shell_script

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from madeup import Release, TestedProject
    from pyscript_kit.lock.lockfile import RuntimeLock
    from pyscript_kit.project.settings import Project

DATA = ("data/report-20240101.csv", "data/table.csv")
HASHED = re.compile(r"runtime/(.*)-[0-9a-f]{8}(/|\.)")


def dist(project: TestedProject) -> dict[str, bytes]:
    """What lies in `dist/`, by path."""
    return project.built()


def named(files: Mapping[str, bytes], pattern: str) -> str:
    """The one file whose path matches."""
    (found,) = [name for name in files if re.fullmatch(pattern, name)]
    return found


def policy(document: bytes) -> dict[str, list[str]]:
    """What the Content-Security-Policy of a document lets in, by rule."""
    found = re.search(r'Content-Security-Policy" content="([^"]*)"', document.decode())
    assert found
    rules = (rule.split() for rule in found[1].replace("&#x27;", "'").split("; "))
    return {name: sources for name, *sources in rules}


def constant(text: str, name: str) -> Any:
    """What a constant of the service worker holds."""
    found = re.search(rf"^const {name} = (.*);$", text, re.MULTILINE)
    assert found
    return json.loads(found[1])


def test_what_may_be_cached_for_ever_has_its_hash_in_its_name(app: TestedProject) -> None:
    outcome = app.run("build")

    assert outcome.exit_code == 0, outcome.error
    files = dist(app)
    unhashed = {name for name in files if not HASHED.search(name)}
    others = {name.removesuffix(".br").removesuffix(".gz") for name in unhashed}
    style = named(files, r"style-[0-9a-f]{8}\.css")
    boot = named(files, r"boot-[0-9a-f]{8}\.js")
    notices = {"licenses.txt", "sbom.cdx.json"}
    assert others == {"index.html", "sw.js", "manifest.webmanifest", style, boot, *DATA, *notices}
    assert not {name for name in others if name.startswith("runtime/")}
    for name in ("pyodide/pyodide.asm.wasm", "pyscript/core-Cd.js"):
        folder, _, rest = name.partition("/")
        named(files, rf"runtime/{folder}-[0-9a-f]{{8}}/{re.escape(rest)}")
    assert "dist/ holds" in outcome.output


def test_what_is_imported_and_not_locked_is_told_with_the_way_out(
    app: TestedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    owners = {"PIL": "pillow"}
    monkeypatch.setattr(packages, "packages_by_module", lambda *_: owners)
    page = app.root / "app" / "main.py"
    former = page.read_text(encoding="utf-8")
    page.write_text(f"import PIL\nimport nobody\n{former}", encoding="utf-8")

    outcome = app.run("build", "--no-prerender")

    assert outcome.exit_code == 0
    assert (
        "app/main.py, line 1, column 1: nothing in the lock has PIL, and a page that imports it "
        "fails: run `pyscript add pillow`"
    ) in outcome.error
    assert "line 2, column 1: nothing in the lock has nobody" in outcome.error


def test_a_module_that_is_named_like_one_of_python_is_told(app: TestedProject) -> None:
    (app.app / "statistics.py").write_text("x = 1\n", encoding="utf-8")

    outcome = app.run("build")

    assert outcome.exit_code == 0
    assert "app/statistics.py has the same name as the module statistics of Python" in outcome.error


def test_a_document_without_our_shell_names_its_manifest_itself(app: TestedProject) -> None:
    app.run("build")

    assert b'<link rel="manifest" href="./manifest.webmanifest">' in dist(app)["index.html"]


# As an author has it: the kit brings PyScript, and the loader.
WRITTEN = re.sub(r"\n.*data-pyscript.*", "", INDEX).replace("./boot.js", "./runtime/boot/boot.js")


@pytest.mark.parametrize("interpreter", [LOCAL, LOCAL_INTERPRETER, CDN_INTERPRETER])
def test_what_the_kit_brings_stands_in_the_document(app: TestedProject, interpreter: str) -> None:
    app.ask_for("alpha", interpreter=interpreter.format(version="1.2.3"))
    (app.app / "index.html").write_text(WRITTEN, encoding="utf-8")

    outcome = app.run("build")

    assert outcome.exit_code == 0, outcome.error
    files = dist(app)
    index = files["index.html"].decode()
    boot = named(files, r"runtime/boot-[0-9a-f]{8}\.js")
    integrity = integrity_of(files[boot])
    assert f'<script type="module" src="./{boot}" integrity="{integrity}"></script>' in index
    assert not re.search(rb'^import .*";$', files[boot], re.MULTILINE)  # Python is in it
    assert f"./{boot}" in constant(files["sw.js"].decode(), "KEPT")
    assert "./runtime/boot/" not in index
    # It tells browsers of the manifest, each when that suits it.
    assert '<link data-rel="manifest" href="./manifest.webmanifest">' in index
    where = "https://cdn" if interpreter == CDN_INTERPRETER else "./runtime/pyscript-"
    for tag in ('<script type="module" src="{}', '<link rel="stylesheet" href="{}'):
        assert index.count(tag.format(where)) == 1
    assert re.search(r'<script [^>]*data-pyscript integrity="sha256-', index)
    assert re.search(r'media="print" id="pyscript-style"[^>]*>\s*<script type="py"', index)
    assert ("data-preboot" in index) is (interpreter == LOCAL_INTERPRETER)
    order = [index.index(mark) for mark in (boot, "data-pyscript", "</head>", "pyscript-style")]
    assert order == sorted(order)


@pytest.mark.parametrize(
    ("python", "kept"),
    [("terminal = 1\n", False), ('element("script", type="py", terminal=True)\n', True)],
)
def test_a_site_keeps_the_terminal_that_its_python_makes(
    app: TestedProject, python: str, kept: bool
) -> None:
    app.ask_for("alpha", interpreter=LOCAL_INTERPRETER)
    (app.app / "main.py").write_text(python, encoding="utf-8")

    app.run("build")

    files = dist(app)
    terminal = named(files, r"runtime/pyscript-[0-9a-f]{8}/xterm-Ab\.js")
    assert (f"./{terminal}" in constant(files["sw.js"].decode(), "KEPT")) is kept


def test_of_the_loader_a_site_has_what_begins_something(app: TestedProject) -> None:
    app.ask_for("alpha", interpreter=LOCAL_INTERPRETER)
    (app.app / "index.html").write_text(WRITTEN, encoding="utf-8")

    app.run("build")

    files = dist(app)
    folder = named(files, r"runtime/preboot-[0-9a-f]{8}/preboot\.mjs").rpartition("/")[0]
    names = {path.rpartition("/")[2] for path in files if re.match(f"{folder}/.*js$", path)}
    assert names == {*LOADER_ENTRIES, "manifest.mjs"}
    index = files["index.html"].decode()
    fetched = re.findall(rf'<(?:link rel="modulepreload"|script)[^>]*"./{folder}/([^"]+)"', index)
    assert fetched == ["ahead.mjs", "manifest.mjs", "preboot.mjs"]
    assert not re.search(rb"^import .*layout", files[named(files, r"runtime/offline-.*\.mjs")])


@pytest.mark.parametrize("options", [["--single-file"], ["--single-file", "--embed"]])
def test_what_the_kit_brings_is_in_a_single_document(
    app: TestedProject, options: list[str]
) -> None:
    (app.app / "index.html").write_text(WRITTEN, encoding="utf-8")

    outcome = app.run("build", *options)

    assert outcome.exit_code == 0, outcome.error
    document = dist(app)["index.html"]
    text = document.decode()
    assert f'<script type="module">{shell_script()}</script>' in text
    assert f"'{integrity_of(shell_script().encode())}'" in policy(document)["script-src"]
    assert text.count("data-pyscript") == 1 + shell_script().count("data-pyscript")
    assert "./runtime/" not in text.replace(shell_script(), "")


@pytest.mark.parametrize("options", [[], ["--single-file"], ["--single-file", "--embed"]])
def test_the_document_tells_which_packages_pages_import(
    app: TestedProject, options: list[str]
) -> None:
    (app.app / "index.html").write_text(WRITTEN, encoding="utf-8")
    table = "PAGES = [Page('home', 'Home', '')]\n"
    (app.app / "pages" / "__init__.py").write_text(table, encoding="utf-8")
    (app.app / "pages" / "home.py").write_text("import alpha\n", encoding="utf-8")

    outcome = app.run("build", *options, "--no-prerender")

    assert outcome.exit_code == 0, outcome.error
    told = '<meta name="pyscript:packages" content="{&quot;home&quot;: [&quot;alpha&quot;]}">'
    assert dist(app)["index.html"].decode().count(told) == 1


def test_what_a_site_takes_is_said_and_which_hosts_refuse_a_file(app: TestedProject) -> None:
    (app.app / "data" / "film.mp4").write_bytes(bytes(26 * 2**20))

    outcome = app.run("build")

    assert re.search(
        r"dist/ holds \d+ files, 2\d\.\d MB on disk, 0\.\d MB of it compressed copies, in",
        outcome.output,
    )
    # Nothing here draws, nor needs any package's memory.
    assert re.search(r"^A first visit fetches \d+\.\d MB in ", outcome.output, re.MULTILINE)
    assert (
        "warning: dist/data/film.mp4 has 26.0 MiB, more than the limit for one file of "
        "Cloudflare Pages (25 MiB):" in outcome.error
    )


def test_the_apps_modules_are_in_one_archive_and_nowhere_else(app: TestedProject) -> None:
    app.run("build")

    files = dist(app)
    archive = named(files, r"runtime/app-[0-9a-f]{8}\.zip")
    with zipfile.ZipFile(app.root / "dist" / archive) as opened:
        assert sorted(opened.namelist()) == ["pages/__init__.py", "pages/home.py"]
    assert not [name for name in files if name.endswith(".py")]
    assert not [name for name in files if "secret" in name]
    index = files["index.html"].decode()
    config = re.search(r'config="([^"]*)"', index)
    assert config
    read = json.loads(config[1].replace("&quot;", '"'))
    assert read["files"] == {f"./{archive}": "./*"}
    assert read["interpreter"].startswith("./runtime/pyodide-")
    assert "\nimport pages\n</script>" in index


@pytest.mark.parametrize("options", [[], ["--single-file"], ["--single-file", "--embed"]])
def test_every_python_that_the_document_names_is_in_it(
    app: TestedProject, options: list[str]
) -> None:
    more = '<script type="py" src="more/two.py"></script><script type="py">three = 3</script>'
    page = INDEX.replace("</body>", f"{more}</body>")
    (app.app / "index.html").write_text(page, encoding="utf-8")
    (app.app / "main.py").write_text('"""Not </script> nor <!-- this."""\n', encoding="utf-8")
    (app.app / "more").mkdir()
    (app.app / "more" / "two.py").write_text("two = 2\n", encoding="utf-8")

    app.run("build", *options)

    index = dist(app)["index.html"].decode()
    assert '<script type="py">\ntwo = 2\n</script><script type="py">three = 3</script>' in index
    assert '<script type="py" src="data:text/x-python;base64,' in index
    assert '.py"' not in index


def test_python_that_the_document_names_in_vain_is_named(app: TestedProject) -> None:
    page = INDEX.replace("./main.py", "./start.py")
    (app.app / "index.html").write_text(page, encoding="utf-8")

    assert "app/start.py is missing" in app.run("build").sentence


def test_the_same_input_gives_the_same_bytes(app: TestedProject) -> None:
    app.run("build")
    first = dist(app)
    app.run("build")

    assert dist(app) == first


def test_one_changed_module_changes_the_archive_and_the_version_alone(app: TestedProject) -> None:
    app.run("build")
    first = dist(app)
    (app.app / "pages" / "home.py").write_text("CHANGED = True\n", encoding="utf-8")
    app.run("build")
    second = dist(app)

    changed = {name for name in first.keys() | second.keys() if first.get(name) != second.get(name)}
    plain = {name.removesuffix(".br").removesuffix(".gz") for name in changed}
    assert {re.sub(r"-[0-9a-f]{8}", "", name) for name in plain} == {
        "runtime/app.zip",
        "index.html",
        "sw.js",
    }
    versions = [constant(files["sw.js"].decode(), "VERSION") for files in (first, second)]
    assert versions[0] != versions[1]


def test_what_other_files_name_keeps_its_name(app: TestedProject) -> None:
    page = INDEX.replace(
        "</head>",
        """<link rel="modulepreload" href="./util.js"><link rel="stylesheet" href="./base.css">
        <link rel="modulepreload" href="./called.mjs"><link rel="modulepreload" href="./data.js">
        </head>""",
    )
    files = {
        "index.html": page,
        "boot.js": 'import { x } from "./util.js"\n',
        "util.js": "export const x = 1; // unlike `boot.js`\n",
        "called.mjs": "export const y = 2;\n",
        "data.js": "[]",
        "base.css": "p { }\n",
        "style.css": "@import url(base.css);\n",
        "pages/home.py": "async def mount(root): await js_import('./called.mjs')\n",
    }
    for name, text in files.items():
        (app.app / name).write_text(text, encoding="utf-8")
    config = app.app / "pyscript.toml"
    text = config.read_text(encoding="utf-8") + '[files]\n"data.js" = ""\n'
    config.write_text(text, encoding="utf-8")

    app.run("build")

    built = dist(app)
    for name in ("util.js", "called.mjs", "data.js", "base.css"):
        assert f'href="./{name}"' in built["index.html"].decode()
        assert built[name].decode() == files[name]
        assert f"./{name}" in constant(built["sw.js"].decode(), "SHELL")
    for pattern in (r"boot-[0-9a-f]{8}\.js", r"style-[0-9a-f]{8}\.css"):
        assert f'"./{named(built, pattern)}"' in built["index.html"].decode()
    assert not {"boot.js", "style.css"} & built.keys()


@pytest.mark.parametrize("options", [[], ["--single-file"]])
def test_files_that_are_no_modules_of_the_app_are_fetched_as_in_development(
    app: TestedProject, options: list[str]
) -> None:
    config = app.app / "pyscript.toml"
    files = """[files]
"{PAGES}" = "./pages"
"{PAGES}/home.py" = "./moved/"
"./main.py" = ""
"https://example.org/util.py" = "./{PAGES}.py"
"./data/table.csv" = "./data/"
"""
    config.write_text(config.read_text(encoding="utf-8") + files, encoding="utf-8")

    app.run("build", *options)

    index = dist(app)["index.html"].decode()
    found = re.search(r'config="([^"]*)"', index)
    assert found
    built = json.loads(found[1].replace("&quot;", '"'))["files"]
    (address,) = (name for name in built if name.endswith(".zip"))
    assert built == {
        address: "./*",
        "https://example.org/util.py": "././pages.py",
        "./data/table.csv": "./data/",
    }
    content = (
        base64.b64decode(address.partition(",")[2].removesuffix("#app.zip"))
        if options
        else dist(app)[address.removeprefix("./")]
    )
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert sorted(archive.namelist()) == ["main.py", "moved/home.py", "pages/__init__.py"]


def test_the_service_worker_knows_what_is_there(app: TestedProject) -> None:
    import hashlib

    (app.app / ".well-known").mkdir()
    (app.app / ".well-known" / "security.txt").write_text("Contact: …\n", encoding="utf-8")

    app.run("build")

    files = dist(app)
    text = files["sw.js"].decode()
    assert ".well-known/security.txt" in files
    shell, kept = constant(text, "SHELL"), constant(text, "KEPT")
    assert set(shell) == {"./", "./manifest.webmanifest", *(f"./{name}" for name in DATA)}
    for address, sha256 in {**shell, **kept}.items():
        content = files[address.removeprefix("./") or "index.html"]
        assert hashlib.sha256(content).hexdigest() == sha256
    # A plain boot needs the archives too.
    assert any(address.endswith("python_stdlib.zip") for address in kept)
    assert any(address.endswith(".whl") for address in kept)


def test_the_policy_lets_in_what_the_project_names(app: TestedProject) -> None:
    settings = '[tool.pyscript-build]\nconnect = ["https://api.example.org"]\n'
    (app.root / "pyproject.toml").write_text(settings, encoding="utf-8")

    app.run("build")

    index = dist(app)["index.html"].decode()
    rules = policy(index.encode())
    assert rules["connect-src"][-1] == "https://api.example.org"
    assert rules["default-src"] == ["'self'"]
    assert rules["object-src"] == ["'none'"]
    assert index.index("Content-Security-Policy") < index.index("<link")


@pytest.mark.parametrize("options", [[], ["--single-file"]], ids=["site", "single file"])
def test_the_policy_lets_the_documents_own_scripts_run(
    app: TestedProject, options: list[str]
) -> None:
    index = app.app / "index.html"
    written = '<head>\n<script data-after="2">\n  if (1 < 2) watch("&amp;");\n</script>'
    index.write_text(INDEX.replace("<head>", written), encoding="utf-8")

    app.run("build", *options)

    (name,) = [name for name in dist(app) if name.endswith(".html")]
    text = dist(app)[name].decode()
    found = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    script = re.search(r'<script data-after="2">(.*?)</script>', text, re.DOTALL)
    assert found
    assert script
    assert integrity_of(script[1].encode()) in found[1]


def test_the_document_keeps_what_its_author_wrote(app: TestedProject) -> None:
    words = '<p>R&D; <a href="offline">AT&T</a></p>'
    page = INDEX.replace("<head>", '<head><meta charset="utf-8">')
    page = page.replace("<body>", f"<body>{words}")
    (app.app / "index.html").write_text(page, encoding="utf-8")

    app.run("build")

    index = dist(app)["index.html"].decode()
    assert words in index
    assert "charset" in index[:1024]
    assert index.count("charset") == 1


@pytest.mark.parametrize("options", [[], ["--single-file"]])
def test_of_the_cdn_the_policy_lets_in_the_runtimes_own_folders_alone(
    app: TestedProject, options: list[str]
) -> None:
    core = "https://cdn.jsdelivr.net/npm/@pyscript/core@0.9.9/dist/"
    python = "https://cdn.jsdelivr.net/pyodide/v1.2.3/full/"
    if not options:
        app.ask_for("alpha", interpreter=f"{python}pyodide.mjs")
        page = INDEX.replace("./runtime/pyscript/", core)
        (app.app / "index.html").write_text(page, encoding="utf-8")

    app.run("build", *options)

    rules = policy(dist(app)["index.html"])
    for rule in ("script-src", "style-src", "connect-src"):
        found = {source for source in rules[rule] if source.startswith("http")}
        assert found == {core, python}
    assert "http" not in str({**rules, "script-src": "", "style-src": "", "connect-src": ""})


@pytest.mark.parametrize(
    "settings",
    [
        '[tool.pyscript-build]\nconnect = "https:"',
        "[tool.pyscript-build]\nconnect = [1]",
        '[tool.pyscript-build]\nconnect = ["a; script-src *"]',
    ],
)
def test_settings_that_are_no_origins_are_one_sentence(app: TestedProject, settings: str) -> None:
    (app.root / "pyproject.toml").write_text(settings, encoding="utf-8")

    outcome = app.run("build")

    assert "connect of [tool.pyscript-build] is not a list of origins" in outcome.sentence


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('[tool]\npyscript-build = "x"', "[tool.pyscript-build] is not a table"),
        (
            "[tool.pyscript-build]\nscript = []",
            "has script, which is not a setting: choose",
        ),
        (
            "[tool.pyscript-build]\nship = 'a.py'",
            "ship of [tool.pyscript-build] is not a list",
        ),
        ("[tool.pyscript-build]\nship = ['b/*.py']", "has 'b/*.py', which matches no file in app/"),
    ],
)
def test_settings_of_a_site_that_mean_nothing_are_one_sentence(
    app: TestedProject, settings: str, said: str
) -> None:
    (app.root / "pyproject.toml").write_text(settings, encoding="utf-8")

    assert said in app.run("build").sentence
    assert not (app.root / "dist").exists()


@pytest.mark.parametrize("files", ['["a.py"]', '{ "./a.py" = 1 }', '"./a.py"'])
def test_files_in_no_table_are_one_sentence(app: TestedProject, files: str) -> None:
    with (app.app / "pyscript.toml").open("a", encoding="utf-8") as config:
        config.write(f"files = {files}\n")

    assert "app/pyscript.toml: files is no table of addresses" in app.run("build").sentence


@pytest.mark.parametrize("options", [[], ["--single-file"]])
def test_a_configuration_that_json_cannot_hold_as_it_is(
    app: TestedProject, options: list[str]
) -> None:
    config = app.app / "pyscript.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(f"{text}updated = 2025-01-01\n", encoding="utf-8")
    app.run("build", *options)
    assert "&quot;updated&quot;:&quot;2025-01-01&quot;" in dist(app)["index.html"].decode()

    config.write_text(f"{text}limit = [nan]\n", encoding="utf-8")
    assert "app/pyscript.toml holds nan or inf" in app.run("build", *options).sentence


@pytest.mark.parametrize("name", ["boot.js", "style.css", "main.py", "index.html"])
def test_a_text_in_another_encoding_is_named(app: TestedProject, name: str) -> None:
    (app.app / name).write_bytes("/* é */".encode("latin-1"))

    assert f"app/{name} is not UTF-8" in app.run("build", "--single-file").sentence


def test_texts_from_another_system_go_into_the_document_as_browsers_read_them(
    app: TestedProject,
) -> None:
    for name, text in (("boot.js", "start();\r\n"), ("main.py", "\ufeffimport pages\r\n")):
        (app.app / name).write_text(text, encoding="utf-8", newline="")

    app.run("build", "--single-file")

    document = dist(app)["index.html"]
    assert ">\nimport pages\n</script>" in document.decode()
    assert f"'{integrity_of(b'start();' + bytes([10]))}'" in policy(document)["script-src"]
    assert b"start();\n</script>" in document


def test_without_a_browser_it_says_that_nothing_is_compiled(app: TestedProject) -> None:
    outcome = app.run("build")

    assert "no browser was found to compile the app with" in outcome.error


def test_what_does_not_agree_with_its_lock_is_not_built(app: TestedProject) -> None:
    app.run("build")
    former = dist(app)
    (app.root / "requirements.txt").write_text("alpha==0.9\nmypy>=1\n", encoding="utf-8")
    (app.root / "pyproject.toml").write_text('[tool.mypy]\npython_version = "3.11"\n')

    sentence = app.run("build").sentence

    assert "requirements.txt has alpha==0.9, and runtime.lock.json has alpha 1.0" in sentence
    assert "; pyproject.toml has mypy check for Python 3.11" in sentence
    assert dist(app) == former


def test_a_build_that_fails_half_way_leaves_the_former_site(
    app: TestedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.run("build")
    former = dist(app)

    def fail(*_: object, **__: object) -> None:
        raise ToolError("no more")

    monkeypatch.setattr(build_module, "compress_site", fail)
    assert app.run("build").sentence == "pyscript build: no more"
    assert dist(app) == former
    assert not (app.root / ".dist-new").exists()


def test_a_document_without_python_is_one_sentence(app: TestedProject) -> None:
    page = INDEX.replace('type="py"', 'type="text/plain"')
    (app.app / "index.html").write_text(page, encoding="utf-8")

    assert 'app/index.html has no <script type="py">' in app.run("build").sentence


def test_what_is_missing_is_named(app: TestedProject) -> None:
    (app.app / "index.html").unlink()

    assert "app/index.html is missing" in app.run("build").sentence


def test_a_single_file_has_its_runtime_from_the_cdn_with_hashes(
    app: TestedProject, release: Release
) -> None:
    outcome = app.run("build", "--single-file")

    assert outcome.exit_code == 0, outcome.error
    files = dist(app)
    assert set(files) == {"index.html", "licenses.txt", "sbom.cdx.json"}
    text = files["index.html"].decode()
    assert "Mozilla Public License" not in text
    assert "fetch all but the app itself from cdn.jsdelivr.net" in files["licenses.txt"].decode()
    core = "https://cdn.jsdelivr.net/npm/@pyscript/core@0.9.9/dist/core.js"
    assert f'src="{core}" data-pyscript integrity="sha256-' in text
    assert "p { color: red }" in text
    assert "// starts" in text
    assert 'data-embedded="data/table.csv"' in text
    assert "data:" not in policy(files["index.html"])["script-src"]
    assert "#app.zip" in text
    assert "./runtime/" not in text


def test_a_single_file_may_run_the_scripts_that_it_holds(
    app: TestedProject, release: Release
) -> None:
    (app.app / "later.js").write_text("ran = true;\n", encoding="utf-8")

    app.run("build", "--single-file")

    assert "data:" in policy(dist(app)["index.html"])["script-src"]


def test_an_embedded_runtime_needs_no_address(app: TestedProject) -> None:
    app.run("build", "--single-file", "--embed")

    text = dist(app)["index.html"].decode()
    engine = re.search(r'data-embedded="runtime/pyodide/pyodide.asm.wasm"[^>]*>([^<]*)<', text)
    assert engine
    published = (app.runtime / "pyodide" / "pyodide.asm.wasm").read_bytes()
    held = gzip.decompress(base64.b64decode(engine[1]))
    assert held == prepared_engine(published) != published
    assert "cdn.jsdelivr.net" not in text
    found = re.search(r'<script type="importmap">(.*?)</script>', text)
    assert found
    modules = json.loads(found[1])["imports"]
    assert "https://embedded.invalid/runtime/pyscript/core.js" in modules


def test_a_document_with_the_runtime_in_it_takes_the_licences_along(app: TestedProject) -> None:
    (app.root / "LICENSE").write_text("mine </script> <!-- all of it", encoding="utf-8")

    app.run("build", "--single-file", "--embed")

    files = dist(app)
    found = re.search(
        r'<script type="text/plain" data-licenses>\n(.*?)</script>',
        files["index.html"].decode(),
        re.DOTALL,
    )
    assert found
    assert "Mozilla Public License" in found[1]
    assert "cdn.jsdelivr.net" not in found[1]
    assert "mine < /script> < !-- all of it" in found[1]
    assert "mine </script> <!-- all of it" in files["licenses.txt"].decode()


def test_licences_and_bill_are_beside_every_app_and_fetched_by_nobody_ahead(
    app: TestedProject,
) -> None:
    outcome = app.run("build")

    assert "licenses.txt has the licences of 6 components, sbom.cdx.json lists" in outcome.output
    # Nothing is known of a made-up release, and its packages say nothing of themselves.
    assert "not found: the inside of pyodide 1.2.3, the inside of @pyscript/core" in outcome.output
    files = dist(app)
    assert b"alpha 1.0" in files["licenses.txt"]
    assert json.loads(files["sbom.cdx.json"])["specVersion"] == "1.6"
    assert "licenses.txt" not in files["sw.js"].decode()
    assert "sbom.cdx.json" not in files["sw.js"].decode()


@pytest.mark.parametrize("name", ["licenses.txt", "sbom.cdx.json", "sw.js"])
def test_a_file_of_the_app_is_not_replaced_by_one_of_the_build(
    app: TestedProject, name: str
) -> None:
    (app.app / name).write_text("mine", encoding="utf-8")

    assert f"app/{name} has the name of a file that the build writes" in app.run("build").sentence
    assert not (app.root / "dist").exists()


def test_embedding_is_for_single_files(app: TestedProject) -> None:
    assert "add --single-file" in app.run("build", "--embed").sentence


def test_a_package_that_no_cdn_has_needs_embedding(
    app: TestedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.run("vendor")
    app.edit_lock(lambda lock: lock["packages"]["alpha"].update(source="index"))

    @contextmanager
    def vendored(root: Path) -> Iterator[tuple[Project, RuntimeLock]]:
        project = read_project(root)
        yield project, read_lock(project.lock_path)

    monkeypatch.setattr(build_module, "vendored", vendored)

    outcome = app.run("build", "--single-file")

    assert "alpha is outside the Pyodide distribution" in outcome.sentence
    assert "--embed" in outcome.sentence
