"""Generates projects from this repository, as cookiecutter does for its users."""

import contextlib
import io
from pathlib import Path

from cookiecutter.main import cookiecutter

REPOSITORY = Path(__file__).resolve().parent.parent
TEMPLATE = REPOSITORY / "{{cookiecutter.project_slug}}"
# The folder in it of what depends on answers.
OPTIONS = "_options"


def generate(folder: Path, **answers: str) -> Path:
    """Generate a project.

    Args:
        folder: where its folder will lie.
        answers: by question; the defaults hold for the others.

    Returns:
        The folder of the project.
    """
    with contextlib.redirect_stdout(io.StringIO()):
        return Path(
            cookiecutter(
                str(REPOSITORY),
                no_input=True,
                output_dir=str(folder),
                extra_context=answers,
            )
        )
