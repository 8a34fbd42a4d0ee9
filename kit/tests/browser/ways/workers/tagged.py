"""A worker by its tag, with settings of its own in a file beside it."""

import lent


def answer():
    return f"{lent.WORDS} by settings in a file"


__export__ = ["answer"]
