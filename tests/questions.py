"""The questions of the template, read out of cookiecutter.json so that no test retypes them."""

import itertools
import json
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
TEMPLATE = REPOSITORY / "{{cookiecutter.project_slug}}"
COOKIECUTTER: dict[str, Any] = json.loads(
    (REPOSITORY / "cookiecutter.json").read_text(encoding="utf-8")
)
QUESTIONS = [name for name in COOKIECUTTER if not name.startswith("_")]
CHOICES: dict[str, list[str]] = {
    name: COOKIECUTTER[name] for name in QUESTIONS if isinstance(COOKIECUTTER[name], list)
}


def combinations(*questions: str) -> list[dict[str, str]]:
    """Return every combination of the choices of the given questions, of all when none is named."""
    names = questions or tuple(CHOICES)
    products = itertools.product(*(CHOICES[name] for name in names))
    return [dict(zip(names, answers, strict=True)) for answers in products]


def readable(answers: dict[str, str]) -> str:
    """Return a test id for a combination of answers."""
    return " ".join(answers.values())
