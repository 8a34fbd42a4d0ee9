"""What the error panel adds to an error that a line of Python raises in a browser alone, and what
the console shows of what is printed."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from pyscript_kit.browser import BOOT

NODE = shutil.which("node")
ADVISE = """
const { withAdvice } = await import(process.argv[1]);
console.log(JSON.stringify(JSON.parse(process.argv[2]).map(withAdvice)));
"""
PRINT = """
const { inLines } = await import(process.argv[1]);
const lines = [];
const stream = inLines((line) => lines.push(line));
const encoder = new TextEncoder();
for (const piece of JSON.parse(process.argv[2])) {
  if (piece === null) await new Promise((resolve) => setTimeout(resolve, 150));
  // As bytes come: one at a time, whatever they are part of.
  else for (const byte of encoder.encode(piece)) stream.write(Uint8Array.of(byte));
}
console.log(JSON.stringify(lines));
"""

FETCH = "await get_text or get_bytes of patterns.fetch"
FILES = 'add "./data/x.csv" = "./data/" there, or await get_text("./data/x.csv")'
WAIT = 'make it "async def", and write await instead of asyncio.run().'
WORKER = "compute in a worker"
FORM = "input() has nothing to read from on a page"
MISSING = "FileNotFoundError: [Errno 44] No such file or directory:"

# By the line that fails: what Pyodide 314.0.3 and 0.28.3 raise, and what the panel says of it.
LINES = {
    "pd.read_csv, 314": ("RuntimeError: TLS not supported in this environment", FETCH),
    "urlopen, 0.28": ("urllib.error.URLError: <urlopen error unknown url type: https>", FETCH),
    "urlopen, http": (
        "http.client.RemoteDisconnected: Remote end closed connection without response",
        FETCH,
    ),
    "requests": (
        "requests.exceptions.ConnectionError: ('Connection aborted.', HTTPException('failed'))",
        FETCH,
    ),
    "open_url": (
        "pyodide.ffi.JsException: NetworkError: Failed to execute 'send' on 'XMLHttpRequest'",
        FETCH,
    ),
    "open": (f"{MISSING} 'data/x.csv'", FILES),
    "open, with a dot": (f"{MISSING} './data/x.csv'", FILES),
    "open, at the top": (f"{MISSING} 'x.csv'", 'add "./x.csv" = "./" there'),
    "open, elsewhere": (f"{MISSING} '/home/me/x.csv'", "cannot see your computer's files"),
    "input, 314": ("EOFError: EOF when reading a line", FORM),
    "input, 0.28": ("OSError: [Errno 29] I/O error", FORM),
    "time.sleep": ("time.sleep() holds up everything on a page.", "write await asyncio.sleep()"),
    "Thread": ("RuntimeError: can't start new thread", WORKER),
    "Process, 314": ("ModuleNotFoundError: No module named '_multiprocessing'", WORKER),
    "subprocess": ("OSError: [Errno 138] emscripten does not support processes.", WORKER),
    "asyncio.run": (
        "RuntimeError: Cannot stack switch because the Python entrypoint was a synchronous "
        "function. Use pyFunc.callPromising() to fix.",
        WAIT,
    ),
    "asyncio.run, where nothing can wait": (
        "RuntimeError: WebAssembly stack switching not supported in this JavaScript runtime",
        WAIT,
    ),
    "a kept function": (
        "This borrowed proxy was automatically destroyed at the end of a function call.",
        "give it handlers.callback(function)",
    ),
}


def answered(program: str, module: str, question: object) -> list[str]:
    """What a program of JavaScript answers, with a module of the boot screen at hand."""
    if NODE is None:
        pytest.skip("Node is not installed")
    address = (BOOT / module).as_uri()
    command = [NODE, "--input-type=module", "--eval", program, address, json.dumps(question)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: list[str] = json.loads(done.stdout)
    return answer


def test_a_line_that_fails_in_a_browser_alone_comes_with_the_way_out() -> None:
    messages = answered(ADVISE, "advice.mjs", [raised for raised, _ in LINES.values()])

    for message, (raised, way) in zip(messages, LINES.values(), strict=True):
        assert message.startswith(raised)
        assert way in message
        assert "$1" not in message


def test_of_any_other_error_all_that_it_says_is_said() -> None:
    raised = [
        "ZeroDivisionError: division by zero",
        "ValueError: no input",
        "OSError: [Errno 28] No space left on device",
        "patterns.worker.WorkerError: The worker sums: it could not be reached.",
        "",
    ]

    assert answered(ADVISE, "advice.mjs", raised) == raised


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        (["one\n", "two\n"], ["one", "two"]),
        (["\n", "\N{GREEK SMALL LETTER MU} = 3\n"], ["", "\N{GREEK SMALL LETTER MU} = 3"]),
        (["no ", "end", None, " yet", None], ["no end", " yet"]),
        (["\rstep 1", "\rstep 2", None, "\rstep 3\r\n"], ["step 2", "step 3"]),
        (["\r", None], []),
    ],
)
def test_what_is_printed_comes_in_lines_and_without_an_end_after_a_while(
    pieces: list[str | None], lines: list[str]
) -> None:
    assert answered(PRINT, "printing.mjs", pieces) == lines
