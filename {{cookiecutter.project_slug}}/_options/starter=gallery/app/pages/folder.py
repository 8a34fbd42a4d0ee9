"""Shows pyscript.fs: a folder of the visitor's machine, which Python reads and writes."""

from patterns.dom import Element, element, update
from patterns.events import Handlers
from patterns.results import show_result
from patterns.upstream import JsException, folder, has_folders

NOTE = "note.txt"
NO_FOLDERS = (
    "This browser lends no folders to pages; Chrome and Edge do. Every browser opens single files, "
    "as the page Files has it."
)


def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page."""
    lent = has_folders()
    listing = element("button", "List a folder", type="button", class_="primary", disabled=not lent)
    writing = element("button", "Write a note into a folder", type="button", disabled=not lent)
    said = "No folder yet." if lent else NO_FOLDERS
    status = element("p", said, id="folder-status", role="status")
    files = element("div")

    async def show() -> None:
        try:
            async with folder() as place:
                rows = [
                    {"file": str(path.relative_to(place)), "bytes": path.stat().st_size}
                    for path in sorted(place.rglob("*"))
                    if path.is_file()
                ]
        except JsException:
            update(status, text="No folder was chosen, or this page may not read it.")
            return
        update(status, text=f"{len(rows)} {'file' if len(rows) == 1 else 'files'}.")
        show_result(files, rows, handlers, caption="Files in the folder", name="files")

    async def write() -> None:
        try:
            async with folder("readwrite") as place:
                (place / NOTE).write_text("Written by Python.\n", encoding="utf-8")
        except JsException:
            update(status, text="No folder was chosen, or this page may not write there.")
            return
        update(status, text=f"{NOTE} is in the folder.")

    handlers.on(listing, "click", show)
    handlers.on(writing, "click", write)
    words = (
        "Python opens a folder of your machine as one of its own. Nothing is uploaded. Choose a "
        "small one: all that is in it is read first."
    )
    row = element("p", listing, writing, class_="row")
    root.append(
        element("h1", "Folder"),
        element("p", words, class_="lead"),
        element("section", row, status, files, class_="example"),
    )
