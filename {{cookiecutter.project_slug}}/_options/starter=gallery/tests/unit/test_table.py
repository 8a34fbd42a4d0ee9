import csv
import io
import math

import pytest

from patterns.table import Summary, TableError, parse_table, summarise, write_table


def test_a_table_has_named_columns_and_rows() -> None:
    table = parse_table('name, mass \r\nFe,55.8\r\n"Ni, pure",58.7\r\n\r\n', "metals.csv")
    assert table.columns == ["name", "mass"]
    assert table.rows == [["Fe", "55.8"], ["Ni, pure", "58.7"]]


@pytest.mark.parametrize("text", ["a,b\n1.5,2.5\n", "a;b\n1,5;2,5\n", "a\tb\n1,5\t2.5\n"])
def test_delimiters_and_decimal_marks_are_told_apart(text: str) -> None:
    assert [summary.mean for summary in summarise(parse_table(text, "t.csv"))] == [1.5, 2.5]


# NumAcc1 and NumAcc3 of NIST's Statistical Reference Datasets, with their certified values.
@pytest.mark.parametrize(
    ("numbers", "mean", "deviation"),
    [
        ([10000001, 10000003, 10000002], 10000002, 1),
        ([1000000.2] + [1000000.1, 1000000.3] * 500, 1000000.2, 0.1),
    ],
)
def test_mean_and_deviation_are_as_certified(
    numbers: list[float], mean: float, deviation: float
) -> None:
    text = "x\n" + "\n".join(map(str, numbers))
    (summary,) = summarise(parse_table(text, "nist.csv"))
    assert summary.mean == pytest.approx(mean, rel=1e-15)
    assert summary.standard_deviation == pytest.approx(deviation, rel=1e-9)


def test_a_column_of_numbers_is_described() -> None:
    table = parse_table("name,mass\na,4\nb,1\nc,\nd,2\ne,NA\nf,1\n", "t.csv")
    (summary,) = summarise(table)
    assert summary._replace(standard_deviation=round(summary.standard_deviation, 15)) == Summary(
        "mass", 4, 2, 2.0, round(math.sqrt(2), 15), 1.0, 1.5, 4.0
    )


def test_a_single_number_has_no_deviation() -> None:
    (summary,) = summarise(parse_table("x\n7\n", "t.csv"))
    assert summary.mean == 7
    assert math.isnan(summary.standard_deviation)


@pytest.mark.parametrize("cells", ["1\nlow", "NA\nNA", "inf\n1", "1e999\n1"])
def test_a_column_that_holds_something_else_is_left_out(cells: str) -> None:
    assert summarise(parse_table(f"x\n{cells}\n", "t.csv")) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "bad.csv is empty"),
        ("a,b\n", "bad.csv is empty"),
        ("a,b\n1,2\n3\n", "line 3 has 1 cells, where the first row has 2"),
        ('a,b\n1,"2\n', "line 2 cannot be read"),
        ('a,b\n1,"2"3\n', "line 2 cannot be read"),
    ],
)
def test_what_is_no_table_is_refused_in_words(text: str, reason: str) -> None:
    with pytest.raises(TableError, match=reason):
        parse_table(text, "bad.csv")


def test_a_written_table_can_be_read_again() -> None:
    content = write_table(("name", "mass"), [('Fe, "pure"', 55.845), ("µ", 0.1)]).decode()
    assert list(csv.reader(io.StringIO(content))) == [
        ["name", "mass"],
        ['Fe, "pure"', "55.845"],
        ["µ", "0.1"],
    ]
