"""What an app names in its document, in settings and in calls is in its site, with the addresses of
the site; what will not work there is said."""

from __future__ import annotations

import base64
import html
import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madeup import INDEX
from pyscript_kit.site.addresses import address_of, path_of, within
from pyscript_kit.site.elements import integrity_of
from pyscript_kit.site.markup import elements_of
from pyscript_kit.site.settings import toml_of

if TYPE_CHECKING:
    from madeup import TestedProject

LOCAL = '"interpreter": "./runtime/pyodide/pyodide.mjs"'


def build(app: TestedProject, *options: str, body: str = "", **files: str) -> dict[str, bytes]:
    """Build the app with more in its document, and with more files; gives what lies in `dist/`."""
    page = INDEX.replace("</body>", f"{body}</body>")
    (app.app / "index.html").write_text(page, encoding="utf-8")
    for name, text in files.items():
        path = app.app / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    outcome = app.run("build", *options)
    assert outcome.exit_code == 0, outcome.error
    app.said = outcome.error  # type: ignore[attr-defined]
    return app.built()


def said(app: TestedProject) -> list[str]:
    """What the last build warned of, but for the browser that it has not."""
    lines = app.said.splitlines()  # type: ignore[attr-defined]
    return [line for line in lines if line.startswith("warning: app/")]


def configs(files: dict[str, bytes]) -> list[Any]:
    """The settings that stand in the document, in their order."""
    elements = elements_of(files["index.html"].decode())
    texts = [text for element in elements if (text := element.get("config"))]
    return [json.loads(text) if text.startswith("{") else text for text in texts]


@pytest.mark.parametrize("name", ["own.toml", "own.json"])
def test_a_worker_keeps_the_settings_that_its_tag_names(app: TestedProject, name: str) -> None:
    own = {
        "workers/own.toml": '[files]\n"../helpers/lend.py" = "./lend.py"\n',
        "workers/own.json": '{"files": {"../helpers/lend.py": "./lend.py"}}',
    }
    tag = f'<script type="py" worker src="./workers/w.py" config="./workers/{name}"></script>'

    files = build(
        app, body=tag, **own, **{"workers/w.py": "import lend\n", "helpers/lend.py": "lent = 1\n"}
    )

    assert configs(files)[1] == f"./workers/{name}"
    assert files[f"workers/{name}"].decode() == own[f"workers/{name}"]
    assert files["helpers/lend.py"] == b"lent = 1\n"
    assert "import lend\n</script>" in files["index.html"].decode()
    assert "workers/w.py" not in files  # it stands in the document


def test_settings_name_the_runtime_as_the_site_has_it(app: TestedProject) -> None:
    editor = """<script type="py-editor" config='{}'></script>"""
    inline = editor.format(f'{{{LOCAL}, "files": {{"/pages/home.py": ""}}}}')
    named = (
        editor.format("./own.toml") + editor.format("/own.json") + editor.format("pyscript.toml")
    )

    files = build(
        app,
        body=inline + named,
        **{
            "own.toml": 'interpreter = "/runtime/pyodide/pyodide.mjs"\n[a.b]\nc = 2024-01-01\n',
            "own.json": f"{{{LOCAL}}}",
        },
    )

    page, first, second, third, last = configs(files)
    interpreter = page["interpreter"]
    assert interpreter.removeprefix("./") in files
    assert first == {"interpreter": interpreter, "files": {"./pages/home.py": ""}}
    assert (second, third) == ("./own.toml", "./own.json")
    assert last == page
    assert tomllib.loads(files["own.toml"].decode())["interpreter"] == interpreter
    assert "c = 2024-01-01" in files["own.toml"].decode()
    assert json.loads(files["own.json"]) == {"interpreter": interpreter}
    assert files["pages/home.py"].startswith(b"def mount")


def test_the_page_may_have_its_settings_in_an_element(app: TestedProject) -> None:
    page = INDEX.replace(' config="./pyscript.toml"', "")
    for element in (
        '<py-config src="./pyscript.toml"></py-config>',
        f"<mpy-config>{{{LOCAL}}}</mpy-config>",
    ):
        text = page.replace("<body>", f"<body>{element}")
        (app.app / "index.html").write_text(text, encoding="utf-8")

        assert app.run("build").exit_code == 0

        index = app.built()["index.html"].decode()
        found = re.search(r'<(m?py)-config type="json">(.*?)</\1-config>', index)
        assert found
        settings = json.loads(html.unescape(found[2]))
        assert settings["interpreter"].startswith("./runtime/pyodide-")


def test_python_that_calls_name_is_in_the_site_as_it_is(app: TestedProject) -> None:
    source = '''
"""./unread.py"""
from pyscript import PyWorker, create_named_worker
LATER = "/workers/c.py"
PyWorker("./workers/a.py", type="pyodide", version=here)
await create_named_worker(src="workers/b.py", name="b", config="./pyscript.toml")
PyWorker(LATER, version=here)
'''
    names = ("workers/a.py", "workers/b.py", "workers/c.py", "unread.py")

    files = build(app, **{"pages/home.py": source, **dict.fromkeys(names, "x = 1\n")})

    assert {name for name in files if name.endswith(".py")} == set(names) - {"unread.py"}
    settings = tomllib.loads(files["pyscript.toml"].decode())
    (page,) = configs(files)
    assert settings == page
    assert said(app) == []


def test_what_cannot_be_seen_is_said_and_shipped_by_a_line(app: TestedProject) -> None:
    source = "def start(name):\n    return create_named_worker(f'./workers/{name}.py', name)\n"
    files = {"pages/home.py": source, "workers/a.py": "x = 1\n"}

    assert "workers/a.py" not in build(app, **files)
    assert said(app) == [
        "warning: app/pages/home.py, line 2: the build cannot see which file create_named_worker "
        "starts from: write its address there, or list it in pyproject.toml, as ship = "
        '["workers/*.py"] below [tool.pyscript-build]'
    ]

    settings = '[tool.pyscript-build]\nship = ["./workers/*.py"]\n'
    (app.root / "pyproject.toml").write_text(settings, encoding="utf-8")
    assert build(app, **files)["workers/a.py"] == b"x = 1\n"
    assert said(app) == []


@pytest.mark.parametrize("options", [[], ["--single-file"], ["--single-file", "--embed"]])
def test_an_address_from_the_root_of_the_host_is_the_apps(
    app: TestedProject, options: list[str]
) -> None:
    page = INDEX.replace("./main.py", "/main.py").replace("./style.css", "/style.css")
    if not options:  # one document leads nowhere
        page = page.replace("<body>", '<body><a href="/data/table.csv?a#b">')
    (app.app / "index.html").write_text(page, encoding="utf-8")

    outcome = app.run("build", *options)

    assert outcome.exit_code == 0, outcome.error
    index = app.built()["index.html"].decode()
    assert "\nimport pages\n</script>" in index
    assert '"/' not in re.sub(r"<script(?! type=.py).*?</script>", "", index, flags=re.DOTALL)
    if not options:
        assert 'href="./data/table.csv?a#b"' in index


def test_files_are_addressed_whatever_their_names(app: TestedProject) -> None:
    odd = "data/50% of #? %41.css"
    address = "./data/50%25%20of%20%23%3F%20%2541.css"
    link = f'<link rel="stylesheet" href="{address}?once#there">'

    files = build(app, body=link, **{odd: "p { color: red }", "data/#.csv": "1"})

    (named,) = [name for name in files if name.startswith("data/50% of #? %41-")]
    index = files["index.html"].decode()
    hashed = address.replace(".css", f"{named[-13:-4]}.css")
    assert f'href="{hashed}?once#there" integrity="sha256-' in index
    worker = files["sw.js"].decode()
    assert f'"{hashed}":"' in worker
    assert '"./data/%23.csv":"' in worker


def test_handlers_in_attributes_may_run(app: TestedProject) -> None:
    index = build(app, body='<button onclick="go(&quot;x&quot;)" onfocus="">')[
        "index.html"
    ].decode()

    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', index)
    assert policy
    hashed = integrity_of(b'go("x")')
    assert f"'unsafe-hashes' '{hashed}'" in html.unescape(policy[1])


OUTSIDERS = {
    "scripts": '<script src="https://cdn.example.org/a.js"></script>',
    "styles": '<link rel="stylesheet" href="//cdn.example.org/a.css">',
    "images": '<img src="https://cdn.example.org/a.png">',
    "media": '<audio src="https://cdn.example.org/a.ogg"></audio>',
    "frames": '<iframe src="https://cdn.example.org/"></iframe>',
    "fonts": "<style>@font-face { src: url(https://cdn.example.org/a.woff2) }</style>",
}


@pytest.mark.parametrize("setting", OUTSIDERS)
def test_what_the_policy_refuses_is_said_with_the_setting_that_lets_it_in(
    app: TestedProject, setting: str
) -> None:
    build(app, body=OUTSIDERS[setting])
    (sentence,) = said(app)
    assert re.match(
        "warning: app/index.html, line 11: .*, which the policy of the site refuses", sentence
    )
    assert f'{setting} = ["https://cdn.example.org"] in [tool.pyscript-build]' in sentence

    settings = f'[tool.pyscript-build]\n{setting} = ["https://cdn.example.org"]\n'
    (app.root / "pyproject.toml").write_text(settings, encoding="utf-8")
    index = build(app, body=OUTSIDERS[setting])["index.html"].decode()
    assert said(app) == []
    assert index.count("https://cdn.example.org") == 1 + OUTSIDERS[setting].count("https:")


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (
            {"pyscript.toml": '\n[js_modules.main]\n"https://cdn.example.org/a.js" = "a"\n'},
            "app/pyscript.toml: a module of js_modules comes from https://cdn.example.org/a.js",
        ),
        (
            {"pyscript.toml": '\n[js_modules.worker]\n"./a.js" = "a"\n'},
            "app/pyscript.toml: what js_modules.worker brings works only where the host isolates",
        ),
        (
            {"extra.css": "@import 'https://cdn.example.org/a.css';"},
            "app/extra.css: a style sheet comes from https://cdn.example.org/a.css",
        ),
        (
            {"body": '<script type="py" worker terminal>x</script>'},
            "app/index.html, line 11: a terminal in a worker works only where the host isolates",
        ),
        (
            {
                "body": '<script type="py" worker src="w.py"></script>',
                "w.py": "from pyscript import sync, document\n",
            },
            "app/w.py: document in a worker works only where the host isolates",
        ),
        (
            {"body": '<script type="py-editor">x</script>'},
            "app/index.html, line 11: this editor names no interpreter",
        ),
        (
            {"pages/home.py": "PyWorker('./pages/home.py')"},
            "app/pages/home.py, line 1: PyWorker takes its Python from PyScript's CDN",
        ),
        (
            {"pages/home.py": "create_named_worker(src='./gone.py', name='a')"},
            "app/pages/home.py, line 1: create_named_worker names app/gone.py, which does not",
        ),
        (
            {
                "body": f"""<script type="py-editor" config='{{{LOCAL},
                "files": {{"./a.py": ""}}}}'>x</script>"""
            },
            "app/index.html, line 11: files name app/a.py, which does not exist",
        ),
        (
            {"about.html": '<script type="module" src="./runtime/pyscript/core.js"></script>'},
            "app/about.html starts Python from addresses in runtime/",
        ),
    ],
)
def test_what_will_not_work_on_a_host_is_said(
    app: TestedProject, files: dict[str, str], sentence: str
) -> None:
    config = (app.app / "pyscript.toml").read_text(encoding="utf-8")
    more = {
        name: config + text if name == "pyscript.toml" else text for name, text in files.items()
    }

    build(app, **more)

    (line,) = said(app)
    assert line.startswith(f"warning: {sentence}")


def test_nothing_is_said_of_options_that_cannot_be_read(app: TestedProject) -> None:
    build(app, **{"pages/home.py": "PyWorker('./pages/home.py', **OPTIONS)"})
    assert said(app) == []


@pytest.mark.parametrize("options", [["--single-file"], ["--single-file", "--embed"]])
def test_one_document_has_the_pictures_modules_and_sheets_that_it_names(
    app: TestedProject, options: list[str]
) -> None:
    config = (app.app / "pyscript.toml").read_text(encoding="utf-8")
    tables = '\n[js_modules.main]\n"./js/a.js" = "a"\n"./js/a.css" = "look"\n'
    body = (
        '<img src="./data/a%23.png"><a href="/data/table.csv" download>t</a><a href="./data/b.txt">'
    )

    files = build(
        app,
        *options,
        body=body,
        **{
            "data/a#.png": "a picture",
            "data/b.txt": "b",
            "js/a.js": 'import { b } from "../lib/b.js";\nexport const a = b;\n',
            "js/a.css": "p { background: url('../data/a%23.png') }",
            "lib/b.js": "export const b = 2;\n",
            "pyscript.toml": config + tables,
        },
    )

    index = files["index.html"].decode()
    picture = f"data:image/png;base64,{base64.b64encode(b'a picture').decode()}"
    assert f'<img src="{picture}">' in index
    assert f'url("{picture}")' in index
    assert '<a href="data:text/csv;base64,' in index
    (settings,) = configs(files)
    assert settings["js_modules"] == {"main": {"https://embedded.invalid/js/a.js": "a"}}
    found = re.search(r'<script type="importmap">(.*?)</script>', index)
    assert found
    modules = json.loads(found[1])["imports"]
    _, _, text = modules["https://embedded.invalid/js/a.js"].partition("base64,")
    assert 'from "https://embedded.invalid/lib/b.js"' in base64.b64decode(text).decode()
    assert "https://embedded.invalid/lib/b.js" in modules
    (sentence,) = said(app)
    assert "app/data/b.txt is not in the document, where <a> cannot show it" in sentence


NAMES = st.text(st.characters(blacklist_characters="/\0", blacklist_categories=["Cs"]), min_size=1)


@given(st.lists(NAMES.filter(lambda name: name not in (".", "..")), min_size=1, max_size=3))
def test_an_address_leads_to_its_file_whatever_its_name(names: list[str]) -> None:
    path = "/".join(names)

    address = address_of(path)

    if "\\" not in path and address.strip() == address:
        assert path_of(address) == path
        assert within(address) == address
    assert not set(address) & set('?# "<>')


VALUES = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | st.text() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_settings_survive_being_written(values: dict[str, Any]) -> None:
    assert tomllib.loads(toml_of(values)) == values
