"""Shows patterns.storage, files, table and picture: settings kept, and files of the visitor's own.

A table is summarised and a picture pixelated here in the page, and the results are downloaded.
"""

import math
from typing import TYPE_CHECKING

from patterns.dom import Element, clear, download, element, field, next_paint, update
from patterns.events import Handlers
from patterns.files import FileError, LocalFile, file_chooser
from patterns.numbers import written
from patterns.picture import as_png, open_picture, paint, pixelate
from patterns.storage import Settings, StorageError, Value
from patterns.table import Summary, Table, TableError, parse_table, summarise, write_table

if TYPE_CHECKING:
    from patterns.picture import Pixels

# More would keep a phone busy for too long.
LARGEST_TABLE = 10_000_000
LARGEST_PICTURE = 50_000_000
LONGEST_SIDE = 1200
LARGEST_BLOCK = 64

DEFAULTS: dict[str, Value] = {"prefix": "", "block": 16, "visits": 0}

SAMPLE = """\
planet,radius in km,day in h,moons
Mercury,2439.7,4222.6,0
Venus,6051.8,2802,0
Earth,6371,24,1
Mars,3389.5,24.7,2
Jupiter,69911,9.9,97
Saturn,58232,10.7,274
Uranus,25362,17.2,28
Neptune,24622,16.1,16
"""

SUMMARY_COLUMNS = ("Column", "Values", "Missing", "Mean", "SD", "Min", "Median", "Max")


async def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page."""
    settings = KeptSettings(handlers)
    table = SummaryExample(settings, handlers)
    picture = PixelationExample(settings, handlers)

    async def forget() -> None:
        await settings.forget()
        picture.set_block(settings.block)

    handlers.on(settings.forgetting, "click", forget)
    root.append(
        element("h1", "Storage and files"),
        element(
            "p",
            "Your files are opened and worked on in this tab, and your settings stay in this "
            "browser. Nothing is uploaded: from here on, the page works without a network.",
            class_="lead",
        ),
        picture.section,
        table.section,
        settings.section,
    )
    await settings.load()
    table.show(parse_table(SAMPLE, "planets.csv"), "planets", "A sample, until you open a table.")
    picture.set_block(settings.block)
    await picture.show(sample_pixels(), "sphere", "A sample, until you open a picture.")


class KeptSettings:
    """The settings of this page, kept between visits, and the part of the page that shows them."""

    def __init__(self, handlers: Handlers) -> None:
        self._settings = Settings("files", DEFAULTS)
        self._prefix = element("input", id="prefix", autocomplete="off", maxlength=40)
        hint = element("p", "What you download starts with it.", id="prefix-hint", class_="hint")
        self._visits = element("p", id="visits")
        self._status = element("p", id="settings-status", role="status")
        self.forgetting = element("button", "Forget my settings", type="button")
        self.section = element(
            "section",
            element("h2", "Settings, kept between visits"),
            element(
                "div",
                field("Start of file names", self._prefix, hint),
                self.forgetting,
                class_="row settings",
            ),
            self._visits,
            self._status,
            class_="example",
        )
        typed = handlers.debounced(0.4, self._keep_prefix)
        handlers.on(self._prefix, "input", typed)

    @property
    def block(self) -> int:
        """How many pixels long the side of a block is."""
        return int(str(self._settings["block"]))

    def file_name(self, name: str) -> str:
        """Return the name that a file is downloaded by."""
        return f"{self._prefix.value}{name}"

    async def load(self) -> None:
        """Look up what is kept, and count this visit."""
        try:
            await self._settings.load()
            await self._settings.keep(visits=int(str(self._settings["visits"])) + 1)
        except StorageError as error:
            self._tell(str(error), failed=True)
        self._show()

    async def keep(self, name: str, **changes: str | int) -> None:
        """Change what the visitor knows as ``name``, and say whether it is kept."""
        try:
            await self._settings.keep(**changes)
        except StorageError as error:
            self._tell(str(error), failed=True)
        else:
            self._tell(f"{name}: kept for your next visit.")

    async def forget(self) -> None:
        """Go back to the defaults, and say so."""
        try:
            await self._settings.forget()
        except StorageError as error:
            self._tell(str(error), failed=True)
        else:
            self._tell("Forgotten.")
        self._show()

    async def _keep_prefix(self) -> None:
        await self.keep("Start of file names", prefix=str(self._prefix.value))

    def _show(self) -> None:
        update(self._prefix, value=str(self._settings["prefix"]))
        update(self._visits, text=f"Visits to this page so far: {self._settings['visits']}")

    def _tell(self, message: str, *, failed: bool = False) -> None:
        update(self._status, text=message, class_="bad" if failed else None)


class PixelationExample:
    """A picture, the blocks that it is shown in, and the file of that."""

    def __init__(self, settings: KeptSettings, handlers: Handlers) -> None:
        self._settings = settings
        self._name = ""
        self._pixels: Pixels | None = None
        self._status = element("p", id="picture-status", role="status")
        self._canvas = element("canvas", role="img", aria_label="No picture yet")
        self._slider = element(
            "input", type="range", id="block", min=1, max=LARGEST_BLOCK, value=settings.block
        )
        self._block_said = element("p", id="block-said", class_="hint")
        downloading = element("button", "Download PNG", type="button")
        self.section = element(
            "section",
            element("h2", "Pixelate a picture"),
            file_chooser(handlers, "picture", "Open a picture", "image/*", self._open),
            self._status,
            field("Size of a block", self._slider, self._block_said),
            element("div", self._canvas, class_="picture"),
            element("p", downloading),
            class_="example",
        )
        handlers.on(self._slider, "input", handlers.debounced(0, self._draw))
        handlers.on(self._slider, "change", self._keep_block)
        handlers.on(downloading, "click", self._save)

    def set_block(self, block: int) -> None:
        """Put the slider at ``block`` pixels."""
        update(self._slider, value=block)
        self._draw()

    async def show(self, pixels: "Pixels", name: str, words: str) -> None:
        """Show a picture, in blocks, by its name, and say ``words`` of it."""
        self._pixels, self._name = pixels, name
        self._draw()
        update(self._status, text=words, class_=None)

    async def _open(self, file: LocalFile) -> None:
        update(self._status, text=f"Reading {file.name} ...", class_=None)
        try:
            file.refuse_above(LARGEST_PICTURE)
            picture = await open_picture(file, longest=LONGEST_SIDE)
        except FileError as error:
            update(self._status, text=str(error), class_="bad")
            return
        height, width = picture.pixels.shape[:2]
        words = f"{file.name}: {figure(width)} \N{MULTIPLICATION SIGN} {figure(height)} pixels"
        if (width, height) != (picture.file_width, picture.file_height):
            former = f"{figure(picture.file_width)} \N{MULTIPLICATION SIGN} "
            words += f", scaled down from {former}{figure(picture.file_height)}"
        await self.show(picture.pixels, file.stem, f"{words}.")

    def _draw(self) -> None:
        block = int(self._slider.value)
        said = "1 pixel: as it is" if block == 1 else f"{block} pixels"
        update(self._block_said, text=said)
        update(self._slider, aria_valuetext=said)
        if self._pixels is not None:
            paint(self._canvas, pixelate(self._pixels, block))
            update(self._canvas, aria_label=f"{self._name}, in blocks of {said}")

    async def _keep_block(self) -> None:
        await self._settings.keep("Size of a block", block=int(self._slider.value))

    async def _save(self) -> None:
        name = self._settings.file_name(f"{self._name}-pixelated.png")
        download(await as_png(self._canvas), name, "image/png")


class SummaryExample:
    """A table that the visitor opens, the summary of its columns, and the file of that."""

    def __init__(self, settings: KeptSettings, handlers: Handlers) -> None:
        self._settings = settings
        self._name = ""
        self._summaries: list[Summary] = []
        self._status = element("p", id="table-status", role="status")
        self._place = element("div", id="summary")
        self._downloading = element("button", "Download CSV", type="button")
        self.section = element(
            "section",
            element("h2", "Summarise a table"),
            file_chooser(handlers, "table", "Open a table", ".csv,.tsv,.txt,text/csv", self._open),
            self._status,
            self._place,
            element("p", self._downloading),
            class_="example",
        )
        handlers.on(self._downloading, "click", self._save)

    def show(self, table: Table, name: str, words: str) -> None:
        """Show the summary of a table, and say ``words`` of it."""
        self._name = name
        self._summaries = summarise(table)
        clear(self._place)
        update(self._status, text=words, class_=None)
        update(self._downloading, disabled=not self._summaries)
        if self._summaries:
            self._place.append(summary_table(self._summaries))

    async def _open(self, file: LocalFile) -> None:
        update(self._status, text=f"Reading {file.name} ...", class_=None)
        await next_paint()
        try:
            table = parse_table(await file.read_text(at_most=LARGEST_TABLE), file.name)
        except (FileError, TableError) as error:
            update(self._status, text=str(error), class_="bad")
            return
        words = f"{file.name}: {figure(len(table.rows))} rows, {len(table.columns)} columns."
        self.show(table, file.stem, words)
        if not self._summaries:
            update(self._status, text=f"{words} None of them holds numbers only.", class_="bad")

    def _save(self) -> None:
        name = self._settings.file_name(f"{self._name}-summary.csv")
        download(write_table(SUMMARY_COLUMNS, self._summaries), name, "text/csv")


def summary_table(summaries: list[Summary]) -> Element:
    """Return a table with a row for each column that was summarised."""
    head = element("tr", [element("th", title, scope="col") for title in SUMMARY_COLUMNS])
    body = [
        element(
            "tr",
            element("th", summary.column, scope="row", dir="auto"),
            [element("td", figure(number)) for number in summary[1:]],
        )
        for summary in summaries
    ]
    cells = element("table", element("thead", head), element("tbody", body), class_="statistics")
    return element("div", cells, class_="scroll", tabindex=0, role="region", aria_label="Summary")


def figure(number: float) -> str:
    """Return a number as the visitor's language writes it, to six digits; a dash for none."""
    return "\N{EN DASH}" if math.isnan(number) else written(number, digits=6)


def sample_pixels() -> "Pixels":
    """Return the picture to start with: a sphere, lit from the upper left (Lambert's law)."""
    import numpy as np

    y, x = np.mgrid[-1:1:480j, -1.5:1.5:720j] * 1.25
    z = np.sqrt(np.clip(1 - x**2 - y**2, 0, None))
    light = np.clip(-0.5 * x - 0.6 * y + 0.62 * z, 0.04, None)[..., None]
    sky = np.array([22, 34, 52]) + (y[..., None] + 1.25) * np.array([30, 20, 4])
    ball = np.array([92, 168, 176]) * light + 60 * light**8
    colour = np.where(z[..., None] > 0, ball, sky)
    opaque = np.full((*z.shape, 1), 255)
    return np.asarray(np.concatenate([colour, opaque], axis=2).clip(0, 255), np.uint8)
