"""npm as a source, as the user has set it up, which is what works behind a company's mirror. Its
packages hold the files of Pyodide and PyScript themselves."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from pyscript_kit.project.pins import Pin
from pyscript_kit.sources.archives import TAR_ERRORS, chunks_of, members_of, opened_tarball
from pyscript_kit.sources.clients import only_file, run_client
from pyscript_kit.sources.inbox import Inbox, SourceError
from pyscript_kit.sources.wanted import Publisher, Wanted

# A package that is out of reach is better known at once: there are other sources.
_NPM_OPTIONS = (
    "--ignore-scripts",
    "--loglevel=error",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=500",
    "--fetch-retry-maxtimeout=2000",
)


class NpmTarball:
    """A package of the npm registry that holds the files of one publisher."""

    def __init__(self, requirement: str, publishers: frozenset[Publisher], folder: str) -> None:
        self.name = f"npm pack {requirement}"
        self.waits_for = f"fetching {requirement} through npm"
        self._requirement = requirement
        self._publishers = publishers
        self._folder = folder

    def offers(self, wanted: Wanted) -> bool:
        return wanted.publisher in self._publishers

    def deliver(self, wanted: Sequence[Wanted], inbox: Inbox) -> None:
        try:
            tarball = npm_pack(self._requirement, inbox.workspace)
            members = {f"{self._folder}/{file.name}": file for file in wanted}
            with opened_tarball(tarball) as archive:
                for member, stream in members_of(archive):
                    if file := members.pop(member, None):
                        inbox.accept(file, chunks_of(stream, TAR_ERRORS), self.name)
        except SourceError as trouble:
            inbox.note(self.name, str(trouble))
        else:
            for file in members.values():
                inbox.note(self.name, "not in it", file)


def npm_sources(pin: Pin) -> list[NpmTarball]:
    """The two npm packages that hold Pyodide and PyScript themselves."""
    pyodide = frozenset({Publisher.PYODIDE, Publisher.PYODIDE_INDEX})
    return [
        NpmTarball(f"pyodide@{pin.pyodide.version}", pyodide, "package"),
        NpmTarball(
            f"@pyscript/core@{pin.pyscript}", frozenset({Publisher.PYSCRIPT}), "package/dist"
        ),
    ]


def npm_pack(requirement: str, folder: Path) -> Path:
    """Download a package's tarball with npm, which verifies it, into a new folder below `folder`.

    Raises:
        SourceError: when npm is missing or fails.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise SourceError("npm is not installed")
    target = folder / secrets.token_hex(8)
    target.mkdir()
    # Run in the project, so that its `.npmrc` counts.
    run_client([npm, "pack", requirement, f"--pack-destination={target}", *_NPM_OPTIONS])
    return only_file(target, "*.tgz")
