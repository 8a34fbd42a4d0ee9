"""The public CDN as a source: many files at once."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from pyscript_kit.project.pins import Pin
from pyscript_kit.sources.host import AbsentError, Host, open_client
from pyscript_kit.sources.inbox import A_WEB_PAGE, Inbox, SourceError, is_web_page
from pyscript_kit.sources.wanted import CDN, Publisher, Wanted, cdn_url

if TYPE_CHECKING:
    import httpx

CDN_VARIABLE = "PYSCRIPT_RUNTIME_CDN"
_AT_ONCE = 6


class Cdn:
    """Brings everything but wheels from outside the distribution.

    Args:
        base: the address that stands for `https://cdn.jsdelivr.net`; by default the environment
            variable's, so that a mirror of the CDN can be used.
    """

    def __init__(self, pin: Pin, base: str | None = None) -> None:
        self._host = Host(base or _base(), CDN_VARIABLE)
        self.name = self._host.name
        self.waits_for = f"fetching from {self.name}"
        self._pin = pin

    def offers(self, wanted: Wanted) -> bool:
        return wanted.publisher not in (Publisher.PACKAGE_INDEX, Publisher.AUTHOR)

    def deliver(self, wanted: Sequence[Wanted], inbox: Inbox) -> None:
        try:
            client = open_client()
        except SourceError as trouble:
            inbox.note(self.name, str(trouble))
            return
        with client, ThreadPoolExecutor(_AT_ONCE) as pool:
            runs = [pool.submit(self._bring, file, client, inbox) for file in wanted]
            try:
                for run in runs:
                    run.result()
            except BaseException:
                inbox.stop.set()
                pool.shutdown(cancel_futures=True)
                raise

    def _bring(self, wanted: Wanted, client: httpx.Client, inbox: Inbox) -> None:
        url = cdn_url(wanted, self._pin, self._host.base)
        if url is None:
            inbox.note(self.name, "not published there", wanted)
            return
        try:
            self._host.ask(
                client, url, lambda chunks: inbox.accept(wanted, chunks, self.name), inbox.stop
            )
        except SourceError as trouble:
            if self._host.given_up:
                inbox.note(self.name, str(trouble))
            else:
                inbox.note(self.name, str(trouble), wanted)


def host_of_cdn() -> str:
    """How messages call the CDN."""
    return Host(_base(), CDN_VARIABLE).name


def read_from_cdn(version: str, names: Sequence[str]) -> dict[str, bytes]:
    """Files of a release of Pyodide that nobody has told the hashes of, those it has, by name.

    Raises:
        SourceError: when the CDN cannot be reached, or answers neither with a file nor that there
            is none.
    """
    host = Host(_base(), CDN_VARIABLE)
    found = {}

    def keep(name: str, chunks: Iterable[bytes]) -> None:
        found[name] = _content(name, chunks)

    with open_client() as client:
        for name in names:
            url = f"{host.base}/pyodide/v{version}/full/{name}"
            with suppress(AbsentError):
                host.ask(client, url, partial(keep, name), threading.Event())
    return found


def _base() -> str:
    return os.environ.get(CDN_VARIABLE) or CDN


def _content(name: str, chunks: Iterable[bytes]) -> bytes:
    content = b"".join(chunks)
    if is_web_page(content):
        raise SourceError(f"{A_WEB_PAGE} {name}")
    return content
