"""Lines of CSV: exact, and never a formula. Case 95. Rule X1."""

import csv
import io

import pytest

from flask_support_tickets.web.csv_format import csv_line


def read(line):
    [row] = csv.reader(io.StringIO(line, newline=""))
    return row


@pytest.mark.parametrize(
    "text",
    [
        'a "quoted" word', "a, b; c", "two\nlines", "two\r\nlines", "it's", "Größe 打印",
        "1 + 1 = 2", "a-b", "mail@example.org", "", " padded ", "x=1", 12,
    ],
)  # fmt: skip
def test_csv_reader_gets_text_back(text):
    line = csv_line([text, "next", None])
    assert line.endswith("\r\n")
    assert read(line) == [str(text), "next", ""]


@pytest.mark.parametrize("start", [*"=+-@\t\r\n\0", *"＝＋－＠"])
def test_cell_that_looks_like_a_formula_starts_with_apostrophe(start):
    for before in ("", " ", "\u00a0 ", "\u3000", "\u200b", "\ufeff", "\x01"):
        text = f"{before}{start}cmd|' /C calc'!A0"
        is_safe = before and start in "\t\r\n\0"  # white space alone starts nothing
        assert read(csv_line([text])) == [text if is_safe else f"'{text}"], before


def test_formula_behind_separator_of_another_country_gets_apostrophe():
    assert read(csv_line(["a;=1+1"])) == ["a;'=1+1"]
    assert read(csv_line(['a; "=1+1";b'])) == ['a; "\'=1+1";b']
    assert read(csv_line(["a\t@SUM(1)"])) == ["a\t'@SUM(1)"]
