"""Where the runtime's files come from, and in which order: the CDN, then the package clients, all
behind the cache. Whatever the source, a file is right when it has the lock's sha256."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from pyscript_kit.errors import StoppedError, ToolError
from pyscript_kit.project.pins import Pin
from pyscript_kit.project.settings import LOCK_NAME
from pyscript_kit.sources.addresses import Addresses
from pyscript_kit.sources.cache import CACHE_VARIABLE, Cache
from pyscript_kit.sources.cdn import CDN_VARIABLE, Cdn
from pyscript_kit.sources.inbox import A_WEB_PAGE, Inbox
from pyscript_kit.sources.npm import npm_sources
from pyscript_kit.sources.wanted import CDN, Publisher, Wanted
from pyscript_kit.sources.wheels import PipWheels, carrier_of
from pyscript_kit.terminal import ByteProgress, counted

# What to do about a trouble, by a pattern in its text; the first that is found says most.
_WAYS_OUT = (
    (
        re.escape(A_WEB_PAGE),
        "sign in to the network if it asks you to, or have its proxy let the file through",
    ),
    (r"instead of|more than", f"restore {LOCK_NAME} from version control if it was edited"),
    (r"No space left|ENOSPC|Disk quota", "free some space"),
    (
        r"certificate is not",
        "check that this machine's clock is right and its certificates are current",
    ),
    (r"HTTP (429|5\d\d)", "wait some minutes"),
    (
        r"the index \S+ answers HTTP",
        "check that pip has the right name and password for that index (pip config list)",
    ),
    (r"stood still|broke off|did not finish", "find a better connection"),
    (r"its address in", f"write a complete address there, such as {CDN}, or unset it"),
    (r"settings cannot be used", "fix the environment variables that set them"),
    (
        r"HTTP \d|unexpected contents",
        f"check that {CDN_VARIABLE}, if it is set, names a complete mirror of the CDN",
    ),
)


class Source(Protocol):
    """Somewhere that files can be had from.

    `name` is how messages call it, `waits_for` what a user who waits for it reads.
    """

    name: str
    waits_for: str

    def offers(self, wanted: Wanted) -> bool:
        """Whether it is worth asking for a file."""

    def deliver(self, wanted: Sequence[Wanted], inbox: Inbox) -> None:
        """Hand what it has to `inbox`, and note there why it lacks the rest."""


def sources_of(pin: Pin) -> list[list[Source]]:
    """The sources of a pinned release in their order; those of one step are asked side by side."""
    npm = npm_sources(pin)
    wheels = PipWheels(pin.pyodide.python)
    addresses = Addresses()
    carrier = carrier_of(pin)
    if carrier is None:
        return [[Cdn(pin)], [*npm, wheels, addresses]]
    # For Pyodide's own files npm comes first: its package is a tenth of the carrier.
    packages = _Share(carrier, Publisher.DISTRIBUTION)
    return [[Cdn(pin)], [*npm, wheels, addresses, packages], [_Share(carrier, Publisher.PYODIDE)]]


def fetch(
    wanted: Sequence[Wanted],
    pin: Pin,
    cache: Cache,
    command: str,
    stop: threading.Event | None = None,
) -> Counter[str]:
    """Bring files that the cache lacks into it, each verified.

    Args:
        command: the command to run again once the way is free, for the error's sentence.
        stop: once it is set, nothing more is fetched.

    Returns:
        How many files each source brought.

    Raises:
        StoppedError: when `stop` is set before all are there.
        ToolError: when a file cannot be had, with what was tried; the others are in the cache.
    """
    if not wanted:
        return Counter()
    label = f"fetching {counted(len(wanted), 'file')}"
    total = sum(file.size or 0 for file in wanted)
    with cache.workspace() as workspace, ByteProgress(label, total) as progress:
        inbox = Inbox(cache, workspace, progress.advance, stop)
        for step in sources_of(pin):
            _ask(step, [file for file in wanted if inbox.lacks(file)], inbox, progress)
    missing = [file for file in wanted if inbox.lacks(file)]
    if missing and stop and stop.is_set():
        raise StoppedError
    if missing:
        raise ToolError(_cannot_get(missing, inbox, cache, pin, command))
    return inbox.received


def way_out_of(troubles: Sequence[str]) -> str:
    """What to do about what sources said; empty when that is not known."""
    for pattern, way_out in _WAYS_OUT:
        if any(re.search(pattern, trouble) for trouble in troubles):
            return way_out
    return ""


def _ask(
    step: Sequence[Source], wanted: Sequence[Wanted], inbox: Inbox, progress: ByteProgress
) -> None:
    asked = [(source, [file for file in wanted if source.offers(file)]) for source in step]
    asked = [(source, files) for source, files in asked if files]
    if not asked:
        return
    progress.describe("; ".join(source.waits_for for source, _ in asked))
    with ThreadPoolExecutor(len(asked)) as pool:
        runs = [pool.submit(source.deliver, files, inbox) for source, files in asked]
        try:
            for run in runs:
                run.result()
        except BaseException:
            inbox.stop.set()
            raise


def _cannot_get(
    missing: Sequence[Wanted], inbox: Inbox, cache: Cache, pin: Pin, command: str
) -> str:
    first = missing[0]
    others = f" and {counted(len(missing) - 1, 'other file')}" if len(missing) > 1 else ""
    troubles = inbox.troubles(first)
    tried = "; ".join([f"not in the cache {cache.folder}", *troubles])
    return (
        f"cannot get {first.path}{others} ({tried}): {_way_out(first, troubles, pin)}, "
        f"or name a cache that holds it in {CACHE_VARIABLE}, and run `{command}` again"
    )


def _way_out(wanted: Wanted, troubles: Sequence[str], pin: Pin) -> str:
    if known := way_out_of(troubles):
        return known
    carried = carrier_of(pin) and not any("not in it" in trouble for trouble in troubles)
    if wanted.publisher is Publisher.DISTRIBUTION and not carried:
        return (
            "let this machine reach the CDN, the only source that has it (of Pyodide's own "
            "packages, pip brings none or a few)"
        )
    return "connect to the network"


class _Share:
    """A carrier, asked for the files of one publisher only."""

    def __init__(self, carrier: Source, publisher: Publisher) -> None:
        self.name = carrier.name
        self.waits_for = carrier.waits_for
        self._carrier = carrier
        self._publisher = publisher

    def offers(self, wanted: Wanted) -> bool:
        return wanted.publisher is self._publisher and self._carrier.offers(wanted)

    def deliver(self, wanted: Sequence[Wanted], inbox: Inbox) -> None:
        self._carrier.deliver(wanted, inbox)
