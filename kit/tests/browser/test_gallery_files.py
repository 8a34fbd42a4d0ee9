"""What the gallery's page of files refuses, and what becomes of settings."""

import re
import struct
import zlib
from pathlib import Path

import pytest
from pages import PAGES
from playwright.sync_api import FilePayload, Locator, Page, expect

from pyscript_kit.testing import App

if "files" not in [page.route for page in PAGES]:
    pytest.skip("the app has no such page", allow_module_level=True)

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


def white_png(width: int, height: int) -> bytes:
    """A PNG file of white pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)

    rows = (b"\0" + 4 * width * b"\xff") * height
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows, 1))
        + chunk(b"IEND", b"")
    )


def table(name: str, content: str | bytes) -> FilePayload:
    buffer = content if isinstance(content, bytes) else content.encode()
    return {"name": name, "mimeType": "text/csv", "buffer": buffer}


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


def test_a_huge_picture_is_scaled_down(page: Page, canvas: Locator) -> None:
    huge: FilePayload = {
        "name": "huge.png",
        "mimeType": "image/png",
        "buffer": white_png(3000, 2000),
    }
    page.get_by_label("Open a picture").set_input_files(huge)

    by = "\N{MULTIPLICATION SIGN}"
    expect(page.locator("#picture-status")).to_have_text(
        f"huge.png: 1,200 {by} 800 pixels, scaled down from 3,000 {by} 2,000."
    )
    assert canvas.evaluate("canvas => [canvas.width, canvas.height]") == [1200, 800]


def test_a_picture_file_above_the_limit_is_refused_in_words(page: Page) -> None:
    page.evaluate(DROP, ["#picture", "scan.png", "image/png", 50_000_001])
    expect(page.locator("#picture-status")).to_have_text(
        "scan.png is too large: it has 50 MB, and the limit is 50 MB."
    )


# ------------------------------------------------------------------ tables


def test_a_table_can_be_dropped(page: Page) -> None:
    content = list(b"x\n1\n2\n")
    done = page.evaluate(DROP, ["#table", "dropped.csv", "text/csv", content])

    assert done == {"highlighted": True, "kept": True}
    expect(page.locator("#table-status")).to_have_text("dropped.csv: 2 rows, 1 columns.")
    assert summary(page)[0][:4] == ["x", "2", "0", "1.5"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "bad.csv is empty: write at least a row of names and a row of values."),
        ("a,b\n1,2\n3\n", "bad.csv is not a table: line 3 has 1 cells"),
        ('a\n"1\n', "bad.csv is not a table: line 2 cannot be read"),
        (b"\x89PNG\r\n\x1a\n", "bad.csv is not text in UTF-8"),
        ("name\nFe\n", "bad.csv: 1 rows, 1 columns. None of them holds numbers only."),
        ("<img src=x onerror=alert(1)>,b\n1\n", "line 2 has 1 cells"),
    ],
)
def test_what_is_no_table_of_numbers_is_said_in_words(
    page: Page, content: str | bytes, words: str
) -> None:
    page.get_by_label("Open a table").set_input_files(table("bad.csv", content))

    status = page.locator("#table-status")
    expect(status).to_contain_text(words)
    expect(status).to_have_class("bad")


def test_a_table_above_the_limit_is_refused_in_words(page: Page) -> None:
    page.evaluate(DROP, ["#table", "log.csv", "text/csv", 10_100_000])
    expect(page.locator("#table-status")).to_have_text(
        "log.csv is too large: it has 10.1 MB, and the limit is 10 MB."
    )


def test_a_file_dropped_beside_does_not_replace_the_app(page: Page) -> None:
    done = page.evaluate(DROP, ["h1", "stray.csv", "text/csv", [1]])
    assert done["kept"] is True
    expect(page.locator("#table-status")).to_have_text("A sample, until you open a table.")


@pytest.mark.parametrize("label", ["Open a picture", "Open a table"])
def test_a_file_is_chosen_by_keyboard(page: Page, label: str) -> None:
    control = page.get_by_label(label)
    expect(control).to_have_accessible_description("Or drop one here.")
    with page.expect_file_chooser() as chooser:
        control.press("Space")
    assert not chooser.value.is_multiple()
    chooser.value.set_files([])


def test_the_same_file_can_be_opened_again_after_a_change(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "run.csv"
    for rows in ("x\n1\n", "x\n1\n2\n"):
        file.write_text(rows)
        with page.expect_file_chooser() as chooser:
            page.get_by_label("Open a table").click()
        chooser.value.set_files(file)
        count = rows.count("\n") - 1
        expect(page.locator("#table-status")).to_have_text(f"run.csv: {count} rows, 1 columns.")


# ------------------------------------------------------------------ settings


def test_settings_are_kept_between_visits_until_forgotten(app: App, page: Page) -> None:
    status = page.locator("#settings-status")
    page.get_by_role("button", name="Forget my settings").click()
    expect(status).to_have_text("Forgotten.")
    page.get_by_label("Start of file names").fill("ada-")
    expect(status).to_have_text("Start of file names: kept for your next visit.")
    page.get_by_label("Size of a block").fill("40")
    expect(page.locator("#block-said")).to_have_text("40 pixels")
    expect(status).to_have_text("Size of a block: kept for your next visit.")

    page.reload()
    app.wait_for_start()

    expect(page.get_by_label("Start of file names")).to_have_value("ada-")
    expect(page.get_by_label("Size of a block")).to_have_value("40")
    expect(page.locator("#visits")).to_have_text("Visits to this page so far: 1")
    assert saved(page, "Download CSV")[0] == "ada-planets-summary.csv"
    page.get_by_role("button", name="Forget my settings").click()
    expect(page.get_by_label("Start of file names")).to_have_value("")
    expect(page.get_by_label("Size of a block")).to_have_value("16")
    app.open("files")
    expect(page.get_by_label("Start of file names")).to_have_value("")
    expect(page.locator("#visits")).to_have_text("Visits to this page so far: 1")


def test_a_browser_without_room_is_told_in_words(fresh_app: App) -> None:
    fresh_app.boot()
    page = fresh_app.page
    # Before the first write: Chromium remembers for a while how much room it found.
    session = page.context.new_cdp_session(page)
    session.send("Storage.overrideQuotaForOrigin", {"origin": fresh_app.origin, "quotaSize": 1})

    fresh_app.open("files")

    status = page.locator("#settings-status")
    expect(status).to_have_text(re.compile("no room left for this site"))
    # For now a setting holds all the same.
    page.get_by_label("Start of file names").fill("ada-")
    expect(status).to_have_class("bad")
    assert saved(page, "Download CSV")[0] == "ada-planets-summary.csv"


def test_a_browser_that_keeps_nothing_is_told_in_words(app: App, page: Page) -> None:
    page.evaluate("""() => {
      globalThis.formerOpen = IDBFactory.prototype.open;
      IDBFactory.prototype.open = () => { throw new DOMException("denied", "SecurityError"); };
    }""")
    try:
        app.open("files")
        expect(page.locator("#settings-status")).to_have_text(
            re.compile("^This browser keeps nothing for this site")
        )
        expect(page.get_by_role("main").locator("canvas")).to_have_accessible_name(
            re.compile("sphere")
        )
    finally:
        page.evaluate("() => { IDBFactory.prototype.open = formerOpen; }")
