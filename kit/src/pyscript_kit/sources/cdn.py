"""The public CDN as a source: many files at once, streamed, and given up for the whole run as soon
as its host turns out to be out of reach, to stand still, or to want no more requests."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pyscript_kit.project.pins import Pin
from pyscript_kit.sources.inbox import A_WEB_PAGE, Inbox, SourceError, is_web_page
from pyscript_kit.sources.wanted import CDN, Publisher, Wanted, cdn_url

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
# Bytes of a file; before there is a lock, nobody tells how many it should have.
_LARGEST = 1 << 28

_CERTIFICATE = re.compile(r"certificate verify failed: (.*?)( \(_ssl|$)")


class Cdn:
    """Brings everything but wheels of the package index.

    Args:
        base: the address that stands for `https://cdn.jsdelivr.net`; by default the environment
            variable's, so that a mirror of the CDN can be used.
    """

    def __init__(self, pin: Pin, base: str | None = None) -> None:
        self._host = _Host(base or _base())
        self.name = self._host.name
        self.waits_for = f"fetching from {self.name}"
        self._pin = pin

    def offers(self, wanted: Wanted) -> bool:
        return wanted.publisher is not Publisher.PACKAGE_INDEX

    def deliver(self, wanted: Sequence[Wanted], inbox: Inbox) -> None:
        try:
            client = _client()
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
    return _Host(_base()).name


def read_from_cdn(version: str, names: Sequence[str]) -> dict[str, bytes]:
    """Files of a release of Pyodide that nobody has told the hashes of, those it has, by name.

    Raises:
        SourceError: when the CDN cannot be reached, or answers neither with a file nor that there
            is none.
    """
    host = _Host(_base())
    found = {}

    def keep(name: str, chunks: Iterable[bytes]) -> None:
        found[name] = _content(name, chunks)

    with _client() as client:
        for name in names:
            url = f"{host.base}/pyodide/v{version}/full/{name}"
            with suppress(_AbsentError):
                host.ask(client, url, partial(keep, name), threading.Event())
    return found


class _Host:
    """One host, asked until it turns out that it is of no use to ask any more."""

    def __init__(self, base: str) -> None:
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
        """Have `take` read what lies at an address, and begin anew where another attempt may help.

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
        if status in (403, 404):
            raise _AbsentError(f"HTTP {status}")
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


def _base() -> str:
    return os.environ.get(CDN_VARIABLE) or CDN


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


def _client() -> httpx.Client:
    # Takes as long to import as a whole run with a warm cache.
    import httpx

    timeout = httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS)
    try:
        return httpx.Client(timeout=timeout, follow_redirects=True)
    except (httpx.InvalidURL, ValueError, OSError, ImportError) as error:
        raise SourceError(f"the proxy or certificate settings cannot be used ({error})") from error


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


def _content(name: str, chunks: Iterable[bytes]) -> bytes:
    content = b"".join(chunks)
    if is_web_page(content):
        raise SourceError(f"{A_WEB_PAGE} {name}")
    return content


class _AbsentError(SourceError):
    """There is no such file."""


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


def _not_too_large(chunks: Iterator[bytes]) -> Iterator[bytes]:
    come = 0
    for chunk in chunks:
        come += len(chunk)
        if come > _LARGEST:
            raise SourceError(f"the download has no end, as it seems after {_LARGEST} bytes")
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
