"""The page of WebSockets, with a server that sends back what it gets."""

import base64
import hashlib
import re
import socketserver
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from pyscript_kit.testing import App

# RFC 6455, section 1.3.
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Echo(socketserver.StreamRequestHandler):
    """Answers the handshake, then each short message with itself; at another, it hangs up."""

    def handle(self) -> None:
        request = b"".join(iter(self.rfile.readline, b"\r\n")).decode()
        (key,) = re.findall(r"(?i)^sec-websocket-key: *(\S+)", request, re.MULTILINE)
        accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()  # noqa: S324
        self.wfile.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        while (head := self.rfile.read(2)) and head[0] == 0x81:
            mask = self.rfile.read(4)
            masked = self.rfile.read(head[1] & 0x7F)
            text = bytes(byte ^ mask[index % 4] for index, byte in enumerate(masked))
            self.wfile.write(bytes([0x81, len(text)]) + text)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"ws://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def connect(app: App, address: str) -> None:
    app.open("socket")
    app.page.get_by_label("Address").fill(address)
    app.page.get_by_role("button", name="Connect").click()


def test_words_go_to_the_server_and_back(app: App, address: str) -> None:
    connect(app, address)
    expect(app.page.locator("#socket-status")).to_have_text(f"Connected to {address}.")

    message = app.page.get_by_role("textbox", name="Message")
    for word in ("mass", "2.5 g"):
        message.fill(word)
        message.press("Enter")

    expect(app.page.get_by_role("log").get_by_role("paragraph")).to_have_text(["mass", "2.5 g"])


@pytest.mark.parametrize(
    ("url", "words"),
    [("ws://127.0.0.1:9", "No connection to ws://127.0.0.1:9"), ("ftp://lab", "ftp://lab is not")],
)
def test_what_does_not_connect_says_so(app: App, url: str, words: str) -> None:
    if url.startswith("ws"):
        app.expect_errors("WebSocket connection to")
    connect(app, url)

    expect(app.page.locator("#socket-status")).to_contain_text(words)
    expect(app.page.get_by_role("button", name="Send")).to_be_disabled()
