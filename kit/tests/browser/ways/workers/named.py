"""A worker by its name, with the settings of the page."""

from helpers import lend


def answer():
    return f"{lend.WORDS} to a named worker"


def greeting():
    """For a page that is isolated: the module is the page's, and a worker waits for it."""
    from pyscript.js_modules import greet

    return greet.to("worker")


__export__ = ["answer", "greeting"]
