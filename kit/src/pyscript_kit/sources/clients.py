"""Runs the package clients, npm and pip, and says in one line why one has failed."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from pyscript_kit.sources.inbox import SourceError

OUT_OF_REACH = "its index cannot be reached"
# Seconds for a client to end: the largest wheel at 60 kB a second.
_PATIENCE = 1800.0
_NO_CONNECTION = re.compile(
    r"Retrying \(Retry|ENOTFOUND|ECONNREFUSED|ECONNRESET|EAI_AGAIN|ETIMEDOUT|ENETUNREACH"
)
_LEVEL = re.compile(r"^(npm )?(ERROR|ERR!|error)[: ]*")
_PASSING = re.compile(
    r"(WARNING|npm warn|npm notice|code |errno |syscall |A complete log|\[notice\])"
)


def run_client(command: Sequence[str]) -> None:
    """Run a client for what it leaves behind.

    Raises:
        SourceError: when it fails.
    """
    done = completed(command)
    if done.returncode:
        raise SourceError(failure(done.stderr or done.stdout))


def completed(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a client, whatever comes of it.

    Raises:
        SourceError: when it does not start, or does not end.
    """
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=_PATIENCE,
        )
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"it did not finish in {_PATIENCE:g} s") from error
    except OSError as error:
        raise SourceError(f"{Path(command[0]).name} does not start ({error.strerror})") from error


def failure(output: str) -> str:
    """What a client's output says about its failure, in one line and without credentials."""
    if _NO_CONNECTION.search(output):
        return OUT_OF_REACH
    lines = [_LEVEL.sub("", line).strip() for line in output.splitlines()]
    telling = [line for line in lines if line and not _PASSING.match(line)]
    if not telling:
        return "it gave no reason"
    # pip says at the end what it sought in vain, or how it crashed; npm says at the beginning.
    at_the_end = telling[0].startswith("Exception") or telling[-1].startswith("No matching")
    line = telling[-1] if at_the_end else telling[0]
    return without_credentials(line).rstrip(".")[:200]


def without_credentials(text: str) -> str:
    """A text whose addresses hold no name and no password, not even one with a mark such as `@`
    that should have been written otherwise."""
    return re.sub(r"//[^/\s]+@", "//", text)


def only_file(folder: Path, pattern: str) -> Path:
    """The file that a client has left in its folder.

    Raises:
        SourceError: when there is none.
    """
    found = next(folder.glob(pattern), None)
    if found is None:
        raise SourceError("it succeeded but left no file")
    return found
