"""A worker by PyScript's class."""

from helpers import lend
from pyscript import sync


def answer():
    return f"{lend.WORDS} to a classed worker"


sync.answer = answer
