"""Python that many threads read at once."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from pyscript_kit.project.parsing import tree_of

NESTED = "def f(a):\n    return " + "(a + " * 40 + "1" + ")" * 40 + "\n"


@pytest.fixture
def impatient() -> Iterator[None]:
    """Threads that take turns as often as they can: within a tree, too, as memory is tidied up."""
    usual = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(20)
    gc.callbacks.append(tidied)
    yield
    gc.callbacks.remove(tidied)
    sys.setswitchinterval(usual[0])
    gc.set_threshold(*usual[1])


def tidied(*_: object) -> None:
    """Is Python, so that another thread may go on meanwhile."""
    sum(range(20))


@pytest.mark.usefixtures("impatient")
def test_threads_may_read_at_the_same_time() -> None:
    with ThreadPoolExecutor(8) as pool:
        trees = list(pool.map(lambda _: tree_of(NESTED * 3), range(64)))
    assert {len(tree.body) for tree in trees} == {3}
