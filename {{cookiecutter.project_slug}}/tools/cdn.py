"""The public CDN as a source: many files at once, streamed, and given up for the whole run as soon
as its host turns out to be out of reach."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tools.inbox import Inbox, SourceError
from tools.lockfile import Pin
from tools.wanted import CDN, Publisher, Wanted, cdn_url

if TYPE_CHECKING:
    import httpx

CDN_VARIABLE = "PYSCRIPT_RUNTIME_CDN"

_AT_ONCE = 6
_ATTEMPTS = 3
# Seconds before the second attempt; the third waits twice as long.
_PAUSE = 0.5
_CONNECT_SECONDS = 4.0
_READ_SECONDS = 30.0


class Cdn:
    """Brings everything but wheels of the package index.

    Args:
        base: the address that stands for `https://cdn.jsdelivr.net`; by default the environment
            variable's, so that a mirror of the CDN can be used.
    """

    def __init__(self, pin: Pin, base: str | None = None) -> None:
        self._base = (base or os.environ.get(CDN_VARIABLE) or CDN).rstrip("/")
        self.name = urlsplit(self._base).netloc or self._base
        self.waits_for = f"fetching from {self.name}"
        self._pin = pin
        self._unreachable = threading.Event()

    def offers(self, wanted: Wanted) -> bool:
        return wanted.publisher is not Publisher.PACKAGE_INDEX

    def deliver(self, wanted: Sequence[Wanted], inbox: Inbox) -> None:
        # Takes as long to import as a whole run with a warm cache.
        import httpx

        timeout = httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS)
        try:
            client = httpx.Client(timeout=timeout, follow_redirects=True)
        except (httpx.InvalidURL, ValueError, OSError, ImportError) as error:
            inbox.note(self.name, f"the proxy or certificate settings cannot be used ({error})")
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
        problem = ""
        for attempt in range(_ATTEMPTS):
            if self._unreachable.is_set() or inbox.stop.is_set():
                return
            if attempt:
                time.sleep(_PAUSE * 2 ** (attempt - 1))
            try:
                inbox.accept(wanted, self._stream(wanted, client), self.name)
            except _PassingError as trouble:
                problem = str(trouble)
            except SourceError as trouble:
                problem = str(trouble)
                break
            else:
                return
        if self._unreachable.is_set():
            inbox.note(self.name, problem)
        else:
            inbox.note(self.name, problem, wanted)

    def _stream(self, wanted: Wanted, client: httpx.Client) -> Iterator[bytes]:
        import httpx

        url = cdn_url(wanted, self._pin, self._base)
        if url is None:
            raise SourceError("not published there")
        try:
            with client.stream("GET", url) as response:
                status = response.status_code
                if status >= 500 or status == 429:
                    raise _PassingError(f"HTTP {status}")
                if status != 200:
                    raise SourceError(f"HTTP {status}")
                yield from response.iter_bytes()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            self._unreachable.set()
            raise SourceError("cannot be reached") from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            self._unreachable.set()
            raise SourceError(f"its address in {CDN_VARIABLE} is none") from error
        except httpx.TransportError as error:
            raise _PassingError("the download broke off") from error
        except httpx.HTTPError as error:
            raise SourceError(f"no usable answer ({error})") from error


class _PassingError(SourceError):
    """What a second attempt may mend."""
