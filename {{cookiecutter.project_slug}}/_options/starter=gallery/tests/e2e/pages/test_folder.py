"""The page of folders; a folder of the browser's own storage stands for one of the visitor's."""

from playwright.sync_api import expect
from pyscript_kit.testing import App

LEND = """async () => {
  const storage = await navigator.storage.getDirectory();
  const folder = await storage.getDirectoryHandle("samples", { create: true });
  const runs = await folder.getDirectoryHandle("runs", { create: true });
  const file = await (await runs.getFileHandle("iron.csv", { create: true })).createWritable();
  await file.write("mass\\n55.85\\n");
  await file.close();
  window.showDirectoryPicker = async () => folder;
}"""
REFUSE = """() => {
  window.showDirectoryPicker = async () => { throw new DOMException("Cancelled", "AbortError"); };
}"""


def test_python_lists_a_folder_and_writes_into_it(app: App) -> None:
    app.open("folder")
    app.page.evaluate(LEND)
    status = app.page.locator("#folder-status")

    app.page.get_by_role("button", name="Write a note").click()
    expect(status).to_have_text("note.txt is in the folder.")
    app.page.get_by_role("button", name="List a folder").click()
    expect(status).to_have_text("2 files.")
    cells = ["note.txt", "19", "runs/iron.csv", "11"]
    expect(app.page.get_by_role("cell")).to_have_text(cells)

    app.page.evaluate(REFUSE)
    app.page.get_by_role("button", name="List a folder").click()
    expect(status).to_contain_text("No folder was chosen")
    expect(app.page.get_by_role("cell")).to_have_text(cells)


def test_a_browser_without_folders_has_words_for_it(app: App) -> None:
    app.page.evaluate("delete window.showDirectoryPicker")
    app.open("folder")

    expect(app.page.locator("#folder-status")).to_contain_text("Chrome and Edge do")
    expect(app.page.get_by_role("button", name="List a folder")).to_be_disabled()
