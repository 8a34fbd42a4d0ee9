import base64
import io
import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from numpy.typing import NDArray
from playwright.sync_api import FilePayload, Locator, Page, Request, expect
from pyscript_kit.testing import App

METALS = "name;mass in u;melts in K\nFe;55,845;1811\nNi;58,693;1728\nHg;200,592;\n"

DROP = """async ([selector, name, type, content]) => {
  const files = new DataTransfer();
  const bytes = typeof content === "number" ? new Uint8Array(content) : new Uint8Array(content);
  files.items.add(new File([bytes], name, { type }));
  const target = document.querySelector(selector);
  const refused = (kind) =>
    !target.dispatchEvent(
      new DragEvent(kind, { dataTransfer: files, bubbles: true, cancelable: true }),
    );
  const highlighted = refused("dragover") && target.closest(".drop.over") !== null;
  return { highlighted, kept: refused("drop") };
}"""


@pytest.fixture
def page(app: App) -> Page:
    app.open("files")
    return app.page


@pytest.fixture
def canvas(page: Page) -> Locator:
    canvas = page.get_by_role("main").locator("canvas")
    expect(canvas).to_have_accessible_name("sphere, in blocks of 16 pixels")
    return canvas


def png(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG file of pixels of shape (height, width, 4)."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)

    height, width = pixels.shape[:2]
    rows = np.insert(pixels.reshape(height, -1), 0, 0, axis=1)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows.tobytes(), 1))
        + chunk(b"IEND", b"")
    )


def chessboard(height: int, width: int) -> NDArray[np.uint8]:
    """Pixels that are black and white in turn."""
    pixels = np.full((height, width, 4), 255, np.uint8)
    pixels[..., :3] *= (np.indices((height, width)).sum(axis=0) % 2 == 0)[..., None]
    return pixels


def picture(name: str, pixels: NDArray[np.uint8]) -> FilePayload:
    return {"name": name, "mimeType": "image/png", "buffer": png(pixels)}


def table(name: str, content: str | bytes) -> FilePayload:
    buffer = content if isinstance(content, bytes) else content.encode()
    return {"name": name, "mimeType": "text/csv", "buffer": buffer}


def shown(canvas: Locator) -> NDArray[np.uint8]:
    """The colours on a canvas."""
    _, content = str(canvas.evaluate("canvas => canvas.toDataURL()")).split(",")
    return colours(base64.b64decode(content))


def colours(file: bytes) -> NDArray[np.uint8]:
    """The colours in a PNG file, of shape (height, width, 3)."""
    pixels: NDArray[np.float32] = imread(io.BytesIO(file))
    return np.rint(pixels[..., :3] * 255).astype(np.uint8)


def summary(page: Page) -> list[list[str]]:
    """The cells of the summary, row by row."""
    rows = page.get_by_role("region", name="Summary").locator("tbody tr").all()
    return [row.locator("th, td").all_inner_texts() for row in rows]


def saved(page: Page, button: str) -> tuple[str, bytes]:
    """What a button saves: the file's name and content."""
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


# ------------------------------------------------------------------ pictures


def test_the_page_starts_with_a_sample(page: Page, canvas: Locator) -> None:
    expect(page.locator("#picture-status")).to_have_text("A sample, until you open a picture.")
    pixels = shown(canvas)
    assert pixels.shape == (480, 720, 3)
    assert (pixels[:16, :16] == pixels[0, 0]).all()
    assert len(np.unique(pixels[::16, ::16].reshape(-1, 3), axis=0)) > 100


def test_a_picture_is_pixelated_by_keyboard_and_downloaded(page: Page, canvas: Locator) -> None:
    page.get_by_label("Open a picture").set_input_files(picture("board.png", chessboard(6, 9)))
    expect(page.locator("#picture-status")).to_have_text(
        "board.png: 9 \N{MULTIPLICATION SIGN} 6 pixels."
    )

    slider = page.get_by_label("Size of a block")
    slider.focus()
    slider.press("Home")
    expect(canvas).to_have_accessible_name("board, in blocks of 1 pixel: as it is")
    assert (shown(canvas) == chessboard(6, 9)[..., :3]).all()
    slider.press("ArrowRight")
    expect(canvas).to_have_accessible_name("board, in blocks of 2 pixels")
    expect(slider).to_have_attribute("aria-valuetext", "2 pixels")

    means = shown(canvas)
    assert (np.abs(means[:, :8].astype(int) - 127.5) <= 0.5).all()
    name, content = saved(page, "Download PNG")
    assert name == "board-pixelated.png"
    assert content.startswith(b"\x89PNG")
    assert (colours(content) == means).all()
    slider.fill("16")


def test_a_picture_can_be_dropped(page: Page, canvas: Locator) -> None:
    content = list(png(chessboard(4, 4)))
    done = page.evaluate(DROP, ["#picture", "dropped.png", "image/png", content])

    assert done == {"highlighted": True, "kept": True}
    expect(canvas).to_have_accessible_name("dropped, in blocks of 16 pixels")
    expect(page.locator(".over")).to_have_count(0)
    # The control names what is open, also after a drop.
    assert page.locator("#picture").evaluate("input => input.files[0].name") == "dropped.png"


def test_what_is_no_picture_is_refused_in_words(page: Page, canvas: Locator) -> None:
    page.get_by_label("Open a picture").set_input_files(
        {"name": "notes.png", "mimeType": "image/png", "buffer": b"not a picture"}
    )

    expect(page.locator("#picture-status")).to_have_text(
        "notes.png is not a picture that this browser can read, or is too large."
    )
    expect(canvas).to_have_accessible_name("sphere, in blocks of 16 pixels")


def test_a_table_is_summarised_and_downloaded(page: Page) -> None:
    page.get_by_label("Open a table").set_input_files(table("metals.csv", METALS))

    expect(page.locator("#table-status")).to_have_text("metals.csv: 3 rows, 3 columns.")
    assert summary(page) == [
        ["mass in u", "3", "0", "105.043", "82.7598", "55.845", "58.693", "200.592"],
        ["melts in K", "2", "1", "1,769.5", "58.6899", "1,728", "1,769.5", "1,811"],
    ]
    name, content = saved(page, "Download CSV")
    assert name == "metals-summary.csv"
    head, mass, _ = content.decode().splitlines()
    assert head == "Column,Values,Missing,Mean,SD,Min,Median,Max"
    assert mass.startswith("mass in u,3,0,105.043333")


def test_what_a_table_says_stays_text(page: Page) -> None:
    page.get_by_label("Open a table").set_input_files(table("t.csv", "<b>x</b>\n1\n"))
    expect(page.get_by_role("rowheader", name="<b>x</b>")).to_be_visible()


# ------------------------------------------------------------------ files in general


def test_nothing_is_uploaded(app: App, page: Page, canvas: Locator) -> None:
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))
    page.get_by_label("Open a picture").set_input_files(picture("a.png", chessboard(4, 4)))
    expect(canvas).to_have_accessible_name(re.compile("^a,"))
    saved(page, "Download PNG")
    page.get_by_label("Open a table").set_input_files(table("metals.csv", METALS))
    expect(page.locator("#table-status")).to_contain_text("metals.csv")
    saved(page, "Download CSV")

    # Parts of the runtime may still come.
    ours = ("blob:", f"{app.origin}/runtime/")
    assert [each.url for each in requests if not each.url.startswith(ours)] == []
    assert {each.method for each in requests} <= {"GET"}
