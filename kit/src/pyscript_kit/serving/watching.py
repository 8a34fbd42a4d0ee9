"""Hears of saves: below the app, of its lock, and wherever links of the app lead."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from watchfiles import awatch

from pyscript_kit.errors import ToolError
from pyscript_kit.project.settings import LOCK_NAME
from pyscript_kit.serving.tree import is_ignored, watched_beyond
from pyscript_kit.terminal import warn

# Milliseconds of quiet after which a burst of saves is over, and how long it may go on.
_QUIET = 25
_BURST = 400

# A folder, and the one file in it that counts; all that is in it where that is None.
_Place = tuple[Path, Path | None]


class Watch:
    """Watches a project.

    Args:
        root: the folder of the project.
        touched: is set after each save.
        group: where it watches.
    """

    def __init__(self, root: Path, touched: asyncio.Event, group: asyncio.TaskGroup) -> None:
        self._app = root / "app"
        self._touched = touched
        self._group = group
        self._beyond: dict[_Place, asyncio.Task[None]] = {}
        self._start(self._app, None)
        # By its folder: a file that is replaced would be lost from sight.
        self._start(root, root / LOCK_NAME)

    def follow_links(self) -> None:
        """Watch what links of the app lead to now, and that alone: the system does not report what
        is saved behind a link."""
        try:
            folders, files = watched_beyond(self._app)
        except ToolError:  # Whoever looks at the app says so.
            return
        self._watch_beyond([*((each, None) for each in folders), *((f.parent, f) for f in files)])

    def _watch_beyond(self, places: Iterable[_Place]) -> None:
        wanted = set(places)
        for place in self._beyond.keys() - wanted:
            self._beyond.pop(place).cancel()
        for place in wanted - self._beyond.keys():
            self._beyond[place] = self._group.create_task(self._watch_while_there(*place))
            # What is saved before it watches is found by another look.
            self._touched.set()

    def _start(self, folder: Path, file: Path | None) -> None:
        self._group.create_task(self._watch(folder, file))

    async def _watch_while_there(self, folder: Path, file: Path | None) -> None:
        """Watch what may go at any time; what becomes of it is found by looking."""
        try:
            await self._watch(folder, file)
        except OSError:
            self._touched.set()

    async def _watch(self, folder: Path, file: Path | None) -> None:
        for polling in (None, True):
            changes = awatch(
                folder,
                watch_filter=_filter(folder, file),
                step=_QUIET,
                debounce=_BURST,
                recursive=file is None,
                force_polling=polling,
                # File systems that tell nothing, such as those of a network, are looked at anyway.
                rust_timeout=5000,
                yield_on_timeout=True,
            )
            try:
                async for _ in changes:
                    self._touched.set()
            except OSError as error:
                if polling:
                    raise
                warn(
                    f"the system does not report changed files ({error}): looking for them instead"
                )


def _filter(folder: Path, file: Path | None) -> Callable[[object, str], bool]:
    def counts(_: object, path: str) -> bool:
        if file is not None:
            return Path(path) == file
        return not is_ignored(Path(path).relative_to(folder).as_posix())

    return counts
