import gc
import weakref
from collections.abc import Iterator
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure

from patterns import pyplot as pyplot_module
from patterns.pyplot import describe, figures_in


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The descriptions of the figures on a page, in their order."""
    former = matplotlib.get_backend()
    plt.switch_backend("module://patterns.pyplot")
    monkeypatch.setattr(pyplot_module, "_image", describe)
    yield []
    plt.switch_backend(former)


def test_figures_are_described_shown_in_order_and_closed(shown: list[Any]) -> None:
    with figures_in(shown):
        plt.plot([1, 4], label="measured")
        plt.title("Squares")
        plt.ylabel("area in m\N{SUPERSCRIPT TWO}")
        plt.xlabel("side in m")
        plt.show()
        plt.plot([1, 8])

    assert shown == [
        "Figure. Squares: area in m\N{SUPERSCRIPT TWO} over side in m. measured.",
        "Figure.",
    ]
    assert plt.get_fignums() == []


def test_a_script_that_raises_leaves_no_figure(shown: list[Any]) -> None:
    def fail() -> None:
        plt.plot([1, 2])
        raise ValueError("no such sample")

    with pytest.raises(ValueError, match="no such sample"), figures_in(shown):
        fail()

    assert (shown, plt.get_fignums()) == ([], [])


def test_nothing_keeps_a_figure_that_was_shown(shown: list[Any]) -> None:
    figures: list[weakref.ref[Figure]] = []
    with figures_in(shown):
        for _ in range(3):
            figures.append(weakref.ref(plt.figure()))
            plt.show()
    gc.collect()

    assert [figure() for figure in figures] == [None, None, None]
