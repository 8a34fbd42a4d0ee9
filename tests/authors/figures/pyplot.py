"""The colours of pyplot's figures."""

from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_hex
from patterns import pyplot
from patterns.plot import Theme

LIGHT = Theme("#1c2430", "#ffffff", "#ddd8cb", ("#0f5c6e", "#c2570c"))
DARK = Theme("#e8e5de", "#191f26", "#313a45", ("#7fcbd9", "#f2a65a"))


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Says which colours the page has from then on."""
    former = mpl.get_backend()
    with mpl.rc_context():
        plt.switch_backend("module://patterns.pyplot")
        yield lambda theme: monkeypatch.setattr(pyplot, "page_theme", lambda: theme)
        plt.close("all")
    plt.switch_backend(former)
    monkeypatch.setattr(pyplot, "_worn", [])


def drawn(**options: Any) -> dict[str, str]:
    """The colours of a figure that a script makes."""
    figure, axes = plt.subplots(**options)
    (line,) = axes.plot([1, 2])
    axes.set_title("Decay")
    colours = {
        "ground": figure.get_facecolor(),
        "axes": axes.get_facecolor(),
        "title": axes.title.get_color(),
        "ticks": axes.xaxis.get_ticklabels()[0].get_color(),
        "line": line.get_color(),
    }
    return {part: to_hex(colour) for part, colour in colours.items()}


def in_colours_of(theme: Theme) -> dict[str, str]:
    ground = dict.fromkeys(("ground", "axes"), theme.paper)
    return ground | dict.fromkeys(("title", "ticks"), theme.ink) | {"line": theme.curves[0]}


BARE = {
    **dict.fromkeys(("ground", "axes"), "#ffffff"),
    **dict.fromkeys(("title", "ticks"), "#000000"),
    "line": "#1f77b4",
}


def test_figures_have_the_colours_that_the_page_has_when_they_are_made(page: Any) -> None:
    for theme in (LIGHT, DARK, LIGHT):
        page(theme)
        assert drawn() == in_colours_of(theme)
    # How its lines lie is nobody's matter but the script's.
    assert not mpl.rcParams["axes.grid"]


def test_a_style_of_the_authors_holds_alone_and_as_long_as_it_does(page: Any) -> None:
    page(DARK)
    drawn()

    with plt.style.context("ggplot"):
        assert drawn() == BARE | {"axes": "#e5e5e5", "ticks": "#555555", "line": "#e24a33"}
        page(LIGHT)
        assert drawn()["title"] == "#000000"

    assert drawn() == in_colours_of(LIGHT)


def test_what_was_chosen_before_the_first_figure_counts_too(page: Any) -> None:
    page(DARK)
    plt.rcParams["axes.facecolor"] = "#ffffee"
    assert drawn() == BARE | {"axes": "#ffffee"}


def test_curves_of_the_authors_go_on_the_pages_ground(page: Any) -> None:
    page(DARK)
    plt.rcParams["axes.prop_cycle"] = mpl.cycler(color=["#ff00ff"])
    assert drawn() == in_colours_of(DARK) | {"line": "#ff00ff"}


def test_a_ground_for_one_figure_is_what_its_author_wants(page: Any) -> None:
    page(DARK)
    assert drawn(facecolor="#ffffee") == BARE | {"ground": "#ffffee"}
    assert drawn() == in_colours_of(DARK)
