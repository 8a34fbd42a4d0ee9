"""The loader's blobs, altered in any way, on their way or in the manifest: Python boots as it would
have, or plainly. The loader runs under Node; page, server and Pyodide are played."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import shutil
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pyscript_kit.browser import LOADER, files_of
from pyscript_kit.snapshot import packs
from pyscript_kit.snapshot.packs import write_blob

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(
    NODE is None, reason="the loader is driven by Node, which is missing"
)

# Seconds for one case; the script itself gives up sooner.
PATIENCE = 60.0

PYODIDE = """export const version = "1.2.3";
export const loadPyodide = (options) => globalThis.playedPyodide(options);
"""
MANIFEST = """let made, app;
export { made as default, app };
export const set = (manifest) => void (made = manifest);
"""

Files = dict[str, bytes]
Blob = list[dict[str, Any]]
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Call it with a case for `loader_cases.mjs` to have what comes of it."""
    folder = tmp_path_factory.mktemp("loader")
    for part in ("preboot", "pyodide"):
        (folder / part).mkdir()
    for path in files_of(LOADER):
        shutil.copyfile(path, folder / "preboot" / path.name)
    (folder / "preboot" / "manifest.mjs").write_text(MANIFEST, encoding="utf-8")
    (folder / "pyodide" / "pyodide.mjs").write_text(PYODIDE, encoding="utf-8")
    command = [NODE or "", str(Path(__file__).with_name("loader_cases.mjs")), str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as node:
        assert node.stdin
        assert node.stdout

        def put(case: str, served: Files, **about: Any) -> dict[str, Any]:
            assert node.stdin
            assert node.stdout
            files = {name: text(content) for name, content in served.items()}
            node.stdin.write(json.dumps({"do": case, "files": files, **about}) + "\n")
            node.stdin.flush()
            alarm = threading.Timer(PATIENCE, node.kill)
            alarm.start()
            answer = node.stdout.readline()
            alarm.cancel()
            assert answer, "the loader never came to an end"
            outcome: dict[str, Any] = json.loads(answer)
            assert not outcome.get("hangs"), about
            return outcome

        yield put
        node.stdin.close()


def text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def written(folder: Path, payload: bytes, name: str = "blob") -> tuple[Blob, Files]:
    """A blob as the tools write it: what the manifest says of it, and its files."""
    folder.mkdir(exist_ok=True)
    blob = write_blob(folder, name, payload)
    files = [file for piece in blob for file in (piece["file"], f"{piece['file']}.gz")]
    return blob, {file: (folder / file).read_bytes() for file in files}


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have blobs of more than one piece."""
    monkeypatch.setattr(packs, "_PIECE", 256)


PAYLOADS = st.binary(max_size=40) | st.binary(min_size=1, max_size=4).map(lambda part: part * 99)
# Whether a server compresses itself, whether the page may use the browser's own hashes, and whether
# what comes does so in portions that the loader has to put together.
WAYS = st.fixed_dictionaries(
    {"encoded": st.booleans(), "insecure": st.booleans(), "portioned": st.booleans()}
)


@given(PAYLOADS, WAYS)
@example(b"", {"encoded": False, "insecure": True, "portioned": False})
@example(b"a" * 300, {"encoded": True, "insecure": False, "portioned": True})
def test_what_is_written_is_read(
    ask: Ask, tmp_path: Path, payload: bytes, way: dict[str, bool]
) -> None:
    blob, files = written(tmp_path, payload)

    outcome = ask("fetch", files, blob=blob, **way)

    assert outcome["fetched"] == outcome["aside"] == outcome["now"] == text(payload)


def test_a_blob_that_compresses_to_its_own_size_is_read(ask: Ask, tmp_path: Path) -> None:
    chance = b"".join(hashlib.sha256(bytes([seed])).digest() for seed in range(3))
    for zeros in range(99):
        payload = chance + bytes(zeros)
        blob, files = written(tmp_path, payload)
        if blob[0]["size"] == blob[0]["gzip"]["size"]:
            break
    else:
        pytest.skip("this zlib compresses none of them to its own size")

    assert ask("fetch", files, blob=blob)["fetched"] == text(payload)


@st.composite
def damage(draw: st.DrawFn, content: bytes) -> bytes | None:
    """Bytes with some of them changed, cut off, or replaced; None for a file that is not there."""
    place = draw(st.integers(0, len(content) - 1)) if content else 0
    match draw(
        st.sampled_from(["bit", "bytes", "cut", "longer", "HTML", "another version", "lost"])
    ):
        case "bit":
            changed = bytearray(content)
            changed[place : place + 1] = bytes([changed[place] ^ 1 << draw(st.integers(0, 7))])
            return bytes(changed)
        case "bytes":
            return content[:place] + draw(st.binary(max_size=9)) + content[place + 1 :]
        case "cut":
            return content[:place]
        case "longer":
            return content + draw(st.binary(min_size=1, max_size=9))
        case "HTML":
            return b"<!doctype html><title>404</title>"
        case "another version":
            return content[:4] + b"\2" + content[5:]
    return None


@st.composite
def damaged(draw: st.DrawFn, files: Files) -> Files:
    """Files, one or more of them damaged."""
    found = dict(files)
    for name in draw(st.lists(st.sampled_from(sorted(files)), min_size=1, max_size=3)):
        content = draw(damage(files[name]))
        if content is None:
            found.pop(name, None)
        else:
            found[name] = content
    return found


def assert_right_or_refused(outcome: dict[str, Any], payload: bytes) -> None:
    for way in ("fetched", "aside", "now"):
        read = outcome[way]
        assert read == text(payload) or "refused" in read, (way, read)


@given(PAYLOADS, WAYS, st.data())
def test_what_is_altered_on_its_way_is_never_taken(
    ask: Ask, tmp_path: Path, payload: bytes, way: dict[str, bool], data: st.DataObject
) -> None:
    blob, files = written(tmp_path, payload)

    outcome = ask("fetch", data.draw(damaged(files)), blob=blob, **way)

    assert_right_or_refused(outcome, payload)


@given(PAYLOADS, st.data())
def test_what_is_spoilt_in_a_cache_is_fetched_past_it(
    ask: Ask, tmp_path: Path, payload: bytes, data: st.DataObject
) -> None:
    blob, files = written(tmp_path, payload)
    fresh = {name: text(content) for name, content in files.items()}
    spoilt = {
        name: content[:-1] + bytes([content[-1] ^ data.draw(st.integers(0, 255))])
        for name, content in files.items()
    }

    outcome = ask("fetch", spoilt, blob=blob, fresh=fresh)

    assert outcome["fetched"] == outcome["aside"] == outcome["now"] == text(payload)


def test_what_a_service_worker_has_kept_is_taken_as_it_is(ask: Ask, tmp_path: Path) -> None:
    blob, files = written(tmp_path, b"payload")
    # It has nothing else, and there is no network.
    kept = {name: content for name, content in files.items() if not name.endswith(".gz")}

    assert ask("fetch", kept, blob=blob, kept=True)["fetched"] == text(b"payload")


def test_python_is_told_of_nothing_while_it_reads(ask: Ask, tmp_path: Path) -> None:
    blob, files = written(tmp_path, b"payload")
    assert ask("collected", files, blob=blob)["steps"] == ["before", "read", "meanwhile"]


@pytest.mark.parametrize("way", ["silent", "stalled"])
def test_a_download_in_which_nothing_arrives_any_more_ends(
    ask: Ask, tmp_path: Path, way: str
) -> None:
    blob, files = written(tmp_path, b"payload")
    name = blob[0]["file"]

    (ended,) = ask("later", files, blobs=[blob], ways={name: way}, encoded=way == "stalled")[
        "ended"
    ]

    assert ended == {"refused": f"Error: {name}: nothing has arrived for 30 s"}


def test_a_download_that_is_slow_comes_and_so_does_what_waits_for_it(
    ask: Ask, tmp_path: Path
) -> None:
    first, its = written(tmp_path, b"first", "first")
    second, others = written(tmp_path, b"second", "second")
    ways = {first[0]["file"]: "slow", second[0]["file"]: "waiting"}

    outcome = ask("later", its | others, blobs=[first, second], ways=ways, encoded=True)

    assert outcome["ended"] == [text(b"first"), text(b"second")]


ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, "", "0", -1, 0, 1, 2.5, 1e12, 2**53, [], {}, True, "x" * 64, "00"]
)


@given(PAYLOADS, WAYS, st.data())
@example(b"payload", {"encoded": True, "insecure": False}, None)
@example(b"payload", {"encoded": True, "insecure": True}, None)
def test_what_a_wrong_manifest_names_is_never_taken_for_right(
    ask: Ask, tmp_path: Path, payload: bytes, way: dict[str, bool], data: Any
) -> None:
    blob, files = written(tmp_path, payload)
    piece = data.draw(st.sampled_from(blob)) if data else blob[0]
    field = data.draw(st.sampled_from(sorted(piece))) if data else "sha256"
    piece[field] = data.draw(ODD) if data else ""
    # Without its hash, nothing tells that this is not what was made.
    wrong = {name: content[:-1] + b"?" for name, content in files.items()}

    assert_right_or_refused(ask("fetch", wrong, blob=blob, **way), payload)


WORDS = st.lists(st.sampled_from([bytes(8), b"\1" * 8, b"\0\0\0\7\0\0\0\0"]), max_size=40)
MEMORIES = WORDS.map(b"".join)


# Where an image is cut into the pieces that it comes in.
CUTS = st.lists(st.integers(0, 400), max_size=5).map(sorted)


@given(MEMORIES, MEMORIES, CUTS)
@example(b"", b"", [])
@example(bytes(8) + b"\1" * 32, b"", [3, 3, 9, 17, 18])
def test_an_image_makes_of_the_former_memory_the_new_one(
    ask: Ask, memory: bytes, former: bytes, cuts: list[int]
) -> None:
    image = ask("difference", {}, memory=text(memory), former=text(former))["image"]
    onto = text(former[: len(memory)].ljust(len(memory), b"\0"))

    laid = ask("lay", {}, image=image, cuts=cuts, onto=onto)

    assert laid["memory"] == text(memory)
    assert laid["length"] == len(memory)


@given(MEMORIES, st.lists(MEMORIES, min_size=1, max_size=3))
@example(bytes(8) + b"\1" * 8, [b"\1" * 16, b""])
def test_an_image_makes_the_new_memory_of_each_that_may_have_been_there(
    ask: Ask, memory: bytes, formers: list[bytes]
) -> None:
    first, *others = map(text, formers)

    image = ask("difference", {}, memory=text(memory), former=first, others=others)["image"]

    for former in formers:
        onto = text(former[: len(memory)].ljust(len(memory), b"\0"))
        assert ask("lay", {}, image=image, cuts=[], onto=onto)["memory"] == text(memory)


# Words that point to one another, with flags in their lowest bits. In the ring, each has the
# address of the next one, and in the word after that of the one before.
RING = [0, 0, 16, 25, 24, 8, 9, 17]
POINTERS = st.lists(st.integers(0, 63), max_size=16).map(lambda words: words[: len(words) // 2 * 2])


@given(POINTERS, POINTERS, CUTS)
@example(RING, [], [])
@example(RING, [*RING[:5], 0], [13, 40])
@example([4, 4, 0, 0], [], [])
@example([0, 0, 12, 16, 12, 8], [], [])
def test_what_links_in_a_row_is_laid_as_it_was(
    ask: Ask, memory: list[int], former: list[int], cuts: list[int]
) -> None:
    new, old = (struct.pack(f"<{len(words)}I", *words) for words in (memory, former))

    image = ask("difference", {}, memory=text(new), former=text(old))["image"]
    onto = text(old[: len(new)].ljust(len(new), b"\0"))

    assert ask("lay", {}, image=image, cuts=cuts, onto=onto)["memory"] == text(new)


def test_addresses_that_link_in_a_row_are_no_part_of_an_image(ask: Ask) -> None:
    memory = struct.pack(f"<{len(RING)}I", *RING)

    image = base64.b64decode(ask("difference", {}, memory=text(memory), former="")["image"])

    length, runs, chains, *rest = struct.unpack(f"<{len(image) // 4}I", image)
    assert (length, runs, chains) == (len(memory), 1, 5)
    # A run; where the first one is, how many follow, how far each is; and what flags there are.
    assert rest == [8, 24, 8, 3, 8, 8, 2**32 - 16, 0, 1, 0, 0, 1, 1]


@given(MEMORIES, CUTS, st.data())
@example(b"", [], None)
def test_an_image_of_any_bytes_is_laid_within_the_memory_or_refused(
    ask: Ask, memory: bytes, cuts: list[int], data: Any
) -> None:
    image = base64.b64decode(ask("difference", {}, memory=text(memory), former="")["image"])
    changed = data.draw(damage(image) | st.binary(max_size=64)) if data else b""

    laid = ask("lay", {}, image=text(changed or b""), cuts=cuts, onto=text(memory))

    if "refused" in laid:
        assert laid["refused"].startswith("RangeError: ")
    else:
        assert len(base64.b64decode(laid["memory"])) == len(memory)


class Made:
    """What a boot needs: a manifest, the files that it names, and what is right afterwards."""

    def __init__(self, ask: Ask, folder: Path) -> None:
        self.files: Files = {}
        self._folder = folder
        sources = {f"/lib/{name}.py": f"# {name}\n".encode() * 40 for name in ("a", "b", "d")}
        sources["/lib/c.so"] = b"\0asm\1\0\0\0"
        folder_of_code = "/lib/python3.14/email/__pycache__"
        sources[f"{folder_of_code}/message.cpython-314.pyc"] = b"common"
        sources[f"{folder_of_code}/__init__.cpython-314.pyc"] = b"rest"
        contents = list(sources.values())
        trees = [[[path, len(content)]] for path, content in sources.items()]
        memory, later = b"base" * 64 + bytes(256), b"base" * 64 + b"full" * 64
        image = ask("difference", {}, memory=text(memory), former="")["image"]
        packages = ask("difference", {}, memory=text(later), former=text(memory))["image"]
        self.right = {path: text(content) for path, content in sources.items()}
        rest = [*trees[0], *trees[5]]
        tree = {"start": [], "common": trees[4], "rest": rest, "source": trees[1]}
        nothing: dict[str, list[Any]] = {"code": [], "source": [], "libraries": []}
        entry = {"version": "1.0", "file_name": "alpha.whl", "depends": []}
        self.manifest: dict[str, Any] = {
            "files": ["./main.py"],
            "pages": {"": "./pages/home.py", "plot": "./pages/plot.py"},
            "start": [],
            "routes": {"plot": ["alpha"]},
            "order": ["alpha"],
            "packages": {"alpha": {**entry, "code": self._blob("ac"), "source": self._blob("as")}},
            "stdlib": {
                "start": self._blob("sb"),
                "common": self._blob("sc", contents[4]),
                "rest": self._blob("sr", contents[0] + contents[5]),
                "source": self._blob("ss", contents[1]),
            },
            "trees": {
                "stdlib": self._blob("ts", json.dumps(tree).encode()),
                "packages": self._blob("tp", json.dumps({"alpha": nothing}).encode()),
            },
            "first": {"blob": self._blob("first", contents[3]), "tree": trees[3]},
            "pyscript": {"blob": self._blob("pyscript", contents[2]), "tree": trees[2]},
            "modules": ["../pyscript/core.js"],
            "pyodide": {"pyodide.asm.wasm": 9},
            "own": ["pages"],
            "snapshots": {
                "same-functions": {
                    "base": {
                        "image": self._blob("base", base64.b64decode(image)),
                        "head": text(b"head"),
                        "length": len(b"head") + len(memory),
                        "table": 7,
                        "trampoline": False,
                        "modules": ["email"],
                    },
                    "packages": {
                        "names": ["alpha"],
                        "libraries": [["/lib/c.so", 7]],
                        "image": self._blob("packages", base64.b64decode(packages)),
                        "modules": ["alpha", "email"],
                        "standard": [],
                    },
                }
            },
        }
        self.manifest["packages"]["alpha"]["libraries"] = []
        self.memories = {
            kind: base64.b64encode(hashlib.sha256(whole.ljust(1 << 12, b"\0")).digest()).decode()
            for kind, whole in (("base", memory), ("packages", later))
        }

    def _blob(self, name: str, payload: bytes = b"") -> Blob:
        blob, files = written(self._folder, payload, name)
        self.files |= files
        return blob

    def boot(self, ask: Ask, *, plot: bool = True, **about: Any) -> dict[str, Any]:
        """Open the page "plot", whose package is in the snapshot, or the first one."""
        page = (
            {"address": "#/plot", "packages": ["alpha"]}
            if plot
            else {"address": "", "packages": []}
        )
        case = {"manifest": self.manifest, **page, **about}
        return ask("boot", case.pop("files", self.files), **case)

    def parts_among(self, names: list[str]) -> list[str]:
        """The parts of the standard library that some files are of, in order."""
        parts = self.manifest["stdlib"].items()
        return [part for part, blob in parts if blob[0]["file"] in names]

    def assert_right(self, outcome: dict[str, Any]) -> None:
        """Assert that Python booted as it was meant to, or plainly, and said so."""
        if outcome["booted"] == "plainly":
            assert any("Booting plainly" in line for line in outcome["said"])
            return
        assert outcome["memory"] == self.memories.get(outcome["booted"], outcome["memory"])
        for path, content in outcome["files"].items():
            assert content in (self.right[path], None)


@pytest.fixture
def made(ask: Ask, tmp_path: Path, small_pieces: None) -> Made:
    return Made(ask, tmp_path / "made")


@pytest.mark.parametrize("kind", ["base", "packages"])
def test_python_boots_from_what_was_made(ask: Ask, made: Made, kind: str) -> None:
    outcome = made.boot(ask, plot=kind == "packages")

    assert outcome["booted"] == kind, outcome
    assert outcome["memory"] == made.memories[kind]
    assert (
        outcome["files"].items()
        >= {path: made.right[path] for path in ("/lib/a.py", "/lib/b.py", "/lib/d.py")}.items()
    )


@pytest.mark.parametrize("kind", ["base", "packages"])
def test_all_of_the_base_comes_while_pyodide_does(ask: Ask, made: Made, kind: str) -> None:
    image = made.manifest["snapshots"]["same-functions"]["base"]["image"]

    fetched = made.boot(ask, plot=kind == "packages")["fetched"]

    assert len(image) > 1
    assert all(fetched.index(piece["file"]) < fetched.index("linked") for piece in image)


@pytest.mark.parametrize(
    ("own", "plot", "kind"),
    [
        (["pages"], True, "packages"),
        (["alpha"], True, "base"),
        (["email"], True, "bytecode"),
        (["email"], False, "bytecode"),
    ],
)
def test_no_snapshot_has_what_the_app_has_itself(
    ask: Ask, made: Made, own: list[str], plot: bool, kind: str
) -> None:
    outcome = made.boot(ask, plot=plot, manifest=made.manifest | {"own": own})

    assert outcome["booted"] == kind, outcome
    said = "preboot: the app has a module email of its own, and so has the snapshot. Booting"
    assert [line.startswith(said) for line in outcome["said"]] == [True] * (kind == "bytecode")


@pytest.mark.parametrize(
    ("before", "page", "held", "parts"),
    [
        (["os"], [], [], []),
        (["email.message"], [], [], ["common"]),
        (["email"], [], [], ["common", "rest"]),
        ([], ["email.message.Message", "email.message"], [], ["common"]),
        (["email.message"], ["email.message"], ["email.message"], []),
    ],
)
def test_what_the_page_imports_of_the_standard_library_comes_before_python_reads_it(
    ask: Ask, made: Made, before: list[str], page: list[str], held: list[str], parts: list[str]
) -> None:
    made.manifest["snapshots"]["same-functions"]["packages"]["standard"] = held
    standard = {"/": before, "plot": page, "other": ["email"]}

    outcome = made.boot(ask, manifest=made.manifest | {"standard": standard})

    assert outcome["booted"] == "packages", outcome
    assert made.parts_among(outcome["fetched"]) == parts


def test_a_worker_has_what_apps_commonly_import_at_once(ask: Ask, made: Made) -> None:
    outcome = made.boot(ask, plot=False, inWorker=True)

    assert outcome["memory"] == made.memories["base"]
    assert made.parts_among(outcome["fetched"]) == ["common"]
    assert made.parts_among(outcome["later"]) == []


def test_what_apps_commonly_import_comes_once_the_page_stands(ask: Ask, made: Made) -> None:
    outcome = made.boot(ask, plot=False)

    assert made.parts_among(outcome["fetched"]) == []
    assert made.parts_among(outcome["later"]) == ["common"]


@pytest.mark.parametrize(
    "address", ["#/größen", "#/gr%C3%B6%C3%9Fen", "#/gr%c3%b6%C3%9Fen/?x=%", "#/100%"]
)
def test_a_route_that_is_not_ascii_boots_from_its_packages(
    ask: Ask, made: Made, address: str
) -> None:
    routes = {"größen": ["alpha"], "100%": ["alpha"]}

    outcome = made.boot(
        ask, manifest=made.manifest | {"routes": routes}, address=address, packages=[]
    )

    assert outcome["booted"] == "packages", outcome


def test_what_pyscript_keeps_of_an_earlier_visit_is_no_reason_to_boot_plainly(
    ask: Ask, made: Made
) -> None:
    kept = {"packages": {"alpha": {"version": "0"}, "from-the-index": {}}}

    outcome = made.boot(ask, options={"lockFileContents": json.dumps(kept)})

    assert outcome["booted"] == "packages", outcome
    assert outcome["said"] == []


def test_what_nobody_hears_of_packages_python_prints_in_the_words_of_pyodide(
    ask: Ask, made: Made
) -> None:
    outcome = made.boot(ask, plot=False, then=["alpha", "alpha"])

    assert outcome["said"] == [
        "Loading alpha",
        "Loaded alpha",
        "alpha already loaded from default channel",
        "No new packages to load",
    ]


@pytest.mark.parametrize(("search", "plain"), [("?preboot=off", True), ("", False)])
def test_workers_boot_plainly_where_their_page_was_asked_to(
    ask: Ask, made: Made, search: str, plain: bool
) -> None:
    outcome = ask("worker", made.files, manifest=made.manifest, search=search)

    assert outcome["plain"] is plain, outcome


@given(st.booleans(), WAYS, st.data())
def test_with_any_file_altered_python_boots_rightly_or_plainly(
    ask: Ask, made: Made, plot: bool, way: dict[str, bool], data: st.DataObject
) -> None:
    made.assert_right(made.boot(ask, plot=plot, files=data.draw(damaged(made.files)), **way))


@given(st.booleans(), st.data())
def test_with_a_manifest_of_another_build_python_boots_rightly_or_plainly(
    ask: Ask, made: Made, plot: bool, data: st.DataObject
) -> None:
    manifest = copy.deepcopy(made.manifest)
    holder: Any = manifest
    while True:
        key = data.draw(st.sampled_from(sorted(holder))) if isinstance(holder, dict) else 0
        if key == "tree" or not holder[key] or data.draw(st.booleans()):
            break
        if not isinstance(holder[key], dict | list):
            break
        holder = holder[key]
    if key != "tree":
        holder[key] = data.draw(ODD)

    made.assert_right(made.boot(ask, plot=plot, manifest=manifest))


@given(st.text().map("#/".__add__) | st.text())
@example("#/constructor")
@example("#/__proto__")
@example("#/toString?x")
def test_whatever_address_is_opened_python_boots(ask: Ask, made: Made, address: str) -> None:
    outcome = made.boot(ask, address=address, packages=[])

    assert outcome.get("booted") in ("base", "packages"), outcome


@given(st.sampled_from(["constructor", "__proto__", "toString", "hasOwnProperty", "Beta"]))
def test_a_package_that_was_not_prepared_is_left_to_pyodide(
    ask: Ask, made: Made, name: str
) -> None:
    outcome = made.boot(ask, address="", packages=[name])

    assert outcome["booted"] == "base"
    assert outcome["said"] == []


@pytest.mark.parametrize("spoilt", [False, True], ids=["right", "altered"])
def test_what_is_large_is_hashed_in_the_thread_of_downloads(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoilt: bool
) -> None:
    monkeypatch.setattr(packs, "_PIECE", 2**20)
    payload = bytes(2**20) + b"the rest"
    blob, files = written(tmp_path, payload)
    name = blob[0]["file"]
    if spoilt:
        files[name] = files[name][:-1] + b"!"

    outcome = ask("threaded", files, blob=blob, encoded=True)

    sent = base64.b64encode(hashlib.sha256(files[name]).digest()).decode()
    assert outcome["hashed"] == [sent] * (1 + spoilt)  # once more past all caches
    if spoilt:
        assert "not the bytes" in outcome["fetched"]["refused"]
    else:
        assert outcome["fetched"] == text(payload)


# Those in capitals nobody has.
SYMBOLS = st.lists(st.sampled_from(["a", "bb", "ccc", "D", "E"]), max_size=4)
LIBRARIES = st.lists(st.fixed_dictionaries({"strong": SYMBOLS, "weak": SYMBOLS}), max_size=5)


@given(LIBRARIES, st.sampled_from([0, -1]))
@example([{"strong": ["a"], "weak": ["D"]}, {"strong": ["D"], "weak": []}], 0)
def test_symbols_of_libraries_have_the_addresses_that_emscripten_alone_gives_them(
    ask: Ask, libraries: list[dict[str, list[str]]], unset: int
) -> None:
    known = [f"known_{number}" for number in range(9)]

    outcome = ask("link", {}, libraries=libraries, known=known, unset=unset)

    own, alone = outcome["own"], outcome["alone"]
    assert own["refused"] == alone["refused"]
    assert own["refused"] or own["values"] == alone["values"]
    assert not own["left"]
    # What has its address already is not looked at again, after any of the libraries.
    assert not {*own["seen"]} & {*known}
    assert not libraries or {*alone["seen"]} >= {*known}


def test_libraries_of_which_chromium_makes_no_instance_at_once_are_left_to_emscripten(
    ask: Ask,
) -> None:
    longest = 8 * 2**20

    outcome = ask("compiled", {}, lengths=[15, longest, longest + 1])

    assert outcome["paths"] == ["0", "1"]
