"""Build the kit's wheel into the template, where each generated project gets it from.

Two builds of the same source give the same bytes: files have one date, and one of two modes.
"""

import os
import re
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

from baking import TEMPLATE
from environment import REPOSITORY

KIT = REPOSITORY / "kit"
# The files of a project that name the wheel.
NAMING = ("pyproject.toml", "requirements.txt")
NAME = re.compile(r"pyscript_kit-[^/\"\[\s]+-py3-none-any\.whl")
# Hatchling's own date, as far as it is not told another one: `hatch build` gives the same bytes.
EPOCH = "1580601600"


def main() -> None:
    """Build the wheel of the kit as it is."""
    print(f"Built {put_in(TEMPLATE).relative_to(REPOSITORY)}")


def put_in(project: Path, source: Path = KIT) -> Path:
    """Put the wheel into a project, or into the template of one, in place of any other.

    Args:
        project: its folder; the files in it that name the wheel follow.
        source: the folder of the kit's pyproject.toml.

    Returns:
        The path of the wheel.
    """
    place = project / "kit"
    wheel = build(place, source)
    for other in place.iterdir():
        if other != wheel:
            other.unlink()
    for name in NAMING:
        path = project / name
        text = path.read_text(encoding="utf-8")
        path.write_text(NAME.sub(wheel.name, text), encoding="utf-8")
    return wheel


def build(folder: Path, source: Path = KIT) -> Path:
    """Build the wheel, without a network.

    Args:
        folder: where it will lie; made where there is none.
        source: the folder of the kit's pyproject.toml.

    Returns:
        The path of the wheel.
    """
    os.environ["SOURCE_DATE_EPOCH"] = EPOCH
    (built,) = WheelBuilder(str(source)).build(directory=str(folder), versions=["standard"])
    return Path(built)


if __name__ == "__main__":
    main()
