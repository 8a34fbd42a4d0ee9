"""`pyscript preview`: the built site, as a static host serves it."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
import typer
from typer.testing import CliRunner

from pyscript_kit.commands.preview import preview
from pyscript_kit.errors import ToolError
from pyscript_kit.serving.mediatypes import media_type
from pyscript_kit.serving.site import caching, choose_encoding, read_base, site_app

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from madeup import TestedProject

STYLE = b"p { color: red }\n" * 100
FOR_EVER = "public, max-age=31536000, immutable"


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A built site, compressed as far as it goes."""
    folder = tmp_path / "dist"
    files = {
        "index.html": b"<p>first page</p>",
        "404.html": b"<p>nothing here</p>",
        "404.html.gz": gzip.compress(b"<p>nothing here</p>"),
        "manifest.webmanifest": b"{}",
        "runtime/style-1a2b3c4d.css": STYLE,
        "runtime/style-1a2b3c4d.css.gz": gzip.compress(STYLE),
        "runtime/style-1a2b3c4d.css.br": b"brotli, as far as this test goes",
        "runtime/pyodide-1a2b3c4d/pyodide.asm.wasm": b"\0asm",
        "docs/index.html": b"<p>docs</p>",
    }
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def ask(
    app: ASGIApp, path: str, method: str = "GET", accept: str = "", **headers: str
) -> tuple[httpx.Response, bytes]:
    """One request: the response, and its bytes as they were sent."""

    async def request() -> tuple[httpx.Response, bytes]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            named["accept-encoding"] = accept
            async with client.stream(method, path, headers=named) as response:
                return response, b"".join([part async for part in response.aiter_raw()])

    return asyncio.run(request())


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("", None),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("GZIP;q=1.0, BR;q=0.5", "gzip"),
        ("br;q=0, gzip;q=0.2", "gzip"),
        ("*", "br"),
        ("*;q=0", None),
        ("br;q=0, *", "gzip"),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip", "gzip"),
        ("identity;q=0, gzip;q=0", None),
        ("br;q=much, gzip", "gzip"),
        (" gzip ; q=0.8 , ,br;level=3;q=0.1", "gzip"),
    ],
)
def test_the_encoding_that_the_browser_likes_best_is_chosen(
    accepted: str, chosen: str | None
) -> None:
    assert choose_encoding(accepted, ["br", "gzip"]) == chosen


def test_a_site_is_isolated_where_its_host_is_to_do_so(dist: Path) -> None:
    plain, _ = ask(site_app(dist), "/")
    isolated, _ = ask(site_app(dist, isolated=True), "/")

    assert not [name for name in plain.headers if name.startswith("cross-origin")]
    assert isolated.headers["cross-origin-opener-policy"] == "same-origin"
    assert isolated.headers["cross-origin-embedder-policy"] == "require-corp"


def test_an_encoding_that_is_not_there_is_not_chosen() -> None:
    assert choose_encoding("br, gzip;q=0.1", ["gzip"]) == "gzip"
    assert choose_encoding("br", ["gzip"]) is None
    assert choose_encoding("br", []) is None


@pytest.mark.parametrize(
    ("accept", "encoding"), [("br, gzip", "br"), ("gzip", "gzip"), ("", None), ("zstd", None)]
)
def test_a_file_is_sent_in_that_encoding_and_says_so(
    dist: Path, accept: str, encoding: str | None
) -> None:
    path = "runtime/style-1a2b3c4d.css"
    ending = {"br": ".br", "gzip": ".gz", None: ""}[encoding]

    response, content = ask(site_app(dist), f"/{path}", accept=accept)

    assert response.status_code == 200
    assert response.headers.get("content-encoding") == encoding
    assert response.headers["vary"] == "Accept-Encoding"
    assert response.headers["content-type"] == "text/css; charset=utf-8"
    assert content == (dist / f"{path}{ending}").read_bytes()
    assert response.headers["content-length"] == str(len(content))


def test_each_encoding_has_a_tag_of_its_own_and_is_sent_once(dist: Path) -> None:
    site, path = site_app(dist), "/runtime/style-1a2b3c4d.css"
    tags = {}
    for accept in ("br", "gzip", ""):
        tags[accept] = ask(site, path, accept=accept)[0].headers["etag"]
    assert len(set(tags.values())) == 3

    again, content = ask(site, path, accept="gzip", If_None_Match=tags["gzip"])
    other, _ = ask(site, path, accept="gzip", If_None_Match=tags["br"])

    assert (again.status_code, content) == (304, b"")
    assert again.headers["vary"] == "Accept-Encoding"
    assert again.headers["cache-control"] == FOR_EVER
    assert other.status_code == 200


def test_a_file_without_copies_is_sent_as_it_is(dist: Path) -> None:
    response, content = ask(site_app(dist), "/", accept="br, gzip")

    assert content == b"<p>first page</p>"
    assert "content-encoding" not in response.headers
    assert "vary" not in response.headers


@pytest.mark.parametrize(
    ("path", "header"),
    [
        ("runtime/pyodide-1a2b3c4d/pyodide.asm.wasm", FOR_EVER),
        ("runtime/preboot/base-0123456789abcdef.wasm.gz", FOR_EVER),
        ("index.html", "no-cache"),
        ("sw.js", "no-cache"),
        ("style-1a2b3c4d.css", "no-cache"),
        ("data/report-20240101.csv", "no-cache"),
        ("data/runtime/table.csv", "no-cache"),
    ],
)
def test_what_lies_in_the_runtime_is_kept_for_ever(path: str, header: str) -> None:
    assert caching(path) == header


def test_head_says_what_get_would_send(dist: Path) -> None:
    path = "/runtime/style-1a2b3c4d.css"
    response, content = ask(site_app(dist), path, "HEAD", accept="gzip")
    full, _ = ask(site_app(dist), path, accept="gzip")

    assert content == b""
    assert response.headers == full.headers


def test_what_is_not_there_is_answered_by_the_sites_own_page(
    dist: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    response, content = ask(site_app(dist), "/runtime/gone-1a2b3c4d.css", accept="gzip")

    assert response.status_code == 404
    assert gzip.decompress(content) == b"<p>nothing here</p>"
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    assert capsys.readouterr().out == "404 /runtime/gone-1a2b3c4d.css\n"


def test_without_such_a_page_it_is_still_not_there(dist: Path) -> None:
    (dist / "404.html").unlink()

    response, _ = ask(site_app(dist), "/gone")

    assert response.status_code == 404


@pytest.mark.parametrize("path", ["/../project.txt", "/%2e%2e/project.txt", "/..%2fproject.txt"])
def test_nothing_beside_the_site_is_served(dist: Path, path: str) -> None:
    (dist.parent / "project.txt").write_text("private", encoding="utf-8")

    response, content = ask(site_app(dist), path)

    assert response.status_code == 404
    assert b"private" not in content


def test_a_folder_has_a_slash_and_a_first_page(dist: Path) -> None:
    response, _ = ask(site_app(dist), "/docs")

    assert response.headers["location"].endswith("/docs/")
    assert ask(site_app(dist), "/docs/")[1] == b"<p>docs</p>"


def test_a_site_can_lie_below_a_path(dist: Path) -> None:
    site = site_app(dist, "/any/path/")

    root, _ = ask(site, "/")
    bare, _ = ask(site, "/any/path")
    first, content = ask(site, "/any/path/")
    below, _ = ask(site, "/any/path/runtime/pyodide-1a2b3c4d/pyodide.asm.wasm")
    outside, _ = ask(site, "/runtime/style-1a2b3c4d.css")

    assert (root.is_redirect, root.headers["location"]) == (True, "/any/path/")
    assert bare.headers["location"].endswith("/any/path/")
    assert (first.status_code, content) == (200, b"<p>first page</p>")
    assert below.headers["cache-control"] == FOR_EVER
    assert below.headers["content-type"] == "application/wasm"
    assert outside.status_code == 404


@pytest.mark.parametrize(
    ("text", "base"),
    [("/", "/"), ("", "/"), ("app", "/app/"), ("/app", "/app/"), ("//a//b.c/", "/a/b.c/")],
)
def test_a_base_may_be_written_in_any_way(text: str, base: str) -> None:
    assert read_base(text) == base


@pytest.mark.parametrize("text", ["/a b/", "/a?b", "/{a}/", "https://example.org/", "/../a/"])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(ToolError, match="--base"):
        read_base(text)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.mjs", "text/javascript"),
        ("a.JS", "text/javascript"),
        ("a.wasm", "application/wasm"),
        ("a.py", "text/x-python"),
        ("a.toml", "application/toml"),
        ("a.webmanifest", "application/manifest+json"),
        ("a.wasm.gz", "application/gzip"),
        ("a.png", "image/png"),
        ("a.unheard-of", "application/octet-stream"),
        ("LICENSE", "application/octet-stream"),
    ],
)
def test_types_follow_from_names(name: str, expected: str) -> None:
    assert media_type(name) == expected


def test_without_a_site_there_is_one_sentence(project: TestedProject) -> None:
    app = typer.Typer()
    app.command()(preview)

    result = CliRunner(mix_stderr=False).invoke(
        app, ["--project", str(project.root), "--no-open"], catch_exceptions=False
    )

    assert result.exit_code == 2
    assert result.stderr == (
        "pyscript preview: there is no site in dist/ yet: run `pyscript build` first\n"
    )
