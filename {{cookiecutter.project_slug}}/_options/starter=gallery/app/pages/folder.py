"""Shows pyscript.fs: a folder of the visitor's machine, which Python reads and writes."""

from patterns.dom import Element, clear, element, update
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
    listing = element("button", "List a folder", type="button", class_="primary")
    writing = element("button", "Write a note into a folder", type="button")
    status = element("p", "No folder yet." if has_folders() else NO_FOLDERS, role="status")
    update(status, id="folder-status")
    files = element("div")
    for button in (listing, writing):
        update(button, disabled=not has_folders())

    async def show() -> None:
        try:
            async with folder() as place:
                found = [path for path in sorted(place.rglob("*")) if path.is_file()]
                rows = [
                    {"file": str(path.relative_to(place)), "bytes": path.stat().st_size}
                    for path in found
                ]
        except JsException:
            update(status, text="No folder was chosen, or this page may not read it.")
            return
        update(status, text=f"{len(rows)} files.")
        clear(files)
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
    root.append(
        element("h1", "Folder"),
        element("p", words, class_="lead"),
        element(
            "section", element("p", listing, writing, class_="row"), status, files, class_="example"
        ),
    )
