"""What stands for a browser that makes snapshots."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from madeup import TestedProject


class Maker:
    """Stands for a browser: makes blobs of a few bytes, and passes their check or does not.

    Clear `released` to have it keep them back.
    """

    def __init__(self, layout: str = "same-functions") -> None:
        self.layout = layout
        self.opened: list[str] = []
        self.jobs: list[Any] = []
        self.complaint = ""
        self.wrong = ""
        self.left_out: list[dict[str, str]] = []
        self.asked = threading.Event()
        self.released = threading.Event()
        self.released.set()
        self.closed = threading.Event()

    @contextmanager
    def open(self, address: str) -> Iterator[None]:
        base, _, page = address.rpartition("/")
        self.opened.append(page)
        with urllib.request.urlopen(f"{base}/job.json") as answer:  # noqa: S310
            job = json.load(answer)
        self.jobs.append(job)
        self.asked.set()
        working = threading.Thread(target=self._work, args=(base, page, job), daemon=True)
        working.start()
        if self.released.is_set():
            working.join()
        try:
            yield
        finally:
            self.closed.set()

    def _work(self, base: str, page: str, job: Any) -> None:
        self.released.wait()
        # Whoever gave it up listens no more.
        with suppress(OSError):
            if page == "maker.html":
                self._make(base, job)
            elif self.wrong:
                post(f"{base}/failed", self.wrong)
            else:
                post(f"{base}/result", "{}")

    def _make(self, base: str, job: Any) -> None:
        if self.complaint:
            post(f"{base}/failed", self.complaint)
            return
        post(f"{base}/step", "working")

        def blob(name: str) -> str:
            post(f"{base}/blob?name={name}", f"content of {name}")
            return name

        result = {} if "made" in job else self._content(blob, job)
        result |= {
            "layout": self.layout,
            "base": {
                "image": blob("memory"),
                "memory": "0" * 64,
                "head": "AAAA",
                "length": 64,
                "table": 7,
                "trampoline": True,
            },
            "held": {
                "image": blob("memory-packages"),
                "memory": "1" * 64,
                "libraries": [["/lib/b.so", 9]],
            },
            "left_out": self.left_out,
        }
        post(f"{base}/result", json.dumps(result))

    def _content(self, blob: Callable[[str], str], job: Any) -> dict[str, Any]:
        names = [package["name"] for package in job["packages"]]
        return {
            "stdlib": {
                part: blob(f"standard-{part}") for part in ("start", "common", "rest", "source")
            },
            "packages": {
                name: {"code": blob(f"{name}-code"), "source": blob(f"{name}-source")}
                for name in names
            },
            "pyscript": {"blob": blob("pyscript"), "tree": []},
            "first": {"blob": blob("first"), "tree": []},
            "trees": {"stdlib": blob("standard-tree"), "packages": blob("packages-tree")},
        }


def post(address: str, text: str) -> None:
    """Send a text, as the page does."""
    urllib.request.urlopen(address, data=text.encode()).close()  # noqa: S310


def manifest_of(project: TestedProject) -> Any:
    """What the loader reads."""
    text = (project.runtime / "preboot" / "manifest.mjs").read_text(encoding="utf-8")
    return json.loads(text.removeprefix("export default ").rstrip().removesuffix(";"))
