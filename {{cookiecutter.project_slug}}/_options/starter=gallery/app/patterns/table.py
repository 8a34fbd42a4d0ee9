"""Reads tables as spreadsheets save them, and describes their columns of numbers.

Nothing here knows of the browser, so CPython can test it. Commas, semicolons and tabs between the
cells are told apart, and so are decimal points and commas.

    table = parse_table("name;mass\\nFe;55,85\\nNi;58,69", "metals.csv")
    for summary in summarise(table):
        print(summary.column, summary.mean)
"""

import csv
import io
import math
import statistics
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_DELIMITERS = (",", ";", "\t")

# What is in tables for a value that was not taken, in small letters.
_MISSING = {"", "na", "n/a", "nan", "null"}


class TableError(Exception):
    """A text is not a table; the message names it and says why."""


class Table(NamedTuple):
    """A table of text cells: every row has a cell for each column."""

    columns: list[str]
    rows: list[list[str]]
    delimiter: str


class Summary(NamedTuple):
    """Statistics of a column of numbers.

    ``missing`` counts cells that are empty or say "NA" or "NaN", which the other figures leave out.
    The standard deviation is that of a sample, with n - 1; NaN for a single number.
    """

    column: str
    values: int
    missing: int
    mean: float
    standard_deviation: float
    minimum: float
    median: float
    maximum: float


def parse_table(text: str, name: str) -> Table:
    """Return the table in ``text``, whose first row names the columns. Raises TableError.

    ``name`` is what the visitor knows it by, such as "metals.csv". Empty lines are left out.
    """
    delimiter = find_delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: list[str] = []
    rows: list[list[str]] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if columns and len(cells) != len(columns):
                raise TableError(
                    f"{name} is not a table: line {reader.line_num} has {len(cells)} cells, "
                    f"where the first row has {len(columns)}."
                )
            if columns:
                rows.append(cells)
            else:
                columns = [cell.strip() for cell in cells]
    except csv.Error as error:
        raise TableError(
            f"{name} is not a table: line {reader.line_num} cannot be read ({error})."
        ) from error
    if not rows:
        raise TableError(f"{name} is empty: write at least a row of names and a row of values.")
    return Table(columns, rows, delimiter)


def find_delimiter(text: str) -> str:
    """Return the separator of the cells of ``text``: the one that its first line has most of."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=first.count)


def summarise(table: Table) -> list[Summary]:
    """Describe every column that holds numbers and nothing else, in the table's order.

    Formulas: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.5.1 and 1.3.5.6.
    """
    decimal_comma = table.delimiter != ","
    summaries = []
    for column, cells in zip(table.columns, zip(*table.rows, strict=True), strict=True):
        filled = [cell.strip() for cell in cells if cell.strip().lower() not in _MISSING]
        numbers = _parse_numbers(filled, decimal_comma)
        if numbers:
            summaries.append(_describe(column, numbers, missing=len(cells) - len(filled)))
    return summaries


def write_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a file of comma-separated values, in UTF-8."""
    content = io.StringIO(newline="")
    writer = csv.writer(content, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return content.getvalue().encode()


def _parse_numbers(cells: Iterable[str], decimal_comma: bool) -> list[float]:
    """Return the numbers in ``cells``; none if any of them is something else."""
    try:
        numbers = [float(cell.replace(",", ".") if decimal_comma else cell) for cell in cells]
    except ValueError:
        return []
    return numbers if all(map(math.isfinite, numbers)) else []


def _describe(column: str, numbers: list[float], *, missing: int) -> Summary:
    count = len(numbers)
    mean = math.fsum(numbers) / count
    squares = math.fsum((number - mean) ** 2 for number in numbers)
    return Summary(
        column,
        count,
        missing,
        mean,
        math.sqrt(squares / (count - 1)) if count > 1 else math.nan,
        min(numbers),
        statistics.median(numbers),
        max(numbers),
    )
