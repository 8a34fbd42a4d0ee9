import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.driver import App

ROOT = Path(__file__).parents[2]
LOCK = json.loads((ROOT / "runtime.lock.json").read_text(encoding="utf-8"))


def test_the_browser_has_the_locked_versions(app: App) -> None:
    for package in LOCK["requested"]:
        version = app.python(f"import importlib.metadata as m; m.version({package!r})")
        assert version == LOCK["packages"][package]["version"]


@pytest.mark.parametrize("package", ["matplotlib", "kiwisolver"])
def test_a_changed_wheel_fails_the_start_and_is_named(fresh_app: App, package: str) -> None:
    fresh_app.expect_errors(package, "Failed to fetch")
    wheel = re.compile(f"/{package}-[^/]*[.]whl$")
    fresh_app.page.route(wheel, lambda route: route.fulfill(body=b"PK changed"))

    fresh_app.boot(state="failed")

    expect(fresh_app.page.get_by_role("alert")).to_contain_text(
        f"These packages could not be loaded: {package}."
    )
