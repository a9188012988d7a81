"""Lines of CSV: exact, and never a formula. Case 95. Rule X1."""

import csv
import io
import sys
import unicodedata

import pytest

from flask_support_tickets.web.csv_format import csv_line

INVISIBLE = "\u00ad\u034f\u061c\u115f\u180e\u202e\u2061\u2066\u3164\ufe0f"
INVISIBLE += "\u1160\u17b4\u200b\u2800\uffa0\U000e0100"
INVISIBLE += "".join(
    character
    for character in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(character) in ("Cf", "Zs", "Zl", "Zp")
)


def read(line, separator=","):
    [row] = csv.reader(io.StringIO(line, newline=""), delimiter=separator)
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


@pytest.mark.parametrize("sign", "=+-@\uff1d\ufe62\ufe63\ufe66\ufe6b")
def test_formula_behind_invisible_characters_gets_apostrophe(sign):
    for separator in ",;\t":
        for invisible in INVISIBLE:
            for before in (invisible, f"{invisible} {invisible}"):
                text = f"{before}{sign}1+1"
                assert read(csv_line([text], separator), separator) == [f"'{text}"], ascii(before)
        assert read(csv_line([f"a{sign}1"], separator), separator) == [f"a{sign}1"]


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
    assert read(csv_line(["a;\u00ad=1+1"])) == ["a;\u00ad'=1+1"]
    for separator in ",;\t":
        for other in ",;\t":
            kept = f"a{other}=1" if other == separator else f"a{other}'=1"
            assert read(csv_line([f"a{other}=1"], separator), separator) == [kept]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_cell_with_the_separator_is_quoted(separator):
    line = csv_line(["a,b;c\td", 'x"y', None], separator)
    assert line.endswith(f"{separator}\r\n")
    assert read(line, separator) == ["a,b;c\td", 'x"y', ""]
