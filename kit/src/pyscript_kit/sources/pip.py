"""pip as the user has set it up, wherever it is: beside this Python, behind uv, or on the PATH."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from pyscript_kit.project.settings import canonical_name
from pyscript_kit.sources.clients import completed, failure
from pyscript_kit.sources.inbox import SourceError

# What it says of a page of an index that did not come, where it is asked to be verbose.
_REFUSED = re.compile(
    r"Could not fetch URL (?P<url>\S+): (?:.*too many )?(?P<status>[45]\d\d) (?:\S+ E|e)rror"
)
_PIP_OPTIONS = ("--disable-pip-version-check", "--no-input", "--retries=1", "--no-color")


@cache
def find_pip() -> tuple[str, ...] | None:
    """How to start pip: this Python's, else through uv, else the one on the PATH."""
    # A virtual environment that uv made has none.
    if importlib.util.find_spec("pip"):
        return (sys.executable, "-m", "pip")
    candidates: list[tuple[str, ...]] = []
    if uv := shutil.which("uv"):
        candidates.append((uv, "tool", "run", "--quiet", "--python", sys.executable, "pip"))
    candidates += [(pip,) for name in ("pip3", "pip") if (pip := shutil.which(name))]
    candidates += [
        (python, "-m", "pip") for name in ("python3", "python") if (python := shutil.which(name))
    ]
    return next((command for command in candidates if _works([*command, "--version"])), None)


def run_pip(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pip, whatever comes of it.

    Raises:
        SourceError: when there is no pip.
    """
    command = find_pip()
    if command is None:
        raise SourceError("neither pip nor uv is installed")
    return completed([*command, *arguments, *_PIP_OPTIONS])


def refused_by_index(output: str, name: str = "") -> str:
    """Which index refuses to say what it has, and how; empty where none does.

    An index that answers 404 has nothing by that name, but does not refuse.

    Args:
        output: what pip said with the option -vv.
        name: the package that matters; any when it is empty.
    """
    for match in _REFUSED.finditer(output):
        address = urlsplit(match["url"])
        page = address.path.rstrip("/").rpartition("/")[2]
        if match["status"] != "404" and (not name or canonical_name(page) == canonical_name(name)):
            # Without the name and the password that may stand before it.
            return f"the index {address.netloc.rpartition('@')[2]} answers HTTP {match['status']}"
    return ""


def pip_download(requirements: Sequence[str], options: Sequence[str], folder: Path) -> None:
    """Download wheels, without what they depend on, into a new folder.

    Raises:
        SourceError: when there is no pip, or it fails.
    """
    folder.mkdir()
    done = run_pip("download", "-vv", "--no-deps", f"--dest={folder}", *options, *requirements)
    if done.returncode:
        raise SourceError(refused_by_index(done.stdout) or failure(done.stderr))


def _works(command: Sequence[str]) -> bool:
    try:
        return completed(command).returncode == 0
    except SourceError:
        return False
