"""What input and getpass do in a block, around the form itself."""

import asyncio
import builtins
import getpass

import pytest
from patterns import ask as ask_module
from patterns.ask import CannotAsk, asking_in
from patterns.events import Handlers


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """What a visitor was asked, who answers "2.5"; what is put in the place of Python's goes."""
    questions: list[tuple[str, bool]] = []

    async def ask(prompt: str, _place: object, *, secret: bool) -> str:
        questions.append((prompt, secret))
        return "2.5"

    monkeypatch.setattr(ask_module, "ask", ask)
    monkeypatch.setattr(ask_module, "can_run_sync", lambda: True)
    monkeypatch.setattr(ask_module, "run_sync", asyncio.run)
    monkeypatch.setattr(builtins, "input", builtins.input)
    monkeypatch.setattr(getpass, "getpass", getpass.getpass)
    return questions


def test_input_and_getpass_ask_and_show_what_a_terminal_shows(
    asked: list[tuple[str, bool]], capsys: pytest.CaptureFixture[str]
) -> None:
    with asking_in([], Handlers()):
        answers = input("Mass? "), getpass.getpass()

    assert answers == ("2.5", "2.5")
    assert asked == [("Mass? ", False), ("Password: ", True)]
    assert capsys.readouterr().out == "Mass? 2.5\nPassword: \n"


@pytest.mark.usefixtures("asked")
def test_where_nothing_can_wait_input_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask_module, "can_run_sync", lambda: False)

    with asking_in([], Handlers()), pytest.raises(CannotAsk, match="or a worker"):
        input("Mass? ")


@pytest.mark.usefixtures("asked")
def test_after_the_block_input_is_what_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask_module, "_former_input", lambda prompt: f"typed after {prompt}")
    with asking_in([], Handlers()):
        pass

    assert input("Mass? ") == "typed after Mass? "
