"""Asks each worker for an answer, and shows it."""

from pathlib import Path

from helpers import lend
from pyscript import PyWorker, config, create_named_worker, document, window, workers
from pyscript.js_modules import greet

CLASS = "./workers/classed.py"


def show(way, answer):
    item = document.createElement("li")
    item.id = way
    item.textContent = answer
    document.querySelector("#results").append(item)


def clicked(event):
    event.target.textContent = "clicked"


show(
    "page", f"{lend.WORDS} to the page, {greet.to('page')}, {Path('data/numbers.csv').read_text()}"
)

tagged = await workers["tagged"]
show("tagged", await tagged.answer())

named = await create_named_worker(src="./workers/named.py", name="named")
show("named", await named.answer())

# Without a version, PyScript would take a Python of its own choice from its CDN.
classed = PyWorker(
    CLASS,
    type="pyodide",
    version=window.URL.new(config["interpreter"], document.baseURI).href,
    config={"files": {"./helpers/lend.py": "./helpers/lend.py"}},
)
await classed.ready
show("classed", await classed.sync.answer())

if window.crossOriginIsolated:
    show("modules", await named.greeting())
