"""One host over HTTP: what it holds is streamed, and asked for again where that may help. It is
given up for the whole run as soon as it turns out to be out of reach, to stand still, or to want no
more requests."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import closing
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pyscript_kit.sources.inbox import SourceError

if TYPE_CHECKING:
    import httpx

_ATTEMPTS = 3
# Seconds before the second attempt; the third waits twice as long.
_PAUSE = 0.5
_CONNECT_SECONDS = 4.0
_READ_SECONDS = 30.0
# Bytes a second, over that time; a download that is slower stands still for all practical purposes.
_SLOWEST = 512
# How many downloads may stand still before one that arrives: all that run at once, twice.
_STALLS = 12
# Seconds; a host that asks for a longer pause is left to a later run.
_LONGEST_PAUSE = 20.0
# Bytes of a file; before there is a lock, nobody tells how many it should have.
_LARGEST = 1 << 28
_CERTIFICATE = re.compile(r"certificate verify failed: (.*?)( \(_ssl|$)")


class Host:
    """One host, asked until it turns out that it is of no use to ask any more.

    Args:
        base: the address that all of it is below.
        setting: what holds that address, for the user to fix.
    """

    def __init__(self, base: str, setting: str) -> None:
        self._setting = setting
        self.base = base.rstrip("/")
        self.name = _name(self.base)
        self._unreachable = threading.Event()
        self._stalls = 0
        self._guard = threading.Lock()

    @property
    def given_up(self) -> bool:
        """Whether it is asked for nothing any more."""
        return self._unreachable.is_set()

    def ask(
        self,
        client: httpx.Client,
        url: str,
        take: Callable[[Iterator[bytes]], object],
        stop: threading.Event,
    ) -> None:
        """Have `take` read what is at an address, and begin again where another attempt may help.

        Nothing is asked for when the host is given up, or once `stop` is set.

        Raises:
            SourceError: when it does not come.
        """
        trouble: SourceError | None = None
        for attempt in range(_ATTEMPTS):
            if self.given_up or stop.is_set():
                break
            try:
                take(self._stream(url, client))
            except _PassingError as passing:
                trouble = passing
                pause = _PAUSE * 2**attempt if passing.pause is None else passing.pause
                if passing.of_host and attempt + 1 == _ATTEMPTS:
                    self._unreachable.set()
            else:
                with self._guard:
                    self._stalls = 0
                return
            if attempt + 1 < _ATTEMPTS and not self.given_up:
                stop.wait(pause)
        if trouble is not None:
            raise trouble

    def _stream(self, url: str, client: httpx.Client) -> Iterator[bytes]:
        import httpx

        try:
            with closing(_begun(url, client)) as response:
                self._check_status(response)
                yield from _not_too_large(_not_too_slow(response.iter_bytes()))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            self._unreachable.set()
            if refused := _CERTIFICATE.search(str(error)):
                raise SourceError(f"its certificate is not accepted: {refused[1]}") from error
            raise SourceError("cannot be reached") from error
        # The last two are of names and ports that only the system finds fault with.
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, UnicodeError, OverflowError) as error:
            self._unreachable.set()
            raise SourceError(f"its address in {self._setting} is not valid") from error
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
        if status in (403, 404):
            raise AbsentError(f"HTTP {status}")
        if status < 500 and status != 429:
            raise SourceError(f"HTTP {status}")
        pause = _pause_asked_for(response.headers)
        if pause is not None and pause > _LONGEST_PAUSE:
            self._unreachable.set()
            raise SourceError(f"HTTP {status}, which asks for a retry in {pause:.0f} s")
        raise _PassingError(f"HTTP {status}", pause, of_host=status == 429)

    def _count_stall(self) -> None:
        with self._guard:
            self._stalls += 1
            if self._stalls >= _STALLS:
                self._unreachable.set()


def open_client() -> httpx.Client:
    """What all hosts are asked through.

    Raises:
        SourceError: when this machine's settings of proxies and certificates are wrong.
    """
    # Takes as long to import as a whole run with a warm cache.
    import httpx

    timeout = httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS)
    try:
        return httpx.Client(timeout=timeout, follow_redirects=True)
    except (httpx.InvalidURL, ValueError, OSError, ImportError) as error:
        raise SourceError(f"the proxy or certificate settings cannot be used ({error})") from error


class AbsentError(SourceError):
    """There is no such file."""


class _PassingError(SourceError):
    """What a second attempt may fix.

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


def _name(base: str) -> str:
    """Host and port of an address, without the name and the password that it may hold."""
    try:
        parts = urlsplit(base)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None:
        return "the CDN"
    host = f"[{host}]" if ":" in host else host
    return host if port is None else f"{host}:{port}"


def _begun(url: str, client: httpx.Client) -> httpx.Response:
    """An answer whose head is there.

    httpx times every read, not all of them: a head that comes byte by byte would take days. So a
    thread waits for it, which ends with the client at the latest.

    Raises:
        _StallError: when it does not come in time.
    """
    answer: Future[httpx.Response] = Future()

    def ask() -> None:
        try:
            answer.set_result(client.send(client.build_request("GET", url), stream=True))
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        return answer.result(_READ_SECONDS)
    except TimeoutError:
        answer.add_done_callback(_close)
        raise _StallError from None


def _close(answer: Future[httpx.Response]) -> None:
    if answer.exception() is None:
        answer.result().close()


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


def _not_too_large(chunks: Iterator[bytes]) -> Iterator[bytes]:
    come = 0
    for chunk in chunks:
        come += len(chunk)
        if come > _LARGEST:
            raise SourceError(f"the download did not end within {_LARGEST} bytes")
        yield chunk


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
