"""Starts Chromium, Firefox and WebKitGTK, each with a profile of its own, and runs functions in
their pages.

Each is driven by what it brings along itself: Chromium by Playwright, Firefox by WebDriver BiDi,
which it speaks without a driver, and WebKitGTK's MiniBrowser by its WebDriver.
"""

import http.client
import itertools
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from environment import QUIET, system_browser

WIDTH, HEIGHT = 1280, 800
MINI_BROWSERS = "*/webkit2gtk-4.*/MiniBrowser"
# In the order in which Debian has had them.
FIREFOXES = ("firefox-esr", "firefox")
SECONDS_TO_START = 60
SECONDS_TO_NAVIGATE = 30


class BrowserError(Exception):
    """A browser that does not start, does not answer, or raises in its page."""


class Tab(Protocol):
    """One page of a browser."""

    version: str

    def open(self, url: str) -> None:
        """Navigate there, and return once the new document is the one that functions run in."""

    def call(self, function: str, argument: object, seconds: float) -> Any:
        """Run a function of JavaScript, awaited, and return its result, both of them JSON.

        Raises:
            BrowserError: it raised, or took longer.
        """


Start = Callable[[], AbstractContextManager[Tab]]


def mini_browser() -> Path | None:
    """Return WebKitGTK's own small browser, None where there is none."""
    return next((path for path in sorted(Path("/usr/lib").glob(MINI_BROWSERS))), None)


def firefox_program() -> str | None:
    """Return the path of Firefox, None where there is none."""
    return next(filter(None, map(shutil.which, FIREFOXES)), None)


# ------------------------------------------------------------------ Chromium


@contextmanager
def chromium(user_agent: str | None = None) -> Iterator[Tab]:
    """Start Playwright's Chromium, else the system's, which may call itself something else."""
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path).exists()
        sandbox = () if os.geteuid() else ("--no-sandbox",)
        # For workers too, unlike that of a page.
        name = () if user_agent is None else (f"--user-agent={user_agent}",)
        browser = playwright.chromium.launch(
            executable_path=None if own else system_browser(), args=[*QUIET, *sandbox, *name]
        )
        try:
            yield _ChromiumTab(browser)
        finally:
            browser.close()


class _ChromiumTab:
    def __init__(self, browser: Any) -> None:
        self.version = f"Chromium {browser.version}"
        self._page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light"
        )

    def open(self, url: str) -> None:
        self._page.goto(url, wait_until="commit")

    def call(self, function: str, argument: object, seconds: float) -> Any:
        # The function itself keeps to its time.
        try:
            return self._page.evaluate(function, argument)
        except PlaywrightError as error:
            raise BrowserError(str(error).splitlines()[0]) from error


# ------------------------------------------------------------------ Firefox


@contextmanager
def firefox() -> Iterator[Tab]:
    """Start the system's Firefox without a window."""
    program = firefox_program()
    if program is None:
        raise BrowserError("Firefox is not installed")
    size = (f"--width={WIDTH}", f"--height={HEIGHT}")
    with ExitStack() as stack:
        profile = stack.enter_context(_folder())
        command = [program, "--headless", "--no-remote", "--profile", profile, *size]
        log = Path(profile) / "log.txt"
        stack.enter_context(_process([*command, "--remote-debugging-port", "0"], log))
        address = _said(log, r"BiDi listening on (ws://\S+)")
        tab = _FirefoxTab(f"{address}/session")
        stack.callback(tab.close)
        yield tab


class _FirefoxTab:
    def __init__(self, address: str) -> None:
        # Without a limit, as results are as long as they are.
        self._socket = connect(address, max_size=None)
        self._numbers = itertools.count(1)
        session = self._send("session.new", {"capabilities": {}}, SECONDS_TO_START)
        capabilities = session["capabilities"]
        self.version = f"Firefox {capabilities['browserVersion']}"
        tree = self._send("browsingContext.getTree", {}, SECONDS_TO_START)
        self._context = tree["contexts"][0]["context"]

    def open(self, url: str) -> None:
        self._send(
            "browsingContext.navigate",
            {"context": self._context, "url": url, "wait": "none"},
            SECONDS_TO_NAVIGATE,
        )
        _arrive(self, url)

    def call(self, function: str, argument: object, seconds: float) -> Any:
        text = json.dumps(argument)
        outcome = self._send(
            "script.callFunction",
            {
                "functionDeclaration": _with_texts(function),
                "arguments": [{"type": "string", "value": text}],
                "awaitPromise": True,
                "target": {"context": self._context},
            },
            seconds,
        )
        if outcome["type"] == "exception":
            raise BrowserError(outcome["exceptionDetails"]["text"])
        return json.loads(outcome["result"]["value"])

    def close(self) -> None:
        try:
            self._send("browser.close", {}, SECONDS_TO_START)
        finally:
            self._socket.close()

    def _send(self, method: str, parameters: dict[str, Any], seconds: float) -> dict[str, Any]:
        number = next(self._numbers)
        try:
            self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
            while True:
                answer = json.loads(self._socket.recv(timeout=seconds))
                if answer.get("id") == number:
                    break
        except (WebSocketException, OSError) as error:
            raise BrowserError(f"Firefox does not answer {method}: {error!r}") from error
        if answer["type"] == "error":
            raise BrowserError(f"{method}: {answer['message']}")
        result: dict[str, Any] = answer["result"]
        return result


# ------------------------------------------------------------------ WebKitGTK


@contextmanager
def webkit(user_agent: str | None = None) -> Iterator[Tab]:
    """Start WebKitGTK's MiniBrowser, which may call itself something else, on a screen that nobody
    sees."""
    program = mini_browser()
    if program is None or not shutil.which("WebKitWebDriver") or not shutil.which("Xvfb"):
        raise BrowserError("WebKitGTK with its driver and Xvfb are not installed")
    with ExitStack() as stack:
        home = stack.enter_context(_folder())
        screen = stack.enter_context(_screen(Path(home) / "screen.txt"))
        port = _free_port()
        stack.enter_context(
            _process(
                ["WebKitWebDriver", f"--port={port}"],
                Path(home) / "log.txt",
                {"DISPLAY": screen, "HOME": home, "XDG_RUNTIME_DIR": home},
            )
        )
        name = [] if user_agent is None else [f"--user-agent={user_agent}"]
        tab = _WebKitTab(port, [str(program), "--automation", *name])
        stack.callback(tab.close)
        yield tab


class _WebKitTab:
    def __init__(self, port: int, command: list[str]) -> None:
        self._port = port
        self._session = ""
        options = {"binary": command[0], "args": command[1:]}
        wanted = {"pageLoadStrategy": "none", "webkitgtk:browserOptions": options}
        _until_connected(port)
        session = self._send("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"/session/{session['sessionId']}"
        self.version = f"WebKitGTK {session['capabilities']['browserVersion']}"
        size = {"width": WIDTH, "height": HEIGHT}
        self._send("POST", f"{self._session}/window/rect", size)

    def open(self, url: str) -> None:
        self._send("POST", f"{self._session}/url", {"url": url})
        _arrive(self, url)

    def call(self, function: str, argument: object, seconds: float) -> Any:
        self._send("POST", f"{self._session}/timeouts", {"script": int(seconds * 1000)})
        script = (
            "const [text, done] = arguments;"
            f"({_with_texts(function)})(text)"
            ".then((result) => done({ result }), (error) => done({ error: String(error) }));"
        )
        outcome = self._send(
            "POST",
            f"{self._session}/execute/async",
            {"script": script, "args": [json.dumps(argument)]},
            seconds,
        )
        if "error" in outcome:
            raise BrowserError(outcome["error"])
        return json.loads(outcome["result"])

    def close(self) -> None:
        self._send("DELETE", self._session)

    def _send(
        self, method: str, path: str, body: object = None, seconds: float = SECONDS_TO_START
    ) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=seconds + 10)
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, {"Content-Type": "application/json"})
            value = json.loads(connection.getresponse().read())["value"]
        except (OSError, http.client.HTTPException) as error:
            raise BrowserError(f"WebKit's driver does not answer {path}: {error!r}") from error
        finally:
            connection.close()
        if isinstance(value, dict) and "error" in value and "stacktrace" in value:
            raise BrowserError(f"{value['error']}: {value['message']}")
        return value


@contextmanager
def _screen(log: Path) -> Iterator[str]:
    size = f"{WIDTH}x{HEIGHT}x24"
    # It takes the next free number and writes that to its standard output.
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", size, "-nolisten", "tcp"]
    with _process(command, log):
        yield f":{_said(log, r'^([0-9]+)$')}"


# ------------------------------------------------------------------ what they share


def _with_texts(function: str) -> str:
    """Return a function that takes and returns texts of JSON around one that takes values."""
    bare = function.strip().removesuffix(";")
    return f"async (text) => JSON.stringify((await ({bare})(JSON.parse(text))) ?? null)"


def _arrive(tab: Tab, url: str) -> None:
    """Wait until functions run in the document of an address: a navigation ends somewhen."""
    deadline = time.monotonic() + SECONDS_TO_NAVIGATE
    reason = "the former page stays"
    while time.monotonic() < deadline:
        try:
            if tab.call("async () => location.href", None, SECONDS_TO_NAVIGATE) == url:
                return
        except BrowserError as error:
            # The former document went while it was asked.
            reason = str(error)
        time.sleep(0.02)
    raise BrowserError(f"{url} does not open: {reason}")


@contextmanager
def _folder() -> Iterator[str]:
    # A browser that ends may still write there.
    with tempfile.TemporaryDirectory(prefix="engines-", ignore_cleanup_errors=True) as folder:
        yield folder


@contextmanager
def _process(
    command: list[str], log: Path, environment: dict[str, str] | None = None
) -> Iterator[None]:
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(SECONDS_TO_START)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _said(log: Path, pattern: str) -> str:
    """Wait until a log has a line that matches a pattern; return what its group holds."""
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        text = log.read_text(encoding="utf-8", errors="replace")
        match = re.search(pattern, text, re.MULTILINE)
        if match:
            return match[1]
        time.sleep(0.05)
    raise BrowserError(f"it did not start: {text.strip() or 'not a word'}")


def _until_connected(port: int) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise BrowserError(f"nothing answers at port {port}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port
