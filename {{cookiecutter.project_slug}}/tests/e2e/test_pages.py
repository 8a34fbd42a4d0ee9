"""What every page in the table has to pass. What one page does is tested beside, in pages/."""

import pytest
from pyscript_kit.testing import App, checks

from pages import PAGES, Page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.route)
@pytest.mark.parametrize("check", checks.EACH_PAGE)
def test_a_page(checked_app: App, page: Page, check: checks.Check) -> None:
    check(checked_app, page)
