"""Functions that are called as controls change, what they return, and what goes wrong."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from patterns import beside
from patterns import live as live_module
from patterns.controls import Control, slider, text
from patterns.events import Handlers
from patterns.live import live, live_figure
from patterns.packages import Package
from patterns.worker import WorkerError
from pyscript import window


def in_a_page(scenario: Callable[[Handlers], Awaitable[None]]) -> None:
    async def run() -> None:
        handlers = Handlers()
        await scenario(handlers)
        handlers.close()

    asyncio.run(run())


async def computed(handlers: Handlers) -> None:
    while handlers._tasks:
        await asyncio.gather(*handlers._tasks)


def set_to(control: Control[Any], value: object) -> None:
    typed = control.element.querySelectorAll("input")[-1]
    typed.value = value
    typed.dispatchEvent(window.CustomEvent.new("input"))


def shown(section: Any) -> str:
    return " ".join(str(each.textContent) for each in section.querySelectorAll("output"))


def said(section: Any) -> list[str]:
    """What stands in its paragraphs that is no result."""
    words = [str(each.textContent) for each in section.querySelectorAll("p")]
    return [each for each in words if each and each != shown(section)]


def test_a_function_is_called_at_once_and_whenever_a_control_changes() -> None:
    async def scenario(handlers: Handlers) -> None:
        radius = slider("Radius", 0, 10, 1)
        section = live(lambda radius: f"{3 * radius} m", handlers, radius=radius)
        await asyncio.sleep(0)
        assert said(section) == ["Computing ..."]
        await computed(handlers)
        assert shown(section) == "3 m"
        set_to(radius, "4")
        await computed(handlers)
        assert shown(section) == "12 m"
        assert said(section) == []

    in_a_page(scenario)


def test_controls_stand_where_they_come_first_and_drive_all() -> None:
    async def scenario(handlers: Handlers) -> None:
        radius = slider("Radius", 0, 10, 1)
        first = live(lambda radius: f"{3 * radius} m", handlers, radius=radius)
        second = live(lambda radius: f"{radius**2} m2", handlers, radius=radius)
        set_to(radius, "4")
        await computed(handlers)
        assert (shown(first), shown(second)) == ("12 m", "16 m2")
        assert len(first.querySelectorAll("input")) == 2
        assert second.querySelectorAll("input") == []

    in_a_page(scenario)


def test_the_latest_state_wins_and_nothing_piles_up() -> None:
    called: list[int] = []

    async def slow(count: int) -> int:
        called.append(count)
        await asyncio.sleep(0.01)
        return count

    async def scenario(handlers: Handlers) -> None:
        count = slider("Count", 0, 100, 1)
        section = live(slow, handlers, count=count)
        while not called:
            await asyncio.sleep(0)
        for number in range(2, 90):
            set_to(count, str(number))
        await computed(handlers)
        assert called == [1, 89]
        assert shown(section) == "89"

    in_a_page(scenario)


def picky(mass: float, speed: float) -> float:
    if mass > speed:
        raise ValueError("The mass is too large.")
    return 1 / (mass - 2)


def test_a_refused_value_is_explained_at_the_control_that_brought_it() -> None:
    async def scenario(handlers: Handlers) -> None:
        mass, speed = slider("Mass", 0, 9, 1), slider("Speed", 0, 9, 5)
        section = live(picky, handlers, mass=mass, speed=speed)
        await computed(handlers)
        set_to(mass, "8")
        await computed(handlers)
        assert mass.element.querySelectorAll("p")[0].textContent == "The mass is too large."
        assert shown(section) == "-1"
        set_to(speed, "9")
        await computed(handlers)
        assert said(section) == []

    in_a_page(scenario)


def test_a_value_that_is_refused_from_the_start_is_explained_below() -> None:
    async def scenario(handlers: Handlers) -> None:
        section = live(picky, handlers, mass=slider("M", 0, 9, 9), speed=slider("S", 0, 9, 5))
        await computed(handlers)
        assert said(section) == ["The mass is too large."]

    in_a_page(scenario)


def test_what_else_is_raised_for_some_values_stands_in_the_panel(reported: list[Any]) -> None:
    async def scenario(handlers: Handlers) -> None:
        mass = slider("Mass", 0, 9, 1)
        section = live(picky, handlers, mass=mass, speed=slider("Speed", 0, 9, 5))
        await computed(handlers)
        set_to(mass, "2")
        await computed(handlers)
        assert [each["title"] for each in reported] == ["picky() stopped with an error"]
        assert "division by zero" in reported[0]["message"]
        set_to(mass, "4")
        await computed(handlers)
        assert shown(section) == "0.5"

    in_a_page(scenario)


def test_a_function_that_took_long_says_so_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(handlers: Handlers) -> None:
        count = slider("Count", 0, 9, 1)
        section = live(lambda count: count, handlers, count=count)
        await computed(handlers)
        set_to(count, "2")
        assert said(section) == []
        monkeypatch.setattr(live_module, "LONG", 0)
        await computed(handlers)
        set_to(count, "3")
        await asyncio.sleep(0)
        assert said(section) == ["Computing ..."]
        await computed(handlers)
        assert said(section) == []

    in_a_page(scenario)


def test_nothing_of_a_former_result_is_kept() -> None:
    async def scenario(handlers: Handlers) -> None:
        count = slider("Count", 0, 9, 1)
        section = live(lambda count: [{"n": count}], handlers, count=count)
        await computed(handlers)
        listeners = len(handlers)
        former = section.querySelectorAll("button")
        set_to(count, "2")
        await computed(handlers)
        assert len(handlers) == listeners
        assert [each.listeners for each in former] == [[], []]

    in_a_page(scenario)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda: 1, "has no parameter for the control mass: add one"),
        (lambda mass, speed: 1, r"has no control for its parameter speed: add speed=slider\("),
    ],
)
def test_parameters_that_do_not_fit_the_controls_are_named(function: Any, words: str) -> None:
    function.__name__ = "energy"
    with pytest.raises(TypeError, match=rf"energy\(\) {words}"):
        live(function, Handlers(), mass=slider("Mass", 0, 9, 1))


def test_what_is_no_control_is_named() -> None:
    value: Any = 3
    with pytest.raises(TypeError, match="mass is given as 3, which is no control: write mass=sli"):
        live(lambda mass: mass, Handlers(), mass=value)


def test_parameters_with_a_default_need_no_control() -> None:
    async def scenario(handlers: Handlers) -> None:
        section = live(lambda mass, unit="kg", **_: f"{mass} {unit}", handlers, mass=text("M", "2"))
        await computed(handlers)
        assert shown(section) == "2 kg"

    in_a_page(scenario)


def test_a_figure_function_without_axes_and_a_control_of_a_taken_name_are_named() -> None:
    with pytest.raises(TypeError, match="takes nothing: its first parameter is the axes"):
        live_figure(lambda: None, Handlers(), title="Decay")
    taken: Any = text("Title")

    def plot(axes: Any, title: str) -> None: ...

    with pytest.raises(TypeError, match=r"title cannot name a control of plot\(\)"):
        live_figure(plot, Handlers(), title=taken)


def test_a_function_that_holds_the_page_up_is_named_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(live_module, "TOO_LONG", 0)

    async def scenario(handlers: Handlers) -> None:
        live(picky, handlers, mass=slider("Mass", 0, 9, 1), speed=slider("Speed", 0, 9, 5))
        await computed(handlers)

    in_a_page(scenario)
    assert "picky() took 0 s, in which the page stood still: live(..., worker=True)" in (
        capsys.readouterr().out
    )


class Worker:
    """One that computes here."""

    def __init__(self, module: Any) -> None:
        self.module = module

    async def call(self, name: str, *arguments: object) -> object:
        try:
            return getattr(self.module, name)(*arguments)
        except Exception as error:
            raise WorkerError(f"{type(error).__name__}: {error}") from error


@pytest.fixture
def orbits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """A module of the app, which a worker can call."""
    (tmp_path / "workers").mkdir()
    source = "import numpy as np\nfrom workers.paths import length\n"
    (tmp_path / "workers" / "orbits.py").write_text(source)
    (tmp_path / "workers" / "paths.py").write_text("import PIL.Image, math\n")
    monkeypatch.chdir(tmp_path)
    module = ModuleType("workers.orbits")

    def period(axis: float, mass: float = 1.0) -> float:
        if axis <= 0:
            raise ValueError("An axis is longer than nothing.")
        return axis**1.5 / mass

    period.__module__ = module.__name__
    vars(module)["period"] = period
    monkeypatch.setitem(sys.modules, module.__name__, module)
    packages = {
        "numpy": Package("numpy", "2", ("numpy",)),
        "pillow": Package("pillow", "11", ("PIL",)),
        "pandas": Package("pandas", "2", ("pandas",)),
    }
    monkeypatch.setattr(beside, "runtime_packages", lambda: packages)
    return module


def test_one_word_has_a_worker_compute(
    orbits: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[tuple[str, str, set[str]]] = []

    def named_worker(*given: Any) -> Worker:
        started.append(given)
        return Worker(orbits)

    monkeypatch.setattr(beside, "named_worker", named_worker)

    async def scenario(handlers: Handlers) -> None:
        axis = slider("Axis", -1.0, 9.0, 4.0)
        section = live(vars(orbits)["period"], handlers, worker=True, axis=axis)
        await computed(handlers)
        assert shown(section) == "8"
        set_to(axis, "-1")
        await computed(handlers)
        assert said(section) == ["An axis is longer than nothing."]

    in_a_page(scenario)
    assert started == [("live workers.orbits", "workers.orbits", {"numpy", "pillow"})]


def test_a_function_that_no_worker_can_import_is_named_with_the_way_out() -> None:
    def period(axis: float) -> float:
        return axis

    with pytest.raises(
        TypeError, match=r"No worker can import period\(\) .* app/workers/period.py"
    ):
        live(period, Handlers(), worker=True, axis=slider("Axis", 0, 9, 4))


def test_an_array_is_a_table() -> None:
    async def scenario(handlers: Handlers) -> None:
        def squares(count: int) -> Any:
            """Numbers and their squares.

            As an array.
            """
            return np.arange(count)[:, None] ** [1, 2]

        section = live(squares, handlers, count=slider("Count", 1, 9, 3))
        await computed(handlers)
        cells = [each.textContent for each in section.querySelectorAll("td")]
        assert cells == ["0", "0", "1", "1", "2", "4"]
        assert section.querySelectorAll("caption")[0].textContent == "Numbers and their squares."

    in_a_page(scenario)
