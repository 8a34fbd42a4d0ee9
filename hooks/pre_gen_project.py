"""Refuse answers that would break the generated project, before any file is written.

Each refusal is one sentence that names the question, the cause, and what to type instead.
"""

import json
import re
import sys

ANSWERS = json.loads(r"""{{ cookiecutter | tojson }}""")

LONGEST_TEXT = 200
LONGEST_SLUG = 64

# Windows opens a device instead of a folder under these names.
RESERVED_FOLDER_NAMES = frozenset(
    ["con", "prn", "aux", "nul"]
    + [f"{device}{number}" for device in ("com", "lpt") for number in range(10)]
)

# The slug also names the project for uv, which takes it for the package of that name: it then finds
# no solution.
DEPENDENCY_NAMES = frozenset(
    [
        "axe-playwright-python",
        "brotli",
        "click",
        "filelock",
        "httpx",
        "hypothesis",
        "matplotlib",
        "mypy",
        "numpy",
        "packaging",
        "pip",
        "platformdirs",
        "playwright",
        "pyscript",
        "pyscript-cli",
        "pyscript-kit",
        "pytest",
        "pytest-playwright",
        "pytest-timeout",
        "pytest-xdist",
        "ruff",
        "starlette",
        "tomlkit",
        "uvicorn",
        "watchfiles",
    ]
)

# What those bring along, on some system or in some release; a test compares what is installed.
BROUGHT_ALONG_NAMES = frozenset(
    [
        # pyscript-cli and the servers
        *("anyio", "certifi", "charset-normalizer", "colorama", "h11", "httpcore", "idna"),
        *("jinja2", "markdown-it-py", "markupsafe", "mdurl", "pluggy", "pygments", "requests"),
        *("rich", "sniffio", "toml", "typer", "typing-extensions", "urllib3"),
        # matplotlib
        *("contourpy", "cycler", "fonttools", "kiwisolver", "pillow", "pyparsing"),
        *("python-dateutil", "six", "tzdata"),
        # mypy, pytest and what belongs to it
        *("ast-serialize", "execnet", "greenlet", "iniconfig", "librt", "mypy-extensions"),
        *("pathspec", "pyee", "pytest-base-url", "python-slugify", "sortedcontainers"),
        "text-unidecode",
    ]
)

TEXT_QUESTIONS = ("project_name", "description", "author")

# Jinja would read these on the next update of the project from its template.
TEMPLATE_MARKS = tuple("{" + mark for mark in ("{", "%", "#"))
# The post hook puts the lock's versions in place of these.
VERSION_MARK = re.compile(r"__[A-Z0-9._-]+_VERSION__")


def problems(answers):
    """Return the sentences that say what is wrong with the answers, none when all is well.

    Args:
        answers: the answers by question, as cookiecutter gives them to a hook.

    Returns:
        A list of sentences, one for each answer that is refused, in the order of the questions.
    """
    found = [_text_problem(question, answers[question]) for question in TEXT_QUESTIONS]
    found.insert(1, _slug_problem(answers["project_slug"]))
    found.append(_pyodide_problem(answers["pyodide_version"], answers["_locked_pyodide_versions"]))
    return [sentence for sentence in found if sentence]


def _text_problem(question, answer):
    if not answer.strip():
        return f"{question} is empty: type at least one word."
    if len(answer) > LONGEST_TEXT:
        return (
            f"{question} has {len(answer)} characters: type {LONGEST_TEXT} or fewer; the README "
            "has room for more."
        )
    if any(_is_control(character) for character in answer):
        return (
            f"{question} holds a line break or another control character, which a TOML file "
            "cannot hold: type it as one line of plain text."
        )
    if any(mark in answer for mark in TEMPLATE_MARKS):
        return (
            f"{question} holds an opening brace before another brace, a percent or a number sign, "
            "which templates interpret: type it without."
        )
    if mark := VERSION_MARK.search(answer):
        return (
            f"{question} holds {mark[0]}, which the project's files replace by a version: type "
            "it without the underscores."
        )
    return None


def _is_control(character):
    # Surrogates are halves of a character: no file in UTF-8 can hold one.
    code = ord(character)
    return (
        code < 0x20
        or 0x7F <= code < 0xA0
        or 0xD800 <= code <= 0xDFFF
        or code in (0x2028, 0x2029, 0xFFFE, 0xFFFF)
    )


def _slug_problem(slug):
    advice = "type lower-case letters, digits and single hyphens, such as my-app."
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", slug):
        return f"project_slug {slug!r} cannot be a folder name on every system: {advice}"
    if len(slug) > LONGEST_SLUG:
        return (
            f"project_slug has {len(slug)} characters, more than some systems allow in a folder "
            f"name: type {LONGEST_SLUG} or fewer."
        )
    if slug in RESERVED_FOLDER_NAMES:
        return f"project_slug {slug!r} is a device on Windows, not a folder: type {slug}-app."
    if slug in DEPENDENCY_NAMES | BROUGHT_ALONG_NAMES:
        return (
            f"project_slug {slug!r} is the name of a package that the project installs: "
            f"type {slug}-app."
        )
    return None


def _pyodide_problem(version, locked):
    if version in locked:
        return None
    return (
        f"pyodide_version {version!r} has no lock in this template: "
        f"choose {' or '.join(locked)}, or update the template."
    )


if __name__ == "__main__":
    refusals = problems(ANSWERS)
    for refusal in refusals:
        print(refusal, file=sys.stderr)
    if refusals:
        sys.exit(1)
