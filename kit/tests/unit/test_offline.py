"""What a site is without a network, and how a new version takes the place of the former one. The
service worker runs under Node; browser and host are played."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from pyscript_kit.browser import OFFLINE

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(
    NODE is None, reason="the service worker is driven by Node, which is missing"
)

# Seconds for one step.
PATIENCE = 30.0
ERROR_PAGE = {"body": "<!doctype html><h1>Nothing here</h1>", "type": "text/html; charset=utf-8"}


class PlayedBrowser:
    """A browser with its caches, and the one host that it knows."""

    def __init__(self, node: subprocess.Popen[str]) -> None:
        self._node = node
        self._files: dict[str, Any] = {}

    def serve(self, path: str, body: str = "", **answer: Any) -> None:
        """Have the host answer for a file: by `past`, differently where the caches are passed; and
        the browser's own cache, by `own`."""
        past, own = answer.pop("past", None), answer.pop("own", None)
        others: dict[str, Any] = {"reload": {"body": past}} if past is not None else {}
        if own is not None:
            others["only-if-cached"] = own
        self._files[path] = {"default": {"body": body, **answer}, **others}
        self._do("host", files=self._files)

    def lose_network(self) -> None:
        self._files.clear()
        self._do("host", files={})

    def deploy(self, version: str, **lazy: str) -> None:
        """Have the host serve a version: a document, a script and WebAssembly."""
        self._files.clear()
        files = {"/": f"document {version}", **runtime(version), **lazy}
        for path, body in files.items():
            self.serve(path, body)

    def start(self, version: str, **shell: str) -> None:
        """Start the service worker of a version, with more files by address that it consists of."""
        source = (OFFLINE / "sw.js").read_text(encoding="utf-8")
        constants = {
            "VERSION": version,
            "SHELL": {
                "./": sha256(f"document {version}"),
                **{address: sha256(body) for address, body in shell.items()},
            },
            "KEPT": {f".{path}": sha256(body) for path, body in runtime(version).items()},
        }
        for name, value in constants.items():
            line = f"const {name} = {json.dumps(value)};"
            source, count = re.subn(rf"^const {name} = .*;$", line, source, flags=re.MULTILINE)
            assert count == 1
        self._do("start", version=version, source=source)

    def install(self, version: str, **shell: str) -> None:
        self.start(version, **shell)
        self._do("install", version=version)

    def activate(self, version: str) -> None:
        self._do("activate", version=version)

    def begin_with(self, version: str) -> None:
        """Have the first version of all be deployed, and in use."""
        self.deploy(version)
        self.install(version)
        self.activate(version)

    def get(
        self, version: str, path: str, cache: str = "default", **headers: str
    ) -> dict[str, Any]:
        """What the service worker of a version answers."""
        asked = {"version": version, "path": path, "cache": cache, "headers": headers}
        answer: dict[str, Any] = self._do("get", **asked)
        return answer

    def told(self) -> list[dict[str, str]]:
        """What open pages were told since they were last asked."""
        words: list[dict[str, str]] = self._do("told")
        return words

    def text(self, version: str, path: str) -> str:
        return str(self.get(version, path)["text"])

    def keep(self, path: str, body: str, **headers: str) -> None:
        """Have the cache of files hold something, whatever it is."""
        self._do("keep", path=path, body=body, headers=headers)

    def is_coming(self, version: str, another: str) -> None:
        """Have another version be installing while one is in use."""
        self._do("comes", version=version, another=another)

    def kept(self) -> dict[str, list[str]]:
        """The paths in each cache, by what its name ends with."""
        found: dict[str, list[str]] = self._do("kept")
        return found

    def open_page(self, version: str, **versions: Any) -> dict[str, Any]:
        """What a page of a version says, and tells the version that is waiting or installing."""
        outcome: dict[str, Any] = self._do("page", version=version, **versions)
        return outcome

    def _do(self, step: str, **about: Any) -> Any:
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.write(json.dumps({"do": step, **about}) + "\n")
        self._node.stdin.flush()
        alarm = threading.Timer(PATIENCE, self._node.kill)
        alarm.start()
        answer = self._node.stdout.readline()
        alarm.cancel()
        assert answer, f"{step} never came to an end"
        outcome = json.loads(answer)
        if "refused" in outcome:
            raise RuntimeError(outcome["refused"])
        return outcome["result"]


def runtime(version: str) -> dict[str, str]:
    """The files of a version that never change."""
    return {
        f"/runtime/{version}.js": f"script {version}",
        f"/runtime/{version}.wasm": f"machine code {version}",
        f"/runtime/packs/{version}.wasm": f"pack {version}",
    }


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def played(tmp_path: Path) -> Iterator[PlayedBrowser]:
    """A browser with empty caches."""
    shutil.copyfile(OFFLINE / "offline.mjs", tmp_path / "offline.mjs")
    (tmp_path / "layout.mjs").write_text("export const layout = () => 'played';\n")
    command = [NODE or "", str(Path(__file__).with_name("offline_cases.mjs")), str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as node:
        yield PlayedBrowser(node)
        assert node.stdin
        node.stdin.close()


# ---------------------------------------------------------------- right files


def test_a_version_in_use_needs_no_network(played: PlayedBrowser) -> None:
    played.begin_with("A")

    played.lose_network()

    assert played.text("A", "/") == "document A"
    for path, body in runtime("A").items():
        assert played.text("A", path) == body


@pytest.mark.parametrize("path", ["/runtime/B.wasm", "/runtime/B.js"])
def test_an_error_page_in_the_place_of_a_file_is_not_kept(played: PlayedBrowser, path: str) -> None:
    played.begin_with("A")
    played.serve(path, **ERROR_PAGE)
    assert "Nothing here" in played.text("A", path)

    played.deploy("B")

    assert played.text("A", path) == runtime("B")[path]


def test_what_has_another_hash_is_not_kept(played: PlayedBrowser) -> None:
    played.begin_with("A")
    path = "/runtime/A.wasm"
    played.serve(path, "something else")

    assert played.get("A", path, cache="reload")["text"] == "something else"

    assert played.text("A", path) == runtime("A")[path]


def test_a_wrong_copy_is_fetched_anew_by_the_version_that_knows_better(
    played: PlayedBrowser,
) -> None:
    played.begin_with("A")
    played.deploy("B")
    for path in runtime("B"):
        played.keep(path, "something else")

    played.install("B")
    played.activate("B")

    for path, body in runtime("B").items():
        assert played.text("B", path) == body


def test_what_the_browsers_own_cache_has_wrong_is_fetched_past_it(played: PlayedBrowser) -> None:
    played.deploy("A")
    for path, body in runtime("A").items():
        played.serve(path, **ERROR_PAGE, past=body)

    played.install("A")

    assert played.text("A", "/runtime/A.wasm") == "machine code A"


FIRST, LATER = "Mon, 30 Nov 2026 08:00:00 GMT", "Tue, 01 Dec 2026 08:00:00 GMT"


@pytest.mark.parametrize(
    ("own", "text"),
    [
        ({"body": "the same, with its code", "date": FIRST}, "the same, with its code"),
        ({"body": "asked for anew", "date": LATER}, "machine code A"),
        ({"body": "gone", "date": FIRST, "status": 504}, "machine code A"),
        (None, "machine code A"),
    ],
    ids=["the same answer", "a later one", "no answer", "none"],
)
def test_machine_code_is_looked_for_where_the_browser_keeps_it(
    played: PlayedBrowser, own: dict[str, Any] | None, text: str
) -> None:
    path, other = "/runtime/A.wasm", "/runtime/packs/A.wasm"
    played.deploy("A")
    played.serve(path, "machine code A", date=FIRST)
    played.serve(other, "pack A", date=FIRST, own=own)
    played.install("A")
    played.activate("A")

    played.serve(path, "machine code B", date=LATER, own=own)

    assert played.text("A", path) == text
    assert played.text("A", other) == "pack A"


@pytest.mark.parametrize("headers", [{}, {"content-length": "8"}], ids=["no length", "a length"])
def test_a_small_copy_that_is_spoilt_is_noticed(
    played: PlayedBrowser, headers: dict[str, str]
) -> None:
    played.begin_with("A")
    played.keep("/runtime/A.js", "spoilt A", **headers)

    assert played.text("A", "/runtime/A.js") == "script A"


def test_the_loader_is_told_what_comes_out_of_the_cache(played: PlayedBrowser) -> None:
    played.begin_with("A")
    path = "/runtime/packs/A.wasm"

    assert "x-kept" in played.get("A", path)["headers"]
    assert "x-kept" not in played.get("A", path, cache="reload")["headers"]
    played.lose_network()
    assert "x-kept" in played.get("A", path, cache="reload")["headers"]


@pytest.mark.parametrize(
    ("name", "address", "asked"),
    [
        ("50%.json", "./50%25.json", ["/50%.json", "/50%25.json"]),
        ("a#b?.txt", "./a%23b%3F.txt", ["/a%23b%3f.txt"]),
        ("%41.txt", "./%2541.txt", ["/%2541.txt"]),
        (
            "(größe) 1.csv",
            "./(gr%C3%B6%C3%9Fe)%201.csv",
            ["/(größe) 1.csv", "/%28gr%c3%b6ße%29%201.csv"],
        ),
    ],
)
def test_a_file_is_found_however_a_page_spells_its_address(
    played: PlayedBrowser, name: str, address: str, asked: list[str]
) -> None:
    body = f"the file {name}"
    played.deploy("A")
    played.serve(f"/{quote(name, safe='()')}", body)
    played.install("A", **{address: body})
    played.activate("A")

    played.lose_network()

    for each in asked:
        assert played.text("A", each) == body


def test_an_installation_that_ends_says_why(played: PlayedBrowser) -> None:
    played.deploy("A")
    played.serve("/runtime/A.js", status=500)

    with pytest.raises(RuntimeError, match="answered 500"):
        played.install("A")

    reason = "https://example.org/runtime/A.js answered 500"
    assert played.told() == [{"ended": reason}]
    outcome = played.open_page("A", hears={"ended": reason})
    assert outcome["said"] == [f"This app is not available offline: {reason}"]


# ---------------------------------------------------------------- parts of files


def test_part_of_a_file_is_not_taken_for_the_file(played: PlayedBrowser) -> None:
    played.deploy("A")
    # The browser's own cache has what a player has asked for so far.
    played.serve("/tone.mp3", "half", status=206, past="half and half")

    played.install("A", **{"./tone.mp3": "half and half"})
    played.activate("A")

    played.lose_network()
    assert played.text("A", "/tone.mp3") == "half and half"


def test_a_part_of_what_never_changes_is_passed_on_and_not_kept(played: PlayedBrowser) -> None:
    played.begin_with("A")
    played.serve("/runtime/late.bin", "half", status=206)

    answer = played.get("A", "/runtime/late.bin", range="bytes=0-3")

    assert (answer["status"], answer["text"]) == (206, "half")
    assert "/runtime/late.bin" not in played.kept()["files"]


@pytest.mark.parametrize(
    ("asked", "status", "text", "said"),
    [
        ("bytes=0-", 206, "0123456789", "bytes 0-9/10"),
        ("bytes=2-4", 206, "234", "bytes 2-4/10"),
        ("bytes=8-99", 206, "89", "bytes 8-9/10"),
        ("bytes=10-", 416, "", "bytes */10"),
    ],
)
def test_without_a_network_players_get_the_parts_that_they_ask_for(
    played: PlayedBrowser, asked: str, status: int, text: str, said: str
) -> None:
    played.deploy("A")
    played.serve("/tone.mp3", "0123456789")
    played.install("A", **{"./tone.mp3": "0123456789"})
    played.activate("A")
    played.lose_network()

    answer = played.get("A", "/tone.mp3", range=asked)

    assert (answer["status"], answer["text"]) == (status, text)
    assert answer["headers"]["content-range"] == said


# ---------------------------------------------------------------- versions


def test_a_new_version_leaves_the_former_ones_files_in_place(played: PlayedBrowser) -> None:
    played.begin_with("A")
    played.deploy("B")
    played.install("B")
    played.activate("B")

    played.lose_network()

    for path, body in (runtime("A") | runtime("B")).items():
        assert played.text("B", path) == body


@pytest.mark.parametrize("complete", [True, False], ids=["installed", "not even installed"])
def test_a_version_that_was_never_used_is_not_taken_for_the_former_one(
    played: PlayedBrowser, complete: bool
) -> None:
    played.begin_with("A")
    played.deploy("B")
    if complete:
        played.install("B")
    else:
        played.serve("/runtime/B.wasm", status=503)
        with pytest.raises(RuntimeError, match="answered 503"):
            played.install("B")
    played.deploy("C")
    played.install("C")

    played.activate("C")

    assert played.kept().keys() == {"A", "C", "files"}
    played.lose_network()
    assert played.text("A", "/") == "document A"
    assert played.text("C", "/runtime/A.js") == "script A"


def test_the_former_version_is_the_one_in_use_before_also_after_going_back(
    played: PlayedBrowser,
) -> None:
    played.begin_with("A")
    for version in ("B", "A", "C"):
        played.deploy(version)
        played.install(version)
        played.activate(version)

    assert played.kept().keys() == {"A", "C", "files"}
    played.lose_network()
    assert played.text("A", "/") == "document A"
    assert played.text("C", "/runtime/A.js") == "script A"


def test_a_version_that_could_not_be_installed_leaves_nothing_of_its_own(
    played: PlayedBrowser,
) -> None:
    played.begin_with("A")
    played.deploy("B")
    played.serve("/runtime/B.wasm", **ERROR_PAGE)

    with pytest.raises(RuntimeError, match=r"B\.wasm is not of version B"):
        played.install("B")

    assert played.kept().keys() == {"A", "files"}


def test_a_version_in_use_that_cannot_be_installed_again_stays(played: PlayedBrowser) -> None:
    played.begin_with("A")
    played.lose_network()

    with pytest.raises(RuntimeError, match="Failed to fetch"):
        played.install("A")

    assert played.text("A", "/") == "document A"


def test_what_is_just_coming_is_not_swept_away(played: PlayedBrowser) -> None:
    played.begin_with("A")
    played.deploy("B")
    played.install("B")
    played.deploy("C")
    played.install("C")
    played.is_coming("B", "C")

    played.activate("B")

    assert "C" in played.kept()
    assert "/runtime/C.js" in played.kept()["files"]


# ---------------------------------------------------------------- words about them


def test_a_page_says_nothing_of_the_version_that_it_is(played: PlayedBrowser) -> None:
    for role in ("waiting", "installing"):
        outcome = played.open_page("B", controller="A", **{role: "B"})

        assert outcome["said"] == []
        assert "take over" in outcome["told"]
        assert outcome["reloads"] == 0


@pytest.mark.parametrize("version", ["B", ""], ids=["by name", "of old"])
@pytest.mark.parametrize("role", ["waiting", "installing"])
def test_a_page_offers_another_version(played: PlayedBrowser, role: str, version: str) -> None:
    outcome = played.open_page("A", controller="A", **{role: version})

    assert outcome["said"] == ["A new version of this app is available."]
    assert "take over" not in outcome["told"]


# ---------------------------------------------------------------- a host that is not well


@pytest.mark.parametrize("status", [403, 408, 425, 429, 500, 503])
def test_a_host_that_refuses_leaves_the_copy(played: PlayedBrowser, status: int) -> None:
    played.begin_with("A")
    played.serve("/", "busy", status=status)

    assert played.text("A", "/") == "document A"


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_gone_is_gone(played: PlayedBrowser, status: int) -> None:
    played.begin_with("A")
    played.serve("/", "gone", status=status)

    assert played.get("A", "/")["status"] == status


def test_a_document_that_stalls_half_way_leaves_the_copy(played: PlayedBrowser) -> None:
    played.begin_with("A")
    played.serve("/", "docu", stalls=True)

    assert played.text("A", "/") == "document A"
