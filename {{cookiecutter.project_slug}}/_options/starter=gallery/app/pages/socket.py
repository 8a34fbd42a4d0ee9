"""Shows pyscript.WebSocket: words to and from a server that keeps the line open."""

from typing import Any

from patterns.dom import Element, element, field, update
from patterns.events import Handlers
from patterns.upstream import WebSocket

WORDS = (
    "A server that speaks WebSocket can send by itself, such as an instrument its readings. This "
    "app has no server: give it the address of yours."
)


def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page."""
    address = element("input", id="address", name="address", type="url", required=True)
    update(address, placeholder="wss://lab.example/scale", autocomplete="url")
    connecting = element("button", "Connect", class_="primary")
    message = element("input", id="message", name="message", autocomplete="off", disabled=True)
    sending = element("button", "Send", disabled=True)
    status = element("p", "Not connected.", id="socket-status", role="status")
    lines = element("div", id="lines", role="log", aria_label="Messages")
    sockets: list[Any] = []

    def show(words: str, *, connected: bool) -> None:
        update(status, text=words)
        for control in (message, sending):
            update(control, disabled=not connected)

    def connect(values: dict[str, str]) -> None:
        close()
        url = values["address"]
        try:
            socket = WebSocket(url=url)
        except Exception:
            show(f"{url} is not the address of a WebSocket: wss://… is.", connected=False)
            return
        sockets.append(socket)
        show(f"Connecting to {url} ...", connected=False)
        socket.onopen = lambda _: show(f"Connected to {url}.", connected=True)
        socket.onmessage = lambda event: lines.append(element("p", str(event.data), dir="auto"))
        socket.onclose = lambda event: lost(socket, ended(url, event))

    def lost(socket: Any, words: str) -> None:
        # One that was given up for the next is of no interest.
        if socket in sockets:
            show(words, connected=False)

    def send(values: dict[str, str]) -> None:
        sockets[-1].send(values["message"])
        update(message, value="")

    def close() -> None:
        while sockets:
            sockets.pop().close()

    forms = [
        element("form", field("Address", address), connecting, class_="row"),
        element("form", field("Message", message), sending, class_="row"),
    ]
    handlers.on_submit(forms[0], connect)
    handlers.on_submit(forms[1], send)
    handlers.on_close(close)
    root.append(
        element("h1", "WebSocket"),
        element("p", WORDS, class_="lead"),
        element("section", forms[0], status, forms[1], lines, class_="example"),
    )


def ended(url: str, event: Any) -> str:
    """Say why a connection is no more."""
    if event.wasClean:
        return f"{url} has closed the connection. {event.reason}".strip()
    return f"No connection to {url}: it did not answer, refused this page, or the line was lost."
