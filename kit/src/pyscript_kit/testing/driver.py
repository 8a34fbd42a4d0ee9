"""Drives the app as a visitor would, and notes everything that a visitor should never see.

    def test_a_lost_file_is_reported(app: App) -> None:
        app.lose("data/planets.json")
        app.expect_errors("planets.json.* 404")
        app.open("planets")
        expect(app.page.get_by_role("status")).to_contain_text("404")

An App is one tab. It notes every console error, uncaught exception, failed request and request to
another origin; a test that causes one on purpose announces it with `expect_errors`.
"""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Route, expect
from playwright.sync_api import Error as PlaywrightError

# A test that fails shows its own lines.
__tracebackhide__ = True

_STARTED = "['ready', 'failed'].includes(document.documentElement?.dataset.app)"

_RUN_PYTHON = """async (code) => {
  const script = document.querySelector("script[data-pyscript]");
  const { whenDefined } = await import(script.dataset.pyscript || script.src);
  const { interpreter } = await whenDefined("py");
  const result = interpreter.runPython(code);
  return result?.toJs ? result.toJs() : result;
}"""

_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
}


class App:
    """The app in one tab of its own."""

    def __init__(self, context: BrowserContext, origin: str, cdn: dict[str, Path]) -> None:
        self.origin = origin
        self.context = context
        self.console: list[str] = []
        self._problems: list[str] = []
        self._given_up: list[str] = []
        self._expected: list[str] = []
        self._cdn = cdn
        context.route(lambda url: not self._is_own(url), self._answer_outside)
        self.page: Page = context.new_page()
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self._problems.append(f"uncaught: {error}"))
        self.page.on("requestfailed", self._note_failed_request)
        self._count_requests()

    @property
    def state(self) -> str | None:
        """The state that the page reports: "booting", "ready" or "failed"."""
        return self.page.locator("html").get_attribute("data-app")

    def go(self, route: str = "") -> None:
        """Load the document at a route, and do not wait for Python."""
        self.page.goto(f"{self.origin}/#/{route}", wait_until="commit")

    def boot(self, route: str = "", state: str = "ready") -> None:
        """Load the document at a route, and wait until it is ``state``."""
        self.go(route)
        self.wait_for_start(state)

    def boot_anew(self, route: str = "", state: str = "ready") -> None:
        """Boot at a route in this tab once more, as a link from elsewhere would."""
        self.page.goto("about:blank")
        self.boot(route, state)

    def wait_for_start(self, state: str = "ready") -> None:
        """Wait until the start is over, and assert how it ended."""
        self.wait_until(_STARTED, seconds=90)
        said = "\n".join(self.console)
        assert self.state == state, f"The app is {self.state}, not {state}. Its console:\n{said}"

    def wait_until(self, expression: str, *, seconds: float = 30) -> None:
        """Wait until a JavaScript expression is true, or the promise of it.

        Unlike Playwright's `wait_for_function`, it works where a policy forbids eval.
        """
        deadline = time.monotonic() + seconds
        while not self._evaluate(expression):
            assert time.monotonic() < deadline, f"Not true within {seconds} s: {expression}"
            self.page.wait_for_timeout(20)

    def _evaluate(self, expression: str) -> Any:
        try:
            return self.page.evaluate(expression)
        except PlaywrightError as error:
            # Between two documents nothing answers.
            if "context was destroyed" not in str(error):
                raise
            return None

    def wait_for_quiet(self, *, seconds: float = 1) -> None:
        """Wait until nothing has been fetched for a while, by any thread of the page."""
        deadline = time.monotonic() + 60
        while self._under_way or time.monotonic() - self._last_request < seconds:
            assert time.monotonic() < deadline, f"Still fetching: {sorted(self._under_way)}"
            self.page.wait_for_timeout(50)

    def _count_requests(self) -> None:
        self._under_way: list[str] = []
        self._last_request = time.monotonic()

        def began(request: Request) -> None:
            if request.resource_type != "eventsource":  # which has no end
                self._under_way.append(request.url)

        def ended(request: Request) -> None:
            self._last_request = time.monotonic()
            if request.url in self._under_way:
                self._under_way.remove(request.url)

        self.page.on("request", began)
        self.page.on("requestfinished", ended)
        self.page.on("requestfailed", ended)

    def open(self, route: str) -> None:
        """Mount a page again, in the running app."""
        if self.page.locator("#page").get_attribute("data-route") == route:
            self.follow("-")
        self.follow(route)

    def follow(self, route: str) -> None:
        """Go to a route, as a link would, and wait until its page is shown."""
        self.page.evaluate("route => { location.hash = `#/${route}`; }", route)
        self.wait_for_page(route)

    def wait_for_page(self, route: str) -> None:
        """Wait until the page of a route is shown."""
        page = self.page.locator(f'#page[data-route="{route}"][aria-busy="false"]')
        expect(page).to_be_attached()

    def python(self, code: str) -> Any:
        """Run Python in the app and return the last expression's value."""
        return self.page.evaluate(_RUN_PYTHON, code)

    def serve(self, path: str, text: str) -> None:
        """Answer requests for a file of the app with a text of the test's own."""
        self.page.route(f"{self.origin}/{path}", lambda route: route.fulfill(body=text))

    def lose(self, path: str) -> None:
        """Answer requests for a file of the app, wherever it comes from, with 404."""
        self.page.route(f"**/{path}", lambda route: route.fulfill(status=404, body="not found"))

    def hold(self, path: str) -> "Held":
        """Leave requests for a file unanswered, until what is returned says how to answer them."""
        held = Held()
        self.page.route(f"**/{path}", held.take)
        return held

    def load_at_start(self, *packages: str) -> None:
        """Have PyScript load packages before the first page, whatever the app configures."""

        def answer(route: Route) -> None:
            response = route.fetch()
            own = re.sub(r"^packages = .*$", "", response.text(), flags=re.MULTILINE)
            route.fulfill(response=response, body=f"packages = {json.dumps(packages)}\n{own}")

        self.page.route(f"{self.origin}/pyscript.toml", answer)

    @property
    def booted_from(self) -> str | None:
        """What the loader says that Python was booted from: "packages", "base", "bytecode", "off"
        or "failed"; None where the runtime comes without a loader."""
        return self.page.locator("html").get_attribute("data-preboot")

    def said_by_loader(self) -> list[str]:
        """The loader's lines in the console."""
        return [line for line in self.console if "preboot:" in line]

    def manifest(self) -> Any:
        """What the loader boots from, as its host has it; None where that is not a snapshot."""
        answer = self.context.request.get(f"{self.origin}/runtime/preboot/manifest.mjs")
        text = answer.text().partition("\n")[0]
        return json.loads(text.removeprefix("export default ").rstrip().removesuffix(";"))

    def use_caches(self) -> None:
        """Have the browser use its caches, as it does only without routes. Does nothing where the
        runtime comes from a CDN, which needs routes."""
        if not self._cdn:
            self.context.unroute_all()

    def wait_until_kept(self) -> None:
        """Wait until the service worker of a built site has all that the app starts from."""
        self.wait_until("navigator.serviceWorker.ready.then(({ active }) => Boolean(active))")
        self.wait_until("Boolean(navigator.serviceWorker.controller)")

    def tidy(self) -> None:
        """Leave a running app as other tests expect it: without this test's routes, and without
        an error panel."""
        self.page.unroute_all()
        for button in self.page.locator("#error-dismiss:visible").all():
            button.click()

    def expect_errors(self, *patterns: str) -> None:
        """Announce problems by regular expressions: each has to occur, and no others may."""
        self._expected.extend(patterns)

    def settle_problems(self) -> list[str]:
        """Return unannounced problems, and announced ones that did not occur; start again."""
        # What the browser has said so far arrives before the answer to this.
        self.page.locator("html").get_attribute("lang")
        problems, self._problems = self._problems, []
        given_up, self._given_up = self._given_up, []
        expected, self._expected = self._expected, []
        unannounced = [
            problem
            for problem in problems
            if not any(re.search(pattern, problem) for pattern in expected)
        ]
        missed = [
            f"expected, but did not occur: {pattern}"
            for pattern in expected
            if not any(re.search(pattern, problem) for problem in problems + given_up)
        ]
        return unannounced + missed

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            self.console.append(f"{message.type}: {message.text}")
            return
        said = f"{message.text} ({message.location.get('url', '')})"
        self.console.append(f"error: {said}")
        self._problems.append(f"console: {said}")

    def _note_failed_request(self, request: Request) -> None:
        # A page that is left cancels its requests: that is the app's doing, and not a failure.
        given_up = request.failure == "net::ERR_ABORTED"
        notes = self._given_up if given_up else self._problems
        notes.append(f"request failed: {request.url} {request.failure}")

    def _is_own(self, url: str) -> bool:
        return url.startswith((f"{self.origin}/", "blob:", "data:"))

    def _answer_outside(self, route: Route) -> None:
        url = route.request.url
        file = self._cdn.get(url)
        if file is None:
            self._problems.append(f"request to another origin: {url}")
            route.abort("namenotresolved")
            return
        headers = {
            "access-control-allow-origin": "*",
            "cross-origin-resource-policy": "cross-origin",
            "timing-allow-origin": "*",
        }
        suffix = Path(url).suffix
        content_type = _TYPES.get(suffix, "application/octet-stream")
        route.fulfill(body=file.read_bytes(), content_type=content_type, headers=headers)


class Held:
    """Requests for one file, which may come more than once, and what becomes of them all."""

    def __init__(self) -> None:
        self._waiting: list[Route] = []
        self._answer: Callable[[Route], None] | None = None

    def __len__(self) -> int:
        """Return how many requests wait."""
        return len(self._waiting)

    def take(self, route: Route) -> None:
        """Hold a request; let it go if that is decided already."""
        if self._answer:
            self._answer(route)
        else:
            self._waiting.append(route)

    def abort(self) -> None:
        """Break off all of them, those that are still to come too."""
        self._let_go(lambda route: route.abort())

    def release(self) -> None:
        """Have all of them answered as if nobody had held them, those to come too."""
        # On a CDN the route behind this one answers, out of the cache.
        self._let_go(lambda route: route.fallback())

    def _let_go(self, answer: Callable[[Route], None]) -> None:
        self._answer = answer
        while self._waiting:
            answer(self._waiting.pop(0))
