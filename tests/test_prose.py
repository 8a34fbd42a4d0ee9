"""The checks of words find what they are for, and nothing here."""

import subprocess
import sys
from pathlib import Path

import pytest

import prose
from passages import passages
from questions import REPOSITORY

# What each of our own checks finds, and nothing else of them does.
FAULTS = {
    "terms.lockfile": "Commit the lock file.",
    "terms.reload": "The server has hot reloading.",
    "terms.hosting": "Upload it to a static web server.",
    "terms.visit": "A second visit takes less.",
    "terms.panel": "The error box shows a traceback.",
    "terms.snapshot": "It starts from a snapshot of memory.",
    "terms.fix": "Mend that line.",
    "terms.names": "Push it to Github.",
    "translated.is_no": "This is no wheel.",
    "translated.which": "Keep that which works.",
    "translated.such": "Remove such lines.",
    "translated.to_be": "The file is to be removed.",
    "translated.tell_of": "The system tells of changes.",
    "translated.see": "See to it that pip works.",
    "translated.place": "Put yours in the place of ours.",
    "translated.stands": "The version stands in the lock.",
    "translated.what": "What is kept lasts.",
    "dated": "Build the site anew.",
    "promotional": "It has a powerful API.",
    "doubled": "Open the the page.",
    "long": " ".join(["It", *["goes on and"] * 12, "ends."]),
}
INNOCENT = """There is no such file, and it is no longer needed. An empty wheel stands in for a
package, such as one without a wheel for the browser. Had you known that that is so, you would see
the page. Or is it? What is it called? What to do next.

The next paragraph ends with a word

word that begins another one.
"""


def checked(folder: Path, name: str, content: str) -> list[tuple[int, str]]:
    """Return line and rule of each finding in a file."""
    file = folder / name
    file.write_text(content, encoding="utf-8")
    return [(line, said.split(": ")[0]) for line, said in prose.findings(passages(file))]


@pytest.mark.parametrize("rule", [*(name for name, *_ in prose.RULES), "long", "translated.what"])
def test_a_fault_is_found_by_its_rule_alone(tmp_path: Path, rule: str) -> None:
    text = f"A line before it.\n\n{FAULTS[rule]}\n"
    assert checked(tmp_path, "page.md", text) == [(3, rule)]


def test_what_only_looks_like_a_fault_is_left_alone(tmp_path: Path) -> None:
    assert checked(tmp_path, "page.md", INNOCENT) == []


def test_checks_of_proselint_are_among_ours(tmp_path: Path) -> None:
    found = checked(tmp_path, "page.md", "First of all, it is the exact same.\n")
    assert {rule.split(".")[0] for _, rule in found} == {"redundancy"}


def test_a_misspelt_word_is_found(tmp_path: Path) -> None:
    misspelt = "receive".replace("cei", "cie")
    (tmp_path / "page.md").write_text(f"They {misspelt} it.\n", encoding="utf-8")
    command = [sys.executable, "-m", "codespell_lib", str(tmp_path)]
    result = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert result.returncode
    assert f"page.md:1: {misspelt} ==> receive" in result.stdout


MARKDOWN = """---
anew: true
---

# Begin anew

Write `anew` or [anew](anew.md),
anew.

```sh
begin anew
```

| here | anew |
|---|---|
| `anew` | anew |

{% if anew %}- {{ anew }}
  begin anew{% endif %}
"""


def test_documents_are_read_without_their_code(tmp_path: Path) -> None:
    lines = [line for line, _ in checked(tmp_path, "page.md", MARKDOWN)]
    assert lines == [5, 7, 8, 14, 16, 19]


PYTHON = '''"""Begin anew."""

import anew  # Begin anew.


def begin(anew: str) -> str:
    """Begin.

        begin("Begin it all over anew.")

    Args:
        anew: begins ``anew``, which is
            to begin anew.
    """
    # Begin
    # anew.
    if anew == "anew":
        raise ValueError(f"{anew} has to begin in this folder anew")
    return f"anew={anew};" + "anew, anew"
'''


def test_code_is_read_for_docstrings_comments_and_messages(tmp_path: Path) -> None:
    lines = [line for line, _ in checked(tmp_path, "module.py", PYTHON)]
    assert lines == [1, 3, 13, 16, 18]


JAVASCRIPT = """/**
 * Begin anew.
 *
 * @param {string} anew what
 *     begins anew
 */
export function begin(anew) {
  const known = /"anew"/; // Anew.
  if (anew.match(known)) throw new Error("You have to begin it all anew.");
  return `${anew}`;
}
"""


def test_javascript_is_read_for_comments_and_messages(tmp_path: Path) -> None:
    lines = [line for line, _ in checked(tmp_path, "module.mjs", JAVASCRIPT)]
    assert lines == [2, 5, 8, 9]


def test_prompts_are_read_and_other_data_is_not(tmp_path: Path) -> None:
    prompts = '{\n  "__prompts__": {\n    "name": "Begin anew"\n  }\n}\n'
    assert checked(tmp_path, "cookiecutter.json", prompts) == [(3, "dated")]
    assert checked(tmp_path, "other.json", prompts) == []
    assert checked(tmp_path, "other.txt", "Begin anew.\n") == []


def test_the_words_of_this_repository_are_in_order() -> None:
    found = [
        f"{path.relative_to(REPOSITORY)}:{line}: {said}"
        for path in prose.tracked()
        for line, said in prose.findings(passages(path))
    ]
    assert found == []
