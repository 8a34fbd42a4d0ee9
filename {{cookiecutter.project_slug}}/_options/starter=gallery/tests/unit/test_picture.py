import asyncio
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from patterns.picture import as_png, pixelate

Pixels = NDArray[np.uint8]


def noise(height: int, width: int, *, opaque: bool = False) -> Pixels:
    pixels = np.random.default_rng(7).integers(0, 256, (height, width, 4), np.uint8)
    if opaque:
        pixels[..., 3] = 255
    return pixels


@pytest.mark.parametrize("size", [(12, 12), (13, 10), (3, 40), (1, 1)])
@pytest.mark.parametrize("block", [1, 4, 5, 64])
def test_every_block_has_its_mean_colour(size: tuple[int, int], block: int) -> None:
    pixels = noise(*size, opaque=True)

    result = pixelate(pixels, block)

    assert result.shape == pixels.shape
    assert result.dtype == np.uint8
    for top in range(0, size[0], block):
        for left in range(0, size[1], block):
            square = np.s_[top : top + block, left : left + block]
            mean = pixels[square].reshape(-1, 4).mean(axis=0)
            assert np.abs(result[square] - mean).max() <= 0.51


def test_transparent_pixels_lend_no_colour() -> None:
    pixels = np.array([[[200, 100, 50, 255], [0, 0, 0, 0]]], np.uint8)
    assert pixelate(pixels, 2).tolist() == [[[200, 100, 50, 128]] * 2]


def test_nothing_visible_stays_invisible() -> None:
    assert pixelate(np.zeros((4, 4, 4), np.uint8), 3).max() == 0


def test_the_picture_itself_is_left_as_it_is() -> None:
    pixels = noise(9, 9)
    before = pixels.copy()
    pixelate(pixels, 2)
    assert (pixels == before).all()


class SlowCanvas:
    """A canvas whose file is ready when the test says so."""

    def toBlob(self, ready: Any, media_type: str) -> None:  # noqa: N802 - the browser's name
        self.ready = ready
        assert media_type == "image/png"


def test_a_file_that_nobody_waits_for_any_more_is_let_go() -> None:
    canvas: Any = SlowCanvas()

    async def leave_before_it_is_ready() -> bool:
        saving = asyncio.ensure_future(as_png(canvas))
        await asyncio.sleep(0)
        saving.cancel()
        await asyncio.wait([saving])
        canvas.ready("a blob")
        return saving.cancelled()

    assert asyncio.run(leave_before_it_is_ready())
