"""Finish the generated project: keep the chosen parts, pin the runtime, say what to do next.

Standard library only, offline and deterministic: the same answers give the same bytes, so a
project can be updated from a newer template.
"""

import json
import shutil
from pathlib import Path

ANSWERS = json.loads(r"""{{ cookiecutter | tojson }}""")

OPTIONS = "_options"
LOCK = "runtime.lock.json"

# The only files that state a version beside the lock; the kit compares them before it builds.
PINNED_FILES = ("README.md", "app/pyscript.toml", "pyproject.toml", "requirements.txt")


def finish(project, answers):
    """Turn the rendered files into the project that was asked for.

    Args:
        project: path of the rendered project.
        answers: the answers by question, as cookiecutter gives them to a hook.
    """
    keep_chosen_overlays(project, answers)
    pin_runtime(project)
    print(next_steps(answers))


def keep_chosen_overlays(project, answers):
    """Copy the overlays that fit the answers over the project, and remove all overlays.

    An overlay is a folder `_options/<question>=<answer>`, or several of these joined by
    commas, laid out as its files will be in the project.

    Args:
        project: path of the rendered project.
        answers: the answers by question.
    """
    options = project / OPTIONS
    for overlay in sorted(options.iterdir()):
        conditions = (condition.partition("=") for condition in overlay.name.split(","))
        if all(answers[question] == answer for question, _, answer in conditions):
            shutil.copytree(overlay, project, dirs_exist_ok=True)
    shutil.rmtree(options)


def pin_runtime(project):
    """Write the versions of the project's lock where they are also needed.

    Args:
        project: path of the project, with its `runtime.lock.json` in place.
    """
    lock = json.loads((project / LOCK).read_text(encoding="utf-8"))
    versions = {
        "__PYODIDE_VERSION__": lock["pyodide"]["version"],
        "__PYSCRIPT_VERSION__": lock["pyscript"]["version"],
        "__PYTHON_VERSION__": ".".join(lock["pyodide"]["python"].split(".")[:2]),
    }
    for name, package in lock["packages"].items():
        versions[f"__{name.upper()}_VERSION__"] = package["version"]
    for path in PINNED_FILES:
        file = project / path
        text = file.read_text(encoding="utf-8")
        for mark, version in versions.items():
            text = text.replace(mark, version)
        file.write_bytes(text.encode())


def next_steps(answers):
    """Return what the hook says at its end: where the project is and the commands to run.

    Args:
        answers: the answers by question.
    """
    return "\n".join(
        [
            f"\nDone. Now run, in {answers['project_slug']}:\n",
            "  uv run pyscript dev",
            "\nor, with pip in a virtual environment:\n",
            "  python -m pip install -r requirements.txt",
            "  pyscript dev\n",
        ]
    )


if __name__ == "__main__":
    finish(Path.cwd(), ANSWERS)
