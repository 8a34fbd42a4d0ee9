from playwright.sync_api import expect
from pyscript_kit.testing import App


def test_the_page_counts_and_starts_over(app: App) -> None:
    app.open("home")
    count = app.page.get_by_role("status")
    expect(count).to_have_text("0")

    for _ in range(3):
        app.page.get_by_role("button", name="Count").click()
    expect(count).to_have_text("3")

    app.page.get_by_role("button", name="Start over").click()
    expect(count).to_have_text("0")


def test_the_page_greets_with_its_python(app: App) -> None:
    app.open("home")
    version = app.python("import platform; platform.python_version()")
    expect(app.page.get_by_role("main")).to_contain_text(f"Hello from Python {version}")
