"""Turns pictures into numpy arrays of pixels, and paints arrays.

The browser reads and writes the files, so every format that it knows will do. Pixels are arrays of
shape (height, width, 4): red, green, blue and alpha from 0 to 255. numpy is imported where it is
needed, so that an app without it can still import its patterns.

    picture = await open_picture(file, longest=1200)
    paint(canvas, pixelate(picture.pixels, 16))
    download(await as_png(canvas), f"{file.stem}.png", "image/png")
"""

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from pyodide.ffi import JsException, create_once_callable
from pyscript import document
from pyscript.ffi import is_none, to_js

from patterns.dom import Element, window
from patterns.files import FileError, LocalFile
from patterns.interop import shared_view

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels: TypeAlias = NDArray[np.uint8]


class PictureError(FileError):
    """A file is not a picture that the browser can read."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not a picture that this browser can read, or is too large.")


class Picture(NamedTuple):
    """The pixels of a picture, and the size in pixels that its file has."""

    pixels: "Pixels"
    file_width: int
    file_height: int


async def open_picture(file: LocalFile, *, longest: int) -> Picture:
    """Read a picture, scaled down where one of its sides has more than ``longest`` pixels.

    Raises PictureError.
    """
    try:
        bitmap = await window.createImageBitmap(file.dom_file)
    except JsException as error:
        raise PictureError(file.name) from error
    try:
        return Picture(_pixels(bitmap, longest), int(bitmap.width), int(bitmap.height))
    finally:
        bitmap.close()


def pixelate(pixels: "Pixels", block: int) -> "Pixels":
    """Give every square of ``block`` by ``block`` pixels its mean colour.

    At the right and at the bottom, what is left of a square counts as one. Transparent pixels
    weigh less, so that what they would show if they were not transparent does not show.
    """
    import numpy as np

    if block == 1:
        return pixels.copy()
    height, width = pixels.shape[:2]
    tops, lefts = np.arange(0, height, block), np.arange(0, width, block)
    weighed = pixels.astype(np.float32)
    weighed[..., :3] *= weighed[..., 3:] / 255
    sums = np.add.reduceat(np.add.reduceat(weighed, tops, axis=0), lefts, axis=1)
    counts = np.outer(np.diff(tops, append=height), np.diff(lefts, append=width))
    means = sums / counts[..., None]
    alpha = means[..., 3:]
    means[..., :3] *= np.divide(255, alpha, out=np.zeros_like(alpha), where=alpha > 0)
    colours: Pixels = np.rint(means).clip(0, 255).astype(np.uint8)
    return colours.repeat(block, axis=0)[:height].repeat(block, axis=1)[:, :width]


def paint(canvas: Element, pixels: "Pixels") -> None:
    """Show pixels on a ``<canvas>``, which takes their size."""
    import numpy as np

    height, width = pixels.shape[:2]
    canvas.width, canvas.height = width, height
    image = window.ImageData.new(width, height)
    with shared_view(np.ascontiguousarray(pixels).reshape(-1)) as view:
        image.data.set(view)
    canvas.getContext("2d").putImageData(image, 0, 0)


async def as_png(canvas: Element) -> bytes:
    """Return what a ``<canvas>`` shows as a PNG file. Raises ValueError where it shows nothing."""
    made = asyncio.get_running_loop().create_future()

    def done(blob: Any) -> None:
        # The visitor may have left the page.
        if not made.done():
            made.set_result(blob)

    canvas.toBlob(create_once_callable(done), "image/png")
    blob = await made
    if is_none(blob):
        raise ValueError("A canvas without pixels cannot be saved.")
    return bytes((await blob.arrayBuffer()).to_bytes())


def _pixels(bitmap: Any, longest: int) -> "Pixels":
    import numpy as np

    scale = min(1, longest / max(bitmap.width, bitmap.height))
    width, height = (max(1, round(side * scale)) for side in (bitmap.width, bitmap.height))
    canvas = document.createElement("canvas")
    canvas.width, canvas.height = width, height
    context = canvas.getContext("2d", to_js({"willReadFrequently": True}))
    context.imageSmoothingQuality = "high"
    context.drawImage(bitmap, 0, 0, width, height)
    content = context.getImageData(0, 0, width, height).data.to_py()
    return np.asarray(content, np.uint8).reshape(height, width, 4)
