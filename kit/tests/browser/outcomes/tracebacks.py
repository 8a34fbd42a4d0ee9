# mypy: ignore-errors
# ruff: noqa: F821, S102
"""Errors as a reader meets them: tracebacks with the lines of the libraries they went through."""

import argparse
import ast
import asyncio
import contextlib
import csv
import decimal
import email.message
import functools
import io
import json
import linecache
import logging
import random
import re
import statistics
import string
import sys
import textwrap
import traceback
import warnings
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from outcomes import Cases

RAISING: dict[str, Callable[[], object]] = {
    "argparse": lambda: argparse.ArgumentParser(exit_on_error=False).add_argument("--a", type="b"),
    "ast": lambda: ast.literal_eval("f(1)"),
    "csv": lambda: csv.DictWriter(io.StringIO(), ["a"]).writerow({"b": 1}),
    "decimal": lambda: decimal.Decimal("x"),
    "email": lambda: email.message.EmailMessage().set_content(3),
    "fractions": lambda: Fraction("a third"),
    "functools": lambda: functools.singledispatch(int).register("int"),
    "json": lambda: json.loads('{"a": }'),
    "json of an object": lambda: json.dumps({"a": object}),
    "logging": lambda: logging.getLogger().setLevel("LOUD"),
    "pathlib": lambda: Path("a").relative_to("b"),
    "random": lambda: random.sample([1], 2),
    "regular expression": lambda: re.compile("a)"),
    "statistics": lambda: statistics.mean([]),
    "string": lambda: string.Formatter().format("{a}"),
    "textwrap": lambda: textwrap.wrap("a b", width=-1),
}


def cases() -> Cases:
    """Yield tracebacks."""
    for name, function in RAISING.items():
        yield f"through {name}", lambda function=function: shown(function)
    yield "with a cause", lambda: shown(_with_a_cause)
    yield "while another was handled", lambda: shown(_while_handling)
    yield "several at once", lambda: shown(_several)
    yield "with a note", lambda: shown(_with_a_note)
    yield "syntax", lambda: shown(lambda: compile("if a\n  b", "given", "exec"))
    yield "indentation", lambda: shown(lambda: compile("if a:\nb", "given", "exec"))
    yield "run text", lambda: shown(lambda: exec("def f():\n    return 1 / 0\nf()"))
    yield "misspelt", lambda: shown(lambda: print(foction))
    yield "misspelt attribute", lambda: shown(lambda: "".jion([]))
    yield "of a coroutine", _of_a_coroutine
    yield (
        "lines of a library",
        lambda: [linecache.getline(str(textwrap.__file__), number) for number in range(1, 20)],
    )
    yield "stack", lambda: traceback.format_stack()[-2:]
    yield "logged", _logged
    yield "warned", _warned


def shown(function: Callable[[], object]) -> str:
    """Return the traceback that a function ends in. Raises AssertionError if it does not."""
    try:
        function()
    except BaseException:
        return traceback.format_exc()
    raise AssertionError("nothing was raised")


def _with_a_cause() -> None:
    try:
        json.loads("")
    except ValueError as error:
        raise RuntimeError("no settings") from error


def _while_handling() -> None:
    try:
        statistics.median([])
    except statistics.StatisticsError:
        re.compile("(")


def _several() -> None:
    raise ExceptionGroup("two", [ValueError("a"), ExceptionGroup("one", [TypeError("b")])])


def _with_a_note() -> None:
    error = ValueError("a")
    error.add_note("noted")
    raise error


async def _of_a_coroutine() -> object:
    async def waits() -> None:
        async with asyncio.timeout(0.001):
            await asyncio.Event().wait()

    try:
        await waits()
    except TimeoutError:
        return traceback.format_exc()
    return None


def _logged() -> str:
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(funcName)s: %(message)s"))
    logger = logging.getLogger("outcomes")
    logger.addHandler(handler)
    try:
        Fraction("half")
    except ValueError:
        logger.exception("not %s", "half")
    finally:
        logger.removeHandler(handler)
    return output.getvalue()


def _warned() -> str:
    with contextlib.redirect_stderr(io.StringIO()) as output, warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning("late", UserWarning, str(textwrap.__file__), 10, sys.stderr)
    return output.getvalue()
