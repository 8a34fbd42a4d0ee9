"""Which pages of the tested app need which packages, as the kit reads it in their source."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pages

from baking import TEMPLATE
from pyscript_kit.project.needed import packages_of_pages
from pyscript_kit.project.settings import Project

if TYPE_CHECKING:
    from pages import Page

# Those that the gallery's lock has.
_OWNERS = {name: name for name in ("matplotlib", "micropip", "numpy")}


def packages_of(page: Page) -> tuple[str, ...]:
    """The packages that a page needs."""
    return _found().get(page.route, ())


@cache
def _found() -> dict[str, tuple[str, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder), (), "")
        for app in (TEMPLATE / "app", Path(pages.__file__).parents[1]):
            shutil.copytree(app, project.app, dirs_exist_ok=True)
        return packages_of_pages(project, _OWNERS)
