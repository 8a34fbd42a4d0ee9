"""The public CDN as a source: many files at once, streamed, and given up for the whole run as soon
as its host turns out to be out of reach, to stand still, or to want no more requests."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from email.utils import parsedate_to_datetime
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
# Bytes a second, over that time; a download that is slower stands still for all practical purposes.
_SLOWEST = 512
# How many downloads may stand still before one that arrives.
_STALLS = 2 * _AT_ONCE
# Seconds; a host that asks for a longer pause is left to a later run.
_LONGEST_PAUSE = 20.0

_CERTIFICATE = re.compile(r"certificate verify failed: (.*?)( \(_ssl|$)")


class Cdn:
    """Brings everything but wheels of the package index.

    Args:
        base: the address that stands for `https://cdn.jsdelivr.net`; by default the environment
            variable's, so that a mirror of the CDN can be used.
    """

    def __init__(self, pin: Pin, base: str | None = None) -> None:
        self._base = (base or _base()).rstrip("/")
        self.name = _host(self._base)
        self.waits_for = f"fetching from {self.name}"
        self._pin = pin
        self._unreachable = threading.Event()
        self._stalls = 0
        self._guard = threading.Lock()

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
                break
            try:
                inbox.accept(wanted, self._stream(wanted, client), self.name)
            except _PassingError as trouble:
                problem = str(trouble)
                pause = _PAUSE * 2**attempt if trouble.pause is None else trouble.pause
                if trouble.of_host and attempt + 1 == _ATTEMPTS:
                    self._unreachable.set()
            except SourceError as trouble:
                problem = str(trouble)
                break
            else:
                with self._guard:
                    self._stalls = 0
                return
            if attempt + 1 < _ATTEMPTS and not self._unreachable.is_set():
                inbox.stop.wait(pause)
        if not problem:
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
                self._check_status(response)
                yield from _not_too_slow(response.iter_bytes())
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            self._unreachable.set()
            if refused := _CERTIFICATE.search(str(error)):
                raise SourceError(f"its certificate is not accepted: {refused[1]}") from error
            raise SourceError("cannot be reached") from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            self._unreachable.set()
            raise SourceError(f"its address in {CDN_VARIABLE} is none") from error
        except (httpx.TimeoutException, _StallError) as error:
            self._count_stall()
            raise _PassingError(f"the download stood still for {_READ_SECONDS:g} s") from error
        except httpx.TransportError as error:
            raise _PassingError("the download broke off") from error
        except httpx.HTTPError as error:
            raise SourceError(f"no usable answer ({error})") from error

    def _check_status(self, response: httpx.Response) -> None:
        status = response.status_code
        if status == 200:
            return
        if status < 500 and status != 429:
            raise SourceError(f"HTTP {status}")
        pause = _pause_asked_for(response.headers)
        if pause is not None and pause > _LONGEST_PAUSE:
            self._unreachable.set()
            raise SourceError(f"HTTP {status}, which asks to come back in {pause:.0f} s")
        raise _PassingError(f"HTTP {status}", pause, of_host=status == 429)

    def _count_stall(self) -> None:
        with self._guard:
            self._stalls += 1
            if self._stalls >= _STALLS:
                self._unreachable.set()


def host_of_cdn() -> str:
    """How messages call the CDN."""
    return _host(_base())


def read_from_cdn(version: str, names: Sequence[str]) -> dict[str, bytes]:
    """Files of a release of Pyodide that nobody has told the hashes of, those it has, by name.

    Raises:
        SourceError: when the CDN cannot be reached, or answers neither with a file nor that there
            is none.
    """
    import httpx

    found = {}
    timeout = httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS)
    try:
        with httpx.Client(timeout=timeout, follow_redirects=True) as client:
            for name in names:
                answer = client.get(f"{_base()}/pyodide/v{version}/full/{name}")
                if answer.status_code == 200:
                    found[name] = answer.content
                elif answer.status_code not in (403, 404):
                    raise SourceError(f"HTTP {answer.status_code}")
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
        raise SourceError("cannot be reached") from error
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise SourceError(f"its address in {CDN_VARIABLE} is none") from error
    except httpx.HTTPError as error:
        raise SourceError("the download broke off") from error
    return found


def _base() -> str:
    return (os.environ.get(CDN_VARIABLE) or CDN).rstrip("/")


def _host(base: str) -> str:
    return urlsplit(base).netloc or base


class _PassingError(SourceError):
    """What a second attempt may mend.

    Args:
        pause: seconds until then, where the host says so.
        of_host: whether other files would meet with the same.
    """

    def __init__(self, problem: str, pause: float | None = None, *, of_host: bool = False) -> None:
        super().__init__(problem)
        self.pause = pause
        self.of_host = of_host


class _StallError(Exception):
    """Hardly a byte has come for a while."""


def _not_too_slow(chunks: Iterator[bytes]) -> Iterator[bytes]:
    began, come = time.monotonic(), 0
    for chunk in chunks:
        yield chunk
        come += len(chunk)
        seconds = time.monotonic() - began
        if seconds >= _READ_SECONDS:
            if come < _SLOWEST * seconds:
                raise _StallError
            began, come = time.monotonic(), 0


def _pause_asked_for(headers: Mapping[str, str]) -> float | None:
    """Seconds that the header `Retry-After` asks for (RFC 9110, 10.2.3).

    A date counts from the host's own: the clock of this machine may be wrong.
    """
    asked = headers.get("retry-after", "").strip()
    if asked.isdecimal():
        return float(asked)
    try:
        until, now = (_moment(text) for text in (asked, headers.get("date", "")))
    except ValueError:
        return None
    return max((until - now).total_seconds(), 0.0)


def _moment(text: str) -> datetime:
    # A date without its zone is in UTC, as all of HTTP's are.
    return parsedate_to_datetime(text).replace(tzinfo=None)
