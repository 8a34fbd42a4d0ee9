"""The page with all that belongs to it, in every way that it is served."""

import pytest
from playwright.sync_api import expect
from pyscript_kit.testing import App


@pytest.mark.parametrize("way", ["app", "offline_app"])
def test_it_finds_its_modules_its_files_and_its_worker(
    request: pytest.FixtureRequest, way: str
) -> None:
    app: App = request.getfixturevalue(way)
    app.open("größen")

    expect(app.page.get_by_role("heading", level=1)).to_have_text("Größen & Einheiten")
    expect(app.page.locator("#half")).to_have_text("Half of it is left after 0.6931 s.")
    expect(app.page.locator("#files li")).to_have_text(
        ['{"share": 0.5}', "a,b", "what", "größe", "shared,1"]
    )
    app.page.get_by_role("button", name="Cool").click()
    expect(app.page.locator("#answer")).to_have_text("90.0 77.3 66.9 58.4 51.5")
