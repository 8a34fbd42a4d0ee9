"""Wheels that an author has named by their addresses, each from its own host."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from pyscript_kit.project.asked import is_address
from pyscript_kit.sources.host import Host, open_client
from pyscript_kit.sources.inbox import A_WEB_PAGE, Inbox, SourceError, is_web_page
from pyscript_kit.sources.wanted import Publisher, Wanted

_SETTING = "app/pyscript.toml"


class Addresses:
    """Brings the wheels that have an address."""

    name = "its own address"
    waits_for = "fetching wheels from their addresses"

    def offers(self, wanted: Wanted) -> bool:
        return wanted.publisher is Publisher.AUTHOR and is_address(wanted.origin)

    def deliver(self, wanted: Sequence[Wanted], inbox: Inbox) -> None:
        for file in wanted:
            try:
                with open_client() as client:
                    take = partial(inbox.accept, file, source=file.origin)
                    _host_of(file.origin).ask(client, file.origin, take, inbox.stop)
            except SourceError as trouble:
                inbox.note(file.origin, str(trouble), file)


def download(address: str, target: Path) -> None:
    """Fetch a wheel that nobody has told the hash of.

    Raises:
        SourceError: when it does not come.
    """

    def keep(chunks: Iterable[bytes]) -> None:
        content = b"".join(chunks)
        if is_web_page(content[:200]):
            raise SourceError(f"{A_WEB_PAGE} {target.name}")
        target.write_bytes(content)

    with open_client() as client:
        _host_of(address).ask(client, address, keep, threading.Event())


def _host_of(address: str) -> Host:
    parts = urlsplit(address)
    return Host(f"{parts.scheme}://{parts.netloc}", _SETTING)
