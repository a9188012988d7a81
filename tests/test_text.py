"""The rules for text (T1 to T4) and for names of files (B1). Cases 63, 65, 66."""

import random
import re
import unicodedata
from collections import Counter

import pytest

from flask_support_tickets.text_rules import (
    BlankText,
    TextError,
    clean_file_name,
    clean_search,
    clean_text,
    clean_url,
    text_pattern,
)


def test_line_ends_become_lf_and_surrounding_white_space_is_removed():
    """Rule T1."""
    assert clean_text("\u2003 \r\n a\r\nb\rc \n\t\u00a0", max_length=9) == "a\nb\nc"


@pytest.mark.parametrize("end", ["\r\n", "\r", "\v", "\f", "\x85", "\n"])
def test_every_kind_of_line_end_becomes_lf_or_a_space_in_one_line(end):
    """Rule T1."""
    assert clean_text(f"{end}a{end}\tb{end}", max_length=9) == "a\n\tb"
    assert clean_text(f"{end}a{end}\tb{end}", max_length=9, single_line=True) == "a  b"


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("\x1b[31mred\x1b[0m", "red"), ("\x1b[1;38;5;208mx\x1b[m", "x"), ("a\x1b[2Kb", "ab"),
        ("\x1b[38:2::1:2:3mx", "x"), ("\x1b[?25lx\x1b[?2004h", "x"), ("\x1b(B\x1b[mx", "x"),
        ("\x1b]0;bob@host: ~\x07$ ls", "$ ls"), ("\x1b]8;;http://x/\x1b\\link", "link"),
        ("\x1b7a\x1b8b\x1b=c", "abc"), ("\x9b31mred\x9b0m", "red"), ("\x1bP1$r0m\x1b\\x", "x"),
        ("\x1b[32m\u2714\x1b[39m ok\r\n", "\u2714 ok"),
    ],
)  # fmt: skip
def test_terminal_escape_sequences_vanish(pasted, kept):
    """Rule T1."""
    for single_line in (False, True):
        assert clean_text(pasted, max_length=20, single_line=single_line) == kept
    assert clean_search(pasted, max_length=20) == kept


def test_every_other_control_character_is_refused_with_its_line_and_name():
    """Rule T2."""
    for character in map(chr, range(0x110000)):
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\n\r\v\f\x85":
            for text in (f"a{character}b", f"{character}ab", f"ab{character}"):
                with pytest.raises(TextError) as refusal:
                    clean_text(text, max_length=9)
            name = re.search(r"\((.*)\)", str(refusal.value))[1]
            if unicodedata.category(character) == "Cc":
                assert unicodedata.lookup(name) == character
    for text, single_line in (("\r\na\v\x08", False), ("\n\n\x08a", True)):
        message = r"^Line 3 contains a control character \(BACKSPACE\)\. Remove it\.$"
        with pytest.raises(TextError, match=message):
            clean_text(text, max_length=9, single_line=single_line)
    with pytest.raises(TextError, match=r"^Line 1 contains half of a character \(U\+D83D\)\."):
        clean_text("\ud83d", max_length=9)


def test_search_never_fails_for_its_characters():
    """Rule T2."""
    for character in map(chr, range(0x110000)):
        if unicodedata.category(character) in ("Cc", "Cs"):
            assert clean_search(f"{character}a{character}b", max_length=3) == "a b"
    assert clean_search(" \0\b\u200b", max_length=3) is None
    for blank in ("", " ", "\t\n", "\u200b"):
        with pytest.raises(BlankText):
            clean_search(blank, max_length=3)
    with pytest.raises(TextError, match="no more than 3"):
        clean_search("a\0bc", max_length=3)


def test_url_has_no_control_character():
    """Rules T2, T6."""
    assert clean_url(" http://x/\r\n", max_length=20) == "http://x/"
    for character in "\t\n\r\x85\x08\x1b":
        with pytest.raises(TextError, match="Line 1"):
            clean_url(f"http://x/{character}y", max_length=20)


PIECES = ["a", "\u00e9", " ", "\u200b", *map(chr, range(0x20)), "\x7f", "\x85", "\x9b", "\x9c"]
PIECES += ["\x1b[0m", "\x1b]0;t\x07", "\x1b]0;t\x1b\\", "\x1b(B", "\x9b1m"]
PIECES += ["[", "31m", "(", "]", "\\"]


def test_schema_pattern_is_true_of_the_rules():
    """Rules T1, T2, T3, J4."""
    chance, found = random.Random(1), Counter()
    for _ in range(20_000):
        text = "".join(chance.choices(PIECES, k=chance.randint(0, 4)))
        try:
            clean_text(text, max_length=100, single_line=chance.random() < 0.5)
            is_accepted = True
        except TextError:
            is_accepted = False
        assert (re.search(text_pattern(), text) is not None) is is_accepted, ascii(text)
        found[is_accepted] += 1
    assert min(found.values()) > 1_000


@pytest.mark.parametrize("blank", ["", " ", "\u200b", "\u2028\n", "\u00ad\ufeff", "\u3164\u2800"])
def test_text_with_nothing_visible_is_refused(blank):
    """Rule T3."""
    with pytest.raises(TextError, match="Enter"):
        clean_text(blank, max_length=9)


def test_length_is_counted_in_characters_after_trimming_and_without_normalising():
    """Rule T4."""
    assert clean_text(" " + "😀" * 3 + " ", max_length=3) == "😀" * 3
    assert clean_text("e\u0301", max_length=2) == "e\u0301"
    with pytest.raises(TextError, match=r"no more than 3 characters\. You've used 4"):
        clean_text("e\u0301e\u0301", max_length=3)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Bericht für Q1.pdf", "Bericht für Q1.pdf"), ("日本語 ログ.log", "日本語 ログ.log"),
        ('say "hi".txt', 'say "hi".txt'), ("say %22hi%22.txt", 'say "hi".txt'),
        ("100%.txt", "100%.txt"), ("../../etc/passwd", "passwd"), ("..\\x.txt", "x.txt"),
        ("C:\\dir\\x.txt", "x.txt"), ("a/", "file"), ("", "file"), ("..", "file"),
        (" . ", "file"), ("\u200b", "file"), ("\0", "file"), ("CON.txt", "CON.txt"),
        (".bashrc", ".bashrc"), ("a.txt. . ", "a.txt"), ("a\r\nb\0.txt", "ab.txt"),
        ("a%0D%0Ab.txt", "ab.txt"), ("\ud800x.txt", "x.txt"), ("gpj.\u202eexe", "gpj.exe"),
        ("x\u2066y\u200f.txt", "xy.txt"), ("e\u0301.txt", "e\u0301.txt"),
        ("\U0001f468\u200d\U0001f469.png", "\U0001f468\u200d\U0001f469.png"),
    ],
)  # fmt: skip
def test_file_name_is_readable_and_has_no_path(sent, kept):
    """Rule B1."""
    assert clean_file_name(sent) == clean_file_name(kept) == kept


@pytest.mark.parametrize("stem", ["x", "é", "日", "\U0001f600"])
def test_file_name_is_cut_to_255_bytes_in_front_of_its_end(stem):
    """Rule B1."""
    name = clean_file_name(stem * 5_000 + ".txt")
    assert 250 <= len(name.encode()) <= 255
    assert name == stem * ((len(name) - 4) // len(stem)) + ".txt"
    assert clean_file_name(name) == name
    assert len(clean_file_name(f"a.{'x' * 300}").encode()) == 255
