"""What a browser keeps of an app's settings, or refuses to."""

import asyncio
from typing import Any

import patterns.storage
import pytest
from patterns.interop import RejectionError
from patterns.storage import Settings, StorageFullError, StorageRefusedError
from pyodide.ffi import JsException
from pyscript import Storage


class Database(dict[str, Any]):
    """A store as a browser has it: what is written to it is kept once it is told to sync."""

    def __init__(self, browser: "Browser") -> None:
        super().__init__(browser.kept)
        self._browser = browser
        browser.open_databases += 1

    async def sync(self) -> None:
        if self._browser.rejects:
            raise RejectionError("an event")
        if not self._browser.full:
            self._browser.kept = dict(self)

    async def close(self) -> None:
        self._browser.open_databases -= 1


class Browser:
    """Keeps settings, or does not."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}
        self.open_databases = 0
        self.refuses = self.full = self.rejects = False

    async def storage(self, name: str, storage_class: type[Storage]) -> Storage:
        assert name == "spectrum"
        if self.refuses:
            raise JsException("SecurityError")
        return storage_class(Database(self))

    async def call(self, target: Any, method: str) -> Any:
        return await getattr(target, method)()


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    browser = Browser()
    # RejectionError has JavaScript put its reason into words.
    monkeypatch.setattr("patterns.interop.window.String", str, raising=False)
    monkeypatch.setattr(patterns.storage, "storage", browser.storage)
    monkeypatch.setattr(patterns.storage, "call_async", browser.call)
    return browser


@pytest.fixture
def settings() -> Settings:
    return Settings("spectrum", {"smoothing": 3, "unit": "keV"})


def test_settings_start_with_their_defaults(browser: Browser, settings: Settings) -> None:
    asyncio.run(settings.load())
    assert dict(settings) == {"smoothing": 3, "unit": "keV"}


def test_what_is_kept_is_there_at_the_next_visit(browser: Browser, settings: Settings) -> None:
    asyncio.run(settings.keep(smoothing=5))
    assert settings["smoothing"] == 5

    later = Settings("spectrum", {"smoothing": 3, "unit": "keV"})
    asyncio.run(later.load())

    assert dict(later) == {"smoothing": 5, "unit": "keV"}
    assert browser.open_databases == 0


def test_a_setting_without_a_value_yet_takes_any(browser: Browser) -> None:
    first = Settings("spectrum", {"background": None, "detector": None})
    asyncio.run(first.keep(background=[1, 2]))

    later = Settings("spectrum", {"background": None, "detector": None})
    asyncio.run(later.load())

    assert dict(later) == {"background": [1, 2], "detector": None}


def test_what_another_version_of_the_app_kept_does_no_harm(
    browser: Browser, settings: Settings
) -> None:
    browser.kept = {"smoothing": "a little", "colour": "red", "unit": "MeV"}
    asyncio.run(settings.load())
    assert dict(settings) == {"smoothing": 3, "unit": "MeV"}


def test_only_settings_with_a_default_can_be_kept(browser: Browser, settings: Settings) -> None:
    with pytest.raises(KeyError, match="smooting"):
        asyncio.run(settings.keep(smooting=5))
    assert browser.kept == {}


def test_forgotten_settings_are_the_defaults_again(browser: Browser, settings: Settings) -> None:
    asyncio.run(settings.keep(unit="MeV"))

    asyncio.run(settings.forget())

    assert settings["unit"] == "keV"
    assert browser.kept == {}
    assert browser.open_databases == 0


def test_a_browser_that_refuses_is_told_in_words(browser: Browser, settings: Settings) -> None:
    browser.refuses = True
    with pytest.raises(StorageRefusedError, match="keeps nothing for this site"):
        asyncio.run(settings.load())
    with pytest.raises(StorageRefusedError):
        asyncio.run(settings.keep(unit="MeV"))
    assert settings["unit"] == "MeV"


@pytest.mark.parametrize("how", ["full", "rejects"])
def test_a_browser_without_room_is_told_in_words(
    browser: Browser, settings: Settings, how: str
) -> None:
    setattr(browser, how, True)
    with pytest.raises(StorageFullError, match="no room left"):
        asyncio.run(settings.keep(unit="MeV"))
    assert settings["unit"] == "MeV"
