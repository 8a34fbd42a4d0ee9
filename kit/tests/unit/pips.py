"""The pip beside these tests, started once: each run is a fork of a process that has imported it,
which takes a third of the time of a new one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PIP = (sys.executable, "-m", "pip")

_FORKS = """
import json, os, sys, traceback
from pip._internal.cli.main import main
import pip._internal.commands.download, pip._internal.commands.install
import pip._internal.resolution.resolvelib.resolver

def run(arguments, folder, variables, said):
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    for stream, path in zip((1, 2), said):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    code = 1
    try:
        code = main(arguments)
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        run(*json.loads(line))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class ForkedPip:
    """A pip that is run often.

    Args:
        folder: where what it says is written meanwhile.
    """

    def __init__(self, folder: Path) -> None:
        self._said = [folder / "output", folder / "errors"]
        self._process: subprocess.Popen[str] | None = None

    def __call__(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run it as `completed` runs a client."""
        assert tuple(command[: len(PIP)]) == PIP, command
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _FORKS],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        told = [command[len(PIP) :], str(Path.cwd()), dict(os.environ), [*map(str, self._said)]]
        print(json.dumps(told), file=self._process.stdin, flush=True)
        code = int(self._process.stdout.readline())
        output, errors = (path.read_text("utf-8", "replace") for path in self._said)
        return subprocess.CompletedProcess(command, code, output, errors)

    def end(self) -> None:
        """Let the process go that all runs are forks of."""
        if self._process is not None:
            self._process.communicate()
