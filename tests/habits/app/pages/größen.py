"""A body that cools: computed in a worker, checked on the page, with constants from files."""  # noqa: N999

import json
from urllib.parse import quote

import numpy as np

from model.solve import root_of
from patterns.dom import Element, element, update
from patterns.events import Handlers
from patterns.fetch import get_text
from patterns.worker import named_worker
from shared.names import TITLE

# Names as people give them to files.
NAMES = ("50%.json", "a#b.csv", "what?.txt", "größe %41.csv")


async def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page."""
    worker = named_worker("cooling", "jobs.deep.cooling", packages=("numpy",))
    answer = element("output", "", id="answer")
    button = element("button", "Cool", type="button")

    async def cool() -> None:
        temperatures = await worker.call("temperatures", 5)
        update(answer, text=" ".join(f"{each:.1f}" for each in np.asarray(temperatures)))

    handlers.on(button, "click", cool)
    texts = [await get_text(f"./data/{quote(name)}") for name in NAMES]
    shared = await get_text("./shared/table.csv")
    root.append(
        element("h1", TITLE),
        element("p", f"Half of it is left after {root_of(0.5):.4f} s.", id="half"),
        element("ul", [element("li", text.strip()) for text in (*texts, shared)], id="files"),
        element("p", f"From a file: {json.loads(texts[0])['share']}", id="share"),
        element("p", button, " ", answer),
    )
