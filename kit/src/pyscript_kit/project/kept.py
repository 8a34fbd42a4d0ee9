"""Whether a file can be removed without losing anything: git has it as it is, or nobody has edited
it since it was written."""

from __future__ import annotations

import subprocess
from pathlib import Path

from pyscript_kit.project.reading import read_bytes


def is_kept(path: Path, *, written: bytes | None = None) -> bool:
    """Whether what is in a file is also somewhere else.

    Args:
        written: what a command has written into it.
    """
    content = read_bytes(path, path.name)
    return content == written or content == committed(path)


def committed(path: Path) -> bytes | None:
    """What the last commit has of a file, as it would be checked out; None where it has none."""
    try:
        done = subprocess.run(
            ["git", "cat-file", "--filters", f"HEAD:./{path.name}"],
            cwd=path.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
