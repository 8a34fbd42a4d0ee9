"""Follows an app as `pyscript dev` does, for as long as a test saves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyscript_kit.serving.live import Live, State


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def after(live: Live, *steps: tuple[Callable[[], object], Callable[[State], bool]]) -> list[State]:
    """Save, and wait for the first state that is wanted; then the next step. Gives those states."""

    async def first(wanted: Callable[[State], bool]) -> State:
        async for state in live.states():
            if wanted(state):
                return state
        raise AssertionError("closed")

    async def run() -> list[State]:
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            following = group.create_task(live.follow())
            found = []
            for save, wanted in steps:
                await asyncio.to_thread(save)
                found.append(await first(wanted))
            following.cancel()
        return found

    return asyncio.run(run())
