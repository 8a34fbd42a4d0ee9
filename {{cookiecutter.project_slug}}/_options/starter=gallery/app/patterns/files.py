"""Opens files from the visitor's own machine, by a button or by drag and drop. Nothing is uploaded.

    def mount(root, handlers):
        root.append(file_chooser(handlers, "log", "Open a log", ".txt", count_lines))

    async def count_lines(file):
        try:
            text = await file.read_text(at_most=10_000_000)
        except FileError as error:
            update(status, text=str(error))
            return
        update(status, text=f"{file.name} has {len(text.splitlines())} lines.")

patterns.dom.download is the way back: a result becomes a file of the visitor's.
"""

from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from pyodide.ffi import JsException

from patterns.dom import Element, element, field, update, window
from patterns.events import Handlers


class FileError(Exception):
    """A file could not be used; the message names it and says why."""


class FileTooLargeError(FileError):
    """A file is larger than what the page can work on."""

    def __init__(self, name: str, size: int, at_most: int) -> None:
        super().__init__(
            f"{name} is too large: it has {describe_size(size)}, "
            f"and the limit is {describe_size(at_most)}."
        )


class UnreadableFileError(FileError):
    """The browser cannot read a file's content."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} could not be read: it may have been moved or changed since, or be a folder."
        )


class NotTextError(FileError):
    """A file is not text in UTF-8."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not text in UTF-8: save it as UTF-8, then open it again.")


class LocalFile:
    """A file that the visitor has chosen; it is read when asked for."""

    def __init__(self, dom_file: Any) -> None:
        self.dom_file = dom_file
        self.name = str(dom_file.name)
        self.size = int(dom_file.size)

    @property
    def stem(self) -> str:
        """The name without its ending, to name a result after it."""
        return PurePath(self.name).stem

    def refuse_above(self, at_most: int) -> None:
        """Raise FileTooLargeError where the file has more than ``at_most`` bytes."""
        if self.size > at_most:
            raise FileTooLargeError(self.name, self.size, at_most)

    async def read(self, *, at_most: int) -> bytes:
        """Return the content. Raises FileError, before reading if it has over ``at_most`` bytes."""
        self.refuse_above(at_most)
        try:
            content = await self.dom_file.arrayBuffer()
        except JsException as error:
            raise UnreadableFileError(self.name) from error
        return bytes(content.to_bytes())

    async def read_text(self, *, at_most: int) -> str:
        """Return the content as text, read as UTF-8. Raises FileError as `read` does."""
        return decode_text(await self.read(at_most=at_most), self.name)


def decode_text(content: bytes, name: str) -> str:
    """Return the text that ``content``, of the file ``name``, is in UTF-8. Raises NotTextError."""
    try:
        # Spreadsheets put a mark in front.
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotTextError(name) from error
    if "\0" in text:
        raise NotTextError(name)
    return text


def describe_size(size: int) -> str:
    """Return a number of bytes as people read it: "512 bytes", "3.4 kB", "25 MB"."""
    if size < 1000:
        return f"{size} byte" if size == 1 else f"{size} bytes"
    amount, unit = (size / 1e3, "kB") if size < 999_500 else (size / 1e6, "MB")
    return f"{amount:.1f}".removesuffix(".0") + f" {unit}"


def file_chooser(
    handlers: Handlers,
    control_id: str,
    label: str,
    accept: str,
    on_file: Callable[[LocalFile], object],
) -> Element:
    """Return a button that opens a file, in a place where one can be dropped as well.

    ``accept`` lists what the button offers, such as ".csv,text/csv" or "image/*"; anything can be
    dropped. ``on_file``, sync or async, is called with each LocalFile. The button is enough
    by itself: dropping is an extra.
    """
    control = element("input", type="file", id=control_id, accept=accept)
    hint = element("p", "Or drop one here.", id=f"{control_id}-hint", class_="hint")
    place = element("div", field(label, control, hint), class_="drop")

    def open_first(files: Any) -> object:
        return on_file(LocalFile(files.item(0)))

    def choose() -> object:
        return open_first(control.files) if control.files.length else None

    def forget() -> None:
        # So that the same file can be opened again after it has changed.
        control.value = ""

    def hover(event: Any) -> None:
        if _carries_files(event):
            event.preventDefault()
            update(place, class_="drop over")

    def leave(event: Any) -> None:
        if not place.contains(event.relatedTarget):
            update(place, class_="drop")

    def drop(event: Any) -> object:
        if not _carries_files(event):
            return None
        event.preventDefault()
        update(place, class_="drop")
        control.files = event.dataTransfer.files
        return open_first(event.dataTransfer.files)

    handlers.on(control, "click", forget)
    handlers.on(control, "change", choose)
    handlers.on(place, "dragover", hover)
    handlers.on(place, "dragleave", leave)
    handlers.on(place, "drop", drop)
    # The browser would open a file dropped beside it in place of the app.
    handlers.on(window, "dragover", _refuse_beside)
    handlers.on(window, "drop", _refuse_beside)
    return place


def _refuse_beside(event: Any) -> None:
    if _carries_files(event) and not event.defaultPrevented:
        event.preventDefault()
        event.dataTransfer.dropEffect = "none"


def _carries_files(event: Any) -> bool:
    return bool(event.dataTransfer) and bool(event.dataTransfer.types.includes("Files"))
