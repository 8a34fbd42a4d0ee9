"""Takes patterns along in the wheel, from which `pyscript add pattern` copies them: those of the
template, and those that no project begins with. An editable installation has them as they lie."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TEMPLATE = "{{cookiecutter.project_slug}}"
GALLERY = f"{TEMPLATE}/_options/starter=gallery"
# Folders of the repository, and what they are called in the wheel (project/patterns.py).
FOLDERS = {
    f"{TEMPLATE}/app/patterns": "app",
    f"{GALLERY}/app/patterns": "app",
    f"{GALLERY}/tests/unit": "tests",
    "kit/patterns/app": "app",
    "kit/patterns/unit": "tests",
}


class Patterns(BuildHookInterface[Any]):
    """Adds their files to those of the package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name each file for the wheel."""
        if version == "editable":
            return
        for folder, name in FOLDERS.items():
            for path in sorted((Path(self.root).parent / folder).iterdir()):
                if path.suffix in (".css", ".py"):
                    place = f"pyscript_kit/patterns/{name}/{path.name}"
                    build_data["force_include"][str(path)] = place
