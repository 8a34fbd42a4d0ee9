"""What is shown of what functions return."""

import math
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from patterns import results
from patterns.dom import Element, element
from patterns.events import Handlers
from patterns.results import show_result, table
from pyscript import window

METALS = [
    {"metal": "Ni", "mass": 58.69},
    {"metal": "al", "mass": None},
    {"metal": "Fe", "mass": 55.85, "magnetic": True},
]


def shown(result: object, **options: Any) -> Any:
    place = element("div")
    show_result(place, result, Handlers(), **options)
    return place


def texts(place: Any, tag: str) -> list[str]:
    return [str(each.textContent) for each in place.querySelectorAll(tag)]


def click(button: Any) -> None:
    button.dispatchEvent(window.CustomEvent.new("click"))


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ("text", "text"),
        (3, "3"),
        (2 / 3, "0.666667"),
        (True, "True"),
        (np.float64(2 / 3), "0.666667"),
        (np.array(4), "4"),
    ],
)
def test_text_and_numbers_are_text(result: object, words: str) -> None:
    assert texts(shown(result), "output") == [words]


def test_nothing_is_shown_for_none_and_an_element_as_it_is() -> None:
    assert shown(None).textContent == ""
    assert texts(shown(element("em", "so")), "em") == ["so"]


def test_a_list_of_dicts_is_a_table_with_all_their_keys() -> None:
    place = shown(METALS, caption="Metals", name="metals")
    assert texts(place, "th") == ["metal", "mass", "magnetic"]
    assert texts(place, "td")[:3] == ["Ni", "58.69", "-"]
    assert texts(place, "caption") == ["Metals"]


def test_a_list_of_nothing_says_so() -> None:
    assert texts(shown([]), "output") == ["No rows."]


def test_columns_sort_both_ways_with_what_is_missing_at_the_end() -> None:
    place = shown(METALS)
    by_metal, by_mass, _, _ = place.querySelectorAll("button")

    for button, first, last in (
        (by_metal, "al", "Ni"),
        (by_metal, "Ni", "al"),
        (by_mass, "Fe", "al"),
        (by_mass, "Ni", "al"),
    ):
        click(button)
        cells = texts(place, "td")
        assert (cells[0], cells[6]) == (first, last)
    sorted_by = [each.getAttribute("aria-sort") for each in place.querySelectorAll("th")]
    assert sorted_by == [None, "descending", None]


def test_a_table_is_saved_as_csv(monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[tuple[bytes, str, str]] = []
    monkeypatch.setattr(results, "download", lambda *file: saved.append(file))
    place = shown([{"metal": "Eisen, ä", "mass": 55.85}], name="metals")

    click(place.querySelectorAll("button")[-1])

    [(content, name, media_type)] = saved
    assert content.decode("utf-8-sig").splitlines() == ["metal,mass", '"Eisen, ä",55.85']
    assert (name, media_type) == ("metals.csv", "text/csv")


def test_of_a_long_table_a_thousand_rows_are_shown_and_said() -> None:
    place: Any = table(["n"], [[number] for number in range(1500)], Handlers())
    assert len(texts(place, "td")) == 1000
    assert texts(place, "caption") == ["1,000 of 1,500 rows; the CSV has all."]


def test_arrays_of_one_and_two_dimensions_are_tables_and_of_three_are_refused() -> None:
    assert texts(shown(np.arange(3)), "td") == ["0", "1", "2"]
    assert texts(shown(np.eye(2)), "th") == ["0", "1"]
    with pytest.raises(TypeError, match="An array of 3 dimensions cannot be shown"):
        shown(np.zeros((1, 1, 1)))


class DataFrame:
    """As much of one of pandas as is asked for."""

    ndim = 2
    columns = ("mass",)
    to_numpy = None

    def __init__(self, index: Any) -> None:
        self.index = index

    def itertuples(self, *, index: bool, name: None) -> list[tuple[object, ...]]:
        return [("Fe", math.nan)] if index else [(55.85,)]


DataFrame.__module__ = "pandas.core.frame"
RangeIndex = type("RangeIndex", (), {"name": None})


def test_a_data_frame_is_a_table_with_its_index_where_that_says_something() -> None:
    assert texts(shown(DataFrame(RangeIndex())), "th") == ["mass"]
    place = shown(DataFrame(SimpleNamespace(name="metal")))
    assert texts(place, "th") == ["metal", "mass"]
    assert texts(place, "td") == ["Fe", "-"]


def test_a_figure_is_an_image_and_pyplot_forgets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    images: list[tuple[bytes, str]] = []

    def show(image: Element, content: bytes, _media_type: str, alt: str) -> None:
        images.append((content, alt))

    monkeypatch.setattr(results, "show_image", show)
    for _ in range(30):
        figure, axes = plt.subplots()
        axes.set_title("Decay")
        shown(figure)

    assert plt.get_fignums() == []
    assert b"<svg" in images[0][0]
    assert images[0][1] == "Decay"


def test_what_nobody_can_show_is_named() -> None:
    with pytest.raises(TypeError, match="of the type module cannot be shown: return text"):
        shown(sys)
