"""Lines of CSV: exact, and never a formula (rule X1)."""

from __future__ import annotations

import csv
import io

import pytest

from flask_support_tickets.web.spreadsheet import csv_line


def read(line):
    [row] = csv.reader(io.StringIO(line, newline=""))
    return row


@pytest.mark.parametrize(
    "text",
    [
        "plain", 'a "quoted" word', "a, b; c", "two\nlines", "two\r\nlines", "it's", "Größe 打印",
        "1 + 1 = 2", "a-b", "mail@example.org", "100%", "", " padded ", "a;b", "x=1",
    ],
)  # fmt: skip
def test_a_text_comes_back_as_it_was(text):
    line = csv_line([text, "next"])
    assert line.endswith("\r\n")
    assert read(line) == [text, "next"]


@pytest.mark.parametrize("start", [*"=+-@\t\r\n\0", *"＝＋－＠"])
@pytest.mark.parametrize("before", ["", " ", "\u00a0 ", "\u3000", "\u200b", "\ufeff", "\x01"])
def test_what_would_start_a_formula_does_not(before, start):
    text = f"{before}{start}cmd|' /C calc'!A0"
    cell = read(csv_line([text]))[0]
    if start in "\t\r\n\0" and before:
        assert cell == text  # white space alone starts nothing
    else:
        assert cell == f"'{text}"


def test_nor_what_stands_behind_the_separator_of_another_country():
    assert read(csv_line(["a;=1+1"])) == ["a;'=1+1"]
    assert read(csv_line(['a; "=1+1";b'])) == ['a; "\'=1+1";b']
    assert read(csv_line(["a\t@SUM(1)"])) == ["a\t'@SUM(1)"]


def test_numbers_and_nothing():
    assert csv_line([12, None, "x"]) == "12,,x\r\n"
    assert csv_line([None, None]) == ",\r\n"
