"""The manifest: what the loader is told to boot from. It lies beside the files that it names, as a
module, for a module can be fetched ahead, and with what imports it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

# Where the loader and all that it boots from lies, in `app/runtime/`.
FOLDER = "preboot"

MANIFEST = "manifest.mjs"
Manifest = dict[str, Any]
_EXPORT = "export default "
# What only the next run that makes one asks it for.
_OF_THE_MAKER = ("basis", "failed", "left_out")
# What a manifest may name: files beside it.
_BLOB = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]*")


class Failure(NamedTuple):
    """An engine that made no snapshot.

    Attributes:
        runs: in how many runs.
        reason: in the last one, in a line.
    """

    runs: int
    reason: str


def read_manifest(path: Path) -> Manifest | None:
    """What a module with a manifest says.

    Raises:
        OSError: it cannot be read.
        ValueError: it is none.
    """
    text = path.read_text(encoding="utf-8").partition("\n")[0]
    return parsed_manifest(text.removeprefix(_EXPORT).rstrip().removesuffix(";"))


def manifest_text(manifest: Manifest | None, app: dict[str, Any] | None = None) -> str:
    """The module that tells the loader what to boot from, None for a plain boot, and where it finds
    the app's own modules, if they are not files of their own."""
    texts = [
        json.dumps(part, separators=(",", ":"), ensure_ascii=False) for part in (manifest, app)
    ]
    return f"{_EXPORT}{texts[0]};\n" + (f"export const app = {texts[1]};\n" if app else "")


def put_manifest(folder: Path, manifest: Manifest | None) -> None:
    """Write that module beside the files that it names."""
    (folder / MANIFEST).write_text(manifest_text(manifest), encoding="utf-8")


def parsed_manifest(text: str) -> Manifest | None:
    """A manifest from its JSON.

    Raises:
        ValueError: it is none.
    """
    try:
        manifest = json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if manifest is not None and not isinstance(manifest, dict):
        raise ValueError("it is no object")
    return manifest


def files_of_manifest(manifest: Manifest) -> list[tuple[str, int, str]]:
    """Name, size in bytes and sha256 of every blob of a manifest, plain and compressed.

    Raises:
        ValueError: a name would lead out of the manifest's folder.
    """
    found: dict[str, tuple[str, int, str]] = {}

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            if "sha256" in value and "file" in value:
                file, compressed = value["file"], value["gzip"]
                if not _BLOB.fullmatch(file):
                    raise ValueError(f"{file!r} is not a file of a manifest")
                found[file] = (file, value["size"], value["sha256"])
                found[f"{file}.gz"] = (f"{file}.gz", compressed["size"], compressed["sha256"])
            for part in value.values():
                collect(part)
        elif isinstance(value, list):
            for part in value:
                collect(part)

    collect(manifest)
    return sorted(found.values())


def for_visitors(manifest: Manifest) -> Manifest:
    """A manifest without what only the next run that makes one asks it for."""
    return {name: value for name, value in manifest.items() if name not in _OF_THE_MAKER}


def failures(manifest: Manifest) -> dict[str, Failure]:
    """The engines that made no snapshot, by their names.

    Raises:
        ValueError: the manifest does not say it in that way.
    """
    try:
        found = {name: Failure(*said) for name, said in manifest.get("failed", {}).items()}
    except (AttributeError, TypeError) as error:
        raise ValueError("it names no failures") from error
    if not all(isinstance(runs, int) and isinstance(why, str) for runs, why in found.values()):
        raise ValueError("it names no failures")
    return found


def left_out(manifest: Manifest) -> dict[str, str]:
    """Why a package, or one of its modules, is not in the snapshot, by its name.

    Raises:
        ValueError: the manifest does not say it in that way.
    """
    try:
        return {
            each.get("module") or each["package"]: str(each["reason"])
            for each in manifest.get("left_out", [])
        }
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("it names nothing that was left out") from error
