"""Checks the words of this repository, by checks of proselint and a few of its own.

`make lint` and the tests run it on the files that git has here: documents, docstrings, comments,
messages and prompts, as `passages` reads them. There are no exceptions: a rule has to be worth a
rewrite wherever it finds something.
"""

import re
import subprocess
import sys
from bisect import bisect
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

import proselint.checks
from proselint.registry.checks import Check, CheckResult
from proselint.registry.checks.engine import Fancy
from proselint.registry.checks.types import ExistenceSimple

from environment import REPOSITORY
from passages import READERS, Passage, passages

LONGEST = 35

# Of what proselint brings, the checks that do not take a programmer's words for others.
_TAKEN = (
    "cliches.misc",
    "hedging",
    "industrial_language",
    "malapropisms",
    "mixed_metaphors",
    "needless_variants",
    "nonwords",
    "oxymorons",
    "redundancy",
    "spelling",
)

# A name, what it finds, and what to write instead.
RULES = (
    ("terms.lockfile", r"\block[ -]files?\b", "lockfile"),
    ("terms.reload", r"\b(?:hot|auto(?:matic)?)[ -]reload\w*", "live reload"),
    ("terms.hosting", r"\bstatic (?:hoster|web ?space|web ?server)s?\b", "static hosting"),
    ("terms.visit", r"\b(?:second|returning|further) visits?\b", "repeat visit"),
    ("terms.panel", r"\berror (?:box|window|overlay|screen)(?:es|s)?\b", "error panel"),
    ("terms.snapshot", r"\b(?:snapshot|image)s? of memory\b", "memory snapshot"),
    ("terms.fix", r"(?<!:)\bmend(?:s|ed|ing)?\b", "fix"),
    (
        "terms.names",
        r"(?-i:\b(?:Javascript|Typescript|Github|Webassembly|Numpy)\b)",
        "its spelling",
    ),
    (
        "translated.is_no",
        r"(?<!there )\b(?:is|are|was|were) no (?!longer\b|more\b|less\b|different\b)\w+",
        "is not a",
    ),
    ("translated.which", r"\b(?:that|those|all that) which\b", "what, or the noun"),
    ("translated.such", r"(?<!no )(?<!or )\bsuch (?!as\b)\w+", "these, like this, of this kind"),
    ("translated.to_be", r"\b(?:is|are|was|were) to be \w+", "must be, will be"),
    ("translated.tell_of", r"\b(?:tell(?:s|ing)?|told) of\b", "report, mention"),
    ("translated.see", r"\bsee(?:s|ing)? (?:to (?!it\b)|(?:to it )?that\b)", "check, make sure"),
    ("translated.place", r"\bin the place of\b", "instead of, for"),
    (
        "translated.stands",
        r"\b(?:stands?|stood|lies|lie|lay) "
        r"(?:in(?! for\b)|at|here|there|once|twice|elsewhere|below|above)\b",
        "is, are",
    ),
    (
        "dated",
        r"\b(?:anew|for\sever|thereby|whereby|therein|thereof|thereto|hereby|herein|hence|thence|"
        r"whence|lest|ere|save for|vice versa)\b|\bas of (?!now)",
        "again, forever, so, because",
    ),
    (
        "promotional",
        r"\b(?:very|simply|easily|seamless(?:ly)?|effortless(?:ly)?|powerful|robust|blazing(?:ly)?|"
        r"elegant(?:ly)?|intuitive(?:ly)?|lightning[ -]fast|cutting[ -]edge|"
        r"state[ -]of[ -]the[ -]art|world[ -]class|best[ -]in[ -]class|revolutionary|"
        r"amazing(?:ly)?|stunning(?:ly)?|unparalleled|obviously|basically|of course|"
        r"leverag(?:e[sd]?|ing))\b",
        "what it does, in figures",
    ),
    ("doubled", r"\b(?!that\b|had\b)([A-Za-z]+)[ \n]\1\b", "the word once"),
)

_SENTENCE = re.compile(r"\S.*?(?:(?<=[.!?])(?=[”\")]?\s)|\n\n|\Z)", re.DOTALL)
_WORD = re.compile(r"\S*\w\S*")
_OPENING = re.compile(r"(?:What|All that)\s(?:is|are|was|were|has|had|it|they|the|an?|this|one)\s")


def _long(text: str, check: Check) -> Iterator[CheckResult]:
    for sentence in _SENTENCE.finditer(text):
        if (words := len(_WORD.findall(sentence[0]))) > LONGEST:
            yield CheckResult(check.path, check.message.format(words), sentence.span(), None)


def _opening(text: str, check: Check) -> Iterator[CheckResult]:
    for sentence in _SENTENCE.finditer(text):
        if (found := _OPENING.match(sentence[0])) and re.search(r"[.;:]\s*\Z|[;:]\s", sentence[0]):
            yield CheckResult(
                check.path, check.message.format(found[0].strip()), sentence.span(), None
            )


def _own(path: str, pattern: str, instead: str) -> Check:
    return Check(
        check_type=ExistenceSimple(pattern=pattern.replace(" ", r"\s")),
        engine=Fancy(),
        path=path,
        message=f"“{{}}”: write {instead}.",
    )


CHECKS = (
    *(each for each in proselint.checks.__register__ if any(map(each.matches_partial, _TAKEN))),
    *(_own(*rule) for rule in RULES),
    Check(check_type=_long, path="long", message=f"{{}} words; {LONGEST} at most."),
)
# Of what readers of the documentation and users of commands see. Comments say what a thing is.
SHOWN = Check(check_type=_opening, path="translated.what", message="“{} …”: begin with the noun.")


def findings(found: Sequence[Passage]) -> list[tuple[int, str]]:
    """Return the line and the complaint for each fault in the passages of a file."""
    told = []
    for shown in (True, False):
        chosen = [each for each in found if each.shown is shown]
        text = "\n\n".join(each.text for each in chosen)
        starts = [0, *accumulate(len(each.text) + 2 for each in chosen)]
        for check in (*CHECKS, SHOWN) if shown else CHECKS:
            for path, message, (at, _), _ in check.check_with_flags(text):
                index = bisect(starts, at) - 1
                line = chosen[index].line + text.count("\n", starts[index], at)
                told.append((line, f"{path}: {' '.join(message.split())}"))
    return sorted(told)


# Tests have faults on purpose, and nobody but their maintainers reads them.
_NOT_READ = ("tests/", "kit/tests/")


def tracked() -> list[Path]:
    """Return the files that git has or would add, and that a reader knows, without our own tests.

    Raises:
        SystemExit: there is no git, or no checkout here.
    """
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    result = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(f"The files cannot be listed ({result.stderr.strip()}): use a checkout by git.")
    names = (name for name in result.stdout.split("\0") if not name.startswith(_NOT_READ))
    paths = (REPOSITORY / name for name in names if name)
    return [path for path in paths if path.suffix in READERS and path.is_file()]


def main() -> None:
    """Print each finding; exits with 1 where there is one."""
    count = 0
    for path in map(Path.resolve, map(Path, sys.argv[1:])) if sys.argv[1:] else tracked():
        for line, complaint in findings(passages(path)):
            print(f"{path.relative_to(REPOSITORY)}:{line}: {complaint}")
            count += 1
    if count:
        sys.exit(f"{count} to rewrite; tasks/prose.py has the rules.")


if __name__ == "__main__":
    main()
