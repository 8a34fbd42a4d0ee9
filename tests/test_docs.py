"""The documentation builds strictly, and says what the code says."""

import ast
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

import carried
import docstrings
import examples
import reference
import scale
from commandlines import read_commands
from docstrings import KIT_ALONE, PACKAGE
from marks import put_between
from pyscript_kit.sources.wheels import CARRIERS
from questions import CHOICES, QUESTIONS, REPOSITORY, TEMPLATE
from test_rooms import ROOMS

DOCS = REPOSITORY / "docs"
CODE = (TEMPLATE / "app", TEMPLATE / "_options", PACKAGE, KIT_ALONE, REPOSITORY / "hooks")
# A row of a table whose first cell begins with quoted text.
QUOTED = re.compile(r"^\| `([^`]+)`", re.MULTILINE)
# What an entry of troubleshooting.md begins with: messages on their own line, or up to a colon.
ENTRY = re.compile(r"^(?:- |\*\*)((?:`[^`]+`(?:, )?)+)(?:\*\*\\$|: )", re.MULTILINE)
# Its sections on messages that come from elsewhere.
ELSEWHERE = ("Installing", "Messages from Python and the browser")
OPEN = "…"


def build(source: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """Build documentation as `make docs` does."""
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    options = re.search(r"-m sphinx (.*) -d build/doctrees docs build/docs", makefile)
    assert options
    command = [*options[1].split(), "-d", f"{site}-doctrees", str(source), str(site)]
    return subprocess.run(
        [sys.executable, "-m", "sphinx", *command],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation, built."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    result = build(DOCS, folder)
    assert result.returncode == 0, result.stdout
    return folder


def test_the_documentation_builds_without_a_warning(site: Path) -> None:
    built = {path.stem for path in site.glob("*.html")}
    assert {path.stem for path in DOCS.glob("*.md")} <= built
    for page in docstrings.pages():
        assert (site / "reference" / page).with_suffix(".html").is_file()


# Sphinx's own search, in what it needs of a browser. Gives the pages that it finds, best first.
SEARCH = r"""
const { readFileSync } = require("fs");
const { createContext, runInContext } = require("vm");
const [site, query] = process.argv.slice(1);
const nothing = () => null;
const document = { readyState: "loading", addEventListener: nothing, getElementById: nothing };
const context = createContext({ document, SPHINX_HIGHLIGHT_ENABLED: false, query });
context.window = context;
const page = readFileSync(`${site}/search.html`, "utf8");
const needed = /src="(_static\/(?:doctools|language_data|searchtools|[^"]*stemmer)[^"?]*)/g;
const scripts = [...page.matchAll(needed)].map(([, script]) => script);
for (const script of [...scripts, "searchindex.js"])
  runInContext(readFileSync(`${site}/${script}`, "utf8"), context);
const found = runInContext("Search._performSearch(...Search._parseQuery(query))", context);
console.log([...new Set(found.reverse().map(([name]) => name))].join("\n"));
"""


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("slider", "patterns"),
        ("slider", "reference/patterns/controls"),
        ("download csv", "recipes"),
        ("upload", "recipes"),
        ("deploy", "deploy"),
        ("offline", "recipes"),
    ],
)
def test_the_search_finds_the_page_of_a_task_among_the_first_three(
    site: Path, query: str, wanted: str
) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("this machine has no Node.js")
    command = [node, "-e", SEARCH, str(site), query]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert wanted in found[:3], found[:8]


def test_a_link_to_nowhere_fails(tmp_path: Path) -> None:
    links = ("nowhere.md", "other.md#neverwhere", "#elsewhere")
    settings = (DOCS / "conf.py").read_text(encoding="utf-8")
    settings = settings.replace("Path(__file__)", f"Path({str(DOCS / 'conf.py')!r})")
    (tmp_path / "conf.py").write_text(settings, encoding="utf-8")
    (tmp_path / "site.css").touch()
    (tmp_path / "other.md").write_text("---\norphan: true\n---\n# Other\n", encoding="utf-8")
    text = "\n\n".join(["# Title", *(f"[there]({link})" for link in links)])
    (tmp_path / "index.md").write_text(f"{text}\n", encoding="utf-8")
    result = build(tmp_path, tmp_path / "site")
    assert result.returncode != 0
    for line, link in enumerate(links):
        named = link.rpartition("#")[2]
        assert re.search(rf"index\.md:{3 + 2 * line}: WARNING: .*{named}", result.stdout), link


# ---------------------------------------------------------------- reference


def test_every_question_and_choice_has_its_place() -> None:
    text = reference.questions()
    assert re.findall(r"^## `(\w+)`$", text, re.MULTILINE) == QUESTIONS
    for choices in CHOICES.values():
        for choice in choices:
            assert f"| `{choice}` |" in text


def test_every_module_that_adds_a_command_has_its_place() -> None:
    commands = {command.name: command for command in read_commands()}
    marked = {
        path.stem
        for path in PACKAGE.rglob("*.py")
        if "def pyscript_subcommand(" in path.read_text(encoding="utf-8")
    }
    assert set(commands) == marked
    names = {option.names: option.default for option in commands["dev"].options}
    assert names == {
        "--project": "here",
        "--port": "`8000`",
        "--isolation/--no-isolation": "`--no-isolation`",
        "--open/--no-open": "`--open`",
    }


def test_every_file_says_what_it_is_and_who_gets_it() -> None:
    text = reference.files()
    assert "\n- `app/main.py`: Starts the app:" in text
    assert "\n- `netlify.toml` (`deploy=netlify`): Netlify builds" in text
    assert not re.search(r"\.css`[^:\n]*: #?\w+, #", text), "a rule is no comment"
    # In one of two places, whatever the starter.
    assert "\n- `app/pages/home.py`: The first page" in text


def test_every_pattern_has_its_row_and_each_one_for_pages_has_its_page() -> None:
    rows = re.findall(r"^\| \[?`patterns\.(\w+)`", docstrings.patterns(), re.MULTILINE)
    modules = {path.stem for path in TEMPLATE.rglob("app/patterns/[!_]*.py")}
    modules |= {path.stem for path in KIT_ALONE.glob("*.py")}
    assert sorted(rows) == sorted(modules)
    pages = {path for path in docstrings.pages() if path.startswith("patterns/")}
    assert pages == {f"patterns/{name}.md" for name in modules - {*docstrings.INNER}}


def test_a_page_of_the_reference_has_every_public_name_of_its_module_and_no_private_one() -> None:
    for page in docstrings.pages().values():
        headings = re.findall(r"^#{2,3} `(?:\w+\.)?(\w+)`$", page, re.MULTILINE)
        assert not [name for name in headings if name.startswith("_")]
    wanted = {
        "patterns/dom.md": {"element", "find"},
        "patterns/events.md": {"Handlers", "on_submit"},
        "testing/driver.md": {"App", "open", "expect_errors"},
    }
    for path, names in wanted.items():
        for name in names:
            assert re.search(rf"^#{{2,3}} `(?:\w+\.)?{name}`$", docstrings.pages()[path], re.M), (
                name
            )


def test_every_page_of_the_reference_begins_with_an_example() -> None:
    for path, page in docstrings.pages().items():
        before, fence, _ = page.partition("```python\n")
        assert fence, path
        assert "\n## " not in before, path


def test_an_example_comes_before_what_is_said_beside_it() -> None:
    text = "Sums up.\n\nMore of it.\n\nSo:\n\n```python\nadd()\n```\n\nAnd more.\n"
    assert docstrings.example_first(text) == (
        "Sums up.\n\nSo:\n\n```python\nadd()\n```\n\nMore of it.\n\nAnd more.\n\n"
    )
    assert docstrings.example_first("No example.\n\nMore.") == "No example.\n\nMore."


def test_a_module_that_is_named_leads_to_its_page() -> None:
    text = "# `patterns.dom`\n\n`patterns.dom`, [`patterns.dom`](x), `patterns.beside`\n"
    code = "```python\n`patterns.dom`\n```\n"
    link = "[`patterns.dom`](../reference/patterns/dom.md)"
    expected = text.replace("\n\n`patterns.dom`", f"\n\n{link}", 1) + code
    assert reference.linked(text + code, "reference/page") == expected


def test_former_pages_of_the_reference_go(tmp_path: Path) -> None:
    (tmp_path / "patterns").mkdir()
    (tmp_path / "patterns" / "former.md").touch()
    (tmp_path / "patterns.md").touch()
    reference.write_pages(tmp_path)
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.md")}
    assert written == {"patterns.md", *docstrings.pages()}


def test_every_fixture_of_the_plugin_has_its_place() -> None:
    text = docstrings.pages()["testing/fixtures.md"]
    brief, lasting = text.split("\n## For one test\n")[1].split("\n## For all tests of a run\n")
    assert {"app", "fresh_app", "plain_app"} <= set(re.findall(r"^- `(\w+)`, ", brief, re.M))
    assert {"origin", "launch"} <= set(re.findall(r"^- `(\w+)`, ", lasting, re.M))
    assert "\n- `app`, `App`: The running app" in brief


def test_a_tag_in_a_docstring_stays_text_and_what_is_indented_is_an_example() -> None:
    docstring = (
        "Puts __main__ on a <canvas>, `<b>` too.\n\n    if a < b:\n\n        show()\n\nDone."
    )
    assert docstrings.prose(docstring).split("\n") == [
        r"Puts \_\_main\_\_ on a &lt;canvas>, `<b>` too.",
        "",
        "```python",
        "if a < b:",
        "",
        "    show()",
        "```",
        "",
        "Done.",
        "",
    ]


def test_the_pages_contract_names_every_event_of_the_code() -> None:
    browser = PACKAGE / "browser"
    sources = [*browser.glob("boot/*js"), *browser.glob("loader/*.mjs")]
    sent = {
        event
        for path in [*sources, *TEMPLATE.rglob("app/patterns/*.py")]
        for event in re.findall(r'Event(?:\.new)?\("([a-z]+:[a-z]+)"', path.read_text("utf-8"))
    }
    rows = QUOTED.findall((DOCS / "reference" / "page.md").read_text(encoding="utf-8"))
    assert {row for row in rows if ":" in row} == sent


# ---------------------------------------------------------------- examples


def test_every_section_of_the_guide_to_patterns_begins_with_code() -> None:
    text = examples.GUIDE.read_text(encoding="utf-8")
    sections = re.findall(r"^## (.+)\n\n(.*(?:\n\n.*)?)", text, re.MULTILINE)
    assert len(sections) > 10
    without = [title for title, begins in sections if "```" not in begins]
    assert without == ["Smaller patterns"]


def test_every_example_has_its_pictures_and_no_picture_is_of_something_else() -> None:
    text = examples.GUIDE.read_text(encoding="utf-8")
    shown = {f"docs/{path}" for path in re.findall(r"^!\[.+\]\((\S+-light\.png)\)$", text, re.M)}
    folder = DOCS / "pictures" / "patterns"
    pictures = {path.relative_to(REPOSITORY).as_posix() for path in folder.glob("*.png")}
    routes = examples.routes(examples.examples())
    assert shown == {f"docs/pictures/patterns/{route}-light.png" for route in routes}
    assert pictures == {*shown, *(path.replace("-light.", "-dark.") for path in shown)}
    assert [path for path in folder.iterdir() if path.stat().st_size > 40_000] == []
    # That of an example stands below its code.
    for route in routes:
        code = text.index(f"`app/pages/{route}.py`")
        assert text.count("```", code, text.index(f"{route}-light.png")) == 2


# ---------------------------------------------------------------- the kit


def test_the_walks_through_the_kit_lead_to_what_is_there() -> None:
    """Where a step of a walk is, stands in the last cell of its row: files, and names in each."""
    roots = [REPOSITORY, PACKAGE, TEMPLATE, TEMPLATE / "_options" / "starter=gallery"]
    walks = (DOCS / "kit.md").read_text(encoding="utf-8")
    walks = walks.partition("\n## Three walks\n")[2].partition("\n## ")[0]
    steps = re.findall(r"^\| .* \| (`.*`) \|$", walks, re.MULTILINE)
    assert len(steps) > 12
    for step in steps:
        source = ""
        for named in re.findall(r"`([^`]+)`", step):
            if "/" in named or "." in named:
                found = [root / named for root in roots if (root / named).exists()]
                assert len(found) == 1, f"{named}: {found}"
                source = found[0].read_text(encoding="utf-8") if found[0].is_file() else ""
            else:
                assert re.search(rf"^ *(?:async )?(?:def|class) {named}\b", source, re.M), step


@pytest.mark.parametrize(
    "document", ["CONTRIBUTING.md", "docs/kit.md", "docs/maintaining.md", "docs/testing.md"]
)
def test_every_path_that_maintainers_are_led_to_is_there(document: str) -> None:
    text = (REPOSITORY / document).read_text(encoding="utf-8")
    named = re.findall(r"`((?:kit|tests|tasks|docs|hooks|app|_options)/[\w./=-]*)`", text)
    roots = (REPOSITORY, TEMPLATE, TEMPLATE / "_options" / "starter=gallery")
    # Made in a project by its commands.
    kept = [path for path in named if not path.startswith("app/runtime/")]
    assert kept
    assert [path for path in kept if not any((root / path).exists() for root in roots)] == []
    for name, path in re.findall(r"`(\w+)`\s+(?:in|of)\s+`(kit/[\w./-]+\.py)`", text):
        assert re.search(rf"\b{name}\b", (REPOSITORY / path).read_text(encoding="utf-8")), name


def test_every_room_of_the_kit_has_its_place_in_their_order() -> None:
    text = (DOCS / "kit.md").read_text(encoding="utf-8")
    text = text.partition("\n## Rooms\n")[2].partition("\n## ")[0]
    rooms = re.findall(r"^\| `(\w+)/` \|", text, re.MULTILINE)
    roots, *others = ROOMS
    assert rooms == [room for line in others for room in line]
    assert all(f"`{root}.py`" in text for root in roots)


# ---------------------------------------------------------------- troubleshooting


def said_by_the_code() -> list[str]:
    """Return every text of the template's code, with … for what is put in while it runs."""
    paths = [path for folder in CODE for path in folder.rglob("*")]
    made = TEMPLATE / "app" / "runtime"
    return [text for path in paths if made not in path.parents for text in _texts(path)]


def _texts(path: Path) -> Iterator[str]:
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr | ast.Constant):
                yield _written(node)
    elif path.suffix in {".js", ".mjs"}:
        text = re.sub(r'" \+\s*"', "", path.read_text(encoding="utf-8"))
        yield from (re.sub(r"\$\{[^}]*\}", OPEN, line) for line in text.splitlines())
    elif path.suffix == ".html":
        yield from path.read_text(encoding="utf-8").splitlines()


def _written(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_written, node.values))
    return OPEN


def is_said(message: str, texts: list[str]) -> bool:
    """Say whether a message stands in one of the texts; … in it is anything, or nothing."""
    pattern = re.compile(".*".join(map(re.escape, message.split(OPEN))), re.DOTALL)
    return any(pattern.search(text) for text in texts)


def quoted_messages() -> list[str]:
    """Return the messages of troubleshooting.md that are the template's own."""
    _, *sections = (DOCS / "troubleshooting.md").read_text(encoding="utf-8").split("\n## ")
    assert {section.partition("\n")[0] for section in sections} > set(ELSEWHERE)
    own = "\n".join(section for section in sections if not section.startswith(ELSEWHERE))
    entries = ENTRY.findall(own)
    begun = re.findall(r"^.*\\$", own, re.MULTILINE)
    assert [line for line in begun if not ENTRY.match(line)] == []
    return [message for entry in entries for message in re.findall("`([^`]+)`", entry)]


def test_each_message_in_the_documentation_still_stands_in_the_code() -> None:
    texts = said_by_the_code()
    messages = quoted_messages()
    assert len(messages) > 50
    assert [message for message in messages if not is_said(message, texts)] == []


def test_a_message_that_the_code_does_not_have_is_found_out() -> None:
    texts = ["cannot write … (…): … and run it again"]
    assert is_said("cannot write … (…): …", texts)
    assert not is_said("cannot read … (…): …", texts)
    assert not is_said("run it again … cannot write", texts)


# ---------------------------------------------------------------- the release


# Where a document names the release, or the wheel that comes with it.
RELEASE = re.compile(
    r"(?:--checkout v|tag --annotate v|\"Release |Version |pyscript_kit-)(\d+(?:\.\d+)+)"
)


def test_the_kit_and_the_template_carry_one_version() -> None:
    kit = tomllib.loads((REPOSITORY / "kit" / "pyproject.toml").read_text(encoding="utf-8"))
    changes = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## (\d\S*) \(\d{4}-\d\d-\d\d\)$", changes, re.MULTILINE)
    documents = [*REPOSITORY.glob("*.md"), *DOCS.rglob("*.md")]
    named = {
        path.relative_to(REPOSITORY): found
        for path in documents
        if (found := set(RELEASE.findall(path.read_text(encoding="utf-8"))))
    }

    assert released[0] == kit["project"]["version"]
    assert len(named) > 1
    assert set().union(*named.values()) == {released[0]}, named


# ---------------------------------------------------------------- deploying


# As Debian's nginx.conf has it: its own list of types, then what is in conf.d/.
NGINX = """
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
daemon off;
events {{ }}
http {{
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  {guide}
}}
"""


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[HTTPConnection]:
    """A connection to nginx, set up by the lines of the guide to deploying."""
    if not shutil.which("nginx"):
        pytest.skip("this machine has no nginx")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    block = re.search(r"^```nginx\n(.*?)^```", (DOCS / "deploy.md").read_text("utf-8"), re.M | re.S)
    assert block
    guide = block[1].replace("/srv/app", str(tmp_path / "site"))
    guide = guide.replace("listen 80;", f"listen 127.0.0.1:{port};")
    user = "" if os.geteuid() else "user root;"
    settings = tmp_path / "nginx.conf"
    settings.write_text(NGINX.format(user=user, folder=tmp_path, guide=guide), encoding="utf-8")
    with served(["nginx", "-c", str(settings), "-p", str(tmp_path)], port):
        yield HTTPConnection("127.0.0.1", port)


@contextmanager
def served(command: list[str], port: int) -> Iterator[None]:
    """Run a server until it is no longer needed, from when it can be connected to."""
    with subprocess.Popen(command) as server:
        try:
            for _ in range(200):
                assert server.poll() is None, "it does not start"
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield
        finally:
            server.terminate()


def test_nginx_serves_a_site_by_the_lines_of_the_guide(
    tmp_path: Path, nginx: HTTPConnection
) -> None:
    for_ever, each_time = "public, max-age=31536000, immutable", "no-cache"
    expected = {
        "index.html": ("text/html", each_time),
        "style.css": ("text/css", each_time),
        "manifest.webmanifest": ("application/manifest+json", each_time),
        "runtime/loader.mjs": ("text/javascript", for_ever),
        "runtime/python.wasm": ("application/wasm", for_ever),
    }
    (tmp_path / "site" / "runtime").mkdir(parents=True)
    found = {}
    for name in expected:
        (tmp_path / "site" / name).write_text("content", encoding="utf-8")
        nginx.request("GET", f"/{name}")
        answer = nginx.getresponse()
        assert answer.read() == b"content"
        found[name] = (answer.getheader("Content-Type"), answer.getheader("Cache-Control"))
    assert found == expected


def test_what_a_visit_costs_is_read_from_what_the_build_says() -> None:
    said = next(text for text in _texts(PACKAGE / "site" / "weight.py") if "A first visit" in text)
    for part in (" to a page with packages", "12.5 MB", "31", "12.9"):
        said = said.replace(OPEN, part, 1)
    found = scale.COST.search(said)
    assert found
    assert found.groups() == ("12.5", "31", "12.9")
    assert scale.COST.search(said.replace(" to a page with packages", ""))


def test_readme_has_a_place_for_what_projects_weigh() -> None:
    blank = scale.Size(52_100_000, 68_400_000, 5.3e6, 20, 4e3)
    gallery = scale.Size(175_000_000, 214_000_000, 12.5e6, 33, 4e3)
    words = scale.sentences(blank, gallery)

    assert "takes 52 MB in `app/runtime/`, and its site 68 MB" in words
    assert "fetches 5.3 MB, or 12.5 MB where" in words
    readme = scale.README.read_text(encoding="utf-8")
    assert words in put_between(readme, *scale.marks_of("sizes"), words)
    with pytest.raises(ValueError, match="no place between <!-- another:"):
        put_between(readme, *scale.marks_of("another"), words)


CARRIED = re.compile(
    r"Of the (\d+) packages of Pyodide (\S+), `([^`]+)` has (\d+):\n\n```text\n([^`]*)\n```\n"
)


def carried_by_the_guide() -> dict[str, tuple[int, str, list[str]]]:
    """What docs/runtime.md says to come through pip, by the version of Pyodide: of how many
    packages, in which one, and which."""
    text = (DOCS / "runtime.md").read_text("utf-8")
    block = text.partition(carried.BEGIN)[2].partition(carried.END)[0]
    found = {}
    for total, version, package, count, listed in CARRIED.findall(block):
        names = re.split(r",\s", listed)
        assert len(names) == int(count)
        found[version] = (int(total), package, names)
    assert not CARRIED.sub("", block).strip()
    return found


def test_the_guide_says_of_each_pin_what_carries_its_packages() -> None:
    found = carried_by_the_guide()

    assert {version: package for version, (_, package, _) in found.items()} == CARRIERS
    assert [*found] == [pin.pyodide.version for pin in carried.pins()]


@pytest.mark.long
def test_the_guide_says_which_packages_come_through_pip() -> None:
    for pin in carried.pins():
        count, _, names = carried_by_the_guide()[pin.pyodide.version]
        assert carried.carried(pin) == (names, count)
