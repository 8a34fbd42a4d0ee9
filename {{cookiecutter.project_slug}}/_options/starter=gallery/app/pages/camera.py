"""Shows pyscript.media: the visitor's camera, and a still of it as an array of numpy."""

from typing import Any

import numpy as np

from patterns.dom import Element, element, update
from patterns.events import Handlers
from patterns.upstream import Device, JsException

# What browsers call the reasons.
WORDS = {
    "NotAllowedError": "You, or your browser, did not let this page use the camera.",
    "NotFoundError": "There is no camera.",
    "NotReadableError": "The camera is in use elsewhere.",
}

NO_CAMERA = "This browser has no camera for this page."


def mount(root: Element, handlers: Handlers) -> None:
    """Fill the page."""
    video = element("video", id="video", muted=True, playsinline=True, hidden=True)
    update(video, aria_label="What the camera sees")
    still = element("canvas", id="still", role="img", hidden=True)
    starting = element("button", "Start the camera", type="button", class_="primary")
    taking = element("button", "Take a picture", type="button", disabled=True)
    status = element("p", "The camera is off.", id="camera-status", role="status")
    streams: list[Any] = []

    async def start() -> None:
        update(status, text="Waiting for the camera ...")
        try:
            stream = await Device.request_stream(video=True)
        except (AttributeError, JsException) as error:
            # Browsers have no cameras for pages that came without https.
            update(status, text=WORDS.get(getattr(error, "name", ""), NO_CAMERA))
            return
        streams.append(stream)
        video.srcObject = stream
        update(video, hidden=False)
        await video.play()
        update(starting, disabled=True)
        update(taking, disabled=False)
        update(status, text=f"The camera is on: {stream.getVideoTracks()[0].label}.")

    def take() -> None:
        width, height = int(video.videoWidth), int(video.videoHeight)
        still.width, still.height = width, height
        context = still.getContext("2d")
        context.drawImage(video._dom_element, 0, 0)
        pixels = np.asarray(context.getImageData(0, 0, width, height).data.to_py())
        bright = pixels.reshape(height, width, 4)[..., :3].mean() / 255
        words = f"{width} by {height} pixels, {bright:.0%} bright on average"
        update(still, hidden=False, aria_label=f"A picture of {words}")
        update(status, text=f"Taken: {words}.")

    def stop() -> None:
        for stream in streams:
            for track in stream.getTracks():
                track.stop()

    handlers.on(starting, "click", start)
    handlers.on(taking, "click", take)
    handlers.on_close(stop)
    words = "Python sees what the camera sees, in your browser alone: nothing is sent anywhere."
    root.append(
        element("h1", "Camera"),
        element("p", words, class_="lead"),
        element(
            "section",
            element("p", starting, taking, class_="row"),
            status,
            element("div", video, still, class_="row"),
            class_="example",
        ),
    )
