"""When the style sheets of pages hold."""

import asyncio
from typing import Any

import pytest
from patterns import style
from patterns.fetch import FetchTimeoutError, StatusError
from patterns.style import StyleError, load_style, use_style
from pyscript import document, window


class Link(window.EventTarget):  # type: ignore[misc]
    """A link to a style sheet, in a head that decides what becomes of it."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__()
        self.attributes = attributes
        self._dom_element = self

    def getAttribute(self, name: str) -> Any:  # noqa: N802
        return self.attributes[name.replace("-", "_")]


class Head(list[Link]):
    """Where links are put; it tells each of them at once how it ended, or never."""

    outcome: str | None = "load"

    def append(self, link: Link) -> None:
        super().append(link)
        if self.outcome:
            link.dispatchEvent(window.CustomEvent.new(self.outcome))


@pytest.fixture
def head(monkeypatch: pytest.MonkeyPatch) -> Head:
    head = Head()

    async def get_text(url: str, timeout: float) -> str:
        if "lost" in url:
            raise StatusError(url, 404)
        return "no style sheet"

    monkeypatch.setattr(document, "head", head, raising=False)
    monkeypatch.setattr(style, "element", lambda _tag, **attributes: Link(**attributes))
    monkeypatch.setattr(style, "find_all", lambda _selector: list(head))
    monkeypatch.setattr(style, "remove", head.remove)
    monkeypatch.setattr(style, "update", lambda link, **to: link.attributes.update(to))
    monkeypatch.setattr(style, "get_text", get_text)
    return head


def media(head: Head) -> dict[str, str | None]:
    return {link.attributes["data_page"]: link.attributes["media"] for link in head}


def test_a_sheet_holds_for_nobody_until_its_page_is_shown(head: Head) -> None:
    asyncio.run(load_style("plot", "./pages/plot.css"))
    assert media(head) == {"plot": "print"}

    use_style("plot")
    assert media(head) == {"plot": None}


def test_the_sheet_of_one_page_holds_at_a_time(head: Head) -> None:
    for page in ("plot", "files"):
        asyncio.run(load_style(page, f"./pages/{page}.css"))

    use_style("files")
    assert media(head) == {"plot": "not all", "files": None}
    use_style("")
    assert media(head) == {"plot": "not all", "files": "not all"}


def test_a_sheet_is_fetched_once(head: Head) -> None:
    for _ in range(2):
        asyncio.run(load_style("plot", "./pages/plot.css"))

    assert len(head) == 1
    assert not head[0].listeners


@pytest.mark.parametrize(
    ("url", "outcome", "error", "words"),
    [
        ("./pages/lost.css", "error", StatusError, "./pages/lost.css answered 404"),
        ("./pages/odd.css", "error", StyleError, "./pages/odd.css is not a style sheet"),
        ("./pages/slow.css", None, FetchTimeoutError, "./pages/slow.css did not answer within"),
    ],
)
def test_a_sheet_that_does_not_come_is_an_error_with_words(
    head: Head, url: str, outcome: str | None, error: type[Exception], words: str
) -> None:
    head.outcome = outcome

    with pytest.raises(error, match=words):
        asyncio.run(load_style("page", url, timeout=0.01))

    assert not head


def test_a_sheet_that_nobody_waits_for_any_more_is_given_up(head: Head) -> None:
    head.outcome = None

    async def scenario() -> None:
        waiting = asyncio.ensure_future(load_style("plot", "./pages/plot.css"))
        await asyncio.sleep(0)
        assert len(head) == 1
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    asyncio.run(scenario())

    assert not head
