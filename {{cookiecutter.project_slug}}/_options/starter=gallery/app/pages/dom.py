"""Shows patterns.dom: samples in a list are created, found, updated and removed; text is text."""

from patterns.dom import Element, element, field, find, find_all, insert_markup, remove, update
from patterns.events import Handlers

STRAIN = "<em>E. coli</em> & <strong>K-12</strong>"


def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page."""
    root.append(
        element("h1", "DOM"),
        element(
            "p",
            "Python creates, finds, updates and removes what you see. The rows below are the only "
            "place where the samples are kept.",
            class_="lead",
        ),
        samples_example(handlers),
        markup_example(),
    )


def samples_example(handlers: Handlers) -> Element:
    """Return a list of samples and the controls that change it."""
    samples = element("ul", id="samples", class_="rows", aria_label="Samples")
    status = element("p", "Changes appear here.", id="samples-status", role="status")

    def create(values: dict[str, str]) -> None:
        samples.append(sample_row(values["name"], status, handlers))
        update(find("#new-sample"), value="")
        update(status, text=f"Created: {values['name']}")

    def mark_found(values: dict[str, str]) -> None:
        rows = find_all("li", samples)
        found = [row for row in rows if values["term"] in find(".name", row).textContent]
        for row in rows:
            update(row, class_="found" if row in found else None)
        update(status, text=f"Found {len(found)} of {len(rows)}.")

    creating = element(
        "form",
        field("New sample", text_input("new-sample", "name")),
        element("button", "Create", class_="primary"),
        class_="row",
    )
    finding = element(
        "form",
        field("Text in the name", text_input("term", "term")),
        element("button", "Find"),
        class_="row",
    )
    handlers.on_submit(creating, create)
    handlers.on_submit(finding, mark_found)
    for name in ("Basalt", "Quartz <0.5 mm", "Fe & Ni"):
        samples.append(sample_row(name, status, handlers))
    heading = element("h2", "Create, find, update, remove")
    return element("section", heading, creating, finding, status, samples, class_="example")


def sample_row(name: str, status: Element, handlers: Handlers) -> Element:
    """Return one row of the list, whose buttons update and remove it."""
    label = element("span", name, class_="name", dir="auto")
    measured = element("button", "Measured", type="button", aria_pressed=False)
    removing = element("button", "Remove", type="button")
    update(measured, aria_label=f"Measured {name}")
    update(removing, aria_label=f"Remove {name}")
    row = element("li", label, element("div", measured, removing, class_="row"))

    def toggle() -> None:
        now = measured.getAttribute("aria-pressed") != "true"
        update(measured, aria_pressed=now)
        update(label, text=f"{name}, measured" if now else name)
        update(status, text=f"Updated: {name}")

    def take_out() -> None:
        remove(row)
        for listener in listeners:
            listener.remove()
        update(status, text=f"Removed: {name}")
        find("#new-sample").focus()

    listeners = [
        handlers.on(measured, "click", toggle),
        handlers.on(removing, "click", take_out),
    ]
    return row


def text_input(control_id: str, name: str) -> Element:
    """Return a field for text that must not be left empty."""
    return element("input", id=control_id, name=name, required=True, autocomplete="off")


def markup_example() -> Element:
    """Return the same string twice: as the text it is, and as the markup it could be."""
    as_text = element("p", STRAIN, id="as-text")
    as_markup = element("p", id="as-markup")
    insert_markup(as_markup, STRAIN)
    return element(
        "section",
        element("h2", "Text is text, markup only by name"),
        element("p", "Given to ", element("code", "element"), ", a string is text:"),
        as_text,
        element("p", "Given to ", element("code", "insert_markup"), ", the same string is HTML:"),
        as_markup,
        class_="example",
    )
