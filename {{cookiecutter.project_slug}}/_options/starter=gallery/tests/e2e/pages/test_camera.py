"""The page of the camera; the browser of tests plays one, green with a clock in it."""

import re

from playwright.sync_api import expect
from pyscript_kit.testing import App

# What a visitor's No does; the browser of tests always says Yes.
REFUSE = """() => {
  navigator.mediaDevices.getUserMedia = async () => {
    throw new DOMException("Permission denied", "NotAllowedError");
  };
}"""


def test_a_picture_of_the_camera_is_an_array(app: App) -> None:
    app.open("camera")

    app.page.get_by_role("button", name="Start the camera").click()
    expect(app.page.locator("#camera-status")).to_have_text(re.compile("The camera is on: .*fake"))
    app.page.get_by_role("button", name="Take a picture").click()

    taken = re.compile(r"^Taken: \d+ by \d+ pixels, [1-9]\d?% bright on average\.$")
    expect(app.page.locator("#camera-status")).to_have_text(taken)
    expect(app.page.get_by_role("img", name="A picture of")).to_be_visible()

    video = app.page.locator("#video").element_handle()
    app.follow("dom")
    assert video is not None
    assert video.evaluate("video => video.srcObject.active") is False


def test_a_camera_that_is_refused_is_words(app: App) -> None:
    app.page.evaluate(REFUSE)
    app.open("camera")

    app.page.get_by_role("button", name="Start the camera").click()

    expect(app.page.locator("#camera-status")).to_contain_text("did not let this page use")
    app.page.evaluate("delete navigator.mediaDevices.getUserMedia")
