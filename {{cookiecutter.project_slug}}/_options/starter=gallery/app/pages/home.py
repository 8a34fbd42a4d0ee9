"""The first page: what this app is, and a card with a live picture for each of the others."""

import asyncio
import math
import platform
import random
from collections.abc import Callable

from pages import PAGES, Page
from patterns.dom import Element, element, find, find_all, update, window
from patterns.events import Handlers
from patterns.fetch import FetchError, get_json
from patterns.numbers import written
from patterns.packages import runtime_packages
from patterns.sketch import Sketch

WIDTH, HEIGHT = 160, 80


def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page."""
    motion = Motion(handlers)
    root.append(
        element("h1", str(find("#app-name").textContent), dir="auto"),
        element(
            "p",
            "Everything here is Python, running in this tab: no server computes anything. Each "
            "page shows one pattern at work, with the code to copy from. The pictures below are "
            "drawn by Python while you look at them.",
            class_="lead",
        ),
        motion.switch,
        element("ul", [card(page, motion, handlers) for page in others()], class_="cards"),
        element("h2", "Where to start editing"),
        element(
            "p",
            "This page is ",
            element("code", "app/pages/home.py"),
            "; its name and its place in the navigation stand in ",
            element("code", "app/pages/__init__.py"),
            ". Write a page from the modules in ",
            element("code", "app/patterns"),
            ", or delete a page with its line in that table.",
        ),
        element("p", f"Python {platform.python_version()} on {platform.system()}.", class_="note"),
    )


def others() -> list[Page]:
    """Return all pages but this one, which may stand anywhere in the table."""
    return [page for page in PAGES if __name__ != f"pages.{page.route}"]


def card(page: Page, motion: "Motion", handlers: Handlers) -> Element:
    """Return the list item that leads to a page."""
    picture = element("div", class_="sketch", aria_hidden=True)
    draw = PICTURES.get(page.route)
    if draw:
        draw(picture, handlers)
    if page.route in MOVING:
        motion.add(MOVING[page.route](picture))
    link = element("a", page.title, href=f"#/{page.route}")
    return element("li", picture, element("h2", link), element("p", page.summary), class_="card")


def elements_on_page(picture: Element, handlers: Handlers) -> None:
    """Count the page's elements once all of them stand."""

    async def count() -> None:
        await asyncio.sleep(0)
        update(picture, text=f"{written(len(find_all('#page *')))} elements")

    handlers.start(count())


def pointer(picture: Element, handlers: Handlers) -> None:
    """Follow the visitor's pointer."""
    sketch = Sketch(WIDTH, HEIGHT)
    picture.append(sketch.element)

    def follow(x: float, y: float) -> None:
        sketch.clear()
        sketch.line([(x, 0), (x, HEIGHT)], "faint")
        sketch.line([(0, y), (WIDTH, y)], "faint")
        sketch.dot(x, y, 5)

    def moved(event: object) -> None:
        across = event.clientX / window.innerWidth  # type: ignore[attr-defined]
        down = event.clientY / window.innerHeight  # type: ignore[attr-defined]
        follow(across * WIDTH, down * HEIGHT)

    follow(WIDTH * 0.62, HEIGHT * 0.4)
    handlers.on(window, "pointermove", moved)


def answer(picture: Element, handlers: Handlers) -> None:
    """Fetch a file and show what came."""

    async def ask() -> None:
        try:
            planets = await get_json("./data/planets.json")
        except FetchError as error:
            update(picture, text=str(error))
        else:
            update(picture, text=f"200 OK, {type(planets).__name__} of {len(planets)}")

    update(picture, text="GET ...")
    handlers.start(ask())


def bell(picture: Element) -> "Draw":
    """Draw a normal density whose mean wanders."""
    sketch = Sketch(WIDTH, HEIGHT)
    picture.append(sketch.element)

    def draw(second: float) -> None:
        mu = WIDTH / 2 + 35 * math.sin(second)
        points = [
            (x, HEIGHT - 8 - 62 * math.exp(-(((x - mu) / 24) ** 2) / 2)) for x in range(0, 161, 4)
        ]
        sketch.clear()
        sketch.line([(0, HEIGHT - 8), (WIDTH, HEIGHT - 8)], "faint")
        sketch.line(points)

    return draw


def fall(picture: Element, _handlers: Handlers) -> None:
    """Draw a decay."""
    sketch = Sketch(WIDTH, HEIGHT)
    sketch.line([(0, HEIGHT - 8), (WIDTH, HEIGHT - 8)], "faint")
    sketch.line([(x, HEIGHT - 8 - 62 * 0.5 ** (x / 32)) for x in range(0, 161, 4)])
    picture.append(sketch.element)


def cloud(picture: Element, _handlers: Handlers) -> None:
    """Scatter correlated points."""
    sketch = Sketch(WIDTH, HEIGHT)
    for _ in range(90):
        x, noise = random.gauss(0, 1), random.gauss(0, 0.5)
        sketch.dot(WIDTH / 2 + 26 * x, HEIGHT / 2 - 14 * (0.8 * x + noise), 1.6)
    picture.append(sketch.element)


def words(text: str) -> Callable[[Element, Handlers], None]:
    """Return what writes a text that no visit changes."""
    return lambda picture, _handlers: update(picture, text=text)


def window_size(picture: Element, handlers: Handlers) -> None:
    """Read the window's size from JavaScript, whenever it changes."""

    def measure() -> None:
        update(picture, text=f"window: {int(window.innerWidth)} x {int(window.innerHeight)}")

    update(picture, data_prerender="no")  # another visitor's window is another one
    measure()
    handlers.on(window, "resize", measure)


def greeting(picture: Element, _handlers: Handlers) -> None:
    """Have JavaScript call a Python function for each element of an array."""
    squares = window.Array.new(1, 2, 3, 4).map(lambda number, *_: number**2)
    update(picture, text=f"map(square): {squares.join(', ')}")


def package_count(picture: Element, _handlers: Handlers) -> None:
    """Count what the runtime brings along."""
    update(picture, text=f"{written(len(runtime_packages()))} packages")


def prompt(picture: Element, _handlers: Handlers) -> None:
    """Evaluate an expression."""
    source = "sum(range(101))"
    update(picture, text=f">>> {source}\n{eval(source)}")  # noqa: S307 - our own source


def progress(picture: Element) -> "Draw":
    """Draw jobs that go on beside each other."""
    sketch = Sketch(WIDTH, HEIGHT)
    picture.append(sketch.element)

    def draw(second: float) -> None:
        sketch.clear()
        for row in range(4):
            share = (0.35 + 0.21 * row + second * (0.05 + 0.03 * row)) % 1
            sketch.box(16, 12 + 16 * row, 128, 8, "faint-fill")
            sketch.box(16, 12 + 16 * row, 128 * share, 8)

    return draw


def mosaic(picture: Element, _handlers: Handlers) -> None:
    """Pixelate a ring."""
    sketch = Sketch(WIDTH, HEIGHT)
    for x in range(5, WIDTH, 10):
        for y in range(5, HEIGHT, 10):
            away = abs(math.hypot(x - WIDTH / 2, y - HEIGHT / 2) - 24) / 24
            sketch.box(x - 4.5, y - 4.5, 9, 9, opacity=max(0.08, 1 - away))
    picture.append(sketch.element)


PICTURES: dict[str, Callable[[Element, Handlers], None]] = {
    "dom": elements_on_page,
    "events": pointer,
    "fetch": answer,
    "decay": fall,
    "plots": cloud,
    "script": words('input("Mass? ")'),
    "javascript": window_size,
    "python": greeting,
    "packages": package_count,
    "repl": prompt,
    "files": mosaic,
    "pyscript": words('@when("click")'),
    "camera": words("(480, 640, 3)"),
    "socket": words("wss://"),
}


# Pictures that go on moving: each is drawn for the seconds that have passed.
Draw = Callable[[float], None]
MOVING: dict[str, Callable[[Element], Draw]] = {"plot": bell, "worker": progress}


class Motion:
    """Moves pictures, until the visitor stops them, or only once one who likes less motion asks."""

    def __init__(self, handlers: Handlers) -> None:
        self._handlers = handlers
        self._pictures: list[Draw] = []
        self._second = 0.0
        self._running: asyncio.Task[None] | None = None
        self._button = element("button", "Move the pictures", type="button", aria_pressed=False)
        self.switch = element("p", self._button, hidden=True)
        handlers.on(self._button, "click", self._turn)

    def add(self, draw: Draw) -> None:
        """Draw a picture, and move it from now on with the others."""
        draw(self._second)
        self._pictures.append(draw)
        if len(self._pictures) == 1:
            update(self.switch, hidden=False)
            if not window.matchMedia("(prefers-reduced-motion: reduce)").matches:
                self._turn()

    def _turn(self) -> None:
        if self._running is None:
            self._running = self._handlers.start(self._move())
        else:
            self._running.cancel()
            self._running = None
        update(self._button, aria_pressed=self._running is not None)

    async def _move(self) -> None:
        while True:
            await asyncio.sleep(0.1)
            if not window.document.hidden:
                self._second += 0.1
                for draw in self._pictures:
                    draw(self._second)
